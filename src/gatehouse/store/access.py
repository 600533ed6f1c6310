"""The stored access of users: who has which values, and rewriting many at once when the mapping changes.

Access is derived data: rewriting it changes neither a user's version nor when it was last modified. The mapping version
of a user is the one that decided the access on record.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

from gatehouse.mapping.resolve import Access
from gatehouse.records import to_microseconds
from gatehouse.store import database, json_rows, unmapped_values
from gatehouse.store.database import Row, Statement
from gatehouse.store.json_rows import Columns
from gatehouse.store.unmapped_values import Move

ValueColumn = Literal["title", "user_type"]
Key: TypeAlias = tuple[ValueColumn, str]  # whoever has a value with this key

_KEY_COLUMN: Final[dict[ValueColumn, str]] = {"title": "title_key", "user_type": "user_type_key"}
# As access_history.following(), with the moment in $1
FOLLOWING: Final = "CASE WHEN {0}.access_since >= $1 THEN {0}.access_since + 1 ELSE $1 END"
# Checked, but never searched for: with statistics of an emptied table PostgreSQL would take any index that begins with it
OF_TENANT: Final = "({0}.tenant_id = {1}) IS TRUE"
_FIRST_ID: Final = UUID(int=0)
# The tenant is in each row: given once, it would tempt PostgreSQL to read the whole tenant for each batch
_IDS: Final[Columns] = {"tenant_id": "uuid", "id": "uuid"}
_VERSIONS: Final[Columns] = {"tenant_id": "uuid", "id": "uuid", "version": "integer"}
_PAIRS: Final[Columns] = {"tenant_id": "uuid", "user_id": "uuid", "employee_group_id": "uuid"}
REWRITES: Final[Columns] = {
    "tenant_id": "uuid",
    "id": "uuid",
    "version": "integer",
    "role_id": "uuid",
    "role_outcome": "text",
    "access": "text",
}


@dataclass(frozen=True, slots=True)
class Holder:
    """A user as far as access is concerned; ``document`` only when it was asked for."""

    id: UUID
    version: int
    user_name: str
    title: str | None
    user_type: str | None
    access: str  # JSON text of mapping.resolve.Access
    document: str | None


@dataclass(frozen=True, slots=True)
class Holders:
    """How many users there are, and how many of them have each role and each employee group on record."""

    total: int = 0
    roles: dict[UUID, int] = field(default_factory=dict)
    groups: dict[UUID, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The new access of one user, known at ``version``, in place of ``before``; ``text`` is its JSON."""

    user_id: UUID
    version: int
    before: Access
    access: Access
    text: str


async def keys(tenant_id: UUID, column: ValueColumn, *, after: str, limit: int) -> list[str]:
    """The distinct keys of the values in a column, in order; perhaps of deleted users only.

    Steps from key to key along the index: how many users share a value does not matter.

    :param after: the last key seen; the empty text starts with the first that is not blank.
    """
    rows = await database.fetch(_NEXT_KEYS[column], tenant_id, after, limit)
    return [row[0] for row in rows]


def _next_keys(column: str) -> str:
    following = f"SELECT min(u.{column}) FROM scim_user u WHERE u.tenant_id = $1 AND u.{column} >"
    return (
        f"WITH RECURSIVE found (key, number) AS (SELECT ({following} $2), 1 UNION ALL"
        f" SELECT ({following} found.key), found.number + 1 FROM found WHERE found.key IS NOT NULL AND found.number < $3)"
        " SELECT key FROM found WHERE key IS NOT NULL"
    )


_NEXT_KEYS: Final = {column: _next_keys(key) for column, key in _KEY_COLUMN.items()}


async def page(
    tenant_id: UUID, key: Key | None, *, after: UUID | None, limit: int, documents: bool = False
) -> list[Holder]:
    """Users that are not deleted, in order of their ids.

    :param key: only those with this value; None for everybody.
    :param after: the id of the last user seen; None starts with the first.
    """
    rows = await _page(_holder_columns(documents=documents), tenant_id, key, after, limit)
    return [_holder(row) for row in rows]


