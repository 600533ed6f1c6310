"""Conditions as JSON text and back, for work that is done later by another process."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

from gatehouse.records import iso_of_microseconds
from gatehouse.store.condition import And, Compare, Condition, Not, Or, Value


def to_text(condition: Condition | None) -> str:
    """Write a condition.

    >>> to_text(Not(Compare("title", "in", ("Agent", "Boss"))))
    '{"not":["title","in",["Agent","Boss"]]}'
    """
    return orjson.dumps(None if condition is None else _plain(condition)).decode()


def from_text(text: str) -> Condition | None:
    """The inverse of :func:`to_text`.

    >>> from_text(to_text(And((Compare("users", "gt", 0),))))
    And(terms=(Compare(field='users', operator='gt', value=0),))
    """
    data = orjson.loads(text)
    return None if data is None else _condition(data)


def to_where(condition: Condition) -> dict[str, Any]:
    """A condition in the form of the API's filters, for people to read; ids and words are those of the tables.

    >>> to_where(And((Compare("title", "in", ("Agent", "Boss")), Not(Compare("createdAt", "lt", 0)))))
    {'and': [{'title': {'in': ['Agent', 'Boss']}}, {'not': {'createdAt': {'lt': '1970-01-01T00:00:00.000Z'}}}]}
    """
    if isinstance(condition, Compare):
        return {condition.field: {condition.operator: _readable(condition)}}
    if isinstance(condition, Not):
        return {"not": to_where(condition.term)}
    if len(condition.terms) == 1:
        return to_where(condition.terms[0])
    return {"and" if isinstance(condition, And) else "or": [to_where(term) for term in condition.terms]}


def _readable(compare: Compare) -> Any:
    value = compare.value
    if isinstance(value, tuple):
        return [str(item) if isinstance(item, UUID) else item for item in value]
    if compare.field.endswith("At") and compare.operator != "isNull" and isinstance(value, int):  # microseconds
        return iso_of_microseconds(value)
    return str(value) if isinstance(value, UUID) else value


def _plain(condition: Condition) -> Any:
    if isinstance(condition, Compare):
        return [condition.field, condition.operator, _plain_value(condition.value)]
    if isinstance(condition, Not):
        return {"not": _plain(condition.term)}
    return {"and" if isinstance(condition, And) else "or": [_plain(term) for term in condition.terms]}


def _condition(data: Any) -> Condition:
    if isinstance(data, list):
        return Compare(data[0], data[1], _value(data[2]))
    if "not" in data:
        return Not(_condition(data["not"]))
    kind, terms = next(iter(data.items()))
    return (And if kind == "and" else Or)(tuple(map(_condition, terms)))


def _plain_value(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_plain_value(item) for item in value]
    return {"id": str(value)} if isinstance(value, UUID) else value


def _value(data: Any) -> Any:
    if isinstance(data, list):
        return tuple(map(_value, data))
    return UUID(data["id"]) if isinstance(data, dict) else data
