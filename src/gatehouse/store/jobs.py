"""Exports: rows that any process may work on, and their files in compressed pieces.

``QUEUED`` → ``RUNNING`` → ``SUCCEEDED``, ``FAILED`` or ``CANCELLED``. A piece is added only to a job that runs and has exactly
the pieces that came before it: of two processes that believe they have the job one is refused, and whoever comes after a
crash finds the place up to which the pieces reach.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from gatehouse.errors import NotFound
from gatehouse.records import Actor, ActorKind, from_microseconds, to_microseconds
from gatehouse.store import database, listing
from gatehouse.store.condition import Compare, Condition, column
from gatehouse.store.database import Row, Statement
from gatehouse.store.keyset import Page, PageRequest, Sort, SortColumn
from gatehouse.store.listing import Listing

Tenants = frozenset[UUID] | None
NEWEST_FIRST: Final = (Sort("CREATED_AT", descending=True),)


class JobKind(StrEnum):
    """What kind of work."""

    EXPORT = "EXPORT"


class JobStatus(StrEnum):
    """Where a job stands."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self not in {JobStatus.QUEUED, JobStatus.RUNNING}


class ExportSubject(StrEnum):
    """What is exported."""

    USERS = "USERS"
    PROVISIONING_EVENTS = "PROVISIONING_EVENTS"
    SCIM_REQUESTS = "SCIM_REQUESTS"
    AUDIT = "AUDIT"
    MAPPING = "MAPPING"
    UNMAPPED_VALUES = "UNMAPPED_VALUES"


class ExportFormat(StrEnum):
    """How a file is written."""

    NDJSON = "NDJSON"
    CSV = "CSV"


