"""Open a SQLite file, keep its statements to a deadline, and say what its errors mean."""

from __future__ import annotations

import sqlite3
from time import monotonic
from uuid import UUID

from tortoise.exceptions import IntegrityError, OperationalError

from gatehouse.errors import Unavailable
from gatehouse.store.location import DatabaseOptions
from gatehouse.store.session import work_ends_at
from gatehouse.store.statement import UniqueViolation

MEMORY = ":memory:"
CACHED_STATEMENTS = 512
STEPS_PER_CHECK = 20_000  # virtual machine steps, about a millisecond

# Not waiting inside SQLite: it would stop the event loop. The engine waits, without blocking it.
_PRAGMAS = ("temp_store = MEMORY", "busy_timeout = 0")
# A page of an index changes again and again: the longer the log grows (here 16 MB), the fewer times it is copied back.
_WRITER_PRAGMAS = (
    *("journal_mode = WAL", "wal_autocheckpoint = 4000", "journal_size_limit = 67108864"),
    *("foreign_keys = ON", "cache_size = -3000"),
)
_READER_PRAGMAS = ("query_only = ON", "cache_size = -6000")

_UNIQUE = frozenset(
    {
        sqlite3.SQLITE_CONSTRAINT_UNIQUE,
        sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
        sqlite3.SQLITE_CONSTRAINT_ROWID,
    }
)
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_UNWRITABLE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR})
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY: "the database is busy",
    sqlite3.SQLITE_LOCKED: "the database is busy",
    sqlite3.SQLITE_INTERRUPT: "the database took too long",
    sqlite3.SQLITE_FULL: "the disk of the database is full",
    sqlite3.SQLITE_READONLY: "the database is read-only",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_PERM: "the database cannot be opened",
    sqlite3.SQLITE_NOTADB: "the database cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the database is damaged",
    sqlite3.SQLITE_IOERR: "the database cannot be read or written",
    sqlite3.SQLITE_PROTOCOL: "the database cannot be read or written",
    sqlite3.SQLITE_NOMEM: "the database is out of memory",
}

# bool and UUID reach SQLite as int and text; without adapters every use would search for a conversion.
sqlite3.register_adapter(UUID, str)
sqlite3.register_adapter(bool, int)


class Deadline:
    """When the running statement has to stop; one for all connections, since only one statement runs at a time."""

    __slots__ = ("_at", "_limit_s")

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._at = 0.0

    def restart(self) -> None:
        """Begin a new statement; it ends no later than the work of which it is a part."""
        at = monotonic() + self._limit_s
        ends_at = work_ends_at.get()
        self._at = at if ends_at is None else min(at, ends_at)

    def passed(self) -> bool:
        """Whether SQLite should interrupt (its progress handler)."""
        return monotonic() > self._at


def open_connection(path: str, options: DatabaseOptions, deadline: Deadline, *, reader: bool) -> sqlite3.Connection:
    """Open the file (creating it, not its directory) for this thread.

    :raises sqlite3.Error: it cannot be opened, or is no database.
    """
    deadline.restart()
    connection = sqlite3.connect(path, timeout=0, isolation_level=None, cached_statements=CACHED_STATEMENTS)
    try:
        connection.row_factory = sqlite3.Row
        connection.set_progress_handler(deadline.passed, STEPS_PER_CHECK)
        for pragma in _PRAGMAS + (_READER_PRAGMAS if reader else _WRITER_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        connection.execute(f"PRAGMA synchronous = {options.synchronous}")
    except BaseException:
        connection.close()
        raise
    return connection


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another connection was in the way, so that trying again is the remedy."""
    return _primary(error) in _BUSY


def is_unwritable(error: sqlite3.Error) -> bool:
    """Whether the file could not be written, so that other writes will fail too."""
    return _primary(error) in _UNWRITABLE


def translate(error: sqlite3.Error) -> Exception:
    """Say what the error means to the store."""
    code = getattr(error, "sqlite_errorcode", 0)
    if code in _UNIQUE:
        return UniqueViolation(str(error).partition(": ")[2])
    if reason := _UNAVAILABLE.get(_primary(error)):
        return Unavailable(reason, retry_after_s=1 if is_busy(error) else 5)
    if isinstance(error, sqlite3.IntegrityError):
        return IntegrityError(error)
    if isinstance(error, sqlite3.ProgrammingError) and "closed database" in str(error):
        return Unavailable("the database is closed")
    return OperationalError(error)


def _primary(error: sqlite3.Error) -> int:
    """Strip the extension of the result code (https://sqlite.org/rescode.html); 0 when Python itself refused."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF
