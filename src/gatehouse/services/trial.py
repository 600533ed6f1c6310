"""Try before: what a mapping, proposed or earlier, would give to people who need not exist. Nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from gatehouse.errors import InvalidValue, TooMany
from gatehouse.mapping.explain import Explanation, Names, UserStatus, explain
from gatehouse.mapping.findings import Finding
from gatehouse.mapping.resolve import Access, resolve
from gatehouse.mapping.rules import Mapping
from gatehouse.services.catalogue import load_catalogue
from gatehouse.services.proposal import Proposal, RequestedChange, propose
from gatehouse.store import mapping as mappings

MAX_SAMPLES: Final = 100
MAX_VALUE_CHARACTERS: Final = 4_096


@dataclass(frozen=True, slots=True)
class Sample:
    """Values to try: of the attributes that feed roles and groups, whichever these are in the mapping tried."""

    title: str | None = None
    user_type: str | None = None
    ref: str | None = None  # comes back with the outcome


@dataclass(frozen=True, slots=True)
class Decided:
    """What one mapping gives to a new user with the values of a sample, and why."""

    access: Access
    explanation: Explanation


@dataclass(frozen=True, slots=True)
class Outcome:
    """A sample under the mapping tried, and under the one in force."""

    sample: Sample
    proposed: Decided
    today: Decided

    @property
    def differs(self) -> bool:
        """Whether the role, or the set of groups, is another one."""
        proposed, today = self.proposed.access, self.today.access
        return proposed.role_id != today.role_id or set(proposed.group_ids) != set(today.group_ids)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it; when a finding is an error ``proposed`` is the mapping in force."""

    today: Mapping
    proposed: Mapping
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]


async def evaluate(tenant_id: UUID, samples: Sequence[Sample], change: RequestedChange | None = None) -> Trial:
    """Decide for each sample as for a new user; a value that a request would be refused for gives nothing.

    :param change: to the mapping in force; None: none.
    :raises TooMany: more than 100 samples.
    :raises InvalidValue: a value is longer than any attribute; an edit that cannot be made.
    :raises NotFound: no such tenant or version; an edit of what is not there.
    """
    if len(samples) > MAX_SAMPLES:
        raise TooMany(f"`samples` may hold {MAX_SAMPLES}", path="samples")
    for number, sample in enumerate(samples):
        if max(len(sample.title or ""), len(sample.user_type or "")) > MAX_VALUE_CHARACTERS:
            path = f"samples.{number}"
            raise InvalidValue(f"a value may have {MAX_VALUE_CHARACTERS:,} characters", path=path)
    catalogue = await load_catalogue(tenant_id)
    today = await mappings.read(tenant_id)
    proposed = await propose(tenant_id, today, catalogue, change) if change else Proposal(today)
    names = Names(
        roles={role.id: role.name for role in catalogue.roles.values()},
        groups={group.id: group.name for group in catalogue.employee_groups.values()},
    )
    outcomes = tuple(
        Outcome(sample, _decided(sample, proposed.after, names), _decided(sample, today, names)) for sample in samples
    )
    return Trial(today, proposed.after, proposed.findings, outcomes)


def _decided(sample: Sample, mapping: Mapping, names: Names) -> Decided:
    access = resolve(sample.title, sample.user_type, mapping, previous=None, refuse=False)
    return Decided(access, explain(access, mapping, status=UserStatus.ACTIVE, names=names))
