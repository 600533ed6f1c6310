"""The language of the cases: pointers into JSON bodies, and what is expected there.

A pointer is ``/``-separated: attribute names, list indexes, ``[attr=value]`` for the list element with that value, ``*`` for
all elements; ``""`` is the root. An expectation is a plain value (equal) or an object of matchers (``$absent``, ``$has`` …).
URNs hold no ``/``, so they can be pointer steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

MISSING = object()

_SELECTOR = re.compile(r"\[([^=\]]+)=([^\]]*)\]")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "boolean": bool,
    "number": (int, float),
    "object": dict,
    "array": list,
}


def locate(document: Any, pointer: str) -> Any:
    """What is at the pointer, or :data:`MISSING`."""
    found = document
    for step in pointer.split("/")[1:]:
        found = _step(found, step)
        if found is MISSING:
            return MISSING
    return found


def mismatch(found: Any, expected: Any, *, headers: Mapping[str, str], saved: Mapping[str, Any]) -> str | None:
    """Why ``found`` is not as expected; None when it is."""
    if isinstance(expected, dict) and expected and all(name.startswith("$") for name in expected):
        for name, argument in expected.items():
            if not _MATCHERS[name](found, argument, headers, saved):
                return f"{name} {argument!r} does not hold for {_shown(found)}"
        return None
    return None if found == expected else f"expected {expected!r}, found {_shown(found)}"


def _step(found: Any, step: str) -> Any:
    selector = _SELECTOR.fullmatch(step)
    if selector:
        hits = [item for item in found if str(item.get(selector[1])) == selector[2]] if isinstance(found, list) else []
        return hits[0] if hits else MISSING
    if isinstance(found, list):
        if step == "*":
            return found
        if step.isdigit():
            return found[int(step)] if int(step) < len(found) else MISSING
        return [item.get(step, MISSING) for item in found]  # after "*"
    return found.get(step, MISSING) if isinstance(found, dict) else MISSING


def _shown(found: Any) -> str:
    return "nothing" if found is MISSING else repr(found)


def _contains(element: Any, wanted: Mapping[str, Any]) -> bool:
    return isinstance(element, dict) and all(element.get(name) == value for name, value in wanted.items())


def _no_nulls(found: Any) -> bool:
    if isinstance(found, dict):
        return all(_no_nulls(value) for value in found.values())
    if isinstance(found, list):
        return all(_no_nulls(value) for value in found)
    return found is not None


def _is_iso(found: Any) -> bool:
    return isinstance(found, str) and datetime.fromisoformat(found).tzinfo is not None


_Matcher = Callable[[Any, Any, Mapping[str, str], Mapping[str, Any]], bool]

_MATCHERS: dict[str, _Matcher] = {
    "$absent": lambda f, a, h, s: (f is MISSING) is a,
    "$nullish": lambda f, a, h, s: (f is MISSING or f in (None, [], {})) is a,
    "$in": lambda f, a, h, s: (f in a) if f is not MISSING else "$missing" in a,
    "$re": lambda f, a, h, s: isinstance(f, str) and re.search(a, f) is not None,
    "$len": lambda f, a, h, s: isinstance(f, list) and len(f) == a,
    "$type": lambda f, a, h, s: isinstance(f, _TYPES[a]) and (a == "boolean" or not isinstance(f, bool)),
    "$has": lambda f, a, h, s: isinstance(f, list) and a in f,
    "$hasObj": lambda f, a, h, s: isinstance(f, list) and any(_contains(item, a) for item in f),
    "$noObj": lambda f, a, h, s: f is MISSING or not any(_contains(item, a) for item in f),
    "$gte": lambda f, a, h, s: isinstance(f, int) and f >= a,
    "$between": lambda f, a, h, s: isinstance(f, int) and a[0] <= f <= a[1],
    "$ne": lambda f, a, h, s: f is not MISSING and f != a,
    "$not": lambda f, a, h, s: mismatch(f, a, headers=h, saved=s) is not None,
    "$iso": lambda f, a, h, s: _is_iso(f) is a,
    "$noNulls": lambda f, a, h, s: _no_nulls(f) is a,
    "$disjoint": lambda f, a, h, s: isinstance(f, list) and not set(f) & set(s[a]),
    "$sameAsHeader": lambda f, a, h, s: f == h.get(a),
}
