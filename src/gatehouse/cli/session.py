"""Running one use case from the command line: settings, an up-to-date database, an event loop."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from typing import TypeVar

from gatehouse.errors import Unavailable
from gatehouse.records import Actor, ActorKind, Origin
from gatehouse.services import runtime
from gatehouse.services.identifiers import new_request_id
from gatehouse.settings import Settings

T = TypeVar("T")


def run(use_case: Callable[[], Awaitable[T]]) -> T:
    """Run it on the database of the settings; SQLite is made and migrated first, PostgreSQL must be up to date.

    :raises Unavailable: the database is away, or PostgreSQL needs ``gatehouse migrate``.
    """
    settings = Settings.load()
    return asyncio.run(_run(settings, use_case, migrate=settings.database_url.startswith("sqlite:")))


def look(use_case: Callable[[], Awaitable[T]]) -> T:
    """Run one that only reads: no database is made or migrated for it.

    :raises Unavailable: the database is away or not there, or needs ``gatehouse migrate``.
    """
    return asyncio.run(_run(Settings.load(), use_case, migrate=False))


def actor() -> Actor:
    """Whoever sits at this terminal, as the cause of audit entries."""
    return Actor(ActorKind.ADMIN, None, f"command line: {getpass.getuser()}")


def origin() -> Origin:
    """One command is one request."""
    return Origin(new_request_id())


async def _run(settings: Settings, use_case: Callable[[], Awaitable[T]], *, migrate: bool) -> T:
    if migrate:
        await runtime.migrate(settings)
    elif await runtime.pending_migrations(settings):
        raise Unavailable("the database is not up to date: run gatehouse migrate first")
    async with runtime.database(settings):
        return await use_case()
