"""What every request to an edge passes: its rate, then a slot for its work; a bulk request a lane instead."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from gatehouse.api.front.admission import Admission
from gatehouse.api.front.lanes import Lanes
from gatehouse.api.front.rate_limit import RateLimit, no_limit


@dataclass(frozen=True, slots=True)
class Gate:
    """One for each edge; they share the admission, since they share the process.

    :param rate: how fast one caller may send.
    :param lanes: for requests that consist of many.
    :param log_rate: how many refusals of one caller, or of all strangers together, are worth an entry in the database.
    """

    admission: Admission = field(default_factory=Admission)
    rate: RateLimit = field(default_factory=no_limit)
    log_rate: RateLimit = field(default_factory=no_limit)
    lanes: Lanes = field(default_factory=Lanes)

    def count(self, whose: Hashable) -> None:
        """Count a request against its caller's rate.

        :raises TooManyRequests: it is spent.
        """
        self.rate.take(whose)

    def slot(self, whose: Hashable) -> AbstractAsyncContextManager[None]:
        """Hold a slot for the block.

        :raises Unavailable: there is too much to do.
        """
        return self.admission.slot(whose)

    def lane(self, whose: Hashable) -> AbstractAsyncContextManager[None]:
        """Hold the caller's lane for long jobs for the block.

        :raises TooManyRequests: the caller has one under way.
        :raises Unavailable: there is too much to do.
        """
        return self.lanes.lane(whose)
