"""Jobs: work that outlasts a request. Exports are the only kind so far."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from gatehouse.api.graphql.connections import Connection
from gatehouse.api.graphql.context import Context, Info
from gatehouse.api.graphql.enums import ExportFormat, ExportSubject, JobKind, JobStatus
from gatehouse.api.graphql.events import Actor
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import global_id, row_id
from gatehouse.api.graphql.node import Node
from gatehouse.services import exports

if TYPE_CHECKING:
    from gatehouse.api.graphql.tenants import Tenant


@strawberry.type(description="Work that outlasts a request: an export. See `jobProgress` for following it live.")
class Job(Node):
    """A job of a tenant in sight."""

    kind: JobKind = strawberry.field(description="What kind of work.")
    status: JobStatus = strawberry.field(description="Where it stands.")
    subject: ExportSubject = strawberry.field(description="What is exported.")
    format: ExportFormat = strawberry.field(description="How the file is written.")
    redacted: bool = strawberry.field(description="Whether personal values in the file are masked.")
    processed: int = strawberry.field(description="Rows written.")
    total: int | None = strawberry.field(
        description="How many there were when it began; null before that, and when they are too many to be counted."
    )
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When a process took it up first.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    sha256: str | None = strawberry.field(description="SHA-256 of the file in hex; null until it is whole.")
    error: str | None = strawberry.field(description="Why it failed; null unless it did.")
    download_expires_at: datetime | None = strawberry.field(
        description="When the file goes, or went; null until it is whole."
    )
    record: strawberry.Private[exports.Job]

    @resolver(
        "How much is done, 0 to 1; an estimate while rows come and go. 0 until the end when `total` is not known."
    )
    def progress(self) -> float:
        """Compare rows."""
        job = self.record
        if job.status is JobStatus.SUCCEEDED:
            return 1.0
        return min(job.processed / job.total, 1.0) if job.total else 0.0

    @resolver("The size of the file so far, in bytes.")
    def byte_size(self) -> float:
        """Tell it; more than an Int can hold."""
        return float(self.record.byte_size)

    @resolver("Where the file is, for `GET` with the same credential; null when it is not there or not the viewer's.")
    def download_url(self, info: Info) -> str | None:
        """Name it."""
        context = info.context
        there = exports.has_file(self.record, context.now) and exports.may_download(context.viewer, self.record)
        return f"{context.public_url}/exports/{self.record.id}" if there else None

    @resolver("Who asked for it.")
    def created_by(self) -> Actor:
        """Wrap the actor."""
        return Actor.from_record(self.record.actor)

    @resolver("The tenant.")
    async def tenant(self, info: Info) -> Annotated[Tenant, strawberry.lazy("gatehouse.api.graphql.tenants")] | None:
        """Load the tenant."""
        return await info.context.loaders.tenant.load(self.record.tenant_id)

    @classmethod
    def from_record(cls, job: exports.Job) -> Self:
        """Wrap a record."""
        return cls(
            id=global_id("Job", job.id),
            kind=job.kind,
            status=job.status,
            subject=job.subject,
            format=job.format,
            redacted=job.redacted,
            processed=job.processed,
            total=job.total,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            sha256=job.sha256,
            error=job.error,
            download_expires_at=job.expires_at if job.status is JobStatus.SUCCEEDED else None,
            record=job,
        )


@strawberry.type(description="A page of jobs.")
class JobConnection(Connection[Job]):
    """Jobs in order."""


async def find_job(context: Context, job_id: strawberry.ID) -> Job | None:
    """Find a job of a tenant in sight by its global id."""
    key = row_id("Job", job_id)
    return await context.loaders.job.load(key) if key else None
