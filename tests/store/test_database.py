"""What both engines promise: the same calls, the same outcome, on SQLite and on PostgreSQL."""

# ruff: noqa: PT012 what a failing block leaves behind is the point

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.store.ledger import (
    OPTIONS,
    Account,
    adding,
    balance,
    depositing,
    entries,
    names,
    new_account,
    opened,
)
from tortoise.exceptions import IntegrityError, OperationalError
from tortoise.expressions import F

from gatehouse.errors import StaleVersion, Unavailable
from gatehouse.store import database
from gatehouse.store.database import Database, Statement, UniqueViolation


@pytest.fixture
async def ledger(empty_database_url: str) -> AsyncIterator[Database]:
    async with opened(empty_database_url) as ledger:
        yield ledger


# Reading and single statements


async def test_a_row_by_name_by_position_and_as_dict(ledger: Database):
    account_id = await new_account("éva")

    row = await database.fetch_one("SELECT id, name, version FROM account WHERE id = $1", account_id)

    assert row is not None
    assert database.as_uuid(row["id"]) == account_id
    assert (row["name"], row[1], list(row.keys())) == ("éva", "éva", ["id", "name", "version"])
    assert dict(row)["version"] == 0


async def test_parameters_of_every_kind(ledger: Database):
    blob = "BLOB" if ledger.dialect == "sqlite" else "BYTEA"
    await database.execute_script(f"CREATE TABLE kind (t TEXT, i BIGINT, b BOOL, f FLOAT, x {blob}, u CHAR(36), n INT)")
    given = ("it's $1", 2**62, True, 1.5, b"\x00\xff", str(uuid4()), None)

    await database.execute("INSERT INTO kind VALUES ($1, $2, $3, $4, $5, $6, $7)", *given)
    row = await database.fetch_one("SELECT t, i, b, f, x, u, n FROM kind WHERE b = $2 AND t = $1", given[0], True)

    assert row is not None
    assert tuple(row) == given


async def test_no_row(ledger: Database):
    found = await database.fetch_one("SELECT name FROM account WHERE name = $1", "nobody")
    rows = await database.fetch("SELECT name FROM account")

    assert found is None
    assert rows == []


async def test_the_number_of_rows_affected(ledger: Database):
    await database.execute_many(
        "INSERT INTO account (id, name, version, balance) VALUES ($1, $2, 0, $3)",
        [(uuid4(), name, amount) for name, amount in (("a", 1), ("b", 1), ("c", 2))],
    )

    assert await database.execute("UPDATE account SET version = 1 WHERE balance = $1", 1) == 2
    assert await database.execute("DELETE FROM account WHERE name = $1", "nobody") == 0


async def test_a_write_with_returning_gives_its_rows(ledger: Database):
    await new_account()

    rows = await database.fetch("UPDATE account SET version = version + 1 RETURNING name, version")

    assert [(row["name"], row["version"]) for row in rows] == [("cash", 1)]


async def test_execute_many_writes_all_rows_or_none(ledger: Database):
    rows = [(uuid4(), name) for name in ("a", "b", "a")]

    with pytest.raises(UniqueViolation):
        await database.execute_many("INSERT INTO account (id, name, version, balance) VALUES ($1, $2, 0, 0)", rows)

    assert await names() == []


async def test_a_script_runs_wholly_or_not_at_all(ledger: Database):
    with pytest.raises(OperationalError):
        await database.execute_script("CREATE TABLE other (id INT); INSERT INTO nowhere VALUES (1)")

    assert await database.execute("CREATE TABLE other (id INT)") == 0


async def test_bad_sql_is_a_bug_and_leaves_the_connection_usable(ledger: Database):
    with pytest.raises(OperationalError):
        await database.fetch("SELECT nothing FROM account")

    await database.ping()


# Batches


async def test_a_batch_takes_effect_as_a_whole(ledger: Database):
    account_id = await new_account()

    await database.write(depositing(account_id, 5, version=0))

    assert await balance(account_id) == await entries(account_id) == (1, 5)


async def test_an_empty_batch(ledger: Database):
    await database.write([])

    assert await names() == []


@pytest.mark.parametrize("filler", [0, 80])
async def test_a_missed_expectation_writes_nothing(filler: int, ledger: Database):
    account_id = await new_account()
    batch = [adding("before"), *[adding(f"filler {n}") for n in range(filler)], *depositing(account_id, 5, version=7)]

    with pytest.raises(StaleVersion):
        await database.write(batch)

    assert await names() == ["cash"]
    assert await balance(account_id) == await entries(account_id) == (0, 0)


@pytest.mark.parametrize("filler", [0, 80])
async def test_too_many_rows_are_a_missed_expectation_too(filler: int, ledger: Database):
    await database.write([adding("a"), adding("b")])
    everywhere = Statement("UPDATE account SET balance = 9", (), rows=1)

    with pytest.raises(StaleVersion):
        await database.write([everywhere, *[adding(f"filler {n}") for n in range(filler)]])

    assert await database.fetch("SELECT name FROM account WHERE balance = 9") == []


