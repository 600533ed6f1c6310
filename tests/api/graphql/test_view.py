"""The door of ``/graphql``: what gets in, in which order it is judged, and how answers look."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from tests.api.graphql.people import Api, viewer

from gatehouse.api.front.sign_in import SignIn
from gatehouse.api.graphql import view

QUERY = b'{"query": "{ __typename }"}'
JSON = {"Authorization": "Bearer secret", "Content-Type": "application/json"}


@pytest.fixture
def api() -> Api:
    return Api.of(viewer(), max_body_bytes=2_000, body_timeout_s=0.2)


async def test_an_answer(api: Api) -> None:
    response = await api.http.post("/graphql", content=QUERY, headers=JSON)

    assert (response.status_code, response.json()["data"]) == (200, {"__typename": "Query"})
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert len(response.headers["x-request-id"]) == 32


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"])
async def test_post_only(api: Api, method: str) -> None:
    response = await api.http.request(method, "/graphql?query={__typename}", headers=JSON)

    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("headers", "challenge"),
    [
        ([], "Bearer"),
        ([("Authorization", "")], 'Bearer error="invalid_request"'),
        ([("Authorization", "Basic c2VjcmV0")], "Bearer"),
        ([("Authorization", "Bearer")], 'Bearer error="invalid_request"'),
        ([("Authorization", "Bearer sec ret")], 'Bearer error="invalid_request"'),
        ([("Authorization", "Bearer other")], 'Bearer error="invalid_token"'),
        ([("Authorization", "Bearer secret"), ("Authorization", "Bearer secret")], 'Bearer error="invalid_request"'),
    ],
)
async def test_credentials_come_first(api: Api, headers: list[tuple[str, str]], challenge: str) -> None:
    response = await api.http.post("/graphql", content=b"{" * 5_000, headers=headers)

    assert (response.status_code, response.headers["www-authenticate"]) == (401, challenge)
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "text/plain, application/json",
        "application/json, text/plain",
        "application/json; charset=utf-16",
        "application/json; boundary=x",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ],
)
async def test_other_media_types(api: Api, content_type: str | None) -> None:
    headers = {"Authorization": "Bearer secret"} | ({"Content-Type": content_type} if content_type else {})

    response = await api.http.post("/graphql", content=QUERY, headers=headers)

    assert response.status_code == 415


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"'])
async def test_accepted_media_types(api: Api, content_type: str) -> None:
    response = await api.http.post("/graphql", content=QUERY, headers={**JSON, "Content-Type": content_type})

    assert response.status_code == 200


async def test_content_encoding_is_refused(api: Api) -> None:
    response = await api.http.post("/graphql", content=QUERY, headers={**JSON, "Content-Encoding": "gzip"})

    assert response.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'"{ __typename }"',
        b"17",
        b"[]",
        b'[{"query": "{ __typename }"}]',
        b"{}",
        b'{"query": null}',
        b'{"query": ""}',
        b'{"query": "  "}',
        b'{"query": 1}',
        b'{"query": {}}',
        b'{"query": "{ __typename }", "query": "{ __typename }"}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "variables": "{}"}',
        b'{"query": "{ __typename }", "variables": 0}',
        b'{"query": "{ __typename }", "operationName": 1}',
        b'{"query": "{ __typename }", "extensions": "x"}',
        b'{"query": "{ __typename }", "variables": {"n": NaN}}',
        b'{"query": "{ __typename }", "variables": {"n": ' + b"9" * 500 + b"}}",
        b'{"query": "{ __typename }", "variables": {"n": "\\u0000"}}',
        b'{"query": "{ __typename }", "variables": {"n": "\\ud800"}}',
        b'{"query": "{ __typename \xff }"}',
        b'{"query": "{ __typename }"}{}',
        b"[" * 1_900,
        b'{"a":' * 300,
        '{"query": "{ __typename }"}'.encode("utf-16"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_bodies_that_are_no_request(api: Api, body: bytes, accept: str) -> None:
    response = await api.http.post("/graphql", content=body, headers={**JSON, "Accept": accept})

    assert response.status_code == 400
    assert response.headers["content-type"] == f"{accept}; charset=utf-8"
    assert list(response.json()) == ["errors"]


@pytest.mark.parametrize("body", [b'{"query": "{ __typename }", "variables": null, "operationName": null, "more": 1}'])
async def test_optional_parameters(api: Api, body: bytes) -> None:
    response = await api.http.post("/graphql", content=body, headers=JSON)

    assert response.json()["data"] == {"__typename": "Query"}


async def test_large_bodies(api: Api) -> None:
    async def chunks() -> Any:
        for _ in range(5):
            yield b" " * 500

    announced = await api.http.post("/graphql", content=b" " * 2_001, headers=JSON)
    streamed = await api.http.post("/graphql", content=chunks(), headers=JSON)

    assert (announced.status_code, streamed.status_code) == (413, 413)


async def test_slow_bodies(api: Api) -> None:
    async def chunks() -> Any:
        yield QUERY[:5]
        await asyncio.sleep(5)

    response = await api.http.post("/graphql", content=chunks(), headers=JSON)

    assert response.status_code == 408


@pytest.mark.parametrize(
    ("accept", "strict"),
    [
        (None, False),
        ("*/*", False),
        ("application/json", False),
        ("application/graphql-response+json", True),
        ("application/graphql-response+json, application/json;q=0.9", True),
        ("application/json, application/graphql-response+json", True),
        ("application/json, application/graphql-response+json;q=0.5", False),
        ("application/graphql-response+json;q=0, application/json", False),
        ("text/html", False),
    ],
)
@pytest.mark.parametrize("query", ["{", "{ nonsense }", "query($n: Int!) { users(first: $n) { totalCount } }", "{ a b"])
async def test_request_errors(api: Api, accept: str | None, strict: bool, query: str) -> None:
    headers = JSON | ({"Accept": accept} if accept else {})

    response = await api.http.post("/graphql", json={"query": query}, headers=headers)

    assert response.status_code == (400 if strict else 200)
    assert response.headers["content-type"].startswith(
        "application/graphql-response+json" if strict else "application/json"
    )
    assert list(response.json()) == ["errors"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ usrs { totalCount } }", "Cannot query field 'usrs' on type 'Query'."),
        ("{ users(wher: {}) { totalCount } }", "Unknown argument 'wher' on field 'Query.users'."),
        ("{ users(where: {titel: {eq: 1}}) { totalCount } }", None),
        ("{ users(where: {status: [ACTIV]}) { totalCount } }", None),
        ("query($w: UserWher) { users(where: $w) { totalCount } }", "Unknown type 'UserWher'."),
        ("fragment F on Usr { id } { users { nodes { ...F } } }", "Unknown type 'Usr'."),
    ],
)
async def test_nothing_is_suggested(api: Api, query: str, message: str | None) -> None:
    error = (await api.ask(query))["errors"][0]

    assert message is None or error["message"] == message
    assert "Did you mean" not in error["message"]


async def test_nothing_is_suggested_for_variables(api: Api) -> None:
    error = await api.error("query($w: UserWhere) { users(where: $w) { totalCount } }", w={"titel": {"eq": "x"}})

    assert "titel" in error["message"]
    assert "Did you mean" not in error["message"]


async def test_subscriptions_are_not_spoken_here(api: Api) -> None:
    response = await api.post("subscription { provisioningEvents { cursor } }")

    assert response.status_code == 200
    (error,) = response.json()["errors"]
    assert error["message"] == "Subscriptions go by WebSocket, in the protocol graphql-transport-ws."
    assert error["extensions"]["code"] == "BAD_REQUEST"


async def test_introspection_can_be_closed() -> None:
    query = "{ __schema { queryType { name } } }"

    opened = await Api.of(viewer()).data(query)
    closed = await Api.of(viewer(), introspection=False).ask(query)

    assert opened == {"__schema": {"queryType": {"name": "Query"}}}
    assert "introspection has been disabled" in closed["errors"][0]["message"]
    assert "data" not in closed


async def test_request_id_of_the_server_is_used() -> None:
    async def authenticate(_key: str) -> Any:
        return viewer()

    app = view.create_graphql_app(sign_in=SignIn(authenticate))

    async def with_state(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": {"request_id": "0123"}}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=with_state), base_url="http://test") as client:
        response = await client.post("/graphql", content=QUERY, headers=JSON)

    assert response.headers["x-request-id"] == "0123"


@pytest.mark.parametrize(
    ("query", "value", "complaint"),
    [
        (
            "query($v: DateTime) { users(where: {createdAt: {gt: $v}}) { totalCount } }",
            "2026-11-25T09:30:00",
            "RFC 3339",
        ),
        (
            "query($v: DateTime) { users(where: {createdAt: {gt: $v}}) { totalCount } }",
            "2026-02-30T09:30:00Z",
            "RFC 3339",
        ),
        ("query($v: DateTime) { users(where: {createdAt: {gt: $v}}) { totalCount } }", 17, "RFC 3339"),
        (
            "query($v: UUID!) { user(by: {scimId: $v}) { id } }",
            "{0199a3a4-0000-7000-8000-000000000001}",
            "UUID must look",
        ),
        ("query($v: UUID!) { user(by: {scimId: $v}) { id } }", "0199a3a4000070008000000000000001", "UUID must look"),
    ],
)
async def test_scalars_are_read_strictly(api: Api, query: str, value: object, complaint: str) -> None:
    error = await api.error(query, v=value)

    assert complaint in error["message"]
    assert "path" not in error
