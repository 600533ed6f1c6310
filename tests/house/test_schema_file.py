"""``schema.graphql`` is what the code says."""

from __future__ import annotations

from pathlib import Path

from graphql import build_schema, is_specified_scalar_type
from tests.house.graphql_reference import reference

from gatehouse.api.graphql.schema import print_admin_schema

FILE = Path(__file__).parents[2] / "schema.graphql"


def test_the_file_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == print_admin_schema(), "run: gatehouse schema > schema.graphql"


def test_everything_is_described() -> None:
    """A reader of the schema needs nothing else: types, fields, arguments, enum values and input fields have words."""
    schema = build_schema(print_admin_schema())
    bare = []
    for name, kind in schema.type_map.items():
        if name.startswith("__") or is_specified_scalar_type(kind):
            continue
        members = getattr(kind, "fields", {}) | getattr(kind, "values", {})
        bare += [] if kind.description else [name]
        for member, definition in members.items():
            arguments = getattr(definition, "args", None) or {}
            bare += [] if definition.description else [f"{name}.{member}"]
            bare += [f"{name}.{member}({argument}:)" for argument, it in arguments.items() if not it.description]

    assert bare == [], "describe them where they are declared, or in gatehouse/api/graphql/words.py"


def test_the_reference_page_is_up_to_date() -> None:
    assert (FILE.parent / "docs" / "graphql-reference.md").read_text("utf-8") == reference(), "run `make generated`"
