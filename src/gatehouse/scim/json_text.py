"""The JSON boundary: bytes from a client become plain values, or are refused (RFC 8259, RFC 7644 §3.12).

What ``json.loads`` lets through and databases or later code choke on stops here: duplicate names, NaN, huge numbers,
deep nesting, NUL and lone surrogates.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from math import isfinite
from typing import Final, NoReturn

from gatehouse.errors import InvalidSyntax, InvalidValue
from gatehouse.limits import DEFAULT_LIMITS, Limits

_Pairs = list[tuple[str, object]]

MAX_INTEGER_DIGITS = 18  # fits a signed 64-bit column


def parse_json(body: bytes, limits: Limits = DEFAULT_LIMITS, *, case_exact: bool = False) -> object:
    """Parse a request body.

    :param case_exact: names that differ in case only are different names; not so in SCIM (RFC 7643 §2.1).
    :raises InvalidSyntax: not UTF-8, not JSON (NaN and Infinity included), a name twice in one object, or nested deeper than
        ``limits.json_depth``.
    :raises InvalidValue: a number out of range, a string with NUL or a lone surrogate, more than ``limits.json_nodes`` values.

    >>> parse_json(b'{"userName": "ann", "active": true}')
    {'userName': 'ann', 'active': True}
    """
    try:
        value: object = (_CASE_EXACT if case_exact else _ANY_CASE).decode(body.decode())
    except UnicodeDecodeError as error:
        raise InvalidSyntax(f"The body is not UTF-8 (byte {error.start}).") from error
    except json.JSONDecodeError as error:
        raise InvalidSyntax(f"The body is not JSON: {error.msg} (character {error.pos}).") from error
    except RecursionError as error:
        raise InvalidSyntax(f"The body is nested deeper than {limits.json_depth} levels.") from error
    if _may_break_limits(body, limits):
        check_size(value, limits)
    return value


def check_size(root: object, limits: Limits = DEFAULT_LIMITS) -> None:
    """Walk all values of a document level by level.

    :raises InvalidSyntax: nested deeper than ``limits.json_depth``.
    :raises InvalidValue: more than ``limits.json_nodes`` values, or text that no database stores.
    """
    level, depth, nodes = [root], 1, 1
    while level:
        below: list[object] = []
        for value in level:
            if isinstance(value, str):
                _check_text(value)
            elif isinstance(value, dict | list):
                if depth > limits.json_depth:
                    raise InvalidSyntax(f"The body is nested deeper than {limits.json_depth} levels.")
                below.extend(_inside(value))
        depth += 1
        nodes += len(below)
        if nodes > limits.json_nodes:
            raise InvalidValue(f"The body has more than {limits.json_nodes:,} values.")
        level = below


def is_storable(text: str) -> bool:
    r"""Tell whether every database can hold the text: no NUL, no lone surrogate.

    >>> is_storable("Fay 東京"), is_storable("a\x00b"), is_storable("\ud800")
    (True, False, False)
    """
    if "\0" in text:
        return False
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _may_break_limits(body: bytes, limits: Limits) -> bool:
    r"""Estimate from above, so that an ordinary body is not walked: only ``\u`` can yield NUL or a surrogate."""
    opened = body.count(b"{") + body.count(b"[")
    return b"\\u" in body or opened > limits.json_depth or opened + body.count(b",") >= limits.json_nodes


def _inside(container: dict[str, object] | list[object]) -> Iterable[object]:
    if isinstance(container, list):
        return container
    for name in container:
        _check_text(name)
    return container.values()


def _check_text(text: str) -> None:
    if not is_storable(text):
        raise InvalidValue("A string holds a NUL character or half of a surrogate pair.")


def _object(pairs: _Pairs) -> dict[str, object]:
    """Build an object whose names differ without regard to case (RFC 7643 §2.1)."""
    if len({name.lower() for name, _ in pairs}) < len(pairs):
        raise _twice([name.lower() for name, _ in pairs], pairs)
    return dict(pairs)


def _case_exact_object(pairs: _Pairs) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _twice([name for name, _ in pairs], pairs)
    return made


def _twice(names: list[str], pairs: _Pairs) -> InvalidSyntax:
    """Tell of the first name that comes again; ``names`` are those of the pairs, as they are compared."""
    times = Counter(names)
    name = next(name for compared, (name, _) in zip(names, pairs, strict=True) if times[compared] > 1)
    return InvalidSyntax(f"The attribute {name!r} appears more than once in an object.", path=name)


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_INTEGER_DIGITS:
        raise InvalidValue(f"An integer has more than {MAX_INTEGER_DIGITS} digits.")
    return int(text)


def _float(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise InvalidValue("A number is too large.")
    return number


def _constant(text: str) -> NoReturn:
    raise InvalidSyntax(f"The body is not JSON: {text} is not a JSON value.")


def _decoder(make: Callable[[_Pairs], dict[str, object]]) -> json.JSONDecoder:
    return json.JSONDecoder(object_pairs_hook=make, parse_int=_integer, parse_float=_float, parse_constant=_constant)


_ANY_CASE: Final = _decoder(_object)
_CASE_EXACT: Final = _decoder(_case_exact_object)
