"""The request log: what was asked and answered, for diagnosis. Written in batches, outside any transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from uuid import UUID

from gatehouse.records import ScimOperation, to_microseconds
from gatehouse.store import database

COLUMNS: Final = (
    "id, tenant_id, credential_id, received_at, method, path, operation, status, scim_type, detail, duration_us,"
    " request_id, correlation_id, ip, user_agent, resource_id, body"
)
_WIDTH: Final = 17
_CHUNK: Final = 50  # rows in one statement: several times cheaper on PostgreSQL than one by one


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. ``path`` is the route template, ``body`` the redacted request of a refused write."""

    id: UUID
    tenant_id: UUID | None
    credential_id: UUID | None
    received_at: datetime
    method: str
    path: str
    operation: ScimOperation
    status: int
    scim_type: str | None
    detail: str | None
    duration_us: int
    request_id: str
    correlation_id: str | None
    ip: str | None
    user_agent: str | None
    resource_id: UUID | None
    body: str | None


async def add_many(entries: Sequence[Entry]) -> None:
    """Store entries of any tenants (``tenant_id`` is part of each)."""
    full = len(entries) - len(entries) % _CHUNK
    for start in range(0, full, _CHUNK):
        values = [value for entry in entries[start : start + _CHUNK] for value in _row(entry)]
        await database.execute(_insert(_CHUNK), *values)
    await database.execute_many(_insert(1), [_row(entry) for entry in entries[full:]])


@cache
def _insert(rows: int) -> str:
    tuples = (
        ", ".join(f"${number}" for number in range(row * _WIDTH + 1, (row + 1) * _WIDTH + 1)) for row in range(rows)
    )
    return f"INSERT INTO request_log ({COLUMNS}) VALUES {', '.join(f'({values})' for values in tuples)}"


def _row(entry: Entry) -> tuple[object, ...]:
    return (
        entry.id,
        entry.tenant_id,
        entry.credential_id,
        to_microseconds(entry.received_at),
        entry.method,
        entry.path,
        str(entry.operation),
        entry.status,
        entry.scim_type,
        entry.detail,
        entry.duration_us,
        entry.request_id,
        entry.correlation_id,
        entry.ip,
        entry.user_agent,
        entry.resource_id,
        entry.body,
    )
