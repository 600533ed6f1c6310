"""What a token of Entra ID grants: app roles or groups of the token → preset, and tenants.

As text, one rule after the other: ``VALUE=PRESET`` or ``VALUE=PRESET@SLUG,SLUG``, separated by ``;``. The value is that of an
app role, or the object id of a group; without slugs the preset holds in all tenants.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gatehouse.records import PRESETS, Permission

_RULE: Final = re.compile(r"([^=;@,\s]{1,200})=([a-z-]{1,40})(?:@([a-z0-9,-]+))?")


@dataclass(frozen=True, slots=True)
class GrantRule:
    """One rule.

    :ivar value: of an app role, or the object id of a group.
    :ivar slugs: the tenants; empty: all of them.
    """

    value: str
    permissions: frozenset[Permission]
    slugs: tuple[str, ...]


def parse_grants(text: str) -> tuple[GrantRule, ...]:
    """Read the rules.

    :raises ValueError: one that is none of them; one line.

    >>> [rule.slugs for rule in parse_grants("Gatehouse.Owner=owner; 0f6c=account-manager@acme,beta")]
    [(), ('acme', 'beta')]
    """
    return tuple(_rule(part.strip()) for part in text.split(";") if part.strip())


def granted(rules: Iterable[GrantRule], values: frozenset[str]) -> list[GrantRule]:
    """The rules that apply to a token with these roles and groups."""
    return [rule for rule in rules if rule.value in values]


def _rule(text: str) -> GrantRule:
    match = _RULE.fullmatch(text)
    if match is None or match[2] not in PRESETS:
        raise ValueError(f"not VALUE=PRESET or VALUE=PRESET@SLUG,SLUG with a preset of {', '.join(PRESETS)}")
    slugs = tuple(match[3].split(",")) if match[3] else ()
    if not all(slugs):
        raise ValueError("a tenant without a name")
    return GrantRule(match[1], PRESETS[match[2]], slugs)
