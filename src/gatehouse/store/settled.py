"""Whether the tables of the users hold all that is true: as long as they do, lists read them, which is the quickest."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from gatehouse.store import database

_NOBODY: Final = UUID(int=0)  # whose rows stay: see migration 0027


async def is_anybody_unsettled(tenant_id: UUID | None = None) -> bool:
    """Whether a row of :mod:`gatehouse.store.unsettled` waits: of a tenant, or of any. On SQLite none ever does.

    Carrying over begins some seconds after the commit of a mapping change: a list that was told no, and only then reads the
    tables, finds there what was true when it asked.
    """
    if database.dialect() == "sqlite":
        return False
    which, value = ("=", tenant_id) if tenant_id else (">", _NOBODY)
    return (
        await database.fetch_one(f"SELECT 1 FROM unsettled_access WHERE tenant_id {which} $1 LIMIT 1", value)
        is not None
    )


async def rows(tenant_id: UUID | None, table: str) -> str:
    """Where to read what the table holds: there, or in the view as long as somebody's access is unsettled."""
    return f"{table}_now" if await is_anybody_unsettled(tenant_id) else table
