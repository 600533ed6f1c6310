"""Changes to a mapping as values: each function gives the mapping of the next version, or the same one if nothing moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final
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


@dataclass(frozen=True, slots=True)
class Touched:
    """Whose access a change can touch: everybody, or those with one of these normalised values."""

    everybody: bool
    titles: frozenset[str] = frozenset()
    segments: frozenset[str] = frozenset()  # a whole value or one of its segments


def set_role_rule(mapping: Mapping, *, value: str, role_id: UUID, note: str | None, new_id: UUID) -> Mapping:
    """Let a title give a role; replaces the rule of the same normalised value, which keeps its id.

    :raises InvalidValue: the value is blank, too long, or holds what no database can store.
    """
    check_value(value, path="titleValue")
    _check_note(note)
    present = mapping.role_rule_by_value.get(normalise(value))
    since = present.since_version if present and present.role_id == role_id else mapping.version + 1
    rule = RoleRule(present.id if present else new_id, value, role_id, note, since)
    if rule == present:
        return mapping
    rules = {**mapping.role_rule_by_value, normalise(value): rule}
    return replace(mapping, version=mapping.version + 1, role_rules=tuple(rules[key] for key in sorted(rules)))


def remove_role_rule(mapping: Mapping, value: str) -> Mapping:
    """Take away the rule of a title.

    :raises NotFound: no rule has this normalised value.
    """
    rules = dict(mapping.role_rule_by_value)
    if rules.pop(normalise(value), None) is None:
        raise NotFound(f'no role rule for "{value}"', path="value")
    return replace(mapping, version=mapping.version + 1, role_rules=tuple(rules[key] for key in sorted(rules)))


def set_group_rule(
    mapping: Mapping, *, value: str, group_ids: tuple[UUID, ...], note: str | None, new_id: UUID
) -> Mapping:
    """Let a segment, or a whole value, give employee groups; replaces the rule of the same normalised value.

    :raises InvalidValue: as :func:`set_role_rule`; also without any group.
    """
    check_value(value, path="segmentValue")
    _check_note(note)
    wanted = tuple(dict.fromkeys(group_ids))
    if not wanted:
        raise InvalidValue("a group rule needs at least one employee group", path="groupKeys")
    present = mapping.group_rule_by_value.get(normalise(value))
    since = present.since_version if present and present.group_ids == wanted else mapping.version + 1
    rule = GroupRule(present.id if present else new_id, value, wanted, note, since)
    if rule == present:
        return mapping
    rules = {**mapping.group_rule_by_value, normalise(value): rule}
    return replace(mapping, version=mapping.version + 1, group_rules=tuple(rules[key] for key in sorted(rules)))


def remove_group_rule(mapping: Mapping, value: str) -> Mapping:
    """Take away the rule of a segment.

    :raises NotFound: no rule has this normalised value.
    """
    rules = dict(mapping.group_rule_by_value)
    if rules.pop(normalise(value), None) is None:
        raise NotFound(f'no group rule for "{value}"', path="value")
    return replace(mapping, version=mapping.version + 1, group_rules=tuple(rules[key] for key in sorted(rules)))


def set_settings(mapping: Mapping, settings: MappingSettings) -> Mapping:
    """Replace the settings.

    :raises InvalidValue: a delimiter that is not 1-8 characters, or ``USE_DEFAULT`` without a default to give.
    """
    if settings == mapping.settings:
        return mapping
    if not 1 <= len(settings.delimiter) <= MAX_DELIMITER_CHARACTERS:
        raise InvalidValue(f"the delimiter must have 1 to {MAX_DELIMITER_CHARACTERS} characters", path="delimiter")
    check_storable(settings.delimiter, path="delimiter")
    if Policy.USE_DEFAULT in {settings.empty_title, settings.unmapped_title} and settings.default_role_id is None:
        raise InvalidValue("policy USE_DEFAULT for titles needs a default role", path="defaultRoleKey")
    if settings.unmapped_group is Policy.USE_DEFAULT and not settings.default_group_ids:
        raise InvalidValue("policy USE_DEFAULT for groups needs default groups", path="defaultGroupKeys")
    return replace(mapping, version=mapping.version + 1, settings=settings)


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
    """Refuse NUL and lone surrogates: PostgreSQL can store neither.

    :raises InvalidValue: the text holds one.
    """
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
        raise InvalidValue("the text holds a character that cannot be stored (NUL or a lone surrogate)", path=path)


def _role_effect(mapping: Mapping, value: str) -> tuple[UUID, UUID] | None:
    rule = mapping.role_rule_by_value.get(value)
    return None if rule is None else (rule.id, rule.role_id)


def _group_effect(mapping: Mapping, value: str) -> tuple[UUID, tuple[UUID, ...]] | None:
    rule = mapping.group_rule_by_value.get(value)
    return None if rule is None else (rule.id, rule.group_ids)
