"""Plans of mapping changes: stored rows, so that they outlive the process that made them. What they say never changes.

Only what became of a plan does: ``READY`` → ``APPLIED``, ``DISCARDED`` or ``STALE``. That it expired is told by the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from gatehouse.errors import NotFound
from gatehouse.records import Actor, ActorKind, from_microseconds, to_microseconds
from gatehouse.store import database, listing
from gatehouse.store.condition import Condition, Parameters, column
from gatehouse.store.database import Row, Statement
from gatehouse.store.keyset import Page, PageRequest, Sort, SortColumn
from gatehouse.store.listing import Listing
from gatehouse.store.mapping_versions import MappingSource

_COLUMNS: Final = (
    "id, tenant_id, status, base_version, base_document, document, digest, fingerprint, source, rollback_of, message,"
    " impact, findings, created_at, expires_at, actor_kind, actor_id, actor_display, decided_at, comment,"
    " applied_version"
)
_INSERT: Final = f"INSERT INTO mapping_plan ({_COLUMNS}) VALUES ({', '.join(f'${n}' for n in range(1, 22))})"
_SELECT: Final = f"SELECT {_COLUMNS} FROM mapping_plan WHERE"


class PlanStatus(StrEnum):
    """Where a plan stands."""

    READY = "READY"
    APPLIED = "APPLIED"
    DISCARDED = "DISCARDED"
    STALE = "STALE"  # the mapping, or a user whom the plan touches, is not what it was
    EXPIRED = "EXPIRED"  # never stored


@dataclass(frozen=True, slots=True)
class MappingPlan:
    """A proposed mapping, pinned to the version it was made for.

    :ivar base_document: canonical JSON of the mapping at ``base_version``; ``document`` of the one proposed.
    :ivar digest: SHA-256 of ``document`` in hex.
    :ivar fingerprint: SHA-256, in hex, of everybody who would change, at the version known, and how.
    :ivar impact: JSON text of counts; ``findings``: JSON text of a list.
    """

    id: UUID
    tenant_id: UUID
    status: PlanStatus
    base_version: int
    base_document: str
    document: str
    digest: str
    fingerprint: str
    source: MappingSource
    rollback_of: int | None
    message: str | None
    impact: str
    findings: str
    created_at: datetime
    expires_at: datetime
    actor: Actor
    decided_at: datetime | None = None
    comment: str | None = None
    applied_version: int | None = None


def add(plan: MappingPlan) -> Statement:
    """The statement that records a plan."""
    return Statement(
        _INSERT,
        (
            plan.id,
            plan.tenant_id,
            str(plan.status),
            plan.base_version,
            plan.base_document,
            plan.document,
            plan.digest,
            plan.fingerprint,
            str(plan.source),
            plan.rollback_of,
            plan.message,
            plan.impact,
            plan.findings,
            to_microseconds(plan.created_at),
            to_microseconds(plan.expires_at),
            str(plan.actor.kind),
            plan.actor.id,
            plan.actor.display,
            None,
            None,
            None,
        ),
    )


def end(
    plan: MappingPlan,
    status: PlanStatus,
    *,
    at: datetime,
    comment: str | None = None,
    applied_version: int | None = None,
) -> Statement:
    """The statement that ends a plan; it misses (StaleVersion) when the plan has ended already."""
    return Statement(
        "UPDATE mapping_plan SET status = $3, decided_at = $4, comment = $5, applied_version = $6"
        " WHERE tenant_id = $1 AND id = $2 AND status = 'READY'",
        (plan.tenant_id, plan.id, str(status), to_microseconds(at), comment, applied_version),
        rows=1,
    )


async def get(tenant_id: UUID, plan_id: UUID) -> MappingPlan:
    """One plan.

    :raises NotFound: the tenant has no such plan.
    """
    row = await database.fetch_one(f"{_SELECT} tenant_id = $1 AND id = $2", tenant_id, plan_id)
    if row is None:
        raise NotFound("There is no such plan", path="planId")
    return _plan(row)


async def find(tenant_ids: frozenset[UUID] | None, plan_id: UUID) -> MappingPlan | None:
    """The plan with this id, if it is of one of these tenants; None means every tenant."""
    return (await by_ids(tenant_ids, [plan_id])).get(plan_id)


async def by_ids(tenant_ids: frozenset[UUID] | None, ids: Sequence[UUID]) -> dict[UUID, MappingPlan]:
    """The plans with these ids, as far as they are of these tenants; None means every tenant."""
    parameters = Parameters()
    rows = await database.fetch(f"{_SELECT} {listing.among('id', ids, parameters)}", *parameters)
    found = map(_plan, rows)
    return {plan.id: plan for plan in found if tenant_ids is None or plan.tenant_id in tenant_ids}


async def pages(tenant_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[MappingPlan]]:
    """The same page of the plans that are kept of each of these tenants."""
    return await listing.pages_of(_PLANS, tenant_ids, request)


async def counts(tenant_ids: Sequence[UUID], condition: Condition | None) -> dict[UUID, int]:
    """How many of them match."""
    return await listing.counts_of(_PLANS, tenant_ids, condition)


async def count_open(tenant_id: UUID, *, now: datetime) -> int:
    """How many plans could still be applied, as far as their status tells."""
    row = await database.fetch_one(
        "SELECT count(*) FROM mapping_plan WHERE tenant_id = $1 AND status = 'READY' AND expires_at > $2",
        tenant_id,
        to_microseconds(now),
    )
    return int(row[0]) if row else 0


def forget(tenant_id: UUID, *, created_before: datetime) -> Statement:
    """The statement that removes old plans with all they say of users; versions and audit entries keep what was applied."""
    return Statement(
        "DELETE FROM mapping_plan WHERE tenant_id = $1 AND created_at < $2",
        (tenant_id, to_microseconds(created_before)),
    )


def _plan(row: Row) -> MappingPlan:
    return MappingPlan(
        id=database.as_uuid(row[0]),
        tenant_id=database.as_uuid(row[1]),
        status=PlanStatus(row[2]),
        base_version=row[3],
        base_document=row[4],
        document=row[5],
        digest=row[6],
        fingerprint=row[7],
        source=MappingSource(row[8]),
        rollback_of=row[9],
        message=row[10],
        impact=row[11],
        findings=row[12],
        created_at=from_microseconds(row[13]),
        expires_at=from_microseconds(row[14]),
        actor=Actor(ActorKind(row[15]), database.as_uuid(row[16]) if row[16] else None, row[17]),
        decided_at=from_microseconds(row[18]) if row[18] is not None else None,
        comment=row[19],
        applied_version=row[20],
    )


NEWEST_FIRST: Final = (Sort("CREATED_AT", descending=True),)
_FOR_WHAT_IS_IN_FORCE: Final = "p.base_version = (SELECT t.mapping_version FROM tenant t WHERE t.id = p.tenant_id)"
_PLANS: Final = Listing(
    table="mapping_plan",
    alias="p",
    columns=tuple(f"p.{name}" for name in _COLUMNS.split(", ")),
    record=_plan,
    fields={
        "status": column("p.status"),
        "inForce": lambda _operator, _value, _parameters: _FOR_WHAT_IS_IN_FORCE,
        "expiresAt": column("p.expires_at"),
    },
    sorts={"CREATED_AT": SortColumn("p.created_at", int)},
)
