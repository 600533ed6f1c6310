"""The database as the rest of the store sees it: open, read, write one atomic batch, or hold a transaction.

Every function acts on the database that is current for the running task (:meth:`Database.activate`), inside the
transaction that the task has open, if any; Tortoise queries of the task go the same way.

- SQL uses ``$1 … $n`` on both dialects. Parameters are str, int, bool, float, None, bytes or UUID.
- Rows give values by name and by position. UUID columns come as UUID from PostgreSQL and as str from SQLite:
  :func:`as_uuid`. Booleans come as int from SQLite: ``bool()``.
- :exc:`~gatehouse.errors.Unavailable`: the database is away, busy, full, read-only or too slow; the driver's own words are
  its ``__cause__``. An interrupted write is either wholly there or not at all.
- :exc:`UniqueViolation`: a unique index refused the row. Other broken constraints are Tortoise's ``IntegrityError``.
- A cancelled task leaves no lock, no connection and no half-done work behind, wherever it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from contextvars import copy_context
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar
from uuid import UUID

from tortoise.backends.base import executor
from tortoise.context import TortoiseContext

from gatehouse import tracing
from gatehouse.store import session
from gatehouse.store.location import DatabaseOptions, SqliteLocation, parse_url
from gatehouse.store.session import ALIAS, Scope, Session
from gatehouse.store.statement import Dialect, Row, Statement, UniqueViolation

if TYPE_CHECKING:
    from gatehouse.store.postgres_line import Line

__all__ = [
    "Database",
    "DatabaseOptions",
    "Dialect",
    "PoolUse",
    "Row",
    "Statement",
    "UniqueViolation",
    "as_uuid",
    "dialect",
    "end_work_in",
    "execute",
    "execute_many",
    "execute_script",
    "fetch",
    "fetch_one",
    "open_line",
    "ping",
    "pool_use",
    "spawn",
    "transaction",
    "write",
    "writes_in_turn",
]

T = TypeVar("T")

_spawned: set[asyncio.Task[Any]] = set()


class PoolUse(NamedTuple):
    """Connections of this process: allowed, handed out, and tasks that wait for one."""

    size: int
    in_use: int
    waiting: int


class Database:
    """One open database: its connections, and the Tortoise context whose models live in it.

    Bound to the event loop that opened it. Tortoise keeps SQL text per process, so databases of two dialects can be open
    one after the other, not at the same time.
    """

    def __init__(self, engine: Session) -> None:
        self._engine = engine
        self.dialect: Dialect = engine.dialect

    @classmethod
    async def open(cls, url: str, *, options: DatabaseOptions | None = None, connect: bool = True) -> Self:
        """Open without migrating.

        :param connect: False: the first query connects (a service that may start before its database).
        :raises ValueError: the URL is malformed; one line, without the password.
        :raises Unavailable: the database cannot be reached.
        """
        options = options or DatabaseOptions()
        location = parse_url(url)
        engine = "engine_sqlite" if isinstance(location, SqliteLocation) else "engine_asyncpg"
        executor.EXECUTOR_CACHE.clear()  # process-wide, and holds the SQL text of the dialect opened before
        context = TortoiseContext()
        with context:  # the models' base queries are built again, for this dialect
            await context.init(
                {
                    "connections": {
                        ALIAS: {
                            "engine": f"gatehouse.store.{engine}",
                            "credentials": {"location": location, "options": options, "context": context},
                        }
                    },
                    "apps": {"models": {"models": list(options.models), "default_connection": ALIAS}},
                }
            )
            database = cls(context.connections.get(ALIAS))  # type: ignore[arg-type]  # ours by "engine" above
        if connect:
            await database._reach()
        return database

    async def _reach(self) -> None:
        try:
            await self._engine.ping()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close all connections; a transaction still open is finished or undone as a whole, new work is ``Unavailable``."""
        await self._engine.close()

    def activate(self) -> AbstractContextManager[None]:
        """Make this database current for the running task and the tasks it creates; costs about a microsecond."""
        return Scope(self._engine)


def dialect() -> Dialect:
    """Name the dialect of the current database."""
    return _session().dialect


async def fetch(sql: str, *parameters: object) -> list[Row]:
    """Return all rows of a query, or of a write with RETURNING."""
    return await _session().fetch(sql, parameters)


async def fetch_one(sql: str, *parameters: object) -> Row | None:
    """Return the first row of a query, or None."""
    return await _session().fetch_one(sql, parameters)


