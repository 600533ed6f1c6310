"""Making a plan of a mapping change: what it leads to, whom it would reach, what deserves a second look."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from gatehouse.errors import StaleVersion, TooMany
from gatehouse.mapping.diff import diff
from gatehouse.mapping.document import digest, to_document
from gatehouse.mapping.findings import Finding, has_errors
from gatehouse.mapping.review import gains_and_losses, review
from gatehouse.mapping.rules import Mapping
from gatehouse.records import Actor, Origin
from gatehouse.services import clock, idempotency, overrides, plan_contents, reach, reevaluate
from gatehouse.services.catalogue import Catalogue, load_catalogue
from gatehouse.services.idempotency import Intent
from gatehouse.services.impact import Impact, measure
from gatehouse.services.mapping_change import source_of
from gatehouse.services.plan_rules import KEPT_FOR, MAX_OPEN, VALID_FOR, changes, check_text, entry
from gatehouse.services.proposal import Proposal, RequestedChange, propose
from gatehouse.services.reevaluate import Evaluation
from gatehouse.store import database, mapping as mappings, mapping_plans
from gatehouse.store.database import Statement
from gatehouse.store.ids import uuid7
from gatehouse.store.mapping_plans import MappingPlan, PlanStatus


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what was found, or None when a finding is an error: then nothing is stored."""

    plan: MappingPlan | None
    findings: tuple[Finding, ...]


async def create(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    *,
    base_version: int | None,
    change: RequestedChange,
    message: str | None = None,
    wanted: Intent | None = None,
) -> Planned:
    """Work out a change and whom it would reach, and keep that; the same intent again gives the same plan.

    :param base_version: the mapping version that the caller saw; None: whatever is in force.
    :raises NotFound, InvalidValue: an edit that cannot be made; no such version to return to.
    :raises StaleVersion: the mapping is not at ``base_version``.
    :raises IdempotencyMismatch: the intent's key came with another request before.
    :raises TooMany: too many open plans.
    """
    check_text(message, path="message")
    request = _Request(uuid7(), tenant_id, base_version, change, message)
    act = partial(_make, actor, origin, request)
    return await idempotency.once(wanted, request.plan_id, act, partial(_recall, tenant_id))


@dataclass(frozen=True, slots=True)
class _Request:
    """What is to be planned, and the id that the plan will have."""

    plan_id: UUID
    tenant_id: UUID
    base_version: int | None
    change: RequestedChange
    message: str | None


async def _make(actor: Actor, origin: Origin, request: _Request, note: Sequence[Statement]) -> Planned:
    """Make a plan and store it together with a note of it."""
    tenant_id, base_version = request.tenant_id, request.base_version
    await overrides.end_due(frozenset({tenant_id}))
    catalogue = await load_catalogue(tenant_id)  # before the mapping, which so knows at least these keys
    base = await mappings.read(tenant_id)
    if base_version not in {None, base.version}:
        raise StaleVersion(f"the mapping is at version {base.version}, not {base_version}", path="baseVersion")
    proposal = await propose(tenant_id, base, catalogue, request.change)
    if has_errors(proposal.findings):
        return Planned(None, proposal.findings)
    evaluation = await _evaluate(tenant_id, base, proposal.after)
    impact = await measure(tenant_id, evaluation, catalogue.privileged_role_ids)
    findings = await _findings(tenant_id, base, proposal, impact, catalogue)
    now = clock.now()
    base_document, document = to_document(base), to_document(proposal.after)
    plan = MappingPlan(
        id=request.plan_id,
        tenant_id=tenant_id,
        status=PlanStatus.READY,
        base_version=base.version,
        base_document=base_document,
        document=document,
        digest=digest(document),
        fingerprint=plan_contents.fingerprint(evaluation, catalogue.privileged_role_ids),
        source=proposal.source or source_of(actor),
        rollback_of=proposal.rollback_of,
        message=request.message,
        impact=impact.to_text(),
        findings=plan_contents.findings_to_text(findings),
        created_at=now,
        expires_at=now + VALID_FOR,
        actor=actor,
    )
    await _store(plan, origin, evaluation, catalogue, note)
    return Planned(plan, findings)


async def _evaluate(tenant_id: UUID, before: Mapping, after: Mapping) -> Evaluation:
    return (
        await reevaluate.evaluate(tenant_id, before, after) if after.version != before.version else Evaluation({}, ())
    )


async def _findings(
    tenant_id: UUID, base: Mapping, proposal: Proposal, impact: Impact, catalogue: Catalogue
) -> tuple[Finding, ...]:
    values = await reach.values(tenant_id, base)
    keys = {role.id: role.key for role in catalogue.roles.values() if role.privileged}
    people = gains_and_losses(
        gain_privileged=impact.gain_privileged,
        lose_privileged=impact.lose_privileged,
        become_unmapped=impact.become_unmapped,
        roles_gained=[keys[delta.id] for delta in impact.by_role if delta.gained and delta.id in keys],
    )
    return (*proposal.findings, *people, *review(base, proposal.after, proposal.lines, values))


async def _store(
    plan: MappingPlan, origin: Origin, evaluation: Evaluation, catalogue: Catalogue, note: Sequence[Statement]
) -> None:
    """Write the plan, everybody in it and the note, and let go of the plans of long ago."""
    if await mapping_plans.count_open(plan.tenant_id, now=plan.created_at) >= MAX_OPEN:
        raise TooMany(
            f"the tenant has {MAX_OPEN} open plans", path="tenantId", hint="Apply or discard one of them first."
        )
    made = entry(
        plan,
        "mappingPlanCreate",
        plan.message,
        actor=plan.actor,
        origin=origin,
        at=plan.created_at,
        changes=changes(diff(plan.base_document, plan.document)),
    )
    async with database.transaction():
        await database.write([mapping_plans.forget(plan.tenant_id, created_before=plan.created_at - KEPT_FOR)])
        await database.write([mapping_plans.add(plan), made, *note])
        privileged = catalogue.privileged_role_ids
        for statement in plan_contents.statements(plan.tenant_id, plan.id, evaluation, privileged):
            await database.write([statement])
            await asyncio.sleep(0)


async def _recall(tenant_id: UUID, plan_id: UUID) -> Planned:
    """The plan that was made."""
    plan = await mapping_plans.get(tenant_id, plan_id)
    return Planned(plan, plan_contents.findings_from_text(plan.findings))
