"""What a mapping document makes of the mapping in force.

- A rule of the document replaces the rule of the same normalised value whole: without ``note`` it has none any more.
- A rule that the document does not have stays, unless the document prunes: then it goes, even when its whole section is
  missing, of which a warning tells.
- A setting that the document does not have always stays.

The canonical document of a mapping, merged into that mapping, changes nothing, pruning or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, TypeVar
from uuid import UUID

from gatehouse.errors import InvalidValue, NotFound
from gatehouse.mapping.edit import Draft, settings_faults
from gatehouse.mapping.findings import Finding, FindingCode, Severity, has_errors
from gatehouse.mapping.reading import (
    POLICY_SETTINGS,
    GroupEntry,
    MappingDocument,
    RoleEntry,
    SettingsEntry,
    Word,
    in_order,
)
from gatehouse.mapping.rules import Mapping, Policy, normalise

_FIELD: Final = {
    "delimiter": "delimiter",
    "roleAttribute": "role_attribute",
    "groupAttribute": "group_attribute",
    "emptyTitle": "empty_title",
    "unmappedTitle": "unmapped_title",
    "unmappedGroup": "unmapped_group",
}
# Where to point when settings do not go together; by the path of the fault
_CULPRITS: Final = {
    "delimiter": ("delimiter",),
    "defaultRoleKey": ("defaultRole", "unmappedTitle", "emptyTitle"),
    "defaultGroupKeys": ("defaultGroups", "unmappedGroup"),
}
_UNKNOWN: Final = UUID(int=0)  # in place of what is not known, of which an error tells: it never comes out

_T = TypeVar("_T")


class Vocabulary(Protocol):
    """What the keys and attributes of a document stand for; each raises NotFound or InvalidValue, with advice."""

    def role(self, key: str) -> UUID:
        """The role with this key, if rules may give it."""

    def group(self, key: str) -> UUID:
        """The employee group with this key, if rules may give it."""

    def attribute(self, path: str) -> str:
        """The canonical path of a User attribute that may feed the mapping."""


@dataclass(frozen=True, slots=True)
class RuleLines:
    """Where the document speaks of rules, by normalised value, for findings about what they do."""

    role_rules: dict[str, Word] = field(default_factory=dict)
    group_rules: dict[str, Word] = field(default_factory=dict)
    settings: dict[str, Word] = field(default_factory=dict)  # by the names in reading.SETTINGS


@dataclass(frozen=True, slots=True)
class Merged:
    """The outcome; ``after`` is the base itself when nothing changes, and when a finding is an error."""

    after: Mapping
    findings: tuple[Finding, ...]
    lines: RuleLines


def merge(
    base: Mapping,
    document: MappingDocument,
    *,
    prune: bool,
    vocabulary: Vocabulary,
    new_id: Callable[[], UUID],
    faults: Sequence[Finding] = (),
) -> Merged:
    """Apply a document to a mapping; never raises for what the document says.

    :param prune: whether rules that are absent go.
    :param new_id: makes the id of a rule that is new.
    :param faults: what was found when the document was read; listed with the findings made here.
    """
    lines = RuleLines(settings=document.settings.places)
    merger = _Merger(Draft(base), vocabulary, new_id, lines, [*faults])
    merger.merge_settings(document.settings)
    merger.merge_role_rules(document.role_rules, prune=prune)
    merger.merge_group_rules(document.group_rules, prune=prune)
    findings = in_order(merger.findings)
    return Merged(base if has_errors(findings) else merger.draft.result(), findings, merger.lines)


@dataclass(slots=True)
class _Merger:
    draft: Draft
    vocabulary: Vocabulary
    new_id: Callable[[], UUID]
    lines: RuleLines
    findings: list[Finding]

    def merge_settings(self, entry: SettingsEntry) -> None:
        before = self.draft.base.settings
        changes: dict[str, Any] = {_FIELD[name]: self._setting(name, word) for name, word in entry.texts.items()}
        if entry.default_role is not None:
            changes["default_role_id"] = self._role(entry.default_role) if entry.default_role.text else None
        if entry.default_groups is not None:
            changes["default_group_ids"] = tuple(dict.fromkeys(self._groups(entry.default_groups)))
        after = replace(before, **changes)
        if after == before:
            return
        faults = list(settings_faults(after))
        for fault in faults:
            word = next(entry.places[name] for name in _CULPRITS[fault.path or ""] if name in entry.places)
            self.findings.append(word.finding(FindingCode.INVALID_VALUE, fault.message))
        if not faults:
            self.draft.set_settings(after)

    def _setting(self, name: str, word: Word) -> object:
        if name in {"roleAttribute", "groupAttribute"}:
            return self._known(self.vocabulary.attribute, word, FindingCode.INVALID_VALUE, word.text)
        return Policy(word.text) if name in POLICY_SETTINGS else word.text

    def merge_role_rules(self, entries: tuple[RoleEntry, ...] | None, *, prune: bool) -> None:
        seen = self.lines.role_rules
        for entry in entries or ():
            role_id = self._role(entry.role)
            if self._is_first(entry.title, seen):
                with self._pointing_at(entry.title, entry.note):
                    self.draft.set_role_rule(entry.title.text, role_id, _text(entry.note), new_id=self.new_id())
        if prune:
            gone = [rule.value for key, rule in self.draft.base.role_rule_by_value.items() if key not in seen]
            for value in gone:
                self.draft.remove_role_rule(value)
            self._warn_of_missing("roleRules", missing=entries is None, rules_gone=len(gone))

    def merge_group_rules(self, entries: tuple[GroupEntry, ...] | None, *, prune: bool) -> None:
        seen = self.lines.group_rules
        for entry in entries or ():
            group_ids = self._groups(entry.groups)
            if self._is_first(entry.segment, seen):
                with self._pointing_at(entry.segment, entry.note, groups=entry.at):
                    self.draft.set_group_rule(entry.segment.text, group_ids, _text(entry.note), new_id=self.new_id())
        if prune:
            gone = [rule.value for key, rule in self.draft.base.group_rule_by_value.items() if key not in seen]
            for value in gone:
                self.draft.remove_group_rule(value)
            self._warn_of_missing("groupRules", missing=entries is None, rules_gone=len(gone))

    def _is_first(self, value: Word, seen: dict[str, Word]) -> bool:
        """Whether no rule above has the same normalised value."""
        key = normalise(value.text)
        first = seen.setdefault(key, value)
        if first is not value:
            message = f"line {first.place.line} has a rule for this value already: “{first.text.strip()}”"
            self.findings.append(value.finding(FindingCode.DUPLICATE_RULE, message))
        return first is value

    @contextmanager
    def _pointing_at(self, value: Word, note: Word | None, groups: Word | None = None) -> Iterator[None]:
        """Turn a refused edit into a finding at the word that caused it."""
        try:
            yield
        except InvalidValue as fault:
            word = {"note": note, "groupKeys": groups}.get(fault.path or "") or value
            self.findings.append(word.finding(FindingCode.INVALID_VALUE, fault.message))

    def _warn_of_missing(self, section: str, *, missing: bool, rules_gone: int) -> None:
        if missing and rules_gone:
            message = f"the document has no {section}, and pruning removes all {rules_gone} rules of it"
            self.findings.append(Finding(Severity.WARNING, FindingCode.SECTION_MISSING, message, section))

    def _role(self, word: Word) -> UUID:
        return self._known(self.vocabulary.role, word, FindingCode.UNKNOWN_ROLE, _UNKNOWN)

    def _groups(self, words: tuple[Word, ...]) -> tuple[UUID, ...]:
        return tuple(self._known(self.vocabulary.group, word, FindingCode.UNKNOWN_GROUP, _UNKNOWN) for word in words)

    def _known(self, look_up: Callable[[str], _T], word: Word, code: FindingCode, otherwise: _T) -> _T:
        try:
            return look_up(word.text)
        except (NotFound, InvalidValue) as fault:
            self.findings.append(word.finding(code, fault.advice))
            return otherwise


def _text(word: Word | None) -> str | None:
    return None if word is None else word.text
