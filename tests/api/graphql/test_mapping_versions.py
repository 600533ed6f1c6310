"""The versions of a mapping through the API, from the one that nobody made to the latest."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.graphql.people import Api, Community, new_community, viewer

from gatehouse.store.database import Database, execute

RULE_SET = """mutation($input: RoleRuleSetInput!) { roleRuleSet(input: $input) { mapping { id number } userErrors { code } } }"""
VERSION = """{ id number version digest message source rollbackOf createdBy { kind display } createdAt
  roleRules { id titleValue sinceVersion role { key } } groupRules { id segmentValue groups { key } }
  settings { delimiter defaultRole { key } } diff { text } impact { usersChanged byRole { gained } } }"""
TENANT = f"""query($id: ID!, $version: Int) {{ tenant(by: {{id: $id}}) {{ mapping(version: $version) {VERSION} }} }}"""
LIST = """query($id: ID!, $first: Int, $after: Cursor, $last: Int) { tenant(by: {id: $id}) {
  mappingVersions(first: $first, after: $after, last: $last) { totalCount nodes { id number source }
    pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""


@pytest.fixture
def api() -> Api:
    return Api.of(viewer(name="terraform"))


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    await community.add("Ana", title="Agent", userType="North")
    return community


async def at(api: Api, acme: Community, number: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = (await api.data(TENANT, id=acme.id, version=number))["tenant"]["mapping"]
    return found


async def page(api: Api, acme: Community, **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await api.data(LIST, id=acme.id, **variables))["tenant"]["mappingVersions"]
    return found


async def promote(api: Api, acme: Community, version: int, role: str) -> None:
    given = {"tenantId": acme.id, "expectedVersion": version, "titleValue": "Agent", "roleKey": role}
    answer = (await api.data(RULE_SET, input=given))["roleRuleSet"]
    assert (answer["userErrors"], answer["mapping"]["number"]) == ([], version + 1)


async def test_versions_of_several_tenants_at_once(acme: Community, api: Api) -> None:
    await new_community("beta")
    await promote(api, acme, 1, "manager")
    ids = [(await at(api, acme, number))["id"] for number in (1, 2)]

    data = await api.data(
        "{ tenants { nodes { slug mapping { number diff { text } } mappingVersions { totalCount nodes { number source"
        " diff { text } roleRules { titleValue } } } } } }"
    )
    several = await api.data(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on MappingVersion { number } } }", ids=[*ids, "none", ids[0]]
    )

    changed, unchanged = data["tenants"]["nodes"]
    assert [version["number"] for version in changed["mappingVersions"]["nodes"]] == [2, 1]
    assert "manager" in changed["mapping"]["diff"]["text"]
    assert changed["mappingVersions"]["nodes"][0]["diff"] == changed["mapping"]["diff"]
    assert unchanged["mappingVersions"]["totalCount"] == unchanged["mapping"]["number"] == 1
    assert [version["source"] for version in unchanged["mappingVersions"]["nodes"]] == ["INITIAL"]
    assert several["nodes"] == [{"number": 1}, {"number": 2}, None, {"number": 1}]


async def test_what_a_tenant_started_with(acme: Community, api: Api) -> None:
    before, listed = await at(api, acme), await page(api, acme)
    await promote(api, acme, 1, "manager")
    after = await at(api, acme, 1)
    node = await api.data("query($id: ID!) { node(id: $id) { ... on MappingVersion { number } } }", id=before["id"])

    assert (before["number"], before["source"], before["message"]) == (1, "INITIAL", "initial mapping")
    assert before["createdBy"] == {"kind": "SYSTEM", "display": "Gatehouse"}
    assert (before["diff"], before["impact"]) == ({"text": ""}, {"usersChanged": 0, "byRole": []})
    assert listed["nodes"] == [{"id": before["id"], "number": 1, "source": "INITIAL"}]
    assert (listed["totalCount"], listed["pageInfo"]["hasNextPage"]) == (1, False)
    assert (after, node) == (before, {"node": {"number": 1}})


async def test_versions_stay_as_they_were(acme: Community, api: Api) -> None:
    first = await at(api, acme)
    await promote(api, acme, 1, "manager")
    second = await at(api, acme)
    await promote(api, acme, 2, "agent")
    third = await at(api, acme)

    assert [await at(api, acme, number) for number in (1, 2, 3)] == [first, second, third]
    assert await at(api, acme, 4) is None
    assert third["digest"] == first["digest"] != second["digest"]
    rules = [version["roleRules"][0] for version in (first, second, third)]
    assert [(rule["role"]["key"], rule["sinceVersion"]) for rule in rules] == [
        ("agent", 1),
        ("manager", 2),
        ("agent", 3),
    ]
    assert len({rule["id"] for rule in rules}) == 1
    assert (second["source"], second["createdBy"]["display"]) == ("API", "terraform")
    assert second["diff"] == {"text": 'role rules\n~ "Agent": agent → manager'}
    assert second["impact"]["usersChanged"] == 1


async def test_versions_without_kept_ids(acme: Community, api: Api) -> None:
    """Those made before rule ids were kept: the rules are there, under ids of their own."""
    await promote(api, acme, 1, "manager")
    await promote(api, acme, 2, "agent")
    await execute("UPDATE mapping_version SET rule_ids = '{}', impact = '{}'")

    old = await at(api, acme, 2)

    assert [(rule["titleValue"], rule["role"]["key"]) for rule in old["roleRules"]] == [
        ("Agent", "manager"),
        ("Property Manager", "manager"),
    ]
    assert old == await at(api, acme, 2)
    assert old["impact"] == {"usersChanged": 0, "byRole": []}


async def test_a_page_of_versions(acme: Community, api: Api) -> None:
    for version in range(1, 5):
        await promote(api, acme, version, "manager" if version % 2 else "agent")

    first = await page(api, acme, first=2)
    second = await page(api, acme, first=2, after=first["pageInfo"]["endCursor"])
    last = await page(api, acme, last=1)

    numbers = [[node["number"] for node in found["nodes"]] for found in (first, second, last)]
    assert (numbers, first["totalCount"]) == ([[5, 4], [3, 2], [1]], 5)
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (True, True)


async def test_difference_between_any_two(acme: Community, api: Api) -> None:
    for version in range(1, 4):
        await promote(api, acme, version, "manager" if version % 2 else "agent")
    query = """query($id: ID!, $from: Int) { tenant(by: {id: $id}) { mapping(version: 4) { diff(from: $from) { text } } } }"""

    found = [
        (await api.data(query, **{"id": acme.id, "from": number}))["tenant"]["mapping"]["diff"]
        for number in (1, 2, None, 9)
    ]

    changed = 'role rules\n~ "Agent": agent → manager'
    assert found == [{"text": changed}, {"text": ""}, {"text": changed}, None]
