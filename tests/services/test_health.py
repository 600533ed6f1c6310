"""The log is told that a process cannot work, and that it can again: once each."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gatehouse.services.health import Health
from gatehouse.store.database import Database

_Lines = list[MutableMapping[str, Any]]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_an_outage_is_two_lines_in_the_log(migrated_url: str, tmp_path: Path) -> None:
    file = tmp_path / "away" / "gatehouse.db"
    away = await Database.open(f"sqlite:///{file}", connect=False)
    health = Health(look_every_s=0.01)
    with away.activate(), capture_logs() as logged:
        looking = asyncio.create_task(health.run())
        await _until(lambda: len(logged) == 1)
        seen = [await health.trouble() for _ in range(3)]
        file.parent.mkdir()
        shutil.copyfile(migrated_url.removeprefix("sqlite:///"), file)
        await _until(lambda: len(logged) == 2)
        seen += [await health.trouble() for _ in range(3)]
        looking.cancel()
        await asyncio.wait({looking})
    await away.close()

    assert [found and found.reason for found in seen] == [*["database"] * 3, *[None] * 3]
    assert _told(logged) == [("warning", "not ready", "the database cannot be opened"), ("info", "ready again", None)]


async def test_a_process_that_can_work_says_nothing(database: Database) -> None:
    with capture_logs() as logged:
        seen = [await Health().trouble() for _ in range(2)]

    assert (seen, logged) == ([None, None], [])


def _told(logged: _Lines) -> list[tuple[str, str, str | None]]:
    return [(line["log_level"], line["event"], line.get("reason")) for line in logged]


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - the log has no event
            await asyncio.sleep(0.01)
