"""What differs between two states of a resource, attribute by attribute, for the provisioning history.

Paths never hold a value of the resource, only types: who may not see personal data may still see what kind of data
changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from gatehouse.records import Change
from gatehouse.scim.keys import key

_UNTOLD: Final = frozenset({"schemas", "id", "meta", "password"})

_Element = Mapping[str, Any]
_NOTHING: Final[_Element] = {}


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> tuple[Change, ...]:
    """The modified properties, in the order of the schema: ``title``, ``name.familyName``, ``emails[type eq "work"].value``.

    :param before: None for a resource that is created.
    :param after: None for one that is deleted.

    >>> changes({"title": "Agent"}, {"title": "Manager"})
    (Change(path='title', before='Agent', after='Manager'),)
    """
    return tuple(_inside(before or {}, after or {}, ""))


def _inside(old: Mapping[str, Any], new: Mapping[str, Any], prefix: str) -> Iterator[Change]:
    for name in [*new, *(name for name in old if name not in new)]:
        was, now = old.get(name), new.get(name)
        if was != now and name not in _UNTOLD:
            joint = ":" if name.startswith("urn:") else "."  # the block of an extension, or a complex attribute
            yield from _changed(was, now, f"{prefix}{name}", joint)


def _changed(was: Any, now: Any, path: str, joint: str) -> Iterator[Change]:
    if isinstance(was, list) or isinstance(now, list):
        yield from _elements(was or [], now or [], path)
    elif isinstance(was, dict) or isinstance(now, dict):
        yield from _inside(was or {}, now or {}, f"{path}{joint}")
    else:
        yield Change(path, was, now)


def _elements(was: Sequence[_Element], now: Sequence[_Element], path: str) -> Iterator[Change]:
    """Elements are told apart by their type; of several of one type, those that stay are found by their value."""
    for kind in dict.fromkeys(_kind(element) for element in (*now, *was)):
        old = [element for element in was if _kind(element) == kind]
        new = [element for element in now if _kind(element) == kind]
        shown = (new or old)[0].get("type")
        place = path if shown is None else f"{path}[type eq {_quoted(shown)}]"
        if len(old) <= 1 and len(new) <= 1:
            yield from _parts(old[0] if old else _NOTHING, new[0] if new else _NOTHING, place)
        else:
            yield from _whole_elements(old, new, place)


@lru_cache(maxsize=256)
def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _parts(old: _Element, new: _Element, place: str) -> Iterator[Change]:
    for name in dict.fromkeys((*new, *old)):
        was, now = old.get(name), new.get(name)
        implied = name == "type" and None in {was, now}  # an element came or went: the path says its type
        if was != now and not implied and not (name == "primary" and not was and not now):
            yield Change(f"{place}.{name}", was, now)


def _whole_elements(old: Sequence[_Element], new: Sequence[_Element], place: str) -> Iterator[Change]:
    """Elements of one type: which of them the client means by its changes, no path could say."""
    was, now = {_value(e): dict(e) for e in old}, {_value(e): dict(e) for e in new}
    for value in dict.fromkeys((*now, *was)):
        if was.get(value) != now.get(value):
            yield Change(place, was.get(value), now.get(value))


def _kind(element: _Element) -> str | None:
    kind = element.get("type")
    return key(kind) if isinstance(kind, str) else None


def _value(element: _Element) -> Any:
    """What tells elements of one type apart: the value, or everything where there is none, as in an address."""
    return element.get("value") or frozenset(element.items())
