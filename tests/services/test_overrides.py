"""An administrator decides for one user above the rules: for how long, what it survives, and that it ends by itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from tests.services.directory_of_users import (
    ADMIN,
    ORIGIN,
    World,
    events,
    fingerprint,
    group_keys,
    new_world,
    role_key,
    row,
    set_group,
    set_role,
)

from gatehouse.errors import GatehouseError, InUse, InvalidValue, NotFound, StaleVersion
from gatehouse.mapping.resolve import Access, Outcome
from gatehouse.mapping.rules import Policy
from gatehouse.records import UserRecord, from_microseconds
from gatehouse.services import catalogue, mapping, overrides
from gatehouse.services.clock import now
from gatehouse.services.due_work import DueWork
from gatehouse.services.overrides import OverrideChange, Wish
from gatehouse.store import database as store
from gatehouse.store.database import Database


@pytest.fixture
async def world(database: Database) -> World:
    return await new_world()


async def override(world: World, user: UserRecord, *, lasts_s: float = 3600, **wish: Any) -> OverrideChange:
    terms = {name: wish.pop(name) for name in ("expected_version", "dry_run", "longest") if name in wish}
    given = {"reason": "covers for Eva", "expires_at": now() + timedelta(seconds=lasts_s), **wish}
    return await overrides.set_override(ADMIN, ORIGIN, world.tenant_id, user.id, Wish(**given), **terms)


async def outlive(user: UserRecord) -> None:
    """Let the override of a user have expired a second ago, as if nobody had looked since."""
    stored = await row(user)
    access = orjson.loads(stored["access"])
    over = int((now() - timedelta(seconds=1)).timestamp() * 1_000_000)
    access["override"]["expiresAt"] = over
    await store.execute(
        "UPDATE scim_user SET access = $2, override_until = $3, access_since = $4 WHERE id = $1",
        user.id, orjson.dumps(access).decode(), over, over - 1_000_000,
    )  # fmt: skip
    await store.execute("UPDATE outbox SET available_at = $1 WHERE done_at IS NULL", over)


async def history(world: World) -> list[tuple[str, str | None, dict[str, tuple[object, object]]]]:
    """Actor, reason and changes of each event."""
    return [
        (e["actor_kind"], e["reason"], {c["path"]: (c["before"], c["after"]) for c in orjson.loads(e["changes"])})
        for e in await events(world)
    ]


async def outbox(where: str = "done_at IS NULL") -> int:
    return len(await store.fetch(f"SELECT 1 FROM outbox WHERE {where}"))


@pytest.mark.parametrize(
    ("_case", "wish", "role", "groups"),
    [
        ("another role", {"role_key": "manager"}, "manager", {"north"}),
        ("groups beside", {"add_group_keys": ["vip", "north"]}, "agent", {"north", "vip"}),
        ("groups withheld", {"remove_group_keys": ["north", "south"]}, "agent", set()),
        ("all of it", {"role_key": "lead", "add_group_keys": ["vip"], "remove_group_keys": ["north"]}, "lead", {"vip"}),
    ],
)
async def test_it_stands_above_the_rules_until_it_is_cleared(
    world: World, _case: str, wish: dict[str, Any], role: str, groups: set[str]
) -> None:
    user = await world.user("ana", "Agent", "north")

    changed = await override(world, user, **wish)
    with_it = (await role_key(user), await group_keys(user))
    cleared = await overrides.clear_override(ADMIN, ORIGIN, world.tenant_id, user.id)
    without = (await role_key(user), await group_keys(user))

    assert with_it == (role, groups)
    assert without == ("agent", {"north"})
    assert (changed.user.version, cleared.user.version, (await row(user))["version"]) == (2, 3, 3)
    assert (await row(user))["override_until"] is None
    assert await outbox() == 0
    (set_actor, set_reason, set_changes), (_, clear_reason, clear_changes) = await history(world)
    assert set_actor == "API_KEY"
    assert set_reason is not None and set_reason.startswith("override set until 20")
    assert clear_reason == "override cleared"
    before, after = set_changes["override"]
    assert (before, clear_changes["override"]) == (None, (after, None))
    assert set_changes.get("role") == (("agent", role) if role != "agent" else None)
    assert set(set_changes) == set(clear_changes)
    audit = await store.fetch("SELECT action, reason, target_id FROM audit_entry ORDER BY id")
    assert [tuple(entry) for entry in audit] == [
        ("userOverrideSet", "covers for Eva", str(user.id)),
        ("userOverrideClear", None, str(user.id)),
    ]


async def test_a_second_one_replaces_the_first(world: World) -> None:
    user = await world.user("ana", "Agent", "north")

    await override(world, user, role_key="manager", lasts_s=60)
    await override(world, user, add_group_keys=["vip"], lasts_s=120)

    assert (await role_key(user), await group_keys(user)) == ("agent", {"north", "vip"})
    assert await outbox() == 1


async def test_it_survives_changes_of_the_mapping_which_go_on_below(world: World) -> None:
    user = await world.user("ana", "Agent", "north")
    await override(world, user, role_key="manager", remove_group_keys=["south"])

    change = await set_role(world, "Agent", "lead")
    await set_group(world, "north", "south", "vip")
    during = (await role_key(user), await group_keys(user))
    await overrides.clear_override(ADMIN, ORIGIN, world.tenant_id, user.id)

    assert (change.users_evaluated, change.users_changed) == (1, 0)
    assert during == ("manager", {"vip"})
    assert (await role_key(user), await group_keys(user)) == ("lead", {"south", "vip"})


async def test_what_is_kept_below_it_is_what_the_rules_gave(world: World) -> None:
    user = await world.user("ana", "Agent", "north")
    keep = Policy.KEEP_PREVIOUS
    await mapping.change_settings(
        ADMIN, ORIGIN, world.tenant_id, expected_version=None, unmapped_title=keep, unmapped_group=keep
    )
    await override(world, user, role_key="manager", add_group_keys=["vip"], remove_group_keys=["north"])

    await mapping.remove_role_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=None, value="Agent")
    await mapping.remove_group_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=None, value="north")
    during = (await role_key(user), await group_keys(user))
    await overrides.clear_override(ADMIN, ORIGIN, world.tenant_id, user.id)

    assert during == ("manager", {"vip"})
    assert (await role_key(user), await group_keys(user)) == ("agent", {"north"})
    assert Access.from_text((await row(user))["access"]).role.outcome is Outcome.KEPT_PREVIOUS


@pytest.mark.parametrize(
    ("_case", "wish", "error", "path"),
    [
        ("nothing to do", {}, InvalidValue, "roleKey"),
        ("contradiction", {"add_group_keys": ["vip"], "remove_group_keys": ["vip"]}, InvalidValue, "removeGroupKeys"),
        ("no reason", {"role_key": "lead", "reason": "  "}, InvalidValue, "reason"),
        ("long reason", {"role_key": "lead", "reason": "x" * 1_001}, InvalidValue, "reason"),
        ("cannot be stored", {"role_key": "lead", "reason": "a\0b"}, InvalidValue, "reason"),
        ("past", {"role_key": "lead", "lasts_s": -1}, InvalidValue, "expiresAt"),
        ("too long", {"role_key": "lead", "lasts_s": 91 * 86_400}, InvalidValue, "expiresAt"),
        ("role unknown", {"role_key": "boss"}, NotFound, "roleKey"),
        ("group unknown", {"add_group_keys": ["east"]}, NotFound, "addGroupKeys"),
        ("withheld group unknown", {"remove_group_keys": ["east"]}, NotFound, "removeGroupKeys"),
        ("archived role", {"role_key": "old"}, InvalidValue, "roleKey"),
        ("other version", {"role_key": "lead", "expected_version": 2}, StaleVersion, "expectedVersion"),
    ],
)
async def test_what_is_refused_changes_nothing(
    world: World, _case: str, wish: dict[str, Any], error: type[GatehouseError], path: str
) -> None:
    user = await world.user("ana", "Agent", "north")
    await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="old", name="Old", archived=True)
    before = await fingerprint()

    with pytest.raises(error) as refused:
        await override(world, user, **wish)

    assert refused.value.path == path
    assert await fingerprint() == before
    assert await outbox() == 0


async def test_dry_run_tells_and_changes_nothing(world: World) -> None:
    user = await world.user("ana", "Agent", "north")
    before = await fingerprint()

    would = await override(world, user, role_key="manager", add_group_keys=["vip"], dry_run=True)

    access = Access.from_text(would.user.access)
    assert would.dry_run
    assert (access.role_id, access.group_ids) == (
        world.roles["manager"].id,
        (world.groups["north"].id, world.groups["vip"].id),
    )
    assert (await fingerprint(), await outbox()) == (before, 0)


@pytest.mark.parametrize("deleted", [True, False], ids=["deleted", "unknown"])
async def test_nobody_gets_none(world: World, deleted: bool) -> None:
    user = await world.user("ana", "Agent", "north", deleted_at=1)
    user_id = user.id if deleted else UUID(int=1)

    with pytest.raises(NotFound):
        await overrides.set_override(
            ADMIN, ORIGIN, world.tenant_id, user_id, Wish("x", now() + timedelta(days=1), role_key="lead")
        )
    with pytest.raises(NotFound):
        await overrides.clear_override(ADMIN, ORIGIN, world.tenant_id, user_id)


async def test_clearing_what_is_not_there(world: World) -> None:
    user = await world.user("ana", "Agent", "north")

    with pytest.raises(NotFound, match="no override"):
        await overrides.clear_override(ADMIN, ORIGIN, world.tenant_id, user.id)

    assert await events(world) == []


async def test_what_it_gives_or_hides_cannot_be_archived(world: World) -> None:
    user = await world.user("ana", "Agent", "north")
    await override(world, user, role_key="lead", add_group_keys=["vip"], remove_group_keys=["north"])
    await mapping.remove_role_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=None, value="Manager")
    for value in ("north-vip", "north"):
        await mapping.remove_group_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=None, value=value)

    with pytest.raises(InUse, match="1 users"):
        await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="lead", name="Lead", archived=True)
    with pytest.raises(InUse, match="1 users"):
        await catalogue.upsert_employee_group(ADMIN, ORIGIN, world.tenant_id, key="vip", name="Vip", archived=True)
    with pytest.raises(InUse, match="1 overrides"):
        await catalogue.upsert_employee_group(ADMIN, ORIGIN, world.tenant_id, key="north", name="N", archived=True)
    await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="manager", name="Manager", archived=True)


async def test_it_ends_by_itself_once_as_of_its_expiry(world: World) -> None:
    users = [await world.user(f"user{n}", "Agent", "north") for n in range(5)]
    for user in users:
        await override(world, user, role_key="manager", add_group_keys=["vip"], lasts_s=0.3)
    until = [(await row(user))["override_until"] for user in users]

    workers = [asyncio.create_task(DueWork({overrides.END: overrides.do_end}, poll_s=0.05).run()) for _ in range(3)]
    while await outbox():  # noqa: ASYNC110 - what the database says has no event
        await asyncio.sleep(0.02)
    for worker in workers:
        worker.cancel()
    await asyncio.wait(workers)

    told = [entry for entry in await history(world) if entry[0] == "SYSTEM"]
    assert len(told) == 5
    assert {reason for _, reason, _ in told} == {"override ended: its time is over"}
    assert all(changes["role"] == ("manager", "agent") for _, _, changes in told)
    for user, end in zip(users, until, strict=True):
        assert (await role_key(user), await group_keys(user)) == ("agent", {"north"})
        assert (await row(user))["access_since"] == end
    ended = await store.fetch("SELECT occurred_at FROM provisioning_event WHERE actor_kind = 'SYSTEM' ORDER BY 1")
    assert [entry[0] for entry in ended] == sorted(until)
    assert await outbox("done_at IS NOT NULL") == 5


async def test_whoever_comes_first_ends_it_once(world: World) -> None:
    user = await world.user("ana", "Agent", "north")
    await override(world, user, role_key="manager")
    await outlive(user)

    await asyncio.gather(*(overrides.end(world.tenant_id, user.id) for _ in range(5)))
    await DueWork({overrides.END: overrides.do_end}).do_due()

    assert [actor for actor, _, _ in await history(world)] == ["API_KEY", "SYSTEM"]
    assert await outbox() == 0


async def test_it_does_not_end_before_its_time(world: World) -> None:
    user = await world.user("ana", "Agent", "north")
    await override(world, user, role_key="manager")

    await overrides.end(world.tenant_id, user.id)
    await overrides.end_due(None)
    tried = await DueWork({overrides.END: overrides.do_end}).do_due()

    assert (tried, await role_key(user), len(await events(world))) == (0, "manager", 1)


async def test_a_mapping_change_after_the_end_tells_of_the_end_first(world: World) -> None:
    user = await world.user("ana", "Agent", "north")
    await override(world, user, role_key="manager")
    await outlive(user)

    await set_role(world, "Agent", "lead")

    changes = [changes.get("role") for _, _, changes in await history(world)]
    assert changes == [("agent", "manager"), ("manager", "agent"), ("agent", "lead")]
    times = [from_microseconds(event["occurred_at"]) for event in await events(world)]
    assert times[1] < times[2]


async def test_two_who_change_it_at_once_see_each_other(world: World) -> None:
    user = await world.user("ana", "Agent", "north")

    results = await asyncio.gather(
        *(override(world, user, role_key=role, expected_version=1) for role in ("manager", "lead")),
        return_exceptions=True,
    )

    assert sorted(type(result).__name__ for result in results) == ["OverrideChange", "StaleVersion"]
    assert len(await events(world)) == 1
