"""Overrides that are due to end, and what else a user's override refers to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gatehouse.mapping.override import Override
from gatehouse.records import to_microseconds
from gatehouse.store import database, listing
from gatehouse.store.condition import Parameters
from gatehouse.store.database import Statement


async def expired(tenant_ids: frozenset[UUID] | None, moment: datetime, *, limit: int) -> list[tuple[UUID, UUID]]:
    """(tenant, user) of stored overrides that ended by then, in these tenants; None: in all of them."""
    parameters = Parameters(to_microseconds(moment))
    among = ""
    if tenant_ids is not None:
        among = f" AND tenant_id IN (SELECT k.id FROM {listing.id_table(sorted(tenant_ids), parameters)} k)"
    rows = await database.fetch(
        f"SELECT tenant_id, id FROM scim_user WHERE override_until <= $1{among} LIMIT {parameters.add(limit)}",
        *parameters,
    )
    return [(database.as_uuid(row[0]), database.as_uuid(row[1])) for row in rows]


def assignable(tenant_id: UUID, override: Override) -> list[Statement]:
    """The guards that what an override gives is not archived meanwhile."""
    guards = []
    if override.role_id is not None:
        sql = "SELECT 1 FROM role WHERE tenant_id = $1 AND id = $2 AND archived_at IS NULL"
        guards.append(Statement(sql, (tenant_id, override.role_id), rows=1))
    sql = "SELECT 1 FROM employee_group WHERE tenant_id = $1 AND id = $2 AND archived_at IS NULL"
    return [*guards, *(Statement(sql, (tenant_id, group_id), rows=1) for group_id in override.added)]
