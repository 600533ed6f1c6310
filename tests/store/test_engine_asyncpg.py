"""What only PostgreSQL has: a server that goes away, a pool of connections, rows that lock each other."""

# ruff: noqa: PT012 what a failing block leaves behind is the point

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest
from tests.postgres import PostgresServer, private_server
from tests.store.ledger import OPTIONS, adding, balance, depositing, entries, names, new_account, opened

from gatehouse.errors import StaleVersion, Unavailable
from gatehouse.store import database
from gatehouse.store.database import Database, Dialect, Statement
from gatehouse.store.postgres_pool import Pool

IS_AT = "SELECT 1 FROM account WHERE id = $1 AND version = $2"


@pytest.fixture(scope="module")
def crashing_server() -> Iterator[PostgresServer]:
    """A server that keeps what it has acknowledged when it crashes."""
    with private_server(fsync=True) as server:
        yield server


@pytest.fixture
def engine() -> Dialect:
    return "postgres"


@pytest.fixture
async def ledger(empty_database_url: str) -> AsyncIterator[Database]:
    async with opened(empty_database_url) as ledger:
        yield ledger


def _pool(ledger: Database) -> Pool:
    return ledger._engine.pool


async def _in_use(ledger: Database) -> int:
    """Connections that are neither idle nor closed."""
    await asyncio.gather(*_pool(ledger)._retiring)
    return _pool(ledger).in_use


# A server that goes away


class Load:
    """Clients that deposit without pause, in batches and in transactions, and remember what they were told."""

    def __init__(self, accounts: list[UUID]) -> None:
        self.acknowledged = dict.fromkeys(accounts, 0)
        self.refused: list[Exception] = []
        self._stop = asyncio.Event()
        self._clients = [asyncio.create_task(self._deposit(account_id)) for account_id in accounts]

    async def stop(self) -> None:
        self._stop.set()
        await asyncio.gather(*self._clients)

    async def progress(self, deposits: int) -> float:
        """Seconds until so many more are acknowledged."""
        started, before = time.monotonic(), sum(self.acknowledged.values())
        while sum(self.acknowledged.values()) < before + deposits:  # noqa: ASYNC110 counted by several tasks
            await asyncio.sleep(0.01)
        return time.monotonic() - started

    async def _deposit(self, account_id: UUID) -> None:
        while not self._stop.is_set():
            try:
                if self.acknowledged[account_id] % 2:
                    await database.write(depositing(account_id, 1))
                else:
                    async with database.transaction():
                        await database.write(depositing(account_id, 1))
                self.acknowledged[account_id] += 1
            except Exception as error:  # noqa: BLE001 the test judges them
                self.refused.append(error)
                await asyncio.sleep(0.01)


async def test_a_server_that_crashes_under_load(crashing_server: PostgresServer):
    async with opened(crashing_server.url) as ledger:
        load = Load([await new_account(f"{n}") for n in range(12)])
        await load.progress(200)
        await asyncio.to_thread(crashing_server.restart, "immediate")
        recovered_s = await load.progress(200)
        await load.stop()

        assert {type(error) for error in load.refused} == {Unavailable}
        assert recovered_s < 5
        assert await _in_use(ledger) == 0
        for account_id, acknowledged in load.acknowledged.items():
            version, total = await balance(account_id)
            assert (version, total) == await entries(account_id)
            assert total >= acknowledged


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_between_requests_costs_none(mode: str, crashing_server: PostgresServer):
    async with opened(crashing_server.url) as ledger:
        account_id = await new_account()
        await _fill(_pool(ledger))

        await asyncio.to_thread(crashing_server.restart, mode)
        await asyncio.gather(*[names() for _ in range(8)])
        await _fill(_pool(ledger))
        crashing_server.restart(mode)  # the loop stands still meanwhile: it has not heard of it
        await names()
        async with database.transaction():
            await database.write(depositing(account_id, 1))

        assert await balance(account_id) == (1, 1)
        assert await _in_use(ledger) == 0


async def _fill(pool: Pool) -> None:
    connections = [await pool.acquire() for _ in range(pool.size)]
    for connection in connections:
        pool.release(connection)


async def test_a_server_that_is_down(crashing_server: PostgresServer):
    crashing_server.stop()
    try:
        started = time.monotonic()
        with pytest.raises(Unavailable, match="cannot be reached") as caught:
            await Database.open(crashing_server.url, options=OPTIONS)
        later = await Database.open(crashing_server.url, options=OPTIONS, connect=False)
        with later.activate():
            for use in (names, new_account, database.ping):
                with pytest.raises(Unavailable, match="cannot be reached"):
                    await use()
            with pytest.raises(Unavailable):
                async with database.transaction():
                    pass

            assert time.monotonic() - started < 1
            assert isinstance(caught.value.__cause__, OSError)
            assert await _in_use(later) == 0
            crashing_server.start()
            await database.ping()
        await later.close()
    finally:
        if not crashing_server.running:
            crashing_server.start()


