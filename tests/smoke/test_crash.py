"""kill -9 in the middle of concurrent writes: every acknowledged one is there afterwards, with exactly one event each."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx
import orjson
import pytest
from tests.bodies import patch_op, person
from tests.smoke.server import Server, serving

from gatehouse.store.database import Database, fetch

_WRITERS = 200
_KILL_AFTER = 120  # answered requests


@pytest.mark.heavy
@pytest.mark.timeout(120)
@pytest.mark.parametrize("workers", [1, 2])
async def test_kill_in_the_middle_of_writes(empty_database_url: str, workers: int) -> None:
    with serving(empty_database_url, workers=workers) as server:
        server.command("tenant", "create", "acme", "--name", "Acme")
        token = server.command("token", "issue", "acme", "--label", "crash test")
        acknowledged = await _write_until_killed(server, token)
        server.start()
        found = await _read_back(server, token, acknowledged)

    assert len(acknowledged) >= _KILL_AFTER / 3
    assert found == acknowledged
    await _check_events(empty_database_url, acknowledged)


async def _write_until_killed(server: Server, token: str) -> dict[str, tuple[str, int]]:
    """Create and patch from many tasks; per user id the last acknowledged title and version."""
    acknowledged: dict[str, tuple[str, int]] = {}
    answers = Counter[int]()
    killed = asyncio.Event()

    async def one_person(client: httpx.AsyncClient, number: int) -> None:
        created = await client.post("/Users", json=person(f"p{number}@corp.example", title="T0"))
        assert created.status_code == 201, created.text
        user_id = created.json()["id"]
        acknowledged[user_id] = ("T0", 1)
        _count(answers, server, killed)
        for step in range(1, 6):
            patched = await client.patch(
                f"/Users/{user_id}", json=patch_op({"op": "Replace", "path": "title", "value": f"T{step}"})
            )
            assert patched.status_code == 200, patched.text
            acknowledged[user_id] = (f"T{step}", step + 1)
            _count(answers, server, killed)

    limits = httpx.Limits(max_connections=50)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        base_url=f"{server.base}/scim/v2", headers=headers, limits=limits, timeout=30
    ) as client:
        results = await asyncio.gather(*(one_person(client, n) for n in range(_WRITERS)), return_exceptions=True)
    assert killed.is_set()
    unexpected = [result for result in results if result and not isinstance(result, httpx.TransportError)]
    assert unexpected == []
    return acknowledged


def _count(answers: Counter[int], server: Server, killed: asyncio.Event) -> None:
    answers[0] += 1
    if answers[0] == _KILL_AFTER:
        killed.set()
        server.kill()


async def _read_back(
    server: Server, token: str, acknowledged: dict[str, tuple[str, int]]
) -> dict[str, tuple[str, int]]:
    """What the service shows for them: the acknowledged state, or that of the one write that went unanswered."""
    found = {}
    async with httpx.AsyncClient(
        base_url=f"{server.base}/scim/v2", headers={"Authorization": f"Bearer {token}"}
    ) as client:
        for user_id, (title, version) in acknowledged.items():
            user = (await client.get(f"/Users/{user_id}")).json()
            stored = (user["title"], int(user["meta"]["version"][3:-1]))
            unanswered = (f"T{version}", version + 1)
            found[user_id] = (title, version) if stored in {(title, version), unanswered} else stored
    return found


async def _check_events(database_url: str, acknowledged: dict[str, Any]) -> None:
    """One event for each version of each user, those of unanswered writes included."""
    database = await Database.open(database_url)
    with database.activate():
        versions = {str(row[0]): row[1] for row in await fetch("SELECT id, version FROM scim_user")}
        rows = await fetch("SELECT resource_id, changes FROM provisioning_event ORDER BY occurred_at, id")
    await database.close()
    titles: dict[str, list[str]] = {}
    for row in rows:
        after = [change["after"] for change in orjson.loads(row[1]) if change["path"] == "title"]
        titles.setdefault(str(row[0]), []).extend(after)

    assert set(acknowledged) <= set(versions)
    assert {user: len(found) for user, found in titles.items()} == versions
    assert all(found == [f"T{n}" for n in range(len(found))] for found in titles.values())
