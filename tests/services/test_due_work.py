"""Work for later: done when it is due, by one worker at a time, and by another when that one dies."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from tests.fixtures import new_tenant

from gatehouse.errors import Unavailable
from gatehouse.records import from_microseconds
from gatehouse.services.clock import now
from gatehouse.services.due_work import DueWork
from gatehouse.store import database as store, outbox
from gatehouse.store.database import Database
from gatehouse.store.ids import uuid7
from gatehouse.store.outbox import Work

KIND = "greet"
STATE = "SELECT kind, attempts, claimed_by, done_at IS NOT NULL FROM outbox ORDER BY id"

# A process that notes each piece of work it does; ``slow`` never gets to the end of any
PROCESS = """
import asyncio, sys
from gatehouse.services.due_work import DueWork
from gatehouse.store import outbox
from gatehouse.store.database import Database, Statement, write
from gatehouse.records import from_microseconds
from gatehouse.services.clock import now

async def main(url, slow):
    database = await Database.open(url)
    async def handle(work):
        if slow:
            print("begun", flush=True)
            await asyncio.sleep(60)
        note = Statement("INSERT INTO provisioning_event (id, tenant_id, occurred_at, resource_kind, action, outcome,"
            " actor_kind, actor_display, request_id, changes) VALUES ($1, $2, 0, 'User', 'other', 'success', 'SYSTEM',"
            " 'x', 'x', '[]')", (work.id, work.tenant_id))
        await write([note, outbox.done(work.tenant_id, work.id, now())])
    with database.activate():
        await DueWork({"greet": handle}, poll_s=0.05, lease_s=1.0).run()

