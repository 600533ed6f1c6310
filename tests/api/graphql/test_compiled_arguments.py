"""Arguments with variables in them are coerced as graphql-core does, whatever the variables hold."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    build_schema,
    get_argument_values,
    get_variable_values,
    parse,
)

from gatehouse.api.graphql.compiled.filled_in import arguments_of
from gatehouse.api.graphql.schema import schema

_ANY = build_schema("""
    scalar Any
    input Point { x: Int! = 1, y: Int, tags: [String!] = ["a"], inner: Point }
    type Query { at(point: Point, points: [Point!], any: Any, many: [[Int]], size: Int! = 3, text: String = "t"): Int }
""")
_LEFT_OUT: Any = object()

_CASES = [
    (schema._schema, "$a: Int, $b: String", "users(first: $a, search: $b)", (_LEFT_OUT, None, 0, 7, "x")),
    (schema._schema, "$a: String!, $b: [UserStatus!]", "users(where: {title: {eq: $a}, status: {in: $b}})", (None, "x", ["ACTIVE"])),
    (schema._schema, "$a: UUID!", "user(by: {scimId: $a})", ("00000000-0000-0000-0000-000000000007", "x", None)),
    (schema._schema, "$a: ID", "user(by: {id: $a})", ("x", None, _LEFT_OUT)),
    (schema._schema, "$a: UserWhere, $b: UserWhere", "users(where: {and: [$a, {not: $b}]})", ({"title": {"eq": "x"}}, None, _LEFT_OUT)),
    (_ANY, "$a: Int!, $b: [String!]", "at(point: {x: $a, tags: $b})", (2, None, ["b"], _LEFT_OUT)),
    (_ANY, "$a: Int, $b: Int", "at(points: [{y: $a}, {x: 2, inner: {y: $b}}], size: 4)", (2, None, _LEFT_OUT)),
    (_ANY, "$a: Int, $b: Point", "at(many: [[$a, 1], []], point: $b)", (2, None, _LEFT_OUT, {"y": 3}, {})),
    (_ANY, "$a: Int, $b: Int = 5", "at(any: {deep: [$a, {b: $b}]}, size: 2)", (2, None, _LEFT_OUT)),
    (_ANY, "$a: Int, $b: String", "at(size: $a, text: $b)", (2, None, _LEFT_OUT, "x")),
    (_ANY, "$a: Int", "at(size: 2)", (2,)),
]  # fmt: skip


@pytest.mark.parametrize(("of", "variables", "field", "values"), _CASES)
def test_every_value_gives_what_the_executor_gives(
    of: GraphQLSchema, variables: str, field: str, values: tuple[Any, ...]
) -> None:
    (operation,) = parse(f"query({variables}) {{ it: {field} }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    (node,) = operation.selection_set.selections
    assert isinstance(node, FieldNode)
    assert of.query_type is not None
    definition = of.query_type.fields[node.name.value]
    arguments = arguments_of(definition, node)

    compared = 0
    for a, b in product(values, values):
        given = {name: value for name, value in (("a", a), ("b", b)) if value is not _LEFT_OUT}
        try:
            coerced = get_variable_values(of, operation.variable_definitions or (), given)
        except GraphQLError:
            continue
        if isinstance(coerced, list):
            continue
        compared += 1
        assert _told(arguments, coerced) == _told(lambda found: get_argument_values(definition, node, found), coerced)
    assert compared


def _told(arguments: Any, coerced: Any) -> Any:
    try:
        return arguments(coerced)
    except GraphQLError as error:
        return error.message


def test_without_variables_they_are_coerced_once() -> None:
    (operation,) = parse("{ at(size: 2, point: {}) }").definitions
    assert isinstance(operation, OperationDefinitionNode)
    (node,) = operation.selection_set.selections
    assert isinstance(node, FieldNode)
    assert _ANY.query_type is not None
    arguments = arguments_of(_ANY.query_type.fields["at"], node)

    first, second = arguments(None), arguments(None)  # type: ignore[arg-type]

    assert first == {"size": 2, "point": {"x": 1, "tags": ["a"]}, "text": "t"}
    assert first is second