async def versions(tenant_id: UUID, key: Key | None, *, after: UUID | None, limit: int) -> list[tuple[UUID, int]]:
    """Id and version of the users that :func:`page` gives."""
    return [(database.as_uuid(row[0]), row[1]) for row in await _page("u.id, u.version", tenant_id, key, after, limit)]


async def by_ids(tenant_id: UUID, ids: Collection[UUID], *, documents: bool = False) -> list[Holder]:
    """The users with these ids, but for deleted ones."""
    rows = await database.fetch(
        f"SELECT {_holder_columns(documents=documents)} FROM scim_user u"
        f" WHERE u.deleted_at IS NULL AND (u.tenant_id, u.id) IN (SELECT k.tenant_id, k.id FROM {json_rows.table('$1', _IDS)} k)",
        json_rows.parameter(_IDS, ((tenant_id, user_id) for user_id in ids)),
    )
    return [_holder(row) for row in rows]


async def holders(tenant_id: UUID) -> Holders:
    """Count the users that are not deleted by what they have."""
    roles = await database.fetch(
        "SELECT u.role_id, count(*) FROM role_holder u WHERE u.tenant_id = $1 AND u.deleted_at IS NULL GROUP BY u.role_id",
        tenant_id,
    )
    groups = await database.fetch(  # a deleted user has none
        "SELECT g.employee_group_id, count(*) FROM user_employee_group_now g WHERE g.tenant_id = $1"
        " GROUP BY g.employee_group_id",
        tenant_id,
    )
    return Holders(
        total=sum(row[1] for row in roles),
        roles={database.as_uuid(row[0]): row[1] for row in roles if row[0] is not None},
        groups={database.as_uuid(row[0]): row[1] for row in groups},
    )


async def rewrite(
    tenant_id: UUID, rewrites: Sequence[Rewrite], *, mapping_version: int, at: datetime, events: Sequence[Statement]
) -> None:
    """Store the new access of users and what tells of it, in the transaction of the mapping change; keep the old one.

    :raises StaleVersion: one of the users is not at the version named, or deleted.
    """
    if database.dialect() == "postgres":  # plans made while the tables were small are kept until the next ANALYZE
        await database.execute("DISCARD PLANS")
    await database.write(
        [
            keep(tenant_id, rewrites, at),
            _rewrite(tenant_id, rewrites, mapping_version, at),
            *_remove_employee_groups(tenant_id, rewrites),
            *_add_employee_groups(tenant_id, rewrites),
            *unmapped_values.follow(tenant_id, map(move_of, rewrites), at=at),
            *events,
        ]
    )


async def see(tenant_id: UUID, rewrites: Iterable[Rewrite], *, at: datetime) -> None:
    """Add the values without a rule that these accesses are the first to have."""
    await database.write(unmapped_values.see(tenant_id, map(move_of, rewrites), at=at))


async def _page(columns: str, tenant_id: UUID, key: Key | None, after: UUID | None, limit: int) -> list[Row]:
    select = f"SELECT {columns} FROM user_now u WHERE u.tenant_id = $1 AND u.deleted_at IS NULL AND"
    start = after or _FIRST_ID
    if key is None:
        return await database.fetch(f"{select} u.id > $2 ORDER BY u.id LIMIT $3", tenant_id, start, limit)
    column = _KEY_COLUMN[key[0]]
    # a range of the one value: with "=" PostgreSQL may walk everybody by id until enough have the value
    return await database.fetch(
        f"{select} (u.{column}, u.id) > ($2, $3) AND u.{column} <= $2 ORDER BY u.{column}, u.id LIMIT $4",
        tenant_id,
        key[1],
        start,
        limit,
    )


def _holder_columns(*, documents: bool) -> str:
    document = "u.document" if documents else "NULL"
    return f"u.id, u.version, u.user_name, u.title, u.user_type, u.access, {document}"


def _holder(row: Row) -> Holder:
    user_id, *others = row
    return Holder(database.as_uuid(user_id), *others)


