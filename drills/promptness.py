"""How fast the service says no, and how fast it is ready again (docs/promises.md: P11, P13, P16).

Times belong to the machine: they are reported beside what is promised, and fail nothing. Answers are checked.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
from tests.bodies import patch_op, person
from tests.postgres import private_server
from tests.smoke.raw_http import Connection, connected

from drills.processes import family, frozen, postmaster
from drills.server import LoggedServer, serving
from drills.service import postgres_url, sqlite_url

_REFUSED_WITHIN_MS: Final = 50
_READY_WITHIN_MS: Final = 5_000
_TIMES: Final = 40  # of each refusal
_RESTARTS: Final = 3
_CROWD: Final = 32 + 200 + 20  # more than are worked on and may wait
_ARRIVED_AFTER_S: Final = 0.2
_CREDENTIAL_KNOWN_FOR_S: Final = 0.8  # a little less than it is


@dataclass(frozen=True, slots=True)
class Measure:
    """How long something took, each time it was done."""

    what: str
    promised_ms: int
    times_s: Sequence[float]

    @property
    def row(self) -> tuple[str, ...]:
        """What, how often, then milliseconds: median, 95th percentile, longest, promised."""
        ordered = sorted(self.times_s)
        p95 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]
        shown = (statistics.median(ordered), p95, ordered[-1])
        return (self.what, str(len(ordered)), *(f"{1_000 * s:,.1f}" for s in shown), f"< {self.promised_ms:,}")


async def measures() -> list[Measure]:
    """All of them, in the order of the promises."""
    return [*await _refusals(), *await _restarts()]


async def _refusals() -> list[Measure]:
    """One process as delivered, on PostgreSQL."""
    with private_server() as postgres, serving(postgres.url, workers=1) as server:
        found = [
            Measure(f"{what}: {status}", _REFUSED_WITHIN_MS, times)
            async for what, status, times in _each_refusal(server)
        ]
        busy = await _busy(server, postgres.home / "data")
        return [*found, Measure("more than is in work and in line: 503", _REFUSED_WITHIN_MS, busy)]


async def _each_refusal(server: LoggedServer) -> AsyncIterator[tuple[str, int, list[float]]]:
    """What is refused, with which status, and how long each answer took."""
    filters = {"filter": "title pr".ljust(8_001)}
    operations = [{"op": "replace", "path": "title", "value": "x"}] * 101
    user = person("ann@corp.example")
    requests: list[tuple[str, int, dict[str, Any]]] = [
        ("unknown token", 401, {"headers": {"Authorization": f"Bearer {'x' * 40}"}, "url": "Users"}),
        ("body of 2 MiB", 413, {"method": "POST", "url": "Users", "content": b" " * 2_097_152}),
        ("1 MB of brackets", 400, {"method": "POST", "url": "Users", "content": b"[" * 1_000_000}),
        ("filter of 8,001 characters", 400, {"url": "Users", "params": filters}),
        ("PATCH of 101 operations", 400, {"method": "PATCH", "url": "Users/{id}", "json": patch_op(*operations)}),
    ]
    for number, (what, status, request) in enumerate(requests):
        async with _client(server, f"tenant-{number}") as client:  # one each: nobody's rate is spent
            created = (await client.post("Users", json=user)).json()
            wanted = {"method": "GET", **request, "url": request["url"].format(id=created["id"])}
            yield what, status, [await _refused(client, status, wanted) for _ in range(_TIMES)]
    async with _client(server, "eager") as client:
        while (await client.get("Users?count=0")).status_code == httpx.codes.OK:
            pass
        wanted = {"method": "GET", "url": "Users?count=0"}
        yield "more than the tenant's rate", 429, await _of_status(client, 429, wanted)


async def _of_status(client: httpx.AsyncClient, status: int, request: dict[str, Any]) -> list[float]:
    """So many answers of that status; those in between, as when the rate allows one again, are passed over."""
    times: list[float] = []
    while len(times) < _TIMES:
        began = time.perf_counter()
        answer = await client.request(**request)
        if answer.status_code == status:
            times.append(time.perf_counter() - began)
    return times


async def _refused(client: httpx.AsyncClient, status: int, request: dict[str, Any]) -> float:
    began = time.perf_counter()
    answer = await client.request(**request)
    took = time.perf_counter() - began
    if answer.status_code != status:
        raise RuntimeError(f"{request['url']} was answered {answer.status_code}, not {status}: {answer.text[:200]}")
    return took


async def _busy(server: LoggedServer, data: Path) -> list[float]:
    """While PostgreSQL stands still and every place is taken: one request after the other.

    Of two tenants with equal lines: of one alone the rate would be spent, and a third would be given a place.
    """
    asked = [_raw(_new_token(server, f"crowd-{number}")) for number in range(2)]
    async with AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(connected(server.port)) for _ in range(_CROWD)]
        for number, request in enumerate(asked):
            await _timed(crowd[number], request, 200)  # from here on the tenant's token is known for a second
        known_until = time.perf_counter() + _CREDENTIAL_KNOWN_FOR_S
        with frozen(family(postmaster(data))):
            for number, connection in enumerate(crowd[1:]):
                await connection.send(asked[number % 2])
            await asyncio.sleep(_ARRIVED_AFTER_S)
            times: list[float] = []
            while time.perf_counter() < known_until and len(times) < _TIMES:
                times.append(await _timed(crowd[0], asked[0], 503))
    return times


async def _timed(connection: Connection, request: bytes, status: int) -> float:
    """How long the answer took; a 503 says when to come again."""
    began = time.perf_counter()
    await connection.send(request)
    answer = await connection.answer()
    took = time.perf_counter() - began
    if answer.status != status or (status == httpx.codes.SERVICE_UNAVAILABLE and "retry-after" not in answer.headers):
        raise RuntimeError(f"answered {answer.status}, not {status}: {answer.headers}")
    return took


def _raw(token: str) -> bytes:
    return f"GET /scim/v2/Users?count=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def _client(server: LoggedServer, slug: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {_new_token(server, slug)}"}
    return httpx.AsyncClient(base_url=f"{server.base}/scim/v2/", headers=headers, timeout=30)


def _new_token(server: LoggedServer, slug: str) -> str:
    server.command("tenant", "create", slug, "--name", slug.title())
    return server.command("token", "issue", slug, "--label", "measure")


async def _restarts() -> list[Measure]:
    found = []
    for name, lend in (("SQLite", sqlite_url), ("PostgreSQL", postgres_url)):
        for workers in (1, 2):
            with lend() as url, serving(url, workers=workers) as server:
                times = [await _restart(server) for _ in range(_RESTARTS)]
            what = f"kill -9, then ready: {name}, {workers} worker{'s' if workers > 1 else ''}"
            found.append(Measure(what, _READY_WITHIN_MS, times))
    return found


async def _restart(server: LoggedServer) -> float:
    server.kill()
    began = time.perf_counter()
    async with httpx.AsyncClient(timeout=5) as client:
        starting = asyncio.create_task(asyncio.to_thread(server.start))
        while not await _is_ready(client, server):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)
        took = time.perf_counter() - began
        await starting
    return took


async def _is_ready(client: httpx.AsyncClient, server: LoggedServer) -> bool:
    try:
        return (await client.get(f"{server.base}/readyz")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
