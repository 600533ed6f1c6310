"""Why somebody has, had, or does not have access: through the doors of the running service, at any moment."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
from tests.bodies import GATEHOUSE
from tests.world import ORIGIN, TESTER, Client, World, add_rules, person

from gatehouse.api.graphql.ids import global_id
from gatehouse.records import iso_milliseconds
from gatehouse.services import catalogue, mapping
from gatehouse.services.clock import now
from gatehouse.store import database

ACCESS = """query($id: UUID!, $at: DateTime) { user(by: {scimId: $id}) { access(asOf: $at) {
  asOf status mappingVersion summary shareText digest override { reason }
  role { outcome inputValue normalizedValue policyApplied sentence role { key } matchedRule { titleValue sinceVersion }
         override { reason } candidates { rule { titleValue } similarity reason }
         assertedBy { requestId occurredAt } decidedBy { requestId action } }
  groups { outcome segment groups { key } matchedRule { segmentValue } override { reason } decidedBy { requestId } } } } }
"""
NOW = """query($id: UUID!) { user(by: {scimId: $id}) { version role { key } groups { key }
  override { reason expiresAt role { key } groupsAdded { key } groupsRemoved { key } setBy { kind display } } } }"""
WHY_NOT = """query($id: UUID!, $role: ID, $group: ID, $at: DateTime) { user(by: {scimId: $id}) {
  whyNot(roleId: $role, groupId: $group, asOf: $at) { granted blockers wouldGrantIf } } }"""
OVERRIDDEN = """{ a: users(where: {hasOverride: true}) { totalCount }
  b: users(where: {roleOutcome: [OVERRIDDEN]}) { totalCount } }"""
SET = "mutation($i: UserOverrideSetInput!) { userOverrideSet(input: $i) { dryRun user { role { key } groups { key } access { summary } } userErrors { code path message } } }"
CLEAR = "mutation($i: UserOverrideClearInput!) { userOverrideClear(input: $i) { user { role { key } } userErrors { code } } }"


@dataclass
class Acme:
    """Tenant with roles agent and manager, groups north and vip, and a rule for each."""

    world: World
    client: Client
    key: str
    ids: dict[str, str]

    async def access(self, user: str, at: datetime | None = None) -> dict[str, Any]:
        data = await self.world.graphql(self.key, ACCESS, id=user, **({"at": at.isoformat()} if at else {}))
        return data["user"]["access"]  # type: ignore[no-any-return]

    async def now(self, user: str) -> dict[str, Any]:
        return (await self.world.graphql(self.key, NOW, id=user))["user"]  # type: ignore[no-any-return]

    async def why_not(self, user: str, what: str, **variables: Any) -> dict[str, Any]:
        kind = "role" if what in {"agent", "manager", "old"} else "group"
        data = await self.world.graphql(self.key, WHY_NOT, id=user, **{kind: self.ids[what]}, **variables)
        return data["user"]["whyNot"]  # type: ignore[no-any-return]

    async def override(self, user: str, lasts_s: float = 3600, **wish: Any) -> dict[str, Any]:
        given = {
            "userId": global_id("User", UUID(user)),
            "reason": "covers for Eva",
            "expiresAt": (now() + timedelta(seconds=lasts_s)).isoformat(),
            **wish,
        }
        return (await self.world.graphql(self.key, SET, i=given))["userOverrideSet"]  # type: ignore[no-any-return]


@pytest.fixture
async def acme(world: World) -> Acme:
    client = await world.client("acme")
    roles = {"Agent": "agent", "Property Manager": "manager"}
    await add_rules(client.tenant, roles=roles, groups={"north": ["north"], "vip": ["vip"]})
    key = await world.api_key()
    found = await catalogue.load_catalogue(client.tenant.id)
    ids = {k: str(global_id("Role", role.id)) for k, role in found.roles.items()}
    ids |= {k: str(global_id("EmployeeGroup", group.id)) for k, group in found.employee_groups.items()}
    return Acme(world, client, key, ids)


async def moment() -> datetime:
    """The present, with a little room on either side."""
    await asyncio.sleep(0.003)
    found = now()
    await asyncio.sleep(0.003)
    return found


@dataclass
class Life:
    """What became of one person's access, moment by moment."""

    user: str
    moments: dict[str, datetime]
    answers: dict[str, dict[str, Any]]


