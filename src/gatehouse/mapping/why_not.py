"""Why does a user not have a role, or an employee group, and what would give it? In sentences, without deciding anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from gatehouse.mapping.explain import Explanation, Names, Standing
from gatehouse.mapping.near import near_misses
from gatehouse.mapping.resolve import Access
from gatehouse.mapping.rules import GroupRule, Mapping, Policy, RoleRule
from gatehouse.records import iso_milliseconds

_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked for: a role, or an employee group."""

    id: UUID
    name: str
    is_role: bool
    archived: bool = False

    @property
    def called(self) -> str:
        """``role Owner``."""
        return f"{'role' if self.is_role else 'employee group'} {self.name}"


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Whether the user has it, in force; what stands in the way, and what would give it, each as a sentence."""

    granted: bool
    blockers: tuple[str, ...] = ()
    would_grant_if: tuple[str, ...] = ()


def why_not(
    target: Target,
    access: Access,
    mapping: Mapping,
    explanation: Explanation,
    *,
    status: Standing,
    names: Names | None = None,
) -> WhyNot:
    """Compare what a user gets with what somebody expected.

    :param access: as in force at the moment asked for.
    :param mapping: at the version that decided the access.
    :param explanation: of the same access: its sentences tell what was given instead.
    """
    has = access.role_id == target.id if target.is_role else target.id in access.group_ids
    if has and status is Standing.ACTIVE:
        return WhyNot(granted=True)
    case = _Case(target, access, mapping, explanation, status, names or Names(), on_record=has)
    return WhyNot(granted=False, blockers=tuple(case.blockers()), would_grant_if=tuple(case.would_grant_if()))


@dataclass(frozen=True, slots=True)
class _Case:
    target: Target
    access: Access
    mapping: Mapping
    explanation: Explanation
    status: Standing
    names: Names
    on_record: bool = field(kw_only=True)

    def blockers(self) -> Iterator[str]:
        """From the outside in: the user, the override, the rules."""
        user = self.names.user
        if self.status in {Standing.NOT_CREATED, Standing.NOT_RECORDED}:
            yield self.explanation.role.sentence
            return
        if self.status is not Standing.ACTIVE:
            yield f"{user} is {self.status.lower()}: no access is in force"
        if self.on_record:
            return
        if self.target.archived:
            yield f"{self.target.called} is archived: nothing can give it any more"
        if self._override_decides:
            yield self._override_sentence()
        if not self._ruled:
            yield from self._rules_say()

    def would_grant_if(self) -> Iterator[str]:
        if self.status in {Standing.NOT_CREATED, Standing.NOT_RECORDED}:
            return
        user, override = self.names.user, self.access.override
        if self.status is Standing.DISABLED:
            yield f"Entra enables {user}" + ("" if self.on_record else ", and one of the following holds")
        if self.status is Standing.DELETED:
            yield f"Entra provisions {user} again" + ("" if self.on_record else ", and one of the following holds")
        if self.on_record or self.target.archived:
            return
        if override is not None and self._override_decides:
            ends = f"the override ends, at {iso_milliseconds(override.expires_at)} or when it is cleared"
            yield ends if self._ruled else f"{ends}; and a rule gives {self.target.called}"
        if not self._ruled:
            yield from self._ways()
        yield f"an override gives {user} {self.target.called} for a time"

    @property
    def _ruled(self) -> bool:
        """Whether the rules give it, and only an override withholds it."""
        ruled = self.access.by_rules
        return ruled.role_id == self.target.id if self.target.is_role else self.target.id in ruled.group_ids

    @property
    def _override_decides(self) -> bool:
        override = self.access.override
        if override is None:
            return False
        return override.role_id is not None if self.target.is_role else self.target.id in override.removed

    def _override_sentence(self) -> str:
        override = self.access.override
        assert override is not None  # noqa: S101 - as _override_decides says
        until = f"until {iso_milliseconds(override.expires_at)} (“{override.reason}”)"
        if not self.target.is_role or override.role_id is None:
            return f"an override withholds {self.target.called} {until}"
        return f"an override gives role {self._role(override.role_id)} instead {until}"

    def _role(self, role_id: UUID) -> str:
        return self.names.roles.get(role_id) or self.mapping.roles.get(role_id, str(role_id))

    def _rules_say(self) -> Iterator[str]:
        """The sentences of what the values gave instead."""
        if self.target.is_role:
            yield self.explanation.role.sentence
        else:
            yield from (group.sentence for group in self.explanation.groups[: len(self.access.groups)])

    def _ways(self) -> Iterator[str]:
        rules = self._giving
        kind, attribute = "role" if self.target.is_role else "group", self._attribute
        if not rules:
            yield f"a {kind} rule gives {self.target.called}: there is none yet"
        elif self.target.is_role:
            yield f"Entra sends as {attribute} {_one_of([rule.value for rule in rules])}"
        else:
            parts = _one_of([rule.value for rule in rules])
            yield f"Entra sends as {attribute}, or as a part of it between “{self.mapping.settings.delimiter}”, {parts}"
        for value in self._values:
            yield f"a {kind} rule gives {self.target.called} for {attribute} “{value.strip()}”"
            for near in near_misses(value, rules):
                yield f"{attribute} “{value.strip()}” is mended: {near.reason}"
        if self._default:
            yield f"the policy for values without a rule is {Policy.USE_DEFAULT}: {self.target.called} is the default"

    @property
    def _attribute(self) -> str:
        settings = self.mapping.settings
        return settings.role_attribute if self.target.is_role else settings.group_attribute

    @property
    def _giving(self) -> list[RoleRule | GroupRule]:
        if self.target.is_role:
            return [rule for rule in self.mapping.role_rules if rule.role_id == self.target.id]
        return [rule for rule in self.mapping.group_rules if self.target.id in rule.group_ids]

    @property
    def _values(self) -> list[str]:
        """What Entra sent, as far as no rule takes it."""
        if self.target.is_role:
            role = self.access.role
            return [role.value] if role.value and role.normalised and role.rule_id is None else []
        return [group.segment for group in self.access.groups if group.normalised and group.rule_id is None]

    @property
    def _default(self) -> bool:
        settings = self.mapping.settings
        if self.target.is_role:
            return settings.default_role_id == self.target.id and self.access.role.rule_id is None
        return self.target.id in settings.default_group_ids and not any(g.rule_id for g in self.access.groups)


def _one_of(values: Sequence[str]) -> str:
    shown = [f"“{value}”" for value in values[:_NAMED]]
    more = f" (and {len(values) - _NAMED} more)" if len(values) > _NAMED else ""
    return f"{shown[0]}{more}" if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}{more}"
