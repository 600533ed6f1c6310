"""Access that a mapping change has decided for many users, and that is not yet in their rows (PostgreSQL only).

Rows are put while nobody waits, in the transaction of the change, and hold from its commit on: readers of access read
the views ``user_now``, ``role_holder``, ``user_employee_group_now`` and ``user_unmapped_value_now``, which put them
before the rows of the users. Afterwards they are carried over. Nothing of a user is changed while it is unsettled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.errors import StaleVersion
from gatehouse.mapping.resolve import Access
from gatehouse.records import to_microseconds
from gatehouse.store import access, database, json_rows, unmapped_values
from gatehouse.store.access import FOLLOWING, OF_TENANT, REWRITES, Rewrite
from gatehouse.store.database import Statement, UniqueViolation
from gatehouse.store.json_rows import Columns

_NOBODY: Final = UUID(int=0)
# The tenant is in each row: see store.access
_IDS: Final[Columns] = {"tenant_id": "uuid", "id": "uuid"}
_GROUPS: Final[Columns] = {"tenant_id": "uuid", "user_id": "uuid", "employee_group_id": "uuid", "given": "boolean"}
_TABLES: Final = ("unsettled_access", "unsettled_employee_group", "unsettled_unmapped_value")


async def put(
    tenant_id: UUID, rewrites: Sequence[Rewrite], *, mapping_version: int, at: datetime, events: Sequence[Statement]
) -> None:
    """Write ahead what :func:`gatehouse.store.access.rewrite` would write, but for users who have moved on already.

    :raises StaleVersion: another change decides for one of these users, or its decision is not yet carried over.
    """
    try:
        await database.write(
            [
                access.keep(tenant_id, rewrites, at),
                _put(tenant_id, rewrites, mapping_version, at),
                *_put_groups(tenant_id, rewrites),
                *unmapped_values.put(tenant_id, map(access.move_of, rewrites), at=at),
                *events,
            ]
        )
    except UniqueViolation as other:
        raise StaleVersion("another change of the mapping came first", path="expectedVersion") from other


async def take_back(tenant_id: UUID, user_ids: Collection[UUID]) -> None:
    """Remove what the same transaction has put for users who then turned out to have changed."""
    if not user_ids:
        return
    given, ids = _given(tenant_id, user_ids)
    await database.write(
        [
            Statement(
                "DELETE FROM access_history WHERE (tenant_id, user_id, until) IN"
                " (SELECT n.tenant_id, n.user_id, n.access_since"
                f" FROM {ids} k JOIN unsettled_access n ON n.user_id = k.id)",
                (given,),
            ),
            *_remove(ids, given),
        ]
    )


async def claim(tenant_id: UUID, *, after: UUID | None, limit: int) -> list[UUID]:
    """Take the right to carry over some users, in order of their ids, until the transaction ends."""
    rows = await database.fetch(
        f"SELECT user_id FROM unsettled_access WHERE {OF_TENANT.format('unsettled_access', '$1')} AND user_id > $2"
        " ORDER BY user_id LIMIT $3 FOR UPDATE",
        tenant_id,
        after or _NOBODY,
        limit,
    )
    return [database.as_uuid(row[0]) for row in rows]


async def claim_user(tenant_id: UUID, user_id: UUID) -> bool:
    """Take the right to carry over this user; False when there is nothing (any more) to carry over."""
    row = await database.fetch_one(
        f"SELECT 1 FROM unsettled_access WHERE user_id = $2 AND {OF_TENANT.format('unsettled_access', '$1')} FOR UPDATE",
        tenant_id,
        user_id,
    )
    return row is not None


async def settle(tenant_id: UUID, user_ids: Collection[UUID]) -> None:
    """Carry over what is decided for users who were claimed in this transaction."""
    await database.execute("DISCARD PLANS")  # as in access.rewrite
    given, ids = _given(tenant_id, user_ids)
    pairs = "(tenant_id, user_id, employee_group_id) IN (SELECT n.tenant_id, n.user_id, n.employee_group_id"
    of_ids = f"FROM {ids} k JOIN {{0}} n ON n.user_id = k.id"
    groups = of_ids.format("unsettled_employee_group")
    await database.fetch(  # in the order of their ids, as others do who lock several users
        f"SELECT 1 FROM scim_user u WHERE u.id IN (SELECT k.id FROM {ids} k) ORDER BY u.id FOR NO KEY UPDATE", given
    )
    await database.write(
        [
            Statement(
                "UPDATE scim_user SET role_id = n.role_id, role_outcome = n.role_outcome, access = n.access,"
                f" access_since = n.access_since, mapping_version = n.mapping_version {of_ids.format('unsettled_access')}"
                f" WHERE scim_user.id = k.id AND {OF_TENANT.format('scim_user', 'k.tenant_id')}"
                " AND scim_user.version = n.version",
                (given,),
            ),
            Statement(f"DELETE FROM user_employee_group WHERE {pairs} {groups} WHERE NOT n.given)", (given,)),
            Statement(
                "INSERT INTO user_employee_group (tenant_id, user_id, employee_group_id)"
                f" SELECT n.tenant_id, n.user_id, n.employee_group_id {groups} WHERE n.given",
                (given,),
            ),
            unmapped_values.settle(of_ids.format("unsettled_unmapped_value"), given),
            *_remove(ids, given),
        ]
    )


def _given(tenant_id: UUID, user_ids: Collection[UUID]) -> tuple[str, str]:
    """The users as a parameter, and the table expression that reads it in ``$1``."""
    given = json_rows.parameter(_IDS, ((tenant_id, user_id) for user_id in user_ids))
    return given, json_rows.table("$1", _IDS)


def _remove(ids: str, given: str) -> list[Statement]:
    return [
        Statement(f"DELETE FROM {table} WHERE user_id IN (SELECT k.id FROM {ids} k)", (given,)) for table in _TABLES
    ]


def _put(tenant_id: UUID, rewrites: Sequence[Rewrite], mapping_version: int, at: datetime) -> Statement:
    return Statement(
        "INSERT INTO unsettled_access"
        " (user_id, tenant_id, version, role_id, role_outcome, mapping_version, access, access_since)"
        " SELECT u.id, u.tenant_id, u.version, given.role_id, given.role_outcome, CAST($3 AS integer), given.access,"
        f" {FOLLOWING.format('u')} FROM {json_rows.table('$2', REWRITES)} AS given"
        f" JOIN scim_user u ON u.id = given.id AND {OF_TENANT.format('u', 'given.tenant_id')}"
        " AND u.version = given.version",
        (to_microseconds(at), access.given(tenant_id, rewrites), mapping_version),
    )


def _put_groups(tenant_id: UUID, rewrites: Iterable[Rewrite]) -> list[Statement]:
    rows = [
        (tenant_id, new.user_id, group_id, given)
        for new in rewrites
        for group_id, given in _groups(new.before, new.access)
    ]
    if not rows:
        return []
    names = ", ".join(_GROUPS)
    sql = (
        f"INSERT INTO unsettled_employee_group ({names}) SELECT {names} FROM {json_rows.table('$1', _GROUPS)} AS given"
    )
    return [Statement(sql, (json_rows.parameter(_GROUPS, rows),))]


def _groups(before: Access, after: Access) -> list[tuple[UUID, bool]]:
    """The employee groups that go (False) or come (True)."""
    gone = [(group_id, False) for group_id in before.group_ids if group_id not in after.group_ids]
    return gone + [(group_id, True) for group_id in after.group_ids if group_id not in before.group_ids]
