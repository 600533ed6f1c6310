"""How fast a caller may send (reliability.md §3, P13): a token bucket for each.

The buckets are those of one process: with ``--workers 4`` a tenant that is spread over all of them gets four times the
rate. That is on purpose: the limit protects a process from a client gone wild, it is not a price list.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable
from typing import Final, NamedTuple

from gatehouse.errors import TooManyRequests

_CAPACITY: Final = 10_000


class Standing(NamedTuple):
    """How a caller stands: ``remaining`` of ``quota`` requests, all of them again in ``full_in_s`` seconds."""

    quota: int
    window_s: int  # in which a whole quota is refilled
    remaining: int
    full_in_s: int

    def headers(self) -> list[tuple[bytes, bytes]]:
        """As header fields (draft-ietf-httpapi-ratelimit-headers-10)."""
        return [
            (b"ratelimit-policy", f'"default";q={self.quota};w={self.window_s}'.encode()),
            (b"ratelimit", f'"default";r={self.remaining};t={self.full_in_s}'.encode()),
        ]


class RateLimit:
    """Token buckets by caller: each holds ``burst`` requests and is refilled with ``per_s`` requests a second.

    Of callers that were silent for longest, those beyond ``capacity`` are forgotten: their buckets are full again.

    :param per_s: 0 turns the limit off.
    :param clock: seconds that only go forward.
    """

    def __init__(
        self,
        *,
        per_s: float,
        burst: int,
        capacity: int = _CAPACITY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_s = per_s
        self._burst = float(burst)
        self._capacity = capacity
        self._clock = clock
        self._buckets: dict[Hashable, tuple[float, float]] = {}  # tokens, and when; the longest silent first

    def take(self, whose: Hashable) -> None:
        """Count one request.

        :raises TooManyRequests: the bucket is empty; it says when the next request may come.
        """
        tokens = self._left(whose)
        if tokens < 1:
            wait_s = math.ceil((1 - tokens) / self._per_s)
            raise TooManyRequests(f"Too many requests; try again in {wait_s} s", retry_after_s=wait_s)

    def allows(self, whose: Hashable) -> bool:
        """Count one request, if there is room for it."""
        return self._left(whose) >= 1

    def wait_s(self, whose: Hashable) -> float:
        """Count one of many requests that came together and can wait: they leave half of the bucket to others.

        :return: 0 when it is counted; else after how many seconds to ask again.
        """
        least = max(1.0, self._burst / 2)
        tokens = self._left(whose, least)
        return (least - tokens) / self._per_s if tokens < least else 0.0

    def standing(self, whose: Hashable) -> Standing | None:
        """What the caller may still send; None where there is no limit. Counts nothing."""
        if not self._per_s:
            return None
        left = self._refilled(whose, self._clock())
        return Standing(
            quota=int(self._burst),
            window_s=max(1, math.ceil(self._burst / self._per_s)),
            remaining=int(left),
            full_in_s=math.ceil((self._burst - left) / self._per_s),
        )

    def is_spent(self, whose: Hashable) -> bool:
        """Whether the next request would be refused; counts nothing."""
        return bool(self._per_s) and whose in self._buckets and self._refilled(whose, self._clock()) < 1

    def _left(self, whose: Hashable, least: float = 1.0) -> float:
        """What the bucket held before this request, which is taken out if that was at least ``least``."""
        if not self._per_s:
            return self._burst + 1
        now = self._clock()
        tokens = self._refilled(whose, now)
        self._buckets.pop(whose, None)
        self._buckets[whose] = (tokens - 1 if tokens >= least else tokens, now)
        if len(self._buckets) > self._capacity:
            del self._buckets[next(iter(self._buckets))]
        return tokens

    def _refilled(self, whose: Hashable, now: float) -> float:
        tokens, since = self._buckets.get(whose, (self._burst, now))
        return min(self._burst, tokens + (now - since) * self._per_s)


def no_limit() -> RateLimit:
    """A limit that refuses nobody."""
    return RateLimit(per_s=0, burst=1)
