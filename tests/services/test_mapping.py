"""Rule changes reach existing users at once, tell the history exactly, or change nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
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
    row,
    set_group,
    set_role,
)

from gatehouse.errors import ImpactLimitExceeded, InvalidValue, NotFound, StaleVersion
from gatehouse.mapping.document import digest, to_document
from gatehouse.mapping.resolve import Access, Outcome
from gatehouse.records import from_microseconds
from gatehouse.services import mapping
from gatehouse.services.impact import Delta, Impact
from gatehouse.store import audit, database, mapping as mappings, mapping_versions
from gatehouse.store.database import Database
from gatehouse.store.ids import uuid7


@pytest.fixture
async def world(database: Database) -> World:
    return await new_world()


async def test_a_new_role_rule_reaches_whoever_has_the_title(world: World) -> None:
    ana = await world.user("ana", "Team  Lead", "north")
    ben = await world.user("ben", " team lead ", None)
    eve = await world.user("eve", "Agent", "north")
    started = datetime.now(UTC)

    change = await set_role(world, "Team Lead", "lead", expected_version=1, note="asked by Joe")

    assert (change.version, change.dry_run) == (2, False)
    assert counted(change.impact) == Impact(users_evaluated=2, users_changed=2, role_changes=2, become_mapped=2)
    assert change.impact.by_role == (Delta(world.roles["lead"].id, before=0, after=2, gained=2, lost=0),)
    assert [await role_key(user) for user in (ana, ben, eve)] == ["lead", "lead", "agent"]
    assert [await group_keys(user) for user in (ana, ben, eve)] == [{"north"}, set(), {"north"}]
    assert [(await row(user))["mapping_version"] for user in (ana, ben, eve)] == [2, 2, 1]
    for user in (ana, ben):
        stored = await row(user)
        assert (stored["version"], stored["last_modified_at"]) == (1, (await row(eve))["last_modified_at"])
        assert stored["role_outcome"] == "MAPPED"
    first, second = await events(world)
    assert [first["resource_name"], second["resource_name"]] == ["ana", "ben"]
    assert database.as_uuid(first["resource_id"]) == ana.id
    assert (first["resource_kind"], first["action"], first["outcome"]) == ("User", "update", "success")
    assert (first["actor_kind"], first["actor_display"]) == ("API_KEY", "terraform")
    assert database.as_uuid(first["actor_id"]) == ADMIN.id
    assert (first["request_id"], first["correlation_id"]) == ("req-1", "corr-1")
    assert orjson.loads(first["changes"]) == [{"path": "role", "before": None, "after": "lead"}]
    assert (first["mapping_version"], first["http_status"], first["error_code"]) == (2, None, None)
    assert first["reason"] == "mapping version 2: title “Team Lead” → role lead"
    assert started <= from_microseconds(first["occurred_at"]) <= datetime.now(UTC)
    assert second["outcome"] == "warning"
    assert second["reason"] == (
        "mapping version 2: title “Team Lead” → role lead; userType is empty: no employee group is given"
    )


async def test_what_a_change_leaves_behind(world: World) -> None:
    before = await mappings.read(world.tenant_id)

    await set_role(world, "Agent", "lead", expected_version=1, note="promotion")

    after = await mappings.load(world.tenant_id)
    rule = after.role_rule_by_value["agent"]
    assert rule.id == before.role_rule_by_value["agent"].id
    assert (after.version, rule.role_id, rule.note, rule.since_version) == (2, world.roles["lead"].id, "promotion", 2)
    newest, initial = await mapping_versions.newest(world.tenant_id, 9)
    assert (newest.number, newest.document, newest.digest) == (2, to_document(after), digest(to_document(after)))
    assert (newest.actor, newest.message, newest.source) == (ADMIN, "title “Agent” → role lead", "API")
    assert (initial.number, initial.document, initial.source) == (1, to_document(before), "INITIAL")
    assert await mapping_versions.get(world.tenant_id, 2) == newest
    (entry,) = await audit.newest(world.tenant_id)
    assert (entry.action, entry.target_type, entry.target_id) == ("roleRuleSet", "RoleRule", str(rule.id))
    assert (entry.actor, entry.request_id, entry.outcome) == (ADMIN, "req-1", "SUCCEEDED")
    assert [(c.path, c.before, c.after) for c in entry.changes] == [
        (
            "roleRule",
            {"title": "Agent", "role": "agent"},
            {"title": "Agent", "role": "lead", "note": "promotion"},
        )
    ]


async def test_changing_and_removing_a_role_rule(world: World) -> None:
    ana = await world.user("ana", "MANAGER", "north")

    changed = await set_role(world, "Manager", "lead")
    assert (changed.version, changed.impact.lose_privileged, await role_key(ana)) == (2, 1, "lead")
    back = await set_role(world, "Manager", "manager")
    assert (back.version, back.impact.gain_privileged, await role_key(ana)) == (3, 1, "manager")
    removed = await mapping.remove_role_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=3, value=" manager")

    assert counted(removed.impact) == Impact(
        users_evaluated=1, users_changed=1, role_changes=1, lose_privileged=1, become_unmapped=1
    )
    assert (await role_key(ana), (await row(ana))["role_outcome"]) == (None, "UNMAPPED")
    last = (await events(world))[-1]
    assert orjson.loads(last["changes"]) == [{"path": "role", "before": "manager", "after": None}]
    assert (last["outcome"], last["mapping_version"]) == ("warning", 4)
    assert last["reason"] == (
        "mapping version 4: no rule for title “manager” any more;"
        ' title "MANAGER" matches no role rule: no role is given'
    )


async def test_group_rules(world: World) -> None:
    whole = await world.user("whole", "Agent", "North-VIP")
    split = await world.user("split", "Agent", "south-vip-north")
    other = await world.user("other", "Agent", "south")

    added = await set_group(world, "VIP", "vip", "north")

    assert counted(added.impact) == Impact(users_evaluated=2, users_changed=1, group_adds=1, become_mapped=1)
    assert [await group_keys(u) for u in (whole, split, other)] == [
        {"vip", "south"},
        {"south", "vip", "north"},
        {"south"},
    ]
    removed = await mapping.remove_group_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=2, value="north-vip")

    assert counted(removed.impact) == Impact(users_evaluated=1, users_changed=1, group_adds=1, group_removes=1)
    assert await group_keys(whole) == {"north", "vip"}
    first, second = await events(world)
    assert orjson.loads(first["changes"]) == [
        {"path": "employeeGroups", "before": ["south", "north"], "after": ["south", "vip", "north"]}
    ]
    assert orjson.loads(second["changes"]) == [
        {"path": "employeeGroups", "before": ["vip", "south"], "after": ["north", "vip"]}
    ]
    assert (second["outcome"], second["resource_name"]) == ("success", "whole")


async def test_a_new_reason_for_the_same_access_is_stored_without_an_event(world: World) -> None:
    ana = await world.user("ana", "Agent", "north-foo")

    change = await set_group(world, "Foo", "north")

    assert counted(change.impact) == Impact(users_evaluated=1, users_changed=0, become_mapped=1)
    access = Access.from_text((await row(ana))["access"])
    assert [group.outcome for group in access.groups] == [Outcome.MAPPED, Outcome.MAPPED]
    assert (await group_keys(ana), await events(world)) == ({"north"}, [])


async def test_what_changes_nothing_makes_no_version(world: World) -> None:
    await world.user("ana", "Agent", "north")
    before = await fingerprint()

    changes = [
        await set_role(world, "Agent", "agent"),
        await set_group(world, "north-vip", "vip", "south"),
        await mapping.change_settings(ADMIN, ORIGIN, world.tenant_id, expected_version=1, delimiter="-"),
    ]

    assert changes == [mapping.MappingChange(1, dry_run=False, impact=Impact())] * 3
    assert await fingerprint() == before


async def test_a_dry_run_tells_and_changes_nothing(world: World) -> None:
    await world.user("ana", "Agent", "north")
    before = await fingerprint()

    change = await set_role(world, "Agent", "manager", dry_run=True, max_users_changed=0)

    assert (change.version, change.dry_run) == (1, True)
    assert counted(change.impact) == Impact(users_evaluated=1, users_changed=1, role_changes=1, gain_privileged=1)
    assert await fingerprint() == before


async def test_the_impact_limit(world: World) -> None:
    for name in ("ana", "ben"):
        await world.user(name, "Agent", "north")
    before = await fingerprint()

    with pytest.raises(ImpactLimitExceeded):
        await set_role(world, "Agent", "lead", max_users_changed=1)

    assert await fingerprint() == before
    assert (await set_role(world, "Agent", "lead", max_users_changed=2)).users_changed == 2


@pytest.mark.parametrize(
    ("_case", "error", "path", "change"),
    [
        ("stale", StaleVersion, "expectedVersion", lambda w: set_role(w, "Agent", "lead", expected_version=2)),
        ("stale dry run", StaleVersion, "expectedVersion", lambda w: set_role(w, "x", "lead", expected_version=0, dry_run=True)),
        ("blank title", InvalidValue, "titleValue", lambda w: set_role(w, " ", "lead")),
        ("unknown role", NotFound, "roleKey", lambda w: set_role(w, "Agent", "nobody")),
        ("unknown group", NotFound, "groupKeys", lambda w: set_group(w, "x", "north", "nowhere")),
        ("no group", InvalidValue, "groupKeys", lambda w: set_group(w, "x")),
        ("blank segment", InvalidValue, "segmentValue", lambda w: set_group(w, "", "north")),
        ("no such role rule", NotFound, "value", lambda w: mapping.remove_role_rule(ADMIN, ORIGIN, w.tenant_id, expected_version=1, value="x")),
        ("no such group rule", NotFound, "value", lambda w: mapping.remove_group_rule(ADMIN, ORIGIN, w.tenant_id, expected_version=1, value="x")),
        ("no such tenant", NotFound, None, lambda w: mapping.remove_group_rule(ADMIN, ORIGIN, uuid7(), expected_version=1, value="x")),
    ],
)  # fmt: skip
async def test_refusals_change_nothing(
    world: World, _case: str, error: type[Exception], path: str | None, change: Any
) -> None:
    await world.user("ana", "Agent", "north")
    before = await fingerprint()

    with pytest.raises(error) as refused:
        await change(world)

    assert getattr(refused.value, "path", None) == path
    assert await fingerprint() == before


async def test_another_tenant_is_another_world(world: World) -> None:
    other = await new_world("other")
    ana = await other.user("ana", "Agent", "north")
    await world.user("ana", "Agent", "north")

    change = await set_role(world, "Agent", "lead")

    assert change.users_evaluated == 1
    assert (await role_key(ana), (await row(ana))["mapping_version"]) == ("agent", 1)
    assert ((await mappings.read(other.tenant_id)).version, await events(other)) == (1, [])


async def test_disabled_users_are_kept_up_and_deleted_ones_are_not(world: World) -> None:
    disabled = await world.user("ana", "Agent", "north", active=False)
    deleted = await world.user("ben", "Agent", "north", deleted_at=1)

    change = await set_role(world, "Agent", "lead")

    assert (change.users_evaluated, change.users_changed) == (1, 1)
    assert [await role_key(user) for user in (disabled, deleted)] == ["lead", "agent"]
    assert [(await row(user))["mapping_version"] for user in (disabled, deleted)] == [2, 1]
