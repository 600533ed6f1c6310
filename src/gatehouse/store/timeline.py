"""Reading the history: provisioning events as lists, for one user after the other or for many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple, Self
from uuid import UUID

import orjson

from gatehouse.records import (
    Actor,
    ActorKind,
    Change,
    EventAction,
    EventOutcome,
    Origin,
    ResourceKind,
    from_microseconds,
    to_microseconds,
)
from gatehouse.store import cycles, database, listing
from gatehouse.store.commit_order import COMMITTED
from gatehouse.store.condition import And, Compare, Condition, Or, Parameters, Value, column, text
from gatehouse.store.database import Row
from gatehouse.store.keyset import Page, PageRequest, Position, Sort, SortColumn
from gatehouse.store.listing import Listing, Partitions

Tenants = frozenset[UUID] | None

NEWEST_FIRST: Final = (Sort("OCCURRED_AT", descending=True),)
STRETCH: Final = 20_000  # rows that a follower with a filter looks through at a time


# By what the columns hold: a look-up instead of a call, of which a list of events makes hundreds
KINDS: Final = {kind.value: kind for kind in ResourceKind}
ACTIONS: Final = {action.value: action for action in EventAction}
OUTCOMES: Final = {outcome.value: outcome for outcome in EventOutcome}


class _Row(NamedTuple):
    """The columns of :data:`EVENTS`, as they were read; what nobody will ask for is None."""

    key: UUID | str
    tenant_key: UUID | str
    occurred_us: int  # microseconds since 1970
    kind: str
    resource_key: UUID | str | None
    resource_name: str | None  # userName or displayName at that time
    act: str
    end: str
    actor_kind: str
    actor_key: UUID | str | None
    actor_display: str
    request_id: str
    correlation_id: str | None
    changes_text: str  # as :func:`gatehouse.store.history.add` writes it
    mapping_version: int | None  # that decided the access
    error_code: str | None  # the word that Entra's provisioning logs use for it
    reason: str | None  # why it was refused, or what to look at
    http_status: int | None  # what the SCIM client was answered


class ListedEvent(_Row):
    """A :class:`gatehouse.records.ProvisioningEvent` as it was read: most lists ask for a few of its values."""

    __slots__ = ()

    @classmethod
    def of(cls, row: Row) -> Self:
        """Take the row of a list, which may go on behind the columns."""
        return tuple.__new__(cls, row[:_WIDTH])

    @property
    def id(self) -> UUID:
        """The event's id."""
        return database.as_uuid(self.key)

    @property
    def tenant_id(self) -> UUID:
        """The tenant's id."""
        return database.as_uuid(self.tenant_key)

    @property
    def occurred_at(self) -> datetime:
        """When it happened."""
        return from_microseconds(self.occurred_us)

    @property
    def resource_kind(self) -> ResourceKind:
        """What it is about."""
        return KINDS[self.kind]

    @property
    def resource_id(self) -> UUID | None:
        """The SCIM id of that; None if there was none yet."""
        return _optional_uuid(self.resource_key)

    @property
    def action(self) -> EventAction:
        """What was done."""
        return ACTIONS[self.act]

    @property
    def outcome(self) -> EventOutcome:
        """How it ended."""
        return OUTCOMES[self.end]

    @property
    def actor(self) -> Actor:
        """Who asked."""
        return _actor(self.actor_kind, self.actor_key, self.actor_display)

    @property
    def origin(self) -> Origin:
        """The request."""
        return Origin(self.request_id, self.correlation_id)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What changed; read anew each time."""
        return tuple(Change(**change) for change in orjson.loads(self.changes_text))


_WIDTH: Final = len(_Row._fields)


@lru_cache(maxsize=1_024)
def _actor(kind: str, actor_id: UUID | str | None, display: str) -> Actor:
    """The same few again and again."""
    return Actor(ActorKind(kind), _optional_uuid(actor_id), display)


def _optional_uuid(value: UUID | str | None) -> UUID | None:
    return None if value is None else database.as_uuid(value)


def _changed(_operator: str, value: Value, parameters: Parameters) -> str:
    """One of the paths, or something below it, was changed: ``emails`` finds ``emails[type eq "work"].value``.

    Looks for the path in the text of ``changes`` as :func:`gatehouse.store.history.add` writes it.
    """
    position = "instr" if database.dialect() == "sqlite" else "strpos"
    terms = []
    for path in value if isinstance(value, tuple) else (value,):
        start = '"path":' + orjson.dumps(path).decode()[:-1]
        terms += [f"{position}(e.changes, {parameters.add(start + end)}) > 0" for end in ('"', ".", "[")]
    return f"({' OR '.join(terms) or '1 = 0'})"


def _outcome(operator: str, value: Value, parameters: Parameters) -> str:
    """Whoever asks for anything but successes says so literally: only then do the planners see the partial index."""
    found = column("e.outcome")(operator, value, parameters)
    wanted = value if isinstance(value, tuple) else (value,)
    return found if EventOutcome.SUCCESS in wanted else f"({found} AND e.outcome <> 'success')"


def _severity(_operator: str, value: Value, parameters: Parameters) -> str:
    wanted = {str(item) for item in value} if isinstance(value, tuple) else {str(value)}
    return _outcome("in", tuple(outcome for outcome in EventOutcome if outcome.severity in wanted), parameters)


def _cycle(operator: str, value: Value, parameters: Parameters) -> str:
    """What SCIM clients did in a cycle; whatever else happened meanwhile is no part of it."""
    return f"(e.actor_kind = 'SCIM_TOKEN' AND {_in_cycle(operator, value, parameters)})"


_in_cycle: Final = cycles.within("e.tenant_id", "e.occurred_at", earlier_us=cycles.EARLIER_US)

EVENTS: Final = Listing(
    table="provisioning_event",
    alias="e",
    columns=(
        *("e.id", "e.tenant_id", "e.occurred_at", "e.resource_kind", "e.resource_id", "e.resource_name", "e.action"),
        *("e.outcome", "e.actor_kind", "e.actor_id", "e.actor_display", "e.request_id", "e.correlation_id"),
        *("e.changes", "e.mapping_version", "e.error_code", "e.reason", "e.http_status"),
    ),
    record=ListedEvent.of,
    kind=ListedEvent,
    fields={
        "id": column("e.id"),
        "tenantId": column("e.tenant_id"),
        "resourceKind": column("e.resource_kind"),
        "resourceId": column("e.resource_id"),
        "resourceName": text("e.resource_name", exact=True),
        "action": column("e.action"),
        "outcome": _outcome,
        "severity": _severity,
        "actorId": column("e.actor_id"),
        "requestId": text("e.request_id", exact=True),
        "correlationId": text("e.correlation_id", exact=True),
        "errorCode": text("e.error_code", exact=True),
        "mappingVersion": column("e.mapping_version"),
        "changedPath": _changed,
        "changed": lambda _operator, value, _parameters: f"e.changes {'<>' if value else '='} '[]'",
        "occurredAt": column("e.occurred_at"),
        "cycle": _cycle,
    },
    sorts={"OCCURRED_AT": SortColumn("e.occurred_at", int), COMMITTED: SortColumn("e.commit_stamp", int)},
)


async def events(tenant_ids: Tenants, request: PageRequest) -> Page[ListedEvent]:
    """A page of the events of these tenants."""
    return await listing.page_in(EVENTS, tenant_ids, request)


async def stretch(tenant_ids: Tenants, request: PageRequest, *, rows: int = STRETCH) -> Position | None:
    """Where to stop looking for events that match, and begin anew; None: one statement may look through all."""
    if request.condition is None:
        return None
    return await listing.stretch_in(EVENTS, tenant_ids, request, rows)


async def count_events(tenant_ids: Tenants, condition: Condition | None) -> int:
    """How many events of these tenants match."""
    return await listing.count_in(EVENTS, tenant_ids, condition)


async def events_of_users(tenants: Mapping[UUID, UUID], request: PageRequest) -> dict[UUID, Page[ListedEvent]]:
    """The same page of events for each of these users.

    :param tenants: the users' ids, each with the id of its tenant.
    """
    parameters = Parameters()
    return await listing.pages(EVENTS, _by_known_user(tenants, parameters), list(tenants), parameters, request)


async def count_events_of_users(tenants: Mapping[UUID, UUID], condition: Condition | None) -> dict[UUID, int]:
    """How many events of each of these users match. As :func:`events_of_users`."""
    parameters = Parameters()
    return await listing.counts(EVENTS, _by_known_user(tenants, parameters), list(tenants), parameters, condition)


async def events_of_requests(request_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[ListedEvent]]:
    """The same page of events for each of these rows of the request log."""
    parameters = Parameters()
    return await listing.pages(EVENTS, _by_request(request_ids, parameters), request_ids, parameters, request)


async def count_events_of_requests(request_ids: Sequence[UUID], condition: Condition | None) -> dict[UUID, int]:
    """How many events each of these rows of the request log has."""
    parameters = Parameters()
    return await listing.counts(EVENTS, _by_request(request_ids, parameters), request_ids, parameters, condition)


async def last_provisioned(user_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When a SCIM client wrote last to each of these users, where one did."""
    parameters = Parameters()
    keys = _by_user(user_ids, parameters).keys
    rows = await database.fetch(f"SELECT k.id, {last_provisioning('k')} FROM {keys} k", *parameters)
    return {database.as_uuid(row[0]): from_microseconds(row[1]) for row in rows if row[1] is not None}


