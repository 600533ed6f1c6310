"""Plans of mapping changes: the proposed mapping, whom it would reach, and what deserves a second look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Self
from uuid import UUID

import strawberry

from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.connections import (
    DEFAULT_EVENTS,
    After,
    Before,
    Connection,
    FirstEvents,
    Last,
    Slice,
    Source,
)
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.enums import DocumentFormat, Outcome, PlanStatus, UserErrorCode
from gatehouse.api.graphql.errors import UserError
from gatehouse.api.graphql.events import Actor
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.filters import given
from gatehouse.api.graphql.findings import Finding
from gatehouse.api.graphql.ids import global_id, row_id
from gatehouse.api.graphql.mapping import load_groups, load_role
from gatehouse.api.graphql.node import Node
from gatehouse.api.graphql.versions import Format, Impact, MappingDiff, in_language
from gatehouse.mapping import diff as diffs, findings
from gatehouse.services import impact as impacts, mapping_plans, plan_contents
from gatehouse.services.directory import And, Compare, Condition

if TYPE_CHECKING:
    from gatehouse.api.graphql.tenants import Tenant
    from gatehouse.api.graphql.users import User


@strawberry.input(description="Which of the users whom a plan touches; parts are joined by and.")
class AffectedWhere:
    """Filters of affected users."""

    user_id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="This user.")
    role_before_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Those who have this role."
    )
    role_after_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="Those who would have this role."
    )
    gains_privileged: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether they would gain a privileged role."
    )
    loses_privileged: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether they would lose a privileged role."
    )
    becomes_unmapped: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether they would come to have a value without a rule."
    )
    becomes_mapped: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether all their values would have rules from then on."
    )

    def to_condition(self) -> Condition | None:
        """Translate; an id of another type, or that names nothing, equals nothing."""
        ids = (("userId", "User", self.user_id), ("roleBeforeId", "Role", self.role_before_id))
        terms = [
            _is(field, kind, wanted) for field, kind, wanted in (*ids, ("roleAfterId", "Role", self.role_after_id))
        ]
        flags = (
            ("gainsPrivileged", self.gains_privileged),
            ("losesPrivileged", self.loses_privileged),
            ("becomesUnmapped", self.becomes_unmapped),
            ("becomesMapped", self.becomes_mapped),
        )
        terms += [None if given(value) is None else Compare(field, "eq", bool(value)) for field, value in flags]
        found = tuple(term for term in terms if term is not None)
        return And(found) if found else None


def _is(field: str, kind: str, wanted: strawberry.ID | None) -> Compare | None:
    if given(wanted) is None:
        return None
    named = row_id(kind, str(wanted))
    return Compare(field, "in", (named,) if named else ())


@strawberry.type(description="What a plan means for one user; whatever is not named stays.")
class AffectedUser:
    """A user of :class:`gatehouse.store.affected_users.AffectedUser`."""

    outcome_before: Outcome = strawberry.field(description="How the role on record came about.")
    outcome_after: Outcome = strawberry.field(description="How the role would come about.")
    gains_privileged: bool = strawberry.field(description="Whether the user would gain a privileged role.")
    loses_privileged: bool = strawberry.field(description="Whether the user would lose a privileged role.")
    becomes_unmapped: bool = strawberry.field(description="Whether a value would come to be without a rule.")
    becomes_mapped: bool = strawberry.field(description="Whether all values would have rules from then on.")
    record: strawberry.Private[mapping_plans.AffectedUser]

    @resolver("The user; null once forgotten.")
    async def user(self, info: Info) -> Annotated[User, strawberry.lazy("gatehouse.api.graphql.users")] | None:
        """Load the user."""
        return await info.context.loaders.user.load(self.record.user_id)

    @resolver("The role on record when the plan was made.")
    async def role_before(self, info: Info) -> Role | None:
        """Load the role."""
        return await load_role(info.context, self.record.outlook.role_before)

    @resolver("The role that the plan gives.")
    async def role_after(self, info: Info) -> Role | None:
        """Load the role."""
        return await load_role(info.context, self.record.outlook.role_after)

    @resolver("The employee groups that the plan adds.")
    async def groups_added(self, info: Info) -> list[EmployeeGroup]:
        """Load the groups."""
        return await load_groups(info.context, self.record.outlook.groups_added)

    @resolver("The employee groups that the plan takes away.")
    async def groups_removed(self, info: Info) -> list[EmployeeGroup]:
        """Load the groups."""
        return await load_groups(info.context, self.record.outlook.groups_removed)

    @classmethod
    def from_record(cls, affected: mapping_plans.AffectedUser) -> Self:
        """Wrap a record."""
        outlook = affected.outlook
        return cls(
            outcome_before=Outcome(outlook.outcome_before),
            outcome_after=Outcome(outlook.outcome_after),
            gains_privileged=outlook.gains_privileged,
            loses_privileged=outlook.loses_privileged,
            becomes_unmapped=outlook.becomes_unmapped,
            becomes_mapped=outlook.becomes_mapped,
            record=affected,
        )


@strawberry.type(description="A page of the users whom a plan touches.")
class AffectedUserConnection(Connection[AffectedUser]):
    """Users in the order of the plan."""


@strawberry.type(
    description=(
        "A proposed mapping, bound to the version it was made for and to the users as they were. Apply it with its"
        " `proposedDigest`."
    )
)
class MappingPlan(Node):
    """A plan of :class:`gatehouse.store.mapping_plans.MappingPlan`."""

    base_version: int = strawberry.field(description="The mapping version that it was made for.")
    proposed_digest: str = strawberry.field(description="The digest of the mapping proposed.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime = strawberry.field(description="From when on it cannot be applied any more.")
    decided_at: datetime | None = strawberry.field(description="When it was applied, discarded or found stale.")
    message: str | None = strawberry.field(description="What it is for.")
    comment: str | None = strawberry.field(description="Why it was discarded.")
    rollback_of: int | None = strawberry.field(description="The version that it brings back.")
    applied_version: int | None = strawberry.field(description="The mapping version that it made.")
    plan: strawberry.Private[mapping_plans.MappingPlan]

    @resolver("Where it stands.")
    async def status(self, info: Info) -> PlanStatus:
        """Compare it with the mapping in force and the clock."""
        tenant = await info.context.loaders.tenant.load(self.plan.tenant_id)
        return mapping_plans.status_of(self.plan, tenant.record.mapping_version if tenant else 0)

    @resolver("The tenant.")
    async def tenant(self, info: Info) -> Annotated[Tenant, strawberry.lazy("gatehouse.api.graphql.tenants")] | None:
        """Load the tenant."""
        return await info.context.loaders.tenant.load(self.plan.tenant_id)

    @resolver("Who made it.")
    def created_by(self) -> Actor:
        """Wrap the actor."""
        return Actor.from_record(self.plan.actor)

    @resolver("The mapping proposed, as a canonical document.")
    def document(self, *, format: Format = DocumentFormat.YAML) -> str:
        """Write the document."""
        return in_language(self.plan.document, format)

    @resolver("What it changes in the mapping.")
    def diff(self) -> MappingDiff:
        """Compare the documents."""
        return MappingDiff.from_value(diffs.diff(self.plan.base_document, self.plan.document))

    @resolver("Whom it would reach.")
    def impact(self) -> Impact:
        """Read the counts kept with the plan."""
        return Impact.from_value(impacts.Impact.from_text(self.plan.impact))

    @resolver("What deserves a second look.")
    def findings(self) -> list[Finding]:
        """Read the findings kept with the plan."""
        return [Finding.from_value(finding) for finding in plan_contents.findings_from_text(self.plan.findings)]

    @resolver("Every user who would get another role or other groups, before and after.")
    async def affected_users(
        self,
        *,
        first: FirstEvents = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        where: Annotated[
            AffectedWhere | None, strawberry.argument(description="Only those that match.")
        ] = strawberry.UNSET,
    ) -> AffectedUserConnection:
        """Read a page of them."""
        condition = where.to_condition() if where else None
        request = Slice(first, after, last, before).request(mapping_plans.IN_ORDER, condition, default=DEFAULT_EVENTS)
        source = Source(partial(mapping_plans.affected, self.plan), partial(mapping_plans.count_affected, self.plan))
        return await AffectedUserConnection.read(source, request, _affected)

    @classmethod
    def from_record(cls, plan: mapping_plans.MappingPlan) -> Self:
        """Wrap a record."""
        return cls(
            id=global_id("MappingPlan", plan.id),
            base_version=plan.base_version,
            proposed_digest=plan.digest,
            created_at=plan.created_at,
            expires_at=plan.expires_at,
            decided_at=plan.decided_at,
            message=plan.message,
            comment=plan.comment,
            rollback_of=plan.rollback_of,
            applied_version=plan.applied_version,
            plan=plan,
        )


@strawberry.type(description="A page of a tenant's plans.")
class MappingPlanConnection(Connection[MappingPlan]):
    """Plans, newest first."""


def _affected(record: Any) -> AffectedUser:
    return AffectedUser.from_record(record)


def plan_id(text: str) -> UUID | None:
    """Read the id of a plan."""
    return row_id("MappingPlan", text)


def unfit_document(found: Sequence[findings.Finding]) -> UserError:
    """Say that a document is no mapping; the findings say where."""
    wrong = [finding for finding in found if finding.severity is findings.Severity.ERROR]
    place = f"line {wrong[0].line}: " if wrong[0].line else ""
    return UserError(
        code=UserErrorCode.INVALID,
        message=f"{len(wrong)} error{'s' if len(wrong) > 1 else ''}, the first: {place}{wrong[0].message}",
        path=["input", "change"],
        hint="`findings` lists them all.",
    )
