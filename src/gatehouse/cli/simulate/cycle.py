"""The life of a job: test of the connection, initial cycle, incremental cycles, provisioning on demand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from random import Random
from time import perf_counter
from typing import Final

from gatehouse.cli.simulate import answers, groups, users
from gatehouse.cli.simulate.dialect import Dialect
from gatehouse.cli.simulate.evolve import next_day
from gatehouse.cli.simulate.job import Job
from gatehouse.cli.simulate.quarantine import by_count
from gatehouse.cli.simulate.source import Person, SourceGroup
from gatehouse.cli.simulate.tally import Cycle

_RETRY_CYCLES: Final = 2  # for what is left in escrow at the end
_ON_DEMAND_PEOPLE: Final = 3
_ON_DEMAND_MEMBERS: Final = 5


async def run(job: Job, incremental_cycles: int, *, on_demand: bool) -> None:
    """Play the job to its end, or into quarantine."""
    await _cycle(job, 0, "initial")
    for number in range(1, incremental_cycles + 1):
        if job.quarantine is not None:
            return
        job.directory = next_day(job.directory, number)
        if on_demand:
            await _on_demand(job, number)
        await _cycle(job, number, "incremental")
    for number in range(incremental_cycles + 1, incremental_cycles + 1 + _RETRY_CYCLES):
        if job.quarantine is not None or not unresolved(job):
            return
        await _cycle(job, number, "retry")


def unresolved(job: Job) -> int:
    """How many objects and references have not reached the target."""
    broken = [link.broken for link in job.links.values()] + [link.broken for link in job.group_links.values()]
    waiting = (users.pending(job), users.gone(job), users.pending_managers(job), groups.pending(job), groups.gone(job))
    return sum(broken) + sum(len(objects) for objects in waiting)


async def _cycle(job: Job, number: int, kind: str) -> None:
    async with _counted(job, number, kind):
        if await job.attempt("test connection", "", partial(_test_connection, job)):
            await users.run(job)
            await groups.run(job)


async def _on_demand(job: Job, number: int) -> None:
    """A few people and one group, in the default form whatever the Tenant URL says (entra-client §1)."""
    async with _counted(job, number, "on demand"):
        random = Random(f"{job.directory.seed}/on demand/{number}")  # noqa: S311 - repeatable on purpose
        waiting = users.pending(job)
        await job.for_each("users", random.sample(waiting, min(_ON_DEMAND_PEOPLE, len(waiting))), partial(_person, job))
        changed = groups.pending(job)
        await job.for_each("groups", random.sample(changed, min(1, len(changed))), partial(_group, job))


async def _person(job: Job, person: Person) -> None:
    work = partial(users.provision, job, person, Dialect.DEFAULT, on_demand=True)
    await job.attempt("user on demand", person.user_principal_name, work)


async def _group(job: Job, group: SourceGroup) -> None:
    if await job.attempt("group on demand", group.display_name, partial(groups.provision, job, group, Dialect.DEFAULT)):
        members = partial(groups.provision_members, job, group, Dialect.DEFAULT, at_most=_ON_DEMAND_MEMBERS)
        await job.attempt("members on demand", group.display_name, members, reference=True)


async def _test_connection(job: Job) -> None:
    """The three probes; only the schemas are optional for an application outside the gallery."""
    guid = job.wire.new_guid()
    answers.resources(await job.wire.match("test connection", "/Users", "userName", guid, without_members=False))
    answers.resources(await job.wire.match("test connection", "/Groups", "displayName", guid, without_members=True))
    answer = await job.wire.send("test connection", "GET", "/Schemas")
    note = f"GET /Schemas answered {answer.status}: enough for a custom application, refused for the gallery"
    if not answer.ok and note not in job.notes:
        job.notes.append(note)


@asynccontextmanager
async def _counted(job: Job, number: int, kind: str) -> AsyncIterator[None]:
    job.tally.cycles.append(Cycle(number, kind))
    started = perf_counter()
    try:
        yield
    finally:
        job.cycle.seconds = perf_counter() - started
        job.quarantine = job.quarantine or by_count(
            events=job.cycle.events,
            failures=job.cycle.failures,
            reference_failures=job.cycle.reference_failures,
        )
