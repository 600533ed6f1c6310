"""Applying a plan: exactly as it was looked at, or not at all.

A plan is bound to the version of the mapping and to the versions of the users that it was made from. Applying it works
everything out again and goes ahead only when that gives the plan.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from uuid import UUID

from gatehouse.errors import InvalidValue, StalePlan, StaleVersion
from gatehouse.mapping.diff import MappingDiff, diff
from gatehouse.mapping.findings import Severity, has_errors
from gatehouse.mapping.rules import Mapping
from gatehouse.records import Actor, Change, Origin
from gatehouse.services import clock, idempotency, overrides, plan_contents, reevaluate, settling
from gatehouse.services.catalogue import load_catalogue
from gatehouse.services.idempotency import Intent
from gatehouse.services.impact import Impact
from gatehouse.services.mapping_change import Beside, Edit, MappingChange, Terms, commit
from gatehouse.services.plan_rules import changes, ended, entry, stale
from gatehouse.services.proposal import rebuild
from gatehouse.services.reevaluate import Evaluation
from gatehouse.store import access, database, mapping as mappings, mapping_plans
from gatehouse.store.database import Statement
from gatehouse.store.mapping_plans import MappingPlan, PlanStatus


@dataclass(frozen=True, slots=True)
class Consent:
    """What the caller of an apply has seen and allows.

    :param expected_digest: the digest of the mapping proposed.
    :param acknowledged: codes of findings; when given, a warning of any other code refuses the apply.
    """

    expected_digest: str
    terms: Terms = field(default_factory=Terms)
    acknowledged: Sequence[str] | None = None


async def apply(
    actor: Actor, origin: Origin, tenant_id: UUID, plan_id: UUID, consent: Consent, *, wanted: Intent | None = None
) -> MappingChange:
    """Make a plan the next version of the mapping and bring every user up to it, exactly as planned.

    A plan that changes nothing makes no version. The same intent again gets the same answer.

    :raises NotFound: no such plan.
    :raises StalePlan: the mapping or an affected user moved since, the plan has ended, or it is not the one expected.
    :raises ImpactLimitExceeded: more users than allowed would change; the plan stays.
    :raises InvalidValue: a finding was not acknowledged.
    :raises IdempotencyMismatch: the intent's key came with another request before.
    """
    act = partial(_apply, actor, origin, (tenant_id, plan_id), consent)
    return await idempotency.once(wanted, plan_id, act, partial(_recall, tenant_id))


async def _apply(
    actor: Actor, origin: Origin, which: tuple[UUID, UUID], consent: Consent, note: Sequence[Statement]
) -> MappingChange:
    """Apply a plan together with a note of it; what has moved since ends the plan.

    :param which: the ids of tenant and plan.
    """
    plan = await mapping_plans.get(*which)
    _check_open(plan)
    _check_consent(plan, consent)
    try:
        return await _carry_out(actor, origin, plan, consent, note)
    except (StaleVersion, StalePlan) as fault:
        plan = await mapping_plans.get(*which)
        _check_open(plan)
        with suppress(StaleVersion):  # somebody else ended it meanwhile
            await database.write([mapping_plans.end(plan, PlanStatus.STALE, at=clock.now())])
        if isinstance(fault, StalePlan):
            raise
        raise stale(f"the mapping is not at version {plan.base_version} any more") from fault


async def _carry_out(
    actor: Actor, origin: Origin, plan: MappingPlan, consent: Consent, note: Sequence[Statement]
) -> MappingChange:
    tenant_id, now = plan.tenant_id, clock.now()
    await overrides.end_due(frozenset({tenant_id}))
    await settling.settle(tenant_id)
    catalogue = await load_catalogue(tenant_id)
    base = await mappings.read(tenant_id)
    if base.version != plan.base_version:
        raise stale(f"the mapping is at version {base.version}; the plan was made for {plan.base_version}")
    rebuilt = rebuild(base, catalogue, plan.document)
    if has_errors(rebuilt.findings):
        raise stale(f"the catalogue has changed: {rebuilt.findings[0].message}")
    edit = _edit(plan, rebuilt.after)
    end = mapping_plans.end(plan, PlanStatus.APPLIED, at=now, applied_version=edit.after.version)
    if edit.after.version == base.version:
        status = Change("status", str(PlanStatus.READY), str(PlanStatus.APPLIED))
        applied = entry(plan, edit.action, edit.message, actor=actor, origin=origin, at=now, changes=(status,))
        await database.write([end, applied, *note])
        return MappingChange(base.version, dry_run=False, impact=Impact.from_text(plan.impact))
    evaluation = await reevaluate.evaluate(tenant_id, base, edit.after)

    def check(evaluation: Evaluation, privileged: frozenset[UUID]) -> None:
        if plan_contents.fingerprint(evaluation, privileged) != plan.fingerprint:
            raise stale("users whom the plan touches have come, gone or changed since it was made")

    check(evaluation, catalogue.privileged_role_ids)
    consent.terms.hold_to(Impact.from_text(plan.impact), await access.holders(tenant_id))
    return await commit(
        actor,
        origin,
        tenant_id,
        before=base,
        edit=edit,
        evaluation=evaluation,
        terms=replace(consent.terms, source=plan.source),
        beside=Beside(check, [end, *note]),
    )


def _edit(plan: MappingPlan, after: Mapping) -> Edit:
    found = diff(plan.base_document, plan.document)
    message = plan.message or _summary(found, plan.rollback_of)
    return Edit(after, "mappingPlanApply", "MappingPlan", str(plan.id), changes(found), message, plan.rollback_of)


def _summary(found: MappingDiff, rollback_of: int | None) -> str:
    if rollback_of is not None:
        return f"back to version {rollback_of}"
    counts = (
        (len(found.added), "added"),
        (len(found.changed), "changed"),
        (len(found.removed), "removed"),
    )
    parts = [f"{count} rule{'s' if count > 1 else ''} {what}" for count, what in counts if count]
    if found.settings:
        parts.append(f"settings changed: {', '.join(c.path.removeprefix('settings.') for c in found.settings)}")
    return ", ".join(parts) or "nothing changed"


async def _recall(tenant_id: UUID, plan_id: UUID) -> MappingChange:
    """What came of applying a plan."""
    plan = await mapping_plans.get(tenant_id, plan_id)
    return MappingChange(plan.applied_version or plan.base_version, False, Impact.from_text(plan.impact))


def _check_open(plan: MappingPlan) -> None:
    if plan.status is not PlanStatus.READY:
        raise ended(plan)
    if plan.expires_at <= clock.now():
        raise stale("the plan has expired")


def _check_consent(plan: MappingPlan, consent: Consent) -> None:
    if consent.expected_digest != plan.digest:
        raise StalePlan(
            "the plan proposes a mapping with another digest",
            path="expectedDigest",
            hint="Look at the plan again and give its proposedDigest.",
        )
    if consent.acknowledged is None:
        return
    warnings = (f for f in plan_contents.findings_from_text(plan.findings) if f.severity is not Severity.INFO)
    open_codes = sorted({str(finding.code) for finding in warnings} - set(consent.acknowledged))
    if open_codes:
        raise InvalidValue(
            f"findings are not acknowledged: {', '.join(open_codes)}",
            path="acknowledgeFindings",
            hint="Read the findings of the plan, then list their codes.",
        )
