"""Whether this process can do its work."""

from __future__ import annotations

from gatehouse.store import database


async def check_database() -> None:
    """:raises Unavailable: the database cannot be asked."""
    await database.ping()
