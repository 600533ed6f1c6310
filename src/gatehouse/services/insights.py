"""How a tenant's provisioning fares: requests, latencies, refusals and active users over a stretch of time.

Only figures: nothing of what was sent, so READ_DIRECTORY is enough.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Final
from uuid import UUID

from gatehouse.errors import InvalidValue
from gatehouse.records import from_microseconds, to_microseconds
from gatehouse.store import insights
from gatehouse.store.insights import MOST_REQUESTS, Point, Refusals, Window, covered_since, latencies, refusals

__all__ = [
    "MOST_REQUESTS",
    "Bucket",
    "Point",
    "Refusals",
    "TimeRange",
    "Window",
    "active_users",
    "covered_since",
    "latencies",
    "refusals",
    "requests",
    "window",
]

_MOST_BUCKETS: Final = 1_500
_OUTCOMES: Final = ("succeeded", "refused", "failed")


class TimeRange(StrEnum):
    """How far back."""

    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"


class Bucket(StrEnum):
    """The length of the parts."""

    AUTO = "AUTO"
    MINUTE = "MINUTE"
    HOUR = "HOUR"
    DAY = "DAY"


_LENGTH: Final = {
    TimeRange.HOUR: timedelta(hours=1),
    TimeRange.DAY: timedelta(days=1),
    TimeRange.WEEK: timedelta(days=7),
    TimeRange.MONTH: timedelta(days=30),
    TimeRange.QUARTER: timedelta(days=90),
}
_FITTING: Final = {TimeRange.HOUR: Bucket.MINUTE, TimeRange.DAY: Bucket.HOUR, TimeRange.WEEK: Bucket.HOUR}
_SECONDS: Final = {Bucket.MINUTE: 60, Bucket.HOUR: 3_600, Bucket.DAY: 86_400}


def window(length: TimeRange, bucket: Bucket, *, until: datetime) -> Window:
    """Make the window that ends at a moment; its first part is whole.

    :raises InvalidValue: it would have too many parts.
    """
    chosen = _FITTING.get(length, Bucket.DAY) if bucket is Bucket.AUTO else bucket
    seconds = _SECONDS[chosen]
    if _LENGTH[length].total_seconds() / seconds > _MOST_BUCKETS:
        raise InvalidValue(f"A {length} in parts of a {chosen} has more than {_MOST_BUCKETS:,} parts", path="bucket")
    begin = to_microseconds(until - _LENGTH[length])
    return Window(from_microseconds(begin - begin % (seconds * 1_000_000)), until, seconds)


async def requests(tenant_ids: Sequence[UUID], window: Window) -> dict[UUID, list[Point]]:
    """Count the requests by how they ended, in every part, also where there are none."""
    counted = await insights.requests(tenant_ids, window)
    return {tenant_id: _filled(points, window) for tenant_id, points in counted.items()}


async def active_users(tenant_ids: Sequence[UUID], window: Window) -> dict[UUID, list[Point]]:
    """Count the users whose access was in force at the end of every part."""
    changed = await insights.active_users(tenant_ids, window)
    return {tenant_id: _summed(points, window) for tenant_id, points in changed.items()}


def _filled(points: Sequence[Point], window: Window) -> list[Point]:
    known = {(point.bucket, point.series): point for point in points}
    return [
        known.get((bucket, outcome), Point(bucket, outcome, 0.0)) for bucket in window.buckets for outcome in _OUTCOMES
    ]


def _summed(points: Sequence[Point], window: Window) -> list[Point]:
    changes = {point.bucket: point.value for point in points}
    totals = accumulate(changes.get(bucket, 0.0) for bucket in window.buckets)
    return [Point(bucket, "active", total) for bucket, total in zip(window.buckets, totals, strict=True)]
