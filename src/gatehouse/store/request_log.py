"""The request log: what was asked and answered, for diagnosis. Written in batches, apart from what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple
from uuid import UUID

from tortoise.exceptions import IntegrityError

from gatehouse.records import ScimOperation
from gatehouse.store import database
from gatehouse.store.commit_order import SQLITE_NEXT
from gatehouse.store.database import Dialect

_DATA_EXCEPTION: Final = "22"  # class of the SQLSTATE
_CHUNK: Final = 50  # rows in one statement: several times cheaper on PostgreSQL than one by one


class Entry(NamedTuple):
    """One request: a row as it is stored, times in microseconds.

    ``path`` is the route template, ``body`` the redacted request of a refused write.
    """

    id: UUID
    tenant_id: UUID | None
    credential_id: UUID | None
    received_at: int
    method: str
    path: str
    operation: ScimOperation
    status: int
    scim_type: str | None
    detail: str | None
    duration_us: int
    request_id: str
    correlation_id: str | None
    ip: str | None
    user_agent: str | None
    resource_id: UUID | None
    body: str | None


COLUMNS: Final = ", ".join(Entry._fields)
_WIDTH: Final = len(Entry._fields)
_RECEIVED_AT: Final = f"column{Entry._fields.index('received_at') + 1}"


async def add_many(entries: Sequence[Entry]) -> None:
    """Store entries of any tenants (``tenant_id`` is part of each): all, or none; those that are there already stay."""
    if len(entries) <= _CHUNK:
        await _add(entries)
        return
    async with database.transaction():
        await _add(entries)


def is_about_entries(error: Exception) -> bool:
    """Whether what kept entries from being stored is wrong with one of them: others may be stored all the same."""
    state = str(getattr(error.__cause__, "sqlstate", None) or "")
    return isinstance(error, IntegrityError | ValueError | OverflowError) or state.startswith(_DATA_EXCEPTION)


async def _add(entries: Sequence[Entry]) -> None:
    dialect = database.dialect()
    full = len(entries) - len(entries) % _CHUNK
    for start in range(0, full, _CHUNK):
        values = [value for entry in entries[start : start + _CHUNK] for value in entry]
        await database.execute(_insert(_CHUNK, dialect), *values)
    await database.execute_many(_insert(1, dialect), entries[full:])


@cache
def _insert(rows: int, dialect: Dialect) -> str:
    tuples = (
        ", ".join(f"${number}" for number in range(row * _WIDTH + 1, (row + 1) * _WIDTH + 1)) for row in range(rows)
    )
    given = f"VALUES {', '.join(f'({row})' for row in tuples)}"
    once = "ON CONFLICT (id) DO NOTHING"  # a batch comes again if the connection was lost while it was stored
    if dialect == "postgres":
        return f"INSERT INTO request_log ({COLUMNS}) {given} {once}"
    stamp = f"max(given.{_RECEIVED_AT}, (SELECT {SQLITE_NEXT}))"
    made = f"SELECT given.*, {stamp} FROM ({given}) given WHERE true"
    return f"INSERT INTO request_log ({COLUMNS}, commit_stamp) {made} {once}"
