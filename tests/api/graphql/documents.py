"""Documents made from the schema: one for each field, with arguments that reach for what is there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
    is_required_input_field,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from gatehouse.api.graphql.fields import NEEDS
from gatehouse.records import iso_milliseconds
from gatehouse.services.clock import now

# What no type tells: a value that makes sense for the argument or input type of that name
VALUES = {
    "ApiKeyGrantInput": "{tenantId: $tenantId, preset: VIEWER}",
    "MappingChange": "{rollbackToVersion: 1}",
    "Query.tenants": '(search: "acme")',
    "Query.nodes": "(ids: [$userId])",
    "Query.node": "(id: $userId)",
    "Query.trace": '(requestId: "request-5")',
    "User.whyNot": "(roleId: $roleId)",
}
_SCALARS = {
    "String": '"x"',
    "Int": "1",
    "Boolean": "false",
    "Float": "1.0",
    "UUID": '"00000000-0000-0000-0000-000000000001"',
}


def call(owner: str, name: str, field: GraphQLField, ids: Mapping[str, str]) -> str:
    """The field with the arguments it must have, and everything plain that it answers."""
    arguments = VALUES.get(f"{owner}.{name}") or _arguments(field)
    text = f"{name}{arguments} {selection(field.type)}"
    for key in sorted(ids, key=len, reverse=True):
        text = text.replace(f"${key}", f'"{ids[key]}"')
    assert "$" not in text, f"tests/api/graphql/documents.py knows no value for {text}"
    return text


def selection(of: Any, depth: int = 2) -> str:
    """Everything plain below a type; empty for leaves."""
    named = get_named_type(of)
    if is_leaf_type(named):
        return ""
    if not isinstance(named, GraphQLObjectType):
        return "{ __typename }"
    parts = ["__typename"]
    for name, field in named.fields.items():
        inner = get_named_type(field.type)
        if any(is_required_argument(argument) for argument in field.args.values()) or _needs_more(field):
            continue
        if is_leaf_type(inner):
            parts.append(name)
        elif depth > 1 and not field.args and isinstance(inner, GraphQLObjectType):
            parts.append(f"{name} {selection(inner, depth - 1)}")
    return "{ " + " ".join(parts) + " }"


def _needs_more(field: GraphQLField) -> bool:
    """Whether the field declares needs of its own: it is asked for by itself."""
    return NEEDS in field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].metadata


def _arguments(field: GraphQLField) -> str:
    given = []
    for name, argument in field.args.items():
        if is_required_argument(argument):
            target = get_named_type(field.type).name[:1].lower() + get_named_type(field.type).name[1:]
            given.append(f"{name}: {_value(f'{target}Id' if name in {'id', 'by'} else name, argument)}")
    return f"({', '.join(given)})" if given else ""


def _value(name: str, argument: GraphQLArgument | GraphQLInputField) -> str:
    named = get_named_type(argument.type)
    if is_list_type(get_nullable_type(argument.type)):
        return f"[{_one(name, named)}]"
    return _one(name, named)


def _one(name: str, named: Any) -> str:
    known = {
        **_SCALARS,
        "ID": f"${name}",
        "DateTime": f'"{iso_milliseconds(now() + timedelta(days=1))}"',
        **VALUES,
    }
    if named.name in known:
        return known[named.name]
    if isinstance(named, GraphQLEnumType):
        return next(iter(named.values))
    if isinstance(named, GraphQLInputObjectType):
        fields = [(key, field) for key, field in named.fields.items() if is_required_input_field(field)]
        if not fields and "id" in named.fields:  # exactly one of several ways to name a thing
            return f"{{id: ${name}}}"
        return "{" + ", ".join(f"{key}: {_value(key, field)}" for key, field in fields) + "}"
    raise AssertionError(f"tests/api/graphql/documents.py knows no value of type {named.name}")
