"""``gatehouse export``: a file of a tenant's data from a running server, complete and checked, or not there at all."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final
from uuid import uuid4

import typer

from gatehouse.cli.remote import TenantOption, chosen_tenant, run
from gatehouse.client import UNSET, ClientError, Gatehouse
from gatehouse.client.inputs import ExportFormat, ExportSubject, JobStatus
from gatehouse.client.results import Job

_POLL_S: Final = 0.5


class Subject(StrEnum):
    """What can be exported."""

    USERS = "users"
    EVENTS = "events"
    REQUESTS = "requests"
    AUDIT = "audit"
    MAPPING = "mapping"
    UNMAPPED = "unmapped"


class Form(StrEnum):
    """How a file is written."""

    CSV = "csv"
    NDJSON = "ndjson"


_SUBJECTS: Final = {
    Subject.USERS: ExportSubject.USERS,
    Subject.EVENTS: ExportSubject.PROVISIONING_EVENTS,
    Subject.REQUESTS: ExportSubject.SCIM_REQUESTS,
    Subject.AUDIT: ExportSubject.AUDIT,
    Subject.MAPPING: ExportSubject.MAPPING,
    Subject.UNMAPPED: ExportSubject.UNMAPPED_VALUES,
}


@dataclass(frozen=True, slots=True)
class _Wish:
    tenant: str | None
    subject: ExportSubject
    form: ExportFormat
    since: datetime | None
    until: datetime | None
    personal: bool


def export(
    subject: Annotated[Subject, typer.Argument(help="What to export.")],
    *,
    output: Annotated[Path, typer.Option(help="The file; one that is there is replaced when the new one is complete.")],
    form: Annotated[Form, typer.Option("--format", help="ndjson has every value as it is.")] = Form.CSV,
    since: Annotated[
        str | None, typer.Option("--from", help="Only what happened then or later, such as 2026-11-01T00:00:00Z.")
    ] = None,
    until: Annotated[str | None, typer.Option("--to", help="Only what happened before.")] = None,
    personal: Annotated[
        bool, typer.Option("--personal", help="With names and addresses as they are; needs READ_PII.")
    ] = False,
    tenant: TenantOption = None,
) -> None:
    """Export users, events, requests, the audit trail, rules, or values without a rule (GATEHOUSE_URL, GATEHOUSE_API_KEY)."""
    if not output.parent.is_dir():
        raise typer.BadParameter(f"there is no directory {str(output.parent)!r}", param_hint="--output")
    wish = _Wish(
        tenant,
        _SUBJECTS[subject],
        ExportFormat(form.value.upper()),
        _moment(since, "--from"),
        _moment(until, "--to"),
        personal,
    )
    job = run(lambda gatehouse: _export(gatehouse, wish, output))
    typer.echo(f"{job.sha256}  {output}")
    typer.echo(f"{job.processed} rows, {int(job.byte_size)} bytes", err=True)


async def _export(gatehouse: Gatehouse, wish: _Wish, output: Path) -> Job:
    tenant = await chosen_tenant(gatehouse, wish.tenant)
    asked = await gatehouse.export_create(
        tenant_id=tenant.id,
        subject=wish.subject,
        format=wish.form,
        since=wish.since or UNSET,
        until=wish.until or UNSET,
        redact_pii=not wish.personal,
        idempotency_key=str(uuid4()),
    )
    if asked.job is None:
        raise ValueError("the server made no job")
    try:
        job = await _finished(gatehouse, asked.job)
    except asyncio.CancelledError:
        with suppress(ClientError):
            await gatehouse.job_cancel(job_id=asked.job.id)
        raise
    await _fetch(gatehouse, job, output)
    return job


async def _finished(gatehouse: Gatehouse, job: Job) -> Job:
    """The job when its file is there.

    :raises ValueError: it ended without one.
    """
    while job.status in {JobStatus.QUEUED, JobStatus.RUNNING}:
        _show(job)
        await asyncio.sleep(_POLL_S)
        found = await gatehouse.job(id=job.id)
        if found is None:
            raise ValueError("the job is gone")
        job = found
    _show(job)
    if job.status is not JobStatus.SUCCEEDED:
        raise ValueError(f"the export is {job.status}{f': {job.error}' if job.error else ''}")
    return job


def _show(job: Job) -> None:
    """Tell people at a terminal how far it is."""
    if sys.stderr.isatty():
        of_all = f" of {job.total}" if job.total is not None else ""
        typer.echo(
            f"\r\033[K{job.status.lower()}: {job.processed}{of_all} rows, {job.progress:.0%}", err=True, nl=False
        )
        if job.status not in {JobStatus.QUEUED, JobStatus.RUNNING}:
            typer.echo(err=True)


async def _fetch(gatehouse: Gatehouse, job: Job, output: Path) -> None:
    """Write the file beside its place, and move it there when it is whole and right.

    :raises ValueError: it is not what the server says that it is.
    :raises OSError: it cannot be written.
    """
    if job.download_url is None:
        raise ValueError("this key may not fetch the file")
    part, digest = output.with_name(f"{output.name}.part"), hashlib.sha256()
    try:
        part.touch(mode=0o600)  # it may hold people
        with part.open("wb") as file:
            async for piece in gatehouse.download(job.download_url):
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != job.sha256:
            raise ValueError(f"the file is damaged: its SHA-256 is {digest.hexdigest()}, not {job.sha256}")
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _moment(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no time", param_hint=option) from None
    return moment if moment.tzinfo else moment.astimezone()
