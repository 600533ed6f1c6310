"""Plans of mapping changes as they are read, and the end of those that nobody wants."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from gatehouse.errors import StaleVersion
from gatehouse.records import Actor, Change, Origin, Viewer, to_microseconds
from gatehouse.services import clock
from gatehouse.services.directory import visible
from gatehouse.services.plan_rules import check_text, ended, entry
from gatehouse.store import affected_users, database, mapping_plans, tenants
from gatehouse.store.affected_users import IN_ORDER, AffectedUser
from gatehouse.store.condition import And, Compare, Condition
from gatehouse.store.keyset import Page, PageRequest
from gatehouse.store.mapping_plans import NEWEST_FIRST, MappingPlan, PlanStatus

__all__ = ["IN_ORDER", "NEWEST_FIRST", "AffectedUser", "MappingPlan", "PlanStatus"]


async def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, MappingPlan]:
    """The plans with these ids, as far as their tenants are in sight."""
    return await mapping_plans.by_ids(visible(viewer), ids)


async def find(viewer: Viewer, plan_id: UUID) -> MappingPlan | None:
    """The plan with this id, if its tenant is in sight."""
    return await mapping_plans.find(visible(viewer), plan_id)


def still_open(moment: datetime) -> Condition:
    """Those that nobody has ended, whose time is not over, and for which the mapping has not moved."""
    return And(
        (
            Compare("status", "eq", str(PlanStatus.READY)),
            Compare("inForce", "eq", True),
            Compare("expiresAt", "gt", to_microseconds(moment)),
        )
    )


async def pages(tenant_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[MappingPlan]]:
    """The same page of the plans of each of several tenants in sight."""
    return await mapping_plans.pages(tenant_ids, request)


async def counts(tenant_ids: Sequence[UUID], condition: Condition | None) -> dict[UUID, int]:
    """How many of them match."""
    return await mapping_plans.counts(tenant_ids, condition)


async def affected(plan: MappingPlan, request: PageRequest) -> Page[AffectedUser]:
    """A page of the users whom a plan in sight would change."""
    return await affected_users.page(plan.tenant_id, plan.id, request)


async def count_affected(plan: MappingPlan, condition: Condition | None) -> int:
    """How many of them match."""
    return await affected_users.count(plan.tenant_id, plan.id, condition)


def status_of(plan: MappingPlan, mapping_version: int) -> PlanStatus:
    """Where a plan stands now.

    :param mapping_version: of the mapping in force.
    """
    if plan.status is not PlanStatus.READY:
        return plan.status
    if plan.base_version != mapping_version:
        return PlanStatus.STALE
    return PlanStatus.EXPIRED if plan.expires_at <= clock.now() else PlanStatus.READY


async def discard(
    actor: Actor, origin: Origin, tenant_id: UUID, plan_id: UUID, *, comment: str | None = None
) -> MappingPlan:
    """End a plan that shall not be applied; one that was discarded already stays as it is.

    :raises NotFound: no such plan.
    :raises StalePlan: it has ended otherwise.
    """
    check_text(comment, path="comment")
    plan = await mapping_plans.get(tenant_id, plan_id)
    if plan.status is PlanStatus.READY:
        now, was = clock.now(), status_of(plan, (await tenants.get(tenant_id)).mapping_version)
        status = Change("status", str(was), str(PlanStatus.DISCARDED))
        act = entry(plan, "mappingPlanDiscard", comment, actor=actor, origin=origin, at=now, changes=(status,))
        with suppress(StaleVersion):
            await database.write([mapping_plans.end(plan, PlanStatus.DISCARDED, at=now, comment=comment), act])
        plan = await mapping_plans.get(tenant_id, plan_id)
    if plan.status is not PlanStatus.DISCARDED:
        raise ended(plan)
    return plan


async def tenant_of(plan_id: UUID) -> UUID | None:
    """The tenant of a plan, whoever asks: to find out who may be told of it."""
    plan = await mapping_plans.find(None, plan_id)
    return plan.tenant_id if plan else None
