"""Whether a resource satisfies a filter (RFC 7644 §3.4.2.2): two-valued, and equal to what ``store.filter_sql`` selects.

An absent attribute is equal to nothing but null, contains nothing and has no place in any order; ``not`` is plain
negation. The boolean of an element that does not state it is false (RFC 7643 §2.4, ``primary``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from operator import contains, eq, ge, gt, le, lt
from typing import Any

from gatehouse.scim.attribute import Attribute, AttributeType, Target
from gatehouse.scim.filter_tree import And, Compare, Filter, Not, Or, Present
from gatehouse.scim.keys import key
from gatehouse.scim.literal import read_date_time

_TESTS: dict[str, Callable[..., bool]] = {
    "eq": eq,
    "ne": eq,  # and then negated: no element equals
    "co": contains,
    "sw": str.startswith,
    "ew": str.endswith,
    "gt": gt,
    "ge": ge,
    "lt": lt,
    "le": le,
}


def matches(tree: Filter, resource: Mapping[str, object]) -> bool:
    """Whether the resource, in schema case, satisfies the filter.

    >>> from gatehouse.scim.filter import parse_filter
    >>> from gatehouse.scim.schema import USER
    >>> matches(parse_filter('name.givenName sw "a"', USER), {"name": {"givenName": "Ann"}})
    True
    """
    return _holds(tree, resource, inside=False)


def selects(tree: Filter, element: object) -> bool:
    """Whether one element of a multi-valued attribute satisfies the filter between the brackets of a path."""
    return _holds(tree, element, inside=True)


def _holds(tree: Filter, scope: object, *, inside: bool) -> bool:
    match tree:
        case Compare():
            return _compare(tree, _values(tree.target, scope, inside=inside))
        case Present(target):
            return _present(target, _values(target, scope, inside=inside))
        case And(terms):
            return all(_holds(term, scope, inside=inside) for term in terms)
        case Or(terms):
            return any(_holds(term, scope, inside=inside) for term in terms)
        case Not(term):
            return not _holds(term, scope, inside=inside)
        case _:  # ValuePath
            return any(selects(tree.filter, element) for element in _values(tree.target, scope, inside=False))


def _values(target: Target, scope: object, *, inside: bool) -> list[object]:
    """List the values that a target has in a resource, or in one element; None for an element without it."""
    if inside:
        elements = [scope]
    else:
        container = _get(scope, target.urn) if target.urn else scope
        value = _get(container, target.attribute.name)
        elements = value if isinstance(value, list) else [] if value is None else [value]
    sub = target.sub
    if sub is None:
        return elements
    return [_sub_value(element, sub) for element in elements]


def _sub_value(element: object, sub: Attribute) -> object:
    value = _get(element, sub.name)
    return False if value is None and sub.type is AttributeType.BOOLEAN else value


def _get(container: object, name: str) -> object:
    return container.get(name) if isinstance(container, Mapping) else None


def _compare(comparison: Compare, values: list[object]) -> bool:
    op, literal = comparison.op, comparison.value
    if literal is None:
        absent = all(value is None for value in values)
        return absent if op == "eq" else not absent
    comparable = _comparable(comparison.target.leaf)
    operand = comparable(literal)
    test = _TESTS[op]
    candidates = (comparable(value) for value in values)
    found = any(test(candidate, operand) for candidate in candidates if candidate is not None)
    return not found if op == "ne" else found


def _present(target: Target, values: list[object]) -> bool:
    if target.sub is None and target.attribute.multi_valued:
        return bool(values)
    return any(_has_content(value) for value in values)


def _has_content(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_has_content(part) for part in value.values())
    return value is not None and value != ""


def _comparable(leaf: Attribute) -> Callable[[object], Any]:
    """How a value of the attribute, stored or literal, is turned into one that Python compares; None if it cannot be."""
    if leaf.type is AttributeType.STRING and not leaf.case_exact:
        return _folded
    return _COMPARABLE[leaf.type]


def _folded(value: object) -> str | None:
    return key(value) if isinstance(value, str) else None


def _exact(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> int | float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _moment(value: object) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return read_date_time(value) if isinstance(value, str) else None


_COMPARABLE: dict[AttributeType, Callable[[object], Any]] = {
    AttributeType.STRING: _exact,
    AttributeType.REFERENCE: _exact,
    AttributeType.BINARY: _exact,
    AttributeType.BOOLEAN: _truth,
    AttributeType.INTEGER: _number,
    AttributeType.DECIMAL: _number,
    AttributeType.DATE_TIME: _moment,
}
