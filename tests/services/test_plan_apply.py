"""Plans: what they say, and that they are applied exactly as they were looked at, or not at all."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.services.directory_of_users import (
    ADMIN,
    ORIGIN,
    World,
    counted,
    events,
    fingerprint,
    group_keys,
    new_world,
    role_key,
    set_role,
)

from gatehouse.errors import (
    GatehouseError,
    IdempotencyMismatch,
    ImpactLimitExceeded,
    InvalidValue,
    NotFound,
    StalePlan,
    StaleVersion,
    TooMany,
)
from gatehouse.mapping.findings import FindingCode
from gatehouse.mapping.syntax import DocumentFormat
from gatehouse.records import Change, to_microseconds
from gatehouse.services import (
    catalogue,
    mapping_plans,
    plan_apply,
    plan_contents,
    plan_create,
    plan_rules,
    reevaluate,
)
from gatehouse.services.catalogue import load_catalogue
from gatehouse.services.idempotency import Intent
from gatehouse.services.impact import Delta, Impact
from gatehouse.services.mapping_change import Beside, Edit, MappingChange, Terms, commit
from gatehouse.services.plan_apply import Consent
from gatehouse.services.proposal import (
    DocumentChange,
    PatchChange,
    PatchOperation,
    RemoveGroup,
    RemoveRole,
    RequestedChange,
    RollbackChange,
    SetDelimiter,
    SetGroup,
    SetRole,
    rebuild,
)
from gatehouse.services.reach import PACE, Pace
from gatehouse.services.reevaluate import Evaluation
from gatehouse.services.versions import MappingSource, get_version
from gatehouse.store import audit, database, mapping as mappings, mapping_plans as stored
from gatehouse.store.condition import Compare
from gatehouse.store.database import Database
from gatehouse.store.ids import uuid7
from gatehouse.store.keyset import PageRequest
from gatehouse.store.mapping_plans import MappingPlan, PlanStatus

AGENTS_LEAD = PatchChange((SetRole("Agent", "lead"),))


@pytest.fixture
async def world(database: Database) -> World:
    return await new_world()


async def plan_for(world: World, change: RequestedChange, **given: Any) -> MappingPlan:
    made = await plan_create.create(ADMIN, ORIGIN, world.tenant_id, **{"base_version": None, "change": change, **given})
    assert made.plan is not None, made.findings
    return made.plan


async def apply(plan: MappingPlan, wanted: Intent | None = None, **given: Any) -> MappingChange:
    consent = Consent(**{"expected_digest": plan.digest, **given})
    return await plan_apply.apply(ADMIN, ORIGIN, plan.tenant_id, plan.id, consent, wanted=wanted)


def intent(key: str, request: object) -> Intent:
    """What somebody wants done once."""
    return Intent(UUID(int=7), key, "mutation", str(request))


async def status(plan: MappingPlan) -> PlanStatus:
    return (await stored.get(plan.tenant_id, plan.id)).status


async def everything_but_plans() -> dict[str, str]:
    return {table: text for table, text in (await fingerprint()).items() if not table.startswith("mapping_plan")}


async def names(plan: MappingPlan, **condition: Any) -> list[str]:
    """The userNames of the affected users that match."""
    where = next((Compare(field, "eq", value) for field, value in condition.items()), None)
    found = await mapping_plans.affected(plan, PageRequest(100, mapping_plans.IN_ORDER, where))
    assert await mapping_plans.count_affected(plan, where) == len(found.rows)
    rows = [await database.fetch_one("SELECT user_name FROM scim_user WHERE id = $1", a.user_id) for a in found.rows]
    return [row[0] for row in rows if row]


async def test_a_plan_names_everybody_and_changes_nothing(world: World) -> None:
    for name, title, user_type in (("ana", "Agent", "north"), ("ben", "Manager", "south"), ("eve", "Lead", "north")):
        await world.user(name, title, user_type)
    before = await everything_but_plans()
    operations: tuple[PatchOperation, ...] = (
        SetRole("Agent", "manager", "promotion"),
        RemoveRole("manager"),
        SetRole("Lead", "lead"),
        SetGroup("north", ("north", "vip")),
    )

    plan = await plan_for(world, PatchChange(operations), base_version=1, message="spring")

    after = await everything_but_plans()
    assert after.pop("audit_entry") != before.pop("audit_entry")
    assert after == before
    assert await names(plan) == ["ana", "ben", "eve"]
    assert await names(plan, gainsPrivileged=True) == ["ana"]
    assert await names(plan, losesPrivileged=True) == ["ben"]
    assert await names(plan, becomesUnmapped=True) == ["ben"]
    assert await names(plan, becomesMapped=True) == ["eve"]
    assert await names(plan, roleBeforeId=world.roles["agent"].id) == ["ana"]
    assert await names(plan, roleAfterId=world.roles["lead"].id) == ["eve"]
    impact = Impact.from_text(plan.impact)
    assert counted(impact) == Impact(3, 3, 3, 2, 0, 1, 1, 1, 1)
    agent, manager, lead = (world.roles[key].id for key in ("agent", "manager", "lead"))
    assert set(impact.by_role) == {
        Delta(agent, before=1, after=0, gained=0, lost=1),
        Delta(manager, before=1, after=1, gained=1, lost=1),
        Delta(lead, before=0, after=1, gained=1, lost=0),
    }
    assert impact.by_group == (Delta(world.groups["vip"].id, before=0, after=2, gained=2, lost=0),)
    first = (await mapping_plans.affected(plan, PageRequest(1, mapping_plans.IN_ORDER))).rows[0].outlook
    assert (first.role_before, first.role_after) == (agent, manager)
    assert (first.groups_added, first.groups_removed) == ((world.groups["vip"].id,), ())
    [entry] = await audit.newest(world.tenant_id)
    assert (entry.action, entry.reason, entry.target_id) == ("mappingPlanCreate", "spring", str(plan.id))
    assert [change.path for change in entry.changes] == ["roleRules", "roleRules", "roleRules", "groupRules"]


async def test_applying_does_what_the_plan_says(world: World) -> None:
    ana, eve = await world.user("ana", "Agent", "north"), await world.user("eve", "Lead", "north")
    plan = await plan_for(world, PatchChange((SetRole("Agent", "lead"), SetRole("Lead", "manager"))), message="spring")

    change = await apply(plan, terms=Terms(max_users_changed=2, max_percent_changed=100.0))

    assert (change.version, change.impact) == (2, Impact.from_text(plan.impact))
    assert [await role_key(user) for user in (ana, eve)] == ["lead", "manager"]
    told = await events(world)
    assert [event["resource_name"] for event in told] == ["ana", "eve"]
    assert {event["mapping_version"] for event in told} == {2}
    assert told[0]["reason"] == "mapping version 2: spring"
    version = await get_version(world.tenant_id, 2)
    assert (version.digest, version.message, version.source) == (plan.digest, "spring", MappingSource.API)
    assert Impact.from_text(version.impact) == change.impact
    applied = await stored.get(world.tenant_id, plan.id)
    assert (applied.status, applied.applied_version) == (PlanStatus.APPLIED, 2)
    entries = [e for e in await audit.newest(world.tenant_id) if e.action == "mappingPlanApply"]
    assert [(e.reason, e.target_id, len(e.changes)) for e in entries] == [("spring", str(plan.id), 2)]
    assert mapping_plans.status_of(plan, 2) is PlanStatus.STALE


async def provision(world: World) -> None:
    await world.user("new", "Agent", "north")


async def touch(world: World) -> None:
    await database.execute("UPDATE scim_user SET version = version + 1 WHERE user_name = 'ana'")


async def leave(world: World) -> None:
    await database.execute("UPDATE scim_user SET version = version + 1, deleted_at = 1 WHERE user_name = 'ana'")


async def change_the_mapping(world: World) -> None:
    await set_role(world, "Pilot", "agent")


async def make_lead_privileged(world: World) -> None:
    await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="lead", name="Lead", privileged=True)


async def archive_what_it_gives(world: World) -> None:
    await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="lead", name="Lead", archived=True)


@pytest.mark.parametrize(
    "meanwhile", [provision, touch, leave, change_the_mapping, make_lead_privileged, archive_what_it_gives]
)
async def test_what_moved_since_makes_the_plan_stale(world: World, meanwhile: Any) -> None:
    ana = await world.user("ana", "Agent", "north")
    plan = await plan_for(world, AGENTS_LEAD)
    await meanwhile(world)
    before = await everything_but_plans()

    with pytest.raises(StalePlan):
        await apply(plan)

    assert await everything_but_plans() == before
    assert (await role_key(ana), await status(plan)) == ("agent", PlanStatus.STALE)


async def test_who_is_not_touched_may_move(world: World) -> None:
    await world.user("ana", "Agent", "north")
    other = await world.user("other", "Manager", "north")
    plan = await plan_for(world, AGENTS_LEAD)
    await world.user("new", "Manager", "north")
    await database.execute("UPDATE scim_user SET version = version + 1 WHERE id = $1", other.id)

    assert (await apply(plan)).users_changed == 1


async def commit_late(world: World, plan: MappingPlan, beside: Beside | None, pace: Pace = PACE) -> MappingChange:
    """Commit a plan after Ana has gone and Eve has come since its evaluation."""
    base = await mappings.read(world.tenant_id)
    after = rebuild(base, await load_catalogue(world.tenant_id), plan.document).after
    evaluation = await reevaluate.evaluate(world.tenant_id, base, after)
    await leave(world)
    await world.user("eve", "Agent", "north")
    edit = Edit(after, "mappingPlanApply", "MappingPlan", str(plan.id), (), "late")
    return await commit(
        ADMIN, ORIGIN, world.tenant_id, before=base, edit=edit, evaluation=evaluation, terms=Terms(), beside=beside,
        pace=pace,
    )  # fmt: skip


async def test_the_last_check_sees_who_came_and_went_meanwhile(world: World) -> None:
    for name in ("ana", "ben"):
        await world.user(name, "Agent", "north")
    plan = await plan_for(world, AGENTS_LEAD)
    seen: list[str] = []

    def check(evaluation: Evaluation, privileged: frozenset[UUID]) -> None:
        seen.extend(move.user_name for move in plan_contents.affected(evaluation))
        assert plan_contents.fingerprint(evaluation, privileged) != plan.fingerprint
        raise StalePlan("users have moved")

    with pytest.raises(StalePlan):
        await commit_late(world, plan, Beside(check, []))

    assert seen == ["ben", "eve"]
    assert await events(world) == []
    assert (await mappings.read(world.tenant_id)).version == 1


@pytest.mark.parametrize("pace", [PACE, Pace(ahead=1)], ids=["at once", "ahead"])
async def test_events_tell_of_what_came_to_pass(world: World, pace: Pace) -> None:
    """What was written ahead for a user who has gone since is taken back."""
    for name in ("ana", "ben"):
        await world.user(name, "Agent", "north")
    plan = await plan_for(world, AGENTS_LEAD)

    change = await commit_late(world, plan, None, pace)

    assert change.users_changed == 2
    ana, ben = [
        (await database.fetch("SELECT * FROM user_now WHERE user_name = $1", name))[0] for name in ("ana", "ben")
    ]
    assert (ana["mapping_version"], ben["mapping_version"]) == (1, 2)
    kept = await database.fetch("SELECT user_name FROM access_history h JOIN scim_user u ON u.id = h.user_id")
    assert sorted(row[0] for row in kept) == ["ben", "eve"]
    assert sorted(event["resource_name"] for event in await events(world)) == ["ben", "eve"]


@pytest.mark.parametrize(
    ("_case", "terms", "path"),
    [
        ("one user below", Terms(max_users_changed=1), "maxUsersChanged"),
        ("just below the part", Terms(max_percent_changed=66.6), "maxPercentChanged"),
    ],
)
async def test_limits_hold(world: World, _case: str, terms: Terms, path: str) -> None:
    for name, title in (("ana", "Agent"), ("ben", "Agent"), ("eve", "Manager")):
        await world.user(name, title, "north")
    plan = await plan_for(world, AGENTS_LEAD)
    before = await fingerprint()

    with pytest.raises(ImpactLimitExceeded) as refused:
        await apply(plan, terms=terms)

    assert refused.value.path == path
    assert await fingerprint() == before
    assert (await apply(plan, terms=Terms(max_users_changed=2, max_percent_changed=66.7))).users_changed == 2


async def test_of_two_applies_one_wins(world: World) -> None:
    await world.user("ana", "Agent", "north")
    plans = [await plan_for(world, AGENTS_LEAD), await plan_for(world, PatchChange((SetRole("Agent", "manager"),)))]

    results = await asyncio.gather(*(apply(plan) for plan in (*plans, plans[0])), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["MappingChange", "StalePlan", "StalePlan"]
    assert len(await events(world)) == 1
    assert sorted([await status(plan) for plan in plans]) == [PlanStatus.APPLIED, PlanStatus.STALE]
    assert (await mappings.read(world.tenant_id)).version == 2


async def test_a_plan_that_changes_nothing_makes_no_version(world: World) -> None:
    await world.user("ana", "Agent", "north")
    plan = await plan_for(world, PatchChange((SetRole(" agent", "agent"), SetRole("Agent", "agent"))))
    before = await everything_but_plans()

    change = await apply(plan)

    after = await everything_but_plans()
    assert after.pop("audit_entry") != before.pop("audit_entry")
    assert (change, after, await status(plan)) == (MappingChange(1, False, Impact()), before, PlanStatus.APPLIED)
    assert (await audit.newest(world.tenant_id))[0].changes == (Change("status", "READY", "APPLIED"),)


async def test_rollback_is_a_plan(world: World) -> None:
    ana = await world.user("ana", "Agent", "north-vip")
    original = await get_version(world.tenant_id, 1)
    await set_role(world, "Agent", "lead")
    await apply(await plan_for(world, PatchChange((RemoveGroup("north-vip"), SetDelimiter("/")))))
    assert (await role_key(ana), await group_keys(ana)) == ("lead", set())

    plan = await plan_for(world, RollbackChange(1), message="that was wrong")
    change = await apply(plan)

    assert (await role_key(ana), await group_keys(ana)) == ("agent", {"vip", "south"})
    version = await get_version(world.tenant_id, change.version)
    assert (version.number, version.source, version.rollback_of) == (4, MappingSource.ROLLBACK, 1)
    assert (version.digest, version.document) == (original.digest, original.document)
    with pytest.raises(NotFound):
        await plan_for(world, RollbackChange(9))


async def test_another_delimiter(world: World) -> None:
    """Whole-string rules keep winning, everybody who changes is named, and no group is ever made."""
    whole = await world.user("whole", "Agent", "North-VIP")
    split = await world.user("split", "Agent", "north-south")
    slashed = await world.user("slashed", "Agent", "north/south")
    plain = await world.user("plain", "Agent", "south")
    groups = await database.fetch("SELECT * FROM employee_group")

    made = await plan_create.create(
        ADMIN, ORIGIN, world.tenant_id, base_version=1, change=PatchChange((SetDelimiter("/"),))
    )
    assert made.plan is not None
    named = await names(made.plan)
    await apply(made.plan)

    assert named == ["split", "slashed"]
    assert [await group_keys(user) for user in (whole, split, slashed, plain)] == [
        {"vip", "south"},
        set(),
        {"north", "south"},
        {"south"},
    ]
    assert [finding.code for finding in made.findings] == [
        FindingCode.BECOMES_UNMAPPED,
        FindingCode.DELIMITER_RESPLITS,
    ]
    assert made.findings[1].message == (
        "with “/” in place of “-” 2 values (“north-south”, “north/south”) would be split otherwise"
    )
    assert await database.fetch("SELECT * FROM employee_group") == groups


async def test_a_document_with_errors_makes_no_plan(world: World) -> None:
    text = "roleRules:\n  - title: Agent\n    role: pilot\n  - title: agent\n    role: lead\n"
    before = await fingerprint()

    made = await plan_create.create(
        ADMIN, ORIGIN, world.tenant_id, base_version=1, change=DocumentChange(DocumentFormat.YAML, text)
    )

    assert made.plan is None
    assert [(f.code, f.line, f.path) for f in made.findings] == [
        (FindingCode.UNKNOWN_ROLE, 3, "roleRules[0].role"),
        (FindingCode.DUPLICATE_RULE, 4, "roleRules[1].title"),
    ]
    assert await fingerprint() == before


async def test_a_document(world: World) -> None:
    ana = await world.user("ana", "Agent", "north")
    text = "roleRules:\n  - title: Agent\n    role: manager\n  - title: Pilot\n    role: lead\n"

    made = await plan_create.create(
        ADMIN, ORIGIN, world.tenant_id, base_version=1, change=DocumentChange(DocumentFormat.YAML, text)
    )
    assert made.plan is not None
    await apply(made.plan, acknowledged=["PRIVILEGED_GAIN"])

    assert [(f.code, f.line) for f in made.findings] == [
        (FindingCode.PRIVILEGED_GAIN, None),
        (FindingCode.RULE_MATCHES_NOBODY, 4),
    ]
    assert (made.plan.source, await role_key(ana)) == (MappingSource.FILE, "manager")
    assert "manager" in (await mappings.read(world.tenant_id)).role_rule_by_value


async def test_findings_to_be_acknowledged(world: World) -> None:
    await world.user("ana", "Agent", "north")
    plan = await plan_for(world, PatchChange((SetRole("Agent", "manager"), RemoveGroup("north"))))
    before = await fingerprint()

    with pytest.raises(InvalidValue, match=r"not acknowledged: BECOMES_UNMAPPED$") as refused:
        await apply(plan, acknowledged=["PRIVILEGED_GAIN"])

    assert refused.value.path == "acknowledgeFindings"
    assert await fingerprint() == before
    assert (await apply(plan, acknowledged=["PRIVILEGED_GAIN", "BECOMES_UNMAPPED", "OTHER"])).version == 2


async def test_the_digest_must_be_the_plans(world: World) -> None:
    plan = await plan_for(world, AGENTS_LEAD)

    with pytest.raises(StalePlan) as refused:
        await apply(plan, expected_digest="0" * 64)

    assert (refused.value.path, await status(plan)) == ("expectedDigest", PlanStatus.READY)


async def test_plans_end(world: World) -> None:
    discarded, expired = await plan_for(world, AGENTS_LEAD), await plan_for(world, AGENTS_LEAD)
    once = await mapping_plans.discard(ADMIN, ORIGIN, world.tenant_id, discarded.id, comment="too early")
    again = await mapping_plans.discard(ADMIN, ORIGIN, world.tenant_id, discarded.id)
    [entry] = [e for e in await audit.newest(world.tenant_id) if e.action == "mappingPlanDiscard"]
    await database.execute("UPDATE mapping_plan SET expires_at = 1 WHERE id = $1", expired.id)
    before = await everything_but_plans()

    for plan, message in ((discarded, "the plan was discarded"), (expired, "the plan has expired")):
        with pytest.raises(StalePlan, match=message):
            await apply(plan)

    assert once == again
    assert (once.status, once.comment) == (PlanStatus.DISCARDED, "too early")
    assert (entry.reason, entry.changes) == ("too early", (Change("status", "READY", "DISCARDED"),))
    assert await everything_but_plans() == before
    stale = replace(expired, expires_at=expired.created_at - timedelta(seconds=1))
    assert mapping_plans.status_of(stale, 1) is PlanStatus.EXPIRED
    applied = await plan_for(world, AGENTS_LEAD)
    await apply(applied)
    await mapping_plans.discard(ADMIN, ORIGIN, world.tenant_id, expired.id)
    assert (await audit.newest(world.tenant_id))[0].changes == (Change("status", "STALE", "DISCARDED"),)
    with pytest.raises(StalePlan, match="applied already, as version 2"):
        await mapping_plans.discard(ADMIN, ORIGIN, world.tenant_id, applied.id)
    with pytest.raises(NotFound):
        await mapping_plans.discard(ADMIN, ORIGIN, world.tenant_id, uuid7())


async def test_the_same_request_again(world: World) -> None:
    await world.user("ana", "Agent", "north")
    plan = intent("k-1", "plan")
    plans = await asyncio.gather(*(plan_for(world, AGENTS_LEAD, wanted=plan) for _ in range(3)))
    results = await asyncio.gather(*(apply(plans[0], intent("a-1", "apply")) for _ in range(3)))
    before = await fingerprint()

    again = await plan_for(world, AGENTS_LEAD, wanted=plan)
    results.append(await apply(again, intent("a-1", "apply")))

    assert {plan.id for plan in plans} == {again.id}
    assert results == [MappingChange(2, False, Impact.from_text(again.impact))] * 4
    assert await fingerprint() == before
    with pytest.raises(StalePlan):
        await apply(again, intent("a-2", "apply"))
    with pytest.raises(IdempotencyMismatch):
        await plan_for(world, RollbackChange(1), wanted=intent("k-1", "another plan"))


async def test_one_key_for_two_plans_at_once(world: World) -> None:
    """One of them is applied; of the other it is told that the key is taken."""
    await world.user("ana", "Agent", "north")
    plans = [await plan_for(world, AGENTS_LEAD), await plan_for(world, PatchChange((SetRole("Agent", "manager"),)))]

    results = await asyncio.gather(*(apply(plan, intent("k", plan.id)) for plan in plans), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["IdempotencyMismatch", "MappingChange"]
    assert ((await mappings.read(world.tenant_id)).version, len(await events(world))) == (2, 1)


async def test_a_refused_apply_does_not_take_the_key(world: World) -> None:
    await world.user("ana", "Agent", "north")
    plan = await plan_for(world, AGENTS_LEAD)
    with pytest.raises(ImpactLimitExceeded):
        await apply(plan, intent("k", 0), terms=Terms(max_users_changed=0))

    assert (await apply(plan, intent("k", 1), terms=Terms(max_users_changed=1))).version == 2


@pytest.mark.parametrize(
    ("given", "error", "path"),
    [
        ({"base_version": 7}, StaleVersion, "baseVersion"),
        ({"message": "x" * 1_025}, InvalidValue, "message"),
        ({"message": "\0"}, InvalidValue, "message"),
        (
            {"change": PatchChange((SetRole("x", "lead"), SetRole("y", "pilot")))},
            NotFound,
            "change.patch.1.setRole.roleKey",
        ),
        ({"change": PatchChange((SetRole(" ", "lead"),))}, InvalidValue, "change.patch.0.setRole.titleValue"),
        ({"change": PatchChange((RemoveRole("nobody"),))}, NotFound, "change.patch.0.removeRole"),
        ({"change": PatchChange((RemoveGroup("nobody"),))}, NotFound, "change.patch.0.removeGroup"),
        ({"change": PatchChange((SetGroup("x", ()),))}, InvalidValue, "change.patch.0.setGroup.groupKeys"),
        ({"change": PatchChange((SetGroup("x", ("moon",)),))}, NotFound, "change.patch.0.setGroup.groupKeys"),
        ({"change": PatchChange((SetDelimiter(""),))}, InvalidValue, "change.patch.0.setDelimiter"),
        ({"change": PatchChange((RemoveRole("Agent"),) * 1_001)}, InvalidValue, "change.patch"),
        ({"change": RollbackChange(7)}, NotFound, "change.rollbackToVersion"),
    ],
)
async def test_what_cannot_be_planned(
    world: World, given: dict[str, Any], error: type[GatehouseError], path: str
) -> None:
    before = await fingerprint()

    with pytest.raises(error) as refused:
        await plan_for(world, **{"change": AGENTS_LEAD, **given})

    assert refused.value.path == path
    assert await fingerprint() == before


async def test_plans_take_a_bounded_room(world: World) -> None:
    await world.user("ana", "Agent", "north")
    plans = [await plan_for(world, AGENTS_LEAD) for _ in range(plan_rules.MAX_OPEN)]
    with pytest.raises(TooMany):
        await plan_for(world, AGENTS_LEAD)
    long_ago = to_microseconds(plans[0].created_at - timedelta(days=31))
    await database.execute("UPDATE mapping_plan SET created_at = $1, expires_at = $1", long_ago)

    fresh = await plan_for(world, AGENTS_LEAD)

    rows = await database.fetch("SELECT plan_id FROM mapping_plan_user")
    assert [database.as_uuid(row[0]) for row in rows] == [fresh.id]