@pytest.fixture
async def life(acme: Acme) -> Life:
    """Before, created, moved, rule changed, disabled, deleted."""
    client, tenant_id = acme.client, acme.client.tenant.id
    at = {"before": await moment()}
    user = (await client.create("ana", title=" AGENT ", userType="north-moon"))["id"]
    at["created"] = await moment()
    await client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Property Mangr"})
    at["moved"] = await moment()
    await mapping.set_role_rule(
        TESTER, ORIGIN, tenant_id, expected_version=None, title_value="agent", role_key="manager"
    )
    await mapping.set_group_rule(
        TESTER, ORIGIN, tenant_id, expected_version=None, segment_value="moon", group_keys=["vip"]
    )
    at["ruled"] = await moment()
    await client.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
    at["disabled"] = await moment()
    await client.delete(f"/Users/{user}")
    at["deleted"] = await moment()
    return Life(user, at, {name: await acme.access(user, then) for name, then in at.items()})


async def test_each_moment_answers_as_it_was_then(life: Life) -> None:
    found = {name: (a["status"], a["role"]["outcome"], a["role"]["role"]) for name, a in life.answers.items()}
    versions = {name: answer["mappingVersion"] for name, answer in life.answers.items()}

    assert found == {
        "before": ("NOT_CREATED", "INACTIVE", None),
        "created": ("ACTIVE", "MAPPED", {"key": "agent"}),
        "moved": ("ACTIVE", "UNMAPPED", None),
        "ruled": ("ACTIVE", "UNMAPPED", None),
        "disabled": ("DISABLED", "INACTIVE", None),
        "deleted": ("DELETED", "INACTIVE", None),
    }
    assert versions == {"before": None, "created": 5, "moved": 5, "ruled": 7, "disabled": 7, "deleted": 7}
    assert {name: answer["asOf"] for name, answer in life.answers.items()} == {
        name: iso_milliseconds(then) for name, then in life.moments.items()
    }


async def test_a_rule_that_is_gone_is_shown_as_it_was(life: Life) -> None:
    then = life.answers["created"]
    asserted, decided = then["role"].pop("assertedBy"), then["role"].pop("decidedBy")

    assert then["role"] == {
        "outcome": "MAPPED",
        "inputValue": " AGENT ",
        "normalizedValue": "agent",
        "policyApplied": None,
        "sentence": "title “AGENT” matches the rule “Agent” → role Agent (mapping version 5)",
        "role": {"key": "agent"},
        "matchedRule": {"titleValue": "Agent", "sinceVersion": 2},
        "override": None,
        "candidates": [],
    }
    assert [(g["segment"], g["groups"], g["matchedRule"]) for g in then["groups"]] == [
        ("north", [{"key": "north"}], {"segmentValue": "north"}),
        ("moon", [], None),
    ]
    assert asserted["requestId"] == decided["requestId"]
    assert decided["action"] == "CREATE"
    assert then["shareText"].splitlines() == [
        then["summary"],
        "- " + then["role"]["sentence"],
        "- userType part “north” matches the rule “north” → employee group North (mapping version 5)",
        "- userType part “moon” matches no rule; policy ASSIGN_NONE gives Ana Okafor no group for it (mapping version 5)",
    ]


async def test_what_asserted_and_what_decided(life: Life) -> None:
    answers = life.answers
    requests = {name: (a["role"]["assertedBy"] or {}).get("requestId") for name, a in answers.items()}

    assert requests["before"] is None
    assert len({requests["created"], requests["moved"]}) == 2
    assert requests["moved"] == requests["ruled"] == requests["disabled"]
    assert answers["moved"]["role"]["decidedBy"]["requestId"] == requests["moved"]
    assert [g["groups"] for g in answers["moved"]["groups"]] == [[{"key": "north"}], []]
    assert [g["groups"] for g in answers["ruled"]["groups"]] == [[{"key": "north"}], [{"key": "vip"}]]
    assert answers["ruled"]["groups"][1]["decidedBy"]["requestId"] == ORIGIN.request_id


async def test_near_misses_are_named(life: Life) -> None:
    assert life.answers["moved"]["role"]["candidates"] == [
        {
            "rule": {"titleValue": "Property Manager"},
            "similarity": 0.933,
            "reason": "the rule “Property Manager” looks alike (93%)",
        }
    ]


