"""The mapping of a tenant: its rules and settings as values, and how an attribute value finds its rule."""

from __future__ import annotations

from collections.abc import Mapping as Lookup
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Final
from unicodedata import normalize
from uuid import UUID

MAX_DELIMITER_CHARACTERS: Final = 8


class MappingKind(StrEnum):
    """Which kind of rule."""

    ROLE = "ROLE"
    GROUP = "GROUP"


class Policy(StrEnum):
    """What an empty value, or one without a rule, leads to."""

    ASSIGN_NONE = "ASSIGN_NONE"  # nothing is assigned
    KEEP_PREVIOUS = "KEEP_PREVIOUS"  # what the user had stays
    USE_DEFAULT = "USE_DEFAULT"  # the tenant's default role or default groups
    REJECT_REQUEST = "REJECT_REQUEST"  # the request that asserts the value is refused


@dataclass(frozen=True, slots=True)
class MappingSettings:
    """Which attributes feed the mapping, how groups are split, and what happens without a rule.

    ``unmapped_group`` is the policy for an empty group attribute as well as for one without any rule.
    """

    delimiter: str = "-"  # literal, 1-8 characters, compared character by character
    role_attribute: str = "title"  # SCIM path of a single-valued string
    group_attribute: str = "userType"
    empty_title: Policy = Policy.ASSIGN_NONE
    unmapped_title: Policy = Policy.ASSIGN_NONE
    unmapped_group: Policy = Policy.ASSIGN_NONE
    default_role_id: UUID | None = None
    default_group_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class RoleRule:
    """``title`` value → role; ``since_version`` is the mapping version that gave the rule its role."""

    id: UUID
    value: str  # as the administrator typed it
    role_id: UUID
    note: str | None = None
    since_version: int = 1


@dataclass(frozen=True, slots=True)
class GroupRule:
    """``userType`` segment, or whole value → employee groups, in order."""

    id: UUID
    value: str  # as the administrator typed it
    group_ids: tuple[UUID, ...]
    note: str | None = None
    since_version: int = 1


@dataclass(frozen=True)
class Mapping:
    """All rules of a tenant and the settings, at one version. The look-ups by normalised value are built once."""

    version: int
    settings: MappingSettings
    role_rules: tuple[RoleRule, ...]
    group_rules: tuple[GroupRule, ...]
    roles: Lookup[UUID, str]  # id -> key, archived ones included
    groups: Lookup[UUID, str]

    @cached_property
    def role_rule_by_value(self) -> dict[str, RoleRule]:
        """Role rules by normalised value."""
        return {normalise(rule.value): rule for rule in self.role_rules}

    @cached_property
    def group_rule_by_value(self) -> dict[str, GroupRule]:
        """Group rules by normalised value."""
        return {normalise(rule.value): rule for rule in self.group_rules}


def normalise(value: str) -> str:
    """Bring a value into the form that is compared: NFC, lower case, trimmed, inner blanks collapsed to one space.

    >>> normalise("  Property   MANAGER ")
    'property manager'
    """
    text = value.lower() if value.isascii() else normalize("NFC", normalize("NFC", value).lower())
    return " ".join(text.split())


def segments(user_type: str, delimiter: str) -> tuple[str, ...]:
    """Split on the literal delimiter: trimmed, without empties and (normalised) repeats, in order, as typed.

    >>> segments("VIP - north--Vip", "-")
    ('VIP', 'north')
    """
    first_spelling: dict[str, str] = {}
    for piece in user_type.split(delimiter):
        if piece and (key := normalise(piece)):
            first_spelling.setdefault(key, piece.strip())
    return tuple(first_spelling.values())


def mapping_inputs(resource: Lookup[str, object], settings: MappingSettings) -> tuple[str | None, str | None]:
    """Read what the resource says for (role, groups) in the attributes that the settings name.

    Attribute names and extension URNs compare without case (RFC 7643 §2.1); anything but a string reads as None.

    >>> mapping_inputs({"title": "Agent", "userType": "north-vip"}, MappingSettings())
    ('Agent', 'north-vip')
    """
    return _string_at(resource, settings.role_attribute), _string_at(resource, settings.group_attribute)


def _string_at(resource: Lookup[str, object], path: str) -> str | None:
    value: object = resource
    for name in _names(path):
        if not isinstance(value, dict):
            return None
        value = value[name] if name in value else _without_case(value, name)
    return value if isinstance(value, str) else None


def _without_case(container: Lookup[str, object], name: str) -> object:
    wanted = name.lower()
    return next((value for key, value in container.items() if key.lower() == wanted), None)


@lru_cache(maxsize=256)
def _names(path: str) -> tuple[str, ...]:
    """``urn:…:enterprise:2.0:User:manager.displayName`` → (URN, ``manager``, ``displayName``).

    The URN of a core schema names the resource itself (RFC 7644 §3.10).
    """
    if not path.lower().startswith("urn:"):
        return tuple(path.split("."))
    urn, _, attribute = path.rpartition(":")
    names = tuple(attribute.split("."))
    return names if ":schemas:core:" in urn.lower() else (urn, *names)
