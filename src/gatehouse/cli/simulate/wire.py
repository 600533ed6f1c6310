"""Requests as Entra sends them: its headers, its spelling of a filter, its patience with a busy server."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from time import monotonic, perf_counter
from typing import Any, Final, Self
from urllib.parse import quote_plus, urlsplit
from uuid import UUID

import httpx
import orjson

from gatehouse.cli.simulate.answers import TOO_MANY_REQUESTS, Answer, Failed
from gatehouse.cli.simulate.tally import Tally

_MEDIA_TYPE: Final = "application/scim+json"
_ADSCIM_VERSION: Final = "5.0"
_ESCAPE: Final = re.compile(r"%[0-9A-F]{2}")
_TRIES_WHEN_THROTTLED: Final = 8
_LONGEST_PAUSE_S: Final = 60.0
_DEFAULT_PAUSE_S: Final = 1.0


def filter_query(attribute: str, value: str) -> str:
    r"""Write ``filter=…`` as on Entra's wire: form encoding in lower-case hex, the value between quotes unescaped.

    >>> filter_query("userName", "ada+x@corp.example")
    'filter=userName+eq+%22ada%2bx%40corp.example%22'
    """
    encoded = quote_plus(f'{attribute} eq "{value}"', safe="!*()").replace("~", "%7E")
    return "filter=" + _ESCAPE.sub(lambda escape: escape[0].lower(), encoded)


def endpoint(url: str, path: str) -> str:
    """Join the Tenant URL with a path; the flag, or any other query in it, is left behind.

    >>> endpoint("https://scim.example/v2/?aadOptscim062020", "/Users")
    'https://scim.example/v2/Users'
    """
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}{path}"


class Pace:
    """Hands out moments to send at: at most so many per second, none while the server asked for a pause."""

    def __init__(self, per_second: float) -> None:
        self._gap_s = 1 / per_second if per_second > 0 else 0.0
        self._next = 0.0

    async def wait(self) -> None:
        """Wait for one's turn."""
        now = monotonic()
        turn = max(now, self._next)
        self._next = turn + self._gap_s
        if turn > now:
            await asyncio.sleep(turn - now)

    def pause(self, seconds: float) -> None:
        """Let nobody send for so long."""
        self._next = max(self._next, monotonic() + min(seconds, _LONGEST_PAUSE_S))


class Wire:
    """Keep-alive connections to one SCIM server; every request is timed."""

    def __init__(
        self, url: str, token: str, tally: Tally, *, seed: str, connections: int, rate: float, timeout_s: float
    ) -> None:
        self._url, self._tally, self._pace = url, tally, Pace(rate)
        self._ids = Random(f"{seed}/requests")  # noqa: S311 - ids, not secrets
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._http = httpx.AsyncClient(timeout=timeout_s, limits=limits, trust_env=False)
        self._http.headers.clear()  # no User-Agent (entra-client §2)
        self._http.headers.update(
            {"Authorization": f"Bearer {token}", "ADSCIMVersion": _ADSCIM_VERSION, "Accept": _MEDIA_TYPE}
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def send(self, operation: str | None, method: str, path: str, body: object = None) -> Answer:
        """Send one request. On 429 the whole job waits as the server asks, and the request is sent again.

        :param operation: what the latency is booked under; None: not at all.
        :param path: relative to the base, encoded as sent.
        :raises Failed: no answer; transient.
        """
        tries = 0
        while True:
            await self._pace.wait()
            answer = await self._exchange(operation, method, path, body)
            tries += 1
            if answer.status != TOO_MANY_REQUESTS or tries == _TRIES_WHEN_THROTTLED:
                return answer
            self._tally.throttled += 1
            self._pace.pause(_DEFAULT_PAUSE_S if answer.retry_after_s is None else answer.retry_after_s)

    async def match(self, operation: str, path: str, attribute: str, value: str, *, without_members: bool) -> Answer:
        """Ask by filter."""
        excluded = "excludedAttributes=members&" if without_members else ""
        return await self.send(operation, "GET", f"{path}?{excluded}{filter_query(attribute, value)}")

    async def _exchange(self, operation: str | None, method: str, path: str, body: object) -> Answer:
        headers = {"client-request-id": str(UUID(int=self._ids.getrandbits(128), version=4))}
        content: bytes | None = None
        if body is not None:
            headers["Content-Type"] = f"{_MEDIA_TYPE}; charset=utf-8"
            content = orjson.dumps(body)
        with self._timed(operation), _without_answer():
            response = await self._http.request(method, endpoint(self._url, path), content=content, headers=headers)
        return Answer(response.status_code, response.content, _seconds(response.headers.get("retry-after")))

    @contextmanager
    def _timed(self, operation: str | None) -> Iterator[None]:
        if operation is None:
            yield
            return
        self._tally.cycles[-1].requests += 1
        started = perf_counter()
        yield
        self._tally.latencies_s.setdefault(operation, []).append(perf_counter() - started)

    def new_guid(self) -> str:
        """A random GUID, as in Entra's probes."""
        return str(UUID(int=self._ids.getrandbits(128), version=4))


@contextmanager
def _without_answer() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException:
        raise Failed("Timeout", "The server did not answer in time", transient=True) from None
    except httpx.TransportError as exc:
        raise Failed("WebException", f"No answer: {str(exc) or type(exc).__name__}", transient=True) from None


def _seconds(header: Any) -> float | None:
    return float(header) if isinstance(header, str) and header.strip().isdigit() else None
