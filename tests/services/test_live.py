"""Followers see every event once, though it is committed in another order than its time and id say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

import pytest
from tests.api.graphql.request_rows import log
from tests.fixtures import NOW, new_tenant

from gatehouse.records import (
    Actor,
    ActorKind,
    EventAction,
    EventOutcome,
    Grant,
    Origin,
    Permission,
    ProvisioningEvent,
    ResourceKind,
    Tenant,
    Viewer,
)
from gatehouse.services import history, live, scim_requests
from gatehouse.services.directory import Compare, Position
from gatehouse.services.live import Bell
from gatehouse.store import (
    commit_order,
    database,
    history as events,
    request_log,
    scim_requests as stored_requests,
    timeline,
)
from gatehouse.store.commit_order import COMMITTED
from gatehouse.store.database import Database
from gatehouse.store.ids import uuid7
from gatehouse.store.keyset import Sort

_MAY = frozenset({Permission.READ_DIRECTORY, Permission.READ_RAW_REQUESTS})
VIEWER = Viewer(UUID(int=9), "script", ActorKind.API_KEY, (Grant(None, _MAY),))
WRITERS, EACH = 6, 15


@pytest.fixture
async def bell(database: Database) -> AsyncIterator[Bell]:
    bell = Bell(poll_s=0.05)
    running = asyncio.create_task(bell.run())
    yield bell
    running.cancel()
    await asyncio.wait({running})


def _event(tenant_id: UUID, minute: int = 0) -> ProvisioningEvent:
    return ProvisioningEvent(
        id=uuid7(),
        tenant_id=tenant_id,
        occurred_at=NOW + timedelta(minutes=minute),
        resource_kind=ResourceKind.USER,
        resource_id=None,
        resource_name=None,
        action=EventAction.UPDATE,
        outcome=EventOutcome.SUCCESS,
        actor=Actor(ActorKind.SYSTEM, None, "test"),
        origin=Origin("request"),
        changes=(),
    )


async def _take(bell: Bell, after: Position, count: int) -> tuple[list[UUID], Position]:
    """The next events, by a follower of its own."""
    found: list[UUID] = []
    async with asyncio.timeout(20), aclosing(history.follow(lambda: VIEWER, None, after, bell)) as stream:
        while len(found) < count:
            event, after = await anext(stream)
            found.append(event.id)
    return found, after


async def _nothing_more(bell: Bell, after: Position) -> bool:
    async with aclosing(history.follow(lambda: VIEWER, None, after, bell)) as stream:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                await anext(stream)
                return False
    return True


async def _write(tenant: UUID, pauses: list[float], *, undone: bool) -> list[UUID]:
    """Events by as many statements of one transaction; those that were committed."""
    made = [_event(tenant, minute=-n) for n, _ in enumerate(pauses)]
    with suppress(ZeroDivisionError):
        async with database.transaction():
            for event, pause in zip(made, pauses, strict=True):
                await database.write([events.add(event)])
                await asyncio.sleep(pause)
            if undone:
                raise ZeroDivisionError
    return [] if undone else [event.id for event in made]


async def test_concurrent_writers_and_reconnects(bell: Bell) -> None:
    """Transactions of several statements overlap, in two tenants, and a few are rolled back; the reader comes and goes."""
    tenants = [(await new_tenant(slug)).id for slug in ("acme", "other")]
    start = await live.present(bell)
    written: set[UUID] = set()

    async def writer(number: int) -> None:
        random = Random(number)  # noqa: S311 - no secret
        for n in range(EACH):
            pauses = [random.random() / 100 for _ in range(random.choice((1, 1, 2, 4)))]
            written.update(await _write(random.choice(tenants), pauses, undone=n % 5 == 4))
            bell.ring()

    writing = asyncio.gather(*(writer(number) for number in range(WRITERS)))
    found, place, visits = list[UUID](), start, 0
    while not writing.done() or len(found) < len(written):
        missing = len(written) - len(found)
        if missing > 0:
            some, place = await _take(bell, place, min(1 + len(found) % 7, missing))
            found, visits = found + some, visits + 1
        await asyncio.sleep(0.001)

    assert await _nothing_more(bell, place)
    assert len(found) == len(set(found))
    assert set(found) == written
    assert visits > WRITERS


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_what_begins_first_and_commits_last_is_not_missed(bell: Bell) -> None:
    tenant = (await new_tenant()).id
    start = await live.present(bell)
    late, early = _event(tenant), _event(tenant)
    async with database.transaction():
        await database.write([events.add(late)])
        await database.spawn(database.write([events.add(early)]))  # in a transaction of its own, committed now

        assert await _nothing_more(bell, start)
    found, place = await _take(bell, start, 2)

    assert found == [late.id, early.id]
    assert await _nothing_more(bell, place)


async def test_without_a_place_a_follower_begins_now(bell: Bell) -> None:
    """What is not final yet may come again: a transaction of anybody on the server, begun before, keeps it so."""
    tenant = (await new_tenant()).id
    earlier, event = _event(tenant, minute=5), _event(tenant, minute=0)
    await database.write([events.add(earlier)])
    stamp = (await database.fetch("SELECT commit_stamp FROM provisioning_event WHERE id = $1", earlier.id))[0][0]
    for _ in range(1_000):
        if await bell.look() > stamp:
            break
        await asyncio.sleep(0.01)
    async with asyncio.timeout(10), aclosing(history.follow(lambda: VIEWER, None, None, bell)) as stream:
        first = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.1)
        await database.write([events.add(event)])

        assert (await first)[0].id == event.id


async def test_a_place_in_the_middle_of_a_transaction(bell: Bell) -> None:
    """What one transaction wrote has one stamp: the rest of it comes once, however often the follower looks."""
    tenant = (await new_tenant()).id
    start = await live.present(bell)
    first, second = _event(tenant), _event(tenant)
    await database.write([events.add_many([first, second])])
    _, place = await _take(bell, start, 1)
    found = list[UUID]()
    with suppress(TimeoutError):
        async with asyncio.timeout(0.4), aclosing(history.follow(lambda: VIEWER, None, place, bell)) as stream:
            async for event, _ in stream:
                found.append(event.id)

    assert found == [second.id]


async def test_many_events_of_one_batch(bell: Bell) -> None:
    tenant = (await new_tenant()).id
    start = await live.present(bell)
    made = [_event(tenant, minute=-n) for n in range(250)]
    await database.write([events.add_many(made)])
    found, place = await _take(bell, start, len(made))

    assert sorted(found) == [event.id for event in made]
    assert await _nothing_more(bell, place)


async def _rarities(*tenants: Tenant) -> tuple[list[UUID], list[UUID]]:
    """Transactions with many rows of one stamp; of each the event and the request that a rare filter finds."""
    rare, asked = list[UUID](), list[UUID]()
    for size in (30, 1, 12):
        made = [_event(tenants[n % 5 == 0].id) for n in range(size)]
        rare.append(made[size // 2].id)
        made[size // 2] = replace(made[size // 2], error_code="Rare")
        await database.write([events.add_many(made)])
        rows = [(await log(tenants[0]))._replace(id=uuid7(), status=404 if n == 0 else 200) for n in range(size)]
        asked.append(rows[0].id)
        await request_log.add_many(rows)
    return rare, asked


_RARE = Compare("errorCode", "eq", "Rare")


@pytest.mark.parametrize("stretch", [1, 7])
async def test_what_is_rare_is_found_in_stretches(bell: Bell, stretch: int) -> None:
    tenants = [await new_tenant(slug) for slug in ("acme", "other", "quiet")]
    start = await live.present(bell)
    rare, asked = await _rarities(*tenants)
    later = replace(_event(tenants[2].id), error_code="Rare")
    happened, refused = list[UUID](), list[UUID]()
    async with asyncio.timeout(20), aclosing(_follow_events(bell, start, stretch)) as stream:
        while len(happened) < len(rare):
            happened.append((await anext(stream))[0].id)
        await database.write([events.add(later)])
        happened.append((await anext(stream))[0].id)
    async with asyncio.timeout(20), aclosing(_follow_requests(bell, start, stretch)) as stream:
        while len(refused) < len(asked):
            refused.append((await anext(stream))[0].id)

    assert happened == [*rare, later.id]
    assert refused == asked


def _follow_events(bell: Bell, start: Position, rows: int) -> AsyncGenerator[tuple[Any, Position], None]:
    stretch = partial(timeline.stretch, rows=rows)
    return live.follow_commits(bell, start, _RARE, lambda: None, timeline.events, stretch=stretch)


def _follow_requests(bell: Bell, start: Position, rows: int) -> AsyncGenerator[tuple[Any, Position], None]:
    stretch = partial(stored_requests.stretch, rows=rows)
    is_missing = Compare("status", "eq", 404)
    return live.follow_commits(bell, start, is_missing, lambda: None, stored_requests.following, stretch=stretch)


async def test_a_stretch_holds_no_more_rows_than_it_may(bell: Bell) -> None:
    tenants = [await new_tenant(slug) for slug in ("acme", "other", "quiet")]
    start = await live.present(bell)
    await _rarities(*tenants)
    request = live.request_after(start, Sort(COMMITTED), _RARE)
    everything = replace(request, condition=None, limit=1_000)
    whole = [await timeline.stretch(None, request), await stored_requests.stretch(None, request)]
    ends = [await timeline.stretch(None, request, rows=20), await stored_requests.stretch(None, request, rows=20)]
    looked_through = await timeline.events(None, replace(everything, before=ends[0]))
    requests = await stored_requests.following(None, replace(everything, before=ends[1]))

    assert whole == [None, None]
    assert 0 < len(looked_through.rows) <= 20 + len(tenants)
    assert len(requests.rows) == 20
    assert await timeline.stretch(None, everything) is None  # every row matches: a page has an end of its own


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_requests_that_are_written_first_and_committed_last_are_not_missed(bell: Bell) -> None:
    tenant = await new_tenant()
    start = await live.present(bell)
    async with database.transaction():
        late = await log(tenant)
        early = await database.spawn(log(None))  # a stranger's, in a transaction of its own, committed now

        assert await _requests(bell, start) == []
    assert await _requests(bell, start, least=2) == [late.id, early.id]


async def test_batches_of_requests_among_events(bell: Bell) -> None:
    """Each list has its own rows of the one order, however many are written at once."""
    tenant = await new_tenant()
    start = await live.present(bell)
    written, happened = list[UUID](), list[UUID]()
    for size in (1, 60, 3, 120):
        rows = [(await log(tenant))._replace(id=uuid7(), received_at=-n) for n in range(size)]
        await request_log.add_many(rows)
        event = _event(tenant.id, minute=-size)
        await database.write([events.add(event)])
        happened.append(event.id)
        written += [row.id for row in rows]

    found = await _requests(bell, start, least=2 * len(written))
    assert len(found) == len(set(found)) == 2 * len(written)
    assert set(written) < set(found)
    assert (await _take(bell, start, len(happened)))[0] == happened


async def _requests(bell: Bell, after: Position, least: int = 0) -> list[UUID]:
    """The requests after a place, until none has come for a while.

    :param least: so many are waited for longer: transactions of other tests on the same server may hold them back.
    """
    found = list[UUID]()
    async with aclosing(scim_requests.follow(lambda: VIEWER, None, after, bell)) as stream:
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(0.3 if len(found) >= least else 10):
                    found.append((await anext(stream))[0].id)
    return found


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_after_a_restore_new_events_come_after_all_that_were(bell: Bell) -> None:
    """As in another cluster, where transactions have lower numbers, and the dump says that it is another."""
    tenant = (await new_tenant()).id
    await commit_order.renew()
    before = await live.present(bell)
    restored = _event(tenant)
    await database.write([events.add(restored)])
    beyond = (await commit_order.horizon()).stamp + 1_000_000
    await database.execute("UPDATE provisioning_event SET commit_stamp = $1", beyond)
    asked = await log(None)
    await database.execute("UPDATE request_log SET commit_stamp = $1", beyond + 1)
    unchanged = await commit_order.renew()
    await database.execute_script("COMMENT ON FUNCTION commit_base() IS 'another cluster'")
    renewed = await commit_order.renew()
    new = _event(tenant)
    await database.write([events.add(new)])
    found, _ = await _take(bell, before, 2)
    again = await log(None)

    assert await _requests(bell, before) == [asked.id, again.id]
    assert (unchanged, renewed) == (False, True)
    assert found == [restored.id, new.id]
    assert not await commit_order.renew()
