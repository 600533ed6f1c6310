"""Following a list live: every new row once, whoever wrote it, over any number of reconnects.

The database is the queue. A follower reads the next page after its own place whenever it is ready for more, so nothing is
kept in memory for those who are slow, and a reader that comes back with its last place goes on where it was. What is rung
through :class:`Bell` only says when looking is worthwhile: a ring that is lost delays, and loses nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from uuid import UUID

from gatehouse.errors import Unavailable
from gatehouse.store import commit_order, database
from gatehouse.store.commit_order import COMMITTED
from gatehouse.store.condition import Condition
from gatehouse.store.ids import GREATEST
from gatehouse.store.keyset import Page, PageRequest, Position, Sort, signature

if TYPE_CHECKING:
    from gatehouse.store.postgres_line import Line

R = TypeVar("R")
S = TypeVar("S")

PAGE: Final = 100
_TOGETHER_S: Final = 0.02  # what is written within this time is told by one ring
_SOON_S: Final = 0.05  # first pause while a transaction is under way that may hold back what others have committed
_CHECKS_EVERY: Final = 30  # polls
_ORDER: Final = Sort(COMMITTED)
_LEAST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Step(Generic[R]):
    """A page of a list that is followed, and the place from which to go on after it.

    :param unread: there are rows after it that have not been looked at.
    """

    page: Page[R]
    next: Position
    unread: bool = False


def request_after(place: Position, sort: Sort, condition: Condition | None = None) -> PageRequest:
    """The request for the next page of a list that is followed."""
    return PageRequest(limit=PAGE, sort=(sort,), condition=condition, after=place)


def behind(sort: Sort, value: int) -> Position:
    """The place behind every row with this value."""
    return Position(signature([sort]), (value,), GREATEST)


def nothing() -> Page[Any]:
    """An empty page."""
    return Page((), (), more=False)


class Bell:
    """Tells the followers of this process that something may have been written, here or by another process.

    On PostgreSQL every process listens on one connection, which is opened again after an outage. Without it, and on SQLite,
    followers look every ``poll_s``; so they do for those who write without ringing.

    :param poll_s: longest time until something is noticed.
    """

    def __init__(self, *, poll_s: float = 1.0) -> None:
        self.horizon = 0
        self.followers = 0
        self._poll_s = poll_s
        self._rung = asyncio.Event()  # by this process, to be told to the others
        self._heard = asyncio.Event()
        self._pulse: asyncio.Future[None] | None = None
        self._line: Line | None = None
        self._settled = True

    def ring(self) -> None:
        """Something may have been committed."""
        self._rung.set()

    def next_pulse(self) -> asyncio.Future[None]:
        """The next moment when looking is worthwhile; ask before looking, so that none is missed. Shared: shield it."""
        if self._pulse is None:
            self._pulse = asyncio.get_running_loop().create_future()
        return self._pulse

    async def run(self) -> None:
        """Listen and tell, until cancelled."""
        telling = asyncio.create_task(self._tell())
        try:
            await self._listen()
        finally:
            telling.cancel()
            await asyncio.wait({telling})
            if self._line is not None:
                self._line.close()

    async def look(self) -> int:
        """Find out up to where the order of events is final.

        :raises Unavailable: the database is away.
        """
        self.horizon, self._settled = await commit_order.horizon()
        return self.horizon

    async def _listen(self) -> None:
        pause_s, polls = 0.0, 0
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._heard.wait()
                    pause_s = 0.0
            self._heard.clear()
            polls += 1
            with suppress(Unavailable):
                await self._keep_line(check=polls % _CHECKS_EVERY == 0)
            pause_s = await self._look_around(pause_s)

    async def _look_around(self, pause_s: float) -> float:
        """Look for those who follow; how long until the next time, soon if somebody is still writing."""
        if not self.followers:
            return self._poll_s
        try:
            await self.look()
        except Unavailable:
            return self._poll_s
        self._wake()
        return self._poll_s if self._settled else min(self._poll_s, max(_SOON_S, 2 * pause_s))

    async def _keep_line(self, *, check: bool) -> None:
        if self._line is None or not self._line.is_open:
            self._line = await database.open_line(self._heard.set)
        elif check:
            await self._line.check()

    async def _tell(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            line = self._line
            try:
                if line is not None and line.is_open:
                    await line.ring()
                else:
                    self._heard.set()
            except Unavailable:
                self._heard.set()
            await asyncio.sleep(_TOGETHER_S)

    def _wake(self) -> None:
        pulse, self._pulse = self._pulse, None
        if pulse is not None and not pulse.done():
            pulse.set_result(None)


async def follow(
    bell: Bell, start: Position | None, read: Callable[[Position | None, int], Awaitable[Step[R]]]
) -> AsyncGenerator[tuple[R, Position], None]:
    """Every row after a place, each with its own, until the reader has enough; an outage of the database is waited out.

    :param read: the rows after a place, in an order to which rows are only ever added at the end, below the horizon.
    """
    place, horizon = start, 0
    bell.followers += 1
    try:
        while True:
            pulse = bell.next_pulse()
            with suppress(Unavailable):
                horizon = bell.horizon if horizon else await bell.look()
                more = True
                while more:
                    step = await read(place, horizon)
                    for row, at in zip(step.page.rows, step.page.positions, strict=True):
                        yield row, at
                    place, more = step.next, step.page.more or step.unread
            await asyncio.shield(pulse)
    finally:
        bell.followers -= 1


def _just_before(place: Position) -> Position:
    """The place after which the row comes that is there."""
    return replace(place, id=UUID(int=place.id.int - 1))


async def present(bell: Bell) -> Position:
    """The place in the order of commits behind everything that can be read now and will not change."""
    return behind(_ORDER, await bell.look() - 1)


async def follow_commits(
    bell: Bell,
    after: Position | None,
    condition: Condition | None,
    scope: Callable[[], S],
    page: Callable[[S, PageRequest], Awaitable[Page[R]]],
    *,
    stretch: Callable[[S, PageRequest], Awaitable[Position | None]],
) -> AsyncGenerator[tuple[R, Position], None]:
    """Every row of a list after a place in the order of commits; without a place: from now on.

    :param scope: where the follower may look, as of now, or its refusal: asked again before each page.
    :param page: of the list, which has the order :data:`gatehouse.store.commit_order.COMMITTED`.
    :param stretch: the row up to which one statement may look; None: up to the end. So those who come back after a long time
        with a filter that few rows match do not outlast the time that a statement may take.
    :raises InvalidValue: the place is one of another list.
    """

    async def read(place: Position | None, horizon: int) -> Step[R]:
        end, seen = behind(_ORDER, horizon - 1), scope()
        if place is None or place == end:
            return Step(nothing(), end)
        before = Position(COMMITTED, (horizon,), _LEAST)
        request = replace(request_after(place, _ORDER, condition), before=before)
        stop = await stretch(seen, request)
        found = await page(seen, replace(request, before=stop or before))
        if stop is not None and not found.more:
            return Step(found, _just_before(stop), unread=True)
        return Step(found, found.positions[-1] if found.more else max(place, end, key=lambda at: (at.values, at.id)))

    async for row in follow(bell, after, read):
        yield row
