"""What goes over the wire, and what unfriendly servers lead to: against small servers on real sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.smoke.server import free_port

from gatehouse.cli.simulate.dialect import Dialect
from gatehouse.cli.simulate.generate import generate
from gatehouse.cli.simulate.rehearsal import Plan, rehearse
from gatehouse.cli.simulate.replay import read_directory
from gatehouse.cli.simulate.report import Report
from gatehouse.cli.simulate.wire import filter_query

_EMPTY = json.dumps({"totalResults": 0, "itemsPerPage": 0, "startIndex": 1, "Resources": []})
_PERSON = json.dumps({"id": "u1", "active": True})

Reply = Callable[["Request"], tuple[int, str]]


@dataclass(frozen=True)
class Request:
    """A request as it arrived."""

    method: str
    target: str
    head: str
    body: Any


@dataclass
class Recorder:
    """A server that answers by rule and remembers everything."""

    url: str
    requests: list[Request] = field(default_factory=list)


@asynccontextmanager
async def _server(reply: Reply) -> AsyncIterator[Recorder]:
    port = free_port()
    recorder = Recorder(f"http://127.0.0.1:{port}/scim/")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := (await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b"").decode():
            lengths = [line.split(":")[1] for line in head.lower().splitlines() if line.startswith("content-length")]
            body = await reader.readexactly(int(lengths[0])) if lengths else b""
            method, target, _ = head.splitlines()[0].split()
            recorder.requests.append(Request(method, target, head, json.loads(body) if body else None))
            status, text = reply(recorder.requests[-1])
            payload = text.encode()
            writer.write(
                f"HTTP/1.1 {status} x\r\nRetry-After: 0\r\nContent-Length: {len(payload)}\r\n\r\n".encode() + payload
            )
            await writer.drain()

    async def until_closed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async with await asyncio.start_server(until_closed, "127.0.0.1", port):
        yield recorder


def _friendly(request: Request) -> tuple[int, str]:
    if request.method == "POST":
        return 201, _PERSON
    return 200, _EMPTY if "filter=" in request.target or "Schemas" in request.target else _PERSON


async def _run(url: str, *, users: int = 1, groups: int = 0, **options: Any) -> Report:
    plan = Plan(url=url, token="t0ken", directory=generate(users, groups, "7"), **{"cycles": 0, **options})  # noqa: S106
    return await rehearse(plan)


@pytest.mark.parametrize(
    ("value", "query"),
    [
        ("ada", "userName+eq+%22ada%22"),
        ("ada+x@corp.example", "userName+eq+%22ada%2bx%40corp.example%22"),
        ("o'brien", "userName+eq+%22o%27brien%22"),
        ("a_b#EXT#@c", "userName+eq+%22a_b%23EXT%23%40c%22"),
        ("Zoë", "userName+eq+%22Zo%c3%ab%22"),
        ('a"b\\c', "userName+eq+%22a%22b%5cc%22"),
        ("a~(b)", "userName+eq+%22a%7e(b)%22"),
    ],
)
def test_filter_is_spelt_as_entra_does(value: str, query: str) -> None:
    assert filter_query("userName", value) == f"filter={query}"


async def test_requests_look_like_entras() -> None:
    directory = read_directory("x.csv", b"userPrincipalName,mail\no'ana+1@c.example,a@c.example\n")
    async with _server(_friendly) as server:
        await rehearse(Plan(url=f"{server.url}?aadOptscim062020", token="t0ken", directory=directory, cycles=0))  # noqa: S106

    users, groups, schemas, match, create = server.requests[:5]
    assert users.target.startswith("/scim/Users?filter=userName+eq+%22")
    assert groups.target.startswith("/scim/Groups?excludedAttributes=members&filter=displayName+eq+%22")
    assert schemas.target == "/scim/Schemas"
    assert match.target == "/scim/Users?filter=userName+eq+%22o%27ana%2b1%40c.example%22"
    assert (create.method, create.target, create.body["roles"]) == ("POST", "/scim/Users", [])
    assert "content-type: application/scim+json; charset=utf-8" in create.head.lower()
    for request in server.requests:
        head = request.head.lower()
        assert "user-agent" not in head and "if-match" not in head and "accept-encoding" not in head
        assert "authorization: bearer t0ken" in head and "adscimversion:" in head and "client-request-id:" in head


@pytest.mark.parametrize(
    ("status", "code"), [(401, "InvalidCredentials"), (404, "Incompatible"), (200, "Incompatible")]
)
async def test_refused_probe_is_quarantine_at_once(status: int, code: str) -> None:
    async with _server(lambda _: (status, "<html>")) as server:
        report = await _run(server.url, users=20)

    assert report.quarantine and report.quarantine.reason == "EncounteredQuarantineException"
    assert code in report.quarantine.explanation
    assert len(server.requests) == 1
    assert not report.passed


async def test_missing_schemas_are_only_a_note() -> None:
    async with _server(lambda r: (404, "{}") if "Schemas" in r.target else _friendly(r)) as server:
        report = await _run(server.url, verify=False)

    assert report.passed
    assert "GET /Schemas answered 404" in report.to_text()


async def test_refused_write_waits_in_escrow_and_is_tried_in_every_cycle() -> None:
    refusal = json.dumps({"status": "400", "detail": "title is unknown"})
    async with _server(lambda r: (400, refusal) if r.method == "POST" else _friendly(r)) as server:
        report = await _run(server.url, verify=False)

    assert [failure.detail for failure in report.tally.failures] == ["title is unknown"] * 3
    assert [cycle.kind for cycle in report.tally.cycles] == ["initial", "retry", "retry"]
    assert report.quarantine is None
    assert report.unresolved == 1
    assert not report.passed


async def test_busy_server_is_waited_for() -> None:
    refused = set[str]()

    def reply(request: Request) -> tuple[int, str]:
        if request.target not in refused:
            refused.add(request.target)
            return 429, "{}"
        return _friendly(request)

    async with _server(reply) as server:
        report = await _run(server.url, verify=False)

    assert report.tally.throttled == len(refused) > 3
    assert not report.tally.failures


@pytest.mark.parametrize(("patience_s", "failures"), [(0.0, 1), (5.0, 0)])
async def test_patience(patience_s: float, failures: int) -> None:
    posts = iter((503, 201, 201))
    async with _server(lambda r: (next(posts), _PERSON) if r.method == "POST" else _friendly(r)) as server:
        report = await _run(server.url, verify=False, patience_s=patience_s)

    assert len(report.tally.failures) == failures
    assert report.unresolved == 0
    assert report.passed is not bool(failures)


async def test_lost_person_is_an_invalid_anchor_for_good() -> None:
    def reply(request: Request) -> tuple[int, str]:
        by_id = request.method == "PATCH" or (request.method == "GET" and "/Users/" in request.target)
        return (404, "{}") if by_id else _friendly(request)

    async with _server(reply) as server:
        report = await _run(server.url, users=1, cycles=2, dialect=Dialect.FLAG)

    assert {failure.code for failure in report.tally.failures} == {"InvalidAnchor"}
    assert report.comparison and "id" in {difference.path for difference in report.comparison.differences}


async def test_purge_that_fails_is_a_difference() -> None:
    async with _server(lambda r: (403, "{}") if r.method == "DELETE" else _friendly(r)) as server:
        report = await _run(server.url, users=3, cycles=2)

    assert {failure.code for failure in report.tally.failures} == {"InsufficientRights"}
    assert report.comparison
    assert ("deleted", "present") in {(d.expected, d.stored) for d in report.comparison.differences}


async def test_nobody_there() -> None:
    with pytest.raises(ValueError, match=r"cannot be reached: No answer"):
        await _run(f"http://127.0.0.1:{free_port()}/scim")
