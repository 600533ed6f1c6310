"""The engine for PostgreSQL: raw asyncpg connections, one round trip for a read and one for an atomic batch."""

# ruff: noqa: D102 the protocol Session, and Tortoise, document the methods

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, NoReturn, TypeVar, cast

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError, TransactionManagementError

from gatehouse.errors import StaleVersion, Unavailable
from gatehouse.store.location import DatabaseOptions, PostgresLocation
from gatehouse.store.postgres_connection import Connection, patience_s, translate
from gatehouse.store.postgres_hosts import connector
from gatehouse.store.postgres_pool import Pool
from gatehouse.store.session import Savepoint, Scope, Session, ended
from gatehouse.store.statement import Dialect, Row, Statement, chain, guards_first, is_read, locking
from gatehouse.time_limit import TimeLimit

T = TypeVar("T")

# Beyond these a batch is sent statement by statement: planning so many CTEs, or sending so many parameters in one
# message (the protocol's limit is 65,535), costs more than the round trips.
MAX_CHAINED_STATEMENTS = 60
MAX_CHAINED_PARAMETERS = 30_000

_fetch = asyncpg.Connection.fetch
_fetch_one = asyncpg.Connection.fetchrow
_execute = asyncpg.Connection.execute
_execute_many = asyncpg.Connection.executemany


class AsyncpgEngine(AsyncpgDBClient):
    """The database outside any transaction: each call takes a connection from the pool and commits by itself."""

    dialect: Dialect = "postgres"

    def __init__(
        self, location: PostgresLocation, options: DatabaseOptions, context: TortoiseContext, connection_name: str
    ) -> None:
        super().__init__(location.user, None, location.database, connection_name=connection_name)
        self.context = context
        self.connect = connector(location, options)
        self.patience_s = patience_s(options)
        self.pool = Pool(
            self.connect,
            size=options.pool_size,
            acquire_timeout_s=options.acquire_timeout_s,
            max_idle_s=options.max_idle_s,
        )

    @property
    def root(self) -> Session:
        return self

    # What the store calls

    async def fetch(self, sql: str, parameters: Sequence[object]) -> list[Row]:
        return await self._run(_fetch, sql, *parameters)

    async def fetch_one(self, sql: str, parameters: Sequence[object]) -> Row | None:
        return await self._run(_fetch_one, sql, *parameters)

    async def execute(self, sql: str, parameters: Sequence[object]) -> int:
        return _affected(await self._run(_execute, sql, *parameters))

    async def write(self, statements: Sequence[Statement]) -> None:
        values = [value for statement in statements for value in statement.parameters]
        if len(statements) > MAX_CHAINED_STATEMENTS or len(values) > MAX_CHAINED_PARAMETERS:
            await self._write_one_by_one(statements)
        elif len(statements) == 1 and statements[0].rows is None:
            await self._run(_execute, statements[0].sql, *values)
        elif statements:
            await self._write_chained(statements, values)

    async def _write_chained(self, statements: Sequence[Statement], values: list[object]) -> None:
        sql = chain(tuple([(sql, rows) for sql, _, rows in statements]))
        try:
            await self._run(_execute, sql, *values)
        except OperationalError as error:
            if isinstance(error.__cause__, asyncpg.DivisionByZeroError):
                raise _stale() from error
            raise

    async def _write_one_by_one(self, statements: Sequence[Statement]) -> None:
        async with self._in_transaction() as client:
            session = cast("Session", client)
            for statement in guards_first(statements):
                affected = await session.execute(locking(statement), statement.parameters)
                if statement.rows is not None and affected != statement.rows:
                    raise _stale()

    async def ping(self) -> None:
        if await self._run(_fetch_one, "SELECT 1 WHERE NOT pg_is_in_recovery()") is None:
            raise Unavailable("the database is read-only")

    # What Tortoise calls

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(self)

    async def create_connection(self, with_db: bool) -> None:
        """Nothing to do: the pool connects when needed."""

    async def execute_insert(self, query: str, values: list[Any]) -> asyncpg.Record | None:
        return await self._run(_fetch_one, query, *values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[Any]]:
        parameters = values or ()
        if is_read(query) or "RETURNING" in query.upper():
            rows = await self._run(_fetch, query, *parameters)
            return len(rows), rows
        return _affected(await self._run(_execute, query, *parameters)), []

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._run(_fetch, query, *(values or ()))]

    async def execute_many(self, query: str, values: Sequence[Sequence[object]]) -> None:
        # It loses a cancellation while the server does not read: there asyncpg's own time-out is needed
        await self._run(partial(_execute_many, timeout=self.patience_s), query, values)

    async def execute_script(self, query: str) -> None:
        await self._run(_execute, query)

    async def close(self) -> None:
        await self.pool.close()

    # How

    async def _run(self, operation: Callable[..., Awaitable[T]], sql: str, *arguments: object) -> T:
        """Run one statement on a connection of the pool.

        A read that meets a connection which the server has closed meanwhile is repeated on a fresh one, once.
        """
        pool = self.pool
        for may_repeat in (True, False):
            connection = pool.take() or await pool.acquire()
            try:
                with TimeLimit(self.patience_s):
                    result = await operation(connection, sql, *arguments)
            except BaseException as error:  # noqa: BLE001 settled and raised on, cancellations too
                closed = connection.is_closed()
                lost = pool.settle(connection, error)
                if not (lost and may_repeat and is_read(sql)) or isinstance(error, TimeoutError):
                    _raise(error, closed=closed)
            else:
                pool.release(connection)
                return result
        raise AssertionError  # the second round returns or raises

    async def begin(self) -> Connection:
        """Take a connection and begin a transaction on it."""
        pool = self.pool
        for may_repeat in (True, False):
            connection = pool.take() or await pool.acquire()
            try:
                with TimeLimit(self.patience_s):
                    await connection.execute("BEGIN")
            except BaseException as error:  # noqa: BLE001 as above
                closed = connection.is_closed()
                lost = pool.settle(connection, error)
                if not (lost and may_repeat) or isinstance(error, TimeoutError):
                    _raise(error, closed=closed)
            else:
                return connection
        raise AssertionError  # as above


