"""What access does a user get? One pure function from attribute values and mapping to role and groups, with reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

import orjson

from gatehouse.errors import InvalidValue
from gatehouse.mapping.override import Override
from gatehouse.mapping.rules import GroupRule, Mapping, Policy, RoleRule, normalise, segments

_KNOWN_VALUES_NAMED: Final = 20


class Outcome(StrEnum):
    """How a decision came about."""

    MAPPED = "MAPPED"  # a rule matched
    DEFAULTED = "DEFAULTED"  # no rule; the tenant's default was given
    KEPT_PREVIOUS = "KEPT_PREVIOUS"  # no rule; what the user had stayed
    UNMAPPED = "UNMAPPED"  # no rule, nothing given
    EMPTY = "EMPTY"  # no value, nothing given
    OVERRIDDEN = "OVERRIDDEN"  # an administrator decided
    INACTIVE = "INACTIVE"  # decided, but not in force: the user is disabled
    UNKNOWN = "UNKNOWN"  # at a past moment of which nothing is recorded


@dataclass(frozen=True, slots=True)
class RoleDecision:
    """Which role, and why. ``policy`` is set whenever no rule matched."""

    outcome: Outcome
    role_id: UUID | None = None
    value: str | None = None  # verbatim
    normalised: str = ""
    rule_id: UUID | None = None
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class GroupDecision:
    """Which employee groups one segment gives, and why; an empty value has one decision with an empty segment."""

    outcome: Outcome
    segment: str = ""  # verbatim but trimmed; the whole value when a whole-string rule matched
    index: int = 0  # 0-based among the segments
    normalised: str = ""
    group_ids: tuple[UUID, ...] = ()
    rule_id: UUID | None = None
    policy: Policy | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """What one user gets, and what could not be matched.

    ``role`` and ``groups`` are what the rules decide; an override stands above them without changing them, so that they
    are right the moment it ends.
    """

    role: RoleDecision
    groups: tuple[GroupDecision, ...]
    override: Override | None = None

    @property
    def role_id(self) -> UUID | None:
        """The role, if any."""
        return self.role_decision.role_id

    @property
    def role_outcome(self) -> Outcome:
        """How the role came about."""
        return self.role_decision.outcome

    @property
    def group_ids(self) -> tuple[UUID, ...]:
        """The employee groups of all segments, in order, without repeats."""
        return _union(decision.group_ids for decision in self.group_decisions)

    @property
    def role_decision(self) -> RoleDecision:
        """Which role, the override included."""
        if self.override is None or self.override.role_id is None:
            return self.role
        return replace(self.role, outcome=Outcome.OVERRIDDEN, role_id=self.override.role_id)

    @property
    def group_decisions(self) -> tuple[GroupDecision, ...]:
        """Which groups, the override included: withheld where the rules give them, added by a decision of its own."""
        if self.override is None:
            return self.groups
        decisions = tuple(_withheld(decision, self.override) for decision in self.groups)
        if not self.override.added:
            return decisions
        return (*decisions, GroupDecision(Outcome.OVERRIDDEN, index=len(decisions), group_ids=self.override.added))

    @property
    def by_rules(self) -> Access:
        """The same without the override."""
        return self if self.override is None else replace(self, override=None)

    def at(self, moment: datetime) -> Access:
        """As it is in force at a moment: an override that has expired counts no more, even while it is still stored."""
        return self.by_rules if self.override is not None and self.override.expires_at <= moment else self

    @property
    def unmatched(self) -> tuple[str, ...]:
        """The values without a rule, as typed: the title first, then segments in order."""
        title = (self.role.value or "",) if self.role.rule_id is None and self.role.normalised else ()
        return title + tuple(g.segment for g in self.groups if g.rule_id is None and g.normalised)

    def to_text(self) -> str:
        """Compact JSON; equal accesses give equal text."""
        data: dict[str, Any] = {
            "role": _role_to_json(self.role),
            "groups": [_group_to_json(group) for group in self.groups],
        }
        if self.override is not None:
            data["override"] = self.override.to_json()
        return orjson.dumps(data, default=str).decode()  # str: drivers have their own subclasses of UUID

    @classmethod
    def from_text(cls, text: str) -> Access:
        """Read what :meth:`to_text` wrote; ``{}`` reads as "nothing decided yet": no value, no access."""
        return _access_from_text(text)


@lru_cache(maxsize=64)
def _access_from_text(text: str) -> Access:
    """A write reads the same text twice, and colleagues share it: role, groups and reasons, but for an override."""
    data = orjson.loads(text)
    return Access(
        role=_role_from_json(data.get("role", {"outcome": Outcome.EMPTY})),
        groups=tuple(_group_from_json(group) for group in data.get("groups", ())),
        override=Override.from_json(data["override"]) if "override" in data else None,
    )


def resolve(
    title: str | None, user_type: str | None, mapping: Mapping, *, previous: Access | None, refuse: bool = True
) -> Access:
    """Decide a user's role and employee groups.

    The role comes from the one rule of the normalised title. For groups a rule of the whole value beats splitting; else
    each segment gives the groups of its rule. The policies step in as follows.

    - Role: ``empty_title`` for a blank value, ``unmapped_title`` for one without a rule.
    - Groups: ``unmapped_group`` when the value is blank or when *no* segment has a rule; it then speaks for every
      segment. A segment without a rule beside matched ones gives nothing and is reported as ``UNMAPPED``; only
      ``REJECT_REQUEST`` refuses it there too.
    - ``KEEP_PREVIOUS`` keeps what ``previous`` gave, ``USE_DEFAULT`` gives the tenant's default. Without anything to keep
      or to give the outcome is ``UNMAPPED`` or ``EMPTY``: ``KEPT_PREVIOUS`` and ``DEFAULTED`` always give something.
    - ``REJECT_REQUEST`` refuses to *take on* a value. A value that the user already has is not refused again, so that a
      disabled title can never block the disabling of its holder; it gives nothing.
    - An override stays as it is, and decides nothing here: ``KEEP_PREVIOUS`` keeps what the rules gave.

    Pure and idempotent: resolving again with the result as ``previous`` gives the result.

    :param title: the value of the tenant's role attribute, verbatim.
    :param user_type: the value of the tenant's group attribute, verbatim.
    :param previous: the stored access; None for a new user.
    :param refuse: False where there is no request to refuse, as when the mapping changes below an existing user.
    :raises InvalidValue: policy ``REJECT_REQUEST``; names the value and the known ones.
    """
    role = _resolve_role(title, mapping, previous)
    groups = _resolve_groups(user_type, mapping, previous)
    if refuse:
        _refuse_new_role_value(role, mapping, previous)
        _refuse_new_group_values(groups, mapping, previous)
    return Access(role, groups, previous.override if previous is not None else None)


def _resolve_role(title: str | None, mapping: Mapping, previous: Access | None) -> RoleDecision:
    settings = mapping.settings
    normalised = normalise(title) if title else ""
    rule = mapping.role_rule_by_value.get(normalised) if normalised else None
    if rule is not None:
        return RoleDecision(Outcome.MAPPED, rule.role_id, title, normalised, rule.id)
    policy = settings.unmapped_title if normalised else settings.empty_title
    outcome, role_id = Outcome.UNMAPPED if normalised else Outcome.EMPTY, None
    if policy is Policy.USE_DEFAULT and settings.default_role_id is not None:
        outcome, role_id = Outcome.DEFAULTED, settings.default_role_id
    elif policy is Policy.KEEP_PREVIOUS and previous is not None and previous.role.role_id is not None:
        outcome, role_id = Outcome.KEPT_PREVIOUS, previous.role.role_id
    return RoleDecision(outcome, role_id, title, normalised, policy=policy)


def _resolve_groups(user_type: str | None, mapping: Mapping, previous: Access | None) -> tuple[GroupDecision, ...]:
    normalised = normalise(user_type) if user_type else ""
    if user_type is None or not normalised:
        return (_without_rule(Outcome.EMPTY, "", 0, mapping, previous),)
    rules = mapping.group_rule_by_value
    if normalised in rules:
        return (_by_rule(rules[normalised], user_type.strip(), 0),)
    pieces = segments(user_type, mapping.settings.delimiter) or (user_type.strip(),)
    found = [rules.get(normalise(piece)) for piece in pieces]
    if not any(found):
        return tuple(_without_rule(Outcome.UNMAPPED, p, i, mapping, previous) for i, p in enumerate(pieces))
    return tuple(
        _by_rule(rule, piece, index) if rule else _beside_matched(piece, index, mapping)
        for index, (piece, rule) in enumerate(zip(pieces, found, strict=True))
    )


def _by_rule(rule: GroupRule, segment: str, index: int) -> GroupDecision:
    return GroupDecision(Outcome.MAPPED, segment, index, normalise(segment), rule.group_ids, rule.id)


def _beside_matched(segment: str, index: int, mapping: Mapping) -> GroupDecision:
    """Give nothing to a segment without a rule next to matched ones: of the policies only refusing applies to it."""
    policy = mapping.settings.unmapped_group
    applied = policy if policy is Policy.REJECT_REQUEST else Policy.ASSIGN_NONE
    return GroupDecision(Outcome.UNMAPPED, segment, index, normalise(segment), policy=applied)


def _without_rule(
    nothing: Outcome, segment: str, index: int, mapping: Mapping, previous: Access | None
) -> GroupDecision:
    settings = mapping.settings
    policy, outcome, group_ids = settings.unmapped_group, nothing, tuple[UUID, ...]()
    if policy is Policy.USE_DEFAULT and settings.default_group_ids:
        outcome, group_ids = Outcome.DEFAULTED, _union([settings.default_group_ids])
    elif policy is Policy.KEEP_PREVIOUS and previous is not None and previous.by_rules.group_ids:
        outcome, group_ids = Outcome.KEPT_PREVIOUS, previous.by_rules.group_ids
    return GroupDecision(outcome, segment, index, normalise(segment), group_ids, policy=policy)


def _refuse_new_role_value(role: RoleDecision, mapping: Mapping, previous: Access | None) -> None:
    if role.policy is not Policy.REJECT_REQUEST:
        return
    if previous is not None and previous.role.normalised == role.normalised:
        return
    raise _refusal(mapping.settings.role_attribute, role.value, mapping.role_rules, what="role")


def _refuse_new_group_values(groups: tuple[GroupDecision, ...], mapping: Mapping, previous: Access | None) -> None:
    held = {decision.normalised for decision in previous.groups} if previous is not None else set[str]()
    for decision in groups:
        if decision.policy is Policy.REJECT_REQUEST and decision.normalised not in held:
            raise _refusal(mapping.settings.group_attribute, decision.segment, mapping.group_rules, what="group")


def _refusal(
    attribute: str, value: str | None, rules: tuple[RoleRule, ...] | tuple[GroupRule, ...], *, what: str
) -> InvalidValue:
    shown = (value or "").strip()
    problem = f'{attribute} "{shown}" matches no {what} rule' if shown else f"{attribute} is empty"
    known = sorted((rule.value for rule in rules), key=normalise)
    names = ", ".join(f'"{name}"' for name in known[:_KNOWN_VALUES_NAMED]) or "none"
    more = f" and {len(known) - _KNOWN_VALUES_NAMED} more" if len(known) > _KNOWN_VALUES_NAMED else ""
    return InvalidValue(
        f"{problem}; known values: {names}{more}",
        path=attribute,
        hint=f"Send one of the known values, or add a {what} rule for this one in Gatehouse.",
    )


def _withheld(decision: GroupDecision, override: Override) -> GroupDecision:
    left = tuple(group_id for group_id in decision.group_ids if group_id not in override.removed)
    if left == decision.group_ids:
        return decision
    return replace(decision, outcome=Outcome.OVERRIDDEN, group_ids=left)


def _union(lists: Iterable[Iterable[UUID]]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(item for items in lists for item in items))


def _role_to_json(decision: RoleDecision) -> dict[str, Any]:
    data: dict[str, Any] = {
        "outcome": decision.outcome,
        "roleId": decision.role_id,
        "value": decision.value,
        "normalised": decision.normalised,
        "ruleId": decision.rule_id,
        "policy": decision.policy,
    }
    return {name: value for name, value in data.items() if value is not None}


def _group_to_json(decision: GroupDecision) -> dict[str, Any]:
    data: dict[str, Any] = {
        "outcome": decision.outcome,
        "segment": decision.segment,
        "index": decision.index,
        "normalised": decision.normalised,
        "groupIds": decision.group_ids,
        "ruleId": decision.rule_id,
        "policy": decision.policy,
    }
    return {name: value for name, value in data.items() if value is not None}


def _role_from_json(data: dict[str, Any]) -> RoleDecision:
    return RoleDecision(
        outcome=Outcome(data["outcome"]),
        role_id=_optional_uuid(data.get("roleId")),
        value=data.get("value"),
        normalised=data.get("normalised", ""),
        rule_id=_optional_uuid(data.get("ruleId")),
        policy=_optional_policy(data.get("policy")),
    )


def _group_from_json(data: dict[str, Any]) -> GroupDecision:
    return GroupDecision(
        outcome=Outcome(data["outcome"]),
        segment=data.get("segment", ""),
        index=data.get("index", 0),
        normalised=data.get("normalised", ""),
        group_ids=tuple(UUID(group_id) for group_id in data.get("groupIds", ())),
        rule_id=_optional_uuid(data.get("ruleId")),
        policy=_optional_policy(data.get("policy")),
    )


def _optional_uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def _optional_policy(text: str | None) -> Policy | None:
    return Policy(text) if text else None
