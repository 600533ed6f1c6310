"""The values of a user that have no rule: what an account manager should look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gatehouse.mapping.resolve import Access


class MappingKind(StrEnum):
    """Which half of the mapping is meant."""

    ROLE = "ROLE"  # title → role
    GROUP = "GROUP"  # userType segment → employee groups


@dataclass(frozen=True, slots=True)
class UnmappedValue:
    """A value without a rule as one user has it: normalised in ``key``, as sent in ``value``."""

    kind: MappingKind
    key: str
    value: str


def unmapped_values(access: Access) -> Iterator[UnmappedValue]:
    """Every value that the rules say nothing about, in the order of :attr:`Access.unmatched`; an empty one is no value."""
    role = access.role
    if role.rule_id is None and role.normalised:
        yield UnmappedValue(MappingKind.ROLE, role.normalised, role.value or "")
    for group in access.groups:
        if group.rule_id is None and group.normalised:
            yield UnmappedValue(MappingKind.GROUP, group.normalised, group.segment)
