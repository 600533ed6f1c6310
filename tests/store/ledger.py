"""A ledger to try the engines on: whatever is interrupted, an account's balance is the sum of its entries."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from tortoise import Model, fields

from gatehouse.store import database
from gatehouse.store.database import Database, DatabaseOptions, Statement

OPTIONS = DatabaseOptions(models=("tests.store.ledger",))

_TABLES = """
CREATE TABLE IF NOT EXISTS account (
    id {uuid} NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    version INT NOT NULL,
    balance INT NOT NULL CHECK (balance < 1000000)
);
CREATE UNIQUE INDEX IF NOT EXISTS uid_account_name ON account (name);
CREATE TABLE IF NOT EXISTS entry (
    id {uuid} NOT NULL PRIMARY KEY,
    account_id {uuid} NOT NULL REFERENCES account (id),
    amount INT NOT NULL
);
DELETE FROM entry;
DELETE FROM account;
"""


class Account(Model):
    """One row of ``account``."""

    id = fields.UUIDField(primary_key=True)
    name = fields.TextField()
    version = fields.IntField()
    balance = fields.IntField()

    class Meta:
        table = "account"


@asynccontextmanager
async def opened(url: str, **options: Any) -> AsyncIterator[Database]:
    """Open the database and make it current, with empty tables."""
    ledger = await Database.open(url, options=replace(OPTIONS, **options))
    try:
        with ledger.activate():
            uuid = "CHAR(36)" if database.dialect() == "sqlite" else "UUID"
            await database.execute_script(_TABLES.format(uuid=uuid))
            yield ledger
    finally:
        await ledger.close()


def adding(name: str, account_id: UUID | None = None) -> Statement:
    """Add an account without entries, at version 0."""
    return Statement(
        "INSERT INTO account (id, name, version, balance) VALUES ($1, $2, 0, 0)", (account_id or uuid4(), name)
    )


def depositing(account_id: UUID, amount: int, *, version: int | None = None) -> list[Statement]:
    """Change the balance, at the version given or any, and record it."""
    return [
        Statement(
            "UPDATE account SET balance = balance + $1, version = version + 1"
            " WHERE id = $2 AND version >= $3 AND version <= $4",
            (amount, account_id, 0 if version is None else version, 2**31 - 1 if version is None else version),
            rows=1,
        ),
        Statement("INSERT INTO entry (id, account_id, amount) VALUES ($1, $2, $3)", (uuid4(), account_id, amount)),
    ]


async def new_account(name: str = "cash") -> UUID:
    """Store an account; its id."""
    account_id = uuid4()
    await database.write([adding(name, account_id)])
    return account_id


async def balance(account_id: UUID) -> tuple[int, int]:
    """Return version and balance."""
    row = await database.fetch_one("SELECT version, balance FROM account WHERE id = $1", account_id)
    assert row is not None
    return row["version"], row["balance"]


async def entries(account_id: UUID) -> tuple[int, int]:
    """Return what version and balance must be: the number of entries, and their sum."""
    row = await database.fetch_one(
        "SELECT count(*), coalesce(sum(amount), 0) FROM entry WHERE account_id = $1", account_id
    )
    assert row is not None
    return row[0], row[1]


async def names() -> list[str]:
    """Return the names of all accounts."""
    return [row["name"] for row in await database.fetch("SELECT name FROM account ORDER BY name")]
