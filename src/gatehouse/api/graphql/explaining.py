"""Explaining the access of users at a moment, with names for people to read, and masked for who may not see people."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import strawberry

from gatehouse.api.graphql.access import AccessExplanation, CandidateRule, GroupDecision, RoleDecision, WhyNot
from gatehouse.api.graphql.context import Context
from gatehouse.api.graphql.ids import row_id
from gatehouse.api.graphql.mapping import GroupRule, RoleRule, load_groups
from gatehouse.api.graphql.overrides import AccessOverride, presentable
from gatehouse.errors import InvalidValue
from gatehouse.mapping import resolve, rules
from gatehouse.mapping.explain import Explanation, Names, explain, matched_group_rule, matched_role_rule
from gatehouse.mapping.near import near_misses
from gatehouse.mapping.why_not import Target, why_not
from gatehouse.records import end_of_shown
from gatehouse.services import masking
from gatehouse.services.access_history import AccessState, state_at
from gatehouse.services.directory import DirectoryUser

_SKEW: Final = timedelta(minutes=1)  # so far a caller's clock may be ahead


async def explain_access(user: DirectoryUser, context: Context, as_of: datetime | None) -> AccessExplanation:
    """Explain the access of a user in sight.

    :param as_of: None: now.
    :raises InvalidValue: it lies in the future.
    """
    return (await _explained(user, context, as_of)).to_type()


async def explain_why_not(
    user: DirectoryUser,
    context: Context,
    *,
    role_id: strawberry.ID | None,
    group_id: strawberry.ID | None,
    as_of: datetime | None,
) -> WhyNot | None:
    """Explain what a user in sight does not have; None when the user's tenant has no such role or group.

    :raises InvalidValue: not exactly one of role and group, or a moment in the future.
    """
    target = await _target(user, context, role_id, group_id)
    if target is None:
        return None
    explained = await _explained(user, context, as_of)
    found = why_not(
        target,
        explained.access,
        explained.mapping,
        explained.explanation,
        status=explained.state.status,
        names=explained.names,
    )
    show = explained.sentence
    return WhyNot(
        granted=found.granted,
        blockers=[show(sentence) for sentence in found.blockers],
        would_grant_if=[show(sentence) for sentence in found.would_grant_if],
    )


def effective_access(user: DirectoryUser, context: Context) -> resolve.Access:
    """The access on record as it counts now: an override that has expired does not."""
    return resolve.Access.from_text(user.access).at(context.now)


def effective_role_id(user: DirectoryUser, context: Context) -> UUID | None:
    """The role of :func:`effective_access`, without reading the access where no override can be in it."""
    return effective_access(user, context).role_id if '"override":' in user.access else user.role_id


def access_override(user: DirectoryUser, context: Context) -> AccessOverride | None:
    """The override that counts now."""
    personal = context.may_see_people(user.tenant_id)
    override = presentable(effective_access(user, context), personal=personal).override
    return AccessOverride.from_value(override) if override else None


async def _target(
    user: DirectoryUser, context: Context, role_id: strawberry.ID | None, group_id: strawberry.ID | None
) -> Target | None:
    if bool(role_id) == bool(group_id):
        raise InvalidValue("give exactly one of `roleId` and `groupId`", path="roleId")
    key = row_id("Role", role_id) if role_id else row_id("EmployeeGroup", group_id or "")
    loader = context.loaders.role if role_id else context.loaders.employee_group
    found = await loader.load(key) if key else None
    if key is None or found is None or found.record.tenant_id != user.tenant_id:
        return None
    return Target(key, found.record.name, is_role=bool(role_id), archived=found.record.archived_at is not None)


async def _explained(user: DirectoryUser, context: Context, as_of: datetime | None) -> _Explained:
    moment = moment_asked(context, as_of)
    # asked for also where it is not needed: the users of a list keep step, and share their statements
    past = await context.loaders.past_access.load((user.id, moment)) if as_of else None
    state = state_at(user, moment, past)
    version = state.mapping_version
    if version is None:
        tenant = await context.loaders.tenant.load(user.tenant_id)
        version = tenant.record.mapping_version if tenant else user.mapping_version
    mapping = await context.loaders.mapping.load((user.tenant_id, version))
    personal = context.may_see_people(user.tenant_id)
    access = presentable(state.access, personal=personal)
    names = await _names(user.called if personal else masking.mask(user.called), access, context)
    until = None if as_of is None else moment
    explanation = explain(access, mapping, status=state.status, version=state.mapping_version, names=names, as_of=until)
    return _Explained(user, mapping, state, access, explanation, names, moment, until, personal=personal)


def moment_asked(context: Context, as_of: datetime | None) -> datetime:
    """Read `asOf`: None is now, and a moment as it is shown takes in all that is shown as of then.

    :raises InvalidValue: it lies in the future.
    """
    if as_of is not None and as_of > context.now + _SKEW:
        raise InvalidValue("`asOf` lies in the future", path="asOf")
    return context.now if as_of is None else min(end_of_shown(as_of), context.now)


async def _names(called: str, access: resolve.Access, context: Context) -> Names:
    removed = access.override.removed if access.override else ()
    role_ids = [role_id for role_id in dict.fromkeys((access.role.role_id, access.role_id)) if role_id]
    group_ids = list(dict.fromkeys((*access.by_rules.group_ids, *access.group_ids, *removed)))
    roles = await context.loaders.role.load_many(role_ids)
    groups = await load_groups(context, group_ids)
    return Names(
        user=called or Names().user,
        roles={role.record.id: role.name for role in roles if role},
        groups={group.record.id: group.name for group in groups},
    )


@dataclass(frozen=True)
class _Explained:
    """An explanation on its way out: values of personal attributes are masked without READ_PII."""

    user: DirectoryUser
    mapping: rules.Mapping
    state: AccessState
    access: resolve.Access
    explanation: Explanation
    names: Names
    moment: datetime
    as_of: datetime | None
    personal: bool

    def to_type(self) -> AccessExplanation:
        """Put the answer together."""
        role = self._role()
        groups = [self._group(index) for index in range(len(self.explanation.groups))]
        summary = self.sentence(self.explanation.summary)
        lines = [role.sentence, *(group.sentence for group in groups)]
        answer = "\n".join((self.state.status, *lines))
        return AccessExplanation(
            as_of=self.moment,
            status=self.state.status,
            mapping_version=self.state.mapping_version,
            role=role,
            groups=groups,
            unmatched_values=[self._unmatched(value) for value in self.access.unmatched],
            override=self._override,
            summary=summary,
            share_text="\n".join((summary, *(f"- {line}" for line in lines))),
            digest=hashlib.sha256(answer.encode()).hexdigest(),
        )

    @property
    def _override(self) -> AccessOverride | None:
        return AccessOverride.from_value(self.access.override) if self.access.override else None

    def _role(self) -> RoleDecision:
        explained, attribute = self.explanation.role, self.mapping.settings.role_attribute
        decision, ruled = explained.decision, self.access.role
        rule = matched_role_rule(ruled, self.mapping, self.state.mapping_version or self.mapping.version)
        near = near_misses(ruled.value, self.mapping.role_rules) if ruled.rule_id is None else ()
        return RoleDecision(
            outcome=explained.outcome,
            input_attribute=attribute,
            input_value=self._value(attribute, ruled.value),
            normalized_value=self._value(attribute, ruled.normalised or None),
            matched_rule=RoleRule.from_rule(rule) if rule else None,
            policy_applied=ruled.policy,
            override=self._override if decision != ruled else None,
            candidates=[
                CandidateRule(rule=RoleRule.from_rule(n.rule), similarity=n.similarity, reason=n.reason) for n in near
            ],
            sentence=self.sentence(explained.sentence),
            decision=decision,
            user_id=self.user.id,
            as_of=self.as_of,
        )

    def _group(self, index: int) -> GroupDecision:
        explained, attribute = self.explanation.groups[index], self.mapping.settings.group_attribute
        decision = explained.decision
        rule = matched_group_rule(decision, self.mapping, self.state.mapping_version or self.mapping.version)
        return GroupDecision(
            outcome=explained.outcome,
            input_attribute=attribute,
            segment=self._value(attribute, decision.segment) or "",
            segment_index=decision.index,
            normalized_segment=self._value(attribute, decision.normalised) or "",
            matched_rule=GroupRule.from_rule(rule) if rule else None,
            policy_applied=decision.policy,
            override=self._override if decision.outcome is resolve.Outcome.OVERRIDDEN else None,
            sentence=self.sentence(explained.sentence),
            decision=decision,
            user_id=self.user.id,
            as_of=self.as_of,
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

    def sentence(self, sentence: str) -> str:
        """A sentence without personal values for who may not see them."""
        secrets = self._secrets()
        return masking.mask_sentence(sentence, *secrets) if secrets else sentence
