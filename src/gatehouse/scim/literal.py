"""Comparison values of filters: from token to the type of the attribute (RFC 7644 §3.4.2.2, RFC 7643 §2.3)."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from math import isfinite
from typing import Literal

from gatehouse.errors import InvalidFilter
from gatehouse.scim.attribute import Attribute, AttributeType
from gatehouse.scim.json_text import MAX_INTEGER_DIGITS, is_storable

Operator = Literal["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"]
Value = str | bool | int | float | datetime | None

_EQUALITY: frozenset[Operator] = frozenset({"eq", "ne"})
_ORDERED: frozenset[Operator] = _EQUALITY | {"gt", "ge", "lt", "le"}
_TEXTUAL: frozenset[Operator] = _ORDERED | {"co", "sw", "ew"}

OPERATORS: dict[str, Operator] = {op: op for op in _TEXTUAL}

# RFC 7644 Table 3: boolean and binary have no order, and only text has parts.
_ALLOWED: dict[AttributeType, frozenset[Operator]] = {
    AttributeType.STRING: _TEXTUAL,
    AttributeType.REFERENCE: _TEXTUAL,
    AttributeType.BINARY: _EQUALITY,
    AttributeType.BOOLEAN: _EQUALITY,
    AttributeType.INTEGER: _ORDERED,
    AttributeType.DECIMAL: _ORDERED,
    AttributeType.DATE_TIME: _ORDERED,
    AttributeType.COMPLEX: frozenset(),
}

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


def read_literal(token: str, longest: int) -> Value:
    r"""Read the JSON value of a token; ``true``, ``false`` and ``null`` in any case.

    :param longest: characters of a string.
    :raises InvalidFilter: not a JSON string, number, boolean or null, or one that no database stores.

    >>> read_literal('"a\\u0062"', 2), read_literal("TRUE", 2), read_literal("-1.5", 2)
    ('ab', True, -1.5)
    """
    if token[:1] == '"':
        return _text(token, longest)
    lowered = token.lower()
    if lowered in _CONSTANTS:
        return _CONSTANTS[lowered]
    return _number(token)


def bind(attribute: Attribute, op: Operator, value: Value, *, lenient: bool = True) -> Value:
    """Convert the value to the type of the attribute.

    :param lenient: ``"True"`` in quotes is a boolean too, as Entra writes ``roles[primary eq "True"]``.
    :raises InvalidFilter: the operator or the value does not fit the attribute's type.
    """
    if op not in _ALLOWED[attribute.type]:
        raise InvalidFilter(f"{attribute.name} is of type {attribute.type}, to which {op} does not apply")
    if value is None:
        if op not in _EQUALITY:
            raise InvalidFilter("null can only be compared with eq and ne")
        return None
    quoted = isinstance(value, str) and attribute.type is AttributeType.BOOLEAN
    bound = None if quoted and not lenient else _convert(attribute.type, value)
    if bound is None:
        raise InvalidFilter(f"the value does not fit {attribute.name}, which is of type {attribute.type}")
    return bound


def read_date_time(text: str) -> datetime | None:
    """Read an xsd:dateTime (RFC 7643 §2.3.5) as an aware datetime, or None; without an offset it is UTC.

    Digits beyond microseconds are dropped.

    >>> read_date_time("2015-10-10T14:38:21.8617979-07:00").isoformat()
    '2015-10-10T14:38:21.861797-07:00'
    """
    upper = text.upper()
    if not _DATE_TIME.fullmatch(upper):
        return None
    try:
        moment = datetime.fromisoformat(upper)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _text(token: str, longest: int) -> str:
    if len(token) > 1 and token[-1] == '"' and "\\" not in token and token.isprintable():
        text = token[1:-1]
    else:
        text = _decoded(token)
    if len(text) > longest:
        raise InvalidFilter(f"a value is longer than {longest} characters")
    if not is_storable(text):
        raise InvalidFilter("a value holds a NUL character or half of a surrogate pair")
    return text


def _decoded(token: str) -> str:
    try:
        text: str = json.loads(token)
    except ValueError as error:
        raise InvalidFilter("a quoted value is not a JSON string") from error
    return text


def _number(token: str) -> int | float:
    number = _NUMBER.fullmatch(token)
    if not number:
        raise InvalidFilter("a value must be a JSON string, number, true, false or null")
    if number[1] or number[2]:
        value = float(token)
        if not isfinite(value):
            raise InvalidFilter("a number is too large")
        return value
    if len(token.lstrip("-")) > MAX_INTEGER_DIGITS:
        raise InvalidFilter(f"a number has more than {MAX_INTEGER_DIGITS} digits")
    return int(token)


def _convert(kind: AttributeType, value: str | float | datetime) -> Value:
    """Convert a value to the given type; None when it does not fit."""
    if isinstance(value, str):
        return _convert_text(kind, value)
    if isinstance(value, bool):
        return value if kind is AttributeType.BOOLEAN else None
    return value if kind in {AttributeType.INTEGER, AttributeType.DECIMAL} else None


def _convert_text(kind: AttributeType, text: str) -> Value:
    match kind:
        case AttributeType.STRING | AttributeType.REFERENCE | AttributeType.BINARY:
            return text
        case AttributeType.BOOLEAN:
            return {"true": True, "false": False}.get(text.lower())
        case AttributeType.DATE_TIME:
            return read_date_time(text)
        case _:
            return None
