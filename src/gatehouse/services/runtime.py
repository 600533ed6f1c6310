"""Opening what the use cases stand on: the database, migrated when asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gatehouse.errors import Unavailable
from gatehouse.settings import Settings
from gatehouse.store import commit_order, tenants
from gatehouse.store.database import Database, DatabaseOptions
from gatehouse.store.location import SqliteLocation, parse_url
from gatehouse.store.migrate import MIGRATION_OPTIONS, migrate as apply_migrations, pending
from gatehouse.store.refusals import explained


async def open_database(settings: Settings, *, connect: bool) -> Database:
    """Open the database of the settings.

    :param connect: False lets a service start before its database.
    :raises ValueError: the URL is malformed.
    :raises Unavailable: it cannot be reached.
    """
    options = DatabaseOptions(
        statement_timeout_s=settings.database_statement_timeout_s,
        lock_timeout_s=settings.database_lock_timeout_s,
        acquire_timeout_s=settings.database_acquire_timeout_s,
        connect_timeout_s=settings.database_connect_timeout_s,
        pool_size=settings.database_pool_size,
        synchronous=settings.sqlite_synchronous,
    )
    return await Database.open(settings.database_url, options=options, connect=connect)


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """The database, current for the block: for commands.

    :raises Unavailable: it cannot be reached, or its role lacks a right.
    """
    opened = await open_database(settings, connect=True)
    try:
        with explained(), opened.activate():
            yield opened
    finally:
        await opened.close()


async def migrate(settings: Settings) -> list[str]:
    """Bring the database up to date; the names of the steps applied.

    :raises Unavailable: it cannot be reached, was made by other code, or its role lacks a right.
    """
    opened = await Database.open(settings.database_url, options=MIGRATION_OPTIONS)
    try:
        with explained():
            applied = await apply_migrations(opened)
            with opened.activate():
                await commit_order.renew()
                await tenants.renew_name_keys()
        return applied
    finally:
        await opened.close()


async def pending_migrations(settings: Settings) -> list[str]:
    """The steps that the database still lacks; a file of SQLite is not made for the question.

    :raises Unavailable: it cannot be reached, is not there, or was made by other code.
    """
    _check_file(settings.database_url)
    async with database(settings) as opened:
        return await pending(opened)


def _check_file(url: str) -> None:
    location = parse_url(url)
    if isinstance(location, SqliteLocation) and not Path(location.path).exists():
        place = Path(location.path).absolute()
        raise Unavailable(f"there is no database at {place}: set GATEHOUSE_DATABASE_URL, or run gatehouse serve")
