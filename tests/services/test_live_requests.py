"""Followers of the request log see every request once, of tenants and of strangers, though commits overlap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, suppress
from itertools import count
from random import Random
from uuid import UUID

import pytest
from tests.api.graphql.request_rows import entry
from tests.fixtures import new_tenant
from tests.services.test_live import EACH, VIEWER, WRITERS, _event

from gatehouse.errors import Forbidden, InvalidValue
from gatehouse.records import ActorKind, Grant, Permission, Tenant, Viewer
from gatehouse.services import history, live, scim_requests
from gatehouse.services.directory import Compare, Position
from gatehouse.services.live import Bell
from gatehouse.store import commit_order, database, history as events, request_log
from gatehouse.store.database import Database
from gatehouse.store.keyset import Sort, signature

RAW = frozenset({Permission.READ_DIRECTORY, Permission.READ_RAW_REQUESTS})


@pytest.fixture
async def bell(database: Database) -> AsyncIterator[Bell]:
    bell = Bell(poll_s=0.05)
    running = asyncio.create_task(bell.run())
    yield bell
    running.cancel()
    await asyncio.wait({running})


def _viewer(*tenants: Tenant) -> Viewer:
    grants = [Grant(tenant.id, RAW) for tenant in tenants] or [Grant(None, RAW)]
    return Viewer(UUID(int=9), "script", ActorKind.API_KEY, tuple(grants))


async def _take(bell: Bell, viewer: Viewer, after: Position, number: int) -> tuple[list[UUID], Position]:
    """The next requests, by a follower of its own."""
    found: list[UUID] = []
    async with asyncio.timeout(20), aclosing(scim_requests.follow(lambda: viewer, None, after, bell)) as stream:
        while len(found) < number:
            row, after = await anext(stream)
            found.append(row.id)
    return found, after


async def _nothing_more(bell: Bell, viewer: Viewer, after: Position) -> bool:
    async with aclosing(scim_requests.follow(lambda: viewer, None, after, bell)) as stream:
        with suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                await anext(stream)
                return False
    return True


async def test_writers_that_overlap_and_a_reader_that_comes_and_goes(bell: Bell) -> None:
    """Each viewer gets what is in sight: everything, strangers' requests too, or those of one tenant."""
    acme, other = [await new_tenant(slug) for slug in ("acme", "other")]
    start = await live.present(bell)
    written = dict[UUID, Tenant | None]()
    minute = count()

    async def writer(number: int) -> None:
        random = Random(number)  # noqa: S311 - no secret
        for n in range(EACH):
            made = [(of, entry(of, -next(minute))) for of in random.choices((acme, other, None), k=1 + n * 5)]
            with suppress(ZeroDivisionError):
                async with database.transaction():
                    await request_log.add_many([row for _, row in made])
                    await asyncio.sleep(random.random() / 100)
                    assert n % 5 != 4 or 1 / 0
                written.update((row.id, of) for of, row in made)
            bell.ring()

    async def reader(viewer: Viewer, sees: tuple[Tenant | None, ...]) -> None:
        found, place, visits = list[UUID](), start, 0
        while not writing.done() or len(found) < sum(of in sees for of in written.values()):
            missing = sum(of in sees for of in written.values()) - len(found)
            if missing > 0:
                some, place = await _take(bell, viewer, place, min(1 + len(found) % 170, missing))
                found, visits = found + some, visits + 1
            await asyncio.sleep(0.001)

        assert await _nothing_more(bell, viewer, place)
        assert len(found) == len(set(found))
        assert set(found) == {key for key, of in written.items() if of in sees}
        assert visits > 3

    writing = asyncio.gather(*(writer(number) for number in range(WRITERS)))
    await asyncio.gather(reader(_viewer(), (acme, other, None)), reader(_viewer(acme), (acme,)))


async def test_one_cursor_for_events_and_requests(bell: Bell) -> None:
    """What one list lets pass by, the other does not: a stamp is greater than all before it in either table."""
    tenant = await new_tenant()
    place = await live.present(bell)
    for minute in (90, 0):  # first the later: times and stamps do not agree
        request, event = entry(tenant, minute), _event(tenant.id, minute - 60)
        await request_log.add_many([request])
        await _take(bell, _viewer(), place, 1)
        await database.write([events.add(event)])
        async with asyncio.timeout(10), aclosing(history.follow(lambda: VIEWER, None, place, bell)) as stream:
            found, _ = await anext(stream)
        requests, _ = await _take(bell, _viewer(), place, 1)
        place = await live.present(bell)

        assert (found.id, requests) == (event.id, [request.id])


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_after_a_restore_new_requests_come_after_all_that_were(bell: Bell) -> None:
    await commit_order.renew()
    before = await live.present(bell)
    restored, new = entry(None, 0), entry(None, 1)
    await request_log.add_many([restored])
    beyond = (await commit_order.horizon()).stamp + 1_000_000
    await database.execute("UPDATE request_log SET commit_stamp = $1", beyond)
    await database.execute_script("COMMENT ON FUNCTION commit_base() IS 'another cluster'")
    assert await commit_order.renew()
    await request_log.add_many([new])

    assert (await _take(bell, _viewer(), before, 2))[0] == [restored.id, new.id]


async def test_only_what_is_asked_for(bell: Bell) -> None:
    tenant = await new_tenant()
    start = await live.present(bell)
    wanted = entry(tenant, 1, status=409)
    await request_log.add_many([entry(tenant, 0), wanted, entry(tenant, 2)])
    refused = Compare("statusClass", "in", ("4",))
    async with asyncio.timeout(10), aclosing(scim_requests.follow(_viewer, refused, start, bell)) as stream:
        found, _ = await anext(stream)

    assert found == wanted


async def test_who_may_not_and_cursors_of_lists(bell: Bell) -> None:
    listed = Position(signature([Sort("OCCURRED_AT", descending=True)]), (1,), UUID(int=1))
    bare = Viewer(UUID(int=9), "script", ActorKind.API_KEY, (Grant(None, frozenset({Permission.READ_DIRECTORY})),))
    for viewer, after, refusal in ((bare, None, Forbidden), (_viewer(), listed, InvalidValue)):
        with pytest.raises(refusal):
            async with asyncio.timeout(10), aclosing(scim_requests.follow(lambda: viewer, None, after, bell)) as stream:  # noqa: B023
                await anext(stream)
