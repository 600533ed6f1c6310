"""The audit trail: what was done and by whom, what was refused, and that no flood fills it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.api.graphql.people import OWNER, READER, Api, Community, new_community, viewer
from tests.fixtures import NOW

from gatehouse.api.graphql.ids import global_id
from gatehouse.records import Actor, ActorKind, Change, Origin, iso_milliseconds
from gatehouse.services import catalogue
from gatehouse.services.clock import now
from gatehouse.store import audit, database
from gatehouse.store.audit import AuditEntry, AuditOutcome
from gatehouse.store.database import Database, fetch
from gatehouse.store.ids import uuid7

ENTRIES = """query($where: AuditWhere, $first: Int) { auditEntries(where: $where, first: $first) { totalCount nodes {
  id action summary targetType targetId reason outcome attempts requestId actor { kind display } tenant { slug }
  changes { path before after redacted } } } }"""
RULE_SET = (
    "mutation($input: RoleRuleSetInput!) { result: roleRuleSet(input: $input) { userErrors { code } requestId } }"
)


@pytest.fixture
async def acme(database: Database) -> Community:
    return await new_community("acme")


async def entries(api: Api, **where: Any) -> list[dict[str, Any]]:
    found = (await api.data(ENTRIES, where=where))["auditEntries"]
    assert found["totalCount"] == len(found["nodes"])
    return found["nodes"]  # type: ignore[no-any-return]


def promotion(acme: Community) -> dict[str, Any]:
    return {"tenantId": acme.id, "expectedVersion": 1, "titleValue": "Agent", "roleKey": "manager"}


async def test_what_was_done(acme: Community) -> None:
    api = Api.of(viewer(name="terraform"))
    request_id = (await api.data(RULE_SET, input=promotion(acme)))["result"]["requestId"]

    [entry] = await entries(api)

    assert entry.pop("targetId") and entry["id"]
    assert await api.data("query($id: ID!) { node(id: $id) { ... on AuditEntry { action } } }", id=entry.pop("id")) == {
        "node": {"action": "roleRuleSet"}
    }
    assert entry == {
        "action": "roleRuleSet",
        "summary": "terraform did roleRuleSet: title “Agent” → role manager",
        "targetType": "RoleRule",
        "reason": "title “Agent” → role manager",
        "outcome": "SUCCEEDED",
        "attempts": 1,
        "requestId": request_id,
        "actor": {"kind": "API_KEY", "display": "terraform"},
        "tenant": {"slug": "acme"},
        "changes": [
            {
                "path": "roleRule",
                "before": {"title": "Agent", "role": "agent"},
                "after": {"title": "Agent", "role": "manager"},
                "redacted": False,
            }
        ],
    }


async def test_a_flood_of_refused_attempts_is_one_row(acme: Community) -> None:
    curious = Api.of(viewer((acme.tenant.id, READER), name="curious"))
    for _ in range(30):
        assert (await curious.data(RULE_SET, input=promotion(acme)))["result"]["userErrors"] == [{"code": "FORBIDDEN"}]

    [entry] = await entries(curious, outcome=["DENIED"])

    assert len(await fetch("SELECT id FROM audit_entry")) == 1
    assert (entry["action"], entry["attempts"], entry["targetId"]) == ("roleRuleSet", 30, acme.id)
    assert entry["summary"] == "curious was refused roleRuleSet 30 times: no EDIT_MAPPING in the tenant"


async def test_after_an_hour_it_is_told_again(acme: Community) -> None:
    curious = Api.of(viewer((acme.tenant.id, READER), name="curious"))
    await curious.data(RULE_SET, input=promotion(acme))
    await database.execute("UPDATE audit_entry SET occurred_at = occurred_at - 3600000001")
    await curious.data(RULE_SET, input=promotion(acme))

    assert [entry["attempts"] for entry in await entries(curious)] == [1, 1]


async def test_an_attempt_from_outside_is_seen_inside_only(acme: Community) -> None:
    beta = await new_community("beta")
    stranger, insider = (
        Api.of(viewer((beta.tenant.id, OWNER), name="stranger")),
        Api.of(viewer((acme.tenant.id, READER))),
    )

    there = await stranger.data(RULE_SET, input=promotion(acme))
    nowhere = await stranger.data(RULE_SET, input=promotion(acme) | {"tenantId": global_id("Tenant", uuid7())})

    assert [answer["result"]["userErrors"] for answer in (there, nowhere)] == [[{"code": "NOT_FOUND"}]] * 2
    assert await entries(stranger) == []
    assert [entry["summary"] for entry in await entries(insider)] == [
        "stranger was refused roleRuleSet: no READ_DIRECTORY in the tenant"
    ]


async def test_filters(acme: Community) -> None:
    beta = await new_community("beta")
    api = Api.of(viewer(name="terraform"))
    await api.data(RULE_SET, input=promotion(acme))
    ada = Actor(ActorKind.ADMIN, uuid7(), "Ada")
    await catalogue.upsert_role(ada, Origin("r-2"), beta.tenant.id, key="pilot", name="Pilot")

    async def actions(**where: Any) -> list[str]:
        return [entry["action"] for entry in await entries(api, **where)]

    assert await actions() == ["roleUpsert", "roleRuleSet"]
    assert await actions(tenantId={"eq": acme.id}) == ["roleRuleSet"]
    assert await actions(actorId={"eq": global_id("Admin", ada.id)}) == ["roleUpsert"]  # type: ignore[arg-type]
    assert await actions(actorKind=["API_KEY"]) == ["roleRuleSet"]
    assert await actions(action={"startsWith": "roleRule"}) == ["roleRuleSet"]
    assert await actions(targetType=["Role"], outcome=["SUCCEEDED"]) == ["roleUpsert"]
    assert await actions(requestId={"eq": "r-2"}) == ["roleUpsert"]
    assert await actions(occurredAt={"lt": "2020-01-01T00:00:00Z"}) == []
    assert await actions(occurredAt={"lastSeconds": 600}) == ["roleUpsert", "roleRuleSet"]
    either = [{"targetType": ["Role"]}, {"targetType": ["RoleRule"]}]
    assert await actions(**{"or": either, "not": {"requestId": {"eq": "r-2"}}}) == ["roleRuleSet"]


async def test_what_was_done_to_one_thing(acme: Community) -> None:
    api = Api.of(viewer())
    await api.data(RULE_SET, input=promotion(acme))
    pilots = [
        await catalogue.upsert_role(viewer().actor, Origin("r"), acme.tenant.id, key=key, name=key)
        for key in ("pilot", "captain")
    ]
    pilot, captain = (global_id("Role", role.id) for role in pilots)
    rule = (await entries(api, targetType=["RoleRule"]))[0]["targetId"]

    async def targets(wanted: Any) -> list[str]:
        return [entry["targetId"] for entry in await entries(api, targetId=wanted)]

    assert await targets({"eq": pilot}) == [pilot]
    assert await targets({"in": [pilot, captain, rule]}) == [captain, pilot, rule]
    assert await targets({"in": [pilot, captain], "eq": captain}) == [captain]
    assert await targets({"eq": rule}) == [rule]
    assert await targets({"eq": global_id("EmployeeGroup", pilots[0].id)}) == []
    assert await targets({"in": ["x", str(pilots[0].id), ""]}) == []
    insider = Api.of(viewer((acme.tenant.id, READER)))
    stranger = Api.of(viewer((uuid7(), OWNER)))
    assert [len(await entries(who, targetId={"eq": pilot})) for who in (insider, stranger)] == [1, 0]
    wish = {"slug": "contoso", "name": "Contoso"}
    await stranger.data("mutation($i: TenantCreateInput!) { tenantCreate(input: $i) { userErrors { code } } }", i=wish)
    assert await targets({"eq": "contoso"}) == ["contoso"]
    assert await targets({"in": ["contoso", captain]}) == ["contoso", captain]


async def test_the_last_seconds(acme: Community) -> None:
    api = Api.of(viewer())
    for key in ("pilot", "captain"):
        await catalogue.upsert_role(viewer().actor, Origin(key), acme.tenant.id, key=key, name=key)
    await database.execute("UPDATE audit_entry SET occurred_at = occurred_at - 3600000000 WHERE request_id = 'pilot'")

    async def requests(**when: Any) -> list[str]:
        return [entry["requestId"] for entry in await entries(api, occurredAt=when)]

    assert await requests(lastSeconds=3_000) == ["captain"]
    assert await requests(lastSeconds=4_000) == ["captain", "pilot"]
    assert await requests(lastSeconds=4_000, lt=iso_milliseconds(now() - timedelta(minutes=1))) == ["pilot"]
    assert await requests(lastSeconds=2**31 - 1) == ["captain", "pilot"]
    for seconds, complaint in ((-1, "`occurredAt` is compared (`lastSeconds`) with -1"), (None, "with null")):
        error = await api.error(ENTRIES, where={"occurredAt": {"lastSeconds": seconds}})
        assert error["extensions"]["code"] == "INVALID" and complaint in error["message"]


async def test_what_is_about_a_person_is_masked(acme: Community) -> None:
    ana = await acme.add("Ana", title="Agent")
    entry = AuditEntry(
        id=uuid7(),
        tenant_id=acme.tenant.id,
        occurred_at=NOW,
        actor=Actor(ActorKind.SYSTEM, None, "Gatehouse"),
        action="userOverrideSet",
        target_type="User",
        target_id=str(ana.id),
        request_id="r",
        changes=(Change("displayName", "Ana", "Anna"), Change("role", None, "agent")),
        reason='asked by "Ana" ana@contoso.example: Ana Lima is away',
        outcome=AuditOutcome.SUCCEEDED,
    )
    await database.write([audit.add(entry)])

    [masked] = await entries(Api.of(viewer((acme.tenant.id, READER))))
    [plain] = await entries(Api.of(viewer()))

    assert masked["reason"] == "a***"
    assert [(c["before"], c["after"], c["redacted"]) for c in masked["changes"]] == [
        ("A***", "A***", True),
        (None, "agent", False),
    ]
    assert plain["reason"] == entry.reason
    assert [(c["before"], c["after"]) for c in plain["changes"]] == [("Ana", "Anna"), (None, "agent")]


async def test_whose_data_left_is_told_and_the_filter_masked(acme: Community) -> None:
    """In the file of an export too."""
    wish = {
        "subject": "PROVISIONING_EVENTS",
        "format": "CSV",
        "from": "2026-11-01T02:00:00+02:00",
        "to": "2026-11-24T00:00:00Z",
        "eventWhere": {
            "resourceName": {"in": ["ana@contoso.example", "Ben"]},
            "or": [{"action": ["CREATE"]}, {"occurredAt": {"gte": "2026-11-02T00:00:00Z"}}],
        },
    }
    ask = "mutation($i: ExportCreateInput!) { exportCreate(input: $i) { userErrors { message } } }"
    told = {"subject": "PROVISIONING_EVENTS", "format": "CSV", "redactPii": True}
    told |= {"from": "2026-11-01T00:00:00.000Z", "to": "2026-11-24T00:00:00.000Z"}

    assert (await Api.of(viewer()).data(ask, i={"tenantId": acme.id, **wish}))["exportCreate"]["userErrors"] == []
    [masked] = await entries(Api.of(viewer((acme.tenant.id, READER))))
    [plain] = await entries(Api.of(viewer()))

    when = {"occurredAt": {"gte": "2026-11-02T00:00:00.000Z"}}
    whole = {
        "and": [
            {"or": [{"action": {"in": ["create"]}}, when]},
            {"resourceName": {"in": ["ana@contoso.example", "Ben"]}},
        ]
    }
    assert {change["path"]: change["after"] for change in plain["changes"]} == {**told, "filter": whole}
    after = {change["path"]: change["after"] for change in masked["changes"]}
    assert after.pop("filter")["and"][1] == {"resourceName": {"in": ["a***@contoso.example", "B***"]}}
    assert after == told
    assert [change["path"] for change in masked["changes"] if change["redacted"]] == ["filter"]


async def test_what_concerns_the_server_is_for_those_who_see_all(acme: Community) -> None:
    actor = Actor(ActorKind.SYSTEM, None, "command line")
    await database.write([audit.act("apiKeyIssue", ("ApiKey", uuid7()), None, actor=actor, origin=Origin("r"), at=NOW)])

    assert [entry["tenant"] for entry in await entries(Api.of(viewer()))] == [None]
    assert await entries(Api.of(viewer((acme.tenant.id, OWNER)))) == []
