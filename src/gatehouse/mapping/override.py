"""An administrator's exception for one user: another role, groups added or taken away, until a given moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gatehouse.mapping.rules import Mapping
from gatehouse.records import Actor, ActorKind, from_microseconds, iso_milliseconds, to_microseconds


@dataclass(frozen=True, slots=True)
class Override:
    """What stands above the rules for one user from ``set_at`` until just before ``expires_at``."""

    id: UUID
    set_at: datetime
    set_by: Actor
    expires_at: datetime
    reason: str
    role_id: UUID | None = None  # None: the rules decide
    added: tuple[UUID, ...] = ()  # employee groups given beside those of the rules
    removed: tuple[UUID, ...] = ()  # employee groups withheld, whatever the rules give

    def to_json(self) -> dict[str, Any]:
        """As stored within the access."""
        data: dict[str, Any] = {
            "id": self.id,
            "setAt": to_microseconds(self.set_at),
            "setBy": {"kind": self.set_by.kind, "id": self.set_by.id, "display": self.set_by.display},
            "expiresAt": to_microseconds(self.expires_at),
            "reason": self.reason,
            "roleId": self.role_id,
            "added": self.added,
            "removed": self.removed,
        }
        return {name: value for name, value in data.items() if value is not None and value != ()}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Override:
        """Read what :meth:`to_json` wrote."""
        actor, role_id = data["setBy"], data.get("roleId")
        return cls(
            id=UUID(data["id"]),
            set_at=from_microseconds(data["setAt"]),
            set_by=Actor(ActorKind(actor["kind"]), UUID(actor["id"]) if actor["id"] else None, actor["display"]),
            expires_at=from_microseconds(data["expiresAt"]),
            reason=data["reason"],
            role_id=UUID(role_id) if role_id else None,
            added=tuple(UUID(group_id) for group_id in data.get("added", ())),
            removed=tuple(UUID(group_id) for group_id in data.get("removed", ())),
        )

    def shown(self, mapping: Mapping) -> dict[str, object]:
        """As the history shows it: keys in place of ids, without the reason, which may speak of people."""
        return {
            "role": self.role_id and mapping.roles.get(self.role_id, str(self.role_id)),
            "groupsAdded": [mapping.groups.get(group_id, str(group_id)) for group_id in self.added],
            "groupsRemoved": [mapping.groups.get(group_id, str(group_id)) for group_id in self.removed],
            "expiresAt": iso_milliseconds(self.expires_at),
        }
