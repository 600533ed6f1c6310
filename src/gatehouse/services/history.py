"""What happened to whom: provisioning events, as far as the viewer's grants reach."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from gatehouse.records import Viewer
from gatehouse.services import directory, live
from gatehouse.services.directory import And, Compare, Condition, Page, PageRequest, Position, Sort
from gatehouse.services.live import Bell
from gatehouse.store import timeline
from gatehouse.store.timeline import ACTIONS, KINDS, OUTCOMES, ListedEvent, Trace

__all__ = [
    "ACTIONS",
    "KINDS",
    "OUTCOMES",
    "ListedEvent",
    "Trace",
    "count_events",
    "count_events_of_requests",
    "count_events_of_users",
    "events",
    "events_by_id",
    "events_of_requests",
    "events_of_users",
    "follow",
    "last_events",
    "last_provisioned",
]


async def events(viewer: Viewer, request: PageRequest) -> Page[ListedEvent]:
    """Read a page of events.

    :raises Forbidden: as :func:`gatehouse.services.directory.scope`.
    """
    return await timeline.events(directory.scope(viewer, request.condition, request.sort), request)


async def follow(
    viewer: Callable[[], Viewer], condition: Condition | None, after: Position | None, bell: Bell
) -> AsyncGenerator[tuple[ListedEvent, Position], None]:
    """Every event after a place in the order of commits, each with its own; without a place: from now on.

    :param viewer: who asks, as of now: grants may change while somebody follows.
    :raises Forbidden: as :func:`gatehouse.services.directory.scope`.
    :raises InvalidValue: the place is one of another list.
    """

    def scope() -> directory.Tenants:
        return directory.scope(viewer(), condition)

    async for row in live.follow_commits(bell, after, condition, scope, timeline.events, stretch=timeline.stretch):
        yield row


async def count_events(viewer: Viewer, condition: Condition | None) -> int:
    """Count events.

    :raises Forbidden: as :func:`gatehouse.services.directory.scope`.
    """
    return await timeline.count_events(directory.scope(viewer, condition), condition)


async def events_by_id(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, ListedEvent]:
    """Read events by id."""
    return await timeline.events_by_id(directory.visible(viewer), ids)


async def events_of_users(
    viewer: Viewer, tenants: Mapping[UUID, UUID], request: PageRequest
) -> dict[UUID, Page[ListedEvent]]:
    """Read the same page of events of several users in sight.

    :param tenants: the users' ids, each with the id of its tenant.
    :raises Forbidden: as :func:`gatehouse.services.directory.scope`.
    """
    _check(viewer, tenants, request.condition, request.sort)
    return await timeline.events_of_users(tenants, request)


async def count_events_of_users(
    viewer: Viewer, tenants: Mapping[UUID, UUID], condition: Condition | None
) -> dict[UUID, int]:
    """Count the events of several users in sight. As :func:`events_of_users`."""
    _check(viewer, tenants, condition)
    return await timeline.count_events_of_users(tenants, condition)


async def last_events(user_ids: Sequence[UUID], trace: Trace) -> dict[UUID, ListedEvent]:
    """Find for each of several users in sight the latest event of a trace."""
    return await timeline.last_events(user_ids, trace)


async def events_of_requests(request_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[ListedEvent]]:
    """Read the same page of events of several requests in sight, by their ids in the request log."""
    return await timeline.events_of_requests(request_ids, request)


async def count_events_of_requests(request_ids: Sequence[UUID], condition: Condition | None) -> dict[UUID, int]:
    """Count the events of several requests in sight."""
    return await timeline.count_events_of_requests(request_ids, condition)


async def last_provisioned(user_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """Tell when a SCIM client wrote last to each of several users in sight, where one did."""
    return await timeline.last_provisioned(user_ids)


def _check(
    viewer: Viewer, tenants: Mapping[UUID, UUID], condition: Condition | None, sort: Sequence[Sort] = ()
) -> None:
    """Refuse what uses personal fields in the tenant of any of these users without READ_PII there."""
    within = Compare("tenantId", "in", tuple(set(tenants.values())))
    directory.scope(viewer, within if condition is None else And((within, condition)), sort)
