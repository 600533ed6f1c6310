"""SIGTERM: first out of the load balancer, then the last requests, then exit 0. Nothing that was begun is lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from tests.bodies import person
from tests.smoke.raw_http import Connection, connected
from tests.smoke.server import Server

pytestmark = pytest.mark.heavy

_READY = b"GET /readyz HTTP/1.1\r\nHost: gatehouse\r\n\r\n"
_DELAY_S = 1.5


@pytest.fixture(params=[1, 2], ids=["1 worker", "2 workers"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    settings = {"GATEHOUSE_DRAIN_DELAY_S": str(_DELAY_S), "GATEHOUSE_DRAIN_TIMEOUT_S": "3"}
    server = Server(f"sqlite:///{tmp_path / 'drain.db'}", workers=request.param, settings=settings)
    server.command("migrate")
    server.command("tenant", "create", "acme", "--name", "Acme")
    server.start()
    yield server
    server.kill()


@pytest.mark.parametrize("to", ["parent", "group"])
async def test_sigterm_drains(server: Server, to: str) -> None:
    """A service manager signals the parent only, or the whole group at once."""
    token = server.command("token", "issue", "acme", "--label", "drain")
    async with _half_a_request(server, token) as (connection, rest), connected(server.port) as kept:
        await kept.send(_READY)
        ready = await kept.answer()
        _terminate(server, to)
        await asyncio.sleep(_DELAY_S / 2)

        await kept.send(_READY)
        draining = await kept.answer()
        async with httpx.AsyncClient(base_url=server.base) as new:
            still_served = await new.get("/healthz")
        await _until_nobody_listens(server)
        await connection.send(rest)
        begun = await connection.answer()
        exit_code = await _exit_code(server)

    assert ready.status == 200
    assert (draining.status, draining.headers["connection"], draining.headers["retry-after"]) == (503, "close", "1")
    assert json.loads(draining.body) == {"status": "unavailable", "reason": "draining"}
    assert (still_served.status_code, still_served.headers["connection"]) == (200, "close")
    assert (begun.status, begun.headers["connection"]) == (201, "close")
    assert exit_code == 0
    assert await _stored(server, token) == 1


async def test_a_request_that_does_not_end_is_cut_off(server: Server) -> None:
    token = server.command("token", "issue", "acme", "--label", "drain")
    async with _half_a_request(server, token) as (connection, _):
        started = time.monotonic()
        _terminate(server, "parent")
        exit_code = await _exit_code(server)
        await connection.rest()

    assert exit_code == 0
    assert time.monotonic() - started < 14  # the deadline for bodies is 15 s


async def test_interrupt_stops_at_once(server: Server) -> None:
    """Ctrl-C is a person waiting: no delay."""
    assert server.process is not None
    started = time.monotonic()
    os.killpg(server.process.pid, signal.SIGINT)

    assert await _exit_code(server) == 0
    assert time.monotonic() - started < _DELAY_S + 3


@asynccontextmanager
async def _half_a_request(server: Server, token: str) -> AsyncIterator[tuple[Connection, bytes]]:
    """A create whose body has come half-way; the rest of the body."""
    body = json.dumps(person("ada@corp.example")).encode()
    head = (
        f"POST /scim/v2/Users HTTP/1.1\r\nHost: gatehouse\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/scim+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    async with connected(server.port) as connection:
        await connection.send(head.encode() + body[:20])
        await asyncio.sleep(0.2)
        yield connection, body[20:]


def _terminate(server: Server, to: str) -> None:
    assert server.process is not None
    (os.kill if to == "parent" else os.killpg)(server.process.pid, signal.SIGTERM)


async def _until_nobody_listens(server: Server) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                async with connected(server.port):
                    await asyncio.sleep(0.05)
            except ConnectionError:
                return


async def _exit_code(server: Server) -> int:
    assert server.process is not None
    return await asyncio.to_thread(server.process.wait, 20)


async def _stored(server: Server, token: str) -> int:
    server.start()
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        total = (await client.get(f"{server.base}/scim/v2/Users")).json()["totalResults"]
    server.kill()
    return int(total)
