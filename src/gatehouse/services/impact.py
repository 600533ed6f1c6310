"""What a mapping change means in numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from gatehouse.services.reevaluate import Evaluation, Outlook


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


def impact_of(evaluation: Evaluation, privileged: frozenset[UUID]) -> Impact:
    """Count.

    :param privileged: the ids of the tenant's privileged roles.
    """
    total = Impact(users_evaluated=evaluation.users_evaluated)
    for outlook, users in _shared_outlooks(evaluation):
        total = _add(total, outlook, users, privileged)
    return total


def _shared_outlooks(evaluation: Evaluation) -> Iterator[tuple[Outlook, int]]:
    """Each outlook once, with the number of users who share it."""
    outlooks = {id(move.outlook): move.outlook for move in evaluation.moves}
    counts = Counter(id(move.outlook) for move in evaluation.moves)
    return ((outlooks[key], users) for key, users in counts.items())


def _add(total: Impact, outlook: Outlook, users: int, privileged: frozenset[UUID]) -> Impact:
    before, after = outlook.before, outlook.after
    groups_before, groups_after = set(before.group_ids), set(after.group_ids)
    was_privileged, is_privileged = before.role_id in privileged, after.role_id in privileged
    return Impact(
        users_evaluated=total.users_evaluated,
        users_changed=total.users_changed + users * bool(outlook.changes),
        role_changes=total.role_changes + users * (before.role_id != after.role_id),
        group_adds=total.group_adds + users * len(groups_after - groups_before),
        group_removes=total.group_removes + users * len(groups_before - groups_after),
        gain_privileged=total.gain_privileged + users * (is_privileged and not was_privileged),
        lose_privileged=total.lose_privileged + users * (was_privileged and not is_privileged),
        become_unmapped=total.become_unmapped + users * (bool(after.unmatched) and not before.unmatched),
        become_mapped=total.become_mapped + users * (bool(before.unmatched) and not after.unmatched),
    )
