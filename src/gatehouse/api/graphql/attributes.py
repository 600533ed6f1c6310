"""The attributes of a user as they stand or stood, each with where it came from and since when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import strawberry

from gatehouse.api.graphql.context import Context
from gatehouse.api.graphql.events import ProvisioningEvent
from gatehouse.api.graphql.explaining import moment_asked
from gatehouse.api.graphql.fields import personal
from gatehouse.api.graphql.mapping import load_groups, load_role
from gatehouse.api.graphql.scalars import JsonValue
from gatehouse.mapping.explain import Standing
from gatehouse.mapping.resolve import Outcome
from gatehouse.records import Change, Permission
from gatehouse.services import masking
from gatehouse.services.access_history import AccessState, state_at
from gatehouse.services.attributes import CHANGES, Attribute, AttributeSource, attributes_at, told, trace
from gatehouse.services.directory import DirectoryUser

_NOBODY: Final = frozenset({Standing.NOT_CREATED, Standing.NOT_RECORDED, Standing.DELETED})  # nothing is on record


@strawberry.type(description="One value of a user at a moment, and how it came about.")
class AttributeState:
    """A value, as the history names it."""

    name: str = strawberry.field(
        description="In SCIM spelling, as in `FieldChange.path`; several elements of one type share it."
    )
    value: JsonValue = personal("The value; keys of the catalogue for `role` and `employeeGroups`.")
    source: AttributeSource = strawberry.field(description="Who decides it.")
    asserted_at: datetime | None = strawberry.field(
        description="When it came to be this value; null when the history does not go back so far."
    )
    asserted_by: ProvisioningEvent | None = strawberry.field(
        description="The event with which it did; null when it is not kept any more."
    )
    previous_value: JsonValue | None = personal("What it was before; null if nothing, or not known.")


async def attribute_states(user: DirectoryUser, context: Context, as_of: datetime | None) -> list[AttributeState]:
    """Tell the attributes of a user in sight, by name.

    :param as_of: None: now.
    :raises InvalidValue: it lies in the future, or before the newest changes that are read.
    """
    moment = moment_asked(context, as_of)
    # asked for also where it is not needed: the users of a list keep step, and share their statements
    page = await context.loaders.user_events.load(((user.id, user.tenant_id), CHANGES))
    past = await context.loaders.past_access.load((user.id, moment)) if as_of else None
    if moment < user.created_at:
        return []
    resource: Mapping[str, Any] = {} if user.deleted_at else user.resource
    found = attributes_at(resource, page.rows, moment if as_of else None, complete=not page.more)
    events = told(event for event in page.rows if event.occurred_at <= moment)
    decided = await _decided(state_at(user, moment, past), context)
    states = [_state(attribute, AttributeSource.IDP, user, context) for attribute in found]
    states += [_state(trace(name, value, events), source, user, context) for name, value, source in decided]
    return sorted(states, key=lambda state: state.name)


async def _decided(state: AccessState, context: Context) -> list[tuple[str, Any, AttributeSource]]:
    """Role and employee groups on record, which no client sends."""
    if state.status in _NOBODY:
        return []
    access = state.access
    role = await load_role(context, access.role_id)
    groups = await load_groups(context, access.group_ids)
    moved = any(decision.outcome is Outcome.OVERRIDDEN for decision in access.group_decisions)
    found = [("role", role.key, access.role_outcome is Outcome.OVERRIDDEN)] if role else []
    keys = [("employeeGroups", [group.key for group in groups], moved)] if groups else []
    return [
        (name, value, AttributeSource.OVERRIDE if overridden else AttributeSource.DERIVED)
        for name, value, overridden in (*found, *keys)
    ]


def _state(attribute: Attribute, source: AttributeSource, user: DirectoryUser, context: Context) -> AttributeState:
    change = Change(attribute.name, attribute.previous, attribute.value)
    shown = change if context.may(Permission.READ_PII, user.tenant_id) else masking.mask_change(change)
    event = attribute.event
    return AttributeState(
        name=shown.path,
        value=JsonValue(shown.after),
        source=source,
        asserted_at=event.occurred_at if event else None,
        asserted_by=ProvisioningEvent.from_record(event, context) if event else None,
        previous_value=None if shown.before is None else JsonValue(shown.before),
    )
