"""What a SCIM client had set of a user at a moment, and since when: the state of now, with the history taken back.

Values are named as the history names them (:mod:`gatehouse.scim.changes`). Of several elements of one type each is a value of
its own under the same name; an element that is alone is told by its parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import orjson

from gatehouse.errors import InvalidValue
from gatehouse.records import Change
from gatehouse.scim.changes import changes
from gatehouse.services.directory import Compare, PageRequest
from gatehouse.store.timeline import NEWEST_FIRST, ListedEvent

MOST_EVENTS: Final = 1_000
CHANGES: Final = PageRequest(limit=MOST_EVENTS, sort=NEWEST_FIRST, condition=Compare("changed", "eq", True))
_DECIDED: Final = frozenset({"role", "employeeGroups", "override", "groups"})  # told by events, and set by no client
_TYPE: Final = re.compile(r"\[type eq (\".*\")\]$")


class AttributeSource(StrEnum):
    """Who decides a value."""

    IDP = "IDP"
    DERIVED = "DERIVED"
    OVERRIDE = "OVERRIDE"


_State = dict[str, list[Any]]


Told = tuple[ListedEvent, Sequence[Change]]


@dataclass(frozen=True, slots=True)
class Attribute:
    """A value that a SCIM client set.

    :param event: the one that set it; None when it is not kept any more.
    :param previous: what it took the place of; None if nothing, or not known.
    """

    name: str
    value: Any
    event: ListedEvent | None
    previous: Any


def attributes_at(
    resource: Mapping[str, Any], events: Sequence[ListedEvent], moment: datetime | None, *, complete: bool
) -> list[Attribute]:
    """Every value at a moment, by name.

    :param resource: of now; empty for a user who is deleted.
    :param events: those of the user that changed anything, newest first.
    :param moment: None: now.
    :param complete: whether there are no older events than these.
    :raises InvalidValue: the moment lies before all of them, and there are more.
    """
    later = [event for event in events if moment is not None and event.occurred_at > moment]
    if len(later) == len(events) and not complete:
        raise InvalidValue(f"`asOf` lies before the newest {MOST_EVENTS:,} changes of the user", path="asOf")
    state: _State = {}
    for change in changes(None, resource):
        state.setdefault(change.path, []).append(change.after)
    for event in later:
        for change in event.changes:
            _take_back(state, change)
    before = told(events[len(later) :])
    return [trace(name, value, before) for name in sorted(state) for value in state[name]]


def _take_back(state: _State, change: Change) -> None:
    if change.path in _DECIDED:
        return
    whole = isinstance(change.before, dict) or isinstance(change.after, dict)
    if whole:
        _join(state, change.path)
    values = [value for value in state.get(change.path, ()) if not _same(value, change.after)]
    if change.before is not None:
        values.append(change.before)
    state[change.path] = values
    if whole and len(values) == 1:
        _split(state, change.path)
    if not state[change.path]:
        del state[change.path]


def _join(state: _State, place: str) -> None:
    """An element that is told by its parts becomes a whole one, to which another can be added."""
    parts = [name for name in state if name.startswith(f"{place}.")]
    if parts:
        found = _TYPE.search(place)
        typed = {"type": orjson.loads(found[1])} if found else {}
        element = typed | {name.removeprefix(f"{place}."): state.pop(name)[0] for name in parts}
        state.setdefault(place, []).append(element)


def _split(state: _State, place: str) -> None:
    [element] = state[place]
    for change in changes(None, {"elements": [element]}):
        _, _, part = change.path.rpartition(".")
        state[f"{place}.{part}"] = [change.after]
    state[place] = []


def _same(one: Any, other: Any) -> bool:
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    """``primary`` is false where it is not said."""
    return {name: part for name, part in value.items() if part is not False} if isinstance(value, dict) else value


def told(events: Iterable[ListedEvent]) -> list[Told]:
    """Events with what they changed, read once for all values that are traced."""
    return [(event, event.changes) for event in events]


def trace(name: str, value: Any, events: Iterable[Told]) -> Attribute:
    """Find the event that set a value.

    :param events: up to the moment, newest first.
    """
    for event, changed in events:
        for change in changed:
            for previous in _before(change, name, value):
                return Attribute(name, value, event, previous)
    return Attribute(name, value, None, None)


def _before(change: Change, name: str, value: Any) -> Iterator[Any]:
    """What was there before a change to the value; nothing if the change set something else."""
    if change.path == name:
        if _same(change.after, value):
            yield change.before
    elif isinstance(change.after, dict) and name.startswith(f"{change.path}."):
        part = name.removeprefix(f"{change.path}.")
        if change.after.get(part) == value:
            yield change.before.get(part) if isinstance(change.before, dict) else None
    elif isinstance(value, dict) and change.path == f"{name}.value" and change.after == value.get("value"):
        yield change.before
