"""Tools learn the schema by the query they all send, and cannot ask for more than that."""

from __future__ import annotations

from graphql import build_client_schema, get_introspection_query, parse, print_schema
from tests.api.graphql.people import Api, viewer

from gatehouse.api.graphql import budget
from gatehouse.api.graphql.schema import schema


async def test_tools_can_read_the_schema() -> None:
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )

    answer = await Api.of(viewer()).ask(query)

    assert "errors" not in answer
    found = build_client_schema(answer["data"])
    assert found.type_map.keys() == schema._schema.type_map.keys()
    assert "type User implements Node" in print_schema(found)


def test_introspection_has_a_depth_of_its_own() -> None:
    def document(levels: int) -> str:
        return '{ __type(name: "User") ' + "{ ofType " * (levels - 2) + "{ name }" + " }" * (levels - 2) + " }"

    assert budget.measure(parse(document(15))).fault is None
    assert "levels" in str(budget.measure(parse(document(16))).fault)


async def test_introspection_cannot_walk_in_circles() -> None:
    query = "{ __schema { types { fields { type { fields { type { fields { type { name } } } } } } } } }"

    error = await Api.of(viewer()).error(query)

    assert error["message"] == "Maximum introspection depth exceeded"
