"""The timelines of users: one read by the executor, or those of a whole list at once by a compiled plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from gatehouse.api.graphql.connections import DEFAULT_EVENTS, Slice, Source
from gatehouse.api.graphql.context import Context, Info, shown_columns
from gatehouse.api.graphql.events import ProvisioningEvent, ProvisioningEventConnection
from gatehouse.api.graphql.orders import EventOrder, event_sort
from gatehouse.api.graphql.wheres import ProvisioningEventWhere, to_condition
from gatehouse.services import history
from gatehouse.services.directory import DirectoryUser, PageRequest, Position
from gatehouse.services.history import ListedEvent


class HasTimeline(Protocol):
    """What shows a user."""

    record: DirectoryUser


def request(
    info: Info, cut: Slice, where: ProvisioningEventWhere | None, order_by: Sequence[EventOrder] | None
) -> PageRequest:
    """The page of each timeline that a field asks for; newest first unless it says otherwise."""
    columns = shown_columns(info)
    return cut.request(
        event_sort(order_by), to_condition(where, info.context.now), default=DEFAULT_EVENTS, columns=columns
    )


def source(user: DirectoryUser, context: Context) -> Source[ListedEvent]:
    """Where a user's timeline is read; with those of others, if they are asked for together."""
    loaders = context.loaders  # those of now: a mutation gives the context others
    return Source(
        lambda page: loaders.user_events.load(((user.id, user.tenant_id), page)),
        lambda condition: loaders.user_event_count.load(((user.id, user.tenant_id), condition)),
    )


def wrap(context: Context) -> Callable[[ListedEvent], ProvisioningEvent]:
    """How events are shown to the viewer."""
    return partial(ProvisioningEvent.from_record, context=context)


async def read_together(
    users: Sequence[HasTimeline],
    *,
    info: Info,
    first: int | None = None,
    after: Position | None = None,
    last: int | None = None,
    before: Position | None = None,
    where: ProvisioningEventWhere | None = None,
    order_by: Sequence[EventOrder] | None = None,
) -> list[ProvisioningEventConnection]:
    """The same page of the timeline of each of these users, with one statement.

    :raises Forbidden: as :func:`gatehouse.services.history.events_of_users`.
    """
    context, asked = info.context, request(info, Slice(first, after, last, before), where, order_by)
    shown, records = wrap(context), [(user.record.id, user.record) for user in users]
    tenants = {user_id: record.tenant_id for user_id, record in records}
    pages = await history.events_of_users(context.viewer, tenants, asked)
    return [
        ProvisioningEventConnection.of(pages[user_id], source(record, context), asked, shown)
        for user_id, record in records
    ]
