"""The request log's writer: each entry is stored once, whatever happens to the others."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, suppress

import pytest
from structlog.testing import capture_logs
from tests.api.graphql.request_rows import entry
from tests.fixtures import new_tenant

from gatehouse.records import Tenant
from gatehouse.services.request_log import Entry, RequestLog
from gatehouse.store import request_log
from gatehouse.store.database import Database, DatabaseOptions, execute_script, fetch

_MORE_THAN_ONE_STATEMENT = 130


async def _stored() -> set[str]:
    found = [str(row[0]) for row in await fetch("SELECT id FROM request_log")]
    assert len(found) == len(set(found))
    return set(found)


def _entries(tenant: Tenant) -> list[Entry]:
    return [entry(tenant, number) for number in range(_MORE_THAN_ONE_STATEMENT)]


def _log_of(entries: list[Entry]) -> RequestLog:
    log = RequestLog(flush_s=60, capacity=1_000)
    for made in entries:
        log.add(made)
    return log


async def test_a_batch_that_comes_again_is_stored_once(database: Database) -> None:
    """So it does when the connection was lost while the database was at it."""
    tenant = await new_tenant()
    entries = _entries(tenant)
    await request_log.add_many(entries[:100])

    await request_log.add_many(entries)

    assert await _stored() == {str(made.id) for made in entries}


async def test_what_is_wrong_with_the_table_loses_nothing(database: Database) -> None:
    tenant = await new_tenant()
    entries = _entries(tenant)
    log = _log_of(entries)
    await execute_script("ALTER TABLE request_log RENAME TO request_log_away")
    await log.flush()
    waiting = log.waiting
    await execute_script("ALTER TABLE request_log_away RENAME TO request_log")

    await log.flush()

    assert (waiting, log.waiting) == (len(entries), 0)
    assert await _stored() == {str(made.id) for made in entries}


async def test_what_is_under_way_when_it_is_cancelled_is_stored_by_the_next(database: Database) -> None:
    tenant = await new_tenant()
    entries = _entries(tenant)
    log = _log_of(entries)
    under_way = asyncio.create_task(log.flush())
    for _ in range(5):
        await asyncio.sleep(0)
    under_way.cancel()
    with suppress(asyncio.CancelledError):
        await under_way

    await log.flush()

    assert await _stored() == {str(made.id) for made in entries}


async def test_an_entry_that_cannot_be_stored_keeps_no_other_out(database: Database) -> None:
    tenant = await new_tenant()
    entries, impossible = _entries(tenant), entry(tenant, method=None)
    log = _log_of([*entries[:70], impossible, *entries[70:]])
    await log.flush()
    later = entry(tenant, 500)
    log.add(later)

    await log.flush()

    assert log.waiting == 0
    assert await _stored() == {str(made.id) for made in [*entries, later]}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_in_an_outage_the_newest_are_kept_and_the_others_counted(migrated_url: str) -> None:
    """With entries that come while others are tried in vain."""
    options = DatabaseOptions(synchronous="NORMAL", lock_timeout_s=0.05)
    database = await Database.open(migrated_url, options=options)
    entries = [entry(None, number) for number in range(2_500)]
    log = _log_of(entries[:1_000])
    with (
        closing(sqlite3.connect(migrated_url.removeprefix("sqlite:///"))) as other,
        database.activate(),
        capture_logs() as logged,
    ):
        other.execute("BEGIN IMMEDIATE")
        for start in range(1_000, 2_500, 300):
            storing = asyncio.create_task(log.flush())
            await asyncio.sleep(0)
            for made in entries[start : start + 300]:
                log.add(made)
            await storing
        waiting = log.waiting
        other.rollback()
        await log.flush()
        stored = await _stored()
    await database.close()

    assert waiting == 1_000
    assert stored == {str(made.id) for made in entries[1_500:]}
    assert [(line["log_level"], line["count"]) for line in logged] == [("warning", 1_500)]
