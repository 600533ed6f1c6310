"""Group commit on SQLite: batches share a transaction, each keeps its own fate."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from tests.fixtures import new_tenant

from gatehouse.errors import StaleVersion
from gatehouse.store import database
from gatehouse.store.database import Database, Statement, UniqueViolation
from gatehouse.store.sqlite_group import CommitGroup

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def _rename(slug: str, name: str, *, rows: int | None = 1) -> Statement:
    return Statement("UPDATE tenant SET name = $2 WHERE slug = $1", (slug, name), rows=rows)


async def test_each_batch_keeps_its_own_fate(database: Database) -> None:
    for slug in ("a", "b", "c", "d"):
        await new_tenant(slug)
    batches = [
        [_rename("a", "A1"), _rename("b", "B1")],
        [_rename("c", "C1"), _rename("nobody", "x")],
        [Statement("UPDATE tenant SET slug = 'a' WHERE slug = $1", ("d",))],
        [_rename("d", "D1")],
    ]

    outcomes = await asyncio.gather(*(_write(batch) for batch in batches))

    assert outcomes == [None, StaleVersion, UniqueViolation, None]
    assert await _names() == {"a": "A1", "b": "B1", "c": "C", "d": "D1"}


async def test_many_at_once_are_few_transactions(database: Database) -> None:
    await new_tenant("a")
    commits = []
    writer = sqlite3.connect(":memory:", isolation_level=None)
    writer.execute("CREATE TABLE t (n INT)")
    writer.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)

    async def run(action: object) -> None:
        action(writer)  # type: ignore[operator]

    group = CommitGroup(run, lambda error: error)  # type: ignore[arg-type]
    await asyncio.gather(*(group.write([Statement("INSERT INTO t VALUES ($1)", (n,))]) for n in range(100)))

    assert writer.execute("SELECT count(*) FROM t").fetchone() == (100,)
    assert len(commits) == 2
    writer.close()


async def test_a_lone_batch_that_fails_leaves_nothing(database: Database) -> None:
    await new_tenant("a")

    assert await _write([_rename("a", "A1"), _rename("nobody", "x")]) is StaleVersion
    assert await _names() == {"a": "A"}


async def _write(batch: list[Statement]) -> type[Exception] | None:
    try:
        await database.write(batch)
    except (StaleVersion, UniqueViolation) as error:
        return type(error)
    return None


async def _names() -> dict[str, str]:
    return {row[0]: row[1] for row in await database.fetch("SELECT slug, name FROM tenant")}
