"""Loaders: what many fields ask for in one moment is asked for at once, and nothing is asked for twice.

Each field waits for itself, so that one which is given up takes no other's answer away: when a field fails, the executor
cancels those beside it, which may wait for the same key as fields elsewhere in the document.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from typing import Any, Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

_MANY: Final = 1_000_000


class Work:
    """What the loaders of one request have under way."""

    def __init__(self) -> None:
        self.tasks: set[asyncio.Task[None]] = set()
        self.is_over = False

    def end(self) -> None:
        """Stop looking, and begin nothing more: nobody waits. Who asks all the same is cancelled."""
        self.is_over = True
        for task in self.tasks:
            task.cancel()


class SharedLoader(Generic[K, T]):
    """The values of one kind of thing, by key, for one request.

    :param work: where it keeps account of what is under way.
    :param load_fn: keys → a value for each, in their order; what it raises goes to all who still wait.
    :param max_batch_size: how many keys it takes at once.
    """

    def __init__(
        self, work: Work, load_fn: Callable[[list[K]], Awaitable[Sequence[T]]], max_batch_size: int = _MANY
    ) -> None:
        self._work = work
        self._load_fn = load_fn
        self._max_batch_size = max_batch_size
        self._known: dict[K, _Wanted[K, T]] = {}
        self._next: list[_Wanted[K, T]] = []

    def load(self, key: K) -> asyncio.Future[T]:
        """Ask for a key; it is looked for together with what else is asked for in the next turns of the event loop."""
        loop = asyncio.get_running_loop()
        asker: asyncio.Future[T] = loop.create_future()
        wanted = self._known.get(key)
        if wanted is None:
            wanted = self._known[key] = _Wanted(key)
            if not self._next:
                loop.call_soon(self._begin, loop)
            self._next.append(wanted)
        wanted.tell(asker)
        return asker

    async def load_many(self, keys: Iterable[K]) -> list[T]:
        """Ask for several; the values come in the order of the keys."""
        return await asyncio.gather(*map(self.load, keys))

    def _begin(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._work.is_over:
            self._give_up(self._take())
            return
        task = loop.create_task(self._answer())
        self._work.tasks.add(task)
        task.add_done_callback(self._ended)

    async def _answer(self) -> None:
        together = self._take()
        try:
            for start in range(0, len(together), self._max_batch_size):
                some = together[start : start + self._max_batch_size]
                values = await self._load_fn([wanted.key for wanted in some])
                for wanted, value in list(zip(some, values, strict=True)):
                    wanted.settle(value)
        except asyncio.CancelledError:
            self._give_up(together)
            raise
        except Exception as failure:  # noqa: BLE001 - it is theirs who asked
            for wanted in together:
                wanted.settle(None, failure)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._work.tasks.discard(task)
        if self._work.is_over:
            self._give_up(self._take())  # the task may not have come to its first step

    def _take(self) -> list[_Wanted[K, T]]:
        together, self._next = self._next, []
        return together

    def _give_up(self, some: list[_Wanted[K, T]]) -> None:
        """Let nobody wait for ever."""
        failure = asyncio.CancelledError() if self._work.is_over else RuntimeError("a load was cancelled from within")
        for wanted in some:
            wanted.settle(None, failure)


class _Wanted(Generic[K, T]):
    """A key, and who waits for its value."""

    __slots__ = ("_askers", "_failure", "_value", "key")

    def __init__(self, key: K) -> None:
        self.key = key
        self._askers: list[asyncio.Future[T]] | None = []  # None: it is settled
        self._value: Any = None
        self._failure: BaseException | None = None

    def tell(self, asker: asyncio.Future[T]) -> None:
        """Tell somebody the value, now or when it comes."""
        if self._askers is None:
            self._tell(asker)
        else:
            self._askers.append(asker)

    def settle(self, value: T | None, failure: BaseException | None = None) -> None:
        """Tell all who still wait the value, or why it will not come; once."""
        if self._askers is None:
            return
        waiting, self._askers = self._askers, None
        self._value, self._failure = value, failure
        for asker in waiting:
            if not asker.done():
                self._tell(asker)

    def _tell(self, asker: asyncio.Future[T]) -> None:
        if self._failure is None:
            asker.set_result(self._value)
        elif isinstance(self._failure, Exception):
            asker.set_exception(self._failure)
            asker.exception()  # whoever waits is told; where nobody does any more, asyncio need not complain
        else:
            asker.cancel()
