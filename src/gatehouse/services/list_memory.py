"""Long lists as they were a moment ago: how many users a tenant has, and after which ones pages begin.

To count users, or to pass over those before a page, takes time for each of them; a client that reads all pages one after
the other would pay it on every page. So what one page told serves the next ones: for a second, and only until this process
adds or deletes a user of the tenant. What another process does may be told a second late, as if that page had been read
then; the users on a page are always read anew.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final
from uuid import UUID

from gatehouse.store.resource_list import Place

LIFETIME_S: Final = 1.0  # as long as a look-up of credentials is trusted
LEAST: Final = 500  # rows that are counted or passed over in no time
_MAX_TENANTS: Final = 256
_MAX_BEGINS: Final = 512


class Walk:
    """The list of all users of one tenant, in the order of creation.

    Whoever reads it keeps the object until the answer is there: what was read before a change is then told to an object
    that has been forgotten.

    :param clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._total: tuple[int, float] = (0, 0.0)
        self._begins: dict[int, tuple[Place, float]] = {}  # by the number of rows before

    def total(self) -> int | None:
        """How many users there are; None: count them."""
        number, until = self._total
        return number if self._clock() < until else None

    def note_total(self, number: int) -> None:
        """Remember how many there are."""
        if number >= LEAST:
            self._total = (number, self._clock() + LIFETIME_S)

    def nearest(self, offset: int) -> tuple[int, Place | None]:
        """A place at most so many rows from the beginning, as far as one is known: how many rows, and the last of them."""
        now = self._clock()
        exact = self._begins.get(offset)
        if exact is not None and now < exact[1]:
            return offset, exact[0]
        number = max(
            (number for number, (_, until) in self._begins.items() if number <= offset and now < until), default=0
        )
        return number, self._begins[number][0] if number else None

    def note_begin(self, number: int, place: Place) -> None:
        """Remember that so many rows end with the one at this place."""
        if number < LEAST:
            return
        if len(self._begins) >= _MAX_BEGINS:
            self._begins.clear()
        self._begins[number] = (place, self._clock() + LIFETIME_S)


class ListMemory:
    """The walks of the tenants listed last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._walks: OrderedDict[UUID, Walk] = OrderedDict()

    def of(self, tenant_id: UUID) -> Walk:
        """The tenant's list, as far as it is known."""
        walk = self._walks.get(tenant_id)
        if walk is None:
            walk = self._walks[tenant_id] = Walk(self._clock)
            if len(self._walks) > _MAX_TENANTS:
                self._walks.popitem(last=False)
        return walk

    def forget(self, tenant_id: UUID) -> None:
        """Users were added or deleted."""
        self._walks.pop(tenant_id, None)


USERS: Final = ListMemory()
