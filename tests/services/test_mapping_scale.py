"""Mapping changes among many users, beside other changes, and cut off in the middle."""

from __future__ import annotations

import asyncio

import pytest
from tests.services.directory_of_users import (
    World,
    change_at,
    events,
    fingerprint,
    new_world,
    role_key,
    row,
    set_group,
    set_role,
    titled,
)

from gatehouse.errors import StaleVersion
from gatehouse.mapping import edit
from gatehouse.mapping.resolve import Access
from gatehouse.services import mapping
from gatehouse.services.reach import Pace
from gatehouse.store import mapping_versions
from gatehouse.store.database import Database, Dialect
from gatehouse.store.ids import uuid7


@pytest.fixture
async def world(database: Database) -> World:
    return await new_world()


async def test_of_two_changes_expecting_the_same_version_one_wins(world: World) -> None:
    ana = await world.user("ana", "Agent", "north")

    results = await asyncio.gather(
        set_role(world, "Agent", "lead", expected_version=1),
        set_role(world, "Agent", "manager", expected_version=1),
        return_exceptions=True,
    )

    won = [result for result in results if isinstance(result, mapping.MappingChange)]
    lost = [result for result in results if isinstance(result, StaleVersion)]
    assert (len(won), len(lost), won[0].version) == (1, 1, 2)
    assert await role_key(ana) == ("lead" if won[0] is results[0] else "manager")
    assert len(await events(world)) == 1


async def test_changes_that_expect_no_version_all_succeed(world: World) -> None:
    ana = await world.user("ana", "Agent", "a-b-c-d")

    changes = await asyncio.gather(*(set_group(world, segment, "north") for segment in "abcd"))

    assert sorted(change.version for change in changes) == [2, 3, 4, 5]
    assert (await row(ana))["mapping_version"] == 5
    assert not Access.from_text((await row(ana))["access"]).unmatched
    assert [version.number for version in await mapping_versions.newest(world.tenant_id, 9)] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 8, 12, 16, 20, 25, 30])
async def test_a_cancelled_change_leaves_nothing(world: World, engine: Dialect, steps: int) -> None:
    one_by_one = Pace(written={engine: 1})
    for number in range(5):
        await world.user(f"user{number}", "Agent", "north")
    before = await fingerprint()

    task = asyncio.create_task(change_at(world, one_by_one, titled(world, "Agent", "lead")))
    for _ in range(steps):
        await asyncio.sleep(0 if engine == "sqlite" else 0.0005)
    task.cancel()
    result = (await asyncio.gather(task, return_exceptions=True))[0]

    if isinstance(result, mapping.MappingChange):
        assert len(await events(world)) == 5
    else:
        assert await fingerprint() == before
    assert (await set_role(world, "Agent", "manager")).users_changed == 5


async def test_many_distinct_values(world: World) -> None:
    for number in range(30):
        await world.user(f"user{number}", f"Title {number}", f"north-team {number}")

    change = await set_group(world, "North", "vip")

    assert (change.users_evaluated, change.users_changed) == (30, 30)
    names = [event["resource_name"] for event in await events(world)]
    assert names == [f"user{number}" for number in range(30)]


async def test_pages(world: World, engine: Dialect) -> None:
    users = [await world.user(f"user{number}", "Agent", "north") for number in range(12)]

    change = await change_at(world, Pace(users=4, written={engine: 5}), titled(world, "Agent", "lead"))

    assert (change.users_evaluated, change.users_changed) == (12, 12)
    assert {await role_key(user) for user in users} == {"lead"}
    assert [event["resource_name"] for event in await events(world)] == [f"user{number}" for number in range(12)]


async def test_more_values_than_a_query_takes(world: World) -> None:
    for number in range(4):
        await world.user(f"user{number}", "Agent", f"north-{number}")
    await world.user("other", "Agent", "south")

    vip = world.groups["vip"].id
    change = await change_at(
        world,
        Pace(keys=2),
        lambda before: edit.set_group_rule(before, value="north", group_ids=(vip,), note=None, new_id=uuid7()),
    )

    assert (change.users_evaluated, change.users_changed) == (5, 4)
