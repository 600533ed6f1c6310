"""What all use cases of plans share: limits, the refusals, and what the audit trail is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from gatehouse.errors import InvalidValue, StalePlan
from gatehouse.mapping.diff import MappingDiff
from gatehouse.mapping.edit import NOT_STORABLE, is_storable
from gatehouse.records import Actor, Change, Origin
from gatehouse.store import audit
from gatehouse.store.database import Statement
from gatehouse.store.mapping_plans import MappingPlan, PlanStatus

VALID_FOR: Final = timedelta(days=7)
KEPT_FOR: Final = timedelta(days=30)
MAX_OPEN: Final = 20  # plans of a tenant that could still be applied
MAX_TEXT: Final = 1_024  # characters of a message or comment
_AUDITED_CHANGES: Final = 200  # rule changes that an audit entry names; the versions have them all


def check_text(text: str | None, *, path: str) -> None:
    """Hold a text to what can be kept.

    :raises InvalidValue: it is too long, or holds what no database can store.
    """
    if text is not None and len(text) > MAX_TEXT:
        raise InvalidValue(f"the text has {len(text)} characters; at most {MAX_TEXT:,} are allowed", path=path)
    if text is not None and not is_storable(text):
        raise InvalidValue(NOT_STORABLE, path=path)


def stale(message: str) -> StalePlan:
    """Make the refusal of a plan that cannot be applied any more."""
    return StalePlan(message, path="planId", hint="Make a new plan.")


def ended(plan: MappingPlan) -> StalePlan:
    """Make the refusal of a plan that has ended."""
    how = {
        PlanStatus.APPLIED: f"was applied already, as version {plan.applied_version}",
        PlanStatus.DISCARDED: "was discarded",
    }
    return stale(f"the plan {how.get(plan.status, 'is stale')}")


def entry(
    plan: MappingPlan,
    action: str,
    reason: str | None,
    *,
    actor: Actor,
    origin: Origin,
    at: datetime,
    changes: tuple[Change, ...],
) -> Statement:
    """The statement that records an act on a plan; ``reason`` is what is told when the origin tells none."""
    target = ("MappingPlan", plan.id)
    return audit.act(action, target, plan.tenant_id, actor=actor, origin=origin, at=at, changes=changes, reason=reason)


def changes(found: MappingDiff) -> tuple[Change, ...]:
    """Put the differences into the form of the audit trail."""
    rules = [Change(f"{change.kind.lower()}Rules", change.before, change.after) for change in found.rule_changes]
    left_out = len(rules) - _AUDITED_CHANGES
    more = [Change("moreRules", None, left_out)] if left_out > 0 else []
    return (*found.settings, *rules[:_AUDITED_CHANGES], *more)
