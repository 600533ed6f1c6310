"""Values without a rule through the API: what is shown to whom, and who may say that one needs no rule."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from tests.api.graphql.people import ACCOUNT_MANAGER, EDITOR, OWNER, READER, Api, Community, new_community, viewer

from gatehouse.api.graphql.ids import global_id, parse_global_id
from gatehouse.records import Actor, ActorKind, Origin, Permission
from gatehouse.services import mapping
from gatehouse.store import audit
from gatehouse.store.database import Database, fetch

FIELDS = """id kind value users firstSeenAt lastSeenAt ignored ignoredUntil ignoreReason variants { value users }
  suggestions { label score reason role { key } groups { key } } sampleUsers { userName }"""
LIST = f"""query($id: ID!, $kind: MappingKind, $search: String, $first: Int, $after: Cursor, $ignored: Boolean = false,
  $unused: Boolean = false) {{ tenant(by: {{id: $id}}) {{
  unmappedValues(kind: $kind, search: $search, first: $first, after: $after, includeIgnored: $ignored,
                 includeUnused: $unused) {{
    totalCount pageInfo {{ hasNextPage endCursor }} nodes {{ {FIELDS} }} }} }} }}"""
NODE = f"query($id: ID!) {{ node(id: $id) {{ ... on UnmappedValue {{ {FIELDS} }} }} }}"
ANSWER = "{ unmappedValue { ignored ignoredUntil ignoreReason } userErrors { code path } clientMutationId }"
IGNORE = f"mutation($input: UnmappedValueIgnoreInput!) {{ result: unmappedValueIgnore(input: $input) {ANSWER} }}"
UNIGNORE = f"mutation($input: UnmappedValueUnignoreInput!) {{ result: unmappedValueUnignore(input: $input) {ANSWER} }}"
SOMEBODY = Actor(ActorKind.ADMIN, None, "test")


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    await community.add("Ana", title="Agnet", userType="north-Moon", minute=1)
    await community.add("Bob", title="agnet", userType="moon", minute=2)
    await community.add("Cid", title="Agnet", minute=3, active=False, nickName="Sid")
    await community.add("Dan", title="Agent", userType="north", minute=4)
    return community


@pytest.fixture
def api() -> Api:
    return Api.of(viewer())


async def _listed(api: Api, tenant: Community, **given: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await api.data(LIST, id=tenant.id, **given))["tenant"]["unmappedValues"]
    return found


async def _value_id(api: Api, tenant: Community) -> str:
    found: str = (await _listed(api, tenant))["nodes"][0]["id"]
    return found


async def _run(api: Api, mutation: str, **given: Any) -> dict[str, Any]:
    result: dict[str, Any] = (await api.data(mutation, input=given))["result"]
    return result


async def test_everything_about_a_value(acme: Community, api: Api) -> None:
    found = await _listed(api, acme)

    title, segment = found["nodes"]
    assert found["totalCount"] == 2
    assert parse_global_id(title.pop("id"))[0] == "UnmappedValue"  # type: ignore[index]
    assert title == {
        "kind": "ROLE",
        "value": "Agnet",
        "users": 3,
        "firstSeenAt": "2026-11-25T09:31:00.123Z",
        "lastSeenAt": "2026-11-25T09:33:00.123Z",
        "ignored": False,
        "ignoredUntil": None,
        "ignoreReason": None,
        "variants": [{"value": "Agnet", "users": 2}, {"value": "agnet", "users": 1}],
        "suggestions": [
            {
                "label": "Leasing Agent",
                "score": 0.8,
                "reason": "resembles the rule “Agent”",
                "role": {"key": "agent"},
                "groups": [],
            }
        ],
        "sampleUsers": [
            {"userName": "cid@contoso.example"},
            {"userName": "bob@contoso.example"},
            {"userName": "ana@contoso.example"},
        ],
    }
    assert (segment["kind"], segment["value"], segment["users"]) == ("GROUP", "Moon", 2)


async def test_pages_go_from_the_most_users_to_the_fewest(acme: Community, api: Api) -> None:
    first = await _listed(api, acme, first=1)
    second = await _listed(api, acme, first=1, after=first["pageInfo"]["endCursor"])

    assert [node["value"] for page in (first, second) for node in page["nodes"]] == ["Agnet", "Moon"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert [node["value"] for node in (await _listed(api, acme, kind="GROUP"))["nodes"]] == ["Moon"]
    assert [node["value"] for node in (await _listed(api, acme, search="OON"))["nodes"]] == ["Moon"]


async def test_mapping_a_value_takes_it_off_and_its_node_stays(acme: Community, api: Api) -> None:
    value_id = await _value_id(api, acme)
    document = """mutation($input: RoleRuleSetInput!) { roleRuleSet(input: $input) { userErrors { code } } }"""

    await api.data(
        document, input={"tenantId": acme.id, "expectedVersion": 1, "titleValue": "AGNET", "roleKey": "agent"}
    )

    assert [node["value"] for node in (await _listed(api, acme))["nodes"]] == ["Moon"]
    assert [node["users"] for node in (await _listed(api, acme, unused=True))["nodes"]] == [2, 0]
    node = (await api.data(NODE, id=value_id))["node"]
    assert (node["value"], node["users"], node["variants"]) == ("Agnet", 0, [])
    assert (node["firstSeenAt"], node["lastSeenAt"]) == ("2026-11-25T09:31:00.123Z", "2026-11-25T09:33:00.123Z")


async def test_ignoring(acme: Community, api: Api) -> None:
    value_id = await _value_id(api, acme)
    until = "2099-01-01T00:00:00.000Z"

    result = await _run(api, IGNORE, unmappedValueId=value_id, until=until, reason="interns", clientMutationId="c1")
    assert result == {
        "unmappedValue": {"ignored": True, "ignoredUntil": until, "ignoreReason": "interns"},
        "userErrors": [],
        "clientMutationId": "c1",
    }
    assert [node["value"] for node in (await _listed(api, acme))["nodes"]] == ["Moon"]
    assert (await _listed(api, acme, ignored=True))["totalCount"] == 2
    again = await _run(api, IGNORE, unmappedValueId=value_id, until=None, reason="interns", clientMutationId=None)
    assert again["unmappedValue"] == {"ignored": True, "ignoredUntil": None, "ignoreReason": "interns"}
    back = await _run(api, UNIGNORE, unmappedValueId=value_id, clientMutationId=None)
    assert back["unmappedValue"] == {"ignored": False, "ignoredUntil": None, "ignoreReason": None}
    assert (await _listed(api, acme))["totalCount"] == 2
    assert [entry.action for entry in await audit.newest(acme.tenant.id)] == [
        "unmappedValueUnignore",
        "unmappedValueIgnore",
        "unmappedValueIgnore",
    ]


@pytest.mark.parametrize(
    ("_case", "rights", "code"),
    [
        ("out of sight", frozenset[Permission](), "NOT_FOUND"),
        ("every right but to see it", OWNER - {Permission.READ_DIRECTORY}, "NOT_FOUND"),
        ("may only read", ACCOUNT_MANAGER, "FORBIDDEN"),
        ("every right but to edit", OWNER - {Permission.EDIT_MAPPING}, "FORBIDDEN"),
    ],
)
@pytest.mark.parametrize("mutation", [IGNORE, UNIGNORE])
async def test_only_who_edits_the_mapping_may_ignore(
    acme: Community, api: Api, mutation: str, _case: str, rights: frozenset[Permission], code: str
) -> None:
    beta = await new_community("beta")
    value_id = await _value_id(api, acme)
    other = Api.of(viewer((acme.tenant.id, rights), (beta.tenant.id, OWNER)))
    before = [tuple(row) for row in await fetch("SELECT * FROM unmapped_value ORDER BY id")]

    given = {"unmappedValueId": value_id, **({"reason": "x"} if mutation is IGNORE else {})}
    result = await _run(other, mutation, **given)

    assert result["userErrors"] == [{"code": code, "path": ["input", "unmappedValueId"]}]
    assert [tuple(row) for row in await fetch("SELECT * FROM unmapped_value ORDER BY id")] == before
    assert [entry.outcome for entry in await audit.newest(acme.tenant.id)] == ["DENIED"]
    visible = Permission.READ_DIRECTORY in rights
    assert ((await other.data(NODE, id=value_id))["node"] is not None) is visible


@pytest.mark.parametrize(
    ("_case", "given", "error"),
    [
        ("blank reason", {"reason": " "}, ("INVALID", "reason")),
        ("past", {"reason": "x", "until": "2020-01-01T00:00:00Z"}, ("INVALID", "until")),
        ("no such value", {"reason": "x", "unmappedValueId": global_id("User", UUID(int=1))},
         ("NOT_FOUND", "unmappedValueId")),
    ],
)  # fmt: skip
async def test_bad_ignores(
    acme: Community, api: Api, _case: str, given: dict[str, Any], error: tuple[str, str]
) -> None:
    value_id = await _value_id(api, acme)

    result = await _run(api, IGNORE, **{"unmappedValueId": value_id, **given})

    assert result["userErrors"] == [{"code": error[0], "path": ["input", error[1]]}]
    assert (await _listed(api, acme))["totalCount"] == 2


async def test_without_pii_people_are_masked_and_open_values_are_not(acme: Community) -> None:
    reader = Api.of(viewer((acme.tenant.id, READER)))

    title = (await _listed(reader, acme, search="agnet"))["nodes"][0]

    assert (title["value"], title["variants"][0]["value"]) == ("Agnet", "Agnet")
    assert title["sampleUsers"][0] == {"userName": "c***@contoso.example"}


async def test_without_pii_values_of_personal_attributes_are_masked(acme: Community, api: Api) -> None:
    who = (SOMEBODY, Origin("r"), acme.tenant.id)
    await mapping.change_settings(*who, expected_version=None, role_attribute="nickName")
    reader = Api.of(viewer((acme.tenant.id, READER)))

    [hidden] = (await _listed(reader, acme, kind="ROLE"))["nodes"]
    unused = [node["value"] for node in (await _listed(reader, acme, unused=True))["nodes"]]
    error = await reader.error(LIST, id=acme.id, search="sid")
    [shown] = (await _listed(api, acme, kind="ROLE", search="sid"))["nodes"]

    assert (hidden["value"], hidden["variants"]) == ("S***", [{"value": "S***", "users": 1}])
    assert sorted(unused) == ["A***", "Moon", "S***"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert (await _listed(reader, acme, kind="GROUP", search="moo"))["totalCount"] == 1
    assert shown["value"] == "Sid"


async def test_filters_of_users_and_tenants(acme: Community, api: Api) -> None:
    beta = await new_community("beta")
    await beta.add("Zoe", title="Agent", userType="north", minute=9)
    users = "query($where: UserWhere!) { users(where: $where) { totalCount nodes { userName } } }"
    tenants = "query($where: TenantWhere!) { tenants(where: $where) { totalCount nodes { slug } } }"

    with_segments = (await api.data(users, where={"hasUnmappedSegments": True}))["users"]
    without = (await api.data(users, where={"hasUnmappedSegments": False}))["users"]
    having = (await api.data(tenants, where={"hasUnmappedValues": True}))["tenants"]
    for node in (await _listed(api, acme))["nodes"]:
        await _run(api, IGNORE, unmappedValueId=node["id"], reason="fine")

    assert [user["userName"][:3] for user in with_segments["nodes"]] == ["ana", "bob"]
    assert [user["userName"][:3] for user in without["nodes"]] == ["cid", "dan", "zoe"]
    assert (with_segments["totalCount"], without["totalCount"]) == (2, 3)
    assert [tenant["slug"] for tenant in having["nodes"]] == ["acme"]
    assert (await api.data(tenants, where={"hasUnmappedValues": True}))["tenants"]["totalCount"] == 0
    assert (await api.data(tenants, where={"hasUnmappedValues": False}))["tenants"]["totalCount"] == 2


async def test_an_editor_needs_no_more(acme: Community) -> None:
    editor = Api.of(viewer((acme.tenant.id, EDITOR)))

    result = await _run(editor, IGNORE, unmappedValueId=await _value_id(editor, acme), reason="x")

    assert result["userErrors"] == []
