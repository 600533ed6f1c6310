"""How many requests are worked on at once, and whose turn it is (reliability.md §3, P13).

A slot is taken after the caller is known and the body is read, so that slow clients hold none. All numbers are per
process. The event loop is the lock: no method here is interrupted between two ``await``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable
from contextlib import AbstractAsyncContextManager

from gatehouse.errors import Unavailable

_Queue = deque["asyncio.Future[None]"]


class Admission:
    """Slots for work, shared fairly between tenants.

    Each tenant waits in its own line; the lines are served in turn. While others wait, a tenant is given no more than
    half of the slots. When all waiting places are taken, a newcomer takes the last one of the longest line, unless its
    own is as long.

    :param max_in_flight: requests worked on at once.
    :param max_queue: requests that may wait for a slot.
    :param max_wait_s: how long one may wait.
    """

    def __init__(self, *, max_in_flight: int = 32, max_queue: int = 200, max_wait_s: float = 3.0) -> None:
        self._free = max_in_flight
        self._fair_share = max(1, max_in_flight // 2)
        self._places = max_queue
        self._max_wait_s = max_wait_s
        self._held: dict[Hashable, int] = {}  # nobody holds none
        self._lines: dict[Hashable, _Queue] = {}  # in the order of turns; no line is empty

    @property
    def in_flight(self) -> int:
        """Slots taken now."""
        return sum(self._held.values())

    @property
    def waiting(self) -> int:
        """Requests in line now."""
        return sum(len(line) for line in self._lines.values())

    def slot(self, whose: Hashable) -> AbstractAsyncContextManager[None]:
        """Hold a slot for the block.

        :param whose: the tenant or API key that the work is for.
        :raises Unavailable: at once when no place in line is left, or after waiting in vain.
        """
        return _Slot(self, whose)

    async def take(self, whose: Hashable) -> None:
        """Take a slot, perhaps after waiting for it; to be given back."""
        if self._free and not self._lines:
            self._take(whose)
        else:
            await self._wait(whose)

    def give_back(self, whose: Hashable) -> None:
        """Let the next one in line have the slot."""
        self._free += 1
        left = self._held.pop(whose) - 1
        if left:
            self._held[whose] = left
        if self._lines:
            self._call_next()

    async def _wait(self, whose: Hashable) -> None:
        turn = self._line_up(whose)
        try:
            async with asyncio.timeout(self._max_wait_s):
                await turn
        except TimeoutError:
            self._step_out(whose, turn)
            raise _busy() from None
        except asyncio.CancelledError:
            self._step_out(whose, turn)
            raise

    def _line_up(self, whose: Hashable) -> asyncio.Future[None]:
        if self.waiting >= self._places:
            self._make_room(whose)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(whose, deque()).append(turn)
        return turn

    def _make_room(self, whose: Hashable) -> None:
        longest = max(self._lines, key=lambda key: len(self._lines[key]), default=whose)
        if len(self._lines.get(longest, ())) <= len(self._lines.get(whose, ())) + 1:
            raise _busy()
        last = self._lines[longest].pop()
        if not last.done():  # cancelled, and about to step out
            last.set_exception(_busy())

    def _step_out(self, whose: Hashable, turn: asyncio.Future[None]) -> None:
        """Leave the line for good; a slot that was given in this very moment goes to the next."""
        line = self._lines.get(whose)
        if line is not None and turn in line:
            line.remove(turn)
            if not line:
                del self._lines[whose]
        elif turn.done() and not turn.cancelled() and turn.exception() is None:
            self.give_back(whose)

    def _take(self, whose: Hashable) -> None:
        self._free -= 1
        self._held[whose] = self._held.get(whose, 0) + 1

    def _call_next(self) -> None:
        while self._free and self._lines:
            whose = self._whose_turn()
            line = self._lines.pop(whose)
            turn = line.popleft()
            if line:
                self._lines[whose] = line  # to the end of the turns
            if not turn.done():  # cancelled, and about to step out
                self._take(whose)
                turn.set_result(None)

    def _whose_turn(self) -> Hashable:
        """The first in turn that holds less than its share; two that hold more would leave no slot free."""
        fair = (key for key in self._lines if self._held.get(key, 0) < self._fair_share)
        return next(fair, next(iter(self._lines)))


class _Slot(AbstractAsyncContextManager[None]):
    """Every request holds one: a class, since a generator costs several times as much."""

    __slots__ = ("_admission", "_whose")

    def __init__(self, admission: Admission, whose: Hashable) -> None:
        self._admission = admission
        self._whose = whose

    async def __aenter__(self) -> None:
        await self._admission.take(self._whose)

    async def __aexit__(self, *_exception: object) -> None:
        self._admission.give_back(self._whose)


def _busy() -> Unavailable:
    return Unavailable("The server is busy; try again in a moment", retry_after_s=2)