@dataclass(frozen=True, slots=True)
class Job:
    """An export.

    :ivar wanted: the filter (:mod:`gatehouse.store.condition_text`).
    :ivar redacted: whether personal values are masked.
    :ivar processed: rows written; ``total``: how many there were when it began, if that could be counted.
    :ivar place: JSON text of the place up to which the pieces reach; None: nothing is written yet.
    :ivar byte_size: of the file, uncompressed.
    :ivar expires_at: from then on the file is not given out, and then deleted.
    """

    id: UUID
    tenant_id: UUID
    kind: JobKind
    status: JobStatus
    subject: ExportSubject
    format: ExportFormat
    wanted: str
    redacted: bool
    created_at: datetime
    actor: Actor
    place: str | None = None
    processed: int = 0
    total: int | None = None
    pieces: int = 0
    byte_size: int = 0
    sha256: str | None = None
    error: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a file.

    :ivar data: compressed.
    :ivar rows: how many it holds; ``byte_size`` of it, uncompressed.
    :ivar place: up to where the file then reaches.
    """

    data: bytes
    rows: int
    byte_size: int
    place: str


def add(job: Job, *, slot: int) -> Statement:
    """The statement that stores a new job; a slot that another open job of the tenant has is a UniqueViolation."""
    return Statement(
        "INSERT INTO job (id, tenant_id, kind, status, subject, format, wanted, redacted, slot, created_at, actor_kind,"
        " actor_id, actor_display) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        (
            job.id,
            job.tenant_id,
            str(job.kind),
            str(job.status),
            str(job.subject),
            str(job.format),
            job.wanted,
            job.redacted,
            slot,
            to_microseconds(job.created_at),
            str(job.actor.kind),
            job.actor.id,
            job.actor.display,
        ),
    )


def begin(job: Job, *, at: datetime, total: int | None) -> Statement:
    """The statement that says a job has begun; StaleVersion when it has ended."""
    return Statement(
        "UPDATE job SET status = 'RUNNING', started_at = coalesce(started_at, $3), total = $4"
        " WHERE tenant_id = $1 AND id = $2 AND status IN ('QUEUED', 'RUNNING')",
        (job.tenant_id, job.id, to_microseconds(at), total),
        rows=1,
    )


def append(job: Job, piece: Piece) -> list[Statement]:
    """The batch that adds the piece after those of ``job``; StaleVersion when there are others, or the job does not run."""
    return [
        Statement(
            "UPDATE job SET pieces = $3 + 1, processed = processed + $4, byte_size = byte_size + $5, place = $6"
            " WHERE tenant_id = $1 AND id = $2 AND pieces = $3 AND status = 'RUNNING'",
            (job.tenant_id, job.id, job.pieces, piece.rows, piece.byte_size, piece.place),
            rows=1,
        ),
        Statement(
            "INSERT INTO job_piece (tenant_id, job_id, number, data) VALUES ($1, $2, $3, $4)",
            (job.tenant_id, job.id, job.pieces, piece.data),
        ),
    ]


def succeed(job: Job, *, sha256: str, at: datetime, expires_at: datetime) -> Statement:
    """The statement that says the file is whole; StaleVersion as for :func:`append`."""
    return Statement(
        "UPDATE job SET status = 'SUCCEEDED', sha256 = $4, finished_at = $5, expires_at = $6, slot = NULL"
        " WHERE tenant_id = $1 AND id = $2 AND pieces = $3 AND status = 'RUNNING'",
        (job.tenant_id, job.id, job.pieces, sha256, to_microseconds(at), to_microseconds(expires_at)),
        rows=1,
    )


def end(job: Job, status: JobStatus, *, at: datetime, error: str | None = None) -> Statement:
    """The statement that ends a job without a file; StaleVersion when it has ended."""
    return Statement(
        "UPDATE job SET status = $3, finished_at = $4, expires_at = $4, error = $5, slot = NULL"
        " WHERE tenant_id = $1 AND id = $2 AND status IN ('QUEUED', 'RUNNING')",
        (job.tenant_id, job.id, str(status), to_microseconds(at), error),
        rows=1,
    )


def expire(job: Job, *, at: datetime) -> Statement:
    """The statement that takes a file back before its time; StaleVersion when it has expired."""
    return Statement(
        "UPDATE job SET expires_at = $3 WHERE tenant_id = $1 AND id = $2 AND status = 'SUCCEEDED' AND expires_at > $3",
        (job.tenant_id, job.id, to_microseconds(at)),
        rows=1,
    )


async def get(tenant_id: UUID, job_id: UUID) -> Job:
    """:raises NotFound: the tenant has no such job."""
    found = await find(frozenset({tenant_id}), job_id)
    if found is None:
        raise NotFound("There is no such job", path="jobId")
    return found


async def find(tenant_ids: Tenants, job_id: UUID) -> Job | None:
    """The job with this id, if it is of one of these tenants; None means every tenant."""
    return (await by_ids(tenant_ids, [job_id])).get(job_id)


async def by_ids(tenant_ids: Tenants, ids: Sequence[UUID]) -> dict[UUID, Job]:
    """The jobs with these ids, as far as they are of these tenants."""
    request = PageRequest(len(ids), NEWEST_FIRST, Compare("id", "in", tuple(ids)))
    return {job.id: job for job in (await listing.page_in(_JOBS, tenant_ids, request)).rows}


async def pages(tenant_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[Job]]:
    """The same page of the jobs of each of these tenants."""
    return await listing.pages_of(_JOBS, tenant_ids, request)


async def counts(tenant_ids: Sequence[UUID], condition: Condition | None = None) -> dict[UUID, int]:
    """How many jobs each of these tenants has."""
    return await listing.counts_of(_JOBS, tenant_ids, condition)


async def slots(tenant_id: UUID) -> set[int]:
    """The slots that open jobs of the tenant have."""
    rows = await database.fetch("SELECT slot FROM job WHERE tenant_id = $1 AND slot IS NOT NULL", tenant_id)
    return {row[0] for row in rows}


async def count_files(tenant_id: UUID, *, at: datetime) -> int:
    """How many files of the tenant are kept at a moment."""
    row = await database.fetch_one(
        "SELECT count(*) FROM job WHERE tenant_id = $1 AND status = 'SUCCEEDED' AND expires_at > $2",
        tenant_id,
        to_microseconds(at),
    )
    return int(row[0]) if row else 0


async def piece(tenant_id: UUID, job_id: UUID, number: int) -> bytes | None:
    """A piece of a file, compressed; numbers count from 0."""
    row = await database.fetch_one(
        "SELECT data FROM job_piece WHERE tenant_id = $1 AND job_id = $2 AND number = $3", tenant_id, job_id, number
    )
    return None if row is None else bytes(row[0])


async def delete_pieces(tenant_id: UUID, job_id: UUID, *, limit: int) -> int:
    """Delete some pieces of a file that has expired.

    :return: how many were deleted; fewer than ``limit``: there are no more.
    """
    return await database.execute(
        "DELETE FROM job_piece WHERE tenant_id = $1 AND job_id = $2 AND number IN"
        " (SELECT number FROM job_piece WHERE tenant_id = $1 AND job_id = $2 ORDER BY number LIMIT $3)",
        tenant_id,
        job_id,
        limit,
    )


async def forget(tenant_id: UUID, *, finished_before: datetime) -> None:
    """Delete jobs that ended long ago, whose files are gone."""
    await database.execute(
        "DELETE FROM job WHERE tenant_id = $1 AND finished_at < $2 AND NOT EXISTS"
        " (SELECT 1 FROM job_piece p WHERE p.tenant_id = job.tenant_id AND p.job_id = job.id)",
        tenant_id,
        to_microseconds(finished_before),
    )


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_microseconds(value)


def _job(row: Row) -> Job:
    return Job(
        id=database.as_uuid(row[0]),
        tenant_id=database.as_uuid(row[1]),
        kind=JobKind(row[2]),
        status=JobStatus(row[3]),
        subject=ExportSubject(row[4]),
        format=ExportFormat(row[5]),
        wanted=row[6],
        redacted=bool(row[7]),
        place=row[8],
        processed=row[9],
        total=row[10],
        pieces=row[11],
        byte_size=row[12],
        sha256=row[13],
        error=row[14],
        created_at=from_microseconds(row[15]),
        started_at=_moment(row[16]),
        finished_at=_moment(row[17]),
        expires_at=_moment(row[18]),
        actor=Actor(ActorKind(row[19]), database.as_uuid(row[20]) if row[20] else None, row[21]),
    )


_JOBS: Final = Listing(
    table="job",
    alias="j",
    columns=(
        *("j.id", "j.tenant_id", "j.kind", "j.status", "j.subject", "j.format", "j.wanted", "j.redacted", "j.place"),
        *("j.processed", "j.total", "j.pieces", "j.byte_size", "j.sha256", "j.error", "j.created_at", "j.started_at"),
        *("j.finished_at", "j.expires_at", "j.actor_kind", "j.actor_id", "j.actor_display"),
    ),
    record=_job,
    fields={"id": column("j.id")},
    sorts={"CREATED_AT": SortColumn("j.created_at", int)},
)
