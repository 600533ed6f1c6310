"""What only SQLite has: a file shared by processes, and everything that can be wrong with a file."""

# ruff: noqa: PT012 what a failing block leaves behind is the point

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from tests.disk import no_room
from tests.store.ledger import OPTIONS, adding, balance, depositing, entries, names, new_account, opened

from gatehouse.errors import StaleVersion, Unavailable
from gatehouse.store import database
from gatehouse.store.database import Database

PROCESSES = 4
DEPOSITS = 50


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
async def ledger(file: Path) -> AsyncIterator[Database]:
    async with opened(f"sqlite:///{file}") as ledger:
        yield ledger


# Several processes on one file


async def test_processes_on_one_file_lose_no_update(ledger: Database, file: Path):
    account_id = await new_account()

    assert await _in_processes(_deposit_in_batches, file, account_id) == [0] * PROCESSES

    assert await balance(account_id) == await entries(account_id) == (PROCESSES * DEPOSITS, PROCESSES * DEPOSITS)


async def test_processes_hold_transactions_in_turn(ledger: Database, file: Path):
    account_id = await new_account()

    assert await _in_processes(_deposit_in_transactions, file, account_id) == [0] * PROCESSES

    assert await balance(account_id) == await entries(account_id) == (PROCESSES * DEPOSITS, PROCESSES * DEPOSITS)


async def test_processes_open_a_new_file_at_once(file: Path):
    assert await _in_processes(_create, file, None) == [0] * PROCESSES

    async with opened(f"sqlite:///{file}"):
        assert await names() == []


