"""``schema.graphql`` is what the code says."""

from __future__ import annotations

from pathlib import Path

from graphql import GraphQLInputObjectType, GraphQLObjectType, build_schema

from gatehouse.api.graphql.schema import print_admin_schema

FILE = Path(__file__).parents[2] / "schema.graphql"


def test_the_file_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == print_admin_schema(), "run: gatehouse schema > schema.graphql"


def test_every_type_and_field_is_described() -> None:
    schema = build_schema(print_admin_schema())
    bare = []
    for name, type_ in schema.type_map.items():
        if name.startswith("__") or not (type_.description or name in {"ID", "Int", "String", "Boolean", "Float"}):
            bare += [] if name.startswith("__") else [name]
        if isinstance(type_, GraphQLObjectType | GraphQLInputObjectType) and not name.startswith("__"):
            bare += [f"{name}.{field}" for field, definition in type_.fields.items() if not definition.description]

    assert bare == []


def test_every_argument_is_described() -> None:
    """That of a mutation, ``input``, is described by its type."""
    schema = build_schema(print_admin_schema())
    bare = [
        f"{name}.{field}({argument})"
        for name, type_ in schema.type_map.items()
        if isinstance(type_, GraphQLObjectType) and type_ is not schema.mutation_type and not name.startswith("__")
        for field, definition in type_.fields.items()
        for argument, given in definition.args.items()
        if not given.description
    ]

    assert bare == []
