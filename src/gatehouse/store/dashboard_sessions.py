"""Who is signed in at the dashboard: only the SHA-256 of what the cookie holds is stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.records import from_microseconds, to_microseconds
from gatehouse.store import database
from gatehouse.store.database import Statement

_BY_HASH: Final = (
    "SELECT s.id, s.expires_at, k.id, k.key_hash FROM dashboard_session s"
    " JOIN api_key k ON k.id = s.api_key_id WHERE s.secret_hash = $1"
)


@dataclass(frozen=True, slots=True)
class DashboardSession:
    """A session as stored, with the SHA-256 of the API key that it stands for."""

    id: UUID
    expires_at: datetime
    api_key_id: UUID
    key_hash: str


async def by_secret_hash(secret_hash: str) -> DashboardSession | None:
    """The session whose cookie has this SHA-256 (hex)."""
    row = await database.fetch_one(_BY_HASH, secret_hash)
    if row is None:
        return None
    return DashboardSession(
        id=database.as_uuid(row[0]),
        expires_at=from_microseconds(row[1]),
        api_key_id=database.as_uuid(row[2]),
        key_hash=row[3],
    )


def add(
    session_id: UUID, secret_hash: str, api_key_id: UUID, *, created_at: datetime, expires_at: datetime
) -> list[Statement]:
    """The statements that store a new session, and forget those of everybody that have ended."""
    moment = to_microseconds(created_at)
    return [
        Statement("DELETE FROM dashboard_session WHERE expires_at <= $1", (moment,)),
        Statement(
            "INSERT INTO dashboard_session (id, secret_hash, api_key_id, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            (session_id, secret_hash, api_key_id, moment, to_microseconds(expires_at)),
        ),
    ]


def remove(session_id: UUID) -> Statement:
    """The statement that ends a session."""
    return Statement("DELETE FROM dashboard_session WHERE id = $1", (session_id,))
