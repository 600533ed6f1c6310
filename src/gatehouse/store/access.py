"""The stored access of users: who has which values, and rewriting many at once when the mapping changes.

Access is derived data: rewriting it changes neither a user's version nor when it was last modified.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

from gatehouse.mapping.resolve import Access
from gatehouse.store import database

ValueColumn = Literal["title", "user_type"]

_KEY_COLUMN: Final[dict[ValueColumn, str]] = {"title": "title_key", "user_type": "user_type_key"}
_REWRITE: Final = (
    "UPDATE scim_user SET role_id = $3, role_outcome = $4, access = $5, mapping_version = $6"
    " WHERE tenant_id = $1 AND id = $2"
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Users whose values have one of these keys; ``everybody`` beats the keys."""

    everybody: bool = False
    title_keys: tuple[str, ...] = ()
    user_type_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """A user as far as access is concerned; ``document`` only when it was asked for."""

    id: UUID
    user_name: str
    title: str | None
    user_type: str | None
    access: str  # JSON text of mapping.resolve.Access
    document: str | None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The new access of one user in place of ``before``; ``text`` is its JSON."""

    user_id: UUID
    before: Access
    access: Access
    text: str


async def distinct_values(tenant_id: UUID, column: ValueColumn) -> list[tuple[str, str]]:
    """Every (value, key) that users of the tenant have in a column."""
    key = _KEY_COLUMN[column]
    rows = await database.fetch(
        f"SELECT DISTINCT {column}, {key} FROM scim_user"
        f" WHERE tenant_id = $1 AND deleted_at IS NULL AND {key} IS NOT NULL ORDER BY {key}, {column}",
        tenant_id,
    )
    return [(row[0], row[1]) for row in rows]


async def page(
    tenant_id: UUID, selection: Selection, *, after: UUID | None, limit: int, documents: bool = False
) -> list[Holder]:
    """Users that are not deleted, in order of their ids.

    :param after: the id of the last user seen; None starts with the first.
    """
    conditions, parameters = ["u.tenant_id = $1", "u.deleted_at IS NULL"], [tenant_id, limit]
    if after is not None:
        parameters.append(after)
        conditions.append("u.id > $3")
    condition, keys = _keys_condition(selection, first=len(parameters) + 1)
    rows = await database.fetch(
        f"SELECT u.id, u.user_name, u.title, u.user_type, u.access{', u.document' if documents else ''}"
        f" FROM scim_user u WHERE {' AND '.join([*conditions, *condition])} ORDER BY u.id LIMIT $2",
        *parameters,
        *keys,
    )
    return [
        Holder(database.as_uuid(row[0]), row[1], row[2], row[3], row[4], row[5] if documents else None) for row in rows
    ]


async def rewrite(tenant_id: UUID, rewrites: Sequence[Rewrite], *, mapping_version: int) -> None:
    """Store the new access of users."""
    await database.execute_many(
        _REWRITE,
        [
            (tenant_id, new.user_id, new.access.role_id, str(new.access.role_outcome), new.text, mapping_version)
            for new in rewrites
        ],
    )


async def change_employee_groups(tenant_id: UUID, rewrites: Sequence[Rewrite]) -> None:
    """Take the employee groups of the old access away from users and give them those of the new one."""
    # pair by pair: for a whole user SQLite would walk the index that begins with the tenant
    await database.execute_many(
        "DELETE FROM user_employee_group WHERE tenant_id = $1 AND user_id = $2 AND employee_group_id = $3",
        _pairs(tenant_id, ((new.user_id, new.before.group_ids, new.access.group_ids) for new in rewrites)),
    )
    await database.execute_many(
        "INSERT INTO user_employee_group (tenant_id, user_id, employee_group_id) VALUES ($1, $2, $3)",
        _pairs(tenant_id, ((new.user_id, new.access.group_ids, new.before.group_ids) for new in rewrites)),
    )


async def advance(tenant_id: UUID, *, mapping_version: int) -> None:
    """Let the access of everybody count as decided by this version; deleted users keep the version they left with."""
    await database.execute(
        "UPDATE scim_user SET mapping_version = $2"
        " WHERE tenant_id = $1 AND deleted_at IS NULL AND mapping_version <> $2",
        tenant_id,
        mapping_version,
    )


def _pairs(
    tenant_id: UUID, groups: Iterable[tuple[UUID, Collection[UUID], Collection[UUID]]]
) -> list[tuple[UUID, UUID, UUID]]:
    """(tenant, user, group) for the groups in the first collection of a user that are not in the second."""
    return [
        (tenant_id, user_id, group_id)
        for user_id, have, others in groups
        for group_id in have
        if group_id not in others
    ]


def _keys_condition(selection: Selection, *, first: int) -> tuple[list[str], list[str]]:
    if selection.everybody:
        return [], []
    alternatives = []
    keys: list[str] = []
    for column, wanted in (("title_key", selection.title_keys), ("user_type_key", selection.user_type_keys)):
        if wanted:
            start = first + len(keys)
            placeholders = ", ".join(f"${n}" for n in range(start, start + len(wanted)))
            alternatives.append(f"u.{column} IN ({placeholders})")
            keys += wanted
    return [f"({' OR '.join(alternatives) or '1 = 0'})"], keys
