"""A mapping as it was at one version, from what is stored of it: exact to the id of each rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping as Lookup, Sequence
from typing import Any, Final
from uuid import UUID

import orjson

from gatehouse.mapping.rules import GroupRule, Mapping, MappingSettings, Policy, RoleRule, normalise

_NO_ID: Final = UUID(int=0)


def rules_text(mapping: Mapping) -> str:
    """Id and ``since_version`` of each rule as JSON, in the order of the document, which leaves them out."""
    return orjson.dumps(
        {
            "roleRules": [(rule.id, rule.since_version) for rule in _ordered(mapping.role_rules)],
            "groupRules": [(rule.id, rule.since_version) for rule in _ordered(mapping.group_rules)],
        },
        default=str,  # drivers have their own subclasses of UUID
    ).decode()


def from_recorded(
    document: str, rules: str | None, *, number: int, roles: Lookup[UUID, str], groups: Lookup[UUID, str]
) -> Mapping:
    """Read what :func:`gatehouse.mapping.document.to_document` and :func:`rules_text` wrote.

    :param rules: None for a version recorded without: its rules have no id, and count as new in it.
    :param roles: id → key of the tenant's catalogue; keys never change, and entries never go.
    """
    data, known = orjson.loads(document), orjson.loads(rules) if rules else {}
    role_ids, group_ids = ({key: item for item, key in keys.items()} for keys in (roles, groups))
    return Mapping(
        version=number,
        settings=_settings(data["settings"], role_ids, group_ids),
        role_rules=tuple(
            RoleRule(rule_id, rule["title"], role_ids[rule["role"]], rule.get("note"), since)
            for rule, rule_id, since in _identified(data["roleRules"], known.get("roleRules"), number)
        ),
        group_rules=tuple(
            GroupRule(
                rule_id, rule["segment"], tuple(group_ids[key] for key in rule["groups"]), rule.get("note"), since
            )
            for rule, rule_id, since in _identified(data["groupRules"], known.get("groupRules"), number)
        ),
        roles=roles,
        groups=groups,
    )


def _settings(data: dict[str, Any], role_ids: Lookup[str, UUID], group_ids: Lookup[str, UUID]) -> MappingSettings:
    default_role = data["defaultRole"]
    return MappingSettings(
        delimiter=data["delimiter"],
        role_attribute=data["roleAttribute"],
        group_attribute=data["groupAttribute"],
        empty_title=Policy(data["emptyTitle"]),
        unmapped_title=Policy(data["unmappedTitle"]),
        unmapped_group=Policy(data["unmappedGroup"]),
        default_role_id=role_ids[default_role] if default_role else None,
        default_group_ids=tuple(group_ids[key] for key in data["defaultGroups"]),
    )


def _identified(
    rules: Sequence[dict[str, Any]], known: Sequence[tuple[str, int]] | None, number: int
) -> Iterator[tuple[dict[str, Any], UUID, int]]:
    if known is None:
        yield from ((rule, _NO_ID, number) for rule in rules)
        return
    for rule, (rule_id, since) in zip(rules, known, strict=True):
        yield rule, UUID(rule_id), since


def _ordered(rules: Sequence[RoleRule] | Sequence[GroupRule]) -> list[RoleRule | GroupRule]:
    return sorted(rules, key=lambda rule: normalise(rule.value))
