"""Deleting what is older than a tenant keeps: a few rows a statement, found by an index, each statement a commit of its own.

``tenant_id`` None stands for the requests that did not sign in; these belong to no tenant.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.records import to_microseconds
from gatehouse.store import database

_EVENTS: Final = (
    "DELETE FROM provisioning_event WHERE id IN (SELECT id FROM provisioning_event"
    " WHERE tenant_id = $1 AND occurred_at < $2 ORDER BY occurred_at, id LIMIT $3)"
)
_REQUESTS: Final = (
    "DELETE FROM request_log WHERE id IN (SELECT id FROM request_log"
    " WHERE tenant_id = $1 AND received_at < $2 ORDER BY received_at, id LIMIT $3)"
)
_OF_STRANGERS: Final = (
    "DELETE FROM request_log WHERE id IN (SELECT id FROM request_log"
    " WHERE tenant_id IS NULL AND received_at < $1 ORDER BY received_at, id LIMIT $2)"
)
_ACCESS: Final = (
    "DELETE FROM access_history WHERE tenant_id = $1 AND (user_id, until) IN (SELECT user_id, until FROM access_history"
    " WHERE tenant_id = $1 AND until <= $2 ORDER BY until LIMIT $3)"
)
_TOMBSTONES: Final = {
    table: f"DELETE FROM {table} WHERE tenant_id = $1 AND id IN (SELECT id FROM {table}"
    " WHERE tenant_id = $1 AND deleted_at IS NOT NULL AND deleted_at < $2 ORDER BY deleted_at LIMIT $3)"
    for table in ("scim_user", "scim_group")
}


async def delete_events(tenant_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete the oldest of a tenant's events that happened before a moment; how many."""
    return await database.execute(_EVENTS, tenant_id, to_microseconds(before), limit)


async def delete_requests(tenant_id: UUID | None, *, before: datetime, limit: int) -> int:
    """Delete the oldest of a tenant's requests, or of those of strangers, that came before a moment; how many."""
    if tenant_id is None:
        return await database.execute(_OF_STRANGERS, to_microseconds(before), limit)
    return await database.execute(_REQUESTS, tenant_id, to_microseconds(before), limit)


async def delete_access(tenant_id: UUID, *, ended_by: datetime, limit: int) -> int:
    """Delete some of the states of access that ended by a moment; how many.

    What somebody had then or later is in the states that ended afterwards, and in the user itself: they stay.
    """
    return await database.execute(_ACCESS, tenant_id, to_microseconds(ended_by), limit)


async def delete_users(tenant_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete for good some of the users who were deleted before a moment; how many."""
    return await database.execute(_TOMBSTONES["scim_user"], tenant_id, to_microseconds(before), limit)


async def delete_groups(tenant_id: UUID, *, before: datetime, limit: int) -> int:
    """Delete for good some of the groups that were deleted before a moment; how many."""
    return await database.execute(_TOMBSTONES["scim_group"], tenant_id, to_microseconds(before), limit)
