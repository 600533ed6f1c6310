"""Pages by keyset: where a page begins is told by the values of a row, not by a count of rows before it.

A walk loses and repeats nothing while rows are written, and the thousandth page costs what the first does. The order is
total: the id breaks ties. A missing value is the greatest one, on both engines, so that walking back mirrors walking on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, overload
from uuid import UUID

from gatehouse.errors import InvalidValue
from gatehouse.store.condition import Condition, Parameters

R = TypeVar("R")
S = TypeVar("S")
Scalar = str | int | None


@dataclass(frozen=True, slots=True)
class Sort:
    """One term of an order; ``field`` in the API's spelling."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """A place in an order: the values of its fields, and the id, of the row there.

    :param order: the order that the place belongs to, as :func:`signature` writes it.
    """

    order: str
    values: tuple[Scalar, ...]
    id: UUID


@dataclass(frozen=True, slots=True)
class PageRequest:
    """Which rows of a list are wanted; ``after`` and ``before`` exclude the rows they name unless ``inclusive``.

    :param tail: of the rows found, only so many from the end (``first`` and ``last`` together, Relay §4.4).
    :param columns: which columns of the rows will be asked for, beside the first two; None: all. The others are not read.
    """

    limit: int
    sort: tuple[Sort, ...]
    condition: Condition | None = None
    after: Position | None = None
    before: Position | None = None
    backwards: bool = False
    inclusive: bool = False
    tail: int | None = None
    columns: frozenset[str] | None = None

    def preceding(self) -> PageRequest | None:
        """Asks only whether anything lies at or before ``after``; None when the list has no such bound."""
        if self.after is None:
            return None
        return replace(self, limit=0, after=None, before=self.after, inclusive=True, tail=None)

    def following(self) -> PageRequest | None:
        """Asks only whether anything lies at or after ``before``; None when the list has no such bound."""
        if self.before is None:
            return None
        return replace(self, limit=0, before=None, after=self.before, inclusive=True, tail=None)


class Positions(Sequence[Position]):
    """The places of rows, each made when it is asked for: most pages need those of the first and the last row.

    :param make: the place of a row.
    """

    def __init__(self, rows: Sequence[S], make: Callable[[S], Position]) -> None:
        self._rows = rows
        self._make = make

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Position: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Position]: ...

    def __getitem__(self, index: int | slice) -> Position | Sequence[Position]:
        if isinstance(index, slice):
            return Positions(self._rows[index], self._make)
        return self._make(self._rows[index])


@dataclass(slots=True)  # not frozen: many are made for one answer
class Page(Generic[R]):
    """Rows in the order asked for, the place of each, and whether the list goes on beyond the limit.

    ``cut``: rows that were found stand before the first one, left out for the request's ``tail``.
    """

    rows: tuple[R, ...]
    positions: Sequence[Position]
    more: bool
    cut: bool = False


@dataclass(frozen=True, slots=True)
class SortColumn:
    """How a field sorts: its column, the type of its values, and whether the column may be NULL.

    :param greatest: the greatest number that the column takes.
    """

    name: str
    kind: type[str | int | UUID]
    nullable: bool = False
    greatest: int = 2**63 - 1


@dataclass(frozen=True, slots=True)
class SortTerm:
    """A column of an ``ORDER BY``."""

    column: SortColumn
    descending: bool

    def sql(self, *, reverse: bool) -> str:
        """The term; a missing value is the greatest whichever way the walk goes."""
        descending = self.descending is not reverse
        nulls = (" NULLS FIRST" if descending else " NULLS LAST") if self.column.nullable else ""
        return f"{self.column.name}{' DESC' if descending else ''}{nulls}"

    def beyond(self, value: object, *, after: bool, parameters: Parameters) -> str:
        """Rows whose value lies strictly after (or before) the value given."""
        name = self.column.name
        if after is self.descending:
            return f"{name} IS NOT NULL" if value is None else f"{name} < {parameters.add(value)}"
        if value is None:
            return "1 = 0"
        greater = f"{name} > {parameters.add(value)}"
        return f"({greater} OR {name} IS NULL)" if self.column.nullable else greater

    def equal(self, value: object, parameters: Parameters) -> str:
        """Rows with the same value."""
        return f"{self.column.name} IS NULL" if value is None else f"{self.column.name} = {parameters.add(value)}"

    def fits(self, value: object) -> bool:
        """Whether a cursor may hold this value for the column."""
        if isinstance(value, int) and abs(value) > self.column.greatest:
            return False
        return isinstance(value, self.column.kind) or (value is None and self.column.nullable)


def signature(sort: Sequence[Sort]) -> str:
    """An order as a short text.

    >>> signature([Sort("FAMILY_NAME"), Sort("CREATED_AT", descending=True)])
    'FAMILY_NAME,-CREATED_AT'
    """
    return ",".join(("-" if term.descending else "") + term.field for term in sort)


def sort_terms(sort: Sequence[Sort], columns: Mapping[str, SortColumn], id_column: str) -> tuple[SortTerm, ...]:
    """An order with the id as its last term."""
    terms = [SortTerm(columns[term.field], term.descending) for term in sort]
    return (*terms, SortTerm(SortColumn(id_column, UUID), terms[-1].descending))


def order_by(terms: Sequence[SortTerm], *, reverse: bool) -> str:
    """The text of ``ORDER BY``."""
    return ", ".join(term.sql(reverse=reverse) for term in terms)


def bounds(request: PageRequest, terms: Sequence[SortTerm], parameters: Parameters) -> list[str]:
    """The conditions that ``after`` and ``before`` put on a row.

    :raises InvalidValue: a cursor of another list or order.
    """
    return [
        _beyond(terms, _checked(position, request, terms), after, request.inclusive, parameters)
        for position, after in ((request.after, True), (request.before, False))
        if position is not None
    ]


def _checked(position: Position, request: PageRequest, terms: Sequence[SortTerm]) -> tuple[object, ...]:
    values = (*position.values, position.id)
    same_order = position.order == signature(request.sort) and len(values) == len(terms)
    if not same_order or not all(term.fits(value) for term, value in zip(terms, values, strict=True)):
        raise InvalidValue("The cursor belongs to another list or order", hint="Start again without a cursor.")
    return values


def _beyond(
    terms: Sequence[SortTerm], values: Sequence[object], after: bool, inclusive: bool, parameters: Parameters
) -> str:
    one_way = len({term.descending for term in terms}) == 1 and not any(term.column.nullable for term in terms)
    if one_way:  # a row value, which both engines look up in an index; its first value too, for an index without the id
        sign = "<" if after is terms[0].descending else ">"
        first = f"{terms[0].column.name} {sign}= {parameters.add(values[0])}"
        row = ", ".join(term.column.name for term in terms)
        return f"({first} AND ({row}) {sign}{'=' if inclusive else ''} ({parameters.add_all(values)}))"
    alternatives, equal = list[str](), list[str]()
    for n, (term, value) in enumerate(zip(terms, values, strict=True), 1):
        alternatives.append(" AND ".join([*equal, term.beyond(value, after=after, parameters=parameters)]))
        if n < len(terms) or inclusive:
            equal.append(term.equal(value, parameters))
    if inclusive:
        alternatives.append(" AND ".join(equal))
    return f"({' OR '.join(f'({alternative})' for alternative in alternatives)})"
