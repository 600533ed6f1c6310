"""The audit trail: what people and scripts did through the admin API or the command line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import orjson

from gatehouse.records import Actor, ActorKind, Change, Origin, from_microseconds, to_microseconds
from gatehouse.store import database
from gatehouse.store.database import Row, Statement
from gatehouse.store.ids import uuid7

_COLUMNS: Final = (
    "id, tenant_id, occurred_at, actor_kind, actor_id, actor_display, action, target_type, target_id, changes,"
    " reason, request_id, outcome"
)
_VALUES: Final = "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
_INSERT: Final = f"INSERT INTO audit_entry ({_COLUMNS}) VALUES {_VALUES}"


class AuditOutcome(StrEnum):
    """Whether the act was allowed and worked."""

    SUCCEEDED = "SUCCEEDED"
    DENIED = "DENIED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act; ``tenant_id`` is None for what concerns the whole server."""

    id: UUID
    tenant_id: UUID | None
    occurred_at: datetime
    actor: Actor
    action: str  # name of the mutation or command, such as "roleRuleSet"
    target_type: str
    target_id: str
    request_id: str
    changes: tuple[Change, ...] = ()
    reason: str | None = None
    outcome: AuditOutcome = AuditOutcome.SUCCEEDED


def act(
    action: str, target: tuple[str, UUID], tenant_id: UUID | None, *, actor: Actor, origin: Origin, at: datetime
) -> Statement:
    """The statement for an act whose name is its whole tale: something was issued, created or ended.

    :param target: type and id.
    """
    target_type, target_id = target
    return add(AuditEntry(uuid7(), tenant_id, at, actor, action, target_type, str(target_id), origin.request_id))


def add(entry: AuditEntry) -> Statement:
    """The statement that records an act; put it into the transaction of the act itself."""
    changes = [{"path": c.path, "before": c.before, "after": c.after} for c in entry.changes]
    return Statement(
        _INSERT,
        (
            entry.id,
            entry.tenant_id,
            to_microseconds(entry.occurred_at),
            str(entry.actor.kind),
            entry.actor.id,
            entry.actor.display,
            entry.action,
            entry.target_type,
            entry.target_id,
            orjson.dumps(changes).decode(),
            entry.reason,
            entry.request_id,
            str(entry.outcome),
        ),
    )


async def page(
    tenant_id: UUID, *, before: tuple[datetime, UUID] | None = None, limit: int = 50
) -> tuple[AuditEntry, ...]:
    """Entries of the tenant, newest first.

    :param before: (occurred_at, id) of the last entry seen; None starts with the newest.
    """
    condition, parameters = "", tuple[object, ...]()
    if before is not None:
        condition = " AND (occurred_at < $3 OR (occurred_at = $3 AND id < $4))"
        parameters = (to_microseconds(before[0]), before[1])
    rows = await database.fetch(
        f"SELECT {_COLUMNS} FROM audit_entry WHERE tenant_id = $1{condition}"
        " ORDER BY occurred_at DESC, id DESC LIMIT $2",
        tenant_id,
        limit,
        *parameters,
    )
    return tuple(_entry(row) for row in rows)


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(
        id=database.as_uuid(row["id"]),
        tenant_id=database.as_uuid(row["tenant_id"]) if row["tenant_id"] else None,
        occurred_at=from_microseconds(row["occurred_at"]),
        actor=Actor(
            ActorKind(row["actor_kind"]),
            database.as_uuid(row["actor_id"]) if row["actor_id"] else None,
            row["actor_display"],
        ),
        action=row["action"],
        target_type=row["target_type"],
        target_id=row["target_id"],
        request_id=row["request_id"],
        changes=tuple(Change(c["path"], c["before"], c["after"]) for c in orjson.loads(row["changes"])),
        reason=row["reason"],
        outcome=AuditOutcome(row["outcome"]),
    )
