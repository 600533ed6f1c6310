"""Credentials that were tried and refused, one row for each: known by a fingerprint, never by the secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.records import from_microseconds, to_microseconds
from gatehouse.store import database, listing
from gatehouse.store.condition import Parameters
from gatehouse.store.database import Row

_COUNT: Final = (
    "INSERT INTO rejected_credential (fingerprint, prefix, reason, attempts, first_seen_at, last_seen_at, last_ip)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)"
    " ON CONFLICT (fingerprint) DO UPDATE SET attempts = rejected_credential.attempts + excluded.attempts,"
    " reason = excluded.reason, last_seen_at = excluded.last_seen_at, last_ip = excluded.last_ip"
)

_COLUMNS: Final = "r.fingerprint, r.prefix, r.reason, r.attempts, r.first_seen_at, r.last_seen_at, r.last_ip"
# A hash begins with the fingerprint when it lies between it and it with a "g" behind: so both indexes of hashes are used.
_RECENT: Final = (
    f"SELECT {_COLUMNS}, c.tenant_id, COALESCE(c.label, k.name) FROM rejected_credential r"
    " LEFT JOIN credential c ON c.token_hash > r.fingerprint AND c.token_hash < r.fingerprint || 'g'"
    " LEFT JOIN api_key k ON k.key_hash > r.fingerprint AND k.key_hash < r.fingerprint || 'g'"
    " WHERE r.last_seen_at >= $1 ORDER BY r.last_seen_at DESC, r.fingerprint LIMIT $2"
)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Attempts with one secret.

    ``fingerprint`` is the first 16 hexadecimal digits of its SHA-256, ``prefix`` the part that tells its kind,
    ``reason`` why it was refused last. When it is one of ours, ``label`` is what it was issued as, and ``tenant_id``
    whose token it is; an API key has no tenant.
    """

    fingerprint: str
    prefix: str
    reason: str
    attempts: int
    first_seen_at: datetime
    last_seen_at: datetime
    last_ip: str | None
    tenant_id: UUID | None = None
    label: str | None = None


async def count(found: Sequence[Rejected]) -> None:
    """Add attempts to what is known, all or none; in one order, so that two processes cannot lock each other out."""
    rows = [_row(rejected) for rejected in sorted(found, key=lambda rejected: rejected.fingerprint)]
    await database.execute_many(_COUNT, rows)


async def recent(*, since: datetime, limit: int) -> list[Rejected]:
    """Those tried since then by anybody, the latest first."""
    return [_record(row) for row in await database.fetch(_RECENT, to_microseconds(since), limit)]


async def of_tenants(tenant_ids: Sequence[UUID], *, since: datetime, limit: int) -> dict[UUID, list[Rejected]]:
    """The own tokens of each of these tenants that were tried since then in vain, the latest ``limit`` of each first."""
    parameters = Parameters(to_microseconds(since), limit)
    found: dict[UUID, list[Rejected]] = {tenant_id: [] for tenant_id in tenant_ids}
    for row in await database.fetch(
        f"SELECT l.* FROM (SELECT {_COLUMNS}, c.tenant_id, c.label, row_number() OVER"
        " (PARTITION BY c.tenant_id ORDER BY r.last_seen_at DESC, r.fingerprint) AS place"
        " FROM credential c JOIN rejected_credential r ON r.fingerprint = substr(c.token_hash, 1, 16)"
        f" WHERE {listing.among('c.tenant_id', tenant_ids, parameters)} AND r.last_seen_at >= $1) l"
        " WHERE l.place <= $2 ORDER BY l.place",
        *parameters,
    ):
        found[database.as_uuid(row[7])].append(_record(row))
    return found


async def forget(*, not_seen_since: datetime) -> None:
    """Remove those that nobody has tried for long."""
    await database.execute("DELETE FROM rejected_credential WHERE last_seen_at < $1", to_microseconds(not_seen_since))


def _record(row: Row) -> Rejected:
    return Rejected(
        fingerprint=row[0],
        prefix=row[1],
        reason=row[2],
        attempts=row[3],
        first_seen_at=from_microseconds(row[4]),
        last_seen_at=from_microseconds(row[5]),
        last_ip=row[6],
        tenant_id=None if row[7] is None else database.as_uuid(row[7]),
        label=row[8],
    )


def _row(rejected: Rejected) -> tuple[object, ...]:
    return (
        rejected.fingerprint,
        rejected.prefix,
        rejected.reason,
        rejected.attempts,
        to_microseconds(rejected.first_seen_at),
        to_microseconds(rejected.last_seen_at),
        rejected.last_ip,
    )
