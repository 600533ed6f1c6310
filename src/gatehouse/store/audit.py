"""The audit trail: what people and scripts did through the admin API or the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import orjson

from gatehouse.records import Actor, ActorKind, Change, Origin, from_microseconds, to_microseconds
from gatehouse.store import database, listing
from gatehouse.store.condition import Compare, Condition, Parameters, column, text
from gatehouse.store.database import Row, Statement
from gatehouse.store.ids import uuid7
from gatehouse.store.keyset import Page, PageRequest, Sort, SortColumn
from gatehouse.store.listing import Listing

Tenants = frozenset[UUID] | None
DENIALS_TOGETHER: Final = timedelta(hours=1)

_COLUMNS: Final = (
    "id, tenant_id, occurred_at, actor_kind, actor_id, actor_display, action, target_type, target_id, changes,"
    " reason, request_id, outcome, attempts, last_at"
)
_VALUES: Final = f"({', '.join(f'${n}' for n in range(1, 16))})"
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
    attempts: int = 1  # more than one: refused attempts within an hour, told together
    last_at: datetime | None = None  # of the last of them


def act(
    action: str,
    target: tuple[str, UUID | str],
    tenant_id: UUID | None,
    *,
    actor: Actor,
    origin: Origin,
    at: datetime,
    changes: tuple[Change, ...] = (),
    reason: str | None = None,
    entry_id: UUID | None = None,
) -> Statement:
    """The statement for an act that succeeds: something is issued, created, replaced or ended.

    :param target: type and id.
    :param reason: what is told when the origin tells none.
    :param entry_id: None: a new one.
    """
    (target_type, target_id), why = target, origin.reason or reason
    known = (entry_id or uuid7(), tenant_id, at, actor, action, target_type, str(target_id), origin.request_id)
    return add(AuditEntry(*known, changes, why))


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
            entry.attempts,
            to_microseconds(entry.last_at) if entry.last_at else None,
        ),
    )


async def deny(tenant_id: UUID | None, entry: AuditEntry) -> None:
    """Record a refused attempt; one like it within :data:`DENIALS_TOGETHER` is counted with the first.

    So that no flood fills the table: at most a row for each actor and action within that time.

    :param tenant_id: None for what concerns the whole server.
    """
    told = await database.execute(
        "UPDATE audit_entry SET attempts = attempts + 1, last_at = $4 WHERE occurred_at > $3"
        f" AND outcome = 'DENIED' AND action = $2 AND actor_id = $1 AND tenant_id {'= $5' if tenant_id else 'IS NULL'}",
        entry.actor.id,
        entry.action,
        to_microseconds(entry.occurred_at - DENIALS_TOGETHER),
        to_microseconds(entry.occurred_at),
        *((tenant_id,) if tenant_id else ()),
    )
    if not told:
        await database.write([add(entry)])


async def newest(tenant_id: UUID, limit: int = 50) -> tuple[AuditEntry, ...]:
    """The latest entries of the tenant, newest first."""
    return (await page(frozenset({tenant_id}), PageRequest(limit, NEWEST_FIRST))).rows


async def page(tenant_ids: Tenants, request: PageRequest) -> Page[AuditEntry]:
    """A page of the entries of these tenants; None: of all tenants, and of what concerns the whole server."""
    if tenant_ids is None:
        return await listing.page(_ENTRIES, "1 = 1", Parameters(), request)
    return await listing.page_in(_ENTRIES, tenant_ids, request)


async def count(tenant_ids: Tenants, condition: Condition | None) -> int:
    """How many entries of these tenants match. As :func:`page`."""
    return await listing.count_in(_ENTRIES, tenant_ids, condition)


async def by_ids(tenant_ids: Tenants, ids: Sequence[UUID]) -> dict[UUID, AuditEntry]:
    """The entries with these ids, as far as they are of these tenants. As :func:`page`."""
    request = PageRequest(len(ids), NEWEST_FIRST, Compare("id", "in", tuple(ids)))
    return {entry.id: entry for entry in (await page(tenant_ids, request)).rows}


def _entry(row: Row) -> AuditEntry:
    return AuditEntry(
        id=database.as_uuid(row[0]),
        tenant_id=database.as_uuid(row[1]) if row[1] else None,
        occurred_at=from_microseconds(row[2]),
        actor=Actor(ActorKind(row[3]), database.as_uuid(row[4]) if row[4] else None, row[5]),
        action=row[6],
        target_type=row[7],
        target_id=row[8],
        changes=tuple(Change(c["path"], c["before"], c["after"]) for c in orjson.loads(row[9])),
        reason=row[10],
        request_id=row[11],
        outcome=AuditOutcome(row[12]),
        attempts=row[13],
        last_at=from_microseconds(row[14]) if row[14] is not None else None,
    )


NEWEST_FIRST: Final = (Sort("OCCURRED_AT", descending=True),)
_ENTRIES: Final = Listing(
    table="audit_entry",
    alias="a",
    columns=tuple(f"a.{name}" for name in _COLUMNS.split(", ")),
    record=_entry,
    fields={
        "id": column("a.id"),
        "tenantId": column("a.tenant_id"),
        "actorId": column("a.actor_id"),
        "actorKind": column("a.actor_kind"),
        "action": text("a.action", exact=True),
        "targetType": column("a.target_type"),
        "targetId": column("a.target_id"),
        "requestId": text("a.request_id", exact=True),
        "outcome": column("a.outcome"),
        "occurredAt": column("a.occurred_at"),
    },
    sorts={"OCCURRED_AT": SortColumn("a.occurred_at", int)},
)
