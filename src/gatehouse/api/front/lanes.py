"""Long jobs, one at a time for each caller: the parts of a job take slots of their own, so a job must hold none."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final
from weakref import WeakValueDictionary

from gatehouse.api.front.admission import Admission
from gatehouse.errors import TooManyRequests, Unavailable

_MAY_WAIT: Final = 4  # jobs of one caller
_RETRY_AFTER_S: Final = 5


class Lanes:
    """A lane for each caller, and no more than ``max_jobs`` jobs at once. All numbers are per process.

    :param max_wait_s: how long a job may wait for its turn.
    """

    def __init__(self, *, max_jobs: int = 8, max_wait_s: float = 3.0) -> None:
        self._all = Admission(max_in_flight=max_jobs, max_queue=max_jobs, max_wait_s=max_wait_s)
        self._max_wait_s = max_wait_s
        # A lane lives as long as somebody holds it or waits for it.
        self._lanes: WeakValueDictionary[Hashable, Admission] = WeakValueDictionary()

    @asynccontextmanager
    async def lane(self, whose: Hashable) -> AsyncIterator[None]:
        """Hold the caller's lane for the block.

        :raises TooManyRequests: a job of this caller is under way and does not end soon.
        :raises Unavailable: too many other callers have jobs under way.
        """
        own = self._lanes.get(whose)
        if own is None:
            own = Admission(max_in_flight=1, max_queue=_MAY_WAIT, max_wait_s=self._max_wait_s)
            self._lanes[whose] = own
        async with AsyncExitStack() as held:
            try:
                await held.enter_async_context(own.slot(whose))
            except Unavailable:
                raise TooManyRequests(
                    "Another bulk request of this tenant is under way; send one at a time", retry_after_s=_RETRY_AFTER_S
                ) from None
            await held.enter_async_context(self._all.slot(whose))
            yield
