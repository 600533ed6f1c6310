"""What the audit trail is told of an act on an API key: an entry with each tenant concerned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gatehouse.records import Actor, Change, Grant, Origin, Permission, iso_milliseconds
from gatehouse.store import audit
from gatehouse.store.api_keys import ApiKey
from gatehouse.store.database import Statement

_BEGIN: Final = frozenset({"apiKeyCreate", "apiKeyIssue"})  # what the key grants is granted from then on
_END: Final = frozenset({"apiKeyRevoke"})


@dataclass(frozen=True, slots=True)
class KeyAct:
    """An act, by the name of its mutation or command."""

    action: str
    actor: Actor
    origin: Origin
    at: datetime


def records(act: KeyAct, key: ApiKey, grants: Sequence[Grant], changes: tuple[Change, ...] = ()) -> list[Statement]:
    """The statements that record an act on a key, each with what is granted in that tenant only."""
    return [
        audit.act(
            act.action,
            ("ApiKey", key.id),
            grant.tenant_id,
            actor=act.actor,
            origin=act.origin,
            at=act.at,
            changes=(*changes, _permissions(act.action, grant)),
        )
        for grant in grants
    ]


def of_new(key: ApiKey) -> tuple[Change, ...]:
    """What is told of a key that was made, beside what it grants."""
    expires_at = iso_milliseconds(key.expires_at) if key.expires_at else None
    return (Change("name", None, key.name), Change("expiresAt", None, expires_at))


def _permissions(action: str, grant: Grant) -> Change:
    granted = [str(permission) for permission in Permission if permission in grant.permissions]
    return Change("permissions", None if action in _BEGIN else granted, None if action in _END else granted)
