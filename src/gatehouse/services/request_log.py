"""The request log's writer: entries wait in memory for at most a moment and are stored in batches.

A crash may lose the last second. The log is for diagnosis; what happened to people is in the provisioning history.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
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
        self._waiting: deque[Entry] = deque(maxlen=capacity)
        self._dropped = 0

    @property
    def waiting(self) -> int:
        """Entries in memory."""
        return len(self._waiting)

    def add(self, entry: Entry) -> None:
        """Take one entry."""
        if len(self._waiting) == self._waiting.maxlen:
            self._count_dropped()
        self._waiting.append(entry)

    async def run(self) -> None:
        """Store what waits, again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._flush_s)
            await self.flush()

    async def flush(self) -> None:
        """Store what waits now; what cannot be stored goes on waiting."""
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
            try:
                await self._store(batch)
            except Unavailable:
                self._waiting.extendleft(reversed(batch))
                return
            self._stored()
        if self._dropped:
            _LOG.warning("request log entries dropped", count=self._dropped)
            self._dropped = 0

    async def _store(self, batch: Sequence[Entry]) -> None:
        """Store entries; one that no database takes does not keep the others out, and the log goes on."""
        try:
            await request_log.add_many(batch)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - logged whole; whatever is wrong with one, the log has to go on
            if len(batch) > 1:
                for entry in batch:
                    await self._store([entry])
                return
            _LOG.exception("request log entry cannot be stored", request_id=batch[0].request_id)
            self._count_dropped()

    def _count_dropped(self) -> None:
        self._dropped += 1
        metrics.REQUEST_LOG_DROPPED.inc()


__all__ = ["Entry", "RequestLog"]
