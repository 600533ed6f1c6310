"""The provisioning job: what Entra remembers between cycles, and how it tries, fails and goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final, TypeVar

from gatehouse.cli.simulate.answers import Failed, Quarantined
from gatehouse.cli.simulate.dialect import Dialect
from gatehouse.cli.simulate.progress import Progress
from gatehouse.cli.simulate.quarantine import Quarantine, at_once
from gatehouse.cli.simulate.source import Directory, Person
from gatehouse.cli.simulate.tally import Cycle, Failure, Tally
from gatehouse.cli.simulate.wire import Wire

T = TypeVar("T")
_BETWEEN_TRIES_S: Final = 0.5


@dataclass
class Link:
    """A person's counterpart in the target: its id (anchor) and what was acknowledged."""

    anchor: str
    attributes: dict[str, str | bool]
    manager: str | None = None  # anchor
    history: list[dict[str, str | bool]] = field(default_factory=list)  # attributes after each write, oldest first
    broken: bool = False  # InvalidAnchor: only a restart of the job would match again

    def acknowledge(self, changed: dict[str, str | bool]) -> None:
        """The target has taken these values."""
        self.attributes |= changed
        self.history.append(dict(self.attributes))


@dataclass
class GroupLink:
    """A group's counterpart in the target."""

    anchor: str
    attributes: dict[str, str | bool]
    members: set[str] = field(default_factory=set)  # anchors of people
    broken: bool = False


@dataclass
class Job:
    """State and rules of one job."""

    wire: Wire
    tally: Tally
    progress: Progress
    directory: Directory
    dialect: Dialect
    concurrency: int
    patience_s: float
    links: dict[str, Link] = field(default_factory=dict)  # by objectId
    group_links: dict[str, GroupLink] = field(default_factory=dict)
    skipped: dict[str, Person] = field(default_factory=dict)  # disabled people who are not in the target
    purged: dict[str, str] = field(default_factory=dict)  # anchor -> userName of deleted people
    notes: list[str] = field(default_factory=list)
    quarantine: Quarantine | None = None

    @property
    def cycle(self) -> Cycle:
        """The cycle under way."""
        return self.tally.cycles[-1]

    def count(self, action: str, number: int = 1) -> None:
        """Count something done."""
        self.cycle.actions[action] += number

    async def attempt(
        self, operation: str, name: str, work: Callable[[], Awaitable[None]], *, reference: bool = False
    ) -> bool:
        """Do the work for one object; a failure is booked and leaves the object for the next cycle.

        The work is run anew after a transient failure (see ``patiently``): it finds out by itself, by matching, what a
        request without answer has done.

        :param reference: whether it concerns manager or members, which count apart.
        """
        self.cycle.events += not reference
        try:
            await self.patiently(work)
        except Failed as failure:
            self._book(operation, name, failure, reference=reference)
            return False
        except Quarantined as verdict:
            self.quarantine = at_once(verdict.code, verdict.detail)
            return False
        return True

    async def patiently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do the work, again and again for ``patience_s`` while it fails in a transient way.

        :raises Failed: it still fails.
        """
        given_up = monotonic() + self.patience_s
        while True:
            try:
                return await work()
            except Failed as failure:
                if not failure.transient or monotonic() >= given_up:
                    raise
            self.tally.retried += 1
            await asyncio.sleep(_BETWEEN_TRIES_S)

    def _book(self, operation: str, name: str, failure: Failed, *, reference: bool) -> None:
        if reference:
            self.cycle.reference_failures += 1
        else:
            self.cycle.failures += 1
        self.tally.failures.append(
            Failure(self.cycle.number, operation, name, failure.code, failure.status, failure.detail)
        )

    async def for_each(self, title: str, items: Iterable[T], work: Callable[[T], Awaitable[object]]) -> None:
        """Work on all items, some at a time; none is begun once the job is in quarantine."""
        todo = list(items)
        if todo:
            self.progress.phase(f"{self.cycle.title}: {title}", len(todo))
        waiting = iter(todo)

        async def worker() -> None:
            for item in waiting:
                if self.quarantine is not None:
                    return
                await work(item)
                self.progress.advance()

        async with asyncio.TaskGroup() as group:
            for _ in range(min(self.concurrency, len(todo))):
                group.create_task(worker())
