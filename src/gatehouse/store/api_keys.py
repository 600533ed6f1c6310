"""API keys of ``/graphql`` and what they are granted: only their SHA-256 is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson

from gatehouse.errors import NotFound
from gatehouse.records import Grant, Permission, from_microseconds, to_microseconds
from gatehouse.store import database
from gatehouse.store.database import Row, Statement
from gatehouse.store.ids import uuid7

_COLUMNS: Final = (
    "k.id, k.name, k.key_hash, k.last_four, k.preset, k.created_at, k.expires_at, k.revoked_at, k.last_used_at"
)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key as stored; the secret itself is not kept."""

    id: UUID
    name: str
    key_hash: str
    last_four: str
    preset: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


async def by_key_hash(key_hash: str) -> tuple[ApiKey, tuple[Grant, ...]] | None:
    """The key with this SHA-256 (hex) and its grants."""
    row = await database.fetch_one(f"SELECT {_COLUMNS} FROM api_key k WHERE k.key_hash = $1", key_hash)
    if row is None:
        return None
    key = _record(row)
    rows = await database.fetch("SELECT tenant_id, permissions FROM api_key_grant WHERE api_key_id = $1", key.id)
    return key, tuple(_grant(row) for row in rows)


async def list_all() -> list[ApiKey]:
    """Every key, newest first."""
    rows = await database.fetch(f"SELECT {_COLUMNS} FROM api_key k ORDER BY k.created_at DESC, k.id DESC")
    return [_record(row) for row in rows]


def add(key: ApiKey, grants: Sequence[Grant]) -> list[Statement]:
    """The statements that store a new key with its grants."""
    expires_at = to_microseconds(key.expires_at) if key.expires_at else None
    statements = [
        Statement(
            "INSERT INTO api_key (id, name, key_hash, last_four, preset, created_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            (key.id, key.name, key.key_hash, key.last_four, key.preset, to_microseconds(key.created_at), expires_at),
        )
    ]
    for grant in grants:
        permissions = orjson.dumps(sorted(grant.permissions)).decode()
        statements.append(
            Statement(
                "INSERT INTO api_key_grant (id, api_key_id, tenant_id, permissions) VALUES ($1, $2, $3, $4)",
                (uuid7(), key.id, grant.tenant_id, permissions),
            )
        )
    return statements


async def revoke(key_id: UUID, *, revoked_at: datetime) -> None:
    """End a key; revoking it twice keeps the first time.

    :raises NotFound: no such key.
    """
    changed = await database.execute(
        "UPDATE api_key SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1", key_id, to_microseconds(revoked_at)
    )
    if not changed:
        raise NotFound(f"API key {key_id} not found")


async def touch(key_id: UUID, *, used_at: datetime, not_since: datetime) -> None:
    """Note the use of a key, unless it was noted after ``not_since``."""
    await database.execute(
        "UPDATE api_key SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)",
        key_id,
        to_microseconds(used_at),
        to_microseconds(not_since),
    )


def _record(row: Row) -> ApiKey:
    return ApiKey(
        id=database.as_uuid(row[0]),
        name=row[1],
        key_hash=row[2],
        last_four=row[3],
        preset=row[4],
        created_at=from_microseconds(row[5]),
        expires_at=_moment(row[6]),
        revoked_at=_moment(row[7]),
        last_used_at=_moment(row[8]),
    )


def _grant(row: Row) -> Grant:
    tenant_id = None if row[0] is None else database.as_uuid(row[0])
    return Grant(tenant_id, frozenset(Permission(p) for p in orjson.loads(row[1])))


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_microseconds(value)
