"""Changing the rules and settings of a tenant's mapping. Each change reaches existing users at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, TypedDict, Unpack
from uuid import UUID

from gatehouse.mapping import edit as edits
from gatehouse.mapping.document import group_rule_to_json, role_rule_to_json
from gatehouse.mapping.rules import Mapping, MappingSettings, Policy, normalise
from gatehouse.records import Actor, Change, Origin
from gatehouse.services.catalogue import Catalogue
from gatehouse.services.mapping_change import Edit, MappingChange, Terms, carry_out
from gatehouse.services.vocabulary import string_attribute
from gatehouse.store.ids import uuid7

__all__ = [
    "MappingChange",
    "SettingsChanges",
    "change_settings",
    "remove_group_rule",
    "remove_role_rule",
    "set_group_rule",
    "set_role_rule",
]


class SettingsChanges(TypedDict, total=False):
    """The settings to change; the others stay. ``default_role_key=None`` takes the default role away."""

    delimiter: str
    role_attribute: str
    group_attribute: str
    empty_title: Policy
    unmapped_title: Policy
    unmapped_group: Policy
    default_role_key: str | None
    default_group_keys: Sequence[str]


async def set_role_rule(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    *,
    expected_version: int | None,
    title_value: str,
    role_key: str,
    note: str | None = None,
    dry_run: bool = False,
    max_users_changed: int | None = None,
) -> MappingChange:
    """Let a title give a role, in place of what its rule gave before.

    :raises InvalidValue: blank or overlong value or note, archived role.
    :raises NotFound: no such tenant or role.
    :raises StaleVersion: the mapping is not at ``expected_version``.
    :raises ImpactLimitExceeded: more than ``max_users_changed`` users would change.
    """

    def decide(mapping: Mapping, catalogue: Catalogue) -> Edit:
        role = catalogue.assignable_role(role_key, path="roleKey")
        after = edits.set_role_rule(mapping, value=title_value, role_id=role.id, note=note, new_id=uuid7())
        return _role_edit(
            mapping, after, "roleRuleSet", title_value, f"title “{title_value.strip()}” → role {role.key}"
        )

    return await carry_out(actor, origin, tenant_id, decide, Terms(expected_version, dry_run, max_users_changed))


async def remove_role_rule(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    *,
    expected_version: int | None,
    value: str,
    dry_run: bool = False,
    max_users_changed: int | None = None,
) -> MappingChange:
    """Take away the rule of a title; the policy for titles without a rule decides what its holders keep.

    :raises NotFound: no such tenant or rule. Others as :func:`set_role_rule`.
    """

    def decide(mapping: Mapping, _: Catalogue) -> Edit:
        after = edits.remove_role_rule(mapping, value)
        return _role_edit(mapping, after, "roleRuleRemove", value, f"no rule for title “{value.strip()}” any more")

    return await carry_out(actor, origin, tenant_id, decide, Terms(expected_version, dry_run, max_users_changed))


async def set_group_rule(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    *,
    expected_version: int | None,
    segment_value: str,
    group_keys: Sequence[str],
    note: str | None = None,
    dry_run: bool = False,
    max_users_changed: int | None = None,
) -> MappingChange:
    """Let a userType segment, or a whole userType, give employee groups in this order. Raises as :func:`set_role_rule`."""

    def decide(mapping: Mapping, catalogue: Catalogue) -> Edit:
        group_ids = catalogue.assignable_groups(group_keys, path="groupKeys")
        after = edits.set_group_rule(mapping, value=segment_value, group_ids=group_ids, note=note, new_id=uuid7())
        message = f"userType part “{segment_value.strip()}” → {', '.join(dict.fromkeys(group_keys))}"
        return _group_edit(mapping, after, "groupRuleSet", segment_value, message)

    return await carry_out(actor, origin, tenant_id, decide, Terms(expected_version, dry_run, max_users_changed))


async def remove_group_rule(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    *,
    expected_version: int | None,
    value: str,
    dry_run: bool = False,
    max_users_changed: int | None = None,
) -> MappingChange:
    """Take away the rule of a segment. Raises as :func:`remove_role_rule`."""

    def decide(mapping: Mapping, _: Catalogue) -> Edit:
        after = edits.remove_group_rule(mapping, value)
        return _group_edit(
            mapping, after, "groupRuleRemove", value, f"no rule for userType part “{value.strip()}” any more"
        )

    return await carry_out(actor, origin, tenant_id, decide, Terms(expected_version, dry_run, max_users_changed))


async def change_settings(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    *,
    expected_version: int | None,
    dry_run: bool = False,
    max_users_changed: int | None = None,
    **changes: Unpack[SettingsChanges],
) -> MappingChange:
    """Change how values are read and what happens without a rule.

    :raises InvalidValue: a delimiter that is not 1-8 characters, an attribute that is not a single-valued string,
        ``USE_DEFAULT`` without a default. Others as :func:`set_role_rule`.
    """

    def decide(mapping: Mapping, catalogue: Catalogue) -> Edit:
        after = edits.set_settings(mapping, _settings(mapping.settings, changes, catalogue))
        before_shown, after_shown = _shown_settings(mapping), _shown_settings(after)
        differences = tuple(
            Change(name, before_shown[name], value)
            for name, value in after_shown.items()
            if before_shown[name] != value
        )
        message = f"settings changed: {', '.join(change.path for change in differences)}"
        return Edit(after, "mappingSettingsUpdate", "Tenant", str(tenant_id), differences, message)

    return await carry_out(actor, origin, tenant_id, decide, Terms(expected_version, dry_run, max_users_changed))


def _role_edit(before: Mapping, after: Mapping, action: str, value: str, message: str) -> Edit:
    old, new = (mapping.role_rule_by_value.get(normalise(value)) for mapping in (before, after))
    rule = new or old
    shown = (role_rule_to_json(old, before) if old else None, role_rule_to_json(new, after) if new else None)
    return Edit(after, action, "RoleRule", str(rule.id if rule else ""), (Change("roleRule", *shown),), message)


def _group_edit(before: Mapping, after: Mapping, action: str, value: str, message: str) -> Edit:
    old, new = (mapping.group_rule_by_value.get(normalise(value)) for mapping in (before, after))
    rule = new or old
    shown = (group_rule_to_json(old, before) if old else None, group_rule_to_json(new, after) if new else None)
    return Edit(after, action, "GroupRule", str(rule.id if rule else ""), (Change("groupRule", *shown),), message)


def _settings(before: MappingSettings, changes: SettingsChanges, catalogue: Catalogue) -> MappingSettings:
    wanted: dict[str, Any] = dict(changes)
    for attribute in ("role_attribute", "group_attribute"):
        if attribute in wanted:
            wanted[attribute] = string_attribute(wanted[attribute], field=_camel_case(attribute))
    if "default_role_key" in wanted:
        key = wanted.pop("default_role_key")
        role = None if key is None else catalogue.assignable_role(key, path="defaultRoleKey")
        wanted["default_role_id"] = role.id if role else None
    if "default_group_keys" in wanted:
        group_ids = catalogue.assignable_groups(wanted.pop("default_group_keys"), path="defaultGroupKeys")
        wanted["default_group_ids"] = tuple(dict.fromkeys(group_ids))
    return replace(before, **wanted)


def _shown_settings(mapping: Mapping) -> dict[str, object]:
    settings = asdict(mapping.settings)
    default_role_id, default_group_ids = settings.pop("default_role_id"), settings.pop("default_group_ids")
    return {
        **{_camel_case(name): value for name, value in settings.items()},
        "defaultRole": mapping.roles[default_role_id] if default_role_id else None,
        "defaultGroups": [mapping.groups[group_id] for group_id in default_group_ids],
    }


def _camel_case(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
