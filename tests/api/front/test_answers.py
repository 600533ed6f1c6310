"""What every answer says of itself, and how an edge refuses for rate or load."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.bodies import person
from tests.world import BASE, Client, World, running

from gatehouse.api.front.drain import Drain
from gatehouse.api.front.headers import AnswerHeaders
from gatehouse.store.database import Database, execute, fetch, transaction


@pytest.fixture
async def calm(database: Database, migrated_url: str) -> AsyncIterator[World]:
    """A service where a tenant may send two requests, and an API key too."""
    settings = {"tenant_rate_per_s": 0.1, "tenant_rate_burst": 2, "api_key_rate_per_s": 0.1, "api_key_rate_burst": 2}
    async with running(migrated_url, **settings) as world:
        yield world


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        *(
            (path, "no-store")
            for path in ("/healthz", "/readyz", "/nosuch", "/graphql", "/graphiql/nosuch", "/scim/v2/Users")
        ),
        ("/scim/v2/Schemas", "public, max-age=300"),
    ],
)
async def test_every_answer_is_guarded(world: World, path: str, kept: str) -> None:
    answer = await world.http.get(BASE + path)

    assert answer.headers.get_list("x-content-type-options", split_commas=True) == ["nosniff"]
    assert answer.headers.get_list("referrer-policy", split_commas=True) == ["no-referrer"]
    assert answer.headers["cache-control"] == kept
    assert "strict-transport-security" not in answer.headers
    assert "server" not in answer.headers


async def test_browsers_are_told_to_insist_on_tls(database: Database, migrated_url: str) -> None:
    async with running(migrated_url, public_url="https://gatehouse.example") as world:
        answer = await world.http.get(f"{BASE}/healthz")

    assert answer.headers["strict-transport-security"] == "max-age=31536000"


async def test_the_last_answers_end_their_connections() -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    drain = Drain(delay_s=0)
    transport = httpx.ASGITransport(AnswerHeaders(app, drain=drain, https=False))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
        before = await http.get("/")
        drain.begun = True
        after = await http.get("/")

    assert ("connection" in before.headers, after.headers["connection"]) == (False, "close")


async def test_scim_says_when_a_tenant_sends_too_much(calm: World) -> None:
    entra, other = await calm.client(), await calm.client("globex")
    await entra.create("ada@corp.example")
    await entra.create("bob@corp.example")

    refused = await entra.post("/Users", person("eve@corp.example"))

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
    assert refused.headers["content-type"] == "application/scim+json"
    assert refused.json() == {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
        "status": "429",
        "detail": "Too many requests; try again in 10 s",
    }
    assert (await other.get("/Users")).json()["totalResults"] == 0
    assert [row[0] for row in await fetch("SELECT outcome FROM provisioning_event")] == ["warning", "warning"]


async def test_graphql_says_when_a_key_sends_too_much(calm: World) -> None:
    key = await calm.api_key()
    request = {"json": {"query": "{ __typename }"}, "headers": {"Authorization": f"Bearer {key}"}}
    answers = [await calm.http.post(f"{BASE}/graphql", **request) for _ in range(3)]  # type: ignore[arg-type]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "10"
    assert answers[2].json()["errors"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_more_than_can_be_done_is_refused_at_once(database: Database, migrated_url: str) -> None:
    """Two requests are held up by a lock, two wait for them, the fifth is too much; /healthz does not care."""
    settings: dict[str, Any] = {"max_in_flight": 2, "max_queue": 2, "database_lock_timeout_s": 30.0}
    async with running(migrated_url, **settings) as world:
        entra = await world.client()
        async with transaction():
            await fetch("SELECT id FROM tenant FOR UPDATE")
            held_up = [asyncio.create_task(_create(entra, number)) for number in range(4)]
            await asyncio.sleep(0.3)
            refused = await entra.get("/Users")
            health = await world.http.get(f"{BASE}/healthz")
        answers = await asyncio.gather(*held_up)

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert refused.json()["detail"] == "The server is busy; try again in a moment"
    assert health.status_code == 200
    assert answers == [201] * 4


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
async def test_what_takes_too_long_is_ended(database: Database, migrated_url: str) -> None:
    settings: dict[str, Any] = {
        "request_timeout_s": 0.3,
        "graphql_execution_timeout_s": 0.3,
        "database_lock_timeout_s": 30.0,
        "database_statement_timeout_s": 30.0,
    }
    async with running(migrated_url, **settings) as world:
        entra, key = await world.client(), await world.api_key()
        query = {"query": "{ users(first: 1) { nodes { userName } } }"}
        async with transaction():
            await execute("LOCK TABLE scim_user IN ACCESS EXCLUSIVE MODE")
            scim = await entra.get("/Users")
            graphql = await world.http.post(f"{BASE}/graphql", json=query, headers={"Authorization": f"Bearer {key}"})

    for answer in (scim, graphql):
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "took too long" in answer.text


async def _create(entra: Client, number: int) -> int:
    return (await entra.post("/Users", person(f"p{number}@corp.example"))).status_code
