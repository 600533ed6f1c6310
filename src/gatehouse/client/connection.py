"""How the client speaks to ``/graphql``: sign-in, deadlines, attempts, pages, and answers that are failures."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from enum import Enum
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, TypeVar
from urllib.parse import urlsplit

import httpx
import orjson

from gatehouse.client.errors import (
    Busy,
    ClientError,
    Missing,
    NotConfigured,
    QueryFailed,
    Unauthenticated,
    Unreachable,
    refusal,
)

T = TypeVar("T")
_BUSY: Final = frozenset({429, 503})
_LONGEST_WAIT_S: Final = 60.0


class Unset(Enum):
    """The type of :data:`UNSET`."""

    UNSET = "UNSET"


UNSET: Final = Unset.UNSET
"""An argument that is left out; None is sent as null."""

Maybe: TypeAlias = T | Unset | None


class Connection:
    """A signed-in connection to one server; use it in ``async with``.

    Queries are repeated when the server is busy (429, 503) or does not answer, after the time that it names; mutations only
    with an idempotency key, so that nothing is done twice.

    :param url: of the server, such as ``https://gatehouse.example``; default: GATEHOUSE_URL.
    :param api_key: default: GATEHOUSE_API_KEY.
    :param timeout_s: for one answer, in seconds.
    :param attempts: how often to ask in all.
    :raises NotConfigured: one of the two is nowhere, or the address is none.
    """

    def __init__(
        self, url: str | None = None, api_key: str | None = None, *, timeout_s: float = 60, attempts: int = 4
    ) -> None:
        address = (url or os.environ.get("GATEHOUSE_URL", "")).rstrip("/")
        key = api_key or os.environ.get("GATEHOUSE_API_KEY", "")
        if not address or not key:
            raise NotConfigured("set GATEHOUSE_URL" if not address else "set GATEHOUSE_API_KEY")
        if urlsplit(address).scheme not in {"http", "https"}:
            raise NotConfigured(f"{address!r} is not an http(s) address")
        if not key.isascii() or not key.isprintable():
            raise NotConfigured("the API key holds characters that no key has")
        self._address = address if address.endswith("/graphql") else f"{address}/graphql"
        self._attempts = attempts
        self._http = httpx.AsyncClient(timeout=timeout_s, headers={"Authorization": f"Bearer {key}"})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections to the server."""
        await self._http.aclose()

    async def download(self, url: str) -> AsyncIterator[bytes]:
        """The file of an export, piece by piece, from this server: of the URL only its end counts.

        :param url: ``Job.download_url``.
        :raises ClientError: it is not there, not this key's, or it broke off.
        """
        address = f"{self._address.removesuffix('/graphql')}/exports/{url.rpartition('/')[2]}"
        try:
            async with self._http.stream("GET", address) as answer:
                if answer.status_code != httpx.codes.OK:
                    await answer.aread()
                    raise _no_file(answer)
                async for piece in answer.aiter_bytes():
                    yield piece
        except httpx.TransportError as error:
            raise Unreachable(f"the file broke off: {error}") from error

    async def _ask(self, document: str, variables: Mapping[str, object], path: tuple[str, ...]) -> Any:
        """What lies at the end of the path; None where it breaks off."""
        return _at(await self._send(document, variables, repeatable=True), path)

    async def _change(
        self, document: str, variables: Mapping[str, object], path: tuple[str], read: Callable[[dict[str, Any]], T]
    ) -> T:
        """:raises Refused: the mutation did nothing."""
        repeatable = isinstance(variables.get("idempotencyKey"), str)
        payload = (await self._send(document, variables, repeatable=repeatable))[path[0]]
        if refused := refusal(payload):
            raise refused
        return read(payload)

    async def _pages(
        self,
        document: str,
        variables: Mapping[str, object],
        path: tuple[str, ...],
        read: Callable[[dict[str, Any]], T],
    ) -> AsyncIterator[T]:
        """:raises Missing: there is no such list."""
        after: str | Unset = UNSET
        while True:
            found = await self._ask(document, {**variables, "after": after}, path)
            if found is None:
                raise Missing(f"no such {path[0]}" if len(path) > 1 else f"no {path[0]}")
            for node in found["nodes"]:
                yield read(node)
            if not found["pageInfo"]["hasNextPage"]:
                return
            after = found["pageInfo"]["endCursor"]

    async def _send(self, document: str, variables: Mapping[str, object], *, repeatable: bool) -> dict[str, Any]:
        given = {name: value for name, value in variables.items() if value is not UNSET}
        body = orjson.dumps({"query": document, "variables": given})
        for attempt in range(1, self._attempts + 1):
            try:
                return await self._once(body)
            except (Busy, Unreachable) as error:
                if not repeatable or attempt == self._attempts:
                    raise
                await asyncio.sleep(_pause_s(error, attempt))
        raise AssertionError("attempts is 0")

    async def _once(self, body: bytes) -> dict[str, Any]:
        try:
            answer = await self._http.post(self._address, content=body, headers={"Content-Type": "application/json"})
        except httpx.TimeoutException as error:
            raise Unreachable(f"{self._address} did not answer in time") from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unreachable(f"{self._address} cannot be reached: {error}") from error
        return _data(answer)


def _pause_s(error: ClientError, attempt: int) -> float:
    """What the server asks for; else 0.5 s, doubled with each attempt."""
    named = error.retry_after_s if isinstance(error, Busy) else None
    return min(named if named is not None else 0.5 * 2 ** (attempt - 1), _LONGEST_WAIT_S)


def _data(answer: httpx.Response) -> dict[str, Any]:
    """The data of an answer without failures.

    :raises ClientError: what the failure is.
    """
    body = _json(answer)
    message = "; ".join(error["message"] for error in body.get("errors", ())) or f"HTTP status {answer.status_code}"
    if answer.status_code in _BUSY:
        after = answer.headers.get("Retry-After", "")
        raise Busy(message, float(after) if after.isdecimal() else None)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise Unauthenticated(message)
    if body.get("errors"):
        raise QueryFailed(message, str(body["errors"][0].get("extensions", {}).get("code", "")))
    if not isinstance(body.get("data"), dict):
        raise QueryFailed(f"{answer.url} is no Gatehouse: {message}")
    return body["data"]  # type: ignore[no-any-return]


def _no_file(answer: httpx.Response) -> ClientError:
    message = str(_json(answer).get("detail", f"HTTP status {answer.status_code}"))
    if answer.status_code in _BUSY:
        return Busy(message, None)
    return Unauthenticated(message) if answer.status_code == httpx.codes.UNAUTHORIZED else QueryFailed(message, "")


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _at(data: dict[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = data
    for name in path:
        if found is None:
            return None
        found = found[name]
    return found
