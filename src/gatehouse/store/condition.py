"""Filters of the admin API as values, and their SQL: the same answer on SQLite and PostgreSQL.

A condition names fields in the API's spelling; each noun has a table from field to column. Text compares by key
(:func:`gatehouse.scim.keys.key`), never by the database's own idea of case, and by position instead of LIKE, so no
character is special. Conditions are two-valued: a missing value equals nothing, and ``not`` turns that round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from gatehouse.errors import InvalidValue
from gatehouse.scim.keys import key
from gatehouse.store import database
from gatehouse.store.value_index import index_key

Value = str | int | bool | UUID | tuple[str | int | UUID, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """``field operator value``; operators: eq ne in contains startsWith isNull gt gte lt lte."""

    field: str
    operator: str
    value: Value


@dataclass(frozen=True, slots=True)
class And:
    """Every term holds; without terms: everything matches."""

    terms: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one term holds; without terms: nothing matches."""

    terms: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The term does not hold."""

    term: Condition


Condition = Compare | And | Or | Not


class Parameters(list[object]):
    """The values of a statement while its text is put together.

    :ivar tenants: what follows a ``tenant_id`` column to keep a related table within the tenants of the list; it refers
        to no row of the list, so that a subquery is run once and not for each row.
    """

    def __init__(self, *values: object, tenants: str = "IS NOT NULL") -> None:
        super().__init__(values)
        self.tenants = tenants

    def add(self, value: object) -> str:
        """Append a value; its placeholder."""
        self.append(value)
        return f"${len(self)}"

    def add_all(self, values: Sequence[object]) -> str:
        """Append values; their placeholders, separated by commas."""
        return ", ".join(self.add(value) for value in values)


Field = Callable[[str, Value, Parameters], str]
_SURROGATES: Final = range(0xD800, 0xE000)
_LAST: Final = 0x10FFFF
_SIGN: Final = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def compile_condition(condition: Condition | None, fields: Mapping[str, Field], parameters: Parameters) -> str:
    """The condition as a boolean SQL expression; its values join the parameters."""
    if condition is None:
        return "1 = 1"
    if isinstance(condition, Compare):
        return fields[condition.field](condition.operator, condition.value, parameters)
    if isinstance(condition, Not):
        return f"NOT COALESCE({compile_condition(condition.term, fields, parameters)}, FALSE)"
    word, nothing = (" AND ", "1 = 1") if isinstance(condition, And) else (" OR ", "1 = 0")
    terms = [compile_condition(term, fields, parameters) for term in condition.terms]
    return f"({word.join(terms)})" if terms else nothing


def compares(condition: Condition | None) -> Iterator[Compare]:
    """Every comparison in a condition."""
    if isinstance(condition, Compare):
        yield condition
    elif isinstance(condition, Not):
        yield from compares(condition.term)
    elif condition is not None:
        for term in condition.terms:
            yield from compares(term)


def replaced(condition: Condition, other: Callable[[Compare], Condition]) -> Condition:
    """The condition with another one in place of each comparison.

    >>> replaced(Not(Or((Compare("a", "eq", 1),))), lambda compare: Compare("b", compare.operator, 2))
    Not(term=Or(terms=(Compare(field='b', operator='eq', value=2),)))
    """
    if isinstance(condition, Compare):
        return other(condition)
    if isinstance(condition, Not):
        return Not(replaced(condition.term, other))
    return type(condition)(tuple(replaced(term, other) for term in condition.terms))


def column(name: str) -> Field:
    """A column compared as it is: ids, words of a fixed vocabulary, numbers, microseconds."""

    def compiled(operator: str, value: Value, parameters: Parameters) -> str:
        if operator == "isNull":
            return f"{name} IS NULL" if value else f"{name} IS NOT NULL"
        if operator == "ne":
            return f"({name} IS NULL OR {name} <> {parameters.add(value)})"
        if operator == "in":
            return _any_of(name, value, parameters)
        return f"{name} {_SIGN[operator]} {parameters.add(value)}"

    return compiled


def text(name: str, *, exact: bool = False) -> Field:
    """A text column that is compared by code point: a key column, or one of a caseExact attribute.

    :param exact: the column holds the text as sent, not its key.
    """
    plain = column(name)

    def compiled(operator: str, value: Value, parameters: Parameters) -> str:
        if operator in {"contains", "startsWith"}:
            wanted = str(value) if exact else key(str(value))
            return (
                _position(name, wanted, parameters) if operator == "contains" else _prefixed(name, wanted, parameters)
            )
        return plain(operator, value if exact else _keys(value), parameters)

    return compiled


def related(row: str, owner: str, source: str, field: Field) -> Field:
    """A field of a related table: some row of it matches; ``ne`` and ``isNull: true`` say that none does.

    :param row: the column of the listed table that ``owner``, a column of the related one, refers to.
    :param source: the related rows up to their tenant: ``user_value v WHERE v.attribute = 'emails' AND v.tenant_id``.
    """

    def compiled(operator: str, value: Value, parameters: Parameters) -> str:
        absent = operator == "ne" or (operator == "isNull" and value is True)
        term = "1 = 1" if operator == "isNull" else field("eq" if operator == "ne" else operator, value, parameters)
        sign = "NOT IN" if absent else "IN"
        return f"{row} {sign} (SELECT {owner} FROM {source} {parameters.tenants} AND {term})"

    return compiled


def _keys(value: Value) -> Value:
    if isinstance(value, tuple):
        return tuple(index_key(key(item)) if isinstance(item, str) else item for item in value)
    return index_key(key(value)) if isinstance(value, str) else value


def _any_of(name: str, value: Value, parameters: Parameters) -> str:
    if not isinstance(value, tuple):
        raise InvalidValue("`in` takes a list")
    return f"{name} IN ({parameters.add_all(value)})" if value else "1 = 0"


def _position(name: str, wanted: str, parameters: Parameters) -> str:
    function = "instr" if database.dialect() == "sqlite" else "strpos"
    return f"{function}({name}, {parameters.add(wanted)}) > 0"


def _prefixed(name: str, prefix: str, parameters: Parameters) -> str:
    if not prefix:
        return f"{name} IS NOT NULL"
    lower = f"{name} >= {parameters.add(prefix)}"
    following = _successor(prefix)
    return f"({lower} AND {name} < {parameters.add(following)})" if following else lower


def _successor(prefix: str) -> str | None:
    r"""The least text, by code point, that follows every text with this prefix; None when there is none.

    >>> _successor("ab"), _successor("a\ud7ff") == "a\ue000", _successor("\U0010ffff")
    ('ac', True, None)
    """
    for length in range(len(prefix), 0, -1):
        code = ord(prefix[length - 1])
        if code < _LAST:
            following = _SURROGATES.stop if code + 1 in _SURROGATES else code + 1
            return prefix[: length - 1] + chr(following)
    return None
