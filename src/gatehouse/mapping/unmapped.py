"""The values of a user that have no rule: what an account manager should look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gatehouse.mapping.resolve import Access
from gatehouse.mapping.rules import MappingKind


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
