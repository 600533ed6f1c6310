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
    "k.id, k.name, k.key_hash, k.last_four, k.preset, k.created_at, k.expires_at, k.revoked_at, k.last_used_at,"
    " k.any_document"
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
    any_document: bool = False  # where only trusted documents are run, this key may send others


async def by_key_hash(key_hash: str) -> tuple[ApiKey, tuple[Grant, ...]] | None:
    """The key with this SHA-256 (hex) and its grants."""
    row = await database.fetch_one(f"SELECT {_COLUMNS} FROM api_key k WHERE k.key_hash = $1", key_hash)
    if row is None:
        return None
    key = _record(row)
    rows = await database.fetch("SELECT tenant_id, permissions FROM api_key_grant WHERE api_key_id = $1", key.id)
    return key, tuple(_grant(row) for row in rows)


async def get(key_id: UUID) -> tuple[ApiKey, tuple[Grant, ...]]:
    """The key and its grants.

    :raises NotFound: no such key.
    """
    row = await database.fetch_one(f"SELECT {_COLUMNS} FROM api_key k WHERE k.id = $1", key_id)
    if row is None:
        raise NotFound(f"API key {key_id} not found")
    rows = await database.fetch("SELECT tenant_id, permissions FROM api_key_grant WHERE api_key_id = $1", key_id)
    return _record(row), tuple(_grant(row) for row in rows)


async def within(tenant_ids: frozenset[UUID] | None, *, limit: int) -> list[tuple[ApiKey, tuple[Grant, ...]]]:
    """The keys whose grants are all in these tenants, newest first; None: of all tenants, every key."""
    condition, parameters = "1 = 1", tuple[object, ...]()
    if tenant_ids is not None:
        if not tenant_ids:
            return []
        parameters = tuple(sorted(tenant_ids, key=str))
        places = ", ".join(f"${number}" for number in range(2, len(parameters) + 2))
        condition = (
            "NOT EXISTS (SELECT 1 FROM api_key_grant g WHERE g.api_key_id = k.id"
            f" AND (g.tenant_id IS NULL OR g.tenant_id NOT IN ({places})))"
        )
    rows = await database.fetch(
        f"SELECT {_COLUMNS} FROM api_key k WHERE {condition} ORDER BY k.created_at DESC, k.id DESC LIMIT $1",
        limit,
        *parameters,
    )
    keys = [_record(row) for row in rows]
    grants = await _grants_of([key.id for key in keys])
    return [(key, grants[key.id]) for key in keys]


async def _grants_of(key_ids: Sequence[UUID]) -> dict[UUID, tuple[Grant, ...]]:
    found: dict[UUID, tuple[Grant, ...]] = dict.fromkeys(key_ids, ())
    if not key_ids:
        return found
    places = ", ".join(f"${number}" for number in range(1, len(key_ids) + 1))
    rows = await database.fetch(
        f"SELECT tenant_id, permissions, api_key_id FROM api_key_grant WHERE api_key_id IN ({places}) ORDER BY id",
        *key_ids,
    )
    for row in rows:
        found[database.as_uuid(row[2])] += (_grant(row),)
    return found


async def list_all() -> list[ApiKey]:
    """Every key, newest first."""
    rows = await database.fetch(f"SELECT {_COLUMNS} FROM api_key k ORDER BY k.created_at DESC, k.id DESC")
    return [_record(row) for row in rows]


def add(key: ApiKey, grants: Sequence[Grant]) -> list[Statement]:
    """The statements that store a new key with its grants."""
    expires_at = to_microseconds(key.expires_at) if key.expires_at else None
    statements = [
        Statement(
            "INSERT INTO api_key (id, name, key_hash, last_four, preset, created_at, expires_at, any_document)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            (
                key.id,
                key.name,
                key.key_hash,
                key.last_four,
                key.preset,
                to_microseconds(key.created_at),
                expires_at,
                key.any_document,
            ),
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


def end_at(key_id: UUID, *, until: datetime, live_at: datetime) -> Statement:
    """The statement that lets a live key end at that time, or earlier if it would anyway.

    It fails its batch when the key is not live any more.
    """
    return Statement(
        "UPDATE api_key SET expires_at = CASE WHEN expires_at < $2 THEN expires_at ELSE $2 END"
        " WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)",
        (key_id, to_microseconds(until), to_microseconds(live_at)),
        rows=1,
    )


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
        any_document=bool(row[9]),
    )


def _grant(row: Row) -> Grant:
    tenant_id = None if row[0] is None else database.as_uuid(row[0])
    return Grant(tenant_id, frozenset(Permission(p) for p in orjson.loads(row[1])))


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_microseconds(value)
