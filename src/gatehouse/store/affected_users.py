"""Whom a plan would change: one row for each user, and one for each kind of change that users share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson

from gatehouse.store import database, json_rows, listing
from gatehouse.store.condition import Condition, Parameters, column
from gatehouse.store.database import Row, Statement
from gatehouse.store.json_rows import Columns
from gatehouse.store.keyset import Page, PageRequest, Sort, SortColumn
from gatehouse.store.listing import Listing

_OUTLOOKS: Final[Columns] = {
    "tenant_id": "uuid",
    "plan_id": "uuid",
    "number": "integer",
    "role_before": "uuid",
    "role_after": "uuid",
    "outcome_before": "text",
    "outcome_after": "text",
    "groups_added": "text",
    "groups_removed": "text",
    "gains_privileged": "boolean",
    "loses_privileged": "boolean",
    "becomes_unmapped": "boolean",
    "becomes_mapped": "boolean",
}
_USERS: Final[Columns] = {
    "tenant_id": "uuid",
    "plan_id": "uuid",
    "place": "integer",
    "user_id": "uuid",
    "outlook": "integer",
}


@dataclass(frozen=True, slots=True)
class PlannedOutlook:
    """What a plan means for all users with the same values and the same access."""

    role_before: UUID | None
    role_after: UUID | None
    outcome_before: str
    outcome_after: str
    groups_added: tuple[UUID, ...]
    groups_removed: tuple[UUID, ...]
    gains_privileged: bool
    loses_privileged: bool
    becomes_unmapped: bool
    becomes_mapped: bool


@dataclass(frozen=True, slots=True)
class AffectedUser:
    """A user, and what the plan means for it; ``place`` counts from 0."""

    place: int
    user_id: UUID
    outlook: PlannedOutlook


def add_outlooks(tenant_id: UUID, plan_id: UUID, outlooks: Sequence[PlannedOutlook]) -> Statement:
    """The statement that records outlooks, numbered in order from 0."""
    rows = (
        (
            *(tenant_id, plan_id, number, o.role_before, o.role_after, o.outcome_before, o.outcome_after),
            *(_to_text(o.groups_added), _to_text(o.groups_removed)),
            *(o.gains_privileged, o.loses_privileged, o.becomes_unmapped, o.becomes_mapped),
        )
        for number, o in enumerate(outlooks)
    )
    return _insert("mapping_plan_outlook", _OUTLOOKS, json_rows.parameter(_OUTLOOKS, rows))


def add_users(tenant_id: UUID, plan_id: UUID, users: Sequence[tuple[int, UUID, int]]) -> Statement:
    """The statement that records users: (place, user, number of the outlook)."""
    rows = ((tenant_id, plan_id, *user) for user in users)
    return _insert("mapping_plan_user", _USERS, json_rows.parameter(_USERS, rows))


async def page(tenant_id: UUID, plan_id: UUID, request: PageRequest) -> Page[AffectedUser]:
    """A page of the users whom a plan touches."""
    return await listing.page(_AFFECTED, _SCOPE, Parameters(tenant_id, plan_id), request)


async def count(tenant_id: UUID, plan_id: UUID, condition: Condition | None) -> int:
    """How many of them match."""
    return await listing.count(_AFFECTED, _SCOPE, Parameters(tenant_id, plan_id), condition)


def _insert(table: str, columns: Columns, rows: str) -> Statement:
    names = ", ".join(columns)
    given = json_rows.table("$1", columns)
    return Statement(f"INSERT INTO {table} ({names}) SELECT {names} FROM {given} AS given", (rows,))


def _affected(row: Row) -> AffectedUser:
    outlook = PlannedOutlook(
        role_before=database.as_uuid(row[2]) if row[2] else None,
        role_after=database.as_uuid(row[3]) if row[3] else None,
        outcome_before=row[4],
        outcome_after=row[5],
        groups_added=_from_text(row[6]),
        groups_removed=_from_text(row[7]),
        gains_privileged=bool(row[8]),
        loses_privileged=bool(row[9]),
        becomes_unmapped=bool(row[10]),
        becomes_mapped=bool(row[11]),
    )
    return AffectedUser(row[1], database.as_uuid(row[0]), outlook)


def _to_text(ids: Sequence[UUID]) -> str:
    return orjson.dumps([str(item) for item in ids]).decode()


def _from_text(text: str) -> tuple[UUID, ...]:
    return tuple(UUID(item) for item in orjson.loads(text))


IN_ORDER: Final = (Sort("PLACE"),)
_SCOPE: Final = "a.tenant_id = $1 AND a.plan_id = $2"
_FLAGS: Final = ("gains_privileged", "loses_privileged", "becomes_unmapped", "becomes_mapped")
_SHOWN: Final = (
    *("role_before", "role_after", "outcome_before", "outcome_after", "groups_added", "groups_removed"),
    *_FLAGS,
)
_AFFECTED: Final = Listing(
    table=(
        f"(SELECT u.user_id AS id, u.tenant_id, u.plan_id, u.place, {', '.join(f'o.{name}' for name in _SHOWN)}"
        " FROM mapping_plan_user u JOIN mapping_plan_outlook o"
        " ON o.tenant_id = u.tenant_id AND o.plan_id = u.plan_id AND o.number = u.outlook)"
    ),
    alias="a",
    columns=("a.id", "a.place", *(f"a.{name}" for name in _SHOWN)),
    record=_affected,
    fields={
        "userId": column("a.id"),
        "roleBeforeId": column("a.role_before"),
        "roleAfterId": column("a.role_after"),
        "gainsPrivileged": column("a.gains_privileged"),
        "losesPrivileged": column("a.loses_privileged"),
        "becomesUnmapped": column("a.becomes_unmapped"),
        "becomesMapped": column("a.becomes_mapped"),
    },
    sorts={"PLACE": SortColumn("a.place", int, greatest=2**31 - 1)},
)
