"""Why does a user have this access, or not? The types of the answers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import strawberry

from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.enums import Outcome, Standing, UnmappedPolicy
from gatehouse.api.graphql.events import ProvisioningEvent
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.mapping import GroupRule, RoleRule, load_groups, load_role
from gatehouse.api.graphql.overrides import AccessOverride
from gatehouse.mapping import resolve
from gatehouse.services.history import Trace

_RULE = "The rule that matched, as it was in the mapping version that decided; null if none did."


@strawberry.type(description="A rule that the value nearly matches.")
class CandidateRule:
    """A near miss."""

    rule: RoleRule = strawberry.field(description="The rule.")
    similarity: float = strawberry.field(description="From 0 to 1, which only an equal value has.")
    reason: str = strawberry.field(description="In what way it is near.")


@strawberry.type(description="Which role, and why.")
class RoleDecision:
    """A decision of :class:`gatehouse.mapping.resolve.RoleDecision` as it stood at the moment asked for."""

    outcome: Outcome = strawberry.field(
        description="How it came about; INACTIVE while the user is disabled or deleted, or not provisioned yet."
    )
    input_attribute: str = strawberry.field(description="The SCIM attribute that decides.")
    input_value: str | None = strawberry.field(description="Its value, as Entra sent it.")
    normalized_value: str | None = strawberry.field(description="The value as rules see it.")
    matched_rule: RoleRule | None = strawberry.field(description=_RULE)
    policy_applied: UnmappedPolicy | None = strawberry.field(description="What decided in the absence of a rule.")
    override: AccessOverride | None = strawberry.field(
        description="The override that decided instead of rule and policy."
    )
    candidates: list[CandidateRule] = strawberry.field(
        description="Where no rule matched: the rules that the value nearly matches, the likeliest first."
    )
    sentence: str = strawberry.field(description="All of this in words.")
    decision: strawberry.Private[resolve.RoleDecision]
    user_id: strawberry.Private[UUID]
    as_of: strawberry.Private[datetime | None]

    @resolver("The role on record; `User.role` says whether it is in force.")
    async def role(self, info: Info) -> Role | None:
        """Load the role."""
        return await load_role(info.context, self.decision.role_id)

    @resolver("The latest event that set the value, up to the moment asked for.")
    async def asserted_by(self, info: Info) -> ProvisioningEvent | None:
        """Load the event."""
        return await _asserted_by(info, self.user_id, self.input_attribute, self.as_of)

    @resolver("The event with which the user came to have this role, or none: a request of Entra, a mapping change …")
    async def decided_by(self, info: Info) -> ProvisioningEvent | None:
        """Load the event."""
        return await _decided_by(info, self.user_id, "role", self.as_of)


@strawberry.type(description="Which employee groups one segment, or an override, gives, and why.")
class GroupDecision:
    """A decision of :class:`gatehouse.mapping.resolve.GroupDecision` as it stood at the moment asked for."""

    outcome: Outcome = strawberry.field(
        description="How it came about; INACTIVE while the user is disabled or deleted, or not provisioned yet."
    )
    input_attribute: str = strawberry.field(description="The SCIM attribute that decides.")
    segment: str = strawberry.field(
        description="The segment, as Entra sent it; the whole value if a rule matched that; empty for an override."
    )
    segment_index: int = strawberry.field(description="Its place among the segments, from 0.")
    normalized_segment: str = strawberry.field(description="The segment as rules see it.")
    matched_rule: GroupRule | None = strawberry.field(description=_RULE)
    policy_applied: UnmappedPolicy | None = strawberry.field(description="What decided in the absence of a rule.")
    override: AccessOverride | None = strawberry.field(description="The override that adds or withholds groups here.")
    sentence: str = strawberry.field(description="All of this in words.")
    decision: strawberry.Private[resolve.GroupDecision]
    user_id: strawberry.Private[UUID]
    as_of: strawberry.Private[datetime | None]

    @resolver("The groups on record; `User.groups` says whether they are in force.")
    async def groups(self, info: Info) -> list[EmployeeGroup]:
        """Load the groups."""
        return await load_groups(info.context, self.decision.group_ids)

    @resolver("The latest event that set the value, up to the moment asked for.")
    async def asserted_by(self, info: Info) -> ProvisioningEvent | None:
        """Load the event."""
        return await _asserted_by(info, self.user_id, self.input_attribute, self.as_of)

    @resolver("The event with which the user's employee groups came to be what they are.")
    async def decided_by(self, info: Info) -> ProvisioningEvent | None:
        """Load the event."""
        return await _decided_by(info, self.user_id, "employeeGroups", self.as_of)


@strawberry.type(description="What a user gets, and why: value → normalised value → rule → mapping version → access.")
class AccessExplanation:
    """The stored access in words; always equal to the access itself."""

    as_of: datetime = strawberry.field(description="The moment that this is the answer for.")
    status: Standing = strawberry.field(description="Where the user stood.")
    mapping_version: int | None = strawberry.field(
        description="The mapping version that decided; null if the user did not exist, or nothing is recorded."
    )
    role: RoleDecision = strawberry.field(description="The role decision.")
    groups: list[GroupDecision] = strawberry.field(description="One decision for each segment, and for an override.")
    unmatched_values: list[str] = strawberry.field(description="The values without a rule, as typed.")
    override: AccessOverride | None = strawberry.field(description="What an administrator decided above the rules.")
    summary: str = strawberry.field(description="The whole answer in one sentence.")
    share_text: str = strawberry.field(description="The answer with its reasons as plain text, to pass on.")
    digest: str = strawberry.field(
        description="SHA-256 of the answer without the moment: as long as it stays, so does the access and its reasons."
    )


@strawberry.type(description="Why a user does not have a role or an employee group, and what would give it.")
class WhyNot:
    """Sentences of :class:`gatehouse.mapping.why_not.WhyNot`."""

    granted: bool = strawberry.field(description="Whether the user has it, in force; then there is nothing to explain.")
    blockers: list[str] = strawberry.field(description="What stands in the way; all of it.")
    would_grant_if: list[str] = strawberry.field(description="What would give it, once nothing else stands in the way.")


async def _asserted_by(info: Info, user_id: UUID, path: str, as_of: datetime | None) -> ProvisioningEvent | None:
    return await info.context.loaders.last_event.load((user_id, Trace((path,), until=as_of)))


async def _decided_by(info: Info, user_id: UUID, path: str, as_of: datetime | None) -> ProvisioningEvent | None:
    return await info.context.loaders.last_event.load((user_id, Trace((path, "override"), creation=True, until=as_of)))
