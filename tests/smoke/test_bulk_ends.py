"""A bulk request that does not reach its end: server killed, server stopped, client gone. What is there is whole."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import Any

import httpx
import orjson
import pytest
from tests.bodies import BULK_REQUEST, GROUP, person
from tests.smoke.server import Server, serving

from gatehouse.store.database import Database, fetch

pytestmark = pytest.mark.heavy

_PEOPLE = 90
_SLOW = {"GATEHOUSE_TENANT_RATE_PER_S": "60", "GATEHOUSE_TENANT_RATE_BURST": "20"}  # 2 s for all: time to interfere


def _message() -> dict[str, Any]:
    """Crews of three, each before its people."""
    operations: list[dict[str, Any]] = []
    for number in range(0, _PEOPLE, 3):
        names = [f"p{n}" for n in range(number, number + 3)]
        members = [{"value": f"bulkId:{name}"} for name in names]
        crew = {"schemas": [GROUP], "displayName": f"crew{number}", "members": members}
        operations.append({"method": "POST", "path": "/Groups", "bulkId": f"crew{number}", "data": crew})
        operations += [
            {"method": "POST", "path": "/Users", "bulkId": name, "data": person(f"{name}@corp.example", title="Agent")}
            for name in names
        ]
    return {"schemas": [BULK_REQUEST], "Operations": operations}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("end", ["kill", "terminate", "client"])
async def test_what_is_there_is_whole(empty_database_url: str, end: str) -> None:
    with serving(empty_database_url, **_SLOW) as server:
        server.command("tenant", "create", "acme", "--name", "Acme")
        token = server.command("token", "issue", "acme", "--label", "bulk")
        answer = await _interrupted(server, token, end)
        if end == "client":
            await _until_all_is_done(server, token)

    users, crews = await _found(empty_database_url)
    assert 0 < users <= _PEOPLE
    assert all(members == 3 for members in crews.values())
    if answer is not None:  # what was done was told, and nothing else was done
        done = {outcome["bulkId"] for outcome in answer if outcome["status"] == "201"}
        assert {outcome["status"] for outcome in answer} == {"201", "503"}
        assert len(answer) == _PEOPLE + _PEOPLE // 3
        assert len(done) == users + len(crews)
        assert {name for name in done if name.startswith("crew")} == set(crews)
    assert (answer is not None) is (end == "terminate")


async def _interrupted(server: Server, token: str, end: str) -> list[dict[str, Any]] | None:
    """The outcomes, if the request was answered."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{server.base}/scim/v2", headers=headers, timeout=30) as client:
        bulk = asyncio.create_task(client.post("/Bulk", json=_message()))
        await _until(client, 30)
        if end == "kill":
            server.kill()
        elif end == "terminate":
            assert server.process is not None
            os.killpg(server.process.pid, signal.SIGTERM)
        else:
            bulk.cancel()
        (response,) = await asyncio.gather(bulk, return_exceptions=True)
    if end == "kill":
        server.start()
    return response.json()["Operations"] if isinstance(response, httpx.Response) else None


async def _until(client: httpx.AsyncClient, users: int) -> None:
    for _ in range(200):
        if (await client.get("/Users?count=0")).json()["totalResults"] >= users:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the bulk request makes no progress")


async def _until_all_is_done(server: Server, token: str) -> None:
    """The server goes on with what it was asked to do, as with any request."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{server.base}/scim/v2", headers=headers) as client:
        await _until(client, _PEOPLE)


async def _found(database_url: str) -> tuple[int, dict[str, int]]:
    """How many users, and crews with their numbers of members; each resource must have exactly its own event."""
    database = await Database.open(database_url)
    with database.activate():
        users = [str(row[0]) for row in await fetch("SELECT id FROM scim_user")]
        crews = await fetch(
            "SELECT g.display_name, count(m.user_id) FROM scim_group g"
            " LEFT JOIN group_member m ON m.group_id = g.id GROUP BY g.display_name"
        )
        events = await fetch("SELECT resource_id, changes FROM provisioning_event WHERE resource_kind = 'User'")
    await database.close()
    titles = {str(row[0]): [c["after"] for c in orjson.loads(row[1]) if c["path"] == "title"] for row in events}
    assert titles == {user: ["Agent"] for user in users}
    assert len(events) == len(users)
    return len(users), {row[0]: row[1] for row in crews}
