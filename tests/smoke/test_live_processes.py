"""Subscribers of one process hear what another one writes, and lose nothing when either is killed."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest
from tests.api.graphql.live_client import connected, present
from tests.bodies import person
from tests.postgres import new_database
from tests.smoke.server import Server

QUERY = "subscription($after: Cursor) {{ {}(after: $after) {{ cursor node {{ requestId }} }} }}"
STORED = "query($id: String!) { scimRequests(where: {requestId: {eq: $id}}) { nodes { id } } }"


@pytest.fixture
def two(postgres_url: str) -> Iterator[tuple[Server, Server]]:
    """Two processes on one PostgreSQL that would notice each other's writes only after a minute, if they did not listen."""
    with new_database(postgres_url) as url:
        servers = (Server(url, settings=(quiet := {"GATEHOUSE_LIVE_POLL_S": "60"})), Server(url, settings=quiet))
        servers[0].command("migrate")
        servers[0].command("tenant", "create", "acme", "--name", "Acme")
        for server in servers:
            server.start()
        yield servers
        for server in servers:
            server.kill()


def _create(server: Server, token: str, name: str) -> str:
    answer = httpx.post(
        f"{server.base}/scim/v2/Users",
        json=person(f"{name}@corp.example"),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"},
    )
    assert answer.status_code == 201, answer.text
    return answer.headers["X-Request-Id"]


def _wait_until_stored(server: Server, key: str, request_id: str) -> None:
    """The log of requests is written a moment after the answer; a kill before that loses them, as is known."""
    ask = {"query": STORED, "variables": {"id": request_id}}
    for _ in range(100):
        answer = httpx.post(f"{server.base}/graphql", json=ask, headers={"Authorization": f"Bearer {key}"})
        if answer.json()["data"]["scimRequests"]["nodes"]:
            return
        time.sleep(0.05)
    pytest.fail("not stored")


def _secrets(server: Server) -> tuple[str, str]:
    token = server.command("token", "issue", "acme", "--label", "live")
    return token, server.command("api-key", "issue", "--name", "live", "--preset", "owner")


def _url(server: Server) -> str:
    return f"ws://127.0.0.1:{server.port}/graphql"


@pytest.mark.heavy
@pytest.mark.parametrize("field", ["provisioningEvents", "scimRequests"])
async def test_written_here_and_heard_there(two: tuple[Server, Server], field: str) -> None:
    (one, other), query = two, QUERY.format(field)
    token, key = _secrets(one)
    cursor = await present(_url(other), key)
    written, seen = list[str](), list[str]()

    async with connected(_url(other)) as client:
        await client.sign_in(key)
        await client.subscribe("1", query, after=cursor)
        for name in ("ana", "bo"):
            written.append(_create(one, token, name))
            edge = await client.edge(field)
            seen.append(edge["node"]["requestId"])
        other.kill()  # that of the subscriber
        assert (await client.closed())[0] == 1006
    written.append(_create(one, token, "cy"))
    async with connected(_url(one)) as client:
        await client.sign_in(key)
        await client.subscribe("1", query, after=edge["cursor"])
        edge = await client.edge(field)
        seen.append(edge["node"]["requestId"])
    other.start()
    written.append(_create(one, token, "di"))
    _wait_until_stored(one, key, written[-1])
    one.kill()  # that of the writer
    async with connected(_url(other)) as client:
        await client.sign_in(key)
        await client.subscribe("1", query, after=edge["cursor"])
        seen.append((await client.edge(field))["node"]["requestId"])
        written.append(_create(other, token, "ed"))
        seen.append((await client.edge(field))["node"]["requestId"])
        other.terminate()
        assert await client.closed() == (1001, "The server is going away; connect again")

    assert seen == written
