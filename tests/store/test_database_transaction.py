"""Transactions: all or nothing, nested, shared by tasks or not, the same on both engines."""

# ruff: noqa: PT012 what a failing block leaves behind is the point

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import uuid4

import pytest
from tests.store.ledger import Account, adding, balance, depositing, entries, names, new_account, opened
from tortoise.exceptions import TransactionManagementError
from tortoise.transactions import in_transaction

from gatehouse.store import database
from gatehouse.store.database import Database, UniqueViolation


@pytest.fixture
async def ledger(empty_database_url: str) -> AsyncIterator[Database]:
    async with opened(empty_database_url) as ledger:
        yield ledger


async def test_a_transaction_is_committed(ledger: Database):
    async with database.transaction():
        account_id = await new_account()
        await database.write(depositing(account_id, 3))
        assert await balance(account_id) == (1, 3)

    assert await balance(account_id) == await entries(account_id) == (1, 3)


async def test_a_transaction_is_undone_by_an_exception(ledger: Database):
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            await new_account()
            await Account.create(id=uuid4(), name="orm", version=0, balance=0)
            raise ZeroDivisionError

    assert await names() == []


async def test_models_join_the_transaction_and_the_other_way_round(ledger: Database):
    async with database.transaction():
        await Account.create(id=uuid4(), name="orm", version=0, balance=0)
        assert await names() == ["orm"]
        await new_account("raw")
        assert await Account.filter(name="raw").count() == 1
    with pytest.raises(ZeroDivisionError):
        async with in_transaction():
            await new_account("lost")
            raise ZeroDivisionError

    assert await names() == ["orm", "raw"]


async def test_nobody_sees_what_is_not_committed(ledger: Database):
    async with database.transaction():
        await new_account()
        if ledger.dialect == "sqlite":
            await database.execute("UPDATE account SET version = 5")
        seen = await database.spawn(names())

    assert seen == []
    assert await names() == ["cash"]


async def test_a_nested_transaction_is_undone_alone(ledger: Database):
    async with database.transaction():
        await new_account("outer")
        with pytest.raises(UniqueViolation):
            async with database.transaction():
                await new_account("inner")
                await new_account("outer")
        async with database.transaction():
            await new_account("second")

    assert await names() == ["outer", "second"]


async def test_a_cancelled_nested_transaction_is_never_committed(ledger: Database):
    async with database.transaction():
        await new_account("outer")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), database.transaction():
                await new_account("inner")
                await asyncio.sleep(1)

    assert await names() == ["outer"]


async def test_a_failure_passed_over_in_a_transaction_commits_all_the_rest_or_nothing(ledger: Database):
    await new_account("taken")

    async def passing_over() -> None:
        async with database.transaction():
            await new_account("mine")
            with pytest.raises(UniqueViolation):
                await database.write([adding("with it"), adding("taken")])

    if ledger.dialect == "sqlite":
        await passing_over()
        assert await names() == ["mine", "taken"]
    else:
        with pytest.raises(TransactionManagementError):
            await passing_over()
        assert await names() == ["taken"]


async def test_tasks_gathered_in_a_transaction_share_it(ledger: Database):
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            await asyncio.gather(*[new_account(f"{n}") for n in range(20)])
            assert len(await names()) == 20
            raise ZeroDivisionError

    assert await names() == []


async def test_a_spawned_task_is_outside_the_transaction(ledger: Database):
    with pytest.raises(ZeroDivisionError):
        async with database.transaction():
            await new_account("undone")
            task = database.spawn(new_account("kept"))
            raise ZeroDivisionError
    await task

    assert await names() == ["kept"]


@pytest.mark.parametrize("use", [names, new_account, lambda: Account.all().count()])
async def test_a_task_that_outlives_its_transaction_is_refused(use: Callable, ledger: Database):
    ended = asyncio.Event()

    async def straggle() -> None:
        await ended.wait()
        await use()

    async with database.transaction():
        task = asyncio.create_task(straggle())
    ended.set()

    with pytest.raises(TransactionManagementError):
        await task
    assert await names() == []
