"""Bring a database up to date: forward only, under a lock, each step in one transaction with its record.

SQLite is migrated with foreign keys off (a rebuilt table is dropped, and the drop would cascade); before the commit
every reference is checked instead.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.resources.abc import Traversable
from typing import Final

from gatehouse.errors import Unavailable
from gatehouse.records import to_microseconds
from gatehouse.store.database import Database, DatabaseOptions, dialect, execute, fetch, fetch_one, transaction
from gatehouse.store.migrations import DIRECTORY, Migration, load

# Open the database with these to migrate it: a step may take long, and so may waiting for another process's
MIGRATION_OPTIONS: Final = DatabaseOptions(statement_timeout_s=3_600.0, lock_timeout_s=3_600.0, pool_size=1)

_LOCK_KEY: Final = 0x6761_7465_686F_7573  # "gatehous"
_CREATE_RECORD: Final = (
    "CREATE TABLE IF NOT EXISTS schema_migration (number INT NOT NULL PRIMARY KEY, name VARCHAR(200) NOT NULL,"
    " checksum VARCHAR(64) NOT NULL, applied_at BIGINT NOT NULL)"
)
_HAS_RECORD: Final = {
    "sqlite": "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'",
    "postgres": "SELECT 1 WHERE to_regclass('schema_migration') IS NOT NULL",
}


async def migrate(database: Database, directory: Traversable = DIRECTORY) -> list[str]:
    """Apply what is pending and return its names; safe to run from several processes at once.

    A step that fails leaves nothing behind; the steps before it stay.

    :param directory: where the steps are.
    :raises Unavailable: the database was made by other code than this (see :func:`pending`), or is away.
    """
    if not await pending(database, directory):
        return []
    applied: list[str] = []
    with database.activate():
        async with _foreign_keys_off():
            while step := await _apply_next(directory):
                applied.append(step.name)
    return applied


async def pending(database: Database, directory: Traversable = DIRECTORY) -> list[str]:
    """Name the steps that this database still lacks, in order.

    :raises Unavailable: it has a step that this program does not know, or one that reads differently here.
    """
    with database.activate():
        return [step.name for step in await _pending(directory)]


async def is_behind(directory: Traversable = DIRECTORY) -> bool:
    """Whether the current database lacks steps; those that this program does not know are no matter here.

    :raises Unavailable: it is away.
    """
    applied = await _applied()
    return any(step.number not in applied for step in load(directory, dialect()))


async def _apply_next(directory: Traversable) -> Migration | None:
    """Apply the first pending step; None when there is none left (perhaps because another process did it)."""
    async with transaction():
        await _lock()
        await execute(_CREATE_RECORD)
        step = next(iter(await _pending(directory)), None)
        if step is not None:
            await _apply(step)
    return step


async def _apply(step: Migration) -> None:
    for statement in step.statements:
        await execute(statement)
    await _check_references(step)
    await execute(
        "INSERT INTO schema_migration (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
        step.number,
        step.name,
        step.checksum,
        to_microseconds(datetime.now(UTC)),
    )


async def _pending(directory: Traversable) -> Sequence[Migration]:
    known, applied = load(directory, dialect()), await _applied()
    _check_history(applied, known)
    return [step for step in known if step.number not in applied]


async def _applied() -> dict[int, tuple[str, str]]:
    """Name and checksum of each step that the database has, by number."""
    if await fetch_one(_HAS_RECORD[dialect()]) is None:
        return {}
    rows = await fetch("SELECT number, name, checksum FROM schema_migration ORDER BY number")
    return {int(row["number"]): (str(row["name"]), str(row["checksum"])) for row in rows}


def _check_history(applied: dict[int, tuple[str, str]], known: Sequence[Migration]) -> None:
    """Refuse a database whose past is not the past of this program."""
    expected = {step.number: (step.name, step.checksum) for step in known}
    for number, (name, checksum) in applied.items():
        if number not in expected:
            raise Unavailable(f"the database has migration {name}, which this version of Gatehouse does not know")
        if expected[number] != (name, checksum):
            raise Unavailable(f"migration {name} was applied with other content than this version of Gatehouse has")


async def _lock() -> None:
    """Wait until no other process migrates; the end of the transaction releases it."""
    if dialect() == "postgres":  # on SQLite, BEGIN IMMEDIATE is the lock
        await fetch("SELECT pg_advisory_xact_lock($1)", _LOCK_KEY)


@asynccontextmanager
async def _foreign_keys_off() -> AsyncIterator[None]:
    if dialect() == "postgres":
        yield
        return
    await execute("PRAGMA foreign_keys = OFF")  # has no effect inside a transaction
    try:
        yield
    finally:
        await execute("PRAGMA foreign_keys = ON")


async def _check_references(step: Migration) -> None:
    if dialect() == "postgres":
        return
    row = await fetch_one("PRAGMA foreign_keys")
    if row is None or row[0]:
        raise RuntimeError("foreign keys must be off while SQLite is migrated")
    if broken := await fetch("PRAGMA foreign_key_check"):
        raise Unavailable(f"migration {step.name} would leave {len(broken)} rows that refer to nothing")