async def test_a_server_that_does_not_answer():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
        started = time.monotonic()
        with pytest.raises(Unavailable, match="cannot be reached"):
            await Database.open(url, options=replace(OPTIONS, connect_timeout_s=0.2))

        assert time.monotonic() - started < 1


async def test_a_database_that_does_not_exist(empty_database_url: str):
    with pytest.raises(Unavailable, match="cannot be reached") as caught:
        await Database.open(f"{empty_database_url.rpartition('/')[0]}/nowhere", options=OPTIONS)

    assert 'database "nowhere" does not exist' in str(caught.value.__cause__)


async def test_a_standby_is_not_ready(ledger: Database):
    account_id = await new_account()
    await database.execute("SET default_transaction_read_only = on")  # on the one connection that is open

    with pytest.raises(Unavailable, match="read-only"):
        await database.write(depositing(account_id, 1))

    await database.write(depositing(account_id, 1))  # on a new connection
    assert await balance(account_id) == (1, 1)


# The pool


async def test_no_more_connections_than_allowed(empty_database_url: str):
    async with opened(empty_database_url, pool_size=2, acquire_timeout_s=0.2) as ledger:
        taken = [await _pool(ledger).acquire() for _ in range(2)]
        with pytest.raises(Unavailable, match="busy"):
            await names()
        waiting = asyncio.create_task(names())
        await asyncio.sleep(0.01)
        assert (_pool(ledger).in_use, _pool(ledger).waiting) == (2, 1)
        for connection in taken:
            _pool(ledger).release(connection)

        assert await waiting == []
        assert (_pool(ledger).in_use, _pool(ledger).waiting) == (0, 0)


async def test_a_lost_place_is_given_to_the_next(empty_database_url: str):
    async with opened(empty_database_url, pool_size=1) as ledger:
        taken = await _pool(ledger).acquire()
        waiting = [asyncio.create_task(names()) for _ in range(3)]
        await asyncio.sleep(0.01)
        waiting[0].cancel()
        _pool(ledger).discard(taken)

        assert await asyncio.gather(*waiting[1:]) == [[], []]
        assert await _in_use(ledger) == 0


async def test_served_and_cancelled_in_the_same_moment(empty_database_url: str):
    async with opened(empty_database_url, pool_size=1) as ledger:
        for give_back in (Pool.release, Pool.discard):
            taken = await _pool(ledger).acquire()
            waiting = asyncio.create_task(_pool(ledger).acquire())
            await asyncio.sleep(0)
            give_back(_pool(ledger), taken)
            waiting.cancel()
            await asyncio.wait([waiting])

            assert await _in_use(ledger) == 0
            assert await names() == []


async def test_the_connection_used_last_is_used_next(ledger: Database):
    await asyncio.gather(*[names() for _ in range(5)])

    pids = {(await database.fetch_one("SELECT pg_backend_pid()"))[0] for _ in range(20)}

    assert len(pids) == 1


async def test_a_connection_that_was_silent_for_long_is_not_used(empty_database_url: str):
    async with opened(empty_database_url, max_idle_s=0) as ledger:
        before = await database.fetch_one("SELECT pg_backend_pid()")

        assert await database.fetch_one("SELECT pg_backend_pid()") != before
        assert await _in_use(ledger) == 0


async def test_connections_are_closed_in_the_end(empty_database_url: str):
    async with opened(empty_database_url) as ledger:
        await _fill(_pool(ledger))
        taken = await _pool(ledger).acquire()

    assert taken.is_closed() is False
    _pool(ledger).release(taken)
    assert taken.is_closed()
    assert await _in_use(ledger) == 0


async def test_settings_of_the_connections(ledger: Database):
    settings = {}
    for name in ("application_name", "statement_timeout", "lock_timeout", "jit", "timezone", "transaction_isolation"):
        row = await database.fetch_one(f"SHOW {name}")
        settings[name] = row[0]

    assert settings == {
        "application_name": "gatehouse",
        "statement_timeout": "5s",
        "lock_timeout": "3s",
        "jit": "off",
        "timezone": "UTC",
        "transaction_isolation": "read committed",
    }


# Deadlines and locks


async def test_a_statement_that_takes_too_long(empty_database_url: str):
    async with opened(empty_database_url, statement_timeout_s=0.5) as ledger:
        before = await database.fetch_one("SELECT pg_backend_pid()")
        with pytest.raises(Unavailable, match="too long"):
            await database.fetch("SELECT pg_sleep(5)")

        assert await database.fetch_one("SELECT pg_backend_pid()") == before
        assert await _in_use(ledger) == 0


