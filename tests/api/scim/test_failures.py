"""Our own failures: a SCIM answer without internals, nothing lost, the rest in the log."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.bodies import person
from tests.disk import no_room
from tests.world import World, running

from gatehouse.store.database import execute, fetch


async def test_a_bug_is_500_with_a_request_id_and_no_more(world: World, caplog: pytest.LogCaptureFixture) -> None:
    entra = await world.client()
    user = await entra.create("ada@corp.example")
    await execute("UPDATE scim_user SET document = 'no JSON at all'")

    with caplog.at_level(logging.CRITICAL):
        answer = await entra.patch(f"/Users/{user['id']}", {"op": "replace", "path": "title", "value": "x"})

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/scim+json"
    assert answer.json()["status"] == "500"
    assert answer.json()["detail"].endswith(answer.headers["x-request-id"])
    assert "JSON" not in answer.text
    events = await fetch("SELECT outcome, error_code, http_status FROM provisioning_event ORDER BY occurred_at, id")
    assert tuple(events[-1]) == ("failure", "InternalServerError", 500)


async def test_cancelled_requests_leave_whole_writes_or_none(world: World) -> None:
    entra = await world.client()

    async def cut_short(number: int) -> None:
        task = asyncio.create_task(entra.post("/Users", person(f"p{number}@corp.example")))
        await asyncio.sleep(number % 7 / 1_000)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    await asyncio.gather(*(cut_short(number) for number in range(70)))

    users = {str(row[0]) for row in await fetch("SELECT id FROM scim_user")}
    events = [
        str(row[0]) for row in await fetch("SELECT resource_id FROM provisioning_event WHERE outcome <> 'failure'")
    ]
    assert sorted(events) == sorted(users)
    assert (await entra.get("/Users?count=0")).json()["totalResults"] == len(users)
    await entra.create("afterwards@corp.example")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_the_log_says_why_a_request_was_answered_503(migrated_url: str) -> None:
    async with running(migrated_url, request_log_flush_s=60) as world:
        entra = await world.client()
        with no_room(Path(migrated_url.removeprefix("sqlite:///"))), capture_logs() as logged:
            await entra.post("/Users", person("ada@corp.example"))
            await entra.post("/Users", {"userName": 3})
            await entra.get("/Users")

    requests = [(line["status"], line.get("reason")) for line in logged if line["event"] == "scim"]
    assert requests == [(503, "the database cannot be read or written")] * 2 + [(200, None)]
