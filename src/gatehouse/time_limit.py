"""How long work may take: one timer looks after all of it.

``asyncio.timeout`` sets a timer of the event loop for each block. With uvloop that and taking it back cost 5 µs, a tenth of
what the rest of a small request does, and a request has several such blocks; they hardly ever end by it.
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Self
from weakref import WeakKeyDictionary

TICK_S: Final = 0.05


class TimeLimit:
    """``with TimeLimit(seconds):`` cancels what the block awaits and raises TimeoutError, as ``asyncio.timeout`` does.

    It may do so :data:`TICK_S` late. Not for use around ``yield``.

    :raises TimeoutError: at the end of the block, when its time was over.
    """

    __slots__ = ("_cancelling", "_expired", "_loop", "_task", "_until", "_watch")

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + seconds
        self._expired = False

    def end_in(self, seconds: float) -> None:
        """Let the block end that long from now, in place of what was said before."""
        self._until = self._loop.time() + seconds

    def __enter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a time limit is for what a task does")
        self._task = task
        self._cancelling = task.cancelling()
        self._watch = _watch_of(self._loop)
        self._watch.add(self, self._loop)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._watch.open.discard(self)
        # Somebody else may have cancelled the task too: then it stays cancelled (asyncio.timeout does the same)
        if self._expired and self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire_at(self, now: float) -> None:
        """Cancel the task if the time is over; once."""
        if now >= self._until:
            self._watch.open.discard(self)
            self._expired = True
            self._task.cancel()


class _Watch:
    """The limits of the blocks that one event loop is in; while there are any, it looks at them every tick."""

    def __init__(self) -> None:
        self.open: set[TimeLimit] = set()
        self._ticks = False

    def add(self, limit: TimeLimit, loop: asyncio.AbstractEventLoop) -> None:
        self.open.add(limit)
        if not self._ticks:
            self._ticks = True
            loop.call_later(TICK_S, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for limit in tuple(self.open):
            limit.expire_at(now)
        self._ticks = bool(self.open)
        if self._ticks:
            loop.call_later(TICK_S, self._tick, loop)


# Nothing here refers to the loop of a watch for longer than it has something to do
_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch] = WeakKeyDictionary()


def _watch_of(loop: asyncio.AbstractEventLoop) -> _Watch:
    watch = _watches.get(loop)
    if watch is None:
        watch = _watches[loop] = _Watch()
    return watch
