"""How one column is compared (RFC 7644 §3.4.2.2), so that SQLite and PostgreSQL agree with ``scim.evaluate``.

Every condition is true or false, never NULL: SQL's ``NOT NULL`` is NULL, the protocol's ``not`` of an absent attribute
is true. Text is compared by code point and by position, so no character is special. ``ne`` and null are not known here:
they are the opposite of ``eq`` and of :attr:`Column.exists`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from gatehouse.errors import InvalidFilter
from gatehouse.records import to_microseconds
from gatehouse.scim.evaluate import selects
from gatehouse.scim.filter_tree import Compare, Filter
from gatehouse.scim.keys import key
from gatehouse.scim.literal import Value
from gatehouse.store.statement import Dialect
from gatehouse.store.value_index import index_key

TRUE, FALSE = "TRUE", "FALSE"

_SIGN = {"eq": "=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_MILLISECOND = 1_000  # microseconds


class Parameters:
    """The values of a statement while its text is put together.

    :ivar values: those of ``$first`` and following.
    """

    __slots__ = ("dialect", "first", "values")

    def __init__(self, first: int, dialect: Dialect) -> None:
        self.first = first
        self.dialect = dialect
        self.values: list[object] = []

    def add(self, value: object) -> str:
        """Append a value and return its placeholder."""
        self.values.append(value)
        return f"${self.first + len(self.values) - 1}"


class Column(Protocol):
    """One column as conditions see it."""

    @property
    def exists(self) -> str:
        """The condition that there is a value."""

    @property
    def present(self) -> str:
        """The condition that there is a non-empty value (``pr``)."""

    def test(self, comparison: Compare, parameters: Parameters) -> str:
        """Write the condition that the value compares as ``comparison`` says; not ``ne``, not null."""


@dataclass(frozen=True, slots=True)
class Text:
    """Text by code point.

    :param sql: an expression: a key column, or the column of a caseExact attribute.
    :param folded: the column holds keys.
    :param nullable: the column may hold NULL.
    """

    sql: str
    folded: bool = True
    nullable: bool = True

    @property
    def exists(self) -> str:
        """Not NULL."""
        return f"{self.sql} IS NOT NULL" if self.nullable else TRUE

    @property
    def present(self) -> str:
        """Not empty either."""
        return self._total(f"{self.sql} <> ''")

    def test(self, comparison: Compare, parameters: Parameters) -> str:
        """Compare with the literal, folded if the column is."""
        literal = str(comparison.value)
        operand = key(literal) if self.folded else literal
        if comparison.op in {"co", "sw", "ew"}:
            return self._total(self._part(comparison.op, operand, parameters)) if operand else self.exists
        indexed = index_key(operand) if comparison.op == "eq" else operand
        return self._total(f"{self.sql} {_SIGN[comparison.op]} {parameters.add(indexed)}")

    def _total(self, condition: str) -> str:
        return f"({self.sql} IS NOT NULL AND {condition})" if self.nullable else f"({condition})"

    def _part(self, op: str, operand: str, parameters: Parameters) -> str:
        if op == "sw":
            return self._starts_with(operand, parameters)
        placeholder = parameters.add(operand)
        sqlite = parameters.dialect == "sqlite"
        if op == "co":
            return f"{'instr' if sqlite else 'strpos'}({self.sql}, {placeholder}) > 0"
        ending = f"substr({self.sql}, -{len(operand)})" if sqlite else f"right({self.sql}, {len(operand)})"
        return f"{ending} = {placeholder}"

    def _starts_with(self, prefix: str, parameters: Parameters) -> str:
        """Write a range, for which an index serves."""
        from_prefix = f"{self.sql} >= {parameters.add(prefix)}"
        following = successor(prefix)
        return f"{from_prefix} AND {self.sql} < {parameters.add(following)}" if following else from_prefix


@dataclass(frozen=True, slots=True)
class Identifier:
    """A UUID column, never NULL, that the protocol knows as text."""

    sql: str
    exists: str = TRUE
    present: str = TRUE

    def test(self, comparison: Compare, parameters: Parameters) -> str:
        """Compare by index if ``eq``; text that is no UUID as we write it equals none."""
        if comparison.op != "eq":
            collation = ' COLLATE "C"' if parameters.dialect == "postgres" else ""
            return Text(f"CAST({self.sql} AS TEXT){collation}", folded=False, nullable=False).test(
                comparison, parameters
            )
        identifier = as_identifier(str(comparison.value))
        return f"{self.sql} = {parameters.add(identifier)}" if identifier else FALSE


@dataclass(frozen=True, slots=True)
class Truth:
    """A boolean column, never NULL."""

    sql: str
    exists: str = TRUE
    present: str = TRUE

    def test(self, comparison: Compare, parameters: Parameters) -> str:
        """Compare with true or false."""
        return self.sql if comparison.value else f"NOT {self.sql}"


@dataclass(frozen=True, slots=True)
class Moment:
    """Microseconds in a column, never NULL, compared as the milliseconds that clients see (RFC 7643 §2.3.5)."""

    sql: str
    exists: str = TRUE
    present: str = TRUE

    def test(self, comparison: Compare, parameters: Parameters) -> str:
        """Compare with the bounds of the literal's millisecond, so that an index serves."""
        literal = comparison.value
        assert isinstance(literal, datetime)  # noqa: S101 - bound by the attribute's type
        moment = to_microseconds(literal)
        floor = moment - moment % _MILLISECOND
        ceiling = floor if floor == moment else floor + _MILLISECOND
        if comparison.op == "eq":
            return self._within(floor, parameters) if floor == moment else FALSE
        bound = ceiling if comparison.op in {"ge", "lt"} else floor + _MILLISECOND
        sign = ">=" if comparison.op in {"ge", "gt"} else "<"
        return f"{self.sql} {sign} {parameters.add(bound)}"

    def _within(self, floor: int, parameters: Parameters) -> str:
        beyond = floor + _MILLISECOND
        return f"({self.sql} >= {parameters.add(floor)} AND {self.sql} < {parameters.add(beyond)})"


