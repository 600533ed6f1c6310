"""Exports of a tenant's data: asking for one, taking it back, and reading the file when it is there."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from gatehouse.errors import Forbidden, InvalidValue, NotFound, StaleVersion, TooMany, Unavailable
from gatehouse.records import Actor, Change, Origin, Permission, Viewer, iso_of_microseconds, to_microseconds
from gatehouse.services import audit_trail, clock, directory, idempotency
from gatehouse.services.idempotency import Intent
from gatehouse.services.live import Bell
from gatehouse.store import audit, database, jobs, outbox
from gatehouse.store.condition import And, Compare, Condition
from gatehouse.store.condition_text import to_text, to_where
from gatehouse.store.database import Statement, UniqueViolation
from gatehouse.store.ids import uuid7
from gatehouse.store.jobs import NEWEST_FIRST, ExportFormat, ExportSubject, Job, JobKind, JobStatus
from gatehouse.store.keyset import Page, PageRequest

__all__ = ["NEWEST_FIRST", "ExportFormat", "ExportSubject", "Job", "JobKind", "JobStatus"]

RUN: Final = "export"  # kinds of work in the outbox
EXPIRE: Final = "exportExpire"
GRACE: Final = timedelta(minutes=15)  # for downloads that began before the file expired
_ATTEMPTS: Final = 16

# Which field of a subject says when, for `from` and `to`
_WHEN: Final = {
    ExportSubject.PROVISIONING_EVENTS: "occurredAt",
    ExportSubject.SCIM_REQUESTS: "receivedAt",
    ExportSubject.AUDIT: "occurredAt",
}


@dataclass(frozen=True, slots=True)
class ExportLimits:
    """How much of exports there may be.

    :ivar max_open: of a tenant at once, waiting or under way.
    :ivar max_files: of a tenant, kept until they expire.
    :ivar max_bytes: of one file.
    :ivar kept_for: how long a file is there.
    :ivar rows_at_once: of a piece: 100 take some 15 ms of a processor, for which others of the process wait.
    """

    max_open: int = 3
    max_files: int = 20
    max_bytes: int = 2**31
    kept_for: timedelta = timedelta(days=1)
    rows_at_once: int = 100


DEFAULT_LIMITS: Final = ExportLimits()


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be exported.

    :param since: only what happened then or later; ``until``: only what happened before.
    :param condition: a filter of users or of events.
    :param redacted: mask personal values also for who may see them.
    """

    subject: ExportSubject
    format: ExportFormat
    since: datetime | None = None
    until: datetime | None = None
    condition: Condition | None = None
    redacted: bool = True


async def create(
    viewer: Viewer,
    origin: Origin,
    tenant_id: UUID,
    wish: Wish,
    *,
    limits: ExportLimits = DEFAULT_LIMITS,
    wanted: Intent | None = None,
) -> Job:
    """Ask for an export, which some process then makes; the viewer holds EXPORT in the tenant.

    :raises Forbidden: it would tell what the viewer may not see; the attempt is recorded.
    :raises InvalidValue: a filter that does not fit the subject.
    :raises TooMany: the tenant has enough exports under way, or files.
    :raises IdempotencyMismatch: the intent's key came with another request before.
    """
    moment = clock.now()
    try:
        condition = _allowed(viewer, tenant_id, wish, moment)
    except Forbidden as refusal:
        target, reason = ("Tenant", tenant_id), refusal.message
        await audit_trail.refused(viewer, origin, tenant_id, action="exportCreate", target=target, reason=reason)
        raise
    job = Job(
        id=uuid7(),
        tenant_id=tenant_id,
        kind=JobKind.EXPORT,
        status=JobStatus.QUEUED,
        subject=wish.subject,
        format=wish.format,
        wanted=to_text(condition),
        redacted=wish.redacted,
        created_at=moment,
        actor=viewer.actor,
    )
    entry = audit.act(
        "exportCreate",
        ("Job", job.id),
        tenant_id,
        actor=viewer.actor,
        origin=origin,
        at=moment,
        changes=_told(wish),
    )
    work = outbox.add(job.id, tenant_id, RUN, {"job": job.id}, due_at=moment, created_at=moment)
    act = partial(_add, job, [entry, work], limits)
    return await idempotency.once(wanted, job.id, act, partial(jobs.get, tenant_id))


