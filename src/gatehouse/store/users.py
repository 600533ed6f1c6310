"""SCIM Users: reads for the facade, and the statements of a write.

Rules that every function keeps: the tenant comes first; a deleted user is not found; a write is a batch whose first
statements hold its expectations (the mapping version that the access was computed from, the user's version), so that
a batch that commits is right and one that cannot raises StaleVersion and leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from gatehouse.errors import NotFound
from gatehouse.mapping.resolve import Access
from gatehouse.records import UserRecord, from_microseconds, to_microseconds
from gatehouse.store import database, unmapped_values, value_index
from gatehouse.store.database import Row, Statement

_COLUMNS: Final = "u.id, u.version, u.document, u.active, u.created_at, u.last_modified_at, u.mapping_version, u.access"
_GET: Final = f"SELECT {_COLUMNS} FROM scim_user u WHERE u.tenant_id = $1 AND u.id = $2 AND u.deleted_at IS NULL"
_LIVE: Final = "FROM scim_user u WHERE u.tenant_id = $1 AND u.deleted_at IS NULL"

_INDEX_COLUMNS: Final = (
    "user_name",
    "user_name_key",
    "external_id",
    "active",
    "display_name",
    "display_name_key",
    "given_name",
    "given_name_key",
    "family_name",
    "family_name_key",
    "title",
    "title_key",
    "user_type",
    "user_type_key",
)
_STATE_COLUMNS: Final = (
    "version",
    "document",
    "last_modified_at",
    "role_id",
    "role_outcome",
    "mapping_version",
    "access",
)
_WRITTEN: Final = (*_STATE_COLUMNS, *_INDEX_COLUMNS)


def _placeholders(count: int, first: int = 1) -> str:
    return ", ".join(f"${n}" for n in range(first, first + count))


_INSERT: Final = (
    f"INSERT INTO scim_user (tenant_id, id, created_at, {', '.join(_WRITTEN)})"
    f" VALUES ({_placeholders(3 + len(_WRITTEN))})"
)
_UPDATE: Final = (
    f"UPDATE scim_user SET {', '.join(f'{column} = ${n}' for n, column in enumerate(_WRITTEN, 4))}"
    " WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL"
)
_ANCHOR_HINT: Final = "it was deleted here; restart provisioning in Entra so that it matches the person again"
_MAPPING_GUARD: Final = "SELECT 1 FROM tenant WHERE id = $1 AND mapping_version = $2"
_VALUE_COLUMNS: Final = "attribute, position, value, value_key, type_key, display, display_key, is_primary"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: ``total`` counts every match, not only those returned."""

    total: int
    users: tuple[UserRecord, ...]


async def get(tenant_id: UUID, user_id: UUID) -> UserRecord:
    """The user as stored.

    :raises NotFound: unknown, deleted, or another tenant's.
    """
    row = await database.fetch_one(_GET, tenant_id, user_id)
    if row is None:
        raise NotFound(f"There is no user {user_id}", hint=_ANCHOR_HINT)
    return _record(tenant_id, row)


async def page(
    tenant_id: UUID, *, where: tuple[str, Sequence[object]] | None = None, start_index: int = 1, count: int = 100
) -> Page:
    """A page of the users that match, in order of creation.

    :param where: compiled filter over alias ``u`` whose placeholders begin at ``$2``.
    :param start_index: 1-based (RFC 7644 §3.4.2.4).
    :param count: rows wanted, 0 for the total only.
    """
    condition, parameters = (f" AND ({where[0]})", where[1]) if where else ("", ())
    # "+ 0" keeps the order's index away from a filter: without statistics PostgreSQL would walk the tenant along it
    order = "u.created_at + 0, u.id" if where else "u.created_at, u.id"
    users: tuple[UserRecord, ...] = ()
    if count:
        limit = len(parameters) + 2
        rows = await database.fetch(
            f"SELECT {_COLUMNS} {_LIVE}{condition} ORDER BY {order} LIMIT ${limit} OFFSET ${limit + 1}",
            tenant_id,
            *parameters,
            count,
            start_index - 1,
        )
        users = tuple(_record(tenant_id, row) for row in rows)
        if len(users) < count and (users or start_index == 1):
            return Page(start_index - 1 + len(users), users)
    row = await database.fetch_one(f"SELECT count(*) {_LIVE}{condition}", tenant_id, *parameters)
    return Page(row[0] if row else 0, users)


def insert(user: UserRecord, resource: dict[str, Any], access: Access) -> list[Statement]:
    """The statements that add a user; UniqueViolation on ``user_name_key`` when the userName is taken."""
    statements = [
        _guard(user),
        Statement(
            _INSERT,
            (user.tenant_id, user.id, to_microseconds(user.created_at), *_written(user, resource, access)),
            rows=1,
        ),
    ]
    statements += _add_values(user, value_index.rows(resource))
    statements += _add_employee_groups(user, access.group_ids)
    move = unmapped_values.Move(user.id, None, access)
    return [*statements, *unmapped_values.follow(user.tenant_id, [move], at=user.last_modified_at)]


