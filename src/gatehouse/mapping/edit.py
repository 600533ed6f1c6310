"""Changes to a mapping as values: each function gives the mapping of the next version, or the same one if nothing moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from uuid import UUID

from gatehouse.errors import InvalidValue, NotFound
from gatehouse.mapping.rules import (
    MAX_DELIMITER_CHARACTERS,
    GroupRule,
    Mapping,
    MappingSettings,
    Policy,
    RoleRule,
    normalise,
)

MAX_VALUE_CHARACTERS: Final = 1_024
NOT_STORABLE: Final = "the text holds a character that cannot be stored (NUL or a lone surrogate)"

_Rule = TypeVar("_Rule", RoleRule, GroupRule)


@dataclass(frozen=True, slots=True)
class Touched:
    """Whose access a change can touch: everybody, or those with one of these normalised values."""

    everybody: bool
    titles: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()  # a whole value or one of its segments


class Draft:
    """A mapping being changed: any number of edits make one next version.

    Each edit raises before it changes anything, so that the draft can be used further.
    """

    def __init__(self, base: Mapping) -> None:
        self.base = base
        self._role_rules = dict(base.role_rule_by_value)
        self._group_rules = dict(base.group_rule_by_value)
        self._settings = base.settings

    def set_role_rule(self, value: str, role_id: UUID, note: str | None, *, new_id: UUID) -> None:
        """Let a title give a role; replaces the rule of the same normalised value, which keeps its id.

        :raises InvalidValue: the value is blank, too long, or holds what no database can store.
        """
        check_value(value, path="titleValue")
        _check_note(note)
        present = self.base.role_rule_by_value.get(normalise(value))
        since = present.since_version if present and present.role_id == role_id else self.base.version + 1
        self._role_rules[normalise(value)] = RoleRule(present.id if present else new_id, value, role_id, note, since)

    def remove_role_rule(self, value: str) -> None:
        """Take away the rule of a title.

        :raises NotFound: no rule has this normalised value.
        """
        if self._role_rules.pop(normalise(value), None) is None:
            raise NotFound(f'no role rule for "{value}"', path="value")

    def set_group_rule(self, value: str, group_ids: tuple[UUID, ...], note: str | None, *, new_id: UUID) -> None:
        """Let a segment, or a whole value, give employee groups; replaces the rule of the same normalised value.

        :raises InvalidValue: as :meth:`set_role_rule`; also without any group.
        """
        check_value(value, path="segmentValue")
        _check_note(note)
        wanted = tuple(dict.fromkeys(group_ids))
        if not wanted:
            raise InvalidValue("a group rule needs at least one employee group", path="groupKeys")
        present = self.base.group_rule_by_value.get(normalise(value))
        since = present.since_version if present and present.group_ids == wanted else self.base.version + 1
        self._group_rules[normalise(value)] = GroupRule(present.id if present else new_id, value, wanted, note, since)

    def remove_group_rule(self, value: str) -> None:
        """Take away the rule of a segment.

        :raises NotFound: no rule has this normalised value.
        """
        if self._group_rules.pop(normalise(value), None) is None:
            raise NotFound(f'no group rule for "{value}"', path="value")

    def set_settings(self, settings: MappingSettings) -> None:
        """Replace the settings.

        :raises InvalidValue: a delimiter that is not 1-8 characters, or ``USE_DEFAULT`` without a default to give.
        """
        for fault in settings_faults(settings):
            raise fault
        self._settings = settings

    def result(self) -> Mapping:
        """The mapping of the next version, rules in order of their normalised values; the base itself if nothing moved."""
        base = self.base
        same_roles = self._role_rules == base.role_rule_by_value
        same_groups = self._group_rules == base.group_rule_by_value
        if same_roles and same_groups and self._settings == base.settings:
            return base
        return replace(
            base,
            version=base.version + 1,
            settings=self._settings,
            role_rules=base.role_rules if same_roles else _in_order(self._role_rules),
            group_rules=base.group_rules if same_groups else _in_order(self._group_rules),
        )


def set_role_rule(mapping: Mapping, *, value: str, role_id: UUID, note: str | None, new_id: UUID) -> Mapping:
    """As :meth:`Draft.set_role_rule`, alone."""
    draft = Draft(mapping)
    draft.set_role_rule(value, role_id, note, new_id=new_id)
    return draft.result()


def remove_role_rule(mapping: Mapping, value: str) -> Mapping:
    """As :meth:`Draft.remove_role_rule`, alone."""
    draft = Draft(mapping)
    draft.remove_role_rule(value)
    return draft.result()


def set_group_rule(
    mapping: Mapping, *, value: str, group_ids: tuple[UUID, ...], note: str | None, new_id: UUID
) -> Mapping:
    """As :meth:`Draft.set_group_rule`, alone."""
    draft = Draft(mapping)
    draft.set_group_rule(value, group_ids, note, new_id=new_id)
    return draft.result()


def remove_group_rule(mapping: Mapping, value: str) -> Mapping:
    """As :meth:`Draft.remove_group_rule`, alone."""
    draft = Draft(mapping)
    draft.remove_group_rule(value)
    return draft.result()


def set_settings(mapping: Mapping, settings: MappingSettings) -> Mapping:
    """As :meth:`Draft.set_settings`, alone."""
    draft = Draft(mapping)
    if settings != mapping.settings:
        draft.set_settings(settings)
    return draft.result()


def settings_faults(settings: MappingSettings) -> Iterator[InvalidValue]:
    """Everything that keeps settings from being used; ``path`` is the field of ``mappingSettingsUpdate``."""
    if not 1 <= len(settings.delimiter) <= MAX_DELIMITER_CHARACTERS:
        yield InvalidValue(f"the delimiter must have 1 to {MAX_DELIMITER_CHARACTERS} characters", path="delimiter")
    if not is_storable(settings.delimiter):
        yield InvalidValue(NOT_STORABLE, path="delimiter")
    if Policy.USE_DEFAULT in {settings.empty_title, settings.unmapped_title} and settings.default_role_id is None:
        yield InvalidValue("policy USE_DEFAULT for titles needs a default role", path="defaultRoleKey")
    if settings.unmapped_group is Policy.USE_DEFAULT and not settings.default_group_ids:
        yield InvalidValue("policy USE_DEFAULT for groups needs default groups", path="defaultGroupKeys")


def touched(before: Mapping, after: Mapping) -> Touched:
    """Say whose access may differ between two mappings; everybody else keeps the same reasons too."""
    return Touched(
        everybody=before.settings != after.settings,
        titles=frozenset(
            value
            for value in before.role_rule_by_value.keys() | after.role_rule_by_value.keys()
            if _role_effect(before, value) != _role_effect(after, value)
        ),
        segments=frozenset(
            value
            for value in before.group_rule_by_value.keys() | after.group_rule_by_value.keys()
            if _group_effect(before, value) != _group_effect(after, value)
        ),
    )


def check_value(value: str, *, path: str) -> None:
    """Hold a rule's value to what can match anything: not blank, at most 1,024 characters.

    :raises InvalidValue: otherwise.
    """
    if not normalise(value):
        raise InvalidValue("the value is blank; blank values are for the policies", path=path)
    if len(value) > MAX_VALUE_CHARACTERS:
        raise InvalidValue(
            f"the value has {len(value)} characters; at most {MAX_VALUE_CHARACTERS} are allowed", path=path
        )
    check_storable(value, path=path)


def _check_note(note: str | None) -> None:
    if note is not None and len(note) > MAX_VALUE_CHARACTERS:
        raise InvalidValue(
            f"the note has {len(note)} characters; at most {MAX_VALUE_CHARACTERS} are allowed", path="note"
        )
    check_storable(note or "", path="note")


def check_storable(text: str, *, path: str) -> None:
    """Refuse NUL and lone surrogates.

    :raises InvalidValue: the text holds one.
    """
    if not is_storable(text):
        raise InvalidValue(NOT_STORABLE, path=path)


def is_storable(text: str) -> bool:
    """Whether a text is without NUL and lone surrogates: PostgreSQL can store neither."""
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text)


def _in_order(rules: dict[str, _Rule]) -> tuple[_Rule, ...]:
    return tuple(rules[key] for key in sorted(rules))


def _role_effect(mapping: Mapping, value: str) -> tuple[UUID, UUID] | None:
    rule = mapping.role_rule_by_value.get(value)
    return None if rule is None else (rule.id, rule.role_id)


def _group_effect(mapping: Mapping, value: str) -> tuple[UUID, tuple[UUID, ...]] | None:
    rule = mapping.group_rule_by_value.get(value)
    return None if rule is None else (rule.id, rule.group_ids)
