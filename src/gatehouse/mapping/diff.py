"""What differs between two mappings, rule by rule, from their canonical documents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from gatehouse.mapping.rules import MappingKind, normalise
from gatehouse.records import Change

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule before and after, as in the document; ``key`` is its normalised value. None: there is no such rule."""

    kind: MappingKind
    key: str
    before: Json | None
    after: Json | None


@dataclass(frozen=True, slots=True)
class MappingDiff:
    """All differences, rules in order of their normalised values, role rules first."""

    added: tuple[RuleChange, ...] = ()
    removed: tuple[RuleChange, ...] = ()
    changed: tuple[RuleChange, ...] = ()
    settings: tuple[Change, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the two are the same."""
        return not (self.added or self.removed or self.changed or self.settings)

    @property
    def rule_changes(self) -> tuple[RuleChange, ...]:
        """The changes of rules in one list, by kind and value."""
        return tuple(sorted((*self.added, *self.removed, *self.changed), key=_order))

    @property
    def text(self) -> str:
        """The differences for people to read: ``+`` added, ``-`` removed, ``~`` changed; empty when there are none.

        >>> before = '{"settings": {}, "roleRules": [{"title": "Agent", "role": "agent"}], "groupRules": []}'
        >>> after = '{"settings": {}, "roleRules": [{"title": "Agent", "role": "lead"}], "groupRules": []}'
        >>> print(diff(before, after).text)
        role rules
        ~ "Agent": agent → lead
        """
        return "\n".join(_lines(self))


_SECTION: Final = {
    MappingKind.ROLE: ("roleRules", "title", "role"),
    MappingKind.GROUP: ("groupRules", "segment", "groups"),
}
_TITLE: Final = {MappingKind.ROLE: "role rules", MappingKind.GROUP: "group rules"}


def diff(before: str, after: str) -> MappingDiff:
    """Compare two canonical documents (:func:`gatehouse.mapping.document.to_document`)."""
    old, new = orjson.loads(before), orjson.loads(after)
    changes = [change for kind in MappingKind for change in _rules(kind, old, new)]
    return MappingDiff(
        added=tuple(change for change in changes if change.before is None),
        removed=tuple(change for change in changes if change.after is None),
        changed=tuple(change for change in changes if change.before is not None and change.after is not None),
        settings=tuple(
            Change(f"settings.{name}", old["settings"].get(name), value)
            for name, value in new["settings"].items()
            if old["settings"].get(name) != value
        ),
    )


def _rules(kind: MappingKind, old: Json, new: Json) -> Iterator[RuleChange]:
    section, name, _ = _SECTION[kind]
    before, after = ({normalise(rule[name]): rule for rule in document[section]} for document in (old, new))
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            yield RuleChange(kind, key, before.get(key), after.get(key))


def _order(change: RuleChange) -> tuple[int, str]:
    return list(MappingKind).index(change.kind), change.key


def _lines(found: MappingDiff) -> Iterator[str]:
    if found.settings:
        yield "settings"
        for change in found.settings:
            name = change.path.removeprefix("settings.")
            yield f"~ {name}: {_shown(change.before)} → {_shown(change.after)}"
    for kind in MappingKind:
        changes = [change for change in found.rule_changes if change.kind is kind]
        if changes:
            yield _TITLE[kind]
            yield from map(_line, changes)


def _line(change: RuleChange) -> str:
    _, name, target = _SECTION[change.kind]
    before, after = change.before, change.after
    if before is None or after is None:
        rule = after or before or {}
        sign = "+" if before is None else "-"
        return f"{sign} {_shown(rule[name])} → {_target(rule[target])}{_note(rule)}"
    spelling = f" (spelt {_shown(before[name])} before)" if before[name] != after[name] else ""
    given = _target(after[target])
    if before[target] != after[target]:
        given = f"{_target(before[target])} → {given}"
    noted = f"; note {_shown(before.get('note'))} → {_shown(after.get('note'))}"
    return f"~ {_shown(after[name])}: {given}{spelling}{noted if before.get('note') != after.get('note') else ''}"


def _target(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _note(rule: Json) -> str:
    return f"  # {_shown(rule['note'])}" if "note" in rule else ""


def _shown(value: object) -> str:
    """Text in quotes, with what does not show escaped: a value cannot forge a line of its own."""
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(value) or "none"
    return orjson.dumps(value).decode()
