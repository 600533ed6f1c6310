"""Deadlines and limits of a connection, on a real server with short deadlines."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from tests.bodies import person
from tests.smoke.raw_http import GET_HEALTH, Answer, Connection, connected
from tests.smoke.server import Server, serving

_HEADERS_S = 0.6
_KEEP_ALIVE_S = 2
_WRITE_S = 1.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    settings = {
        "GATEHOUSE_HEADER_TIMEOUT_S": str(_HEADERS_S),
        "GATEHOUSE_KEEP_ALIVE_S": str(_KEEP_ALIVE_S),
        "GATEHOUSE_WRITE_TIMEOUT_S": str(_WRITE_S),
        "GATEHOUSE_BODY_TIMEOUT_S": "1.0",
        "GATEHOUSE_MAX_HEADER_BYTES": "4096",
    }
    with serving(f"sqlite:///{tmp_path_factory.mktemp('front') / 'front.db'}", **settings) as running:
        running.command("tenant", "create", "acme", "--name", "Acme")
        yield running


@pytest.fixture(scope="module")
def authorization(server: Server) -> bytes:
    return b"Authorization: Bearer %s\r\n" % server.command("token", "issue", "acme", "--label", "raw").encode()


async def _alive(connection: Connection) -> Answer:
    await connection.send(GET_HEALTH)
    return await connection.answer()


async def test_new_connection_without_a_request_is_ended(server: Server) -> None:
    async with connected(server.port) as connection:
        assert await connection.rest() == b""


@pytest.mark.parametrize("first", [b"", GET_HEALTH], ids=["first request", "second request"])
async def test_slow_headers_are_cut_off(server: Server, first: bytes) -> None:
    async with connected(server.port) as connection:
        if first:
            await _alive(connection)
        await connection.send(b"GET /healthz HTTP/1.1\r\n")
        sender = asyncio.create_task(_drip(connection, b"X-Slow: very\r\n"))
        answer = await connection.answer()
        await connection.rest()
        sender.cancel()

    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_blank_lines_do_not_keep_a_connection(server: Server) -> None:
    async with connected(server.port) as connection:
        await _alive(connection)
        await connection.send(b"\r\n")

        assert await connection.rest() == b""


async def test_idle_connection_is_kept_for_a_while(server: Server) -> None:
    async with connected(server.port) as connection:
        for _ in range(2):
            assert (await _alive(connection)).status == 200
            await asyncio.sleep(_HEADERS_S * 1.5)
        assert (await _alive(connection)).status == 200

        assert await connection.rest() == b""


async def test_request_under_way_is_not_bound_by_the_header_deadline(server: Server, authorization: bytes) -> None:
    body = json.dumps(person("slow@corp.example")).encode()
    async with connected(server.port) as connection:
        await connection.send(_post(authorization, b"Content-Length: %d\r\n" % len(body)) + body[:10])
        await asyncio.sleep(_HEADERS_S * 1.3)
        await connection.send(body[10:])

        assert (await connection.answer()).status == 201
        assert (await _alive(connection)).status == 200


async def test_slow_body_is_cut_off(server: Server, authorization: bytes) -> None:
    async with connected(server.port) as connection:
        await connection.send(_post(authorization, b"Content-Length: 100\r\n"))
        sender = asyncio.create_task(_drip(connection, b" "))
        answer = await connection.answer()
        sender.cancel()

    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert json.loads(answer.body)["status"] == "408"


@pytest.mark.parametrize(
    "headers",
    [b"X-Long: " + b"x" * 5_000, b"X-Long: x\r\n" * 500, b"X-Endless: " + b"x" * 300_000],
    ids=["one long", "many", "endless"],
)
async def test_large_headers_are_refused(server: Server, headers: bytes) -> None:
    async with connected(server.port) as connection:
        end = b"" if headers.startswith(b"X-Endless") else b"\r\n\r\n"
        await connection.send(b"GET /healthz HTTP/1.1\r\nHost: gatehouse\r\n" + headers + end)
        answer = await connection.answer()

    assert (answer.status, answer.headers["connection"]) == (431, "close")


async def test_long_request_line_is_refused(server: Server) -> None:
    async with connected(server.port) as connection:
        await connection.send(b"GET /scim/v2/Users?filter=" + b"x" * 5_000 + b" HTTP/1.1\r\nHost: gatehouse\r\n\r\n")

        assert (await connection.answer()).status == 431


@pytest.mark.parametrize("request_line", [b"nonsense", b"GET / HTTP/9.9", b"CONNECT host:1 HTTP/1.1"])
async def test_what_is_no_request_for_us_is_refused(server: Server, request_line: bytes) -> None:
    async with connected(server.port) as connection:
        await connection.send(request_line + b"\r\n\r\n")
        answer = await connection.answer()

    assert (answer.status, answer.headers["connection"]) == (400, "close")


async def test_length_and_chunks_at_once_are_refused(server: Server, authorization: bytes) -> None:
    async with connected(server.port) as connection:
        await connection.send(
            _post(authorization, b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + b"0\r\n\r\n"
        )

        assert (await connection.answer()).status == 400


async def test_upgrade_is_answered_in_http(server: Server) -> None:
    async with connected(server.port) as connection:
        await connection.send(
            b"GET /healthz HTTP/1.1\r\nHost: gatehouse\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n"
        )
        answer = await connection.answer()

        assert (answer.status, answer.headers["connection"]) == (200, "close")
        assert await connection.rest() == b""


async def test_too_large_a_body_is_refused_and_the_connection_goes_on(server: Server, authorization: bytes) -> None:
    size = 3 * 1_048_576
    async with connected(server.port) as connection:
        await connection.send(_post(authorization, b"Content-Length: %d\r\n" % size))
        answer = await connection.answer()
        await connection.send(b" " * size)

        assert (answer.status, json.loads(answer.body)["status"]) == (413, "413")
        assert (await _alive(connection)).status == 200


async def test_endless_body_is_not_read_for_ever(server: Server) -> None:
    """The answer is given, the rest of the body is unwanted: what comes after the deadline ends the connection."""
    async with connected(server.port) as connection:
        await connection.send(_post(b"", b"Transfer-Encoding: chunked\r\n"))
        assert (await connection.answer()).status == 401
        with pytest.raises(ConnectionError):
            await _pour(connection, b"400\r\n" + b" " * 1_024 + b"\r\n")


async def test_unread_answers_end_the_connection(server: Server) -> None:
    """One request after the other, and nobody reads what comes back."""
    schemas = b"GET /scim/v2/Schemas HTTP/1.1\r\nHost: gatehouse\r\n\r\n"
    async with connected(server.port) as connection:
        connection.writer.transport.pause_reading()
        with pytest.raises(ConnectionError):
            await _pour(connection, schemas * 20)


async def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    async with connected(server.port) as connection:
        await connection.send(GET_HEALTH * 3 + b"GET /nosuch HTTP/1.1\r\nHost: gatehouse\r\n\r\n")

        assert [(await connection.answer()).status for _ in range(4)] == [200, 200, 200, 404]


def _post(authorization: bytes, more: bytes) -> bytes:
    return (
        b"POST /scim/v2/Users HTTP/1.1\r\nHost: gatehouse\r\nContent-Type: application/scim+json\r\n"
        + authorization
        + more
        + b"\r\n"
    )


async def _pour(connection: Connection, data: bytes) -> None:
    async with asyncio.timeout(20):
        while True:
            await connection.send(data)
            await asyncio.sleep(0.01)


async def _drip(connection: Connection, data: bytes) -> None:
    while True:
        await connection.send(data)
        await asyncio.sleep(0.1)
