"""What changed between two accesses of a user, as the history records it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping as Lookup
from uuid import UUID

from gatehouse.mapping.resolve import Access
from gatehouse.mapping.rules import Mapping
from gatehouse.records import Change


def access_changes(before: Access | None, after: Access | None, mapping: Mapping) -> tuple[Change, ...]:
    """List what differs: ``role`` (a key or None), ``employeeGroups`` (a list of keys, in order).

    Empty when both give the same role and the same set of groups, however these came about.

    :param before: None for a user who did not exist.
    :param after: None for a user who is gone.
    :param mapping: names the keys; an id that it does not know shows as the id.
    """
    changes = []
    role_before, role_after = (access.role_id if access else None for access in (before, after))
    if role_before != role_after:
        changes.append(Change("role", _key(role_before, mapping.roles), _key(role_after, mapping.roles)))
    groups_before, groups_after = (access.group_ids if access else () for access in (before, after))
    if set(groups_before) != set(groups_after):
        changes.append(
            Change("employeeGroups", _keys(groups_before, mapping.groups), _keys(groups_after, mapping.groups))
        )
    return tuple(changes)


def _key(item: UUID | None, keys: Lookup[UUID, str]) -> str | None:
    return None if item is None else keys.get(item, str(item))


def _keys(items: Iterable[UUID], keys: Lookup[UUID, str]) -> list[str]:
    return [keys.get(item, str(item)) for item in items]