@dataclass(frozen=True, slots=True)
class Constant:
    """A sub-attribute that has the same value in every row."""

    element: dict[str, Value]
    exists: str = TRUE
    present: str = TRUE

    def test(self, comparison: Compare, parameters: Parameters) -> str:
        """Decide at once."""
        return TRUE if selects(comparison, self.element) else FALSE


@dataclass(frozen=True, slots=True)
class Schemas:
    """The URNs of ``schemas``.

    :param having: for each URN, the condition that the resource has it.
    """

    having: dict[str, str]
    exists: str = TRUE
    present: str = TRUE

    def test(self, comparison: Compare, parameters: Parameters) -> str:
        """Decide for each URN whether it compares, and ask whether the resource has one of those that do."""
        return self.some(comparison)

    def some(self, tree: Filter) -> str:
        """Write the condition that the resource has a URN that satisfies a filter on the URN itself."""
        conditions = [condition for urn, condition in self.having.items() if selects(tree, urn)]
        return f"({' OR '.join(conditions)})" if conditions else FALSE


@dataclass(frozen=True, slots=True)
class Absent:
    """What resources of this type never have: an attribute of another type, at the base URI."""

    exists: str = FALSE
    present: str = FALSE

    def test(self, _comparison: Compare, _parameters: Parameters) -> str:
        """Write the condition that nothing compares."""
        return FALSE


@dataclass(frozen=True, slots=True)
class Derived:
    """A value that is made up for each answer, such as an address: it is there, but nothing can be compared with it."""

    name: str
    exists: str = TRUE
    present: str = TRUE

    def test(self, comparison: Compare, parameters: Parameters) -> str:
        """:raises InvalidFilter: always."""
        raise InvalidFilter(f"{self.name} cannot be compared in a filter; filter on id or value instead.")


def as_identifier(text: str) -> UUID | None:
    """Read an id as we write it; None for anything else, other spellings of a UUID included (``id`` is caseExact)."""
    try:
        identifier = UUID(text)
    except ValueError:
        return None
    return identifier if str(identifier) == text else None


def successor(prefix: str) -> str | None:
    r"""Find the least text, by code point, that follows every text with this prefix; None when there is none.

    >>> successor("ab"), successor("a\ud7ff") == "a\ue000", successor("b\U0010ffff"), successor("\U0010ffff")
    ('ac', True, 'c', None)
    """
    kept = prefix.rstrip("\U0010ffff")
    if not kept:
        return None
    following = "\ue000" if kept[-1] == "\ud7ff" else chr(ord(kept[-1]) + 1)  # lone surrogates are not text
    return kept[:-1] + following
