"""SCIM requests: what a client asked, what it was answered, and what that means."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Self

import orjson
import strawberry

from gatehouse.api.graphql.connections import (
    DEFAULT_EVENTS,
    After,
    Before,
    Connection,
    FirstEvents,
    Last,
    Slice,
    Source,
)
from gatehouse.api.graphql.context import Context, Info
from gatehouse.api.graphql.enums import ScimOperation
from gatehouse.api.graphql.events import ProvisioningEvent, ProvisioningEventConnection
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.node import Node
from gatehouse.api.graphql.orders import EventOrders, event_sort
from gatehouse.api.graphql.scalars import JsonValue
from gatehouse.records import Permission, from_microseconds
from gatehouse.scim.remedy import Remedy, explain
from gatehouse.services import masking, scim_requests
from gatehouse.services.scim_requests import Entry, Understood

if TYPE_CHECKING:
    from gatehouse.api.graphql.tenants import Tenant
    from gatehouse.api.graphql.users import User


@strawberry.type(description="A refusal in plain words.")
class RequestExplanation:
    """What an administrator of Entra needs to know of it."""

    entra_code: str = strawberry.field(description="What Entra's provisioning logs call it.")
    meaning: str = strawberry.field(description="What happened.")
    remedy: str = strawberry.field(description="What to do about it.")

    @classmethod
    def from_remedy(cls, remedy: Remedy) -> Self:
        """Wrap an entry of the table."""
        return cls(entra_code=remedy.entra_code, meaning=remedy.meaning, remedy=remedy.remedy)


@strawberry.type(description="One operation of a PATCH as the server read it, whatever dialect it was written in.")
class NormalizedOperation:
    """An operation with its path in canonical spelling and its value in the form of the schema."""

    op: str = strawberry.field(description="`add`, `remove` or `replace`; `remove_all` empties the members of a group.")
    path: str = strawberry.field(description="What it is about, in SCIM spelling.")
    value: JsonValue | None = strawberry.field(description="The value; null takes away what is there.")

    @classmethod
    def from_record(cls, operation: Understood, *, personal: bool) -> Self:
        """Wrap a record; masked unless the viewer may see personal data."""
        path, value = operation.path, operation.value
        if not personal:
            shown = masking.mask_body(value, hidden=False) if masking.is_open(path) else masking.mask_value(value)
            path, value = masking.mask_sentence(path), shown
        return cls(op=operation.op, path=path, value=None if value is None else JsonValue(value))


@strawberry.type(description="One SCIM request and its answer, from the request log.")
class ScimRequest(Node):
    """A row of the log. A part of a bulk request is one too, with the same `requestId` as the whole."""

    received_at: datetime = strawberry.field(description="When it was answered.")
    method: str = strawberry.field(description="The HTTP method.")
    path: str = strawberry.field(description="The path below the SCIM base URL, without ids.")
    operation: ScimOperation = strawberry.field(description="What was asked for.")
    status: int = strawberry.field(description="The HTTP status of the answer.")
    scim_type: str | None = strawberry.field(description="The SCIM error type of the answer (RFC 7644 §3.12).")
    duration_ms: int = strawberry.field(description="How long the answer took, in whole milliseconds.")
    request_id: strawberry.ID = strawberry.field(description="Our id of the request; see `trace`.")
    correlation_id: str | None = strawberry.field(description="The client's id of the request.")
    ip: str | None = strawberry.field(description="Where it came from.")
    user_agent: str | None = strawberry.field(description="What the client calls itself.")
    scim_id: str | None = strawberry.field(description="The SCIM id in the path; null if there is none.")
    credential_id: strawberry.ID | None = strawberry.field(
        description="The id of the credential it came with; null if that was refused."
    )
    rejected: bool = strawberry.field(description="Whether its credential was refused: then it belongs to no tenant.")
    entry: strawberry.Private[Entry]
    personal: strawberry.Private[bool]

    @resolver("What the answer said was wrong; null if nothing was.")
    def detail(self) -> str | None:
        """Show it without personal values unless the viewer may see them."""
        if self.personal or not self.entry.detail:
            return self.entry.detail
        return masking.mask_sentence(self.entry.detail, *masking.texts_of_body(_document(self.entry)))

    @resolver(
        "What was sent, secrets removed, at most 8,192 characters; kept of refused writes only. Personal values are masked"
        " without READ_PII; then what is not whole is null."
    )
    def body(self) -> str | None:
        """Show the body."""
        if self.personal or not self.entry.body:
            return self.entry.body
        document = _document(self.entry)
        return None if document is None else orjson.dumps(masking.mask_body(document)).decode()

    @resolver("What a refusal means and what to do; null when the request was not refused.")
    def explanation(self) -> RequestExplanation | None:
        """Look it up."""
        found = explain(self.entry.status, self.entry.scim_type)
        return RequestExplanation.from_remedy(found) if found else None

    @resolver(
        "The operations of a PATCH as they were read; null when the log has no body of it (it keeps those of refused"
        " writes), or not a readable one. What an accepted one did is in `events`."
    )
    def normalized_operations(self) -> list[NormalizedOperation] | None:
        """Read the body again."""
        found = scim_requests.understood(self.entry)
        if found is None:
            return None
        return [NormalizedOperation.from_record(operation, personal=self.personal) for operation in found]

    @resolver("The tenant; null if the credential was refused.")
    async def tenant(self, info: Info) -> Annotated[Tenant, strawberry.lazy("gatehouse.api.graphql.tenants")] | None:
        """Load the tenant."""
        return await info.context.loaders.tenant.load(self.entry.tenant_id) if self.entry.tenant_id else None

    @resolver("The user whose id is in the path, also when deleted since; null for others. See also `events`.")
    async def user(self, info: Info) -> Annotated[User, strawberry.lazy("gatehouse.api.graphql.users")] | None:
        """Load the user."""
        return await info.context.loaders.user.load(self.entry.resource_id) if self.entry.resource_id else None

    @resolver("What the request did, newest first.")
    async def events(
        self,
        info: Info,
        *,
        first: FirstEvents = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        order_by: EventOrders = strawberry.UNSET,
    ) -> ProvisioningEventConnection:
        """Read a page of events."""
        loaders, key = info.context.loaders, self.entry.id
        request = Slice(first, after, last, before).request(event_sort(order_by), default=DEFAULT_EVENTS)
        source = Source(
            lambda page: loaders.request_events.load((key, page)),
            lambda condition: loaders.request_event_count.load((key, condition)),
        )
        return await ProvisioningEventConnection.read(
            source, request, partial(ProvisioningEvent.from_record, context=info.context)
        )

    @classmethod
    def from_record(cls, entry: Entry, context: Context) -> Self:
        """Wrap a record; masked unless the viewer may see personal data."""
        tenant_id = entry.tenant_id
        return cls(
            id=global_id("ScimRequest", entry.id),
            received_at=from_microseconds(entry.received_at),
            method=entry.method,
            path=entry.path,
            operation=entry.operation,
            status=entry.status,
            scim_type=entry.scim_type,
            duration_ms=entry.duration_us // 1_000,
            request_id=strawberry.ID(entry.request_id),
            correlation_id=entry.correlation_id,
            ip=entry.ip,
            user_agent=entry.user_agent,
            scim_id=str(entry.resource_id) if entry.resource_id else None,
            credential_id=global_id("Credential", entry.credential_id) if entry.credential_id else None,
            rejected=tenant_id is None,
            entry=entry,
            personal=_may_see_people(context, entry),
        )


@strawberry.type(description="A page of SCIM requests.")
class ScimRequestConnection(Connection[ScimRequest]):
    """Requests in order."""


def _may_see_people(context: Context, entry: Entry) -> bool:
    if entry.tenant_id is None:
        return context.viewer.tenant_ids(Permission.READ_PII) is None
    return context.may_see_people(entry.tenant_id)


def _document(entry: Entry) -> object:
    """The body that was kept; None if it is no JSON, as when it was cut off."""
    try:
        return orjson.loads(entry.body) if entry.body else None
    except ValueError:
        return None
