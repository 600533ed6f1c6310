"""One run from start to report: play the job, look into the target, say what came of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from gatehouse.cli.simulate import cycle
from gatehouse.cli.simulate.admin import AdminApi
from gatehouse.cli.simulate.answers import Failed
from gatehouse.cli.simulate.compare import Difference
from gatehouse.cli.simulate.dialect import Dialect
from gatehouse.cli.simulate.inspect import Comparison, compare
from gatehouse.cli.simulate.job import Job
from gatehouse.cli.simulate.progress import Progress
from gatehouse.cli.simulate.report import Report
from gatehouse.cli.simulate.source import Directory
from gatehouse.cli.simulate.tally import Tally
from gatehouse.cli.simulate.wire import Wire


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be played, and against whom."""

    url: str
    token: str
    directory: Directory
    cycles: int = 3  # incremental ones
    dialect: Dialect = Dialect.DEFAULT
    concurrency: int = 8
    rate: float = 0.0  # requests per second; 0: as fast as it goes
    patience_s: float = 0.0
    timeout_s: float = 60.0
    on_demand: bool = True
    verify: bool = True
    api_key: str | None = None
    graphql_url: str | None = None  # default: /graphql beside the SCIM address
    tenant: str | None = None  # slug; default: that of the people provisioned
    progress: bool = False


async def rehearse(plan: Plan) -> Report:
    """Play, compare, report.

    :raises ValueError: the server cannot be reached at all, or the admin API cannot be asked.
    """
    async with _admin(plan) as admin:
        if admin is not None:
            await admin.check()
    async with played(plan) as job:
        return await conclude(plan, job)


@asynccontextmanager
async def played(plan: Plan) -> AsyncIterator[Job]:
    """Play all cycles; the job can still send afterwards.

    :raises ValueError: no request was ever answered.
    """
    tally = Tally()
    wire = Wire(
        plan.url,
        plan.token,
        tally,
        seed=plan.directory.seed,
        connections=plan.concurrency,
        rate=plan.rate,
        timeout_s=plan.timeout_s,
    )
    with Progress(shown=plan.progress) as progress:
        async with wire:
            job = Job(wire, tally, progress, plan.directory, plan.dialect, plan.concurrency, plan.patience_s)
            await cycle.run(job, plan.cycles, on_demand=plan.on_demand)
            if not tally.latencies_s:
                raise ValueError(f"{plan.url} cannot be reached: {tally.failures[0].detail}")
            yield job


async def conclude(plan: Plan, job: Job) -> Report:
    """Compare, unless the job is in quarantine, and report."""
    comparison = await _compare(plan, job) if plan.verify and job.quarantine is None else None
    return Report(
        url=plan.url,
        seed=plan.directory.seed,
        dialect=plan.dialect.value,
        people=len(plan.directory.people),
        tally=job.tally,
        quarantine=job.quarantine,
        unresolved=cycle.unresolved(job),
        comparison=comparison,
        notes=job.notes,
    )


async def _compare(plan: Plan, job: Job) -> Comparison:
    async with _admin(plan) as admin:
        try:
            return await compare(job, admin, slug=plan.tenant)
        except Failed as failure:
            return Comparison(differences=[Difference("comparison", "answer", "a resource", failure.detail)])


@asynccontextmanager
async def _admin(plan: Plan) -> AsyncIterator[AdminApi | None]:
    if plan.api_key is None or not plan.verify:
        yield None
        return
    url = plan.graphql_url or graphql_url(plan.url)
    async with AdminApi(url, plan.api_key, timeout_s=plan.timeout_s) as admin:
        yield admin


def graphql_url(scim_url: str) -> str:
    """Where Gatehouse has its admin API.

    >>> graphql_url("https://gatehouse.example/scim/v2")
    'https://gatehouse.example/graphql'
    """
    parts = urlsplit(scim_url)
    return f"{parts.scheme}://{parts.netloc}/graphql"
