"""What a mapping change decided for many users is the truth from its commit on, and comes to their rows afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.bodies import person
from tests.services.directory_of_users import (
    ADMIN,
    ORIGIN,
    World,
    change_at,
    events,
    fingerprint,
    group_keys,
    new_world,
    role_key,
    row,
    set_group,
    set_role,
    titled,
)

from gatehouse.mapping.resolve import Access
from gatehouse.records import UserRecord, from_microseconds
from gatehouse.services import mapping, overrides, settling, users
from gatehouse.services.clock import now
from gatehouse.services.due_work import DueWork
from gatehouse.services.mapping_change import MappingChange
from gatehouse.services.overrides import Wish
from gatehouse.services.provisioning import Caller
from gatehouse.services.reach import Pace
from gatehouse.store import affiliations, catalogue, database, directory, settled, tenant_list, tenants
from gatehouse.store.condition import Compare
from gatehouse.store.database import Database

USERS = 30
AT_ONCE = Pace(ahead=USERS + 1)
AHEAD = Pace(ahead=1, written={"sqlite": 250, "postgres": 7})
VIEWS = {
    "user_now": "scim_user",
    "user_employee_group_now": "user_employee_group",
    "user_unmapped_value_now": "user_unmapped_value",
}
COLUMNS = {
    "user_now": "id, version, document, role_id, role_outcome, mapping_version, access, access_since, override_until",
    "user_employee_group_now": "tenant_id, user_id, employee_group_id",
    "user_unmapped_value_now": "tenant_id, user_id, kind, value_key, value, seen_at, held",
}
NOBODY = UUID(int=0)  # whose rows stay: see migration 0027
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

pytestmark = pytest.mark.parametrize("engine", ["postgres"], indirect=True)


@pytest.fixture
async def world(database: Database) -> World:
    return await new_world()


async def people(world: World) -> list[UserRecord]:
    return [await somebody(world, n) for n in range(USERS)]


async def somebody(world: World, number: int) -> UserRecord:
    body = person(f"user{number}", title="Agent", userType="north-moon")
    return await users.create(await caller(world), body)


async def shown(*, settled: bool) -> dict[str, list[str]]:
    """What the views tell, or the tables of the users themselves."""
    found = {}
    for view, table in VIEWS.items():
        source = table if settled else view
        rows = await database.fetch(f"SELECT {COLUMNS[view]} FROM {source} WHERE tenant_id <> $1", NOBODY)
        found[view] = sorted(str(tuple(row)) for row in rows)
    return found


async def left(world: World) -> int:
    tables = ("unsettled_access", "unsettled_employee_group", "unsettled_unmapped_value")
    counts = [f"(SELECT count(*) FROM {table} WHERE tenant_id = $1)" for table in tables]
    found = await database.fetch_one(f"SELECT {' + '.join(counts)}", world.tenant_id)
    return int(found[0]) if found else 0


async def test_what_is_decided_is_told_at_once_and_carried_over_unchanged(world: World) -> None:
    everybody = await people(world)
    before = await shown(settled=True)

    await set_role(world, "Agent", "lead")
    told = await shown(settled=False)
    untouched = await shown(settled=True)
    await settling.settle(world.tenant_id)

    assert untouched == before
    assert told != before
    assert await shown(settled=False) == await shown(settled=True) == told
    assert await left(world) == 0
    assert {await role_key(user) for user in everybody} == {"lead"}
    assert {(await row(user))["version"] for user in everybody} == {1}


async def test_groups_and_values_without_a_rule_too(world: World) -> None:
    everybody = await people(world)
    await set_group(world, "moon", "vip", "south")
    with_moon = await shown(settled=False)
    assert {tuple(sorted(await group_keys(user))) for user in everybody} == {("north", "south", "vip")}
    await set_group(world, "moon", "south")  # settles what came before it
    assert {tuple(sorted(await group_keys(user))) for user in everybody} == {("north", "south")}
    told = await shown(settled=False)
    await settling.settle(world.tenant_id)

    assert with_moon["user_employee_group_now"] != told["user_employee_group_now"]
    assert await shown(settled=True) == told


async def test_readers_agree_before_and_after(world: World) -> None:
    everybody = await people(world)
    manager = await world.user("manager", "Manager", "south")
    ids = [user.id for user in (*everybody, manager)]
    await set_role(world, "Agent", "lead")
    await set_group(world, "moon", "vip")
    await mapping.remove_group_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=None, value="north")

    async def read() -> list[Any]:
        tenant_ids = frozenset({world.tenant_id})
        lead, vip, north = world.roles["lead"].id, world.groups["vip"].id, world.groups["north"].id
        counts = [
            await directory.count_users(tenant_ids, Compare(name, operator, value))
            for name, operator, value in (
                ("roleId", "eq", lead),
                ("roleId", "ne", lead),
                ("roleId", "in", (lead, world.roles["manager"].id)),
                ("groupId", "eq", vip),
                ("groupId", "eq", north),
                ("roleOutcome", "in", ("MAPPED",)),
                ("hasUnmappedSegments", "eq", True),
            )
        ]
        found = await affiliations.of_users(world.tenant_id, ids, groups=False, access=True)
        uses = [await catalogue.role_uses(world.tenant_id, role.id) for role in world.roles.values()]
        uses += [await catalogue.employee_group_uses(world.tenant_id, group.id) for group in world.groups.values()]
        return [counts, found, uses]

    assert await left(world) > 0
    told = await read()
    await settling.settle(world.tenant_id)

    assert await read() == told
    assert told[0] == [USERS, 1, USERS + 1, USERS, 0, USERS + 1, USERS]


async def test_a_tenant_without_unmapped_values_is_one_at_once(world: World) -> None:
    await people(world)

    async def have_some() -> int:
        return await tenant_list.count(frozenset({world.tenant_id}), Compare("hasUnmappedValues", "eq", value=True))

    before = await have_some()
    await set_group(world, "moon", "vip")

    assert await left(world) > 0
    assert (before, await have_some()) == (1, 0)


async def patched(world: World, user: UserRecord) -> None:
    body = {"schemas": [_PATCH], "Operations": [{"op": "replace", "path": "title", "value": "Manager"}]}
    await users.patch(await caller(world), user.id, body)


async def put(world: World, user: UserRecord) -> None:
    await users.replace(await caller(world), user.id, person("user0", title="Manager", userType="north-moon"))


async def deleted(world: World, user: UserRecord) -> None:
    await users.delete(await caller(world), user.id)


async def overridden(world: World, user: UserRecord) -> None:
    wish = Wish("covers", now() + timedelta(days=1), role_key="manager")
    await overrides.set_override(ADMIN, ORIGIN, world.tenant_id, user.id, wish)


async def caller(world: World) -> Caller:
    return Caller(await tenants.get(world.tenant_id), ADMIN, ORIGIN)


@pytest.mark.parametrize("write", [patched, put, deleted, overridden])
async def test_who_changes_a_user_settles_it_first(
    world: World, write: Callable[[World, UserRecord], Awaitable[None]]
) -> None:
    """The user ends as if the change of the mapping had been written at once; so does everybody else."""
    ends = []
    for pace in (AHEAD, AT_ONCE):
        fresh = await new_world(f"tenant-{len(ends)}")
        ana, *others = await people(fresh)
        await change_at(fresh, pace, titled(fresh, "Agent", "lead"))
        assert (await left(fresh) > 0) == (pace is AHEAD)
        await write(fresh, ana)
        assert await left(fresh) == (USERS - 1 if pace is AHEAD else 0)
        await settling.settle(fresh.tenant_id)
        history = await database.fetch(
            "SELECT active, mapping_version, access FROM access_history WHERE user_id = $1 ORDER BY until", ana.id
        )
        ends.append(
            (
                await role_key(ana),
                [Access.from_text(past["access"]).role_outcome for past in history],
                [past["mapping_version"] for past in history],
                (await row(ana))["mapping_version"],
                {await role_key(user) for user in others},
                [event["action"] for event in await events(fresh)],
            )
        )

    assert ends[0] == ends[1]


async def test_requests_beside_the_carrying_over(world: World) -> None:
    """Whoever comes first: nothing is lost, nobody waits in a circle."""
    everybody = await people(world)
    await set_role(world, "Agent", "lead")

    await asyncio.gather(
        settling.settle(world.tenant_id),
        *(patched(world, user) for user in everybody[:20]),
        settling.settle(world.tenant_id),
    )

    assert await left(world) == 0
    assert [await role_key(user) for user in everybody] == ["manager"] * 20 + ["lead"] * 10


async def test_of_two_large_changes_one_wins_and_the_other_starts_again(world: World) -> None:
    everybody = await people(world)

    changes = await asyncio.gather(
        change_at(world, AHEAD, titled(world, "Agent", "lead")),
        change_at(world, AHEAD, titled(world, "Agent", "manager")),
    )

    last = max(changes, key=lambda change: change.version)
    assert sorted(change.version for change in changes) == [2, 3]
    assert {await role_key(user) for user in everybody} == {"lead" if last is changes[0] else "manager"}
    assert len(await events(world)) == 3 * USERS  # one for the creation too


@pytest.mark.parametrize("steps", [1, 4, 8, 16, 24, 32, 48])
async def test_one_cut_off_in_the_middle_leaves_all_or_nothing(world: World, steps: int) -> None:
    """One that is cut off while it commits may have happened, as a whole, without its caller hearing of it."""
    everybody = await people(world)
    before = await fingerprint()

    task = asyncio.create_task(change_at(world, AHEAD, titled(world, "Agent", "lead")))
    await asyncio.sleep(steps * 0.001)
    task.cancel()
    result = (await asyncio.gather(task, return_exceptions=True))[0]

    if isinstance(result, MappingChange) or await fingerprint() != before:
        assert await left(world) == USERS
        assert {await role_key(user) for user in everybody} == {"lead"}
    assert (await set_role(world, "Agent", "manager")).users_changed == USERS


async def test_the_worker_carries_over(world: World) -> None:
    everybody = await people(world)
    await set_role(world, "Agent", "lead")
    told = await shown(settled=False)

    await database.execute("UPDATE outbox SET available_at = 0")
    assert await DueWork({settling.SETTLE: settling.do_settle}).do_due() == 1

    assert await left(world) == 0
    assert await shown(settled=True) == told
    assert len(everybody) == USERS


async def test_it_is_work_for_some_time_after_the_commit(world: World) -> None:
    """However long the change took: a list that had asked before the commit is to find the tables as they were."""
    await people(world)

    async def hold_the_tenant() -> datetime:
        async with database.transaction():
            await database.fetch("SELECT 1 FROM tenant WHERE id = $1 FOR UPDATE", world.tenant_id)
            held.set()
            await asyncio.sleep(0.5)
            return now()

    held = asyncio.Event()
    holding = asyncio.create_task(hold_the_tenant())
    await held.wait()
    await set_role(world, "Agent", "lead")

    [due] = await database.fetch("SELECT available_at FROM outbox WHERE kind = $1", settling.SETTLE)
    assert from_microseconds(due[0]) >= await holding + settling.PAUSE


async def test_a_tenant_settles_no_other(world: World) -> None:
    await people(world)
    other = await new_world("other")
    await set_role(world, "Agent", "lead")
    (user_id, *_) = [record["user_id"] for record in await database.fetch("SELECT user_id FROM unsettled_access"
        " WHERE tenant_id = $1", world.tenant_id)]  # fmt: skip

    await settling.settle(other.tenant_id)
    await settling.settle_user(other.tenant_id, database.as_uuid(user_id))

    assert await left(world) == USERS
    assert not await settled.is_anybody_unsettled(other.tenant_id)
