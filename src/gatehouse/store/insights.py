"""Figures of tenants over time: requests, latencies, refusals and active users, counted in the database.

However many tenants are asked about together, each figure is one statement or two, and together they read at most
``most_requests`` rows of the request log: the newest ones of each tenant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.records import ScimOperation, from_microseconds, to_microseconds
from gatehouse.store import database, listing
from gatehouse.store.condition import Parameters
from gatehouse.store.database import Row

MOST_REQUESTS: Final = 100_000
PERCENTILES: Final = (50, 95, 99)
_KINDS: Final = 10  # of refusals are told
_MICROSECONDS: Final = 1_000_000
CYCLES: Final = 50  # of a tenant are told
_CREATES: Final = (ScimOperation.CREATE_USER, ScimOperation.CREATE_GROUP)
_CHANGES: Final = (
    ScimOperation.PATCH_USER,
    ScimOperation.REPLACE_USER,
    ScimOperation.PATCH_GROUP,
    ScimOperation.REPLACE_GROUP,
    ScimOperation.BULK,
)
_DELETES: Final = (ScimOperation.DELETE_USER, ScimOperation.DELETE_GROUP)
WRITES: Final = (*_CREATES, *_CHANGES, *_DELETES)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time in equal parts, which begin at multiples of their length since 1970.

    :param since: a beginning of a part.
    :param most_requests: how many rows of the request log one figure may read, for all tenants together.
    """

    since: datetime
    until: datetime
    bucket_s: int
    most_requests: int = MOST_REQUESTS

    @property
    def bucket_us(self) -> int:
        """Length of a part in microseconds."""
        return self.bucket_s * _MICROSECONDS

    @property
    def buckets(self) -> range:
        """The numbers of its parts."""
        return range(to_microseconds(self.since) // self.bucket_us, to_microseconds(self.until) // self.bucket_us + 1)

    def begin(self, bucket: int) -> datetime:
        """When a part begins."""
        return from_microseconds(bucket * self.bucket_us)


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a series; ``bucket`` is the number of a part of the window."""

    bucket: int
    series: str
    value: float


@dataclass(frozen=True, slots=True)
class Refusals:
    """Refused requests of one kind.

    :param users: how many different users or groups were in their paths.
    :param latest: the id of the latest one in the request log.
    """

    status: int
    scim_type: str | None
    operation: ScimOperation
    count: int
    users: int
    first_seen_at: datetime
    last_seen_at: datetime
    latest: UUID


@dataclass(frozen=True, slots=True)
class Cycle:
    """Requests of one tenant without a long silence between them; how many, by what they asked for and how they ended."""

    started_at: datetime
    ended_at: datetime
    requests: int
    reads: int
    creates: int
    changes: int
    deletes: int
    refused: int
    failed: int


@dataclass(frozen=True, slots=True)
class Writes:
    """How many requests wanted to write, and how many of them were answered with an error."""

    asked: int = 0
    refused: int = 0


async def covered_since(tenant_ids: Sequence[UUID], window: Window) -> dict[UUID, datetime]:
    """From when on the requests of each tenant are counted: later than the window begins when there are too many."""
    parameters = Parameters()
    rows = await database.fetch(
        f"{_bounds(tenant_ids, window, parameters)} SELECT b.id, b.beyond FROM bounds b", *parameters
    )
    return {database.as_uuid(row[0]): max(window.since, from_microseconds(row[1])) for row in rows}


async def requests(tenant_ids: Sequence[UUID], window: Window) -> dict[UUID, list[Point]]:
    """How many requests ``succeeded``, were ``refused`` (4xx) or ``failed`` (5xx), in each part."""
    parameters = Parameters()
    bounds, bucket = _bounds(tenant_ids, window, parameters), parameters.add(window.bucket_us)
    rows = await database.fetch(
        f"{bounds} SELECT b.id, q.received_at / {bucket},"
        " CASE WHEN q.status < 400 THEN 'succeeded' WHEN q.status < 500 THEN 'refused' ELSE 'failed' END, count(*)"
        f" {_within(window, parameters)} GROUP BY 1, 2, 3",
        *parameters,
    )
    return _points(tenant_ids, rows)


async def latencies(tenant_ids: Sequence[UUID], window: Window) -> dict[UUID, list[Point]]:
    """Percentiles of the time to an answer in milliseconds (nearest rank), ``p50`` to ``p99``, in each part."""
    parameters = Parameters()
    bounds, bucket = _bounds(tenant_ids, window, parameters), parameters.add(window.bucket_us)
    ranks = [f"(r.total * {percent} + 99) / 100" for percent in PERCENTILES]
    rows = await database.fetch(
        f"{bounds} SELECT r.id, r.bucket, r.place, r.total, r.duration_us FROM (SELECT o.*,"
        " row_number() OVER (PARTITION BY o.id, o.bucket ORDER BY o.duration_us) AS place,"
        " count(*) OVER (PARTITION BY o.id, o.bucket) AS total FROM"
        f" (SELECT b.id, q.received_at / {bucket} AS bucket, q.duration_us {_within(window, parameters)}) o) r"
        f" WHERE r.place IN ({', '.join(ranks)})",
        *parameters,
    )
    found: dict[UUID, list[Point]] = {tenant_id: [] for tenant_id in tenant_ids}
    for tenant_id, bucket_number, place, total, duration_us in rows:
        for percent in PERCENTILES:
            if place == (total * percent + 99) // 100:
                point = Point(bucket_number, f"p{percent}", duration_us / 1_000)
                found[database.as_uuid(tenant_id)].append(point)
    return found


async def cycles(tenant_ids: Sequence[UUID], window: Window, *, silence_s: int) -> dict[UUID, list[Cycle]]:
    """The latest bursts of requests, newest first; a burst begins with the first request after ``silence_s``."""
    parameters = Parameters()
    bounds, silence = _bounds(tenant_ids, window, parameters), parameters.add(silence_s * _MICROSECONDS)
    asked = "count(*) FILTER (WHERE n.operation"
    kinds = [f"{asked} IN ({_among(each, parameters)}))" for each in (_CREATES, _CHANGES, _DELETES)]
    reads = f"{asked} NOT IN ({_among(WRITES, parameters)}))"
    ends = "count(*) FILTER (WHERE n.status >= 400 AND n.status < 500), count(*) FILTER (WHERE n.status >= 500)"
    rows = await database.fetch(
        f"{bounds}, asked AS (SELECT b.id, q.received_at, q.operation, q.status, CASE WHEN q.received_at - lag(q.received_at)"
        f" OVER (PARTITION BY b.id ORDER BY q.received_at) < {silence} THEN 0 ELSE 1 END AS begins"
        f" {_within(window, parameters)}), numbered AS (SELECT a.*,"
        " sum(a.begins) OVER (PARTITION BY a.id ORDER BY a.received_at) AS number FROM asked a), told AS ("
        f"SELECT n.id, min(n.received_at) AS began, max(n.received_at), count(*), {reads}, {', '.join(kinds)}, {ends},"
        " row_number() OVER (PARTITION BY n.id ORDER BY min(n.received_at) DESC) AS place"
        " FROM numbered n GROUP BY n.id, n.number)"
        f" SELECT t.* FROM told t WHERE t.place <= {parameters.add(CYCLES)} ORDER BY t.id, t.place",
        *parameters,
    )
    found: dict[UUID, list[Cycle]] = {tenant_id: [] for tenant_id in tenant_ids}
    for row in rows:
        cycle = Cycle(from_microseconds(row[1]), from_microseconds(row[2]), *row[3:10])
        found[database.as_uuid(row[0])].append(cycle)
    return found


async def writes(tenant_ids: Sequence[UUID], window: Window, *, newest: int) -> dict[UUID, Writes]:
    """How many requests wanted to write, and how many of them failed; one that came too early (429) comes again.

    :param newest: of each tenant only so many of its latest requests are looked at, however many tenants there are. Where
        none was refused nothing is counted.
    """
    troubled = await _troubled(tenant_ids, window)
    if not troubled:
        return dict.fromkeys(tenant_ids, Writes())
    window = replace(window, most_requests=newest * len(troubled))
    parameters = Parameters()
    bounds, kinds = _bounds(troubled, window, parameters), _among(WRITES, parameters)
    rows = await database.fetch(
        f"{bounds} SELECT b.id, count(*), count(*) FILTER (WHERE q.status >= 400 AND q.status <> 429)"
        f" {_within(window, parameters)} AND q.operation IN ({kinds}) GROUP BY b.id",
        *parameters,
    )
    counted = {database.as_uuid(row[0]): Writes(row[1], row[2]) for row in rows}
    return {tenant_id: counted.get(tenant_id, Writes()) for tenant_id in tenant_ids}


async def _troubled(tenant_ids: Sequence[UUID], window: Window) -> list[UUID]:
    """Which of them had a request refused; looks into one index only."""
    parameters = Parameters()
    keys = listing.id_table(tenant_ids, parameters)
    since, until = (parameters.add(to_microseconds(moment)) for moment in (window.since, window.until))
    rows = await database.fetch(
        f"SELECT k.id FROM {keys} k WHERE EXISTS (SELECT 1 FROM request_log q WHERE q.tenant_id = k.id"
        f" AND q.received_at >= {since} AND q.received_at <= {until} AND q.status >= 400)",
        *parameters,
    )
    return [database.as_uuid(row[0]) for row in rows]


async def active_users(tenant_ids: Sequence[UUID], window: Window) -> dict[UUID, list[Point]]:
    """By how many the users whose access is in force became more or fewer in each part; the first holds those before."""
    parameters = Parameters()
    keys = listing.id_table(tenant_ids, parameters)
    since, bucket = parameters.add(to_microseconds(window.since)), parameters.add(window.bucket_us)
    rows = await database.fetch(  # users as in the history, which holds what a mapping change moved from its commit on
        "WITH spans AS (SELECT h.tenant_id AS id, h.since, h.until FROM access_history h"
        f" JOIN {keys} k ON h.tenant_id = k.id WHERE h.active = TRUE AND h.until >= {since}"
        f" UNION ALL SELECT u.tenant_id, u.access_since, NULL FROM user_now u JOIN {keys} k ON u.tenant_id = k.id"
        " WHERE u.active = TRUE AND u.deleted_at IS NULL)"
        " SELECT d.id, d.bucket, 'active', sum(d.change) FROM ("
        f"SELECT s.id, CASE WHEN s.since < {since} THEN {since} ELSE s.since END / {bucket} AS bucket, 1 AS change"
        f" FROM spans s UNION ALL SELECT s.id, s.until / {bucket}, -1 FROM spans s WHERE s.until IS NOT NULL) d"
        " GROUP BY d.id, d.bucket",
        *parameters,
    )
    return _points(tenant_ids, rows)


async def refusals(tenant_ids: Sequence[UUID], window: Window) -> dict[UUID, list[Refusals]]:
    """The commonest kinds of refused requests, by status, SCIM error type and operation."""
    parameters = Parameters()
    bounds = _bounds(tenant_ids, window, parameters)
    rows = await database.fetch(
        f"{bounds}, kinds AS (SELECT b.id, q.status, q.scim_type, q.operation, count(*) AS requests,"
        " count(DISTINCT q.resource_id) AS users, min(q.received_at) AS first_at, max(q.received_at) AS last_at,"
        f" max(CAST(q.id AS text)) AS latest {_within(window, parameters)} AND q.status >= 400"
        " GROUP BY b.id, q.status, q.scim_type, q.operation)"
        " SELECT r.id, r.status, r.scim_type, r.operation, r.requests, r.users, r.first_at, r.last_at, r.latest FROM"
        " (SELECT n.*, row_number() OVER (PARTITION BY n.id ORDER BY n.requests DESC, n.status, n.scim_type, n.operation)"
        f" AS place FROM kinds n) r WHERE r.place <= {parameters.add(_KINDS)} ORDER BY r.id, r.place",
        *parameters,
    )
    found: dict[UUID, list[Refusals]] = {tenant_id: [] for tenant_id in tenant_ids}
    for row in rows:
        found[database.as_uuid(row[0])].append(_refusals(row))
    return found


def _among(operations: Sequence[ScimOperation], parameters: Parameters) -> str:
    return ", ".join(parameters.add(str(operation)) for operation in operations)


def _refusals(row: Row) -> Refusals:
    return Refusals(
        status=row[1],
        scim_type=row[2],
        operation=ScimOperation(row[3]),
        count=row[4],
        users=row[5],
        first_seen_at=from_microseconds(row[6]),
        last_seen_at=from_microseconds(row[7]),
        latest=database.as_uuid(row[8]),
    )


def _bounds(tenant_ids: Sequence[UUID], window: Window, parameters: Parameters) -> str:
    """``WITH bounds``: each tenant with the moment beyond which its requests are counted; skips over one index only."""
    keys = listing.id_table(tenant_ids, parameters)
    beyond = to_microseconds(window.since) - 1
    share = parameters.add(window.most_requests // max(len(tenant_ids), 1))
    newest = (
        f"SELECT q.received_at FROM request_log q WHERE q.tenant_id = k.id AND q.received_at > {parameters.add(beyond)}"
        f" ORDER BY q.received_at DESC, q.id DESC LIMIT 1 OFFSET {share}"
    )
    return f"WITH bounds AS (SELECT k.id, COALESCE(({newest}), {parameters.add(beyond)}) AS beyond FROM {keys} k)"


def _within(window: Window, parameters: Parameters) -> str:
    until = parameters.add(to_microseconds(window.until))
    return (
        "FROM bounds b JOIN request_log q ON q.tenant_id = b.id AND q.received_at > b.beyond"
        f" WHERE q.received_at <= {until}"
    )


def _points(tenant_ids: Sequence[UUID], rows: Sequence[Row]) -> dict[UUID, list[Point]]:
    found: dict[UUID, list[Point]] = {tenant_id: [] for tenant_id in tenant_ids}
    for tenant_id, bucket, series, value in rows:
        found[database.as_uuid(tenant_id)].append(Point(bucket, series, float(value)))
    return found
