"""``/healthz`` and ``/readyz``: who is told that a process cannot work, and until when."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.bodies import person
from tests.disk import no_room
from tests.world import BASE, World, running

from gatehouse.store.database import Database
from gatehouse.store.migrate import migrate


async def _ready(world: World) -> tuple[int, str | None]:
    answer = await world.http.get(f"{BASE}/readyz")
    assert ("retry-after" in answer.headers) == (answer.status_code == 503)
    return answer.status_code, answer.json().get("reason")


async def test_what_can_work_is_ready(world: World) -> None:
    assert await _ready(world) == (200, None)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_a_full_disk_keeps_from_work_until_there_is_room(migrated_url: str) -> None:
    async with running(migrated_url, request_log_flush_s=60) as world:
        acme = await world.client()
        await acme.create("ana@corp.example")
        with no_room(Path(migrated_url.removeprefix("sqlite:///"))):
            refused = await acme.post("/Users", person("ben@corp.example"))
            full = [await _ready(world), await _ready(world)]
            alive = await world.http.get(f"{BASE}/healthz")
            read = await acme.get("/Users")
        roomy = await _ready(world)
        accepted = await acme.post("/Users", person("ben@corp.example"))

    assert (refused.status_code, full) == (503, [(503, "database")] * 2)
    assert (alive.status_code, read.status_code, read.json()["totalResults"]) == (200, 200, 1)
    assert (roomy, accepted.status_code) == ((200, None), 201)


async def test_a_database_that_is_not_migrated_keeps_from_work(empty_database_url: str) -> None:
    database = await Database.open(empty_database_url)
    async with running(empty_database_url) as world:
        before = await _ready(world)
        await migrate(database)
        after = await _ready(world)
    await database.close()

    assert (before, after) == ((503, "migration"), (200, None))
