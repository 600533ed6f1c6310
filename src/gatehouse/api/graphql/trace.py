"""Everything that is known of one request: what was asked, how it was read, what it changed, and what is on file."""

from __future__ import annotations

from functools import partial
from typing import Self

import strawberry

from gatehouse.api.graphql.audit import AuditEntry, AuditEntryConnection
from gatehouse.api.graphql.connections import (
    DEFAULT_EVENTS,
    After,
    Before,
    FirstEvents,
    Last,
    Slice,
    Source,
)
from gatehouse.api.graphql.context import Context, Info
from gatehouse.api.graphql.events import ProvisioningEvent, ProvisioningEventConnection
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.needs import RAW_REQUESTS
from gatehouse.api.graphql.orders import event_sort
from gatehouse.api.graphql.scim_requests import ScimRequest, ScimRequestConnection
from gatehouse.api.graphql.wheres import WhichEvents, to_condition
from gatehouse.services import audit_trail, history, scim_requests
from gatehouse.services.directory import And, Compare, Condition, PageRequest
from gatehouse.services.scim_requests import Entry


@strawberry.type(
    description=(
        "One request from end to end: the request, its operations as they were read, what they changed, the access before"
        " and after, and the audit trail. A bulk request and a mapping change have many events: they come in pages."
    )
)
class Trace:
    """What goes by one request id, as far as it is in sight."""

    request_id: strawberry.ID = strawberry.field(description="Our id of the request.")
    entry: strawberry.Private[Entry | None]

    @resolver(
        "The SCIM request; of a bulk request the whole. Null for what came by another way, for want of READ_RAW_REQUESTS,"
        " and when the log no longer has it."
    )
    def request(self, info: Info) -> ScimRequest | None:
        """Wrap it."""
        return ScimRequest.from_record(self.entry, info.context) if self.entry else None

    @resolver("Every request of that id, the whole and its parts, newest first.", needs=RAW_REQUESTS)
    async def requests(
        self,
        info: Info,
        *,
        first: FirstEvents = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> ScimRequestConnection | None:
        """Read a page of requests."""
        viewer = info.context.viewer
        source = Source(partial(scim_requests.page, viewer), partial(scim_requests.count, viewer))
        request = self._cut(Slice(first, after, last, before))
        return await ScimRequestConnection.read(source, request, partial(ScimRequest.from_record, context=info.context))

    @resolver("What the request did, newest first: `changes` property by property, `access` before and after.")
    async def events(
        self,
        info: Info,
        *,
        first: FirstEvents = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        where: WhichEvents = strawberry.UNSET,
    ) -> ProvisioningEventConnection:
        """Read a page of events."""
        viewer = info.context.viewer
        source = Source(partial(history.events, viewer), partial(history.count_events, viewer))
        request = self._cut(Slice(first, after, last, before), to_condition(where, info.context.now))
        return await ProvisioningEventConnection.read(
            source, request, partial(ProvisioningEvent.from_record, context=info.context)
        )

    @resolver("The entries of the audit trail that the request left, newest first.")
    async def audit_entries(
        self,
        info: Info,
        *,
        first: FirstEvents = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> AuditEntryConnection:
        """Read a page of entries."""
        viewer = info.context.viewer
        source = Source(partial(audit_trail.entries, viewer), partial(audit_trail.count, viewer))
        request = self._cut(Slice(first, after, last, before))
        return await AuditEntryConnection.read(source, request, partial(AuditEntry.from_record, context=info.context))

    def _cut(self, cut: Slice, further: Condition | None = None) -> PageRequest:
        named = _named(self.request_id)
        condition = named if further is None else And((named, further))
        return cut.request(event_sort(None), condition, default=DEFAULT_EVENTS)

    @classmethod
    async def find(cls, context: Context, request_id: str) -> Self | None:
        """Follow a request; None when nothing in sight goes by its id."""
        viewer = context.viewer
        entry = await scim_requests.of_request(viewer, request_id)
        one = PageRequest(1, event_sort(None), _named(request_id))
        known = entry or (await history.events(viewer, one)).rows or (await audit_trail.entries(viewer, one)).rows
        return cls(request_id=strawberry.ID(request_id), entry=entry) if known else None


def _named(request_id: str) -> Compare:
    return Compare("requestId", "eq", request_id)
