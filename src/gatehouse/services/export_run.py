"""Making the file of an export: by one process at a time, and by another from where it stood when that one dies.

The file grows by a piece for each page of rows, in the batch that says how far the file now reaches. Rows are read without
any lock that others could wait for, and between two pages the process does other work.
"""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from time import perf_counter
from typing import Any, Final
from uuid import UUID

from gatehouse.errors import StaleVersion, Unavailable
from gatehouse.logs import logger
from gatehouse.services import clock, export_file
from gatehouse.services.export_rows import COLUMNS
from gatehouse.services.export_sources import Batch, Source, open_source
from gatehouse.services.exports import DEFAULT_LIMITS, ExportLimits, clean_up
from gatehouse.store import database, jobs, outbox
from gatehouse.store.jobs import Job, JobStatus, Piece
from gatehouse.store.outbox import Work

_LOG: Final = logger(__name__)

_COMPRESSION: Final = 1  # of 9: CSV shrinks to a fifth, at a tenth of the time
_FAILURES: Final = 5
_BEGINNINGS: Final = 100
_PIECES_AT_ONCE: Final = 20
_PAUSE_S: Final = 0.01  # between two deletions, for those who write


class ExportRunner:
    """Makes files, and deletes them when their time is over.

    :param progressed: called after each step.
    """

    def __init__(self, limits: ExportLimits = DEFAULT_LIMITS, *, progressed: Callable[[], None] = lambda: None) -> None:
        self._limits = limits
        self._progressed = progressed

    async def do_export(self, work: Work) -> None:
        """Make the file of a job, or go on with it; nothing happens to a job that has ended.

        :raises Unavailable: the database is away; try again later.
        """
        job = await jobs.find(frozenset({work.tenant_id}), UUID(work.payload["job"]))
        if job is None or job.status.ended:
            return
        try:
            await self._make(job, work)
        except StaleVersion as error:
            now = await jobs.find(frozenset({work.tenant_id}), job.id)
            if now is not None and not now.status.ended:  # another process is at it: see later whether it lives
                raise Unavailable("another process works on the export") from error
        except Unavailable:
            raise
        except Exception as error:
            if work.attempts < _FAILURES:
                raise
            _LOG.exception("export_failed", job_id=str(job.id), attempts=work.attempts, exc_info=error)
            await self._fail(job, work, f"Internal error (job {job.id})")

    async def do_expire(self, work: Work) -> None:
        """Delete the pieces of a job that nobody may have any more, a few at a time."""
        job_id = UUID(work.payload["job"])
        deleted = _PIECES_AT_ONCE
        while deleted == _PIECES_AT_ONCE:
            deleted = await jobs.delete_pieces(work.tenant_id, job_id, limit=_PIECES_AT_ONCE)
            await asyncio.sleep(_PAUSE_S)

    async def _make(self, job: Job, work: Work) -> None:
        if work.attempts > _BEGINNINGS:
            await self._fail(job, work, "The export was begun too often without coming to an end")
            return
        source = open_source(job)
        await database.write([jobs.begin(job, at=clock.now(), total=await _total(job, source))])
        self._progressed()
        digest = await _digest_so_far(job)
        more = True
        while more:
            started = perf_counter()
            batch = await source.read(job.place, self._limits.rows_at_once)
            job, more = await self._append(job, batch, digest), batch.more
            if job.byte_size > self._limits.max_bytes:
                size = self._limits.max_bytes
                await self._fail(job, work, f"The file is larger than {size:,} bytes: ask for less at once")
                return
            self._progressed()
            await asyncio.sleep((perf_counter() - started) / 2)  # others come first
        await self._succeed(job, work, digest.hexdigest())

    async def _append(self, job: Job, batch: Batch, digest: Any) -> Job:
        columns = COLUMNS[job.subject]
        text = export_file.body(job.format, columns, batch.rows)
        if job.pieces == 0:
            text = export_file.head(job.format, columns) + text
        data = zlib.compress(text, _COMPRESSION)
        await database.write(jobs.append(job, Piece(data, len(batch.rows), len(text), batch.place)))
        digest.update(text)
        return replace(
            job,
            pieces=job.pieces + 1,
            processed=job.processed + len(batch.rows),
            byte_size=job.byte_size + len(text),
            place=batch.place,
        )

    async def _succeed(self, job: Job, work: Work, sha256: str) -> None:
        moment = clock.now()
        expires_at = moment + self._limits.kept_for
        whole = jobs.succeed(job, sha256=sha256, at=moment, expires_at=expires_at)
        await self._end(job, work, whole, expires_in=self._limits.kept_for)

    async def _fail(self, job: Job, work: Work, error: str) -> None:
        await self._end(job, work, jobs.end(job, JobStatus.FAILED, at=clock.now(), error=error))

    async def _end(
        self, job: Job, work: Work, ending: database.Statement, *, expires_in: timedelta = timedelta()
    ) -> None:
        moment = clock.now()
        done = outbox.done(work.tenant_id, work.id, moment)
        await database.write([ending, done, clean_up(job, at=moment + expires_in)])
        self._progressed()


async def _total(job: Job, source: Source) -> int | None:
    """How many rows the file is to have; None when to count them takes longer than a statement may, as for millions."""
    if job.total is not None:
        return job.total
    try:
        return await source.count()
    except Unavailable:  # if the database is away, the next statement says so
        return None


async def _digest_so_far(job: Job) -> Any:
    """The SHA-256 of the pieces that are there: what an earlier process knew of it died with it."""
    digest = hashlib.sha256()
    for number in range(job.pieces):
        data = await jobs.piece(job.tenant_id, job.id, number)
        if data is None:
            raise LookupError(f"piece {number} is missing")
        digest.update(zlib.decompress(data))
        await asyncio.sleep(0)
    return digest
