"""The public keys with which Entra ID signs its tokens (RFC 7517), fetched from the one address of the settings.

They are kept for an hour. A key id that is not among them leads to one fetch at a time, and to no more than one in half a
minute: keys are rotated, and anybody can make up ids. While the address does not answer, known keys go on working for a
day; a token whose key is not known is then our failure (503), not the caller's (401).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import httpx
import orjson
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from gatehouse.errors import Unavailable
from gatehouse.logs import logger

_LOG: Final = logger(__name__)

MAX_BYTES: Final = 262_144
MAX_KEYS: Final = 50
MIN_BITS: Final = 2_048
FRESH_FOR_S: Final = 3_600.0
GOOD_FOR_S: Final = 86_400.0
REFETCH_AFTER_S: Final = 30.0
TIMEOUT_S: Final = 5.0


class SigningKeys:
    """RSA keys by id.

    :param url: of the JWKS document; no redirect is followed.
    :param refetch_after_s: shortest time between two fetches.
    :param clock: seconds that only go forward.
    """

    def __init__(
        self, url: str, *, refetch_after_s: float = REFETCH_AFTER_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._url = url
        self._refetch_after_s = refetch_after_s
        self._clock = clock
        self._keys: dict[str, RSAKey] = {}
        self._fetched_at: float | None = None  # when they came
        self._tried_at: float | None = None
        self._failed = False
        self._lock = asyncio.Lock()

    async def find(self, key_id: str) -> RSAKey | None:
        """The key of that id; None when Entra ID has none.

        :raises Unavailable: it is not known, and Entra ID cannot be asked.
        """
        found = self._keys.get(key_id)
        if found is None or self._age() > FRESH_FOR_S:
            async with self._lock:
                if (key_id not in self._keys or self._age() > FRESH_FOR_S) and self._may_fetch():
                    await self._fetch()
            found = self._keys.get(key_id)
        if self._age() > GOOD_FOR_S or (found is None and self._failed):
            raise Unavailable("The signing keys of Entra ID cannot be fetched", retry_after_s=5)
        return found

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._clock() - self._fetched_at

    def _may_fetch(self) -> bool:
        return self._tried_at is None or self._clock() - self._tried_at >= self._refetch_after_s

    async def _fetch(self) -> None:
        self._tried_at, self._failed = self._clock(), True  # so too when it is cancelled under way
        try:
            keys = _read(await _download(self._url))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, JoseError, TimeoutError) as failure:
            _LOG.warning("jwks_fetch_failed", failure=type(failure).__name__)
            return
        self._keys, self._fetched_at, self._failed = keys, self._clock(), False


async def _download(url: str) -> bytes:
    """:raises ValueError: another answer than 200, or too long a one."""
    body = b""
    async with (
        asyncio.timeout(TIMEOUT_S),
        httpx.AsyncClient(timeout=TIMEOUT_S) as client,
        client.stream("GET", url, headers={"accept": "application/json"}) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise ValueError(f"status {response.status_code}")
        async for part in response.aiter_bytes():
            body += part
            if len(body) > MAX_BYTES:
                raise ValueError("too long")
    return body


def _read(body: bytes) -> dict[str, RSAKey]:
    """The RSA keys for signatures that the document holds; others are passed over.

    :raises ValueError: it is no JWKS.
    """
    document = orjson.loads(body)
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("no list of keys")  # noqa: TRY004 - all that is wrong with the document is a ValueError
    keys = {}
    for entry in listed[:MAX_KEYS]:
        if _is_ours(entry):
            key = RSAKey.import_key({"kty": "RSA", "n": entry["n"], "e": entry["e"]})
            if key.public_key.key_size >= MIN_BITS:
                keys[entry["kid"]] = key
    return keys


def _is_ours(entry: Any) -> bool:
    return (
        isinstance(entry, dict)
        and entry.get("kty") == "RSA"
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", "RS256") == "RS256"
        and all(isinstance(entry.get(name), str) for name in ("kid", "n", "e"))
    )
