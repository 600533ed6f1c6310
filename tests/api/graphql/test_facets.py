"""Facets: the users of a list counted by their properties, respecting every filter."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.graphql.people import READER, Api, Community, new_community, viewer

from gatehouse.api.graphql.ids import global_id
from gatehouse.store.database import Database

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
FACETS = """query($where: UserWhere, $by: [UserFacetField!]!, $values: Int! = 20) {
    users(where: $where) { facets(by: $by, values: $values) { field values { value label count } } } }"""


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    sales = {ENTERPRISE: {"department": "Sales"}}
    await community.add("Ana", title="Agent", userType="North-VIP", **sales)
    await community.add("Bob", title="AGENT", userType="north", **sales)
    await community.add("Cy", title="Property Manager", userType="vip-east")
    await community.add("Di", title="Unknown")
    await community.add("Ed", title="Agent", userType="north", active=False)
    await community.add("Flo", title="Agent")
    await community.delete(5)
    return community


async def _counts(api: Api, field: str, **variables: Any) -> list[tuple[str | None, int]]:
    [facet] = (await api.data(FACETS, by=[field], **variables))["users"]["facets"]
    assert facet["field"] == field
    return [(value["label"], value["count"]) for value in facet["values"]]


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("STATUS", [("ACTIVE", 4), ("DISABLED", 1)]),
        ("ROLE", [("Leasing Agent", 2), (None, 2), ("Property Manager", 1)]),
        ("GROUP", [("North", 2), ("Vip", 2), (None, 2)]),
        ("ROLE_OUTCOME", [("MAPPED", 3), ("INACTIVE", 1), ("UNMAPPED", 1)]),
        ("TITLE", [("agent", 3), ("Property Manager", 1), ("Unknown", 1)]),
        ("USER_TYPE_SEGMENT", [("north", 3), ("vip", 2), ("east", 1), (None, 1)]),
        ("DEPARTMENT", [(None, 3), ("Sales", 2)]),
    ],
)
async def test_facets(acme: Community, field: str, expected: list[tuple[str | None, int]]) -> None:
    found = await _counts(Api.of(viewer()), field)

    def folded(counts: list[tuple[str | None, int]]) -> list[tuple[str, int]]:
        return sorted(((label or "").lower(), count) for label, count in counts)

    assert folded(found) == folded(expected)
    assert [count for _, count in found] == sorted((count for _, count in expected), reverse=True)


async def test_facets_respect_the_filter(acme: Community) -> None:
    api = Api.of(viewer())

    assert await _counts(api, "STATUS", where={"title": {"eq": "agent"}}) == [("ACTIVE", 2), ("DISABLED", 1)]
    assert await _counts(api, "STATUS", where={"status": ["DELETED"]}) == [("DELETED", 1)]
    assert await _counts(api, "ROLE", where={"department": {"eq": "SALES"}}) == [("Leasing Agent", 2)]
    assert await _counts(api, "TITLE", where={"givenName": {"eq": "nobody"}}) == []
    assert await _counts(api, "USER_TYPE_SEGMENT", values=1) == [("north", 3)]


async def test_a_value_is_what_the_filter_takes(acme: Community) -> None:
    api, agent = Api.of(viewer()), global_id("Role", acme.roles["agent"].id)

    [facet] = (await api.data(FACETS, by=["ROLE"], values=1))["users"]["facets"]
    narrowed = await api.data("query($id: ID!) { users(where: {roleId: {eq: $id}}) { totalCount } }", id=agent)

    assert facet["values"] == [{"value": agent, "label": "Leasing Agent", "count": 2}]
    assert narrowed == {"users": {"totalCount": 2}}


@pytest.mark.parametrize(("field", "name"), [("ROLE", "roleId"), ("GROUP", "groupId")])
async def test_those_who_have_none_are_found(acme: Community, field: str, name: str) -> None:
    api = Api.of(viewer())

    [facet] = (await api.data(FACETS, by=[field], values=100))["users"]["facets"]
    without = await api.data(f"{{ users(where: {{{name}: {{isNull: true}}}}) {{ totalCount }} }}")

    assert {"value": None, "label": None, "count": without["users"]["totalCount"]} in facet["values"]


async def test_each_tenant_by_itself(acme: Community) -> None:
    other = await new_community("other")
    await other.add("Zoe", title="Agent", userType="south")
    query = """{ tenants { nodes { slug users { facets(by: [STATUS, USER_TYPE_SEGMENT, STATUS]) {
        field values { value count } } } } } }"""
    expected = [
        {"field": "STATUS", "values": [{"value": "ACTIVE", "count": 1}]},
        {"field": "USER_TYPE_SEGMENT", "values": [{"value": "south", "count": 1}]},
    ]

    everywhere = (await Api.of(viewer()).data(query))["tenants"]["nodes"]
    mine = await _counts(Api.of(viewer((other.tenant.id, READER))), "STATUS")

    assert [node["slug"] for node in everywhere] == ["acme", "other"]
    assert everywhere[1]["users"]["facets"] == expected
    assert everywhere[0]["users"]["facets"][0]["values"][0] == {"value": "ACTIVE", "count": 4}
    assert mine == [("ACTIVE", 1)]


@pytest.mark.parametrize("values", [0, 101, -1])
async def test_a_bounded_number_of_values(acme: Community, values: int) -> None:
    error = await Api.of(viewer()).error(FACETS, by=["TITLE"], values=values)

    assert error["message"] == f"`values` is {values}; it must be between 1 and 100."


async def test_facets_tell_nothing_of_masked_fields(acme: Community) -> None:
    api = Api.of(viewer((acme.tenant.id, READER)))

    error = await api.error(FACETS, by=["STATUS"], where={"givenName": {"eq": "ana"}})

    assert error["extensions"]["code"] == "FORBIDDEN"


USERS = "query($where: UserWhere) { users(where: $where) { nodes { givenName } } }"


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"active": True}, ["Ana", "Bob", "Cy", "Di"]),
        ({"active": False}, ["Ed"]),
        ({"phone": {"eq": "+49 170 1234567"}, "title": {"eq": "unknown"}}, ["Di"]),
        ({"phone": {"contains": "999"}}, []),
        ({"department": {"eq": "sales"}}, ["Ana", "Bob"]),
        ({"department": {"isNull": True}}, ["Cy", "Di", "Ed"]),
        ({"employeeNumber": {"isNull": False}}, []),
        ({"lastProvisionedAt": {"gte": "2026-11-25T10:00:00Z"}}, ["Bob"]),
        ({"lastProvisionedAt": {"lt": "2026-11-25T10:00:00Z"}}, ["Ana", "Cy", "Di", "Ed"]),
    ],
)
async def test_more_filters_of_users(acme: Community, where: dict[str, Any], expected: list[str]) -> None:
    await acme.happen(1, 45)

    found = (await Api.of(viewer()).data(USERS, where=where))["users"]["nodes"]

    assert [user["givenName"] for user in found] == expected


async def test_last_provisioned(acme: Community) -> None:
    await acme.happen(1, 45)
    query = '{ users(where: {givenName: {in: ["Ana", "Bob"]}}) { nodes { lastProvisionedAt } } }'

    found = (await Api.of(viewer()).data(query))["users"]["nodes"]

    assert [user["lastProvisionedAt"] for user in found] == ["2026-11-25T09:30:00.123Z", "2026-11-25T10:15:00.123Z"]
