"""Tenants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from gatehouse.errors import NotFound
from gatehouse.records import ScimMode, Tenant, TenantStatus, UnknownAttributes, from_microseconds, to_microseconds
from gatehouse.scim.keys import key
from gatehouse.store import database, listing
from gatehouse.store.condition import Parameters
from gatehouse.store.database import Row, Statement

COLUMNS: Final = (
    "t.id, t.slug, t.name, t.status, t.scim_mode, t.unknown_attributes, t.mapping_version, t.version,"
    " t.created_at, t.updated_at, t.event_retention_days, t.request_retention_days"
)


async def get(tenant_id: UUID) -> Tenant:
    """:raises NotFound: no such tenant."""
    row = await database.fetch_one(f"SELECT {COLUMNS} FROM tenant t WHERE t.id = $1", tenant_id)
    if row is None:
        raise NotFound(f"tenant {tenant_id} not found")
    return record(row)


async def by_ids(tenant_ids: Sequence[UUID]) -> list[Tenant]:
    """The tenants with these ids, as far as there are any."""
    parameters = Parameters()
    rows = await database.fetch(
        f"SELECT {COLUMNS} FROM tenant t WHERE {listing.among('t.id', tenant_ids, parameters)}", *parameters
    )
    return [record(row) for row in rows]


async def by_slug(slug: str) -> Tenant:
    """:raises NotFound: no such tenant."""
    row = await database.fetch_one(f"SELECT {COLUMNS} FROM tenant t WHERE t.slug = $1", slug)
    if row is None:
        raise NotFound(f"tenant {slug!r} not found", path="slug")
    return record(row)


async def list_all() -> list[Tenant]:
    """Every tenant, by slug."""
    return [record(row) for row in await database.fetch(f"SELECT {COLUMNS} FROM tenant t ORDER BY t.slug")]


async def mapping_version(tenant_id: UUID) -> int:
    """The number of the mapping in force.

    :raises NotFound: no such tenant.
    """
    row = await database.fetch_one("SELECT mapping_version FROM tenant WHERE id = $1", tenant_id)
    if row is None:
        raise NotFound(f"tenant {tenant_id} not found")
    return int(row[0])


async def mapping_versions(tenant_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The number of the mapping in force of each of these tenants, as far as there are any."""
    parameters = Parameters()
    rows = await database.fetch(
        f"SELECT t.id, t.mapping_version FROM tenant t WHERE {listing.among('t.id', tenant_ids, parameters)}",
        *parameters,
    )
    return {database.as_uuid(row[0]): int(row[1]) for row in rows}


def add(tenant: Tenant, *, delimiter: str) -> Statement:
    """The statement that stores a new tenant; UniqueViolation when the slug is taken."""
    return Statement(
        "INSERT INTO tenant (id, slug, name, status, scim_mode, unknown_attributes, mapping_version, version,"
        " created_at, updated_at, delimiter, role_attribute, group_attribute, empty_title, unmapped_title,"
        " unmapped_group, default_group_ids, name_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'title',"
        " 'userType', 'ASSIGN_NONE', 'ASSIGN_NONE', 'ASSIGN_NONE', '[]', $12)",
        (
            tenant.id,
            tenant.slug,
            tenant.name,
            str(tenant.status),
            str(tenant.scim_mode),
            str(tenant.unknown_attributes),
            tenant.mapping_version,
            tenant.version,
            to_microseconds(tenant.created_at),
            to_microseconds(tenant.updated_at),
            delimiter,
            key(tenant.name),
        ),
    )


def save(tenant: Tenant, *, before: Tenant) -> Statement:
    """The statement that stores what was changed of a tenant itself; StaleVersion when it is not as ``before`` any more."""
    return Statement(
        "UPDATE tenant SET name = $3, scim_mode = $4, unknown_attributes = $5, version = $6, updated_at = $7,"
        " event_retention_days = $8, request_retention_days = $9, name_key = $10 WHERE id = $1 AND version = $2",
        (
            tenant.id,
            before.version,
            tenant.name,
            str(tenant.scim_mode),
            str(tenant.unknown_attributes),
            tenant.version,
            to_microseconds(tenant.updated_at),
            tenant.event_retention_days,
            tenant.request_retention_days,
            key(tenant.name),
        ),
        rows=1,
    )


async def renew_name_keys() -> None:
    """Give every tenant the key of its name: after a migration, and wherever an older version of us wrote the name."""
    for tenant_id, name, known in await database.fetch("SELECT id, name, name_key FROM tenant"):
        if known != key(name):
            await database.execute(
                "UPDATE tenant SET name_key = $3 WHERE id = $1 AND name = $2", tenant_id, name, key(name)
            )


def record(row: Row, offset: int = 0) -> Tenant:
    """A tenant from a row that holds :data:`COLUMNS` from ``offset`` on."""
    return Tenant(
        id=database.as_uuid(row[offset]),
        slug=row[offset + 1],
        name=row[offset + 2],
        status=TenantStatus(row[offset + 3]),
        scim_mode=ScimMode(row[offset + 4]),
        unknown_attributes=UnknownAttributes(row[offset + 5]),
        mapping_version=row[offset + 6],
        version=row[offset + 7],
        created_at=from_microseconds(row[offset + 8]),
        updated_at=from_microseconds(row[offset + 9]),
        event_retention_days=row[offset + 10],
        request_retention_days=row[offset + 11],
    )
