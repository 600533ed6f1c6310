"""Lists of SCIM resources: filtered, in an order, by pages that an index or a place in the order begins.

Every order is total: the id breaks ties. A page asks for one row more than it shows, so that its reader knows whether
another follows, and the total of all pages is counted only when no page has told it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, Generic, NamedTuple, TypeVar
from uuid import UUID

from gatehouse.scim.filter_tree import Filter
from gatehouse.scim.schema import ResourceType
from gatehouse.store import database, settled
from gatehouse.store.condition import Parameters
from gatehouse.store.database import Row
from gatehouse.store.filter_sql import compile_filter
from gatehouse.store.keyset import (
    PageRequest,
    Position,
    Scalar,
    Sort,
    SortTerm,
    bounds,
    order_by,
    signature,
    sort_terms,
)
from gatehouse.store.sort_columns import DEFAULT, SORTS, UNSETTLED_SORTS

R = TypeVar("R")

Place = tuple[tuple[Scalar, ...], str]
"""What a row is sorted by, and its id: where it stands in an order."""

_SAME: Final = {
    "_at": " + 0",
    "_key": " || ''",
    "external_id": " || ''",
}  # makes an expression of a column, by its name
_ACCESS: Final = ("u.role_id", "user_employee_group")  # in whatever reads access


@dataclass(frozen=True, slots=True)
class Listed(Generic[R]):
    """A kind of resource that can be listed.

    :param alias: of its table in filters and sort columns.
    :param columns: what is selected; the first one is the id.
    :param records: makes the records from the tenant's id and rows that begin with ``columns``.
    :param unsettled: the table instead, to filter and sort by access while somebody's is unsettled.
    """

    resource_type: ResourceType
    table: str
    alias: str
    columns: str
    records: Callable[[UUID, Sequence[Row]], tuple[R, ...]]
    unsettled: str | None = None

    @property
    def by_now(self) -> bool:
        """Whether it is read there."""
        return self.table == self.unsettled


@dataclass(frozen=True, slots=True)
class Selection:
    """Which resources, and in which order.

    :param filter: None for all of them.
    :param sort: path of the attribute to sort by, None for the order of creation.
    """

    filter: Filter | None = None
    sort: str | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some rows, and whether others follow; ``last`` is the place of the last row, if there is one."""

    rows: tuple[R, ...]
    more: bool
    last: Place | None = None


async def page(
    tenant_id: UUID,
    listed: Listed[R],
    selection: Selection,
    *,
    limit: int,
    offset: int = 0,
    after: Place | None = None,
) -> Page[R]:
    """One page.

    :param limit: rows wanted; 0 only asks whether there are any.
    :param offset: rows before the page, counted from ``after`` or from the beginning.
    :param after: the place of the row before the page, as :attr:`Page.last` of an earlier page.
    :raises InvalidValue: ``after`` is a place in another order.
    """
    sql, parameters = statement(tenant_id, listed, selection, limit=limit, offset=offset, after=after)
    if now := await _now(tenant_id, listed, sql):
        sql, parameters = statement(tenant_id, now, selection, limit=limit, offset=offset, after=after)
    rows = await database.fetch(sql, *parameters)
    shown = rows[:limit]
    last = _place(shown[-1]) if shown else None
    return Page(listed.records(tenant_id, shown), more=len(rows) > limit, last=last)


def statement(
    tenant_id: UUID, listed: Listed[R], selection: Selection, *, limit: int, offset: int = 0, after: Place | None = None
) -> tuple[str, Parameters]:
    """The query of :func:`page`, whose rows end with what they are sorted by."""
    parameters, where = _matching(tenant_id, listed, selection)
    order = _order(listed, selection.sort or DEFAULT, selection.descending, selection.filter is not None)
    if after is not None:
        place = Position(signature(order.request.sort), after[0], UUID(after[1]))
        where += f" AND {bounds(replace(order.request, after=place), order.terms, parameters)[0]}"
    sql = (
        f"SELECT {listed.columns}, {order.value} FROM {listed.table} {listed.alias} WHERE {where} ORDER BY {order.text}"
        f" LIMIT {parameters.add(limit + 1)} OFFSET {parameters.add(offset)}"
    )
    return sql, parameters


async def count(tenant_id: UUID, listed: Listed[R], selection: Selection) -> int:
    """How many resources match."""
    parameters, where = _matching(tenant_id, listed, selection)
    if now := await _now(tenant_id, listed, where):
        listed, (parameters, where) = now, _matching(tenant_id, now, selection)
    row = await database.fetch_one(f"SELECT count(*) FROM {listed.table} {listed.alias} WHERE {where}", *parameters)
    return int(row[0]) if row else 0


async def _now(tenant_id: UUID, listed: Listed[R], sql: str) -> Listed[R] | None:
    """Where such resources are read instead, when access decides what is found and somebody's is unsettled."""
    if listed.unsettled is None or not any(name in sql for name in _ACCESS):
        return None
    return replace(listed, table=listed.unsettled) if await settled.is_anybody_unsettled(tenant_id) else None


def _matching(tenant_id: UUID, listed: Listed[R], selection: Selection) -> tuple[Parameters, str]:
    parameters = Parameters(tenant_id)
    where = f"{listed.alias}.tenant_id = $1 AND {listed.alias}.deleted_at IS NULL"
    if selection.filter is not None:
        condition, values = compile_filter(
            selection.filter,
            listed.resource_type,
            first_parameter=2,
            dialect=database.dialect(),
            unsettled=listed.by_now,
        )
        parameters.extend(values)
        where = f"{where} AND ({condition})"
    return parameters, where


class _Order(NamedTuple):
    """An order as SQL: the value that decides, the text of ``ORDER BY``, and what a place in it is told by."""

    value: str
    text: str
    terms: tuple[SortTerm, ...]
    request: PageRequest


@lru_cache(1_024)
def _order(listed: Listed[Any], sort: str, descending: bool, filtered: bool) -> _Order:
    """Beside a filter, what decides is an expression that equals the column but is in no index.

    Without statistics PostgreSQL would walk the whole tenant along the order's index, rather than look up the few rows.
    """
    column = (UNSETTLED_SORTS if listed.by_now else SORTS)[listed.resource_type.name][sort]
    suffix = next((same for ending, same in _SAME.items() if column.name.endswith(ending)), None)
    if filtered and suffix is not None:
        column = replace(column, name=f"({column.name}{suffix})")
    request = PageRequest(0, (Sort(sort, descending),))
    terms = sort_terms(request.sort, {sort: column}, f"{listed.alias}.id")
    return _Order(column.name, order_by(terms, reverse=False), terms, request)


def _place(row: Row) -> Place:
    """The place of a row, as a cursor can hold it."""
    value = row[len(row) - 1]
    return (str(value) if isinstance(value, UUID) else value,), str(row[0])
