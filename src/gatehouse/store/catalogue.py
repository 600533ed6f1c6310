"""The catalogue of a tenant: the roles and employee groups that its mapping can give."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from gatehouse.records import EmployeeGroup, Role, from_microseconds, to_microseconds
from gatehouse.store import database
from gatehouse.store.database import Row, Statement

_USES: Final = ("rules", "users", "defaults", "overrides")
_ROLE: Final = "SELECT id, tenant_id, key, name, privileged, archived_at FROM role WHERE tenant_id = $1"
_GROUP: Final = "SELECT id, tenant_id, key, name, archived_at FROM employee_group WHERE tenant_id = $1"
# What the rules give a user as soon as an override ends
_HELD_BACK: Final = (
    "(SELECT count(*) FROM user_now u WHERE u.tenant_id = $1 AND u.override_until IS NOT NULL AND u.access LIKE $3"
)
_ROLE_USES: Final = (
    "SELECT (SELECT count(*) FROM role_rule r WHERE r.tenant_id = $1 AND r.role_id = $2) AS rules,"
    " (SELECT count(*) FROM role_holder u WHERE u.tenant_id = $1 AND u.role_id = $2 AND u.deleted_at IS NULL) AS users,"
    " (SELECT count(*) FROM tenant t WHERE t.id = $1 AND t.default_role_id = $2) AS defaults,"
    f" {_HELD_BACK} AND (u.role_id IS NULL OR u.role_id <> $2)) AS overrides"
)
_GROUP_USES: Final = (
    "SELECT (SELECT count(*) FROM group_rule_target g WHERE g.tenant_id = $1 AND g.employee_group_id = $2) AS rules,"
    " (SELECT count(*) FROM user_employee_group_now u JOIN scim_user s ON s.id = u.user_id AND s.deleted_at IS NULL"
    " WHERE u.tenant_id = $1 AND u.employee_group_id = $2) AS users,"
    " (SELECT count(*) FROM tenant t WHERE t.id = $1 AND t.default_group_ids LIKE $3) AS defaults,"
    f" {_HELD_BACK} AND NOT EXISTS (SELECT 1 FROM user_employee_group_now g"
    " WHERE g.tenant_id = $1 AND g.user_id = u.id AND g.employee_group_id = $2)) AS overrides"
)


async def roles(tenant_id: UUID) -> list[Role]:
    """Every role of the tenant, archived ones included, by key."""
    return [_role(row) for row in await database.fetch(f"{_ROLE} ORDER BY key", tenant_id)]


async def find_role(tenant_id: UUID, key: str) -> Role | None:
    """The role with this key, archived or not."""
    row = await database.fetch_one(f"{_ROLE} AND key = $2", tenant_id, key)
    return None if row is None else _role(row)


def add_role(role: Role, *, created_at: int) -> Statement:
    """The statement that stores a new role; ``created_at`` in microseconds."""
    return Statement(
        "INSERT INTO role (id, tenant_id, key, name, privileged, archived_at, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        (role.id, role.tenant_id, role.key, role.name, role.privileged, _archived(role), created_at),
    )


def save_role(role: Role) -> Statement:
    """The statement that changes everything of a role but its key."""
    return Statement(
        "UPDATE role SET name = $3, privileged = $4, archived_at = $5 WHERE tenant_id = $1 AND id = $2",
        (role.tenant_id, role.id, role.name, role.privileged, _archived(role)),
        rows=1,
    )


async def employee_groups(tenant_id: UUID) -> list[EmployeeGroup]:
    """Every employee group of the tenant, archived ones included, by key."""
    return [_employee_group(row) for row in await database.fetch(f"{_GROUP} ORDER BY key", tenant_id)]


async def find_employee_group(tenant_id: UUID, key: str) -> EmployeeGroup | None:
    """The employee group with this key, archived or not."""
    row = await database.fetch_one(f"{_GROUP} AND key = $2", tenant_id, key)
    return None if row is None else _employee_group(row)


def add_employee_group(group: EmployeeGroup, *, created_at: int) -> Statement:
    """The statement that stores a new employee group; ``created_at`` in microseconds."""
    return Statement(
        "INSERT INTO employee_group (id, tenant_id, key, name, archived_at, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        (group.id, group.tenant_id, group.key, group.name, _archived(group), created_at),
    )


def save_employee_group(group: EmployeeGroup) -> Statement:
    """The statement that changes everything of an employee group but its key."""
    return Statement(
        "UPDATE employee_group SET name = $3, archived_at = $4 WHERE tenant_id = $1 AND id = $2",
        (group.tenant_id, group.id, group.name, _archived(group)),
        rows=1,
    )


async def role_uses(tenant_id: UUID, role_id: UUID) -> dict[str, int]:
    """What refers to a role: counts of ``rules``, ``users`` (not deleted), ``defaults`` and ``overrides`` it returns from."""
    row = await database.fetch_one(_ROLE_USES, tenant_id, role_id, f'%"{role_id}"%')
    return _uses(row)


async def employee_group_uses(tenant_id: UUID, group_id: UUID) -> dict[str, int]:
    """What refers to an employee group: counts as :func:`role_uses`."""
    row = await database.fetch_one(_GROUP_USES, tenant_id, group_id, f'%"{group_id}"%')
    return _uses(row)


def _uses(row: Row | None) -> dict[str, int]:
    return {} if row is None else {name: row[name] for name in _USES if row[name]}


def _archived(item: Role | EmployeeGroup) -> int | None:
    return None if item.archived_at is None else to_microseconds(item.archived_at)


def _role(row: Row) -> Role:
    return Role(
        id=database.as_uuid(row["id"]),
        tenant_id=database.as_uuid(row["tenant_id"]),
        key=row["key"],
        name=row["name"],
        privileged=bool(row["privileged"]),
        archived_at=None if row["archived_at"] is None else from_microseconds(row["archived_at"]),
    )


def _employee_group(row: Row) -> EmployeeGroup:
    return EmployeeGroup(
        id=database.as_uuid(row["id"]),
        tenant_id=database.as_uuid(row["tenant_id"]),
        key=row["key"],
        name=row["name"],
        archived_at=None if row["archived_at"] is None else from_microseconds(row["archived_at"]),
    )
