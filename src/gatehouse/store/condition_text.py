"""Conditions as JSON text and back, for work that is done later by another process."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson

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