async def _in_processes(work, file: Path, account_id: UUID | None) -> list[int | None]:
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(PROCESSES)
    processes = [context.Process(target=_run, args=(work, start, file, account_id)) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    for process in processes:
        await asyncio.to_thread(process.join, 30)
    return [process.exitcode for process in processes]


def _run(work, start, file: Path, account_id: UUID | None) -> None:
    asyncio.run(work(start, file, account_id))


async def _deposit_in_batches(start, file: Path, account_id: UUID) -> None:
    ledger = await Database.open(f"sqlite:///{file}", options=OPTIONS)
    start.wait()

    async def deposit() -> None:
        while True:
            version, _ = await balance(account_id)
            await asyncio.sleep(0)
            try:
                return await database.write(depositing(account_id, 1, version=version))
            except StaleVersion:
                continue

    with ledger.activate():
        for _ in range(DEPOSITS // 5):
            await asyncio.gather(*[deposit() for _ in range(5)])
    await ledger.close()


async def _deposit_in_transactions(start, file: Path, account_id: UUID) -> None:
    ledger = await Database.open(f"sqlite:///{file}", options=OPTIONS)
    start.wait()
    with ledger.activate():
        for _ in range(DEPOSITS):
            async with database.transaction():
                version, _ = await balance(account_id)
                await asyncio.sleep(0)
                await database.write(depositing(account_id, 1, version=version))
    await ledger.close()


async def _create(start, file: Path, account_id: None) -> None:
    start.wait()
    async with opened(f"sqlite:///{file}"):
        await names()


@contextmanager
def _another_process_writes(file: Path) -> Iterator[sqlite3.Connection]:
    """Hold the lock of the file, as another process would."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        other.close()


async def test_waiting_for_another_process_does_not_stop_the_loop(ledger: Database, file: Path):
    with _another_process_writes(file) as other:
        waiting = [asyncio.create_task(new_account(f"{n}")) for n in range(5)]
        longest = await _longest_pause_s(0.2)
        read = await names()
        other.execute("COMMIT")
        await asyncio.gather(*waiting)

    assert longest < 0.1
    assert read == []
    assert await names() == ["0", "1", "2", "3", "4"]


async def _longest_pause_s(duration_s: float) -> float:
    """How long the event loop was away at most."""
    longest, end = 0.0, time.monotonic() + duration_s
    while (before := time.monotonic()) < end:
        await asyncio.sleep(0.001)
        longest = max(longest, time.monotonic() - before)
    return longest


async def test_another_process_that_never_ends(file: Path):
    async with opened(f"sqlite:///{file}", lock_timeout_s=0.1):
        with _another_process_writes(file):
            with pytest.raises(Unavailable, match="busy"):
                await new_account()
            with pytest.raises(Unavailable, match="busy"):
                async with database.transaction():
                    await new_account()

        await new_account("afterwards")

        assert await names() == ["afterwards"]


# Reading


async def test_a_read_that_stops_early_leaves_no_old_snapshot(ledger: Database):
    await database.write([adding(f"{n}") for n in range(10)])

    await database.fetch_one("SELECT name FROM account ORDER BY name")
    await database.execute("DELETE FROM account")

    assert await database.fetch_one("SELECT name FROM account ORDER BY name") is None


async def test_the_reading_connection_cannot_write(ledger: Database):
    with pytest.raises(sqlite3.OperationalError):
        ledger._engine._reader.execute("DELETE FROM account")


async def test_a_database_in_memory_shows_only_what_is_committed():
    async with opened("sqlite://:memory:"):
        async with database.transaction():
            await new_account()
            others = database.spawn(names())
            await asyncio.sleep(0.01)
            await database.execute("UPDATE account SET name = 'in the end'")

        assert await others == ["in the end"]


# What can be wrong


async def test_a_statement_that_takes_too_long(file: Path):
    endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    async with opened(f"sqlite:///{file}", statement_timeout_s=0.1):
        with pytest.raises(Unavailable, match="took too long"):
            await database.fetch(endless)
        with pytest.raises(Unavailable, match="took too long"):
            async with database.transaction():
                await new_account()
                await database.fetch(endless)

        assert await names() == []


@pytest.mark.parametrize("path", ["missing/ledger.db", "."])
async def test_a_file_that_cannot_be_opened(path: str, tmp_path: Path):
    with pytest.raises(Unavailable, match="cannot be opened"):
        await Database.open(f"sqlite:///{tmp_path}/{path}", options=OPTIONS)


async def test_a_file_that_can_be_opened_later(tmp_path: Path):
    directory = tmp_path / "missing"
    later = await Database.open(f"sqlite:///{directory}/ledger.db", options=OPTIONS, connect=False)

    with later.activate():
        for use in (names, new_account, names, database.ping, new_account):
            with pytest.raises(Unavailable, match="cannot be opened"):
                await use()
        with pytest.raises(Unavailable):
            async with database.transaction():
                pass
        directory.mkdir()
        await database.ping()
    await later.close()

    assert not later._engine.turn.locked()


async def test_a_file_that_is_no_database(file: Path):
    file.write_bytes(b"not a database " * 1000)  # noqa: ASYNC240 nothing else runs

    with pytest.raises(Unavailable, match="cannot be opened"):
        await Database.open(f"sqlite:///{file}", options=OPTIONS)


async def test_a_full_disk(ledger: Database):
    account_id = await new_account()
    await _limit_pages(0)
    too_much = [adding("x" * 4000 + str(n)) for n in range(20)]

    with pytest.raises(Unavailable, match="full"):
        await database.write([*depositing(account_id, 1), *too_much])
    with pytest.raises(Unavailable, match="full"):
        async with database.transaction():
            await new_account("undone")
            await database.write(too_much)
    await _limit_pages(1000)
    await database.write(depositing(account_id, 1))

    assert await names() == ["cash"]
    assert await balance(account_id) == await entries(account_id) == (1, 1)


async def test_who_asks_is_told_of_a_full_disk(ledger: Database, file: Path):
    """As soon as a write has met it, until there is room again; and asking changes nothing."""
    pings = []
    with no_room(file):
        pings.append(await _can_work())
        with pytest.raises(Unavailable):
            await new_account("too much")
        pings += [await _can_work(), await _can_work()]
    pings.append(await _can_work())
    with no_room(file):
        with pytest.raises(Unavailable):
            async with database.transaction():
                await new_account("too much")
        pings.append(await _can_work())
    pings.append(await _can_work())

    assert pings == [True, False, False, True, False, True]
    assert await names() == []
    assert [tuple(row) for row in await database.fetch("PRAGMA user_version")] == [(0,)]


async def test_room_for_a_page_is_no_room(ledger: Database, file: Path):
    with no_room(file, left=5 * 4_200):
        with pytest.raises(Unavailable):
            await database.write([adding("x" * 4000 + str(n)) for n in range(20)])
        pings = [await _can_work(), await _can_work()]
    pings.append(await _can_work())

    assert pings == [False, False, True]


async def _can_work() -> bool:
    try:
        await database.ping()
    except Unavailable:
        return False
    return True


@pytest.mark.parametrize("more", [[], ["must not be committed alone"]])
async def test_a_transaction_that_sqlite_itself_has_undone(more: list[str], ledger: Database):
    await _limit_pages(0)

    with pytest.raises(Unavailable, match="gave up the transaction"):
        async with database.transaction():
            await new_account("undone")
            with pytest.raises(Unavailable, match="full"):
                await database.write([adding("x" * 4000 + str(n)) for n in range(20)])
            for name in more:
                await new_account(name)

    assert await names() == []


async def _limit_pages(more: int) -> None:
    """Let the file grow by so many pages only."""
    pages = await database.fetch_one("PRAGMA page_count")
    await database.execute(f"PRAGMA max_page_count = {pages[0] + more}")


async def test_a_transaction_begun_by_hand_is_nobodys(ledger: Database):
    await database.execute("BEGIN")
    await new_account()
    async with database.transaction():
        await new_account("other")
    await database.execute("BEGIN")
    async with database.transaction():
        await new_account("third")

    assert await names() == ["cash", "other", "third"]


async def test_closed_in_the_middle_of_a_transaction(ledger: Database):
    with pytest.raises(Unavailable, match="closed"):
        async with database.transaction():
            await new_account()
            await ledger.close()
            await new_account("late")

    with pytest.raises(Unavailable, match="closed"):
        await names()


async def test_what_is_committed_survives_a_kill(ledger: Database, file: Path):
    account_id = await new_account()
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(_deposit_until_killed, sender, file, account_id))
    process.start()
    sender.close()

    acknowledged = 0
    while acknowledged < 50:
        acknowledged += await asyncio.to_thread(receiver.recv)
    process.kill()
    process.join()
    while receiver.poll():
        try:
            acknowledged += receiver.recv()
        except EOFError:
            break

    assert await balance(account_id) == await entries(account_id)
    assert (await balance(account_id))[1] in {acknowledged, acknowledged + 1}


async def _deposit_until_killed(sender, file: Path, account_id: UUID) -> None:
    ledger = await Database.open(f"sqlite:///{file}", options=OPTIONS)
    with ledger.activate():
        while os.getppid() != 1:
            await database.write(depositing(account_id, 1))
            sender.send(1)


async def test_settings_of_the_connections(ledger: Database):
    settings = {}
    for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout"):
        row = await database.fetch_one(f"PRAGMA {name}")
        settings[name] = row[0]

    assert settings == {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2, "busy_timeout": 0}
