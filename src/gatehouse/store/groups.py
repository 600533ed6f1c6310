"""SCIM Groups and their members.

Members are users of the same tenant. A write never loads the member list: it asks only about the members it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.errors import NotFound
from gatehouse.records import GroupRecord, from_microseconds, to_microseconds
from gatehouse.scim.keys import key
from gatehouse.scim.schema import GROUP
from gatehouse.store import database
from gatehouse.store.database import Row, Statement
from gatehouse.store.resource_list import Listed

_COLUMNS: Final = "g.id, g.version, g.display_name, g.external_id, g.created_at, g.last_modified_at"
_GET: Final = f"SELECT {_COLUMNS} FROM scim_group g WHERE g.tenant_id = $1 AND g.id = $2 AND g.deleted_at IS NULL"
_INSERT: Final = (
    "INSERT INTO scim_group (tenant_id, id, created_at, last_modified_at, version, display_name, display_name_key,"
    " external_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
)
_UPDATE: Final = (
    "UPDATE scim_group SET version = $4, last_modified_at = $5, display_name = $6, display_name_key = $7,"
    " external_id = $8 WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL"
)
_MEMBERSHIPS: Final = "SELECT 1 FROM group_member m WHERE m.tenant_id = $1 AND m.user_id = $2"
_CHUNK: Final = 1_000  # ids in one statement: well below the parameter limits of both engines


async def get(tenant_id: UUID, group_id: UUID) -> GroupRecord:
    """The group as stored, without members.

    :raises NotFound: unknown, deleted, or another tenant's.
    """
    row = await database.fetch_one(_GET, tenant_id, group_id)
    if row is None:
        raise NotFound(
            f"There is no group {group_id}",
            hint="it was deleted here; restart provisioning in Entra so that it matches the group again",
        )
    return _record(tenant_id, row)


async def members(tenant_id: UUID, group_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The member ids of each group, for a representation that shows them."""
    found: dict[UUID, list[UUID]] = {group_id: [] for group_id in group_ids}
    for chunk in _chunks(group_ids):
        rows = await database.fetch(
            "SELECT m.group_id, m.user_id FROM group_member m"
            f" WHERE m.tenant_id = $1 AND m.group_id IN ({_placeholders(len(chunk), 2)}) ORDER BY m.user_id",
            tenant_id,
            *chunk,
        )
        for row in rows:
            found[database.as_uuid(row[0])].append(database.as_uuid(row[1]))
    return found


async def member_count(tenant_id: UUID, group_id: UUID) -> int:
    """How many members the group has."""
    row = await database.fetch_one(
        "SELECT count(*) FROM group_member m WHERE m.tenant_id = $1 AND m.group_id = $2", tenant_id, group_id
    )
    return row[0] if row else 0


async def has_any(tenant_id: UUID, user_id: UUID) -> bool:
    """Whether the user is a member of a group."""
    return await database.fetch_one(_MEMBERSHIPS, tenant_id, user_id) is not None


def expect_none(tenant_id: UUID, user_id: UUID) -> Statement:
    """The statement that lets a batch pass only while the user is a member of no group."""
    return Statement(_MEMBERSHIPS, (tenant_id, user_id), rows=0)


async def leave_all(tenant_id: UUID, user_id: UUID) -> list[str]:
    """The names of the groups that the user, being deleted in this transaction, leaves; in order.

    The groups are locked in that order too, so that two users who leave the same groups do not wait in a circle.
    """
    locked = " FOR UPDATE OF g" if database.dialect() == "postgres" else ""
    rows = await database.fetch(
        "SELECT g.display_name FROM group_member m JOIN scim_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id"
        f" WHERE m.tenant_id = $1 AND m.user_id = $2 ORDER BY g.display_name_key{locked}",
        tenant_id,
        user_id,
    )
    return [row[0] for row in rows]


async def others(tenant_id: UUID, group_id: UUID, user_ids: Sequence[UUID], *, limit: int) -> list[UUID]:
    """Members who are none of ``user_ids``, at most ``limit`` of them."""
    rows = await database.fetch(
        "SELECT m.user_id FROM group_member m WHERE m.tenant_id = $1 AND m.group_id = $2 ORDER BY m.user_id LIMIT $3",
        tenant_id,
        group_id,
        limit + len(user_ids),
    )
    named = set(user_ids)
    found = (database.as_uuid(row[0]) for row in rows)
    return [user_id for user_id in found if user_id not in named][:limit]


async def present(tenant_id: UUID, group_id: UUID, user_ids: Sequence[UUID]) -> set[UUID]:
    """Those of ``user_ids`` that are members now."""
    found: set[UUID] = set()
    for chunk in _chunks(user_ids):
        rows = await database.fetch(
            "SELECT m.user_id FROM group_member m WHERE m.tenant_id = $1 AND m.group_id = $2"
            f" AND m.user_id IN ({_placeholders(len(chunk), 3)})",
            tenant_id,
            group_id,
            *chunk,
        )
        found.update(database.as_uuid(row[0]) for row in rows)
    return found


