"""A mapping as text: canonical, so that equal mappings have equal documents and digests."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson

from gatehouse.mapping.rules import GroupRule, Mapping, RoleRule, normalise


def to_document(mapping: Mapping) -> str:
    """Write the whole mapping as JSON with keys in place of ids; rules in order of their normalised values.

    The version number is not part of it: going back to an earlier mapping gives the earlier document.
    """
    settings = mapping.settings
    document: dict[str, Any] = {
        "settings": {
            "delimiter": settings.delimiter,
            "roleAttribute": settings.role_attribute,
            "groupAttribute": settings.group_attribute,
            "emptyTitle": settings.empty_title,
            "unmappedTitle": settings.unmapped_title,
            "unmappedGroup": settings.unmapped_group,
            "defaultRole": mapping.roles[settings.default_role_id] if settings.default_role_id else None,
            "defaultGroups": [mapping.groups[group_id] for group_id in settings.default_group_ids],
        },
        "roleRules": [role_rule_to_json(rule, mapping) for rule in sorted(mapping.role_rules, key=_by_value)],
        "groupRules": [group_rule_to_json(rule, mapping) for rule in sorted(mapping.group_rules, key=_by_value)],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


def digest(document: str) -> str:
    """SHA-256 of a document in hex."""
    return sha256(document.encode()).hexdigest()


def role_rule_to_json(rule: RoleRule, mapping: Mapping) -> dict[str, Any]:
    """Write a role rule with its role's key."""
    return {"title": rule.value, "role": mapping.roles[rule.role_id], **_note(rule.note)}


def group_rule_to_json(rule: GroupRule, mapping: Mapping) -> dict[str, Any]:
    """Write a group rule with the keys of its employee groups."""
    return {"segment": rule.value, "groups": [mapping.groups[g] for g in rule.group_ids], **_note(rule.note)}


def _note(note: str | None) -> dict[str, str]:
    return {} if note is None else {"note": note}


def _by_value(rule: RoleRule | GroupRule) -> str:
    return normalise(rule.value)
