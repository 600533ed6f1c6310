"""One execution of a plan: what is still to come, and where it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from gatehouse.api.graphql.compiled.builder import Complete, Data
from gatehouse.api.graphql.compiled.calls import Call
from gatehouse.api.graphql.context import Context


@dataclass(slots=True)
class Waiting:
    """A value that is still to come, and where it goes."""

    place: Data
    key: str
    value: Awaitable[Any]
    complete: Complete

    def deliver(self, value: Any, run: Run) -> None:
        """Put it there."""
        self.place[self.key] = self.complete(value, run)


@dataclass(slots=True)
class Together:
    """A field of many objects that is answered for all of them at once; asked when all of them are known."""

    key: str
    call: Call
    complete: Complete
    sources: list[Any] = field(default_factory=list)
    places: list[Data] = field(default_factory=list)

    @property
    def value(self) -> Awaitable[Any]:
        """To be awaited once: a value for each object."""
        values: Awaitable[Any] = self.call(self.sources)
        return values

    def deliver(self, values: Any, run: Run) -> None:
        """Put each in its place."""
        for place, value in zip(self.places, values, strict=True):
            place[self.key] = self.complete(value, run)


@dataclass(slots=True)
class Run:
    """One execution; what the fields of a selection share is made when the first row asks for it."""

    context: Context
    variables: Any
    calls: dict[int, Call] = field(default_factory=dict)
    together: dict[int, Together] = field(default_factory=dict)
    waiting: list[Waiting | Together] = field(default_factory=list)

    async def values(self, waiting: list[Waiting | Together]) -> list[Any]:
        """Await them together, so that the loaders see all of their keys."""
        if len(waiting) == 1:
            return [await waiting[0].value]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_coroutine(item.value)) for item in waiting]
        return [task.result() for task in tasks]

    def abandon(self) -> None:
        """Close what nobody will await any more."""
        for item in self.waiting:
            if isinstance(item, Waiting) and isinstance(item.value, Coroutine):
                item.value.close()


async def _coroutine(value: Awaitable[Any]) -> Any:
    return await value