async def cancel(actor: Actor, origin: Origin, tenant_id: UUID, job_id: UUID) -> Job:
    """Stop an export, or take back its file; one that ended without a file, or whose file has expired, stays as it is.

    :raises NotFound: the tenant has no such job.
    """
    job, moment = await jobs.get(tenant_id, job_id), clock.now()
    if job.status.ended and not has_file(job, moment):
        return job
    if job.status.ended:
        stop = jobs.expire(job, at=moment)
        change = Change("downloadExpiresAt", _shown(job.expires_at), _shown(moment))
    else:
        stop = jobs.end(job, JobStatus.CANCELLED, at=moment)
        change = Change("status", str(job.status), str(JobStatus.CANCELLED))
    target = ("Job", job.id)
    entry = audit.act("jobCancel", target, tenant_id, actor=actor, origin=origin, at=moment, changes=(change,))
    with suppress(StaleVersion):  # it has just ended, or somebody else was first
        await database.write([stop, entry, clean_up(job, at=moment)])
        return await jobs.get(tenant_id, job_id)
    return await cancel(actor, origin, tenant_id, job_id)


def clean_up(job: Job, *, at: datetime) -> Statement:
    """The statement that lets the pieces of a job be deleted some time after a moment."""
    return outbox.add(uuid7(), job.tenant_id, EXPIRE, {"job": job.id}, due_at=at + GRACE, created_at=clock.now())


async def find(viewer: Viewer, job_id: UUID) -> Job | None:
    """The job with this id, if its tenant is in sight."""
    return await jobs.find(directory.visible(viewer), job_id)


async def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, Job]:
    """The jobs with these ids, as far as their tenants are in sight."""
    return await jobs.by_ids(directory.visible(viewer), ids)


async def follow(viewer: Callable[[], Viewer], job_id: UUID, bell: Bell) -> AsyncGenerator[Job, None]:
    """The job as it is, and again whenever it has changed, until it has ended; an outage of the database is waited out.

    :param viewer: who asks, as of now.
    :raises NotFound: there is no such job in sight.
    """
    seen: Job | None = None
    bell.followers += 1
    try:
        while seen is None or not seen.status.ended:
            pulse = bell.next_pulse()
            with suppress(Unavailable):
                job = await find(viewer(), job_id)
                if job is None:
                    raise NotFound("There is no such job", path="jobId")
                if job != seen:
                    seen = job
                    yield job
                    continue  # it may have changed while the reader was busy
            await asyncio.shield(pulse)
    finally:
        bell.followers -= 1


async def tenant_of(job_id: UUID) -> UUID | None:
    """The tenant of a job, whoever asks: to find out who may be told of it."""
    job = await jobs.find(None, job_id)
    return job.tenant_id if job else None


async def pages(tenant_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[Job]]:
    """The same page of the jobs of each of several tenants in sight."""
    return await jobs.pages(tenant_ids, request)


async def counts(tenant_ids: Sequence[UUID], condition: Condition | None) -> dict[UUID, int]:
    """How many jobs each of several tenants in sight has."""
    return await jobs.counts(tenant_ids, condition)


def has_file(job: Job, moment: datetime) -> bool:
    """Whether the file of a job can be had."""
    return job.status is JobStatus.SUCCEEDED and job.expires_at is not None and moment < job.expires_at


def may_download(viewer: Viewer, job: Job) -> bool:
    """Whether the viewer may see what the file holds."""
    return needed(job.subject, redacted=job.redacted) <= viewer.permissions(job.tenant_id)


def needed(subject: ExportSubject, *, redacted: bool) -> frozenset[Permission]:
    """What one must hold in the tenant to make or read such an export."""
    permissions = {Permission.READ_DIRECTORY, Permission.EXPORT}
    if subject is ExportSubject.SCIM_REQUESTS:
        permissions.add(Permission.READ_RAW_REQUESTS)
    return frozenset(permissions if redacted else {*permissions, Permission.READ_PII})


async def open_file(viewer: Viewer, origin: Origin, job_id: UUID, *, reads: bool) -> Job:
    """The job whose file the viewer wants; that it is read, or was tried in vain, is put on record.

    :raises NotFound: no such job in sight, or it has no file (any more).
    :raises Forbidden: the viewer may not see what the file holds.
    """
    job = await find(viewer, job_id)
    if job is None:
        raise NotFound("There is no such export")
    if not may_download(viewer, job):
        lacking = needed(job.subject, redacted=job.redacted) - viewer.permissions(job.tenant_id)
        refusal = Forbidden(f"This needs the permission {', '.join(sorted(lacking))} in the tenant")
        target, reason = ("Job", job.id), refusal.message
        await audit_trail.refused(viewer, origin, job.tenant_id, action="exportDownload", target=target, reason=reason)
        raise refusal
    moment = clock.now()
    if not has_file(job, moment):
        raise NotFound(_why_no_file(job))
    if reads:
        act = audit.act("exportDownload", ("Job", job.id), job.tenant_id, actor=viewer.actor, origin=origin, at=moment)
        await database.write([act])
    return job