@pytest.mark.parametrize("filler", [0, 80])
async def test_a_guard(filler: int, ledger: Database):
    account_id = await new_account()
    more = [adding(f"filler {n}") for n in range(filler)]
    seen = "SELECT 1 FROM account WHERE id = $1 AND version = $2"

    await database.write([adding("first"), *more, Statement(seen, (account_id, 0), rows=1)])
    with pytest.raises(StaleVersion):
        await database.write([adding("second"), Statement(seen, (account_id, 1), rows=1)])

    assert (await names())[:2] == ["cash", *(["filler 0"] if filler else ["first"])]
    assert "second" not in await names()


@pytest.mark.parametrize("nested", [False, True])
async def test_a_unique_index_refuses_the_batch_and_is_named(nested: bool, ledger: Database):
    await new_account("taken")
    expected = {"sqlite": "account.name", "postgres": "uid_account_name"}[ledger.dialect]
    batch = [adding("free"), adding("taken")]

    with pytest.raises(UniqueViolation) as caught:
        if nested:
            async with database.transaction():
                await database.write(batch)
        else:
            await database.write(batch)

    assert caught.value.what == expected
    assert await names() == ["taken"]


async def test_the_primary_key_is_a_unique_index_too(ledger: Database):
    account_id = await new_account()

    with pytest.raises(UniqueViolation) as caught:
        await database.write([adding("other", account_id)])

    assert caught.value.what == {"sqlite": "account.id", "postgres": "account_pkey"}[ledger.dialect]


async def test_other_constraints_are_integrity_errors(ledger: Database):
    with pytest.raises(IntegrityError) as foreign_key:
        await database.write(depositing(uuid4(), 1)[1:])
    account_id = await new_account()
    with pytest.raises(IntegrityError) as check:
        await database.write(depositing(account_id, 1_000_000))

    assert not isinstance(foreign_key.value, UniqueViolation)
    assert not isinstance(check.value, UniqueViolation)


async def test_statements_run_in_the_order_given(ledger: Database):
    account_id = await new_account()

    await database.write([Statement("DELETE FROM account WHERE id = $1", (account_id,)), adding("cash", account_id)])

    assert await names() == ["cash"]


async def test_values_that_look_like_sql(ledger: Database):
    text = "'; DROP TABLE account; -- $1 ?1"

    await database.write([adding(text), Statement("UPDATE account SET name = '$1' || name WHERE name = 'x $9'", ())])

    assert await names() == [text]


async def test_no_update_is_lost(ledger: Database):
    account_id = await new_account()

    async def deposit() -> None:
        while True:
            version, _ = await balance(account_id)
            try:
                return await database.write(depositing(account_id, 1, version=version))
            except StaleVersion:
                continue

    await asyncio.gather(*[deposit() for _ in range(20)])

    assert await balance(account_id) == await entries(account_id) == (20, 20)


async def test_parallel_inserts_of_one_name_let_one_through(ledger: Database):
    outcomes = await asyncio.gather(*[new_account("same") for _ in range(24)], return_exceptions=True)

    assert sum(isinstance(outcome, UUID) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, UniqueViolation) for outcome in outcomes) == 23
    assert await names() == ["same"]


# Models


async def test_models(ledger: Database):
    account = await Account.create(id=uuid4(), name="orm", version=0, balance=7)
    await Account.bulk_create([Account(id=uuid4(), name=f"bulk {n}", version=0, balance=0) for n in range(3)])

    changed = await Account.filter(name__startswith="bulk").update(version=F("version") + 1)
    found = await Account.get(id=account.id)

    assert changed == 3
    assert (found.name, found.balance) == ("orm", 7)
    assert await Account.filter(name="bulk 1").values_list("version", flat=True) == [1]
    assert await Account.filter(version=1).delete() == 3


async def test_errors_of_models_are_the_same(ledger: Database):
    await new_account("taken")

    with pytest.raises(UniqueViolation):
        await Account.create(id=uuid4(), name="taken", version=0, balance=0)


# Opening and closing


async def test_without_a_current_database():
    with pytest.raises(RuntimeError, match="no database is current"):
        await names()


async def test_what_was_current_before_is_current_after(ledger: Database, empty_database_url: str):
    other = await Database.open(empty_database_url, options=OPTIONS)

    with other.activate():
        await new_account("through the other")
    await other.close()

    assert await names() == ["through the other"]
    with other.activate(), pytest.raises(Unavailable):
        await names()


@pytest.mark.parametrize("engine", ["postgres"])
async def test_dialects_one_after_the_other_in_one_process(engine: str, tmp_path: Path, empty_database_url: str):
    seen = []
    for url in (f"sqlite:///{tmp_path}/a.db", empty_database_url, f"sqlite:///{tmp_path}/b.db"):
        async with opened(url) as ledger:
            await Account.create(id=uuid4(), name=ledger.dialect, version=0, balance=0)
            await Account.filter(name__contains="e").update(version=4)
            seen += await Account.all().values_list("name", "version")

    assert seen == [("sqlite", 4), ("postgres", 4), ("sqlite", 4)]