def last_provisioning(user: str) -> str:
    """The moment of the last successful write of a SCIM client, as an expression.

    :param user: alias of something with the ``id`` and ``tenant_id`` of a user.
    """
    return (
        f"(SELECT p.occurred_at FROM provisioning_event p WHERE p.tenant_id = {user}.tenant_id"
        f" AND p.resource_id = {user}.id AND p.actor_kind = 'SCIM_TOKEN' AND p.outcome <> 'failure'"
        " ORDER BY p.occurred_at DESC, p.id DESC LIMIT 1)"
    )


@dataclass(frozen=True, slots=True)
class Trace:
    """Which events to look back for: those that changed one of the paths, until a moment (None: now).

    :param creation: that of the user's creation counts too.
    """

    paths: tuple[str, ...]
    creation: bool = False
    until: datetime | None = None


async def last_events(user_ids: Sequence[UUID], trace: Trace) -> dict[UUID, ListedEvent]:
    """For each of these users the latest event of the trace, where there is one."""
    changed: Condition = Compare("changedPath", "in", trace.paths)
    if trace.creation:
        changed = Or((changed, Compare("action", "eq", str(EventAction.CREATE))))
    if trace.until is not None:
        changed = And((changed, Compare("occurredAt", "lte", to_microseconds(trace.until))))
    request, parameters = PageRequest(limit=1, sort=NEWEST_FIRST, condition=changed), Parameters()
    found = await listing.pages(EVENTS, _by_user(user_ids, parameters), user_ids, parameters, request)
    return {user_id: page.rows[0] for user_id, page in found.items() if page.rows}


