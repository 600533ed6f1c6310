"""SCIM Users: reads for the facade, and the statements of a write.

Rules that every function keeps: the tenant comes first; a deleted user is not found; a write is a batch whose first
statements hold its expectations (the mapping version that the access was computed from, the user's version), so that
a batch that commits is right and one that cannot raises StaleVersion and leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from gatehouse.errors import NotFound
from gatehouse.mapping.resolve import Access
from gatehouse.records import ShownUser, UserRecord, from_microseconds, to_microseconds
from gatehouse.scim.schema import USER
from gatehouse.store import access_history, database, unmapped_values, value_index
from gatehouse.store.database import Row, Statement
from gatehouse.store.resource_list import Listed

_COLUMNS: Final = (
    "u.id, u.version, u.document, u.active, u.created_at, u.last_modified_at, u.mapping_version, u.access,"
    " u.access_since, u.override_until, u.unsettled"
)
_SHOWN_COLUMNS: Final = "u.id, u.version, u.document, u.created_at, u.last_modified_at"
_ONE: Final = "u WHERE u.tenant_id = $1 AND u.id = $2 AND u.deleted_at IS NULL"
_GET: Final = f"SELECT {_COLUMNS} FROM user_now {_ONE}"
_GET_SHOWN: Final = f"SELECT {_SHOWN_COLUMNS} FROM scim_user {_ONE}"

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
    "access_since",
)
_WRITTEN: Final[tuple[str, ...]] = (*_STATE_COLUMNS, *_INDEX_COLUMNS)


def _placeholders(count: int, first: int = 1) -> str:
    return ", ".join(f"${n}" for n in range(first, first + count))


_INSERT: Final = (
    f"INSERT INTO scim_user (tenant_id, id, created_at, {', '.join(_WRITTEN)})"
    f" VALUES ({_placeholders(3 + len(_WRITTEN))})"
)
_ANCHOR_HINT: Final = "it was deleted here; restart provisioning in Entra so that it matches the person again"
_MAPPING_GUARD: Final = "SELECT 1 FROM tenant WHERE id = $1 AND mapping_version = $2"
_VALUE_COLUMNS: Final = "attribute, position, value, value_key, type_key, display, display_key, is_primary"


async def get(tenant_id: UUID, user_id: UUID) -> UserRecord:
    """The user as stored.

    :raises NotFound: unknown, deleted, or another tenant's.
    """
    return _record(tenant_id, await _one(_GET, tenant_id, user_id))


async def shown(tenant_id: UUID, user_id: UUID) -> ShownUser:
    """The user as far as a representation needs it.

    :raises NotFound: as :func:`get`.
    """
    return _shown(tenant_id, [await _one(_GET_SHOWN, tenant_id, user_id)])[0]


async def _one(statement: str, tenant_id: UUID, user_id: UUID) -> Row:
    row = await database.fetch_one(statement, tenant_id, user_id)
    if row is None:
        raise NotFound(f"There is no user {user_id}", hint=_ANCHOR_HINT)
    return row


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
    previous = access if before.access == user.access else Access.from_text(before.access)
    columns, values = _WRITTEN, _written(user, resource, access)
    if database.dialect() == "sqlite":  # which rewrites the index entries of each column named, even if its value stays
        stored = _written(before, old, previous)
        differing = [n for n, value in enumerate(values) if value != stored[n]]
        columns, values = tuple(_WRITTEN[n] for n in differing), tuple(values[n] for n in differing)
    statements = [
        _guard(user),
        Statement(_update(columns), (user.tenant_id, user.id, before.version, *values), rows=1),
    ]
    statements += _change_values(user, old, resource)
    if before.access != user.access:
        statements += _change_employee_groups(user, previous, access)
    if before.access_since != user.access_since:
        statements.append(access_history.add(before, until=user.access_since))
    move = unmapped_values.Move(user.id, previous, access)
    return [*statements, *unmapped_values.follow(user.tenant_id, [move], at=user.last_modified_at)]


def change_access(user: UserRecord, access: Access, *, before: UserRecord, mapping_version: int) -> list[Statement]:
    """The statements that give ``before`` the access of ``user``, and nothing else.

    :param mapping_version: the one in force, which the access was computed under; that of the user stays.
    """
    until = user.override_until
    return [
        Statement(_MAPPING_GUARD, (user.tenant_id, mapping_version), rows=1),
        Statement(
            "UPDATE scim_user SET version = $4, role_id = $5, role_outcome = $6, access = $7, access_since = $8,"
            " override_until = $9 WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL",
            (
                user.tenant_id,
                user.id,
                before.version,
                user.version,
                access.role_id,
                str(access.role_outcome),
                user.access,
                to_microseconds(user.access_since),
                None if until is None else to_microseconds(until),
            ),
            rows=1,
        ),
        *_change_employee_groups(user, Access.from_text(before.access), access),
        access_history.add(before, until=user.access_since),
    ]


def delete(before: UserRecord, *, mapping_version: int, deleted_at: datetime) -> list[Statement]:
    """The statements that leave a tombstone: the userName is free again.

    To be followed, in the same transaction, by :func:`forget`: only a later statement sees a membership that somebody
    gave the user while this one waited.
    """
    until = access_history.following(before.access_since, deleted_at)
    return [
        Statement(_MAPPING_GUARD, (before.tenant_id, mapping_version), rows=1),
        Statement(
            "UPDATE scim_user SET deleted_at = $4, version = version + 1, access_since = $5, override_until = NULL"
            " WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL",
            (before.tenant_id, before.id, before.version, to_microseconds(deleted_at), to_microseconds(until)),
            rows=1,
        ),
        access_history.add(before, until=until),
    ]


def forget(before: UserRecord, *, deleted_at: datetime, member: bool = True) -> list[Statement]:
    """The statements that end the memberships of a user who has just been deleted.

    The rows of the value index stay with the tombstone: the admin API finds people by them who are gone.

    :param member: False when the batch itself expects that there are no memberships.
    """
    owner = (before.tenant_id, before.id)
    access = Access.from_text(before.access)
    gone = unmapped_values.Move(before.id, access, None)
    memberships = [
        Statement(
            "UPDATE scim_group SET version = version + 1, last_modified_at = $3 WHERE tenant_id = $1"
            " AND id IN (SELECT m.group_id FROM group_member m WHERE m.tenant_id = $1 AND m.user_id = $2)",
            (*owner, to_microseconds(deleted_at)),
        ),
        Statement("DELETE FROM group_member WHERE tenant_id = $1 AND user_id = $2", owner),
    ]
    return [
        *(memberships if member else ()),
        *_remove_employee_groups(before, access.group_ids),
        *unmapped_values.follow(before.tenant_id, [gone], at=deleted_at),
    ]


def _record(tenant_id: UUID, row: Row) -> UserRecord:
    return UserRecord(
        id=database.as_uuid(row[0]),
        tenant_id=tenant_id,
        version=row[1],
        document=row[2],
        active=bool(row[3]),
        created_at=from_microseconds(row[4]),
        last_modified_at=from_microseconds(row[5]),
        mapping_version=row[6],
        access=row[7],
        access_since=from_microseconds(row[8]),
        override_until=None if row[9] is None else from_microseconds(row[9]),
        unsettled=bool(row[10]),
    )


def _shown(_tenant_id: UUID, rows: Sequence[Row]) -> tuple[ShownUser, ...]:
    new = tuple.__new__  # what a NamedTuple adds to it costs as much again
    return tuple([new(ShownUser, (str(row[0]), row[1], row[2], row[3], row[4])) for row in rows])


LISTED: Final = Listed(USER, "scim_user", "u", _SHOWN_COLUMNS, _shown, unsettled="user_now")


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
        to_microseconds(user.access_since),
        *(index[column] for column in _INDEX_COLUMNS),
    )


@lru_cache(maxsize=1_024)
def _update(columns: tuple[str, ...]) -> str:
    written = ", ".join(f"{column} = ${n}" for n, column in enumerate(columns, 4))
    return f"UPDATE scim_user SET {written} WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL"


def _add_values(user: UserRecord, rows: Sequence[value_index.Row]) -> list[Statement]:
    if not rows:
        return []
    parameters: list[object] = [user.tenant_id, user.id]
    for row in rows:
        parameters += row
    return [Statement(_insert_values(len(rows)), tuple(parameters))]


@lru_cache(maxsize=128)
def _insert_values(rows: int) -> str:
    values = ", ".join(f"($1, $2, {_placeholders(8, 3 + 8 * n)})" for n in range(rows))
    return f"INSERT INTO user_value (tenant_id, user_id, {_VALUE_COLUMNS}) VALUES {values}"


def _change_values(user: UserRecord, before: dict[str, Any], after: dict[str, Any]) -> list[Statement]:
    differing = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    old, new = (
        value_index.rows({name: state[name] for name in differing if name in state}) for state in (before, after)
    )
    touched = sorted({row[0] for row in set(old).symmetric_difference(new)})
    if not touched:
        return []
    delete_old = Statement(
        "DELETE FROM user_value WHERE tenant_id = $1 AND user_id = $2"
        f" AND attribute IN ({_placeholders(len(touched), 3)})",
        (user.tenant_id, user.id, *touched),
    )
    return [delete_old, *_add_values(user, [row for row in new if row[0] in touched])]


def _change_employee_groups(user: UserRecord, before: Access, after: Access) -> list[Statement]:
    granted = before.group_ids
    return [
        *_remove_employee_groups(user, set(granted).difference(after.group_ids)),
        *_add_employee_groups(user, [group_id for group_id in after.group_ids if group_id not in granted]),
    ]


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
