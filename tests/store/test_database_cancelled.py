"""Cancellation at any moment leaves no lock, no connection and no half-done work behind, on both engines."""

# ruff: noqa: S311 chance, not secrets

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest
from tests.store.ledger import Account, balance, depositing, entries, new_account, opened
from tortoise.expressions import F

from gatehouse.errors import StaleVersion, Unavailable
from gatehouse.store import database
from gatehouse.store.database import Database
from gatehouse.store.engine_asyncpg import AsyncpgEngine

TASKS = 200


@pytest.fixture
async def ledger(empty_database_url: str) -> AsyncIterator[Database]:
    async with opened(empty_database_url, acquire_timeout_s=10, lock_timeout_s=10) as ledger:
        yield ledger


async def _in_a_batch(account_id: UUID) -> None:
    await database.write(depositing(account_id, 1))


async def _in_a_transaction(account_id: UUID) -> None:
    async with database.transaction():
        change, record = depositing(account_id, 1)
        await database.execute(change.sql, *change.parameters)
        await asyncio.sleep(random.uniform(0, 0.001))
        await database.execute(record.sql, *record.parameters)


async def _through_models(account_id: UUID) -> None:
    async with database.transaction():
        async with database.transaction():
            await Account.filter(id=account_id).update(balance=F("balance") + 1, version=F("version") + 1)
        await asyncio.sleep(0)
        await database.write(depositing(account_id, 0)[1:])
        await database.write(depositing(account_id, 1)[1:])
        await Account.filter(id=account_id).update(version=F("version") + 1)


async def _cancelled_at_random(work: Callable[[], Awaitable[None]], at_most_s: float) -> bool:
    """Whether it was done before it was cancelled."""
    try:
        async with asyncio.timeout(random.uniform(0, at_most_s)):
            await work()
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("work", [_in_a_batch, _in_a_transaction, _through_models])
async def test_a_storm_of_cancellations(work: Callable[[UUID], Awaitable[None]], ledger: Database):
    accounts = [await new_account(f"{n}") for n in range(4)]

    outcomes = await asyncio.gather(
        *[_cancelled_at_random(lambda n=n: work(accounts[n % 4]), at_most_s=0.1) for n in range(TASKS)]
    )
    await asyncio.gather(*[work(account_id) for account_id in accounts])  # everything works as before

    await _nothing_is_held(ledger)
    done = 0
    for account_id in accounts:
        assert await balance(account_id) == await entries(account_id)
        done += (await balance(account_id))[1]
    assert done >= sum(outcomes) + 4


async def test_cancelled_while_the_first_holds_the_row(ledger: Database):
    account_id = await new_account()

    async with database.transaction():
        await database.execute("UPDATE account SET version = version + 0")
        waiting = [database.spawn(_in_a_batch(account_id)) for _ in range(20)]
        await asyncio.sleep(0.05)
        for task in waiting[:15]:
            task.cancel()
        await asyncio.wait(waiting[:15])
        await _let_go(ledger)
    await asyncio.gather(*waiting[15:])

    await _nothing_is_held(ledger)
    assert await balance(account_id) == await entries(account_id) == (5, 5)


async def test_cancelled_at_every_step_of_one_transaction(ledger: Database):
    account_id = await new_account()

    for steps in range(60):
        task = database.spawn(_in_a_transaction(account_id))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    await _nothing_is_held(ledger)
    assert await balance(account_id) == await entries(account_id)


async def test_a_deadline_around_a_statement_that_waits(ledger: Database):
    account_id = await new_account()

    async with database.transaction():
        await database.execute("UPDATE account SET version = version + 0")
        impatient = database.spawn(_cancelled_at_random(lambda: _in_a_transaction(account_id), at_most_s=0.01))
        assert await impatient is False

    await _in_a_batch(account_id)
    assert await balance(account_id) == await entries(account_id) == (1, 1)


async def test_a_lock_that_is_held_for_too_long(empty_database_url: str):
    async with opened(empty_database_url, lock_timeout_s=0.2) as ledger:
        account_id = await new_account()

        async with database.transaction():
            await database.execute("UPDATE account SET version = version + 0")
            with pytest.raises(Unavailable, match="busy") as caught:
                await database.spawn(_in_a_batch(account_id))
            with pytest.raises(Unavailable, match="busy"):
                await database.spawn(_in_a_transaction(account_id))
            await database.write(depositing(account_id, 1))

        assert caught.value.retry_after_s == 1
        assert await balance(account_id) == await entries(account_id) == (1, 1)
        await _nothing_is_held(ledger)


async def test_a_storm_of_stale_versions_and_cancellations(ledger: Database):
    account_id = await new_account()

    async def compare_and_swap() -> None:
        while True:
            version, _ = await balance(account_id)
            try:
                return await database.write(depositing(account_id, 1, version=version))
            except StaleVersion:
                await asyncio.sleep(0)

    await asyncio.gather(*[_cancelled_at_random(compare_and_swap, at_most_s=0.3) for _ in range(TASKS)])
    await compare_and_swap()

    await _nothing_is_held(ledger)
    assert await balance(account_id) == await entries(account_id)


async def _let_go(ledger: Database) -> None:
    """Wait until the server has stopped what it did for those who were cancelled."""
    if isinstance(ledger._engine, AsyncpgEngine):
        async with asyncio.timeout(2):
            await asyncio.gather(*ledger._engine.pool._retiring)


async def _nothing_is_held(ledger: Database) -> None:
    engine = ledger._engine
    if isinstance(engine, AsyncpgEngine):
        await _let_go(ledger)
        assert (engine.pool.in_use, engine.pool.waiting) == (0, 0)
        assert all(not connection.is_in_transaction() for connection, _ in engine.pool._idle)
    else:
        assert not engine.turn.locked()
        assert not engine._writer.in_transaction
