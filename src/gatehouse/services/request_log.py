"""The request log's writer: entries wait in memory for at most a moment and are stored in batches.

A crash may lose the last second. The log is for diagnosis; what happened to people is in the provisioning history.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from gatehouse.errors import Unavailable
from gatehouse.logs import logger
from gatehouse.services import metrics
from gatehouse.store import request_log
from gatehouse.store.request_log import Entry

_LOG: Final = logger(__name__)
_BATCH: Final = 500


class RequestLog:
    """Takes entries without waiting and stores them in the background.

    :param flush_s: longest time an entry waits.
    :param capacity: entries that may wait while the database is away; older ones are dropped and counted.
    :param stored: called when some have been stored.
    """

    def __init__(self, *, flush_s: float, capacity: int, stored: Callable[[], None] = lambda: None) -> None:
        self._flush_s = flush_s
        self._stored = stored
        self._capacity = capacity
        self._waiting: deque[Entry] = deque(maxlen=capacity)
        self._dropped = 0

    @property
    def waiting(self) -> int:
        """Entries in memory."""
        return len(self._waiting)

    def add(self, entry: Entry) -> None:
        """Take one entry."""
        if len(self._waiting) == self._capacity:
            self._count_dropped()
        self._waiting.append(entry)

    async def run(self) -> None:
        """Store what waits, again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._flush_s)
            await self.flush()

    async def flush(self) -> None:
        """Store what waits now; what cannot be stored for now goes on waiting."""
        while self._waiting:
            parts = [[self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]]
            try:
                while parts:
                    await self._store_first(parts)
            except Unavailable:
                return
            except Exception:  # noqa: BLE001 - logged whole; the log goes on when it is mended
                _LOG.exception("request log cannot be stored")
                return
            finally:
                self._put_back([entry for part in reversed(parts) for entry in part])
        if self._dropped:
            _LOG.warning("request log entries dropped", count=self._dropped)
            self._dropped = 0

    async def _store_first(self, parts: list[list[Entry]]) -> None:
        """Store the last of the parts, which is the first in time; if one of it keeps the others out, part it."""
        part = parts[-1]
        try:
            await request_log.add_many(part)
        except Exception as error:
            if not request_log.is_about_entries(error):
                raise
            parts.pop()
            if len(part) > 1:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
                return
            _LOG.exception("request log entry cannot be stored", request_id=part[0].request_id)
            self._count_dropped()
            return
        parts.pop()
        self._stored()

    def _put_back(self, entries: list[Entry]) -> None:
        """Let entries wait again, before all that came since: the newest of them, as many as there is room for."""
        too_many = max(0, len(self._waiting) + len(entries) - self._capacity)
        self._waiting.extendleft(reversed(entries[too_many:]))
        self._count_dropped(too_many)

    def _count_dropped(self, number: int = 1) -> None:
        self._dropped += number
        metrics.REQUEST_LOG_DROPPED.inc(number)


__all__ = ["Entry", "RequestLog"]