async def known_users(tenant_id: UUID, user_ids: Sequence[UUID]) -> set[UUID]:
    """Those of ``user_ids`` that are users of the tenant."""
    found: set[UUID] = set()
    for chunk in _chunks(user_ids):
        rows = await database.fetch(
            "SELECT u.id FROM scim_user u WHERE u.tenant_id = $1 AND u.deleted_at IS NULL"
            f" AND u.id IN ({_placeholders(len(chunk), 2)})",
            tenant_id,
            *chunk,
        )
        found.update(database.as_uuid(row[0]) for row in rows)
    return found


def insert(group: GroupRecord) -> list[Statement]:
    """The statement that adds a group; UniqueViolation on ``display_name_key`` when the name is taken."""
    moments = (to_microseconds(group.created_at), to_microseconds(group.last_modified_at))
    names = (group.display_name, key(group.display_name), group.external_id)
    return [Statement(_INSERT, (group.tenant_id, group.id, *moments, group.version, *names), rows=1)]


def update(group: GroupRecord, *, before: GroupRecord) -> list[Statement]:
    """The statement that turns ``before`` into ``group``."""
    names = (group.display_name, key(group.display_name), group.external_id)
    parameters = (group.version, to_microseconds(group.last_modified_at), *names)
    return [Statement(_UPDATE, (group.tenant_id, group.id, before.version, *parameters), rows=1)]


def add_members(tenant_id: UUID, group_id: UUID, user_ids: Sequence[UUID]) -> list[Statement]:
    """Statements that add members, expecting that each is (still) a user of the tenant and not yet a member."""
    statements: list[Statement] = []
    for chunk in _chunks(user_ids):
        values = ", ".join(f"($1, $2, ${n})" for n in range(3, 3 + len(chunk)))
        statements += [
            Statement(
                "SELECT 1 FROM scim_user WHERE tenant_id = $1 AND deleted_at IS NULL"
                f" AND id IN ({_placeholders(len(chunk), 2)})",
                (tenant_id, *chunk),
                rows=len(chunk),
            ),
            Statement(
                f"INSERT INTO group_member (tenant_id, group_id, user_id) VALUES {values} ON CONFLICT DO NOTHING",
                (tenant_id, group_id, *chunk),
            ),
        ]
    return statements


def remove_members(tenant_id: UUID, group_id: UUID, user_ids: Sequence[UUID]) -> list[Statement]:
    """Statements that remove these members; one who is none is passed over."""
    return [
        Statement(
            "DELETE FROM group_member WHERE tenant_id = $1 AND group_id = $2"
            f" AND user_id IN ({_placeholders(len(chunk), 3)})",
            (tenant_id, group_id, *chunk),
        )
        for chunk in _chunks(user_ids)
    ]


def keep_members(tenant_id: UUID, group_id: UUID, user_ids: Sequence[UUID]) -> list[Statement]:
    """The statement that removes every member but these."""
    kept = f" AND user_id NOT IN ({_placeholders(len(user_ids), 3)})" if user_ids else ""
    return [
        Statement(
            f"DELETE FROM group_member WHERE tenant_id = $1 AND group_id = $2{kept}",
            (tenant_id, group_id, *user_ids),
        )
    ]


def delete(before: GroupRecord, *, deleted_at: datetime) -> list[Statement]:
    """The statements that leave a tombstone: the name is free again, the members stay users."""
    return [
        Statement(
            "UPDATE scim_group SET deleted_at = $4, version = version + 1"
            " WHERE tenant_id = $1 AND id = $2 AND version = $3 AND deleted_at IS NULL",
            (before.tenant_id, before.id, before.version, to_microseconds(deleted_at)),
            rows=1,
        ),
        *keep_members(before.tenant_id, before.id, ()),
    ]


def _records(tenant_id: UUID, rows: Sequence[Row]) -> tuple[GroupRecord, ...]:
    return tuple([_record(tenant_id, row) for row in rows])


def _record(tenant_id: UUID, row: Row) -> GroupRecord:
    return GroupRecord(
        id=database.as_uuid(row[0]),
        tenant_id=tenant_id,
        version=row[1],
        display_name=row[2],
        external_id=row[3],
        created_at=from_microseconds(row[4]),
        last_modified_at=from_microseconds(row[5]),
    )


LISTED: Final = Listed(GROUP, "scim_group", "g", _COLUMNS, _records)


def _placeholders(count: int, first: int) -> str:
    return ", ".join(f"${n}" for n in range(first, first + count))


def _chunks(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