async def test_what_is_not_in_force_is_said_to_be(acme: Acme, life: Life) -> None:
    answers = life.answers

    assert answers["before"]["summary"] == (
        f"At {iso_milliseconds(life.moments['before'])}: Ana Okafor was not provisioned yet."
    )
    assert answers["disabled"]["summary"].endswith(
        "is disabled: no role and employee groups North and Vip are on record but not in force."
    )
    assert len({answer["digest"] for answer in answers.values()}) == 6
    assert answers["deleted"]["digest"] == (await acme.access(life.user))["digest"]


async def test_what_is_not_recorded_is_said_to_be(acme: Acme) -> None:
    user = (await acme.client.create("ana", title="Agent"))["id"]
    created = await moment()
    await database.execute("UPDATE scim_user SET access_since = access_since + 3600000000")  # as a migration leaves it

    answer = await acme.access(user, created)

    assert (answer["status"], answer["role"]["outcome"], answer["mappingVersion"]) == ("NOT_RECORDED", "UNKNOWN", None)
    assert answer["summary"].endswith(
        "Ana Okafor existed, but what access followed is not recorded: the record begins later."
    )


async def test_the_future_is_refused(acme: Acme) -> None:
    user = (await acme.client.create("ana", title="Agent"))["id"]

    ahead = await acme.access(user, now() + timedelta(seconds=30))
    answer = await acme.world.http.post(
        "http://gatehouse.test/graphql",
        json={"query": ACCESS, "variables": {"id": user, "at": "2999-01-01T00:00:00Z"}},
        headers={"Authorization": f"Bearer {acme.key}"},
    )

    assert ahead["status"] == "ACTIVE"
    assert datetime.fromisoformat(ahead["asOf"]) <= now()
    [error] = answer.json()["errors"]
    assert (error["extensions"]["code"], error["message"]) == ("INVALID", "`asOf` lies in the future")


async def test_setting_an_override(acme: Acme) -> None:
    user = (await acme.client.create("ana", title="Agent", userType="north"))["id"]
    wish = {"roleKey": "manager", "addGroupKeys": ["vip"], "removeGroupKeys": ["north"]}

    would = await acme.override(user, **wish, dryRun=True)
    unchanged = await acme.now(user)
    done = await acme.override(user, **wish, expectedVersion=1)
    stale = await acme.override(user, roleKey="agent", expectedVersion=1)
    shown = (await acme.now(user))["override"]

    assert (would["dryRun"], would["user"]["role"], unchanged["role"]) == (True, {"key": "manager"}, {"key": "agent"})
    assert (unchanged["version"], unchanged["override"]) == (1, None)
    assert (done["userErrors"], done["user"]["groups"]) == ([], [{"key": "vip"}])
    assert [(e["code"], e["path"]) for e in stale["userErrors"]] == [("STALE_VERSION", ["input", "expectedVersion"])]
    assert shown | {"expiresAt": None} == {
        "reason": "covers for Eva",
        "expiresAt": None,
        "role": {"key": "manager"},
        "groupsAdded": [{"key": "vip"}],
        "groupsRemoved": [{"key": "north"}],
        "setBy": {"kind": "API_KEY", "display": "owner key"},
    }


async def test_an_override_survives_what_entra_sends_and_is_explained(acme: Acme) -> None:
    client = acme.client
    user = (await client.create("ana", title="Agent", userType="north"))["id"]
    await acme.override(user, roleKey="manager", addGroupKeys=["vip"], removeGroupKeys=["north"])
    await client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Boss"})
    await client.put(f"/Users/{user}", person("ana", title="Boss", userType="north", nickName="A"))

    during, explained = await acme.now(user), await acme.access(user)
    found = await acme.world.graphql(acme.key, OVERRIDDEN)

    assert (during["role"], during["groups"]) == ({"key": "manager"}, [{"key": "vip"}])
    until = f"until {during['override']['expiresAt']} (“covers for Eva”, owner key)"
    assert explained["summary"] == (
        f"Ana Okafor has role Manager and employee group Vip, by an override {until};"
        " no rule for “Boss” (mapping version 5)."
    )
    assert (explained["role"]["outcome"], explained["role"]["policyApplied"]) == ("OVERRIDDEN", "ASSIGN_NONE")
    assert explained["role"]["sentence"] == (
        f"an override gives role Manager {until}; without it: title “Boss” matches no rule;"
        " policy ASSIGN_NONE leaves Ana Okafor without a role (mapping version 5)"
    )
    assert [(g["outcome"], g["groups"]) for g in explained["groups"]] == [
        ("OVERRIDDEN", []),
        ("OVERRIDDEN", [{"key": "vip"}]),
    ]
    assert found == {"a": {"totalCount": 1}, "b": {"totalCount": 1}}


