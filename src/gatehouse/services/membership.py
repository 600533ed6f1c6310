"""What a group write does to the members, found out without loading the member list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from gatehouse.errors import InvalidValue, NoTarget
from gatehouse.records import Change
from gatehouse.scim.members import MemberOperation
from gatehouse.services.masking import quoted
from gatehouse.store import groups
from gatehouse.store.database import Statement

_NAMED_IN_HISTORY: Final = 1_000  # members whose ids one event lists


@dataclass(frozen=True, slots=True)
class Membership:
    """Whom a write adds and removes: those to add, those to remove, and whether everybody else goes too."""

    added: tuple[UUID, ...] = ()
    removed: tuple[UUID, ...] = ()
    kept: tuple[UUID, ...] | None = None  # set when all others go
    others: tuple[UUID, ...] = ()  # who goes with them, as far as the history names them
    total: int = 0  # members before, when all others go

    @property
    def changes_nothing(self) -> bool:
        """Whether the members stay as they are."""
        return not self.added and not self.removed and not self.others

    def statements(self, tenant_id: UUID, group_id: UUID) -> list[Statement]:
        """The statements for the batch of the write."""
        found = groups.remove_members(tenant_id, group_id, self.removed) if self.kept is None else []
        if self.kept is not None:
            found = groups.keep_members(tenant_id, group_id, self.kept)
        return [*found, *groups.add_members(tenant_id, group_id, self.added)]

    def changes(self) -> list[Change]:
        """The history's view: who went (before) and who came (after)."""
        if self.changes_nothing:
            return []
        gone = [*self.removed, *self.others]
        found = [Change("members", _named(gone), _named(self.added))]
        if self.kept is not None and self.total - len(self.kept) > len(gone):
            found.append(Change("members.count", self.total, len(self.kept) + len(self.added)))
        return found


async def membership_after(tenant_id: UUID, group_id: UUID | None, operations: Sequence[MemberOperation]) -> Membership:
    """Play the operations in order over the members they name, starting from who is a member now.

    :param group_id: None for a group that is about to be created.
    :raises InvalidValue: somebody to be added is no user of the tenant.
    :raises NoTarget: nobody of those expected is a member at that time (RFC 7644 §3.5.2.3).
    """
    steps = [(operation.kind, _user_ids(operation)) for operation in operations]
    named = list(dict.fromkeys(user_id for _, ids in steps for user_id in ids))
    start = await groups.present(tenant_id, group_id, named) if group_id and named else set()
    present, wiped = set(start), False
    for kind, ids in steps:
        if kind in {"replace", "remove_all"}:
            present, wiped = set(), True
        if kind in {"add", "replace"}:
            present.update(ids)
        if kind == "remove":
            present.difference_update(ids)
        if kind == "expect" and present.isdisjoint(ids):
            raise NoTarget("No member matches the filter in the path", path="members")
    added = tuple(user_id for user_id in named if user_id in present - start)
    await _require_users(tenant_id, added)
    removed = tuple(user_id for user_id in named if user_id in start - present)
    if not wiped:
        return Membership(added, removed)
    if group_id is None:
        return Membership(added)
    others = await groups.others(tenant_id, group_id, named, limit=_NAMED_IN_HISTORY)
    total = await groups.member_count(tenant_id, group_id)
    return Membership(added, removed, tuple(start & present), tuple(others), total)


async def _require_users(tenant_id: UUID, user_ids: Sequence[UUID]) -> None:
    unknown = set(user_ids) - await groups.known_users(tenant_id, user_ids) if user_ids else set()
    if unknown:
        raise _unknown(str(min(unknown)))


def _user_ids(operation: MemberOperation) -> list[UUID]:
    """The ids as UUIDs; a text that is none names nobody: an error for a new member, nothing for one who is there or not."""
    found = []
    for text in operation.ids:
        try:
            found.append(UUID(text))
        except ValueError:
            if operation.kind in {"add", "replace"}:
                raise _unknown(text) from None
    return found


def _unknown(member: str) -> InvalidValue:
    return InvalidValue(
        f"members: {quoted(member)} is not a user of this tenant",
        path="members",
        hint="provision the user first; one that was deleted here is matched again after a restart of provisioning",
    )


def _named(ids: Iterable[UUID]) -> list[str]:
    return [str(user_id) for user_id in ids]