async def events_by_id(tenant_ids: Tenants, ids: Sequence[UUID]) -> dict[UUID, ListedEvent]:
    """The events with these ids, as far as they are in these tenants."""
    parameters = Parameters()
    rows = await database.fetch(
        f"SELECT {', '.join(EVENTS.columns)} FROM provisioning_event e WHERE {listing.among('e.id', ids, parameters)}",
        *parameters,
    )
    found = map(ListedEvent.of, rows)
    return {event.id: event for event in found if tenant_ids is None or event.tenant_id in tenant_ids}


def _by_user(user_ids: Sequence[UUID], parameters: Parameters) -> Partitions:
    owners = f"(SELECT o.id, o.tenant_id FROM scim_user o WHERE {listing.among('o.id', user_ids, parameters)})"
    return Partitions(owners, "e.tenant_id = k.tenant_id AND e.resource_id = k.id")


def _by_known_user(tenants: Mapping[UUID, UUID], parameters: Parameters) -> Partitions:
    """As :func:`_by_user`; users of one tenant, as they mostly are, need not be looked up to be known to be its own."""
    of_all = set(tenants.values())
    if len(of_all) != 1:
        return _by_user(list(tenants), parameters)
    keys = listing.id_table(list(tenants), parameters)
    return Partitions(keys, f"e.tenant_id = {parameters.add(of_all.pop())} AND e.resource_id = k.id")


def _by_request(request_ids: Sequence[UUID], parameters: Parameters) -> Partitions:
    given = listing.id_table(request_ids, parameters)
    keys = f"(SELECT o.id, o.tenant_id, o.request_id FROM {given} g JOIN request_log o ON o.id = g.id)"
    return Partitions(keys, "e.tenant_id = k.tenant_id AND e.request_id = k.request_id")
