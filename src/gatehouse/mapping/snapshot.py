"""A stored version of a mapping, brought back as it was: the canonical document, and the ids of its rules beside it."""

from __future__ import annotations

from collections.abc import Mapping as Lookup
from typing import Any
from uuid import UUID, uuid5

import orjson

from gatehouse.mapping.rules import GroupRule, Mapping, MappingSettings, Policy, RoleRule, normalise


def rule_ids(mapping: Mapping) -> str:
    """JSON text of what the canonical document leaves out: for each rule, by normalised value, its id and since when."""
    found = {
        "roleRules": {key: [str(rule.id), rule.since_version] for key, rule in mapping.role_rule_by_value.items()},
        "groupRules": {key: [str(rule.id), rule.since_version] for key, rule in mapping.group_rule_by_value.items()},
    }
    return orjson.dumps(found).decode()


def restore(
    document: str, ids: str, *, version: int, roles: Lookup[UUID, str], groups: Lookup[UUID, str], namespace: UUID
) -> Mapping:
    """Bring back the mapping that a document was written from.

    :param ids: what :func:`rule_ids` wrote; for a version that has none, ids are derived from the values.
    :param roles: the whole catalogue, archived entries included; keys never change and entries are never deleted.
    :param namespace: the tenant, for derived ids.
    """
    given: dict[str, Any] = orjson.loads(document)
    known: dict[str, dict[str, tuple[str, int]]] = orjson.loads(ids)
    role_ids = {key: role_id for role_id, key in roles.items()}
    group_ids = {key: group_id for group_id, key in groups.items()}

    def identity(section: str, value: str) -> tuple[UUID, int]:
        found = known.get(section, {}).get(normalise(value))
        return (UUID(found[0]), found[1]) if found else (uuid5(namespace, f"{section}:{normalise(value)}"), version)

    role_rules, group_rules = [], []
    for rule in given["roleRules"]:
        rule_id, since = identity("roleRules", rule["title"])
        role_rules.append(RoleRule(rule_id, rule["title"], role_ids[rule["role"]], rule.get("note"), since))
    for rule in given["groupRules"]:
        rule_id, since = identity("groupRules", rule["segment"])
        targets = tuple(group_ids[key] for key in rule["groups"])
        group_rules.append(GroupRule(rule_id, rule["segment"], targets, rule.get("note"), since))
    settings = _settings(given["settings"], role_ids, group_ids)
    return Mapping(version, settings, tuple(role_rules), tuple(group_rules), roles, groups)


def _settings(given: dict[str, Any], role_ids: Lookup[str, UUID], group_ids: Lookup[str, UUID]) -> MappingSettings:
    return MappingSettings(
        delimiter=given["delimiter"],
        role_attribute=given["roleAttribute"],
        group_attribute=given["groupAttribute"],
        empty_title=Policy(given["emptyTitle"]),
        unmapped_title=Policy(given["unmappedTitle"]),
        unmapped_group=Policy(given["unmappedGroup"]),
        default_role_id=role_ids[given["defaultRole"]] if given["defaultRole"] else None,
        default_group_ids=tuple(group_ids[key] for key in given["defaultGroups"]),
    )
