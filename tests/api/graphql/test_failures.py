"""What a client sees when something breaks: a request id, a time to come back, and nothing else."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from tests.api.graphql.people import Api, viewer

from gatehouse.api.front.sign_in import SignIn
from gatehouse.api.graphql import view
from gatehouse.errors import Unavailable
from gatehouse.records import Viewer
from gatehouse.store.database import Database, DatabaseOptions

QUERY = b'{"query": "{ __typename }"}'
JSON = {"Authorization": "Bearer secret", "Content-Type": "application/json"}


@pytest.fixture
def api() -> Api:
    return Api.of(viewer())


async def test_a_bug_is_masked(api: Api) -> None:
    response = await api.post("{ users { nodes { id } } }")  # nobody has activated a database

    request_id = response.headers["x-request-id"]
    [error] = response.json()["errors"]
    assert error["message"] == f"Internal error (request {request_id})"
    assert error["extensions"] == {"code": "INTERNAL_ERROR", "requestId": request_id}
    assert "database" not in response.text


async def test_credentials_that_cannot_be_checked_make_it_503() -> None:
    async def authenticate(_key: str) -> Viewer:
        raise Unavailable("The database is away", retry_after_s=7)

    app = view.create_graphql_app(sign_in=SignIn(authenticate))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        response = await client.post("/graphql", content=QUERY, headers=JSON)

    assert (response.status_code, response.headers["retry-after"]) == (503, "7")
    assert response.json()["errors"][0]["message"] == "The database is away"


@pytest.fixture
async def silent_database() -> AsyncIterator[None]:
    """A database server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        options = DatabaseOptions(connect_timeout_s=0.5, acquire_timeout_s=0.5)
        url = f"postgresql://nobody@127.0.0.1:{server.getsockname()[1]}/none"
        database = await Database.open(url, options=options, connect=False)
        with database.activate():
            yield
        await database.close()


@pytest.mark.parametrize(
    ("query", "timeout_s", "message"),
    [
        ("{ viewer { name } users { nodes { id } } }", 10.0, None),
        ("{ users { nodes { id } } }", 0.05, "The request took too long"),
    ],
)
async def test_a_database_that_is_away_makes_it_503(
    silent_database: None, query: str, timeout_s: float, message: str | None
) -> None:
    with capture_logs() as logged:
        response = await Api.of(viewer(), execution_timeout_s=timeout_s).post(query)

    [error] = response.json()["errors"]
    assert [(line["status"], line["reason"]) for line in logged if line["event"] == "graphql"] == [
        (503, error["message"])
    ]
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert message is None or error["message"] == message


async def test_a_bug_before_execution_is_masked_too() -> None:
    async def authenticate(_key: str) -> Viewer:
        raise ZeroDivisionError("a secret")

    app = view.create_graphql_app(sign_in=SignIn(authenticate))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as client:
        response = await client.post("/graphql", content=QUERY, headers=JSON)

    request_id = response.headers["x-request-id"]
    assert response.status_code == 500
    assert response.json()["errors"][0]["message"] == f"Internal error (request {request_id})"
    assert "secret" not in response.text


async def test_a_client_that_goes_away_gets_no_answer() -> None:
    async def authenticate(_key: str) -> Viewer:
        return viewer()

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(b"authorization", b"Bearer x"), (b"content-type", b"application/json")],
    }
    await view.create_graphql_app(sign_in=SignIn(authenticate))(scope, receive, send)

    assert sent == []