async def execute(sql: str, *parameters: object) -> int:
    """Run one statement; outside a transaction it commits by itself.

    :return: the rows affected.
    """
    return await _session().execute(sql, parameters)


async def execute_many(sql: str, rows: Sequence[Sequence[object]]) -> None:
    """Run one statement for each row of parameters: all of them or none."""
    await _session().execute_many(sql, rows)


async def execute_script(sql: str) -> None:
    """Run several statements separated by ``;`` without parameters: all of them or none."""
    await _session().execute_script(sql)


async def write(statements: Sequence[Statement]) -> None:
    """Run a batch: all statements take effect at once, or none does.

    On PostgreSQL the batch is one statement, whose parts all see the data as it was before: no two of them may touch the
    same row, and none sees what another wrote. Guards lock before anything is written. Inside a transaction a refused
    batch leaves nothing to go on with: let the exception end the transaction (or a nested one).

    :raises StaleVersion: a statement did not affect or find the number of rows it expected; nothing is written.
    :raises UniqueViolation: nothing is written.
    :raises Unavailable: nothing is written, unless the connection was lost while the database was at it.
    """
    with tracing.batch(len(statements)):
        await _session().write(statements)


def writes_in_turn() -> bool:
    """Whether the parts of a batch are run one after the other with nothing in between, each seeing those before it.

    So on SQLite, where a batch can expect what on PostgreSQL only a later statement of a transaction can see.
    """
    return dialect() == "sqlite"


def transaction() -> AbstractAsyncContextManager[Any]:
    """Hold a transaction for the block of an ``async with``: raw SQL and Tortoise queries in it are done all, or none.

    Takes the right to write at once on SQLite (BEGIN IMMEDIATE), so keep it short and wait for nothing but the database
    in it. Within another transaction it is a savepoint. A task created inside shares the transaction and must end with
    it: use :func:`spawn` for one that lives on.

    :raises Unavailable: the lock or a connection cannot be had in time; or it could not be committed.
    """
    return _session()._in_transaction()  # noqa: SLF001 Tortoise's name for it


def end_work_in(seconds: float) -> None:
    """Let the statements of the running task, and of tasks that it creates, end by then.

    SQLite runs in the event loop, so a time-out of asyncio cannot end its statement: the engine looks at the clock itself.
    PostgreSQL is told by the cancelled task.
    """
    session.work_ends_at.set(monotonic() + seconds)


async def ping() -> None:
    """Ask the database for an answer.

    :raises Unavailable: there is none; or PostgreSQL is a standby and takes no writes; or SQLite could not write, and
        still cannot.
    """
    await _session().ping()


def pool_use() -> PoolUse | None:
    """Tell how busy the connections to PostgreSQL are; None on SQLite."""
    pool = getattr(_session().root, "pool", None)
    return None if pool is None else PoolUse(pool.size, pool.in_use, pool.waiting)


async def open_line(heard: Callable[[], None]) -> Line | None:
    """Listen for what other processes say, on a connection beside the pool; None on SQLite, which has no such thing.

    :param heard: called whenever a process rang, this one included, and when the line goes down.
    :raises Unavailable: the server cannot be reached.
    """
    root = _session().root
    connect, patience_s = getattr(root, "connect", None), getattr(root, "patience_s", None)
    if connect is None or patience_s is None:
        return None
    from gatehouse.store.postgres_line import Line  # noqa: PLC0415 - a driver that SQLite has no use for

    return await Line.open(connect, patience_s=patience_s, heard=heard)


def as_uuid(value: UUID | str) -> UUID:
    """Read the value of a UUID column on either dialect.

    >>> as_uuid("0192f0c1-7d5e-7cc2-a3a5-6d9b1f1f2a33")
    UUID('0192f0c1-7d5e-7cc2-a3a5-6d9b1f1f2a33')
    """
    return value if isinstance(value, UUID) else _parsed(value)


@lru_cache(maxsize=4_096)
def _parsed(text: str) -> UUID:
    """Parse once: in a list the same tenant, role and actor come again and again."""
    return UUID(text)


def spawn(coroutine: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """Start a task on the current database but outside the transaction of the caller."""
    context = copy_context()
    context.run(session.leave_transaction)
    task = asyncio.get_running_loop().create_task(coroutine, context=context)
    _spawned.add(task)  # the loop keeps only weak references
    task.add_done_callback(_spawned.discard)
    return task


def _session() -> Session:
    found = session.current.get()
    if found is None:
        raise RuntimeError("no database is current: enter Database.activate() first")
    return found
