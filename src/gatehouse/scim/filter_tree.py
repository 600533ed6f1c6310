"""The tree of a filter (RFC 7644 §3.4.2.2) and its canonical text."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from gatehouse.scim.attribute import Target
from gatehouse.scim.literal import Operator, Value


@dataclass(frozen=True, slots=True)
class Compare:
    """``title eq "Agent"``; ``value`` already has the type of the attribute.

    ``ne`` on a multi-valued attribute means that no element equals; an absent attribute is ``ne`` to every value.
    """

    target: Target
    op: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Present:
    """``title pr``: the attribute has a non-empty value."""

    target: Target


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more terms."""

    terms: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of two or more terms."""

    terms: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a term; every term is either true or false, never unknown."""

    term: Filter


@dataclass(frozen=True, slots=True)
class ValuePath:
    """``emails[type eq "work" and value co "@x"]``: one and the same element satisfies the filter.

    The targets inside are full ones (``emails.type``).
    """

    target: Target
    filter: Filter


Filter = Compare | Present | And | Or | Not | ValuePath


def print_filter(tree: Filter) -> str:
    """Write the filter as canonical text; parsing it again gives an equal tree."""
    return _print(tree, inside=False)


def _print(tree: Filter, *, inside: bool) -> str:
    """:param inside: between the brackets of a value path, where only sub-attributes are named."""
    match tree:
        case Compare(target, op, value):
            return f"{_name(target, inside=inside)} {op} {_literal(value)}"
        case Present(target):
            return f"{_name(target, inside=inside)} pr"
        case And(terms):
            return " and ".join(_term(term, And | Or, inside=inside) for term in terms)
        case Or(terms):
            return " or ".join(_term(term, Or, inside=inside) for term in terms)
        case Not(term):
            return f"not ({_print(term, inside=inside)})"
        case _:  # ValuePath
            return f"{tree.target.path}[{_print(tree.filter, inside=True)}]"


def _term(tree: Filter, grouped: type | object, *, inside: bool) -> str:
    text = _print(tree, inside=inside)
    return f"({text})" if isinstance(tree, grouped) else text  # type: ignore[arg-type]


def _name(target: Target, *, inside: bool) -> str:
    if not inside:
        return target.path
    return target.sub.name if target.sub else "value"  # the elements of ``schemas`` are simple values


def _literal(value: Value) -> str:
    if isinstance(value, datetime):
        return f'"{value.isoformat()}"'
    return json.dumps(value, ensure_ascii=False)