async def test_a_disabled_user_has_nothing_in_spite_of_an_override(acme: Acme) -> None:
    client = acme.client
    user = (await client.create("ana", title="Agent", userType="north"))["id"]
    await client.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
    await acme.override(user, roleKey="manager")

    disabled, explained = await acme.now(user), await acme.access(user)
    await client.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": True})
    enabled = await acme.now(user)

    assert (disabled["role"], disabled["groups"]) == (None, [])
    assert {explained["role"]["outcome"], *(g["outcome"] for g in explained["groups"])} == {"INACTIVE"}
    assert (enabled["role"], enabled["groups"]) == ({"key": "manager"}, [{"key": "north"}])


@pytest.mark.parametrize("read", ["access", "user", "list", "patch", "scim", "scim filter"])
async def test_an_override_that_nobody_has_ended_yet_does_not_count(acme: Acme, read: str) -> None:
    """Reads are right from its last moment on, though no worker has come by: here none ever will."""
    user = (await acme.client.create("ana", title="Agent", userType="north"))["id"]
    during = await moment()
    await acme.override(user, lasts_s=0.8, roleKey="manager", addGroupKeys=["vip"])
    held = await moment()
    await database.execute("UPDATE outbox SET available_at = available_at + 3600000000")
    await asyncio.sleep(0.8)

    if read == "access":
        found = await acme.access(user)
        assert (found["role"]["role"], found["override"], len(found["groups"])) == ({"key": "agent"}, None, 1)
    if read == "user":
        shown = await acme.now(user)
        assert (shown["role"], shown["groups"], shown["override"]) == ({"key": "agent"}, [{"key": "north"}], None)
    if read == "list":
        query = "query($id: ID!) { users(where: {roleId: {eq: $id}}) { totalCount } }"
        counts = [(await acme.world.graphql(acme.key, query, id=acme.ids[k]))["users"] for k in ("agent", "manager")]
        assert counts == [{"totalCount": 1}, {"totalCount": 0}]
    if read == "patch":
        await acme.client.patch(f"/Users/{user}", {"op": "replace", "path": "nickName", "value": "A"})
        events = await database.fetch("SELECT actor_kind, reason FROM provisioning_event ORDER BY id")
        assert [event[0] for event in events] == ["SCIM_TOKEN", "API_KEY", "SYSTEM", "SCIM_TOKEN"]
    if read == "scim":
        shown = (await acme.client.get(f"/Users/{user}?attributes={GATEHOUSE}")).json()
        assert shown[GATEHOUSE] == {"role": "agent", "employeeGroups": ["north"]}
    if read == "scim filter":
        filters = [quote(f'{GATEHOUSE}:role eq "{key}"') for key in ("agent", "manager")]
        totals = [(await acme.client.get(f"/Users?filter={text}")).json()["totalResults"] for text in filters]
        assert totals == [1, 0]
    assert (await acme.access(user, during))["role"]["role"] == {"key": "agent"}
    assert (await acme.access(user, held))["role"]["role"] == {"key": "manager"}


async def test_clearing_an_override(acme: Acme) -> None:
    user = (await acme.client.create("ana", title="Agent"))["id"]
    uid = global_id("User", UUID(user))
    await acme.override(user, roleKey="manager")

    cleared = await acme.world.graphql(acme.key, CLEAR, i={"userId": uid})
    again = await acme.world.graphql(acme.key, CLEAR, i={"userId": uid})

    assert cleared["userOverrideClear"] == {"user": {"role": {"key": "agent"}}, "userErrors": []}
    assert again["userOverrideClear"] == {"user": None, "userErrors": [{"code": "NOT_FOUND"}]}


