"""What came of requests that carried an idempotency key: kept for a day, and never a secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gatehouse.records import to_microseconds
from gatehouse.store import database
from gatehouse.store.database import Statement


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered: which one it was, and what it made."""

    operation: str
    request_digest: str  # SHA-256, in hex, of the input
    target_id: UUID


async def find(actor_id: UUID, key: str, *, at: datetime) -> Answered | None:
    """What came of the actor's request with this key, unless that is forgotten by now."""
    row = await database.fetch_one(
        "SELECT operation, request_digest, target_id FROM idempotency_key"
        " WHERE actor_id = $1 AND key = $2 AND expires_at > $3",
        actor_id,
        key,
        to_microseconds(at),
    )
    return Answered(row[0], row[1], database.as_uuid(row[2])) if row else None


async def forget(*, expired_at: datetime) -> None:
    """Delete what is too old."""
    await database.execute("DELETE FROM idempotency_key WHERE expires_at <= $1", to_microseconds(expired_at))


def add(actor_id: UUID, key: str, answered: Answered, *, expires_at: datetime) -> Statement:
    """The statement that keeps what came of a request; UniqueViolation when the actor's key is taken."""
    return Statement(
        "INSERT INTO idempotency_key (actor_id, key, operation, request_digest, target_id, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        (
            actor_id,
            key,
            answered.operation,
            answered.request_digest,
            answered.target_id,
            to_microseconds(expires_at),
        ),
    )
