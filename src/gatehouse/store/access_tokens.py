"""What OAuth clients were given for their secrets: only the SHA-256 of an access token is stored."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.records import from_microseconds, to_microseconds
from gatehouse.store import database
from gatehouse.store.database import Statement

_BY_HASH: Final = (
    "SELECT a.expires_at, c.token_hash FROM access_token a"
    " JOIN credential c ON c.tenant_id = a.tenant_id AND c.id = a.credential_id WHERE a.token_hash = $1"
)


async def by_token_hash(token_hash: str) -> tuple[datetime, str] | None:
    """When the access token with this SHA-256 (hex) ends, and the SHA-256 of its client's secret."""
    row = await database.fetch_one(_BY_HASH, token_hash)
    return None if row is None else (from_microseconds(row[0]), row[1])


def add(
    tenant_id: UUID, credential_id: UUID, token_hash: str, *, created_at: datetime, expires_at: datetime
) -> list[Statement]:
    """The statements that store a new access token, and forget those of the client that have ended."""
    moment = to_microseconds(created_at)
    return [
        Statement(
            "DELETE FROM access_token WHERE tenant_id = $1 AND credential_id = $2 AND expires_at <= $3",
            (tenant_id, credential_id, moment),
        ),
        Statement(
            "INSERT INTO access_token (token_hash, tenant_id, credential_id, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            (token_hash, tenant_id, credential_id, moment, to_microseconds(expires_at)),
        ),
    ]