async def test_why_not(acme: Acme) -> None:
    user = (await acme.client.create("ana", title="Manager Property", userType="nort-vip"))["id"]
    role = await acme.why_not(user, "manager")
    group = await acme.why_not(user, "north")
    granted = await acme.why_not(user, "vip")
    before = await moment()
    await acme.override(user, roleKey="agent", removeGroupKeys=["vip"])
    overridden, withheld = await acme.why_not(user, "manager"), await acme.why_not(user, "vip")
    until = (await acme.now(user))["override"]["expiresAt"]
    await acme.client.patch(f"/Users/{user}", {"op": "replace", "path": "active", "value": False})
    disabled = await acme.why_not(user, "agent")
    earlier = await acme.why_not(user, "vip", at=before.isoformat())

    no_rule = "title “Manager Property” matches no rule; policy ASSIGN_NONE leaves Ana Okafor without a role (mapping version 5)"
    ways = [
        "Entra sends as title “Property Manager”",
        "a role rule gives role Manager for title “Manager Property”",
        "title “Manager Property” is mended: the rule “Property Manager” looks alike (98%)",
        "an override gives Ana Okafor role Manager for a time",
    ]
    assert role == {"granted": False, "blockers": [no_rule], "wouldGrantIf": ways}
    assert group == {
        "granted": False,
        "blockers": [
            "userType part “nort” matches no rule; policy ASSIGN_NONE gives Ana Okafor no group for it (mapping version 5)",
            "userType part “vip” matches the rule “vip” → employee group Vip (mapping version 5)",
        ],
        "wouldGrantIf": [
            "Entra sends as userType, or as a part of it between “-”, “north”",
            "a group rule gives employee group North for userType “nort”",
            "userType “nort” is mended: the rule “north” looks alike (89%)",
            "an override gives Ana Okafor employee group North for a time",
        ],
    }
    assert granted == earlier == {"granted": True, "blockers": [], "wouldGrantIf": []}
    assert overridden["blockers"][0] == f"an override gives role Agent instead until {until} (“covers for Eva”)"
    assert overridden["wouldGrantIf"][0] == (
        f"the override ends, at {until} or when it is cleared; and a rule gives role Manager"
    )
    assert withheld["blockers"] == [f"an override withholds employee group Vip until {until} (“covers for Eva”)"]
    assert withheld["wouldGrantIf"][0] == f"the override ends, at {until} or when it is cleared"
    assert disabled == {
        "granted": False,
        "blockers": ["Ana Okafor is disabled: no access is in force"],
        "wouldGrantIf": ["Entra enables Ana Okafor"],
    }


@pytest.mark.parametrize("both", [True, False])
async def test_why_not_asks_for_one_thing(acme: Acme, both: bool) -> None:
    user = (await acme.client.create("ana", title="Agent"))["id"]
    given = {"role": acme.ids["agent"], "group": acme.ids["vip"]} if both else {}

    answer = await acme.world.http.post(
        "http://gatehouse.test/graphql",
        json={"query": WHY_NOT, "variables": {"id": user, **given}},
        headers={"Authorization": f"Bearer {acme.key}"},
    )

    assert answer.json()["errors"][0]["message"] == "give exactly one of `roleId` and `groupId`"


async def test_reasons_are_masked_without_the_right_to_see_people(acme: Acme) -> None:
    user = (await acme.client.create("ana", title="Agent"))["id"]
    await acme.override(user, roleKey="manager", reason='Eva "Evi" Braun\'s post')
    key = await acme.world.api_key("viewer", acme.client.tenant.id)
    query = """query($id: UUID!) { user(by: {scimId: $id}) { override { reason } access { summary shareText
        role { sentence override { reason } } } timeline { nodes { reason changes { path after redacted } } }
        whyNot(roleId: $role) { blockers } } }""".replace("$role", f'"{acme.ids["agent"]}"')

    shown = (await acme.world.graphql(key, query, id=user))["user"]

    assert "Braun" not in str(shown) and "Evi" not in str(shown)
    assert shown["override"] == {"reason": "E***"}
    [change] = [c for c in shown["timeline"]["nodes"][0]["changes"] if c["path"] == "override"]
    assert (change["after"]["role"], change["redacted"]) == ("manager", False)
