"""From a document, a version or a plan's id to a plan on the server, and from there to a new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import typer

from gatehouse.cli.paper import visible
from gatehouse.cli.remote import chosen_tenant
from gatehouse.client import Gatehouse, Refused
from gatehouse.client.inputs import DocumentFormat, PlanStatus, Severity
from gatehouse.client.results import AffectedUser, Finding, MappingPlanApplyPayload, Plan

_NAMED_USERS = 20


@dataclass(frozen=True)
class Proposal:
    """A mapping document as somebody gave it; ``origin`` is what its lines count in."""

    origin: str
    content: str
    prune: bool
    message: str | None

    @property
    def format(self) -> DocumentFormat:
        """YAML, unless the name says otherwise."""
        return DocumentFormat.JSON if self.origin.endswith(".json") else DocumentFormat.YAML


@dataclass(frozen=True)
class PlannedChange:
    """A plan with users whom it touches: the first, or all."""

    plan: Plan
    affected_users: Sequence[AffectedUser]

    @property
    def changes_nothing(self) -> bool:
        """Whether applying it would leave all as it is."""
        return not self.plan.diff.text and not self.plan.impact.users_changed


async def plan_document(gatehouse: Gatehouse, slug: str | None, proposal: Proposal, *, show_all: bool) -> PlannedChange:
    """Plan what a document changes of the mapping in force.

    :raises ValueError: the document has faults; all but the last are on stderr then.
    """
    tenant = await chosen_tenant(gatehouse, slug)
    base = await gatehouse.mapping(by={"id": tenant.id})
    if base is None:
        raise ValueError(f"tenant {tenant.slug!r} has no mapping")
    try:
        made = await gatehouse.mapping_plan_create(
            tenant_id=tenant.id,
            base_version=base.number,
            change={"document": {"content": proposal.content, "format": proposal.format, "prune": proposal.prune}},
            message=proposal.message,
            idempotency_key=str(uuid4()),
        )
    except Refused as refused:
        raise _with_faults(refused, proposal.origin) from refused
    return await _with_users(gatehouse, made.plan, show_all)


async def plan_made_before(gatehouse: Gatehouse, plan_id: str, *, show_all: bool) -> PlannedChange:
    """Read a plan that can still be applied.

    :raises ValueError: there is none.
    """
    found = await gatehouse.mapping_plan(id=plan_id)
    if found is None:
        raise ValueError("there is no such plan")
    if found.status is not PlanStatus.READY:
        raise ValueError(f"the plan is {found.status.lower()}: make a new one")
    return await _with_users(gatehouse, found, show_all)


async def plan_return(
    gatehouse: Gatehouse, slug: str | None, version: int, message: str, *, show_all: bool
) -> PlannedChange:
    """Plan the return to an earlier version."""
    tenant = await chosen_tenant(gatehouse, slug)
    made = await gatehouse.mapping_rollback(
        tenant_id=tenant.id, to_version=version, message=message, idempotency_key=str(uuid4())
    )
    return await _with_users(gatehouse, made.plan, show_all)


async def carry_out(
    gatehouse: Gatehouse, change: PlannedChange, acknowledged: Sequence[str], max_users_changed: int | None
) -> MappingPlanApplyPayload:
    """Apply the plan as it was shown; a warning that is not acknowledged refuses it."""
    return await gatehouse.mapping_plan_apply(
        plan_id=change.plan.id,
        expected_digest=change.plan.proposed_digest,
        acknowledge_findings=acknowledged,
        max_users_changed=max_users_changed,
        idempotency_key=str(uuid4()),
    )


async def discard(gatehouse: Gatehouse, change: PlannedChange) -> None:
    """End a plan that nobody will come back to: a tenant may have 20 open ones."""
    await gatehouse.mapping_plan_discard(plan_id=change.plan.id)


async def _with_users(gatehouse: Gatehouse, made: Plan | None, show_all: bool) -> PlannedChange:
    if made is None:
        raise ValueError("the server made no plan")
    users: list[AffectedUser] = []
    if made.impact.users_changed:
        async for affected in gatehouse.affected_users(plan_id=made.id):
            users.append(affected)
            if not show_all and len(users) == _NAMED_USERS:
                break
    return PlannedChange(made, users)


def _with_faults(refused: Refused, origin: str) -> ValueError:
    """The last fault of the document as the reason; those before it go to stderr."""
    findings = [Finding.read(each) for each in refused.payload.get("findings", ())]
    faults = [visible(finding_line(each, origin=origin)) for each in findings if each.severity is Severity.ERROR]
    for fault in faults[:-1]:
        typer.echo(f"gatehouse: {fault}", err=True)
    return ValueError(faults[-1] if faults else str(refused))


def finding_line(finding: Finding, *, origin: str) -> str:
    """Where, how bad, which code, and what: the way compilers write it."""
    place = f"{origin}:{finding.line}:{finding.column}: " if finding.line is not None else ""
    return f"{place}{finding.severity.lower()} {finding.code}: {finding.message}"
