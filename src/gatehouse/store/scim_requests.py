"""Reading the request log: lists of requests, one by its id, and when a tenant was heard of last.

``tenant_ids`` None stands for every tenant and for the requests that did not sign in; these belong to no tenant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.records import ActorKind, EventOutcome, ScimOperation, from_microseconds
from gatehouse.store import cycles, database, listing
from gatehouse.store.commit_order import COMMITTED
from gatehouse.store.condition import Compare, Condition, Parameters, Value, column, text
from gatehouse.store.database import Row
from gatehouse.store.keyset import Page, PageRequest, Position, Sort, SortColumn
from gatehouse.store.listing import Listing
from gatehouse.store.request_log import COLUMNS, Entry

Tenants = frozenset[UUID] | None

NEWEST_FIRST: Final = (Sort("OCCURRED_AT", descending=True),)
STRETCH: Final = 20_000  # rows that a follower looks through at a time
_REFUSED: Final = "q.status >= 400"
_CLASSES: Final = range(1, 6)
_FIRST_CLASS_REFUSED: Final = 4


def _entry(row: Row) -> Entry:
    return Entry(
        id=database.as_uuid(row[0]),
        tenant_id=_optional_uuid(row[1]),
        credential_id=_optional_uuid(row[2]),
        received_at=row[3],
        method=row[4],
        path=row[5],
        operation=ScimOperation(row[6]),
        status=row[7],
        scim_type=row[8],
        detail=row[9],
        duration_us=row[10],
        request_id=row[11],
        correlation_id=row[12],
        ip=row[13],
        user_agent=row[14],
        resource_id=_optional_uuid(row[15]),
        body=row[16],
    )


def _optional_uuid(value: UUID | str | None) -> UUID | None:
    return None if value is None else database.as_uuid(value)


def _status_class(_operator: str, value: Value, parameters: Parameters) -> str:
    """``2`` is 200 to 299; whoever asks for refusals alone says so literally: then the planners see the partial index."""
    wanted = [int(str(item)) for item in value] if isinstance(value, tuple) else [int(value)]
    classes = [one for one in wanted if one in _CLASSES]
    ranges = (f"q.status BETWEEN {parameters.add(one * 100)} AND {parameters.add(one * 100 + 99)}" for one in classes)
    found = f"({' OR '.join(ranges) or '1 = 0'})"
    return f"({found} AND {_REFUSED})" if classes and min(classes) >= _FIRST_CLASS_REFUSED else found


REQUESTS: Final = Listing(
    table="request_log",
    alias="q",
    columns=tuple(f"q.{name}" for name in COLUMNS.split(", ")),
    record=_entry,
    fields={
        "id": column("q.id"),
        "tenantId": column("q.tenant_id"),
        "credentialId": column("q.credential_id"),
        "resourceId": column("q.resource_id"),
        "operation": column("q.operation"),
        "status": column("q.status"),
        "statusClass": _status_class,
        "scimType": column("q.scim_type"),
        "durationMs": column("(q.duration_us / 1000)"),
        "rejected": lambda _operator, value, _parameters: f"q.tenant_id IS {'NULL' if value else 'NOT NULL'}",
        "requestId": text("q.request_id", exact=True),
        "correlationId": text("q.correlation_id", exact=True),
        "receivedAt": column("q.received_at"),
        "cycle": cycles.within("q.tenant_id", "q.received_at"),
    },
    sorts={"OCCURRED_AT": SortColumn("q.received_at", int), COMMITTED: SortColumn("q.commit_stamp", int)},
)


async def page(tenant_ids: Tenants, request: PageRequest) -> Page[Entry]:
    """A page of the requests of these tenants."""
    if tenant_ids is None:
        return await listing.page(REQUESTS, "1 = 1", Parameters(), request)
    return await listing.page_in(REQUESTS, tenant_ids, request)


async def following(tenant_ids: Tenants, request: PageRequest) -> Page[Entry]:
    """A page in the order of commits, which has one index for all tenants."""
    parameters = Parameters()
    if tenant_ids is None:
        return await listing.page(REQUESTS, "1 = 1", parameters, request)
    scope = f"q.tenant_id IN (SELECT k.id FROM {listing.id_table(sorted(tenant_ids), parameters)} k)"
    return await listing.page(REQUESTS, scope, parameters, request)


async def stretch(tenant_ids: Tenants, request: PageRequest, *, rows: int = STRETCH) -> Position | None:
    """Where to stop looking for requests that match, and begin anew: few may, or few may be of these tenants.

    None: one statement may look through all.
    """
    if tenant_ids is None and request.condition is None:
        return None
    return await listing.stretch(REQUESTS, request, rows)


async def count(tenant_ids: Tenants, condition: Condition | None) -> int:
    """How many requests of these tenants match."""
    return await listing.count_in(REQUESTS, tenant_ids, condition)


async def by_ids(tenant_ids: Tenants, ids: Sequence[UUID]) -> dict[UUID, Entry]:
    """The requests with these ids, as far as they are of these tenants."""
    request = PageRequest(len(ids), NEWEST_FIRST, Compare("id", "in", tuple(ids)))
    return {entry.id: entry for entry in (await page(tenant_ids, request)).rows}


@dataclass(frozen=True, slots=True)
class Contact:
    """When a tenant was heard of last, as far back as the log and the history go; None: not within that time."""

    last_contact_at: datetime | None = None
    last_success_at: datetime | None = None
    last_write_at: datetime | None = None


async def contacts(tenant_ids: Sequence[UUID]) -> dict[UUID, Contact]:
    """When each of these tenants was heard of last: three looks at the end of an index for each."""
    parameters = Parameters()
    keys = listing.id_table(tenant_ids, parameters)
    newest = "FROM request_log q WHERE q.tenant_id = k.id"
    last = "ORDER BY q.received_at DESC, q.id DESC LIMIT 1"
    client, failed = parameters.add(str(ActorKind.SCIM_TOKEN)), parameters.add(str(EventOutcome.FAILURE))
    rows = await database.fetch(
        f"SELECT k.id, (SELECT q.received_at {newest} {last}), (SELECT q.received_at {newest} AND q.status < 400 {last}),"
        " (SELECT e.occurred_at FROM provisioning_event e WHERE e.tenant_id = k.id"
        f" AND e.actor_kind = {client} AND e.outcome <> {failed}"
        f" ORDER BY e.occurred_at DESC, e.id DESC LIMIT 1) FROM {keys} k",
        *parameters,
    )
    return {database.as_uuid(row[0]): Contact(_moment(row[1]), _moment(row[2]), _moment(row[3])) for row in rows}


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_microseconds(value)
