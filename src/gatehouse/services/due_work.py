"""The worker that does what the outbox holds: in every process, each piece of work by one of them at a time.

A piece is claimed under a lease that is prolonged while its handler runs. Whoever is killed leaves a lease that ends, and
another process begins the piece again; a handler that must take effect once marks the work as done in the batch of its
effect (:func:`gatehouse.store.outbox.done`). A handler that fails is called again later, again and again.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Final

from gatehouse.errors import Unavailable
from gatehouse.logs import logger
from gatehouse.services.clock import now
from gatehouse.store import outbox
from gatehouse.store.ids import uuid7
from gatehouse.store.outbox import Work

_LOG: Final = logger(__name__)

Handler = Callable[[Work], Awaitable[None]]

_LONGEST_PAUSE_S: Final = 300.0
_DOUBLINGS: Final = 9  # of a second: beyond the longest pause
_KEPT_FOR: Final = timedelta(days=7)
_SWEEP_EVERY: Final = timedelta(hours=1)


class DueWork:
    """Does work when it is due, until cancelled.

    :param handlers: by the kind of work; work of other kinds is left to processes that know it.
    :param poll_s: longest time until work is noticed that another process wrote; work known before begins on time.
    :param lease_s: how long a claim lasts without being prolonged.
    :param drain_s: how long the work under way may go on after the cancellation.
    :param at_once: how many pieces are claimed together, to be done one after the other; 1 where each may take long.
    """

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        *,
        poll_s: float = 1.0,
        lease_s: float = 60.0,
        drain_s: float = 5.0,
        at_once: int = 20,
    ) -> None:
        self._handlers = handlers
        self._kinds = sorted(handlers)
        self._poll_s = poll_s
        self._lease = timedelta(seconds=lease_s)
        self._drain_s = drain_s
        self._at_once = at_once
        self._worker = f"{socket.gethostname()}:{os.getpid()}:{uuid7()}"
        self._swept = now()

    async def run(self) -> None:
        """Wait for work and do it, again and again, until cancelled."""
        while True:
            try:
                pause_s = await self._pause_s()
                if pause_s <= 0:
                    pause_s = 0.0 if await self.do_due() else self._poll_s  # others may have it
            except Unavailable:
                pause_s = self._poll_s
            await asyncio.sleep(pause_s)

    async def do_due(self) -> int:
        """Do what is due now.

        :return: how many pieces were tried.
        :raises Unavailable: the database is away.
        """
        moment = now()
        claimed = await outbox.claim(
            self._kinds, worker=self._worker, now=moment, until=moment + self._lease, limit=self._at_once
        )
        waiting = list(claimed)
        try:
            while waiting:
                await self._do(waiting[0])
                waiting.pop(0)
        finally:
            for work in waiting[1:]:  # cancelled: nobody shall have to wait for the lease to end
                with suppress(Unavailable):
                    await outbox.postpone(work.id, worker=self._worker, until=moment)
        return len(claimed)

    async def _pause_s(self) -> float:
        moment = now()
        if moment - self._swept >= _SWEEP_EVERY:
            self._swept = moment
            await outbox.forget(done_before=moment - _KEPT_FOR)
        due = await outbox.next_due(self._kinds, now=moment)
        return self._poll_s if due is None else min(self._poll_s, (due - moment).total_seconds())

    async def _do(self, work: Work) -> None:
        """Call the handler under a lease of the work's own; its failure is logged, and the work put off."""
        if not await self._extend(work):
            return
        handling = asyncio.ensure_future(self._handlers[work.kind](work))
        keeping = asyncio.create_task(self._keep(work, handling))
        try:
            await asyncio.wait({handling})
        except asyncio.CancelledError:
            await asyncio.wait({handling}, timeout=self._drain_s)
            raise
        finally:
            keeping.cancel()
            await self._settle(work, handling)

    async def _settle(self, work: Work, handling: asyncio.Future[None]) -> None:
        if not handling.done():
            handling.cancel()
            await asyncio.wait({handling})
        if not handling.cancelled() and handling.exception() is None:
            await outbox.finish(work.id, worker=self._worker, at=now())
            return
        error = None if handling.cancelled() else handling.exception()
        pause_s = 0.0 if handling.cancelled() else min(2.0 ** min(work.attempts, _DOUBLINGS), _LONGEST_PAUSE_S)
        if error is not None:
            _tell(work, error)
        await outbox.postpone(work.id, worker=self._worker, until=now() + timedelta(seconds=pause_s))

    async def _keep(self, work: Work, handling: asyncio.Future[None]) -> None:
        """Prolong the lease while the work goes on; stop the work when another worker has it."""
        while not handling.done():
            await asyncio.sleep(self._lease.total_seconds() / 3)
            with suppress(Unavailable):
                if not handling.done() and not await self._extend(work):
                    handling.cancel()

    async def _extend(self, work: Work) -> bool:
        return await outbox.extend(work.id, worker=self._worker, until=now() + self._lease)


def _tell(work: Work, error: BaseException) -> None:
    """Log why work failed; an outage is nobody's bug."""
    known = {"kind": work.kind, "work_id": str(work.id), "attempts": work.attempts}
    if isinstance(error, Unavailable):
        _LOG.info("due_work_waits", reason=error.message, **known)
    else:
        _LOG.error("due_work_failed", exc_info=error, **known)
