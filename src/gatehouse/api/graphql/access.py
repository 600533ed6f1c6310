"""Why does a user have this access? The stored decision with its rules, its words, and who asserted the value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import strawberry

from gatehouse.api.graphql import masking
from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.context import Context, Info
from gatehouse.api.graphql.enums import Outcome, UnmappedPolicy
from gatehouse.api.graphql.events import ProvisioningEvent
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.mapping import GroupRule, RoleRule, load_groups, load_role
from gatehouse.mapping import resolve, rules
from gatehouse.mapping.explain import Explanation, Names, explain, matched_group_rule, matched_role_rule
from gatehouse.records import Permission
from gatehouse.services.directory import DirectoryUser


@strawberry.type(description="Which role, and why.")
class RoleDecision:
    """A decision of :class:`gatehouse.mapping.resolve.RoleDecision` as it stands today."""

    outcome: Outcome = strawberry.field(
        description="How it came about; INACTIVE while the user is disabled or deleted."
    )
    input_attribute: str = strawberry.field(description="The SCIM attribute that decides.")
    input_value: str | None = strawberry.field(description="Its value, as Entra sent it.")
    normalized_value: str | None = strawberry.field(description="The value as rules see it.")
    matched_rule: RoleRule | None = strawberry.field(
        description="The rule that matched; null if none did, or it was changed or removed since."
    )
    policy_applied: UnmappedPolicy | None = strawberry.field(description="What decided in the absence of a rule.")
    sentence: str = strawberry.field(description="All of this in words.")
    decision: strawberry.Private[resolve.RoleDecision]
    user_id: strawberry.Private[UUID]

    @resolver("The role on record; `User.role` says whether it is in force.")
    async def role(self, info: Info) -> Role | None:
        """Load the role."""
        return await load_role(info.context, self.decision.role_id)

    @resolver("The latest event that set the value.")
    async def asserted_by(self, info: Info) -> ProvisioningEvent | None:
        """Load the event."""
        return await info.context.loaders.assertion.load((self.user_id, self.input_attribute))


@strawberry.type(description="Which employee groups one segment gives, and why.")
class GroupDecision:
    """A decision of :class:`gatehouse.mapping.resolve.GroupDecision` as it stands today."""

    outcome: Outcome = strawberry.field(
        description="How it came about; INACTIVE while the user is disabled or deleted."
    )
    input_attribute: str = strawberry.field(description="The SCIM attribute that decides.")
    segment: str = strawberry.field(
        description="The segment, as Entra sent it; the whole value if a rule matched that."
    )
    segment_index: int = strawberry.field(description="Its place among the segments, from 0.")
    normalized_segment: str = strawberry.field(description="The segment as rules see it.")
    matched_rule: GroupRule | None = strawberry.field(
        description="The rule that matched; null if none did, or it was changed or removed since."
    )
    policy_applied: UnmappedPolicy | None = strawberry.field(description="What decided in the absence of a rule.")
    sentence: str = strawberry.field(description="All of this in words.")
    decision: strawberry.Private[resolve.GroupDecision]
    user_id: strawberry.Private[UUID]

    @resolver("The groups on record; `User.groups` says whether they are in force.")
    async def groups(self, info: Info) -> list[EmployeeGroup]:
        """Load the groups."""
        return await load_groups(info.context, self.decision.group_ids)

    @resolver("The latest event that set the value.")
    async def asserted_by(self, info: Info) -> ProvisioningEvent | None:
        """Load the event."""
        return await info.context.loaders.assertion.load((self.user_id, self.input_attribute))


@strawberry.type(description="What a user gets, and why: value → normalised value → rule → mapping version → access.")
class AccessExplanation:
    """The stored access in words; always equal to the access itself."""

    mapping_version: int = strawberry.field(description="The mapping version that decided.")
    role: RoleDecision = strawberry.field(description="The role decision.")
    groups: list[GroupDecision] = strawberry.field(description="One decision for each segment.")
    unmatched_values: list[str] = strawberry.field(description="The values without a rule, as typed.")
    summary: str = strawberry.field(description="The whole answer in one sentence.")


async def explain_access(user: DirectoryUser, context: Context) -> AccessExplanation:
    """Explain the access on record of a user in sight.

    The mapping in force lends the words, for that one is in memory; what was changed since the access was decided is
    left out.
    """
    tenant = await context.loaders.tenant.load(user.tenant_id)
    in_force = tenant.record.mapping_version if tenant else user.mapping_version
    mapping = await context.loaders.mapping.load((user.tenant_id, in_force))
    access = resolve.Access.from_text(user.access)
    personal = context.may(Permission.READ_PII, user.tenant_id)
    names = await _names(user.called if personal else masking.mask(user.called), access, context)
    explanation = explain(access, mapping, status=user.status, version=user.mapping_version, names=names)
    return _Explained(user, mapping, access, explanation, personal=personal).to_type()


async def _names(called: str, access: resolve.Access, context: Context) -> Names:
    role = await load_role(context, access.role_id)
    groups = await load_groups(context, access.group_ids)
    return Names(
        user=called or Names().user,
        roles={access.role_id: role.name} if role and access.role_id else {},
        groups={group_id: group.name for group_id, group in zip(access.group_ids, groups, strict=False)},
    )


@dataclass(frozen=True)
class _Explained:
    """An explanation on its way out: values of personal attributes are masked without READ_PII."""

    user: DirectoryUser
    mapping: rules.Mapping
    access: resolve.Access
    explanation: Explanation
    personal: bool

    def to_type(self) -> AccessExplanation:
        return AccessExplanation(
            mapping_version=self.user.mapping_version,
            role=self._role(),
            groups=[self._group(index) for index in range(len(self.explanation.groups))],
            unmatched_values=[self._unmatched(value) for value in self.access.unmatched],
            summary=self._sentence(self.explanation.summary, self._secrets()),
        )

    def _role(self) -> RoleDecision:
        explained, attribute = self.explanation.role, self.mapping.settings.role_attribute
        decision = explained.decision
        rule = matched_role_rule(decision, self.mapping, self.user.mapping_version)
        return RoleDecision(
            outcome=explained.outcome,
            input_attribute=attribute,
            input_value=self._value(attribute, decision.value),
            normalized_value=self._value(attribute, decision.normalised or None),
            matched_rule=RoleRule.from_rule(rule) if rule else None,
            policy_applied=decision.policy,
            sentence=self._sentence(explained.sentence, self._secrets()),
            decision=decision,
            user_id=self.user.id,
        )

    def _group(self, index: int) -> GroupDecision:
        explained, attribute = self.explanation.groups[index], self.mapping.settings.group_attribute
        decision = explained.decision
        rule = matched_group_rule(decision, self.mapping, self.user.mapping_version)
        return GroupDecision(
            outcome=explained.outcome,
            input_attribute=attribute,
            segment=self._value(attribute, decision.segment) or "",
            segment_index=decision.index,
            normalized_segment=self._value(attribute, decision.normalised) or "",
            matched_rule=GroupRule.from_rule(rule) if rule else None,
            policy_applied=decision.policy,
            sentence=self._sentence(explained.sentence, self._secrets()),
            decision=decision,
            user_id=self.user.id,
        )

    def _hidden(self, attribute: str) -> bool:
        return not self.personal and not masking.is_open(attribute)

    def _value(self, attribute: str, value: str | None) -> str | None:
        return masking.mask(value) if value and self._hidden(attribute) else value

    def _unmatched(self, value: str) -> str:
        return masking.mask(value) if value in self._secrets() else value

    def _secrets(self) -> Sequence[str]:
        """The values, as sent and as matched, of the attributes that are personal."""
        role, settings = self.access.role, self.mapping.settings
        found = [role.value, role.normalised] if self._hidden(settings.role_attribute) else []
        if self._hidden(settings.group_attribute):
            found += [text for group in self.access.groups for text in (group.segment, group.normalised)]
        return [text for text in found if text]

    @staticmethod
    def _sentence(sentence: str, secrets: Sequence[str]) -> str:
        return masking.mask_sentence(sentence, *secrets) if secrets else sentence
