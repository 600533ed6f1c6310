"""Credentials that were tried and refused, one row for each: known by a fingerprint, never by the secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gatehouse.records import from_microseconds, to_microseconds
from gatehouse.store import database
from gatehouse.store.database import Row

_COUNT: Final = (
    "INSERT INTO rejected_credential (fingerprint, prefix, reason, attempts, first_seen_at, last_seen_at, last_ip)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)"
    " ON CONFLICT (fingerprint) DO UPDATE SET attempts = rejected_credential.attempts + excluded.attempts,"
    " reason = excluded.reason, last_seen_at = excluded.last_seen_at, last_ip = excluded.last_ip"
)


@dataclass(frozen=True, slots=True)
class Rejected:
    """Attempts with one secret.

    ``fingerprint`` is the first 16 hexadecimal digits of its SHA-256, ``prefix`` the part that tells its kind,
    ``reason`` why it was refused last.
    """

    fingerprint: str
    prefix: str
    reason: str
    attempts: int
    first_seen_at: datetime
    last_seen_at: datetime
    last_ip: str | None


async def count(found: Sequence[Rejected]) -> None:
    """Add attempts to what is known, all or none; in one order, so that two processes cannot lock each other out."""
    rows = [_row(rejected) for rejected in sorted(found, key=lambda rejected: rejected.fingerprint)]
    await database.execute_many(_COUNT, rows)


async def recent(limit: int) -> list[Rejected]:
    """Those tried last, the latest first."""
    rows = await database.fetch(
        "SELECT fingerprint, prefix, reason, attempts, first_seen_at, last_seen_at, last_ip FROM rejected_credential"
        " ORDER BY last_seen_at DESC, fingerprint LIMIT $1",
        limit,
    )
    return [_record(row) for row in rows]


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
