"""The database goes away: 503 with Retry-After everywhere, never a wrong answer, and back without a restart (P14)."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from tests.bodies import patch_op, person
from tests.postgres import PostgresServer
from tests.smoke.server import Server

from gatehouse.services import tokens
from gatehouse.services.tokens import SecretKind

pytestmark = pytest.mark.heavy

_ANSWER_S = 10.0
_RECOVERY_S = 15.0


Outage = Callable[[PostgresServer], AbstractContextManager[None]]


@contextmanager
def _stopped(postgres: PostgresServer) -> Iterator[None]:
    """Connections are ended, new ones refused."""
    postgres.stop()
    yield
    postgres.start()


@contextmanager
def _frozen(postgres: PostgresServer) -> Iterator[None]:
    """Connections stay, new ones are taken, and nothing is ever answered."""
    postmaster = int((postgres.home / "data" / "postmaster.pid").read_text().splitlines()[0])
    children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
    processes = [postmaster, *map(int, children)]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)


@pytest.fixture
async def database_url(private_postgres: PostgresServer) -> str:
    name = f"outage_{uuid4().hex}"
    connection = await asyncpg.connect(private_postgres.url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return private_postgres.url.removesuffix("postgres") + name


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("outage", "workers"), [(_stopped, 1), (_stopped, 2), (_frozen, 1)])
async def test_database_goes_and_comes_back(
    private_postgres: PostgresServer, database_url: str, outage: Outage, workers: int
) -> None:
    server = Server(database_url, workers=workers)
    server.command("migrate")
    server.command("tenant", "create", "acme", "--name", "Acme")
    token = server.command("token", "issue", "acme", "--label", "outage")
    key = server.command("api-key", "issue", "--name", "outage", "--preset", "owner")
    server.start()
    try:
        async with _clients(server, token, key) as (scim, graphql):
            created = (await scim.post("Users", json=person("ada@corp.example"))).json()
            with outage(private_postgres):
                away = await _everything(server, scim, graphql, created["id"])
                again = await _everything(server, scim, graphql, created["id"])
            seconds = await _until_ready(server)
            back = await scim.get(f"Users/{created['id']}")
    finally:
        server.terminate()

    for answers in (away, again):
        assert {name: answer.status_code for name, (answer, _) in answers.items()} == {
            **dict.fromkeys(answers, 503),
            "healthz": 200,
            "discovery": 200,
        }
        refused = {name: answer for name, (answer, _) in answers.items() if answer.status_code == 503}
        assert all(int(answer.headers["retry-after"]) > 0 for answer in refused.values())
        assert {a.headers["content-type"] for n, a in refused.items() if n.startswith("scim")} == {
            "application/scim+json"
        }
        assert {answer.json()["status"] for n, answer in refused.items() if n.startswith("scim")} == {"503"}
        assert max(took for _, took in answers.values()) < _ANSWER_S
    assert seconds < _RECOVERY_S
    assert back.json() == created


@pytest.mark.timeout(120)
async def test_start_without_database(private_postgres: PostgresServer, database_url: str) -> None:
    server = Server(database_url)
    server.command("migrate")
    private_postgres.stop()
    server.start()
    try:
        async with httpx.AsyncClient(base_url=server.base, timeout=20) as http:
            waiting = await http.get("/readyz")
            private_postgres.start()
            seconds = await _until_ready(server)
    finally:
        server.terminate()

    assert (waiting.status_code, waiting.json()["reason"]) == (503, "database")
    assert seconds < _RECOVERY_S


@asynccontextmanager
async def _clients(server: Server, token: str, key: str) -> AsyncIterator[tuple[httpx.AsyncClient, httpx.AsyncClient]]:
    scim = httpx.AsyncClient(
        base_url=f"{server.base}/scim/v2/", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    async with scim, httpx.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=30) as graphql:
        yield scim, graphql


async def _everything(
    server: Server, scim: httpx.AsyncClient, graphql: httpx.AsyncClient, user_id: str
) -> dict[str, tuple[httpx.Response, float]]:
    """Every kind of request at once; the answers, and how long they took."""
    stranger = {"Authorization": f"Bearer {tokens.mint(SecretKind.SCIM)}"}
    stranger_at_graphql = {"Authorization": f"Bearer {tokens.mint(SecretKind.API)}"}
    user = f"Users/{user_id}"
    title = {"op": "replace", "path": "title", "value": "Agent"}
    query = {"json": {"query": "{ users(first: 1) { nodes { userName } } }"}}
    url = f"{server.base}/graphql"
    requests: dict[str, Any] = {
        "healthz": graphql.get(f"{server.base}/healthz"),
        "readyz": graphql.get(f"{server.base}/readyz"),
        "discovery": scim.get("Schemas"),
        "scim stranger": scim.get("Users", headers=stranger),
        "scim list": scim.get("Users"),
        "scim filter": scim.get("Users", params={"filter": 'userName eq "ada@corp.example"'}),
        "scim get": scim.get(user),
        "scim create": scim.post("Users", json=person("bob@corp.example")),
        "scim bad create": scim.post("Users", json={"userName": 3}),
        "scim replace": scim.put(user, json=person("ada@corp.example")),
        "scim patch": scim.patch(user, json=patch_op(title)),
        "scim delete": scim.delete(user),
        "scim groups": scim.get("Groups"),
        "scim group": scim.post("Groups", json={"displayName": "Agents"}),
        "graphql": graphql.post(url, **query),
        "graphql stranger": graphql.post(url, **query, headers=stranger_at_graphql),
    }

    async def timed(request: Any) -> tuple[httpx.Response, float]:
        started = time.monotonic()
        return await request, time.monotonic() - started

    answers = await asyncio.gather(*(timed(request) for request in requests.values()))
    return dict(zip(requests, answers, strict=True))


async def _until_ready(server: Server) -> float:
    """Wait for ``/readyz``; how many seconds it took."""
    started = time.monotonic()
    async with httpx.AsyncClient(base_url=server.base, timeout=30) as http:
        while (await http.get("/readyz")).status_code != 200:  # noqa: ASYNC110 - another process has no event for us
            await asyncio.sleep(0.1)
    return time.monotonic() - started
