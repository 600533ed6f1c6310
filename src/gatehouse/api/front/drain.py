"""The end of a process without a lost request (reliability.md §3, P16).

On SIGTERM ``/readyz`` answers 503 at once and every answer ends its connection, while requests are still taken: load
balancers notice, clients move on. After the delay the server stops listening and finishes what it has begun.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_Handler = Callable[[int, FrameType | None], object]


class Drain:
    """Whether this process is about to end.

    :param delay_s: how long it goes on listening after SIGTERM.
    """

    def __init__(self, *, delay_s: float) -> None:
        self._delay_s = delay_s
        self.begun = False
        self._callbacks: list[Callable[[], object]] = []

    def on_begin(self, callback: Callable[[], object]) -> None:
        """Call when the end begins, in the event loop: for what would otherwise go on for ever."""
        self._callbacks.append(callback)

    @contextmanager
    def on_sigterm(self) -> Iterator[None]:
        """Put the delay between SIGTERM and the server's own handler of it, if it has one here."""
        server_stops = signal.getsignal(signal.SIGTERM)
        if threading.current_thread() is not threading.main_thread() or not callable(server_stops):
            yield
            return
        signal.signal(signal.SIGTERM, self._handler(server_stops, asyncio.get_running_loop()))
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, server_stops)

    def _handler(self, server_stops: _Handler, loop: asyncio.AbstractEventLoop) -> _Handler:
        def begin(signum: int, _frame: FrameType | None) -> None:
            if not self.begun:  # a supervisor passes on the signal that the process group had already
                self.begun = True
                for callback in self._callbacks:
                    loop.call_soon_threadsafe(callback)
                loop.call_soon_threadsafe(loop.call_later, self._delay_s, server_stops, signum, None)

        return begin
