"""Lists of the admin API: a table with its filters and orders, read by pages: one list, many lists at once, or a merge."""

from __future__ import annotations

import re
from collections import defaultdict, namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from gatehouse.store import database
from gatehouse.store.condition import Condition, Field, Parameters, compile_condition
from gatehouse.store.database import Row
from gatehouse.store.keyset import (
    Page,
    PageRequest,
    Position,
    Positions,
    Sort,
    SortColumn,
    SortTerm,
    bounds,
    order_by,
    signature,
    sort_terms,
)

R = TypeVar("R")

_ALWAYS: Final = 2  # columns, from the first


@dataclass(frozen=True, slots=True, eq=False)  # each is itself, and nothing else: what is remembered of it is found so
class Listing(Generic[R]):
    """A table that can be listed.

    :param columns: what is selected; the first two are the id and the tenant's, which are read in any case.
    :param record: makes the record from a row that begins with the values of ``columns``.
    :param kind: the NamedTuple of exactly these values, if that is what the record is: then a request may want fewer.
    """

    table: str
    alias: str
    columns: tuple[str, ...]
    record: Callable[[Row], R]
    fields: Mapping[str, Field]
    sorts: Mapping[str, SortColumn]
    kind: type[tuple[Any, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Partitions:
    """Many lists side by side.

    :param keys: a table expression with a column ``id``, one row for each list; its alias is ``k``.
    :param match: which rows of the listed table belong to the list ``k``.
    """

    keys: str
    match: str


async def page_in(listing: Listing[R], tenant_ids: frozenset[UUID] | None, request: PageRequest) -> Page[R]:
    """One page of the rows of these tenants; None means every tenant."""
    alias = listing.alias
    if tenant_ids is not None and not tenant_ids:
        return Page((), (), more=False)
    if tenant_ids is not None and len(tenant_ids) == 1:
        return await page(listing, f"{alias}.tenant_id = $1", Parameters(*tenant_ids, tenants="= $1"), request)
    parameters = Parameters()
    keys = "(SELECT t.id FROM tenant t)" if tenant_ids is None else id_table(sorted(tenant_ids), parameters)
    parameters.tenants = f"IN (SELECT s.id FROM {keys} s)"
    return await merged(listing, Partitions(keys, f"{alias}.tenant_id = k.id"), parameters, request)


async def stretch_in(
    listing: Listing[R], tenant_ids: frozenset[UUID] | None, request: PageRequest, rows: int
) -> Position | None:
    """Where a stretch of about so many rows of these tenants ends, whatever its condition; None when fewer follow.

    Each tenant has an equal share of the rows: the stretch ends where the first of them has used it up.
    """
    if tenant_ids is not None and not tenant_ids:
        return None
    table, alias, parameters = listing.table, listing.alias, Parameters()
    keys = "(SELECT t.id FROM tenant t)" if tenant_ids is None else id_table(sorted(tenant_ids), parameters)
    where = _where(listing, f"{alias}.tenant_id = k.id", parameters, replace(request, condition=None))
    share = f"(SELECT 1 + {int(rows)} / (1 + count(*)) FROM {keys} c)"
    place, order = _place(listing, request), _order(listing, request)
    rest = f"FROM {table} {alias} WHERE {where} ORDER BY {order} LIMIT 1 OFFSET {share}"
    if database.dialect() == "sqlite":
        ends = f"JOIN {table} {alias} ON {alias}.id = (SELECT {alias}.id {rest})"
    else:
        ends = f"CROSS JOIN LATERAL (SELECT {place} {rest}) {alias}"
    row = await database.fetch_one(f"SELECT {place} FROM {keys} k {ends} ORDER BY {order} LIMIT 1", *parameters)
    return _position(request, row)


async def stretch(listing: Listing[R], request: PageRequest, rows: int) -> Position | None:
    """As :func:`stretch_in` in a table whose order has one index for all tenants."""
    parameters = Parameters()
    where = _where(listing, "1 = 1", parameters, replace(request, condition=None))
    row = await database.fetch_one(
        f"SELECT {_place(listing, request)} FROM {listing.table} {listing.alias} WHERE {where}"
        f" ORDER BY {_order(listing, request)} LIMIT 1 OFFSET {int(rows)}",
        *parameters,
    )
    return _position(request, row)


async def count_in(listing: Listing[R], tenant_ids: frozenset[UUID] | None, condition: Condition | None) -> int:
    """How many rows of these tenants match; None means every tenant."""
    alias = listing.alias
    if tenant_ids is None:
        return await count(listing, "1 = 1", Parameters(), condition)
    parameters = Parameters()
    parameters.tenants = f"IN (SELECT k.id FROM {id_table(sorted(tenant_ids), parameters)} k)"
    return await count(listing, f"{alias}.tenant_id {parameters.tenants}", parameters, condition)


async def page(listing: Listing[R], scope: str, parameters: Parameters, request: PageRequest) -> Page[R]:
    """One page of the rows within ``scope``, a boolean expression whose values are among the parameters."""
    where = _where(listing, scope, parameters, request)
    rows = await database.fetch(
        f"SELECT {_columns(listing, request)} FROM {listing.table} {listing.alias} WHERE {where}"
        f" ORDER BY {_order(listing, request)} LIMIT {_one_more(request)}",
        *parameters,
    )
    return _page(_texts(listing, request.sort, request.columns), request, rows)


async def pages(
    listing: Listing[R], partitions: Partitions, ids: Sequence[UUID], parameters: Parameters, request: PageRequest
) -> dict[UUID, Page[R]]:
    """The same page of many lists with one statement."""
    rows: defaultdict[UUID | str, list[Row]] = defaultdict(list)
    statement = f"{_per_partition(listing, partitions, parameters, request)} ORDER BY {_order(listing, request)}"
    for row in await database.fetch(statement, *parameters):
        rows[row[-1]].append(row)
    found = {database.as_uuid(key): of_key for key, of_key in rows.items()}
    texts = _texts(listing, request.sort, request.columns)
    return {key: _page(texts, request, found.get(key, [])) for key in ids}


async def ranked(listing: Listing[R], scope: str, parameters: Parameters, request: PageRequest) -> dict[UUID, Page[R]]:
    """The same page for each tenant that has rows within ``scope``, of a table that had better be read once."""
    where, order = _where(listing, scope, parameters, request), _order(listing, request)
    place = f"row_number() OVER (PARTITION BY {listing.alias}.tenant_id ORDER BY {order})"
    found: dict[UUID, list[Row]] = {}
    for row in await database.fetch(
        f"SELECT r.* FROM (SELECT {_columns(listing, request)}, {place} AS place FROM {listing.table} {listing.alias}"
        f" WHERE {where}) r WHERE r.place <= {_one_more(request)} ORDER BY r.place",
        *parameters,
    ):
        found.setdefault(database.as_uuid(row[1]), []).append(row)
    texts = _texts(listing, request.sort, request.columns)
    return {tenant_id: _page(texts, request, rows) for tenant_id, rows in found.items()}


async def merged(listing: Listing[R], partitions: Partitions, parameters: Parameters, request: PageRequest) -> Page[R]:
    """One page of all rows of many lists: the first ones of each by its own index, then the first of all."""
    statement = _per_partition(listing, partitions, parameters, request)
    rows = await database.fetch(
        f"{statement} ORDER BY {_order(listing, request)} LIMIT {_one_more(request)}", *parameters
    )
    return _page(_texts(listing, request.sort, request.columns), request, rows)


async def pages_of(listing: Listing[R], tenant_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[R]]:
    """The same page of the rows of each of these tenants, with one statement."""
    parameters = Parameters()
    return await pages(listing, by_tenant(listing, tenant_ids, parameters), tenant_ids, parameters, request)


async def counts_of(
    listing: Listing[R], tenant_ids: Sequence[UUID], condition: Condition | None = None
) -> dict[UUID, int]:
    """How many rows of each of these tenants match, with one statement."""
    parameters = Parameters()
    return await counts(listing, by_tenant(listing, tenant_ids, parameters), tenant_ids, parameters, condition)


def by_tenant(listing: Listing[R], tenant_ids: Sequence[UUID], parameters: Parameters) -> Partitions:
    """The rows of these tenants as a list for each."""
    keys = id_table(tenant_ids, parameters)
    parameters.tenants = f"IN (SELECT s.id FROM {keys} s)"
    return Partitions(keys, f"{listing.alias}.tenant_id = k.id")


async def count(listing: Listing[R], scope: str, parameters: Parameters, condition: Condition | None) -> int:
    """How many rows within ``scope`` match."""
    where = compile_condition(condition, listing.fields, parameters)
    row = await database.fetch_one(
        f"SELECT count(*) FROM {listing.table} {listing.alias} WHERE {scope} AND {where}",
        *parameters,
    )
    return int(row[0]) if row else 0


async def counts(
    listing: Listing[R],
    partitions: Partitions,
    ids: Sequence[UUID],
    parameters: Parameters,
    condition: Condition | None,
) -> dict[UUID, int]:
    """How many rows of each list match, with one statement."""
    where = compile_condition(condition, listing.fields, parameters)
    rows = await database.fetch(
        f"SELECT k.id, count(*) FROM {partitions.keys} k JOIN {listing.table} {listing.alias}"
        f" ON {partitions.match} WHERE {where} GROUP BY k.id",
        *parameters,
    )
    found = {database.as_uuid(row[0]): int(row[1]) for row in rows}
    return {key: found.get(key, 0) for key in ids}


def id_table(ids: Sequence[UUID], parameters: Parameters) -> str:
    """A table expression with the one column ``id``: the statement stays the same, however many ids there are."""
    given = _given(ids, parameters)
    if database.dialect() == "sqlite":
        return f"(SELECT value AS id FROM json_each({given}))"
    return f"(SELECT n.id FROM unnest({given}) AS n(id))"


def among(column: str, ids: Sequence[UUID], parameters: Parameters) -> str:
    """The condition that the column holds one of these ids.

    One id is told from several: of a list that it cannot see into, PostgreSQL expects so many that it would rather read a
    small table through than look a row up.
    """
    if len(ids) == 1:
        return f"{column} = {parameters.add(ids[0])}"
    given = _given(ids, parameters)
    if database.dialect() == "sqlite":
        return f"{column} IN (SELECT value FROM json_each({given}))"
    return f"{column} = ANY({given})"


def _given(ids: Sequence[UUID], parameters: Parameters) -> str:
    """The ids as one value: JSON on SQLite; an array on PostgreSQL, sent as text, whose type asyncpg need not ask for."""
    if database.dialect() == "sqlite":
        return parameters.add("[" + ",".join(f'"{value}"' for value in ids) + "]")
    return f"CAST(CAST({parameters.add('{' + ','.join(map(str, ids)) + '}')} AS text) AS uuid[])"


def _per_partition(listing: Listing[R], partitions: Partitions, parameters: Parameters, request: PageRequest) -> str:
    """The first rows of each list: LATERAL on PostgreSQL, a correlated list of ids on SQLite."""
    table, alias = listing.table, listing.alias
    where = _where(listing, partitions.match, parameters, request)
    rows = f"FROM {table} {alias} WHERE {where} ORDER BY {_order(listing, request)}"
    rows += f" LIMIT {_one_more(request)}"
    head = f"SELECT {_columns(listing, request)}, k.id AS partition_id FROM {partitions.keys} k"
    if database.dialect() == "sqlite":
        tail = f"JOIN {table} {alias} ON {alias}.id IN (SELECT {alias}.id {rows})"
        return f"{head} {tail}"
    return f"{head} CROSS JOIN LATERAL (SELECT {_texts(listing, request.sort, request.columns).names} {rows}) {alias}"


def _one_more(request: PageRequest) -> int:
    """How many rows to read: one more tells whether the list goes on.

    A part of the statement and no parameter: of a limit it does not know PostgreSQL expects a tenth of the table, so every
    other number would be planned anew at every execution.
    """
    return int(request.limit) + 1


def _where(listing: Listing[R], scope: str, parameters: Parameters, request: PageRequest) -> str:
    terms = _texts(listing, request.sort, request.columns).terms
    condition = compile_condition(request.condition, listing.fields, parameters)
    return " AND ".join([scope, condition, *bounds(request, terms, parameters)])


def _order(listing: Listing[R], request: PageRequest) -> str:
    return _texts(listing, request.sort, request.columns).order[request.backwards]


def _columns(listing: Listing[R], request: PageRequest) -> str:
    return _texts(listing, request.sort, request.columns).columns


@dataclass(frozen=True, slots=True)
class _Texts:
    """The parts of a statement that lists have in common, whatever their filters and places.

    :param order: of ``ORDER BY``, by whether the walk goes backwards.
    :param width: how many columns come before the values of the order.
    :param names: the columns of the table that ``columns`` are made of, each once.
    :param records: makes the records from rows that begin with ``columns``.
    """

    terms: tuple[SortTerm, ...]
    order: tuple[str, str]
    columns: str
    width: int
    names: str
    signature: str
    records: Callable[[Sequence[Row]], tuple[Any, ...]]


@lru_cache(maxsize=512)
def _texts(listing: Listing[Any], sort: tuple[Sort, ...], columns: frozenset[str] | None) -> _Texts:
    terms = sort_terms(sort, listing.sorts, f"{listing.alias}.id")
    read, records = _read(listing, columns)
    selected = [*read, *(listing.sorts[term.field].name for term in sort)]
    name = re.compile(rf"\b{listing.alias}\.\w+")
    return _Texts(
        terms,
        (order_by(terms, reverse=False), order_by(terms, reverse=True)),
        ", ".join(selected),
        len(read),
        ", ".join(sorted({found for text in selected for found in name.findall(text)})),
        signature(sort),
        records,
    )


def _read(
    listing: Listing[R], wanted: frozenset[str] | None
) -> tuple[Sequence[str], Callable[[Sequence[Row]], tuple[R, ...]]]:
    """The columns that are read, and what makes records of them, of which those that nobody asks for are None."""
    if wanted is None or listing.kind is None:
        return listing.columns, lambda rows: tuple(map(listing.record, rows))
    chosen = [n for n, column in enumerate(listing.columns) if n < _ALWAYS or column.rpartition(".")[2] in wanted]
    new, narrow, width = tuple.__new__, _narrowed(listing.kind, chosen), len(chosen)
    return [listing.columns[n] for n in chosen], lambda rows: tuple([new(narrow, row[:width]) for row in rows])


def _narrowed(kind: type[Any], chosen: Sequence[int]) -> type[Any]:
    """A subclass of a NamedTuple that holds only the chosen ones of its values; by name, the others are None.

    To put None in their places, row by row, costs more than all else that is done with a row here.
    """
    names: tuple[str, ...] = kind._fields
    read = [names[n] for n in chosen]
    place = vars(namedtuple("Read", read))  # noqa: PYI024 - only what finds a value by its place is wanted of it
    members = {**dict.fromkeys(names), **{name: place[name] for name in read}}

    def text(record: Any) -> str:
        return f"{kind.__name__}({', '.join([f'{name}={value!r}' for name, value in zip(read, record, strict=True)])})"

    return type(kind.__name__, (kind,), {"__slots__": (), "_fields": tuple(read), "__repr__": text, **members})


def _place(listing: Listing[R], request: PageRequest) -> str:
    return ", ".join([f"{listing.alias}.id", *(listing.sorts[term.field].name for term in request.sort)])


def _position(request: PageRequest, row: Row | None) -> Position | None:
    return Position(signature(request.sort), tuple(row)[1:], database.as_uuid(row[0])) if row else None


def _page(texts: _Texts, request: PageRequest, rows: Sequence[Row]) -> Page[Any]:
    found = list(rows[: request.limit])
    if request.backwards:
        found.reverse()
    kept = found if request.tail is None else found[max(len(found) - request.tail, 0) :]

    def place(row: Row) -> Position:
        values = tuple(row[n] for n in range(texts.width, texts.width + len(request.sort)))
        return Position(texts.signature, values, database.as_uuid(row[0]))

    return Page(
        texts.records(kept),
        Positions(kept, place),
        len(rows) > request.limit,
        len(kept) < len(found),
    )
