"""Variables are coerced as graphql-core does, whatever is sent."""

from __future__ import annotations

from itertools import product
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLError, OperationDefinitionNode, get_variable_values, parse

from gatehouse.api.graphql.compiled.selection import Uncompilable
from gatehouse.api.graphql.compiled.variables import Variables
from gatehouse.api.graphql.schema import schema

_SCHEMA = schema._schema
_VALUES: list[Any] = [
    None, True, 7, 2**40, 1.5, "x", "ACTIVE", str(UUID(int=7)), "2026-11-29T00:00:00Z", [], ["ACTIVE", None], [["ACTIVE"]],
    {}, {"eq": "x"}, {"eq": None}, {"eq": "x", "nothing": 1}, {"title": {"in": "x"}}, {"or": {"status": "ACTIVE"}},
    {"scimId": str(UUID(int=7))}, {"scimId": None}, {"scimId": str(UUID(int=7)), "id": "x"}, {"field": "USER_NAME"},
]  # fmt: skip
_TYPES = [
    "Int", "Int! = 3", "Int = 3", "Int = null", "Float", "String!", "ID", "Boolean!", "UUID!", "DateTime", "Cursor", "[UserStatus!]",
    "[UserStatus]!", "[[UserStatus]]", "UserWhere", 'UserWhere = {title: {eq: "x"}}', "StringFilter!", "UserBy!", "[UserOrder!]",
]  # fmt: skip


def _definitions(text: str) -> Any:
    (operation,) = parse(f"query({text}) {{ viewer {{ name }} }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    return operation.variable_definitions


def _told(values: Any) -> Any:
    """What can be compared: types in lists are made anew each time."""
    if values is None or isinstance(values, list):
        return None
    return values.coerced, {name: (str(known.type), value) for name, (known, value) in values.sources.items()}


def _expected(definitions: Any, given: dict[str, Any]) -> Any:
    """None also where graphql-core lets Strawberry's own refusal of an input through."""
    try:
        return _told(get_variable_values(_SCHEMA, definitions, given))
    except GraphQLError:
        return None


@pytest.mark.parametrize("kind", _TYPES)
def test_each_type_with_each_value(kind: str) -> None:
    definitions = _definitions(f"$a: {kind}")
    variables = Variables(_SCHEMA, definitions)

    for given in ({}, {"b": 1}, *({"a": value} for value in _VALUES)):
        assert _told(variables.coerced(given)) == _expected(definitions, given), given


def test_two_of_them() -> None:
    definitions = _definitions("$a: Int = 3, $b: [UserStatus!]!")
    variables = Variables(_SCHEMA, definitions)

    for a, b in product((None, 1, "x", ...), ("ACTIVE", ["DISABLED"], None, ...)):
        given = {name: value for name, value in (("a", a), ("b", b)) if value is not ...}
        assert _told(variables.coerced(given)) == _expected(definitions, given), given


@pytest.mark.parametrize("text", ["$a: User", "$a: Nothing", '$a: Int = "x"'])
def test_what_cannot_be(text: str) -> None:
    with pytest.raises(Uncompilable):
        Variables(_SCHEMA, _definitions(text))
