"""Changing the catalogue and the mapping: what comes back, what is stored, whom it reaches, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.api.graphql.people import Api, Community, new_community, viewer

from gatehouse.api.graphql.ids import global_id
from gatehouse.records import iso_milliseconds
from gatehouse.services.clock import now
from gatehouse.store.database import Database, fetch, fetch_one

FRAGMENT = """
fragment Answer on MappingPayload { dryRun requestId clientMutationId userErrors { code path message hint }
  mapping { version roleRules { titleValue note sinceVersion role { key } }
            groupRules { segmentValue groups { key } } settings { delimiter unmappedTitle defaultRole { key } } }
  impact { usersEvaluated usersChanged roleChanges groupAdds groupRemoves gainPrivileged losePrivileged
           becomeUnmapped becomeMapped } }
"""


def _mutation(name: str, input_type: str) -> str:
    return f"mutation($input: {input_type}!) {{ result: {name}(input: $input) {{ ...Answer }} }} {FRAGMENT}"


ROLE_RULE_SET = _mutation("roleRuleSet", "RoleRuleSetInput")
ROLE_RULE_REMOVE = _mutation("roleRuleRemove", "RuleRemoveInput")
GROUP_RULE_SET = _mutation("groupRuleSet", "GroupRuleSetInput")
GROUP_RULE_REMOVE = _mutation("groupRuleRemove", "RuleRemoveInput")
SETTINGS = _mutation("mappingSettingsUpdate", "MappingSettingsUpdateInput")
ROLE_UPSERT = """mutation($input: RoleUpsertInput!) { result: roleUpsert(input: $input) {
  role { key name privileged archivedAt } requestId clientMutationId userErrors { code path message hint } } }"""
GROUP_UPSERT = """mutation($input: EmployeeGroupUpsertInput!) { result: employeeGroupUpsert(input: $input) {
  employeeGroup { key name archivedAt } requestId clientMutationId userErrors { code path message hint } } }"""
USER = "query($id: ID!) { user(by: {id: $id}) { mappingVersion role { key } groups { key } } }"


@pytest.fixture
def api() -> Api:
    return Api.of(viewer(name="terraform"))


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    await community.add("Ana", title="Boss", userType="north")
    await community.add("Bob", title="Agent", userType="north/east")
    return community


async def _run(api: Api, mutation: str, **given: Any) -> dict[str, Any]:
    result: dict[str, Any] = (await api.data(mutation, input=given))["result"]
    return result


async def test_role_rule_set_reaches_existing_users(acme: Community, api: Api) -> None:
    response = await api.post(
        ROLE_RULE_SET,
        input={
            "tenantId": acme.id,
            "expectedVersion": 1,
            "titleValue": "Boss",
            "roleKey": "manager",
            "note": "asked for by Kim",
            "clientMutationId": "m-1",
        },
    )

    result = response.json()["data"]["result"]
    assert result["mapping"]["version"] == 2
    assert result["mapping"]["roleRules"][1] == {
        "titleValue": "Boss",
        "note": "asked for by Kim",
        "sinceVersion": 2,
        "role": {"key": "manager"},
    }
    assert result["impact"] == {
        "usersEvaluated": 1,
        "usersChanged": 1,
        "roleChanges": 1,
        "groupAdds": 0,
        "groupRemoves": 0,
        "gainPrivileged": 1,
        "losePrivileged": 0,
        "becomeUnmapped": 0,
        "becomeMapped": 1,
    }
    assert (result["dryRun"], result["userErrors"], result["clientMutationId"]) == (False, [], "m-1")
    assert result["requestId"] == response.headers["x-request-id"]
    assert (await api.data(USER, id=acme.person_id(0)))["user"]["role"] == {"key": "manager"}
    [audit] = await fetch("SELECT action, actor_display, request_id FROM audit_entry")
    assert tuple(audit) == ("roleRuleSet", "terraform", result["requestId"])


async def test_the_event_of_a_mapping_change_is_in_the_timeline(acme: Community, api: Api) -> None:
    await _run(api, ROLE_RULE_SET, tenantId=acme.id, expectedVersion=1, titleValue="Boss", roleKey="manager")

    data = await api.data(
        'query($id: ID!) { user(by: {id: $id}) { timeline(where: {changedPath: ["role"]}) { nodes {'
        " actor { kind display } changes { path before after } mappingVersion } } } }",
        id=acme.person_id(0),
    )

    assert data["user"]["timeline"]["nodes"] == [
        {
            "actor": {"kind": "API_KEY", "display": "terraform"},
            "changes": [{"path": "role", "before": None, "after": "manager"}],
            "mappingVersion": 2,
        }
    ]


async def test_role_rule_remove(acme: Community, api: Api) -> None:
    result = await _run(api, ROLE_RULE_REMOVE, tenantId=acme.id, expectedVersion=1, value="AGENT")

    assert (result["mapping"]["version"], result["impact"]["usersChanged"]) == (2, 1)
    assert [rule["titleValue"] for rule in result["mapping"]["roleRules"]] == ["Property Manager"]
    assert (await api.data(USER, id=acme.person_id(1)))["user"]["role"] is None


async def test_group_rule_set_and_remove(acme: Community, api: Api) -> None:
    terms = {"tenantId": acme.id}
    added = await _run(
        api, GROUP_RULE_SET, **terms, expectedVersion=1, segmentValue="north/east", groupKeys=["vip", "south"]
    )
    user = (await api.data(USER, id=acme.person_id(1)))["user"]
    removed = await _run(api, GROUP_RULE_REMOVE, **terms, expectedVersion=2, value="north/EAST")

    assert (added["impact"]["groupAdds"], added["mapping"]["version"]) == (2, 2)
    assert (user["groups"], user["mappingVersion"]) == ([{"key": "vip"}, {"key": "south"}], 2)
    assert (removed["impact"]["groupRemoves"], removed["mapping"]["version"]) == (2, 3)


async def test_settings_update_changes_only_what_is_given(acme: Community, api: Api) -> None:
    first = await _run(
        api, SETTINGS, tenantId=acme.id, expectedVersion=1, unmappedTitle="USE_DEFAULT", defaultRoleKey="agent"
    )
    second = await _run(api, SETTINGS, tenantId=acme.id, expectedVersion=2, delimiter="/")
    third = await _run(
        api, SETTINGS, tenantId=acme.id, expectedVersion=3, unmappedTitle="ASSIGN_NONE", defaultRoleKey=None
    )

    settings = [result["mapping"]["settings"] for result in (first, second, third)]
    assert settings == [
        {"delimiter": "-", "unmappedTitle": "USE_DEFAULT", "defaultRole": {"key": "agent"}},
        {"delimiter": "/", "unmappedTitle": "USE_DEFAULT", "defaultRole": {"key": "agent"}},
        {"delimiter": "/", "unmappedTitle": "ASSIGN_NONE", "defaultRole": None},
    ]


async def test_dry_run_tells_and_changes_nothing(acme: Community, api: Api) -> None:
    result = await _run(
        api,
        ROLE_RULE_SET,
        tenantId=acme.id,
        expectedVersion=1,
        titleValue="Boss",
        roleKey="manager",
        dryRun=True,
        maxUsersChanged=0,
    )

    assert (result["dryRun"], result["mapping"]["version"], result["impact"]["usersChanged"]) == (True, 1, 1)
    assert (await api.data(USER, id=acme.person_id(0)))["user"]["role"] is None


@pytest.mark.parametrize(
    ("_case", "changes", "code", "path"),
    [
        ("stale version", {"expectedVersion": 7}, "STALE_VERSION", ["input", "expectedVersion"]),
        ("unknown role", {"roleKey": "pilot"}, "NOT_FOUND", ["input", "roleKey"]),
        ("blank title", {"titleValue": "  "}, "INVALID", ["input", "titleValue"]),
        ("long title", {"titleValue": "x" * 1_025}, "INVALID", ["input", "titleValue"]),
        ("too many users", {"maxUsersChanged": 0}, "IMPACT_LIMIT_EXCEEDED", ["input", "maxUsersChanged"]),
    ],
)
async def test_refusals_are_data(
    acme: Community, api: Api, _case: str, changes: dict[str, Any], code: str, path: list[str]
) -> None:
    given = {"tenantId": acme.id, "expectedVersion": 1, "titleValue": "Boss", "roleKey": "manager"} | changes

    result = await _run(api, ROLE_RULE_SET, **given)

    [error] = result["userErrors"]
    assert (error["code"], error["path"], result["mapping"], result["impact"]) == (code, path, None, None)
    assert error["message"]
    row = await fetch_one("SELECT mapping_version, (SELECT count(*) FROM audit_entry) FROM tenant")
    assert row is not None
    assert tuple(row) == (1, 0)


async def test_role_upsert(acme: Community, api: Api) -> None:
    created = await _run(api, ROLE_UPSERT, tenantId=acme.id, key="pilot", name="Pilot", privileged=True)
    renamed = await _run(api, ROLE_UPSERT, tenantId=acme.id, key="pilot", name="Captain", clientMutationId="x")
    archived = await _run(api, ROLE_UPSERT, tenantId=acme.id, key="pilot", name="Captain", archived=True)
    roles = "query($id: ID!, $all: Boolean!) { roles(tenantId: $id, includeArchived: $all) { key }"
    roles += " tenant(by: {id: $id}) { roles(includeArchived: $all) { key } } }"
    listed = [await api.data(roles, id=acme.id, all=everything) for everything in (False, True)]

    assert created["role"] == {"key": "pilot", "name": "Pilot", "privileged": True, "archivedAt": None}
    assert (renamed["role"]["name"], renamed["role"]["privileged"], renamed["clientMutationId"]) == (
        "Captain",
        True,
        "x",
    )
    assert archived["role"]["archivedAt"] is not None
    keys = [["agent", "manager"], ["agent", "manager", "pilot"]]
    assert [[role["key"] for role in data["roles"]] for data in listed] == keys
    assert [[role["key"] for role in data["tenant"]["roles"]] for data in listed] == keys


async def test_employee_group_upsert(acme: Community, api: Api) -> None:
    created = await _run(api, GROUP_UPSERT, tenantId=acme.id, key="east", name="East")
    refused = await _run(api, GROUP_UPSERT, tenantId=acme.id, key="north", name="North", archived=True)
    malformed = await _run(api, GROUP_UPSERT, tenantId=acme.id, key="No Key", name="x")
    listed = await api.data("query($id: ID!) { employeeGroups(tenantId: $id) { key } }", id=acme.id)

    assert created["employeeGroup"] == {"key": "east", "name": "East", "archivedAt": None}
    assert (refused["userErrors"][0]["code"], refused["userErrors"][0]["path"]) == ("IN_USE", ["input", "archived"])
    assert (malformed["userErrors"][0]["code"], malformed["userErrors"][0]["path"]) == ("INVALID", ["input", "key"])
    assert [group["key"] for group in listed["employeeGroups"]] == ["east", "north", "south", "vip"]


async def test_mutations_of_one_document_run_one_after_the_other(acme: Community, api: Api) -> None:
    data = await api.data(
        """mutation($id: ID!) {
          a: roleRuleSet(input: {tenantId: $id, expectedVersion: 1, titleValue: "Boss", roleKey: "agent"}) { mapping { version } }
          b: roleRuleSet(input: {tenantId: $id, expectedVersion: 2, titleValue: "Boss", roleKey: "manager"}) { mapping { version } }
          c: roleRuleSet(input: {tenantId: $id, expectedVersion: 2, titleValue: "Boss", roleKey: "agent"}) { userErrors { code } }
        }""",
        id=acme.id,
    )

    assert data == {
        "a": {"mapping": {"version": 2}},
        "b": {"mapping": {"version": 3}},
        "c": {"userErrors": [{"code": "STALE_VERSION"}]},
    }


async def test_each_mutation_of_a_document_is_answered_with_what_is_then(api: Api, acme: Community) -> None:
    override = """userOverrideSet(input: {userId: "%s", roleKey: "manager", expiresAt: "%s", reason: "x"}) {
      user { tenant { users(where: {roleId: {eq: "%s"}}) { totalCount } roles { key userCount } } } }"""
    issue = """credentialCreate(input: {tenantId: "%s", label: "%s", expiresAt: "%s"}) {
      credential { tenant { connection { tokens { label } } } } }"""
    manager = global_id("Role", acme.roles["manager"].id)
    until = iso_milliseconds(now() + timedelta(days=1))
    overrides = [override % (acme.person_id(n), until, manager) for n in (0, 1)]
    tokens = [issue % (acme.id, label, until) for label in ("first", "second")]

    overridden = await api.data(f"mutation {{ one: {overrides[0]} two: {overrides[1]} }}")
    issued = await api.data(f"mutation {{ one: {tokens[0]} two: {tokens[1]} }}")

    for turn, managers, labels in (("one", 1, ["first"]), ("two", 2, ["second", "first"])):
        tenant = overridden[turn]["user"]["tenant"]
        assert tenant["users"] == {"totalCount": managers}
        assert {"key": "manager", "userCount": managers} in tenant["roles"]
        shown = issued[turn]["credential"]["tenant"]["connection"]["tokens"]
        assert [entry["label"] for entry in shown] == labels
