"""How long work may take: one timer looks after all of it.

``asyncio.timeout`` sets a timer of the event loop for each block. With uvloop that and taking it back cost 5 µs, a tenth of
what the rest of a small request does, and a request has several such blocks; they hardly ever end by it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self
from weakref import WeakKeyDictionary, ref

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
        loop = self._loop
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a time limit is for what a task does")
        self._task = task
        self._cancelling = task.cancelling()
        watch = _latest
        if watch.loop() is not loop:
            watch = _watch_of(loop)
        self._watch = watch
        watch.open.add(self)
        if not watch.ticks:
            watch.begin(loop)
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
    """The limits of the blocks that one event loop is in; while there are any, it looks at them every tick.

    :param loop: the loop; nothing here refers to it for longer than it has something to do.
    """

    def __init__(self, loop: Callable[[], asyncio.AbstractEventLoop | None]) -> None:
        self.loop = loop
        self.open: set[TimeLimit] = set()
        self.ticks = False

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Look again in a tick."""
        self.ticks = True
        loop.call_later(TICK_S, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for limit in tuple(self.open):
            limit.expire_at(now)
        self.ticks = bool(self.open)
        if self.ticks:
            self.begin(loop)


_watches: WeakKeyDictionary[asyncio.AbstractEventLoop, _Watch] = WeakKeyDictionary()
_latest = _Watch(lambda: None)  # the one asked for last: mostly there is one loop


def _watch_of(loop: asyncio.AbstractEventLoop) -> _Watch:
    global _latest  # noqa: PLW0603
    watch = _watches.get(loop)
    if watch is None:
        watch = _watches[loop] = _Watch(ref(loop))
    _latest = watch
    return watch