async def read(job: Job) -> AsyncGenerator[bytes, None]:
    """The file, piece by piece.

    :raises Unavailable: the file has been deleted meanwhile, or the database is away.
    """
    for number in range(job.pieces):
        data = await jobs.piece(job.tenant_id, job.id, number)
        if data is None:
            raise Unavailable("the file has been deleted")
        yield zlib.decompress(data)


def _why_no_file(job: Job) -> str:
    if job.status is JobStatus.SUCCEEDED:
        return "The file of this export has expired"
    if job.status.ended:
        return f"This export has no file: it is {job.status}"
    return "This export is not finished yet"


def _shown(moment: datetime | None) -> str | None:
    return iso_of_microseconds(to_microseconds(moment)) if moment else None


def _told(wish: Wish) -> tuple[Change, ...]:
    """What the audit trail is told of an export: enough to know whose data left."""
    asked = {
        "subject": str(wish.subject),
        "format": str(wish.format),
        "redactPii": wish.redacted,
        "from": _shown(wish.since),
        "to": _shown(wish.until),
        audit_trail.FILTER: to_where(wish.condition) if wish.condition else None,
    }
    return tuple(Change(path, None, value) for path, value in asked.items() if value is not None)


async def _add(job: Job, beside: Sequence[Statement], limits: ExportLimits, note: Sequence[Statement]) -> Job:
    """Store a job in a slot that is free; the unique index decides between requests that come together."""
    if await jobs.count_files(job.tenant_id, at=job.created_at) >= limits.max_files:
        hint = "Wait until one expires, or take one back with jobCancel."
        raise TooMany(f"The tenant has {limits.max_files} files of exports", path="tenantId", hint=hint)
    for _ in range(_ATTEMPTS):
        free = sorted(set(range(limits.max_open)) - await jobs.slots(job.tenant_id))
        if not free:
            hint = "Wait until one has ended, or end one with jobCancel."
            raise TooMany(f"The tenant has {limits.max_open} exports under way", path="tenantId", hint=hint)
        try:
            await database.write([jobs.add(job, slot=free[0]), *beside, *note])
        except UniqueViolation as taken:
            if "slot" not in taken.what:
                raise
        else:
            return job
    raise Unavailable("exports of the tenant are being asked for by others; try again")


def _check_permissions(viewer: Viewer, tenant_id: UUID, wish: Wish) -> None:
    lacking = needed(wish.subject, redacted=wish.redacted) - viewer.permissions(tenant_id)
    if Permission.READ_RAW_REQUESTS in lacking:
        raise Forbidden("Exporting requests needs READ_RAW_REQUESTS in the tenant", path="subject")
    if Permission.READ_PII in lacking:
        raise Forbidden("Personal values need READ_PII in the tenant", path="redactPii")
    if lacking:
        raise Forbidden("This needs the permission EXPORT in the tenant", path="tenantId")


def _allowed(viewer: Viewer, tenant_id: UUID, wish: Wish, moment: datetime) -> Condition | None:
    """The whole filter of an export that the viewer may have.

    :raises Forbidden, InvalidValue: as :func:`create`.
    """
    _check_permissions(viewer, tenant_id, wish)
    condition = _condition(wish, moment)
    of_tenant = Compare("tenantId", "eq", tenant_id)
    directory.scope(viewer, And((of_tenant, condition) if condition else (of_tenant,)))
    return condition


def _condition(wish: Wish, moment: datetime) -> Condition | None:
    """The whole filter; what happens after the request is not in the file."""
    when = _WHEN.get(wish.subject)
    if when is None and (wish.since or wish.until):
        raise InvalidValue(
            f"An export of {wish.subject} shows the present and takes no `from` and `to`",
            path="from" if wish.since else "to",
            hint=f"Leave them out; {', '.join(_WHEN)} can be bounded by time.",
        )
    terms = [] if wish.condition is None else [wish.condition]
    if wish.subject is ExportSubject.UNMAPPED_VALUES:
        terms.append(Compare("users", "gt", 0))
    if when is not None:
        until = min(wish.until or moment, moment)
        if wish.since is not None and wish.since >= until:
            raise InvalidValue("`from` must lie before `to`, and in the past", path="from")
        terms.append(Compare(when, "lt", to_microseconds(until)))
        if wish.since is not None:
            terms.append(Compare(when, "gte", to_microseconds(wish.since)))
    return And(tuple(terms)) if terms else None