async def test_a_server_that_stands_still(empty_database_url: str):
    async with opened(empty_database_url, statement_timeout_s=0.1) as ledger:
        await database.execute("SET statement_timeout = 0")
        started = time.monotonic()
        with pytest.raises(Unavailable, match="lost"):
            await database.fetch("SELECT pg_sleep(30)")

        assert time.monotonic() - started < 2
        assert await _in_use(ledger) == 0


async def test_a_server_that_stops_reading(empty_database_url: str):
    """Rows that fill the buffers of the connection wait no longer than an answer does."""
    async with opened(empty_database_url, statement_timeout_s=0.1) as ledger:
        await database.execute("CREATE TABLE heap (text text)")
        insert = "INSERT INTO heap VALUES ($1)"
        await database.execute_many(insert, [("prepared",)])
        row = await database.fetch_one("SELECT pg_backend_pid()")
        assert row
        os.kill(row[0], signal.SIGSTOP)
        try:
            started = time.monotonic()
            with pytest.raises(Unavailable, match="lost"):
                await database.execute_many(insert, [("x" * 100_000,)] * 200)
        finally:
            os.kill(row[0], signal.SIGCONT)

        assert time.monotonic() - started < 2
        assert await _in_use(ledger) == 0


async def test_a_guard_waits_for_the_change_and_then_refuses(ledger: Database):
    account_id = await new_account()
    guarded = [adding("mapped as before"), Statement(IS_AT, (account_id, 0), rows=1)]

    async with database.transaction():
        await database.execute("UPDATE account SET version = version + 1 WHERE id = $1", account_id)
        batch = database.spawn(database.write(guarded))
        await asyncio.sleep(0.1)
        assert not batch.done()

    with pytest.raises(StaleVersion):
        await batch
    assert await names() == ["cash"]


async def test_a_guard_passes_when_the_change_was_undone(ledger: Database):
    account_id = await new_account()
    guarded = [adding("other"), Statement(IS_AT, (account_id, 0), rows=1)]

    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            await database.execute("UPDATE account SET version = version + 1 WHERE id = $1", account_id)
            batch = database.spawn(database.write(guarded))
            await asyncio.sleep(0.1)
            raise ZeroDivisionError
    await batch

    assert await names() == ["cash", "other"]


async def test_a_change_waits_for_the_guarded_batch(ledger: Database):
    account_id = await new_account()

    async with database.transaction():
        await database.write([adding("other"), Statement(IS_AT, (account_id, 0), rows=1)])
        change = database.spawn(database.write(depositing(account_id, 1)))
        await asyncio.sleep(0.1)
        assert not change.done()
    await change

    assert await balance(account_id) == (1, 1)


async def test_guards_do_not_wait_for_each_other(ledger: Database):
    account_id = await new_account()
    guard = Statement(IS_AT, (account_id, 0), rows=1)

    async with database.transaction():
        await database.write([adding("first"), guard])
        await database.spawn(database.write([adding("second"), guard]))

    assert await names() == ["cash", "first", "second"]


async def test_a_deadlock_is_a_reason_to_try_again(ledger: Database):
    first, second = await new_account("first"), await new_account("second")
    half_way = asyncio.Barrier(2)

    async def crossing(one, other) -> None:
        async with database.transaction():
            await database.write(depositing(one, 1))
            await half_way.wait()
            await database.write(depositing(other, 1))

    outcomes = await asyncio.gather(crossing(first, second), crossing(second, first), return_exceptions=True)

    assert sorted(map(type, outcomes), key=str) == [type(None), Unavailable]
    assert await balance(first) == await balance(second) == (1, 1)
    assert await _in_use(ledger) == 0


async def test_a_backend_that_is_terminated_in_a_transaction(ledger: Database):
    with pytest.raises(Unavailable):
        async with database.transaction():
            await new_account()
            row = await database.fetch_one("SELECT pg_backend_pid()")
            await database.spawn(database.execute("SELECT pg_terminate_backend($1)", row[0]))
            await asyncio.sleep(0.05)
            await new_account("late")

    assert await names() == []
    assert await _in_use(ledger) == 0


async def test_a_wrong_parameter_is_a_bug(ledger: Database):
    with pytest.raises(Exception, match="expected str, got int") as caught:
        await database.fetch("SELECT name FROM account WHERE name = $1", 1)

    assert not isinstance(caught.value, Unavailable)
    assert await _in_use(ledger) == 0


async def test_a_table_changed_by_a_migration_meanwhile(ledger: Database, empty_database_url: str):
    migrating = await asyncpg.connect(empty_database_url)
    await database.fetch("SELECT * FROM account")

    await migrating.execute("ALTER TABLE account ADD COLUMN note TEXT")
    assert await database.fetch("SELECT * FROM account") == []
    with pytest.raises(Unavailable, match="has changed"):
        async with database.transaction():
            await migrating.execute("ALTER TABLE account ADD COLUMN other TEXT")
            await database.fetch("SELECT * FROM account")
    async with database.transaction():
        assert await database.fetch("SELECT * FROM account") == []

    await migrating.close()
