"""Why does a user have this access? The stored decision in sentences for account managers."""

from __future__ import annotations

from collections.abc import Mapping as Lookup, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from gatehouse.mapping.override import Override
from gatehouse.mapping.resolve import Access, GroupDecision, Outcome, RoleDecision
from gatehouse.mapping.rules import GroupRule, Mapping, Policy, RoleRule
from gatehouse.records import iso_milliseconds


class UserStatus(StrEnum):
    """Where a user stands; only an active one's access is in force."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"
    DELETED = "DELETED"


class Standing(StrEnum):
    """Where a user stood at some moment: as :class:`UserStatus`, or not there at all."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"
    DELETED = "DELETED"
    NOT_CREATED = "NOT_CREATED"  # not provisioned yet
    NOT_RECORDED = "NOT_RECORDED"  # provisioned, but nothing is kept of that time


_NOTHING_DECIDED: Final = {
    Standing.NOT_CREATED: "was not provisioned yet",
    Standing.NOT_RECORDED: "existed, but what access followed is not recorded: the record begins later",
}


@dataclass(frozen=True, slots=True)
class Names:
    """What to call people and things in a sentence; an id without a name shows its key in the mapping."""

    user: str = "the user"
    roles: Lookup[UUID, str] = field(default_factory=dict)
    groups: Lookup[UUID, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoleExplanation:
    """The role decision as it stands today; ``outcome`` is ``INACTIVE`` unless the user is active."""

    decision: RoleDecision
    outcome: Outcome
    sentence: str


@dataclass(frozen=True, slots=True)
class GroupExplanation:
    """The decision of one segment as it stands today; ``outcome`` is ``INACTIVE`` unless the user is active."""

    decision: GroupDecision
    outcome: Outcome
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """The whole answer: ``summary`` in one sentence, then role and groups with their reasons."""

    summary: str
    role: RoleExplanation
    groups: tuple[GroupExplanation, ...]


def explain(
    access: Access,
    mapping: Mapping,
    *,
    status: UserStatus | Standing,
    version: int | None = None,
    names: Names | None = None,
    as_of: datetime | None = None,
) -> Explanation:
    """Say in words what was decided; nothing is decided anew, so the answer always equals the stored access.

    :param access: as stored with the user.
    :param mapping: at the version that the access was decided with, or a later one: rules that were changed since are
        then spelled as they matched.
    :param status: the access of a disabled or deleted user is on record but not in force.
    :param version: the mapping version that decided, when it is not that of ``mapping``.
    :param as_of: the past moment that is asked for, which the summary then names.
    """
    words = _Words(mapping, names or Names(), Standing(status), version or mapping.version)
    summary = words.summary(access)
    return Explanation(
        summary=summary if as_of is None else f"At {iso_milliseconds(as_of)}: {summary}",
        role=RoleExplanation(
            access.role_decision, words.outcome(access.role_outcome), words.in_force(words.role_sentence(access))
        ),
        groups=tuple(
            GroupExplanation(group, words.outcome(group.outcome), words.in_force(words.group_sentence(access, index)))
            for index, group in enumerate(access.group_decisions)
        ),
    )


def matched_role_rule(decision: RoleDecision, mapping: Mapping, version: int) -> RoleRule | None:
    """The rule that a decision at this version followed; None when there was none, or it was changed or removed since."""
    rule = mapping.role_rule_by_value.get(decision.normalised)
    return rule if rule and _followed(decision.rule_id, rule, mapping, version) else None


def matched_group_rule(decision: GroupDecision, mapping: Mapping, version: int) -> GroupRule | None:
    """As :func:`matched_role_rule`."""
    rule = mapping.group_rule_by_value.get(decision.normalised)
    return rule if rule and _followed(decision.rule_id, rule, mapping, version) else None


def _followed(rule_id: UUID | None, rule: RoleRule | GroupRule, mapping: Mapping, version: int) -> bool:
    """Within its own version a value tells the rule; in a later one it may have been changed, or be another one."""
    if mapping.version == version:
        return rule_id is not None
    return rule.id == rule_id and rule.since_version <= version


@dataclass(frozen=True, slots=True)
class _Words:
    """The sentences of one explanation."""

    _mapping: Mapping
    _names: Names
    _status: Standing
    _decided_at: int  # mapping version

    def outcome(self, decided: Outcome) -> Outcome:
        if self._status is Standing.NOT_RECORDED:
            return Outcome.UNKNOWN
        return decided if self._active else Outcome.INACTIVE

    def in_force(self, sentence: str) -> str:
        if self._status in _NOTHING_DECIDED:
            return f"{self._capital()} {_NOTHING_DECIDED[self._status]}"
        return sentence if self._active else f"{sentence}; not in force: {self._names.user} is {self._status.lower()}"

    @property
    def _active(self) -> bool:
        return self._status is Standing.ACTIVE

    def role_sentence(self, access: Access) -> str:
        override = access.override
        if override is None or override.role_id is None:
            return self._ruled_role(access.role)
        given = f"an override gives role {self._role(override.role_id)} {_until(override)}"
        return f"{given}; without it: {self._ruled_role(access.role)}"

    def _ruled_role(self, decision: RoleDecision) -> str:
        attribute = self._mapping.settings.role_attribute
        if decision.rule_id is not None:
            rule = matched_role_rule(decision, self._mapping, self._decided_at)
            spelling = rule.value if rule else decision.normalised
            found = f"{attribute} {_quoted(decision.value)} matches the rule {_quoted(spelling)}"
            return f"{found} → role {self._role(decision.role_id)} {self._version()}"
        problem = _problem(attribute, decision.value, decision.normalised)
        return f"{problem}; {self._role_policy(decision)} {self._version()}"

    def _role_policy(self, decision: RoleDecision) -> str:
        policy = f"policy {decision.policy or Policy.ASSIGN_NONE}"
        if decision.outcome is Outcome.DEFAULTED:
            return f"{policy} gives {self._names.user} the default role {self._role(decision.role_id)}"
        if decision.outcome is Outcome.KEPT_PREVIOUS:
            return f"{policy} leaves {self._names.user} the previous role {self._role(decision.role_id)}"
        return f"{policy} leaves {self._names.user} without a role"

    def group_sentence(self, access: Access, index: int) -> str:
        override = access.override
        if override is not None and index == len(access.groups):
            return f"an override adds {self._groups(override.added)} {_until(override)}"
        ruled, decided = access.groups[index], access.group_decisions[index]
        if override is None or decided == ruled:
            return self._ruled_group(ruled)
        withheld = [group_id for group_id in ruled.group_ids if group_id not in decided.group_ids]
        return f"{self._ruled_group(ruled)}; an override withholds {self._groups(withheld)} {_until(override)}"

    def _ruled_group(self, decision: GroupDecision) -> str:
        attribute = self._mapping.settings.group_attribute
        if decision.rule_id is not None:
            rule = matched_group_rule(decision, self._mapping, self._decided_at)
            spelling = rule.value if rule else decision.normalised
            found = f"{attribute} part {_quoted(decision.segment)} matches the rule {_quoted(spelling)}"
            return f"{found} → {self._groups(decision.group_ids)} {self._version()}"
        subject = f"{attribute} part" if decision.normalised else attribute
        problem = _problem(subject, decision.segment, decision.normalised)
        return f"{problem}; {self._group_policy(decision)} {self._version()}"

    def _group_policy(self, decision: GroupDecision) -> str:
        policy = f"policy {decision.policy or Policy.ASSIGN_NONE}"
        if decision.outcome is Outcome.DEFAULTED:
            return f"{policy} gives {self._names.user} the default {self._groups(decision.group_ids)}"
        if decision.outcome is Outcome.KEPT_PREVIOUS:
            return f"{policy} leaves {self._names.user} the previous {self._groups(decision.group_ids)}"
        return f"{policy} gives {self._names.user} no group for it"

    def summary(self, access: Access) -> str:
        if self._status in _NOTHING_DECIDED:
            return f"{self._capital()} {_NOTHING_DECIDED[self._status]}."
        role = f"role {self._role(access.role_id)}" if access.role_id else "no role"
        groups = self._groups(access.group_ids) if access.group_ids else "no employee groups"
        if not self._active:
            state = self._status.lower()
            return f"{self._capital()} is {state}: {role} and {groups} are on record but not in force."
        by_override = f", by an override {_until(access.override)}" if access.override else ""
        unmatched = access.unmatched
        without_rule = f"; no rule for {_list([_quoted(value) for value in unmatched])}" if unmatched else ""
        return f"{self._capital()} has {role} and {groups}{by_override}{without_rule} {self._version()}."

    def _capital(self) -> str:
        user = self._names.user
        return user[:1].upper() + user[1:] if user == Names().user else user

    def _role(self, role_id: UUID | None) -> str:
        return (
            "none"
            if role_id is None
            else self._names.roles.get(role_id) or self._mapping.roles.get(role_id, str(role_id))
        )

    def _groups(self, group_ids: Sequence[UUID]) -> str:
        called = [self._names.groups.get(g) or self._mapping.groups.get(g, str(g)) for g in group_ids]
        return f"{'employee group' if len(called) == 1 else 'employee groups'} {_list(called)}"

    def _version(self) -> str:
        return f"(mapping version {self._decided_at})"


def _until(override: Override) -> str:
    return f"until {iso_milliseconds(override.expires_at)} (“{override.reason}”, {override.set_by.display})"


def _problem(subject: str, value: str | None, normalised: str) -> str:
    return f"{subject} {_quoted(value)} matches no rule" if normalised else f"{subject} is empty"


def _quoted(value: str | None) -> str:
    return f"“{(value or '').strip()}”"


def _list(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
