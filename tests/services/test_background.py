"""What a process does in the background survives what nobody expected."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from structlog.testing import capture_logs
from tests.world import running

from gatehouse.services import retention
from gatehouse.services.background import keep_running
from gatehouse.services.clock import now
from gatehouse.store.database import Database, fetch
from gatehouse.store.migrate import migrate


class Stumbling:
    """Fails so many times, then is at work."""

    def __init__(self, failures: int) -> None:
        self.at_work = asyncio.Event()
        self._failures = failures

    async def run(self) -> None:
        if self._failures:
            self._failures -= 1
            raise ValueError("not today")
        self.at_work.set()
        await asyncio.Event().wait()


async def test_what_fails_is_logged_and_begins_again() -> None:
    runner = Stumbling(2)
    with capture_logs() as logged:
        task = asyncio.create_task(keep_running(runner))
        async with asyncio.timeout(10):
            await runner.at_work.wait()
        task.cancel()
        await asyncio.wait({task})

    assert task.cancelled()
    assert [(line["log_level"], line["runner"], line["again_in_s"]) for line in logged] == [
        ("error", "Stumbling", 1.0),
        ("error", "Stumbling", 2.0),
    ]


@pytest.mark.timeout(30)
async def test_work_is_done_once_the_database_is_migrated(empty_database_url: str) -> None:
    """By a server that was started before."""
    database = await Database.open(empty_database_url)
    with capture_logs() as logged:
        async with running(empty_database_url, due_work_poll_s=0.05):
            while not _failures(logged):  # noqa: ASYNC110 - the log has no event
                await asyncio.sleep(0.01)
            await migrate(database)
            await retention.plan(now())
            async with asyncio.timeout(10):
                while not await _all_done():  # noqa: ASYNC110 - neither has the database
                    await asyncio.sleep(0.05)
    await database.close()

    assert {line["log_level"] for line in _failures(logged)} == {"error"}


def _failures(logged: list[MutableMapping[str, Any]]) -> list[MutableMapping[str, Any]]:
    return [line for line in logged if line["event"] == "background work failed"]


async def _all_done() -> bool:
    return not await fetch("SELECT id FROM outbox WHERE done_at IS NULL")
