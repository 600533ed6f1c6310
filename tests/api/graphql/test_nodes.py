"""Tenants, nodes and the viewer."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.graphql.people import ACCOUNT_MANAGER, READER, Api, Community, new_community, viewer

from gatehouse.api.graphql.ids import global_id, parse_global_id
from gatehouse.records import Origin
from gatehouse.services import tenants
from gatehouse.store.database import Database, fetch_one


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    await community.add("Ana", title="Agent", userType="north")
    return community


async def test_every_type_of_node(acme: Community) -> None:
    event = await fetch_one("SELECT id FROM provisioning_event")
    assert event is not None
    ids = [
        acme.id,
        acme.person_id(0),
        global_id("Role", acme.roles["agent"].id),
        global_id("EmployeeGroup", acme.groups["north"].id),
        global_id("ProvisioningEvent", event[0]),
    ]
    api = Api.of(viewer((acme.tenant.id, READER)))

    many = await api.data("query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }", ids=[*ids, "x", *ids])
    single = [(await api.data("query($id: ID!) { node(id: $id) { __typename id } }", id=node))["node"] for node in ids]

    names = ["Tenant", "User", "Role", "EmployeeGroup", "ProvisioningEvent"]
    expected = [{"__typename": name, "id": node} for name, node in zip(names, ids, strict=True)]
    assert single == expected
    assert many["nodes"] == [*expected, None, *expected]


async def test_nodes_takes_a_hundred_ids(acme: Community) -> None:
    api = Api.of(viewer())
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    data = await api.data(query, ids=["x"] * 100)
    error = await api.error(query, ids=["x"] * 101)

    assert data == {"nodes": [None] * 100}
    assert error["message"] == "`ids` may hold 100 ids"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "User",
        "VXNlcjox",
        "VXNlcjowMTk5YTNhNC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE=",
        "VXNlcjowMTk5QTNBNC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE",
        "VXNlcjowMTk5YTNhNC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDF",
        " VXNlcjowMTk5YTNhNC0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE",
        "0199a3a4-0000-7000-8000-000000000001",
        "é" * 60,
        "A" * 60,
        "_" * 60,
    ],
)
def test_ids_are_read_strictly(text: str) -> None:
    assert parse_global_id(text) is None


async def test_tenants(acme: Community) -> None:
    for slug in ("zeta", "beta-2", "beta"):
        await new_community(slug)
    api = Api.of(viewer())
    query = "query($first: Int, $where: TenantWhere, $search: String, $orderBy: [TenantOrder!]) {"
    query += " tenants(first: $first, where: $where, search: $search, orderBy: $orderBy) {"
    query += " totalCount nodes { slug } pageInfo { hasNextPage } } }"

    async def slugs(**variables: object) -> list[str]:
        tenants = (await api.data(query, **variables))["tenants"]
        assert tenants["totalCount"] == len(tenants["nodes"]) + (2 if tenants["pageInfo"]["hasNextPage"] else 0)
        return [tenant["slug"] for tenant in tenants["nodes"]]

    assert await slugs() == ["acme", "beta", "beta-2", "zeta"]
    assert await slugs(first=2) == ["acme", "beta"]
    assert await slugs(orderBy={"field": "SLUG", "direction": "DESC"}) == ["zeta", "beta-2", "beta", "acme"]
    assert await slugs(search="BETA") == ["beta", "beta-2"]
    assert await slugs(where={"slug": {"startsWith": "beta-"}}) == ["beta-2"]
    assert await slugs(where={"status": ["PAUSED"]}) == []
    assert await slugs(where={"createdAt": {"lt": "2026-01-01T00:00:00Z"}}) == []


async def test_tenants_by_name(database: Database) -> None:
    """Found and ordered without regard to case, in every alphabet; pages go on where they ended, among equal names too."""
    for slug, name in (
        ("a", "Zeta"),
        ("b", "élan"),
        ("c", "Élan Homes"),
        ("d", "alpha"),
        ("e", "Alpha"),
        ("f", "Beta"),
    ):
        await tenants.create(slug, name=name, actor=viewer().actor, origin=Origin("r"))
    renamed = await tenants.create("g", name="Quebec", actor=viewer().actor, origin=Origin("r"))
    await tenants.update(viewer().actor, Origin("r"), renamed.id, expected_version=None, name="ÉLITE")
    api = Api.of(viewer())
    query = """query($first: Int, $after: Cursor, $last: Int, $before: Cursor, $where: TenantWhere, $search: String,
      $direction: SortDirection! = ASC) {
        tenants(first: $first, after: $after, last: $last, before: $before, where: $where, search: $search,
          orderBy: [{field: NAME, direction: $direction}]) {
            nodes { slug } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } }"""

    async def page(**variables: Any) -> tuple[str, dict[str, Any]]:
        found = (await api.data(query, **variables))["tenants"]
        return "".join(tenant["slug"] for tenant in found["nodes"]), found["pageInfo"]

    async def walk(**variables: Any) -> list[str]:
        pages, more, after = [], True, None
        while more:
            slugs, info = await page(first=2, after=after, **variables)
            pages.append(slugs)
            more, after = info["hasNextPage"], info["endCursor"]
        return pages

    assert await walk() == ["de", "fa", "bc", "g"]
    assert await walk(direction="DESC") == ["gc", "ba", "fe", "d"]
    assert (await page(last=2))[0] == "cg"
    assert (await page(last=2, before=(await page(last=2))[1]["startCursor"]))[0] == "ab"
    assert await walk(where={"name": {"eq": "ALPHA"}}) == ["de"]
    assert await walk(where={"name": {"startsWith": "ÉL"}}) == ["bc", "g"]
    assert await walk(where={"name": {"contains": "HOME"}}) == ["c"]
    assert await walk(where={"not": {"name": {"in": ["zeta", "BETA", "elan"]}}}) == ["de", "bc", "g"]
    assert await walk(where={"name": {"eq": "Quebec"}}) == [""]
    assert await walk(search="LAN") == ["bc"]


async def test_a_tenant(acme: Community) -> None:
    api = Api.of(viewer())
    query = """query($by: TenantBy!) { tenant(by: $by) { id slug name status version createdAt updatedAt
      mapping { version settings { delimiter roleAttribute groupAttribute emptyTitle unmappedTitle unmappedGroup
                defaultRole { key } defaultGroups { key } }
                roleRules { titleValue role { key } } groupRules { segmentValue groups { key } } }
      roles { key } employeeGroups { key } users(first: 1) { nodes { givenName } } } }"""

    by_slug, by_id, nobody = [
        (await api.data(query, by=by))["tenant"] for by in ({"slug": "acme"}, {"id": acme.id}, {"slug": "ACME"})
    ]

    assert by_slug == by_id
    assert nobody is None or nobody == by_id
    assert by_slug == {
        "id": acme.id,
        "slug": "acme",
        "name": "Acme",
        "status": "ACTIVE",
        "version": 1,
        "createdAt": "2026-11-25T09:30:00.123Z",
        "updatedAt": "2026-11-25T09:30:00.123Z",
        "mapping": {
            "version": 1,
            "settings": {
                "delimiter": "-",
                "roleAttribute": "title",
                "groupAttribute": "userType",
                "emptyTitle": "ASSIGN_NONE",
                "unmappedTitle": "ASSIGN_NONE",
                "unmappedGroup": "ASSIGN_NONE",
                "defaultRole": None,
                "defaultGroups": [],
            },
            "roleRules": [
                {"titleValue": "Agent", "role": {"key": "agent"}},
                {"titleValue": "Property Manager", "role": {"key": "manager"}},
            ],
            "groupRules": [
                {"segmentValue": name.title(), "groups": [{"key": name}]} for name in ("north", "south", "vip")
            ],
        },
        "roles": [{"key": "agent"}, {"key": "manager"}],
        "employeeGroups": [{"key": "north"}, {"key": "south"}, {"key": "vip"}],
        "users": {"nodes": [{"givenName": "Ana"}]},
    }


@pytest.mark.parametrize("by", [{}, {"slug": "acme", "id": "x"}, {"slug": None}])
async def test_one_of_means_one(acme: Community, by: dict[str, object]) -> None:
    error = await Api.of(viewer()).error("query($by: TenantBy!) { tenant(by: $by) { id } }", by=by)

    assert "path" not in error


async def test_viewer(acme: Community) -> None:
    other = await new_community("beta")
    api = Api.of(viewer((acme.tenant.id, ACCOUNT_MANAGER), (None, READER), name="dashboard"))

    data = await api.data(
        "query($own: ID!, $other: ID!) { viewer { id name kind everywhere: permissions"
        ' own: permissions(tenantId: $own) other: permissions(tenantId: $other) none: permissions(tenantId: "x") } }',
        own=acme.id,
        other=other.id,
    )

    assert data["viewer"] == {
        "id": global_id("ApiKey", viewer().id),
        "name": "dashboard",
        "kind": "API_KEY",
        "everywhere": ["READ_DIRECTORY"],
        "own": ["READ_DIRECTORY", "READ_PII"],
        "other": ["READ_DIRECTORY"],
        "none": [],
    }