asyncio.run(main(sys.argv[1], sys.argv[2] == "slow"))
"""


@pytest.fixture
async def tenant_id(database: Database) -> UUID:
    return (await new_tenant()).id


async def add(tenant_id: UUID, number: int = 1, *, in_s: float = 0, kind: str = KIND) -> list[UUID]:
    moment = now()
    ids = [uuid7() for _ in range(number)]
    due_at = moment + timedelta(seconds=in_s)
    await store.write([outbox.add(i, tenant_id, kind, {"n": 1}, due_at=due_at, created_at=moment) for i in ids])
    return ids


async def state() -> list[tuple[object, ...]]:
    return [(row[0], row[1], row[2] is not None, bool(row[3])) for row in await store.fetch(STATE)]


class Hands:
    """A handler that counts."""

    def __init__(self, *, failures: int = 0, takes_s: float = 0) -> None:
        self.done: Counter[UUID] = Counter()
        self.begun = asyncio.Event()
        self._failures = failures
        self._takes_s = takes_s

    async def __call__(self, work: Work) -> None:
        self.begun.set()
        await asyncio.sleep(self._takes_s)
        if self._failures:
            self._failures -= 1
            raise ValueError("not today")
        self.done[work.id] += 1


async def test_what_is_due_is_done_by_one(tenant_id: UUID) -> None:
    ids = await add(tenant_id, 50)
    hands = Hands()

    workers = [DueWork({KIND: hands}) for _ in range(4)]
    tried = [await asyncio.gather(*(worker.do_due() for worker in workers)) for _ in range(2)]

    assert sum(map(sum, tried)) == 50
    assert hands.done == Counter(ids)
    assert set(await state()) == {(KIND, 1, True, True)}


async def test_what_is_not_due_or_not_known_waits(tenant_id: UUID) -> None:
    await add(tenant_id, in_s=60)
    await add(tenant_id, kind="dance")

    tried = await DueWork({KIND: Hands()}).do_due()

    assert tried == 0
    assert await state() == [(KIND, 0, False, False), ("dance", 0, False, False)]


async def test_work_begins_on_time(tenant_id: UUID) -> None:
    """Without waiting for the next poll."""
    ids, hands = await add(tenant_id, in_s=0.2), Hands()

    running = asyncio.create_task(DueWork({KIND: hands}, poll_s=30).run())
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        while not hands.done:  # noqa: ASYNC110 - as simple as the handler
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})

    assert hands.done == Counter(ids)


async def test_what_fails_is_put_off_and_tried_again(tenant_id: UUID) -> None:
    ids, hands = await add(tenant_id), Hands(failures=1)
    worker = DueWork({KIND: hands})

    tried = [await worker.do_due(), await worker.do_due()]
    put_off = await state()
    await store.execute("UPDATE outbox SET available_at = 0")
    tried.append(await worker.do_due())

    assert tried == [1, 0, 1]
    assert put_off == [(KIND, 1, False, False)]
    assert (hands.done, await state()) == (Counter(ids), [(KIND, 2, True, True)])


@pytest.mark.parametrize(
    ("error", "event", "level", "reason"),
    [
        (Unavailable("the database is busy"), "due_work_waits", "info", "the database is busy"),
        (ValueError("a bug"), "due_work_failed", "error", None),
    ],
)
async def test_only_a_bug_is_logged_as_one(
    tenant_id: UUID, error: Exception, event: str, level: str, reason: str | None
) -> None:
    (work_id,) = await add(tenant_id)

    async def fail(_work: Work) -> None:
        raise error

    with capture_logs() as logged:
        await DueWork({KIND: fail}).do_due()

    (line,) = logged
    assert (line["event"], line["log_level"], line.get("reason")) == (event, level, reason)
    assert ("exc_info" in line) == (level == "error")
    assert (line["kind"], line["work_id"], line["attempts"]) == (KIND, str(work_id), 1)


async def test_what_has_failed_a_thousand_times_is_put_off_all_the_same(tenant_id: UUID) -> None:
    ids = await add(tenant_id)
    await store.execute("UPDATE outbox SET attempts = 1023 WHERE id = $1", ids[0])
    before = now()

    await DueWork({KIND: Hands(failures=1)}).do_due()

    rows = await store.fetch("SELECT attempts, available_at FROM outbox")
    assert [row[0] for row in rows] == [1024]
    assert 300 <= (from_microseconds(rows[0][1]) - before).total_seconds() < 310


async def test_a_claim_holds_until_its_lease_ends(tenant_id: UUID) -> None:
    await add(tenant_id)
    moment, hands = now(), Hands()
    await outbox.claim([KIND], worker="dead", now=moment, until=moment + timedelta(seconds=5), limit=10)

    meanwhile = await DueWork({KIND: hands}).do_due()
    await store.execute("UPDATE outbox SET claimed_until = $1", 1)
    late = await outbox.extend(next(iter(await ids_of())), worker="other", until=moment)
    after = await DueWork({KIND: hands}).do_due()

    assert (meanwhile, late, after, hands.done.total()) == (0, False, 1, 1)


async def ids_of() -> list[UUID]:
    return [store.as_uuid(row[0]) for row in await store.fetch("SELECT id FROM outbox")]


async def test_a_lease_is_prolonged_while_the_work_goes_on(tenant_id: UUID) -> None:
    await add(tenant_id)
    slow, other = Hands(takes_s=2.0), Hands()

    working = asyncio.create_task(DueWork({KIND: slow}, lease_s=0.9).do_due())
    await slow.begun.wait()
    await asyncio.sleep(1.2)
    taken = await DueWork({KIND: other}).do_due()
    await working

    assert (taken, slow.done.total(), other.done.total()) == (0, 1, 0)


async def test_a_worker_that_is_stopped_finishes_or_gives_back(tenant_id: UUID) -> None:
    first, *others = await add(tenant_id, 3)
    hands = Hands(takes_s=0.3)
    running = asyncio.create_task(DueWork({KIND: hands}).run())
    await hands.begun.wait()

    running.cancel()
    await asyncio.wait({running})

    assert running.cancelled()
    assert hands.done == Counter([first])
    assert await state() == [(KIND, 1, True, True), *[(KIND, 1, False, False)] * len(others)]


async def test_work_that_does_not_end_is_given_back(tenant_id: UUID) -> None:
    await add(tenant_id)
    hands = Hands(takes_s=60)
    running = asyncio.create_task(DueWork({KIND: hands}, drain_s=0.1).run())
    await hands.begun.wait()

    running.cancel()
    await asyncio.wait({running})

    assert await state() == [(KIND, 1, False, False)]


async def test_what_was_done_long_ago_is_forgotten(tenant_id: UUID) -> None:
    await add(tenant_id, 2)
    await DueWork({KIND: Hands()}).do_due()
    (kept, *_) = await ids_of()
    await store.execute("UPDATE outbox SET done_at = 1 WHERE id <> $1", kept)

    await outbox.forget(done_before=now() - timedelta(days=1))

    assert await ids_of() == [kept]


async def test_withdrawn_work_is_not_done(tenant_id: UUID) -> None:
    (work_id,) = await add(tenant_id)

    await store.write([outbox.withdraw(uuid7(), work_id)])
    others = await ids_of()
    await store.write([outbox.withdraw(tenant_id, work_id)])

    assert (others, await ids_of()) == ([work_id], [])


async def test_several_processes_one_of_them_killed(tenant_id: UUID, migrated_url: str) -> None:
    """Each piece takes effect once, those of the killed process too."""
    ids = await add(tenant_id, 40)

    async def start(kind: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROCESS, migrated_url, kind, stdout=asyncio.subprocess.PIPE
        )

    killed = await start("slow")
    assert killed.stdout is not None
    assert await killed.stdout.readline() == b"begun\n"
    os.kill(killed.pid, signal.SIGKILL)
    await killed.wait()
    held = [row for row in await state() if row[2]]
    others = [await start("quick") for _ in range(2)]
    async with asyncio.timeout(15):
        while any(not done for *_, done in await state()):  # noqa: ASYNC110 - other processes have no event
            await asyncio.sleep(0.05)
    for process in others:
        process.terminate()
        await process.wait()

    effects = await store.fetch("SELECT id FROM provisioning_event")
    assert 0 < len(held) < 40
    assert sorted(store.as_uuid(row[0]) for row in effects) == sorted(ids)
