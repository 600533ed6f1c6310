"""Where the rows of an export come from: lists walked by keyset, a page at a time, so that a walk can go on anywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

import orjson

from gatehouse.mapping.rules import MappingKind
from gatehouse.services import audit_trail, clock, export_rows, masking
from gatehouse.services.export_rows import Catalogue, Row
from gatehouse.store import audit, directory, mapping as mappings, scim_requests, timeline, unmapped_values
from gatehouse.store.condition import Condition
from gatehouse.store.condition_text import from_text
from gatehouse.store.jobs import ExportSubject, Job
from gatehouse.store.keyset import Page, PageRequest, Position, Sort, signature

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows, and the place from which to go on after them."""

    rows: list[Row]
    place: str
    more: bool


class Source(Protocol):
    """The rows of one export."""

    async def count(self) -> int:
        """How many there are now."""

    async def read(self, place: str | None, limit: int) -> Batch:
        """So many rows after a place; None: the first ones."""


@dataclass(frozen=True, slots=True)
class _Walk(Generic[R]):
    """A list in an order to which rows are added at its end, or that does not change."""

    page: Callable[[PageRequest], Awaitable[Page[R]]]
    number: Callable[[], Awaitable[int]]
    rows: Callable[[Sequence[R]], Awaitable[list[Row]]]
    sort: Sort
    condition: Condition | None

    async def count(self) -> int:
        return await self.number()

    async def read(self, place: str | None, limit: int) -> Batch:
        after = _position(place, self.sort) if place else None
        page = await self.page(PageRequest(limit, (self.sort,), self.condition, after=after))
        last = page.positions[-1] if page.rows else None
        return Batch(await self.rows(page.rows), _text(last) if last else place or "null", page.more)


@dataclass(frozen=True, slots=True)
class _Rules:
    """The mapping in force, all at once: a mapping of two moments is none."""

    tenant_id: UUID

    async def count(self) -> int:
        return len(list(export_rows.rule_rows(await mappings.load(self.tenant_id))))

    async def read(self, place: str | None, limit: int) -> Batch:
        rows = [] if place else list(export_rows.rule_rows(await mappings.load(self.tenant_id)))
        return Batch(rows, "null", more=False)


def open_source(job: Job) -> Source:
    """The rows that an export is to hold."""
    return _SOURCES[job.subject](job, from_text(job.wanted))


def _users(job: Job, condition: Condition | None) -> Source:
    tenant_id = job.tenant_id

    async def rows(users: Sequence[directory.DirectoryUser]) -> list[Row]:
        roles = (await directory.roles_of([tenant_id]))[tenant_id]
        groups = (await directory.employee_groups_of([tenant_id]))[tenant_id]
        catalogue = Catalogue({role.id: role.key for role in roles}, {group.id: group.key for group in groups})
        moment = clock.now()
        return [export_rows.user_row(user, catalogue, moment, redacted=job.redacted) for user in users]

    return _walk(job, condition, directory.users, directory.count_users, rows, Sort("CREATED_AT"))


def _events(job: Job, condition: Condition | None) -> Source:
    rows = _each(lambda event: export_rows.event_row(event, redacted=job.redacted))
    return _walk(job, condition, timeline.events, timeline.count_events, rows, Sort("OCCURRED_AT"))


def _requests(job: Job, condition: Condition | None) -> Source:
    rows = _each(lambda entry: export_rows.request_row(entry, redacted=job.redacted))
    return _walk(job, condition, scim_requests.page, scim_requests.count, rows, Sort("OCCURRED_AT"))


def _audit(job: Job, condition: Condition | None) -> Source:
    rows = _each(lambda entry: export_rows.audit_row(_audited(entry, job), redacted=job.redacted))
    return _walk(job, condition, audit.page, audit.count, rows, Sort("OCCURRED_AT"))


def _audited(entry: audit.AuditEntry, job: Job) -> audit.AuditEntry:
    """The entry without the personal values of filters, where the file is to have none."""
    if not job.redacted or all(change.path != audit_trail.FILTER for change in entry.changes):
        return entry
    masked = (masking.mask_change(change) if change.path == audit_trail.FILTER else change for change in entry.changes)
    return replace(entry, changes=tuple(masked))


def _rules(job: Job, _condition: Condition | None) -> Source:
    return _Rules(job.tenant_id)


def _values(job: Job, condition: Condition | None) -> Source:
    tenant_id = job.tenant_id

    async def rows(values: Sequence[unmapped_values.SeenValue]) -> list[Row]:
        settings, moment = (await mappings.load(tenant_id)).settings, clock.now()
        attributes = {MappingKind.ROLE: settings.role_attribute, MappingKind.GROUP: settings.group_attribute}
        return [
            export_rows.value_row(seen, moment, hidden=job.redacted and not masking.is_open(attributes[seen.kind]))
            for seen in values
        ]

    return _Walk(
        lambda request: unmapped_values.page(tenant_id, request),
        lambda: unmapped_values.count(tenant_id, condition),
        rows,
        Sort("FIRST_SEEN"),
        condition,
    )


_SOURCES: Final[dict[ExportSubject, Callable[[Job, Condition | None], Source]]] = {
    ExportSubject.USERS: _users,
    ExportSubject.PROVISIONING_EVENTS: _events,
    ExportSubject.SCIM_REQUESTS: _requests,
    ExportSubject.AUDIT: _audit,
    ExportSubject.MAPPING: _rules,
    ExportSubject.UNMAPPED_VALUES: _values,
}


def _walk(  # noqa: PLR0917 - what differs between lists, in the order in which it is used
    job: Job,
    condition: Condition | None,
    page: Callable[[frozenset[UUID], PageRequest], Awaitable[Page[R]]],
    count: Callable[[frozenset[UUID], Condition | None], Awaitable[int]],
    rows: Callable[[Sequence[R]], Awaitable[list[Row]]],
    sort: Sort,
) -> Source:
    tenant_ids = frozenset({job.tenant_id})
    return _Walk(lambda request: page(tenant_ids, request), lambda: count(tenant_ids, condition), rows, sort, condition)


def _each(make: Callable[[Any], Row]) -> Callable[[Sequence[Any]], Awaitable[list[Row]]]:
    async def rows(records: Sequence[Any]) -> list[Row]:
        return [make(record) for record in records]

    return rows


def _text(place: Position) -> str:
    return orjson.dumps([*place.values, str(place.id)]).decode()


def _position(text: str, sort: Sort) -> Position | None:
    data = orjson.loads(text)
    return Position(signature([sort]), tuple(data[:-1]), UUID(data[-1])) if data else None