class AsyncpgTransaction(AsyncpgEngine):
    """An open transaction: every call goes to its connection, one after the other."""

    def __init__(self, engine: AsyncpgEngine, connection: Connection) -> None:
        AsyncpgDBClient.__init__(self, engine.user, None, engine.database, connection_name=engine.connection_name)
        self.context = engine.context
        self.connect = engine.connect
        self.patience_s = engine.patience_s
        self.pool = engine.pool
        self.broken = False
        self.ended = False
        self._engine = engine
        self._held = connection
        self._turn = asyncio.Lock()  # tasks gathered within the transaction share the connection

    @property
    def root(self) -> Session:
        return self._engine

    def _in_transaction(self) -> TransactionContext:
        return Savepoint(self)

    async def _run(self, operation: Callable[..., Awaitable[T]], sql: str, *arguments: object) -> T:
        async with self._turn:
            if self.ended:
                raise ended()
            if self.broken:
                raise Unavailable("the connection to the database was lost")
            try:
                with TimeLimit(self.patience_s):
                    return await operation(self._held, sql, *arguments)
            except asyncpg.PostgresError as error:
                self.broken = self._held.is_closed()
                _raise(error, closed=self.broken)
            except BaseException as error:  # noqa: BLE001 as above
                self.broken = True
                _raise(error, closed=self._held.is_closed())

    async def commit(self) -> None:
        """Make it last.

        :raises TransactionManagementError: a statement had failed and the failure was passed over.
        """
        if await self._run(_execute, "COMMIT") != "COMMIT":
            raise TransactionManagementError("a failed statement was passed over: nothing is committed")

    async def roll_back(self) -> None:
        """Undo it, to keep the connection; never hides the error that led here."""
        with suppress(Unavailable, OperationalError, TransactionManagementError):
            await self._run(_execute, "ROLLBACK")

    def leave(self) -> None:
        """Give the connection back; the pool closes it when it is still in a transaction."""
        self.ended = True
        if self.broken:
            self.pool.discard(self._held)
        else:
            self.pool.release(self._held)


class _Transaction(TransactionContext):
    """``async with``: from BEGIN to COMMIT or ROLLBACK. When cancelled, the connection is closed: the server rolls back."""

    def __init__(self, engine: AsyncpgEngine) -> None:
        self._engine = engine

    async def __aenter__(self) -> TransactionalDBClient:
        self._transaction = AsyncpgTransaction(self._engine, await self._engine.begin())
        self._scope = Scope(self._transaction)
        self._scope.__enter__()
        return cast("TransactionalDBClient", self._transaction)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scope.__exit__()
        try:
            if kind is None:
                await self._transaction.commit()
            elif issubclass(kind, Exception):
                await self._transaction.roll_back()
        finally:
            self._transaction.leave()


def _affected(status: str) -> int:
    """Rows, from a command's tag such as ``INSERT 0 1`` (PostgreSQL manual §55.7, CommandComplete)."""
    count = status.rpartition(" ")[2]
    return int(count) if count.isdecimal() else 0


def _stale() -> StaleVersion:
    return StaleVersion("somebody else changed it at the same time")


def _raise(error: BaseException, *, closed: bool) -> NoReturn:
    translated = translate(error, closed=closed)
    if translated is error:
        raise error
    raise translated from error


client_class = AsyncpgEngine  # where Tortoise looks
