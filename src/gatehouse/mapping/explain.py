"""Why does a user have this access? The stored decision in sentences for account managers."""

from __future__ import annotations

from collections.abc import Mapping as Lookup, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from gatehouse.mapping.resolve import Access, GroupDecision, Outcome, RoleDecision
from gatehouse.mapping.rules import GroupRule, Mapping, Policy, RoleRule


class UserStatus(StrEnum):
    """Where a user stands; only an active one's access is in force."""

    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"
    DELETED = "DELETED"


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
    status: UserStatus,
    version: int | None = None,
    names: Names | None = None,
) -> Explanation:
    """Say in words what was decided; nothing is decided anew, so the answer always equals the stored access.

    :param access: as stored with the user.
    :param mapping: at the version that the access was decided with, or a later one: rules that were changed since are
        then spelled as they matched.
    :param status: the access of a disabled or deleted user is on record but not in force.
    :param version: the mapping version that decided, when it is not that of ``mapping``.
    """
    words = _Words(mapping, names or Names(), status, version or mapping.version)
    return Explanation(
        summary=words.summary(access),
        role=RoleExplanation(
            access.role, words.outcome(access.role.outcome), words.in_force(words.role_sentence(access.role))
        ),
        groups=tuple(
            GroupExplanation(group, words.outcome(group.outcome), words.in_force(words.group_sentence(group)))
            for group in access.groups
        ),
    )


def matched_role_rule(decision: RoleDecision, mapping: Mapping, version: int) -> RoleRule | None:
    """The rule that a decision at this version followed; None when there was none, or it was changed or removed since."""
    rule = mapping.role_rule_by_value.get(decision.normalised)
    return rule if rule and rule.id == decision.rule_id and rule.since_version <= version else None


def matched_group_rule(decision: GroupDecision, mapping: Mapping, version: int) -> GroupRule | None:
    """As :func:`matched_role_rule`."""
    rule = mapping.group_rule_by_value.get(decision.normalised)
    return rule if rule and rule.id == decision.rule_id and rule.since_version <= version else None


@dataclass(frozen=True, slots=True)
class _Words:
    """The sentences of one explanation."""

    _mapping: Mapping
    _names: Names
    _status: UserStatus
    _decided_at: int  # mapping version

    def outcome(self, decided: Outcome) -> Outcome:
        return decided if self._active else Outcome.INACTIVE

    def in_force(self, sentence: str) -> str:
        return sentence if self._active else f"{sentence}; not in force: {self._names.user} is {self._status.lower()}"

    @property
    def _active(self) -> bool:
        return self._status is UserStatus.ACTIVE

    def role_sentence(self, decision: RoleDecision) -> str:
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

    def group_sentence(self, decision: GroupDecision) -> str:
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
        role = f"role {self._role(access.role_id)}" if access.role_id else "no role"
        groups = self._groups(access.group_ids) if access.group_ids else "no employee groups"
        if not self._active:
            state = self._status.lower()
            return f"{self._capital()} is {state}: {role} and {groups} are on record but not in force."
        unmatched = access.unmatched
        without_rule = f"; no rule for {_list([_quoted(value) for value in unmatched])}" if unmatched else ""
        return f"{self._capital()} has {role} and {groups}{without_rule} {self._version()}."

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


def _problem(subject: str, value: str | None, normalised: str) -> str:
    return f"{subject} {_quoted(value)} matches no rule" if normalised else f"{subject} is empty"


def _quoted(value: str | None) -> str:
    return f"“{(value or '').strip()}”"


def _list(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
