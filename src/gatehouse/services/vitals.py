"""What a scrape asks the database, and how often at most."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gatehouse.errors import Unavailable
from gatehouse.services.clock import now
from gatehouse.store import database, vitals
from gatehouse.store.database import PoolUse
from gatehouse.store.vitals import TokenVitals

_FRESH_FOR_S: Final = 5.0
_PATIENCE_S: Final = 4.0  # Prometheus gives a scrape 10 s


@dataclass(frozen=True, slots=True)
class Vitals:
    """The state of the installation at one moment."""

    at: datetime
    tokens: tuple[TokenVitals, ...]
    outbox_oldest_s: float


class VitalsReader:
    """Reads the vitals, however often it is asked, at most every few seconds."""

    def __init__(self) -> None:
        self._reading = asyncio.Lock()
        self._read_at = -_FRESH_FOR_S
        self._last: Vitals | None = None

    async def read(self) -> Vitals | None:
        """The vitals; None: the database cannot be asked."""
        async with self._reading:
            if time.monotonic() - self._read_at >= _FRESH_FOR_S:
                self._last = await _read()
                self._read_at = time.monotonic()
            return self._last


async def _read() -> Vitals | None:
    moment = now()
    try:
        async with asyncio.timeout(_PATIENCE_S):
            tokens = await vitals.tokens(moment)
            waiting_since = await vitals.oldest_undone()
    except (Unavailable, TimeoutError):
        return None
    oldest_s = max(0.0, (moment - waiting_since).total_seconds()) if waiting_since else 0.0
    return Vitals(moment, tuple(tokens), oldest_s)


def pool_use() -> PoolUse | None:
    """The connections of this process to PostgreSQL; None on SQLite."""
    return database.pool_use()


def database_kind() -> str:
    """``sqlite`` or ``postgres``."""
    return database.dialect()
