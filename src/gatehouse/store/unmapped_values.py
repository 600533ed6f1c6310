"""Values without a rule: written beside each stored access, read by those who keep the rules.

Rows say what the stored access says, at every commit: whoever writes an access adds :func:`follow` to the same batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from gatehouse.mapping.resolve import Access
from gatehouse.mapping.rules import MappingKind
from gatehouse.mapping.unmapped import unmapped_values
from gatehouse.records import from_microseconds, to_microseconds
from gatehouse.store import database, json_rows, listing, settled
from gatehouse.store.condition import Compare, Condition, Parameters, Value, column, compile_condition, text
from gatehouse.store.database import Row, Statement
from gatehouse.store.ids import uuid7
from gatehouse.store.json_rows import Columns
from gatehouse.store.keyset import Page, PageRequest, Sort, SortColumn
from gatehouse.store.listing import Listing
from gatehouse.store.value_index import index_key

# The tenant is in each row: see store.access
_SEEN: Final[Columns] = {"tenant_id": "uuid", "id": "uuid", "kind": "text", "value_key": "text", "value": "text"}
_HELD: Final[Columns] = {
    "tenant_id": "uuid",
    "user_id": "uuid",
    "kind": "text",
    "value_key": "text",
    "value": "text",
    "held": "integer",
}
_KEYS: Final[Columns] = {"tenant_id": "uuid", "kind": "text", "value_key": "text"}
_HOLDERS: Final = "user_unmapped_value"
_OF_KEY: Final = "h.tenant_id = k.tenant_id AND h.kind = k.kind AND h.value_key = k.value_key"
IGNORED: Final = "v.ignored_at IS NOT NULL AND (v.ignored_until IS NULL OR v.ignored_until > {0})"

Key: TypeAlias = tuple[MappingKind, str]
_Taken: TypeAlias = tuple[UUID, Key, str]  # user, key, and the value as the user has it


@dataclass(frozen=True, slots=True)
class Move:
    """The access of one user before and after; None for a user who is not there."""

    user_id: UUID
    before: Access | None
    after: Access | None


@dataclass(frozen=True, slots=True)
class SeenValue:
    """A value that was seen without a rule. ``users`` have it now without one: as soon as it has a rule, nobody does."""

    id: UUID
    tenant_id: UUID
    kind: MappingKind
    key: str  # normalised; shortened when an index could not hold it
    value: str  # as it was spelled first
    users: int
    first_seen_at: datetime
    ignored_at: datetime | None
    ignored_until: datetime | None  # None: without end
    ignore_reason: str | None

    def is_ignored(self, at: datetime) -> bool:
        """Whether somebody has said that this needs no rule, and it still holds."""
        return self.ignored_at is not None and (self.ignored_until is None or self.ignored_until > at)


@dataclass(frozen=True, slots=True)
class Spelling:
    """A way to write a value, and how many users have it so."""

    value: str
    users: int


def follow(tenant_id: UUID, moves: Iterable[Move], *, at: datetime) -> list[Statement]:
    """The statements that bring the rows up to the new accesses; none when no value comes or goes."""
    taken, left = _differences(moves)
    moment = to_microseconds(at)
    return [*_see(tenant_id, taken, moment), *_hold(tenant_id, taken, left, moment)]


def see(tenant_id: UUID, moves: Iterable[Move], *, at: datetime) -> list[Statement]:
    """The part of :func:`follow` that adds the values which were never seen before, whoever has them."""
    taken, _ = _differences(moves)
    return _see(tenant_id, taken, to_microseconds(at))


def put(tenant_id: UUID, moves: Iterable[Move], *, at: datetime) -> list[Statement]:
    """The statements that write ahead what becomes of the rows of users (:mod:`gatehouse.store.unsettled`)."""
    taken, left = _differences(moves)
    if not taken and not left:
        return []
    return [
        Statement(
            "INSERT INTO unsettled_unmapped_value (tenant_id, user_id, kind, value_key, value, seen_at, held)"
            " SELECT k.tenant_id, k.user_id, k.kind, k.value_key, k.value,"
            " CASE k.held WHEN 1 THEN CAST($1 AS bigint) ELSE COALESCE(h.seen_at, 0) END, k.held = 1"
            f" FROM {json_rows.table('$2', _HELD)} k LEFT JOIN user_unmapped_value h"
            " ON h.user_id = k.user_id AND h.kind = k.kind AND h.value_key = k.value_key",
            (to_microseconds(at), _held(tenant_id, taken, left)),
        )
    ]


def settle(source: str, given: str) -> Statement:
    """The statement that carries over what :func:`put` wrote.

    :param source: ``FROM`` and the rows of ``unsettled_unmapped_value``, as ``n``; ``given`` is its parameter.
    """
    return Statement(
        "INSERT INTO user_unmapped_value (tenant_id, user_id, kind, value_key, value, seen_at, held)"
        f" SELECT n.tenant_id, n.user_id, n.kind, n.value_key, n.value, n.seen_at, n.held {source}"
        " ON CONFLICT (user_id, kind, value_key) DO UPDATE SET held = excluded.held, value = excluded.value,"
        " seen_at = excluded.seen_at WHERE user_unmapped_value.tenant_id = excluded.tenant_id",
        (given,),
    )


def _differences(moves: Iterable[Move]) -> tuple[list[_Taken], list[_Taken]]:
    """Who takes which values, and who leaves which."""
    taken, left = list[_Taken](), list[_Taken]()
    for move in moves:
        before, after = _spelled(move.before), _spelled(move.after)
        taken += [(move.user_id, key, value) for key, value in after.items() if before.get(key) != value]
        left += [(move.user_id, key, value) for key, value in before.items() if key not in after]
    return taken, left


def _spelled(access: Access | None) -> dict[Key, str]:
    values = unmapped_values(access) if access else ()
    return {(value.kind, index_key(value.key)): value.value for value in values}


def _see(tenant_id: UUID, taken: Sequence[_Taken], moment: int) -> list[Statement]:
    """Add the values that were never seen before; in order, so that two batches with the same ones do not block each other."""
    values = {key: value for _, key, value in reversed(taken)}
    if not values:
        return []
    given = ((tenant_id, uuid7(), *key, values[key]) for key in sorted(values))
    return [
        Statement(
            "INSERT INTO unmapped_value (tenant_id, id, kind, value_key, value, first_seen_at)"
            f" SELECT tenant_id, id, kind, value_key, value, $1 FROM {json_rows.table('$2', _SEEN)} AS given"
            " WHERE 1 = 1 ON CONFLICT (tenant_id, kind, value_key) DO NOTHING",
            (moment, json_rows.parameter(_SEEN, given)),
        )
    ]


def _hold(tenant_id: UUID, taken: Sequence[_Taken], left: Sequence[_Taken], moment: int) -> list[Statement]:
    """Note who has which value now, and who has it no more.

    All of it inserts: PostgreSQL then finds the rows that exist by their key, whatever it believes of the table. An UPDATE
    without statistics may compare each row of the tenant with each one given.
    """
    if not taken and not left:
        return []
    kept = "CASE WHEN excluded.held THEN excluded.{0} ELSE user_unmapped_value.{0} END"
    return [
        Statement(
            "INSERT INTO user_unmapped_value (tenant_id, user_id, kind, value_key, value, seen_at, held)"
            " SELECT tenant_id, user_id, kind, value_key, value, CASE held WHEN 1 THEN CAST($1 AS bigint) ELSE 0 END,"
            f" held = 1 FROM {json_rows.table('$2', _HELD)} AS given"
            " WHERE 1 = 1 ON CONFLICT (user_id, kind, value_key) DO UPDATE SET held = excluded.held,"
            f" value = {kept.format('value')}, seen_at = {kept.format('seen_at')}"
            " WHERE user_unmapped_value.tenant_id = excluded.tenant_id",
            (moment, _held(tenant_id, taken, left)),
        )
    ]


def _held(tenant_id: UUID, taken: Sequence[_Taken], left: Sequence[_Taken]) -> str:
    given = [(tenant_id, user_id, *key, value, 1) for user_id, key, value in taken]
    given += [(tenant_id, user_id, *key, value, 0) for user_id, key, value in left]
    return json_rows.parameter(_HELD, given)


def _record(row: Row) -> SeenValue:
    return SeenValue(
        id=database.as_uuid(row[0]),
        tenant_id=database.as_uuid(row[1]),
        kind=MappingKind(row[2]),
        key=row[3],
        value=row[4],
        users=int(row[5]),
        first_seen_at=from_microseconds(row[6]),
        ignored_at=None if row[7] is None else from_microseconds(row[7]),
        ignored_until=None if row[8] is None else from_microseconds(row[8]),
        ignore_reason=row[9],
    )


def _ignored(_operator: str, value: Value, parameters: Parameters) -> str:
    return f"({IGNORED.format(parameters.add(value))})"


# Of the one tenant in $1. Counting value by value needs no statistics to be quick; the limit, which is none, keeps both
# engines from moving the count to each place where it is used.
VALUES: Final = Listing(
    table=(
        "(SELECT v.*, (SELECT count(*) FROM user_unmapped_value h WHERE h.tenant_id = v.tenant_id AND h.held = TRUE"
        " AND h.kind = v.kind AND h.value_key = v.value_key) AS users"
        " FROM unmapped_value v WHERE v.tenant_id = $1 LIMIT 9223372036854775807)"
    ),
    alias="v",
    columns=(
        *("v.id", "v.tenant_id", "v.kind", "v.value_key", "v.value", "v.users", "v.first_seen_at"),
        *("v.ignored_at", "v.ignored_until", "v.ignore_reason"),
    ),
    record=_record,
    fields={
        "id": column("v.id"),
        "kind": column("v.kind"),
        "value": text("v.value_key"),
        "users": column("v.users"),
        "ignoredAt": _ignored,  # compared with the moment at which a value must be ignored
    },
    sorts={"USERS": SortColumn("v.users", int), "FIRST_SEEN": SortColumn("v.first_seen_at", int)},
)


async def _values(tenant_id: UUID) -> Listing[SeenValue]:
    return replace(VALUES, table=VALUES.table.replace(_HOLDERS, await settled.rows(tenant_id, _HOLDERS)))


async def _values_of(tenant_ids: Sequence[UUID], parameters: Parameters) -> Listing[SeenValue]:
    several = f"v.tenant_id IN (SELECT s.id FROM {listing.id_table(tenant_ids, parameters)} s)"
    table = VALUES.table.replace("v.tenant_id = $1", several)
    return replace(VALUES, table=table.replace(_HOLDERS, await settled.rows(None, _HOLDERS)))


async def page(tenant_id: UUID, request: PageRequest) -> Page[SeenValue]:
    """A page of the values of a tenant."""
    return await listing.page(await _values(tenant_id), "v.tenant_id = $1", Parameters(tenant_id), request)


async def count(tenant_id: UUID, condition: Condition | None) -> int:
    """How many values of the tenant match."""
    return await listing.count(await _values(tenant_id), "v.tenant_id = $1", Parameters(tenant_id), condition)


async def pages(tenant_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[SeenValue]]:
    """The same page of the values of each of these tenants."""
    if len(tenant_ids) == 1:
        return {tenant_ids[0]: await page(tenant_ids[0], request)}
    parameters = Parameters()
    found = await listing.ranked(await _values_of(tenant_ids, parameters), "1 = 1", parameters, request)
    return {tenant_id: found.get(tenant_id, Page((), (), more=False)) for tenant_id in tenant_ids}


async def counts(tenant_ids: Sequence[UUID], condition: Condition | None) -> dict[UUID, int]:
    """How many values of each of these tenants match."""
    parameters = Parameters()
    values = await _values_of(tenant_ids, parameters)
    where = compile_condition(condition, values.fields, parameters)
    rows = await database.fetch(
        f"SELECT v.tenant_id, count(*) FROM {values.table} v WHERE {where} GROUP BY v.tenant_id", *parameters
    )
    found = {database.as_uuid(row[0]): int(row[1]) for row in rows}
    return {tenant_id: found.get(tenant_id, 0) for tenant_id in tenant_ids}


async def find(tenant_ids: frozenset[UUID] | None, value_id: UUID) -> SeenValue | None:
    """The value with this id, if it is in one of these tenants."""
    row = await database.fetch_one("SELECT v.tenant_id FROM unmapped_value v WHERE v.id = $1", value_id)
    if row is None:
        return None
    tenant_id = database.as_uuid(row[0])
    if tenant_ids is not None and tenant_id not in tenant_ids:
        return None
    found = await page(tenant_id, PageRequest(1, (Sort("USERS"),), Compare("id", "eq", value_id)))
    return found.rows[0] if found.rows else None


async def last_seen(tenant_id: UUID, keys: Sequence[Key]) -> dict[Key, datetime]:
    """When somebody was given each of these values last."""
    rows = await database.fetch(
        f"SELECT k.kind, k.value_key, (SELECT max(h.seen_at) FROM {await settled.rows(tenant_id, _HOLDERS)} h WHERE {_OF_KEY})"
        f" FROM {json_rows.table('$1', _KEYS)} k",
        json_rows.parameter(_KEYS, ((tenant_id, *key) for key in keys)),
    )
    return {(MappingKind(row[0]), row[1]): from_microseconds(row[2]) for row in rows if row[2] is not None}


async def spellings(tenant_id: UUID, keys: Sequence[Key]) -> Mapping[Key, list[Spelling]]:
    """How the users who have these values write them, the most common spelling first."""
    rows = await database.fetch(
        f"SELECT h.kind, h.value_key, h.value, count(*) FROM {json_rows.table('$1', _KEYS)} k"
        f" JOIN {await settled.rows(tenant_id, _HOLDERS)} h ON {_OF_KEY} WHERE h.held = TRUE GROUP BY h.kind, h.value_key, h.value",
        json_rows.parameter(_KEYS, ((tenant_id, *key) for key in keys)),
    )
    found: dict[Key, list[Spelling]] = {key: [] for key in keys}
    for row in rows:
        found[MappingKind(row[0]), row[1]].append(Spelling(row[2], int(row[3])))
    for several in found.values():
        several.sort(key=lambda spelling: (-spelling.users, spelling.value))
    return found


async def holders(tenant_id: UUID, kind: MappingKind, key: str, *, limit: int) -> list[UUID]:
    """The ids of some users who have the value, those who came last first."""
    rows = await database.fetch(
        f"SELECT h.user_id FROM {await settled.rows(tenant_id, _HOLDERS)} h WHERE h.tenant_id = $1 AND h.kind = $2 AND h.value_key = $3"
        " AND h.held = TRUE ORDER BY h.user_id DESC LIMIT $4",
        tenant_id,
        str(kind),
        key,
        limit,
    )
    return [database.as_uuid(row[0]) for row in rows]


def ignore(value: SeenValue, *, at: datetime | None, until: datetime | None, reason: str | None) -> Statement:
    """The statement that lets a value be ignored from ``at`` on; with None it is not any more."""
    return Statement(
        "UPDATE unmapped_value SET ignored_at = $3, ignored_until = $4, ignore_reason = $5"
        " WHERE tenant_id = $1 AND id = $2",
        (
            value.tenant_id,
            value.id,
            None if at is None else to_microseconds(at),
            None if until is None else to_microseconds(until),
            reason,
        ),
        rows=1,
    )
