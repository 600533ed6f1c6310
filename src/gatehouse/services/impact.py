"""What a mapping change means in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from gatehouse.services.reevaluate import Evaluation, Outlook
from gatehouse.store import access
from gatehouse.store.access import Holders


@dataclass(frozen=True, slots=True)
class Delta:
    """How many users hold one role, or one employee group, before and after."""

    id: UUID
    before: int
    after: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Impact:
    """Counts of users, except ``group_adds`` and ``group_removes``, which count memberships."""

    users_evaluated: int = 0
    users_changed: int = 0  # another role or other groups
    role_changes: int = 0
    group_adds: int = 0
    group_removes: int = 0
    gain_privileged: int = 0  # a privileged role instead of none or an ordinary one
    lose_privileged: int = 0
    become_unmapped: int = 0  # a value without a rule, where all had one
    become_mapped: int = 0
    by_role: tuple[Delta, ...] = ()  # those that somebody gains or loses, most gained or lost first
    by_group: tuple[Delta, ...] = ()

    def to_text(self) -> str:
        """JSON; :meth:`from_text` reads it."""
        return orjson.dumps(asdict(self), default=str).decode()  # str: drivers have their own subclasses of UUID

    @classmethod
    def from_text(cls, text: str) -> Impact:
        """Read what :meth:`to_text` wrote; ``{}`` reads as no impact."""
        data: dict[str, Any] = orjson.loads(text)
        deltas = {name: tuple(_delta(item) for item in data.get(name, ())) for name in _DELTAS}
        return cls(**{**data, **deltas})


_DELTAS: Final = ("by_role", "by_group")


@dataclass(frozen=True, slots=True)
class Effect:
    """What an outlook does to each of its users."""

    groups_added: tuple[UUID, ...]
    groups_removed: tuple[UUID, ...]
    gains_privileged: bool
    loses_privileged: bool
    becomes_unmapped: bool
    becomes_mapped: bool


def effect_of(outlook: Outlook, privileged: frozenset[UUID]) -> Effect:
    """Compare before and after.

    :param privileged: the ids of the tenant's privileged roles.
    """
    before, after = outlook.before, outlook.after
    was_privileged, is_privileged = before.role_id in privileged, after.role_id in privileged
    return Effect(
        groups_added=tuple(g for g in after.group_ids if g not in before.group_ids),
        groups_removed=tuple(g for g in before.group_ids if g not in after.group_ids),
        gains_privileged=is_privileged and not was_privileged,
        loses_privileged=was_privileged and not is_privileged,
        becomes_unmapped=bool(after.unmatched) and not before.unmatched,
        becomes_mapped=bool(before.unmatched) and not after.unmatched,
    )


async def measure(tenant_id: UUID, evaluation: Evaluation, privileged: frozenset[UUID]) -> Impact:
    """Count, beside those who hold each role and group now."""
    holders = await access.holders(tenant_id) if any(move.outlook.changes for move in evaluation.moves) else Holders()
    return impact_of(evaluation, privileged, holders)


def impact_of(evaluation: Evaluation, privileged: frozenset[UUID], holders: Holders) -> Impact:
    """Count.

    :param holders: who holds what before the change.
    """
    tally = _Tally()
    for outlook, users in shared_outlooks(evaluation):
        tally.add(outlook, effect_of(outlook, privileged), users)
    return Impact(
        users_evaluated=evaluation.users_evaluated,
        **tally.counts,
        by_role=_deltas(tally.roles_gained, tally.roles_lost, holders.roles),
        by_group=_deltas(tally.groups_gained, tally.groups_lost, holders.groups),
    )


def shared_outlooks(evaluation: Evaluation) -> Iterator[tuple[Outlook, int]]:
    """Each outlook once, with the number of users who share it."""
    outlooks = {id(move.outlook): move.outlook for move in evaluation.moves}
    counts = Counter(id(move.outlook) for move in evaluation.moves)
    return ((outlooks[key], users) for key, users in counts.items())


class _Tally:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.roles_gained: Counter[UUID] = Counter()
        self.roles_lost: Counter[UUID] = Counter()
        self.groups_gained: Counter[UUID] = Counter()
        self.groups_lost: Counter[UUID] = Counter()

    def add(self, outlook: Outlook, effect: Effect, users: int) -> None:
        before, after = outlook.before.role_id, outlook.after.role_id
        self.counts.update(
            users_changed=users * bool(outlook.changes),
            role_changes=users * (before != after),
            group_adds=users * len(effect.groups_added),
            group_removes=users * len(effect.groups_removed),
            gain_privileged=users * effect.gains_privileged,
            lose_privileged=users * effect.loses_privileged,
            become_unmapped=users * effect.becomes_unmapped,
            become_mapped=users * effect.becomes_mapped,
        )
        if before != after:
            self.roles_gained.update({after: users} if after else {})
            self.roles_lost.update({before: users} if before else {})
        self.groups_gained.update(dict.fromkeys(effect.groups_added, users))
        self.groups_lost.update(dict.fromkeys(effect.groups_removed, users))


def _deltas(gained: Counter[UUID], lost: Counter[UUID], holders: dict[UUID, int]) -> tuple[Delta, ...]:
    found = [
        Delta(item, holders.get(item, 0), holders.get(item, 0) + gained[item] - lost[item], gained[item], lost[item])
        for item in gained.keys() | lost.keys()
    ]
    return tuple(sorted(found, key=lambda delta: (-delta.gained - delta.lost, delta.id.int)))


def _delta(data: dict[str, Any]) -> Delta:
    return Delta(UUID(data["id"]), data["before"], data["after"], data["gained"], data["lost"])