def move_of(new: Rewrite) -> Move:
    """What the rewrite means for the rows of values without a rule."""
    return Move(new.user_id, new.before, new.access)


def keep(tenant_id: UUID, rewrites: Sequence[Rewrite], at: datetime) -> Statement:
    """The statement that puts what the users have into their history, to name the same moment as what replaces it."""
    return Statement(
        "INSERT INTO access_history (tenant_id, user_id, until, since, active, mapping_version, access)"
        f" SELECT u.tenant_id, u.id, {FOLLOWING.format('u')}, u.access_since, u.active, u.mapping_version, u.access"
        f" FROM {json_rows.table('$2', _VERSIONS)} AS given"
        f" JOIN scim_user u ON u.id = given.id AND {OF_TENANT.format('u', 'given.tenant_id')}"
        " AND u.version = given.version",
        (
            to_microseconds(at),
            json_rows.parameter(_VERSIONS, ((tenant_id, new.user_id, new.version) for new in rewrites)),
        ),
    )


def given(tenant_id: UUID, rewrites: Iterable[Rewrite]) -> str:
    """The rewrites as the parameter that a table of :data:`REWRITES` is read from."""
    return json_rows.parameter(
        REWRITES,
        (
            (tenant_id, new.user_id, new.version, new.access.role_id, str(new.access.role_outcome), new.text)
            for new in rewrites
        ),
    )


def _rewrite(tenant_id: UUID, rewrites: Sequence[Rewrite], mapping_version: int, at: datetime) -> Statement:
    return Statement(
        "UPDATE scim_user SET role_id = given.role_id, role_outcome = given.role_outcome, access = given.access,"
        f" access_since = {FOLLOWING.format('scim_user')}, mapping_version = $3"
        f" FROM {json_rows.table('$2', REWRITES)} AS given"
        f" WHERE scim_user.id = given.id AND {OF_TENANT.format('scim_user', 'given.tenant_id')}"
        " AND scim_user.version = given.version",  # which a deletion moves on too
        (to_microseconds(at), given(tenant_id, rewrites), mapping_version),
        rows=len(rewrites),
    )


def _remove_employee_groups(tenant_id: UUID, rewrites: Sequence[Rewrite]) -> list[Statement]:
    names, given = ", ".join(_PAIRS), json_rows.table("$1", _PAIRS)
    sql = f"DELETE FROM user_employee_group WHERE ({names}) IN (SELECT {names} FROM {given} AS k)"
    if database.dialect() == "postgres":
        # Each pair is looked up, and each row found deleted by its place: where statistics know of no rows, PostgreSQL would
        # compare every pair of the tenant with every one given
        own = " AND ".join(f"m.{name} = k.{name}" for name in _PAIRS)
        found = f"SELECT m.ctid FROM user_employee_group m WHERE {own} LIMIT 1"
        places = f"SELECT f.ctid FROM {given} AS k CROSS JOIN LATERAL ({found}) f"
        sql = f"DELETE FROM user_employee_group WHERE ctid = ANY (ARRAY({places}))"
    return _for_pairs(
        sql, [(tenant_id, new.user_id, group_id) for new in rewrites for group_id in _only(new.before, new.access)]
    )


def _add_employee_groups(tenant_id: UUID, rewrites: Sequence[Rewrite]) -> list[Statement]:
    names = ", ".join(_PAIRS)
    sql = f"INSERT INTO user_employee_group ({names}) SELECT {names} FROM {json_rows.table('$1', _PAIRS)} AS k"
    return _for_pairs(
        sql, [(tenant_id, new.user_id, group_id) for new in rewrites for group_id in _only(new.access, new.before)]
    )


def _for_pairs(sql: str, pairs: Sequence[tuple[UUID, UUID, UUID]]) -> list[Statement]:
    return [Statement(sql, (json_rows.parameter(_PAIRS, pairs),))] if pairs else []


def _only(access: Access, other: Access) -> list[UUID]:
    """The groups of one access that the other does not give."""
    others = other.group_ids
    return [group_id for group_id in access.group_ids if group_id not in others]