def update(
    user: UserRecord, resource: dict[str, Any], access: Access, *, before: UserRecord, old: dict[str, Any]
) -> list[Statement]:
    """The statements that turn ``before`` (with resource ``old``) into ``user``; only differences touch the index."""
    statements = [
        _guard(user),
        Statement(_UPDATE, (user.tenant_id, user.id, before.version, *_written(user, resource, access)), rows=1),
    ]
    statements += _change_values(user, value_index.rows(old), value_index.rows(resource))
    previous = Access.from_text(before.access) if before.access != user.access else access
    granted = set(previous.group_ids)
    statements += _remove_employee_groups(user, granted.difference(access.group_ids))
    statements += _add_employee_groups(user, [g for g in access.group_ids if g not in granted])
    move = unmapped_values.Move(user.id, previous, access)
    return [*statements, *unmapped_values.follow(user.tenant_id, [move], at=user.last_modified_at)]


def delete(before: UserRecord, *, mapping_version: int, deleted_at: datetime) -> list[Statement]:
    """The statements that leave a tombstone: the userName is free again.

    To be followed, in the same transaction, by :func:`forget`: only a later statement sees a membership that somebody
    gave the user while this one waited.
    """
    return [
        Statement(_MAPPING_GUARD, (before.tenant_id, mapping_version), rows=1),
        Statement(
            "UPDATE scim_user SET deleted_at = $4, version = version + 1"
            " WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL",
            (before.tenant_id, before.id, before.version, to_microseconds(deleted_at)),
            rows=1,
        ),
    ]


def forget(before: UserRecord, *, deleted_at: datetime) -> list[Statement]:
    """The statements that remove memberships and index rows of a user who has just been deleted."""
    owner = (before.tenant_id, before.id)
    access = Access.from_text(before.access)
    gone = unmapped_values.Move(before.id, access, None)
    return [
        Statement(
            "UPDATE scim_group SET version = version + 1, last_modified_at = $3 WHERE tenant_id = $1"
            " AND id IN (SELECT m.group_id FROM group_member m WHERE m.tenant_id = $1 AND m.user_id = $2)",
            (*owner, to_microseconds(deleted_at)),
        ),
        Statement("DELETE FROM group_member WHERE tenant_id = $1 AND user_id = $2", owner),
        *_remove_employee_groups(before, access.group_ids),
        Statement("DELETE FROM user_value WHERE tenant_id = $1 AND user_id = $2", owner),
        *unmapped_values.follow(before.tenant_id, [gone], at=deleted_at),
    ]


def _record(tenant_id: UUID, row: Row) -> UserRecord:
    user_id, version, document, active, created_at, last_modified_at, mapping_version, access = row
    return UserRecord(
        id=database.as_uuid(user_id),
        tenant_id=tenant_id,
        version=version,
        document=document,
        active=bool(active),
        created_at=from_microseconds(created_at),
        last_modified_at=from_microseconds(last_modified_at),
        mapping_version=mapping_version,
        access=access,
    )


def _guard(user: UserRecord) -> Statement:
    return Statement(_MAPPING_GUARD, (user.tenant_id, user.mapping_version), rows=1)


def _written(user: UserRecord, resource: dict[str, Any], access: Access) -> tuple[object, ...]:
    index = value_index.columns(resource)
    return (
        user.version,
        user.document,
        to_microseconds(user.last_modified_at),
        access.role_id,
        str(access.role_outcome),
        user.mapping_version,
        user.access,
        *(index[column] for column in _INDEX_COLUMNS),
    )


def _add_values(user: UserRecord, rows: Sequence[tuple[object, ...]]) -> list[Statement]:
    if not rows:
        return []
    values = ", ".join(f"($1, $2, {_placeholders(8, 3 + 8 * n)})" for n in range(len(rows)))
    return [
        Statement(
            f"INSERT INTO user_value (tenant_id, user_id, {_VALUE_COLUMNS}) VALUES {values}",
            (user.tenant_id, user.id, *(value for row in rows for value in row)),
        )
    ]


def _change_values(
    user: UserRecord, old: Sequence[tuple[object, ...]], new: Sequence[tuple[object, ...]]
) -> list[Statement]:
    touched = sorted({str(row[0]) for row in set(old).symmetric_difference(new)})
    if not touched:
        return []
    delete_old = Statement(
        "DELETE FROM user_value WHERE tenant_id = $1 AND user_id = $2"
        f" AND attribute IN ({_placeholders(len(touched), 3)})",
        (user.tenant_id, user.id, *touched),
    )
    return [delete_old, *_add_values(user, [row for row in new if row[0] in touched])]


def _add_employee_groups(user: UserRecord, group_ids: Sequence[UUID]) -> list[Statement]:
    if not group_ids:
        return []
    values = ", ".join(f"($1, $2, ${n})" for n in range(3, 3 + len(group_ids)))
    return [
        Statement(
            f"INSERT INTO user_employee_group (tenant_id, user_id, employee_group_id) VALUES {values}",
            (user.tenant_id, user.id, *group_ids),
        )
    ]


def _remove_employee_groups(user: UserRecord, group_ids: Iterable[UUID]) -> list[Statement]:
    gone = sorted(group_ids)
    if not gone:
        return []
    return [
        Statement(
            "DELETE FROM user_employee_group WHERE tenant_id = $1 AND user_id = $2"
            f" AND employee_group_id IN ({_placeholders(len(gone), 3)})",
            (user.tenant_id, user.id, *gone),
        )
    ]
