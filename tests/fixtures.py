"""Rows for tests, written with plain SQL into the active database; every default can be given as a column."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from gatehouse.records import (
    EmployeeGroup,
    GroupRecord,
    Role,
    ScimMode,
    Tenant,
    TenantStatus,
    UnknownAttributes,
    UserRecord,
    from_microseconds,
    to_microseconds,
)
from gatehouse.scim.keys import key
from gatehouse.store.database import execute
from gatehouse.store.ids import uuid7

NOW = datetime(2026, 11, 25, 9, 30, 0, 123456, tzinfo=UTC)
NOW_US = to_microseconds(NOW)


async def insert(table: str, **columns: object) -> None:
    """Add one row; times are microseconds."""
    names = ", ".join(columns)
    places = ", ".join(f"${number}" for number in range(1, len(columns) + 1))
    await execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *columns.values())


async def new_tenant(slug: str = "acme", **columns: object) -> Tenant:
    """Add an active tenant at mapping version 1 with the default settings and an empty catalogue.

    A column that is None is left to the table, as one that it does not have yet.
    """
    row: dict[str, object] = {
        "id": uuid7(),
        "slug": slug,
        "name": slug.title(),
        "name_key": key(str(columns.get("name", slug.title()))),
        "status": "ACTIVE",
        "scim_mode": "entra",
        "unknown_attributes": "ignore",
        "mapping_version": 1,
        "version": 1,
        "created_at": NOW_US,
        "updated_at": NOW_US,
    } | columns
    await insert("tenant", **{name: value for name, value in row.items() if value is not None})
    return Tenant(
        id=_uuid(row["id"]),
        slug=slug,
        name=str(row["name"]),
        status=TenantStatus(str(row["status"])),
        scim_mode=ScimMode(str(row["scim_mode"])),
        unknown_attributes=UnknownAttributes(str(row["unknown_attributes"])),
        mapping_version=_int(row["mapping_version"]),
        version=_int(row["version"]),
        created_at=from_microseconds(_int(row["created_at"])),
        updated_at=from_microseconds(_int(row["updated_at"])),
        event_retention_days=_int(row.get("event_retention_days", 400)),
        request_retention_days=_int(row.get("request_retention_days", 30)),
    )


async def new_role(tenant_id: UUID, key: str = "leasing-agent", *, name: str = "", privileged: bool = False) -> Role:
    """Add a role to the catalogue."""
    role = Role(uuid7(), tenant_id, key, name or _title(key), privileged, archived_at=None)
    await insert(
        "role",
        id=role.id,
        tenant_id=tenant_id,
        key=key,
        name=role.name,
        privileged=privileged,
        created_at=NOW_US,
    )
    return role


async def new_employee_group(tenant_id: UUID, key: str = "north", *, name: str = "") -> EmployeeGroup:
    """Add an employee group to the catalogue."""
    group = EmployeeGroup(uuid7(), tenant_id, key, name or _title(key), archived_at=None)
    await insert("employee_group", id=group.id, tenant_id=tenant_id, key=key, name=group.name, created_at=NOW_US)
    return group


async def new_role_rule(tenant_id: UUID, value: str, role_id: UUID, *, since_version: int = 1) -> UUID:
    """Add ``title`` value → role; return the rule's id."""
    rule_id = uuid7()
    await insert(
        "role_rule",
        id=rule_id,
        tenant_id=tenant_id,
        value=value,
        value_key=value.lower(),
        role_id=role_id,
        since_version=since_version,
    )
    return rule_id


async def new_group_rule(tenant_id: UUID, value: str, *group_ids: UUID, since_version: int = 1) -> UUID:
    """Add ``userType`` segment → employee groups, in order; return the rule's id."""
    rule_id = uuid7()
    await insert(
        "group_rule",
        id=rule_id,
        tenant_id=tenant_id,
        value=value,
        value_key=value.lower(),
        since_version=since_version,
    )
    for position, group_id in enumerate(group_ids):
        await insert(
            "group_rule_target",
            group_rule_id=rule_id,
            employee_group_id=group_id,
            tenant_id=tenant_id,
            position=position,
        )
    return rule_id


async def new_user(tenant_id: UUID, user_name: str = "ada@example.com", **columns: object) -> UserRecord:
    """Add an active SCIM User at version 1 without title, userType or access; the keys follow from ``user_name``."""
    row: dict[str, object] = {
        "id": uuid7(),
        "tenant_id": tenant_id,
        "version": 1,
        "document": f'{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"{user_name}"}}',
        "user_name": user_name,
        "user_name_key": user_name.lower(),
        "active": True,
        "created_at": NOW_US,
        "last_modified_at": NOW_US,
        "role_outcome": "EMPTY",
        "mapping_version": 1,
        "access": "{}",
    } | columns
    await insert("scim_user", **row)
    return UserRecord(
        id=_uuid(row["id"]),
        tenant_id=tenant_id,
        version=_int(row["version"]),
        document=str(row["document"]),
        active=bool(row["active"]),
        created_at=from_microseconds(_int(row["created_at"])),
        last_modified_at=from_microseconds(_int(row["last_modified_at"])),
        mapping_version=_int(row["mapping_version"]),
        access=str(row["access"]),
    )


async def new_group(tenant_id: UUID, display_name: str = "Leasing", *user_ids: UUID) -> GroupRecord:
    """Add a SCIM Group at version 1 with these members."""
    group_id = uuid7()
    await insert(
        "scim_group",
        id=group_id,
        tenant_id=tenant_id,
        version=1,
        display_name=display_name,
        display_name_key=display_name.lower(),
        created_at=NOW_US,
        last_modified_at=NOW_US,
    )
    for user_id in user_ids:
        await insert("group_member", group_id=group_id, user_id=user_id, tenant_id=tenant_id)
    return GroupRecord(group_id, tenant_id, 1, display_name, None, NOW, NOW)


def _title(key: str) -> str:
    return key.replace("-", " ").title()


def _uuid(value: object) -> UUID:
    assert isinstance(value, UUID)
    return value


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
