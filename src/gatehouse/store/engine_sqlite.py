"""The engine for SQLite: one connection that writes and one that reads, used directly in the event loop.

A statement on a local file takes microseconds, less than handing it to a thread. So nothing here blocks for longer than
one statement: waiting for a lock is done by the loop, between tries. A batch runs from BEGIN IMMEDIATE to COMMIT without
an ``await``, which is why it cannot be cancelled half-way and holds the lock of the file for the shortest time.
"""

# ruff: noqa: D102 the protocol Session, and Tortoise, document the methods

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from random import uniform
from time import monotonic
from types import TracebackType
from typing import Any, TypeVar, TypeVarTuple, cast

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import TransactionManagementError

from gatehouse.errors import Unavailable
from gatehouse.store import sqlite_actions as actions
from gatehouse.store.location import DatabaseOptions, SqliteLocation
from gatehouse.store.session import Savepoint, Scope, Session, ended
from gatehouse.store.sqlite_connection import MEMORY, Deadline, is_busy, is_unwritable, open_connection, translate
from gatehouse.store.sqlite_group import CommitGroup
from gatehouse.store.statement import Dialect, Row, Statement, sqlite_text
from gatehouse.time_limit import TimeLimit

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

PAGES_OF_A_CHANGE = 64  # a user with all that belongs to it takes some 40; a full disk often has room for one


class SqliteEngine(SqliteClient):
    """The database outside any transaction: each call commits by itself."""

    dialect: Dialect = "sqlite"

    def __init__(
        self, location: SqliteLocation, options: DatabaseOptions, context: TortoiseContext, connection_name: str
    ) -> None:
        super().__init__(location.path, connection_name=connection_name)
        self.location = location
        self.context = context
        self.options = options
        self.turn = asyncio.Lock()  # held while a task of this process has a transaction open or waits to write
        self.deadline = Deadline(options.statement_timeout_s)
        self._group = CommitGroup(self._alone, translate)
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._closed = False
        self._writes_fail = False

    @property
    def root(self) -> Session:
        return self

    # What the store calls

    async def fetch(self, sql: str, parameters: Sequence[object]) -> list[Row]:
        text, writes = sqlite_text(sql)
        return await (self._alone if writes else self._read)(actions.fetch, text, parameters)

    async def fetch_one(self, sql: str, parameters: Sequence[object]) -> Row | None:
        text, writes = sqlite_text(sql)
        return await (self._alone if writes else self._read)(actions.fetch_one, text, parameters)

    async def execute(self, sql: str, parameters: Sequence[object]) -> int:
        return await self._alone(actions.execute, sqlite_text(sql).sql, parameters)

    async def write(self, statements: Sequence[Statement]) -> None:
        await self._group.write(statements)

    async def ping(self) -> None:
        await self._read(actions.fetch_one, "SELECT 1 FROM sqlite_master", ())
        if self._writes_fail:
            for _ in range(PAGES_OF_A_CHANGE):
                await self._alone(actions.touch)
            self._writes_fail = False

    # What Tortoise calls

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(self)

    async def create_connection(self, with_db: bool) -> None:
        await self._opened()

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        return await self._alone(actions.insert, query, values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        text, writes = sqlite_text(query.replace("\x00", "'||CHAR(0)||'"))
        return await (self._alone if writes else self._read)(actions.fetch_counted, text, values or ())

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in (await self.execute_query(query, values))[1]]

    async def execute_many(self, query: str, values: Sequence[Sequence[object]]) -> None:
        await self._alone(actions.execute_many, sqlite_text(query).sql, values)

    async def execute_script(self, query: str) -> None:
        await self._alone(actions.execute_script, query)

    async def close(self) -> None:
        self._closed = True
        self._close_files()

    # How

    async def _read(self, action: Callable[[sqlite3.Connection, *Ts], T], *arguments: *Ts) -> T:
        """Run on the reading connection, which only ever waits for a recovery or a closing checkpoint."""
        if self.filename == MEMORY:  # one connection: others' open transactions must not be seen
            return await self._alone(action, *arguments)
        give_up_at = 0.0
        while True:
            reader = self._reader or (await self._opened())[1]
            self.deadline.restart()
            try:
                return action(reader, *arguments)
            except sqlite3.Error as error:
                give_up_at = give_up_at or monotonic() + self.options.lock_timeout_s
                if not is_busy(error) or monotonic() > give_up_at:
                    raise translate(error) from error
            await asyncio.sleep(_pause_s())

    async def _alone(self, action: Callable[[sqlite3.Connection, *Ts], T], *arguments: *Ts) -> T:
        """Run on the writing connection, when no task of this process has a transaction open on it."""
        writer = self._writer
        if writer is not None and not self.turn.locked() and not writer.in_transaction:
            self.deadline.restart()
            try:
                return action(writer, *arguments)
            except sqlite3.Error as error:
                if not is_busy(error):
                    raise self.failure(error) from error
        give_up_at = await self.take_turn()
        try:
            return await self.persist(give_up_at, action, *arguments)
        finally:
            self.turn.release()

    async def take_turn(self) -> float:
        """Wait for the other tasks of this process; the caller releases ``turn``.

        :return: when to stop waiting for other processes too.
        """
        give_up_at = monotonic() + self.options.lock_timeout_s
        try:
            with TimeLimit(self.options.lock_timeout_s):
                await self.turn.acquire()
        except TimeoutError as error:
            raise Unavailable("the database is busy", retry_after_s=1) from error
        return give_up_at

    async def persist(self, give_up_at: float, action: Callable[[sqlite3.Connection, *Ts], T], *arguments: *Ts) -> T:
        """With the turn taken, try until the other processes let go of the file."""
        while True:
            writer = (await self._opened())[0]
            if writer.in_transaction:  # nobody's: a BEGIN by hand, or a rollback that failed
                self._close_files()
                continue
            self.deadline.restart()
            try:
                return action(writer, *arguments)
            except sqlite3.Error as error:
                if not is_busy(error) or monotonic() > give_up_at:
                    raise self.failure(error) from error
            await asyncio.sleep(_pause_s())

    def failure(self, error: sqlite3.Error) -> Exception:
        """Say what the error of the writing connection means, and remember it when it will be met again."""
        self._writes_fail = self._writes_fail or is_unwritable(error)
        return translate(error)

    async def _opened(self) -> tuple[sqlite3.Connection, sqlite3.Connection]:
        """Return the writing and the reading connection, opened at need; the same one for a database in memory."""
        give_up_at = monotonic() + self.options.lock_timeout_s
        while self._writer is None or self._reader is None:
            if self._closed:
                raise Unavailable("the database is closed")
            try:
                self._open_files()
            except sqlite3.Error as error:
                self._close_files()
                if not is_busy(error) or monotonic() > give_up_at:
                    raise translate(error) from error
                await asyncio.sleep(_pause_s())
        return self._writer, self._reader

    def _open_files(self) -> None:
        self._writer = open_connection(self.filename, self.options, self.deadline, reader=False)
        self._reader = self._writer
        if self.filename != MEMORY:
            self._reader = open_connection(self.filename, self.options, self.deadline, reader=True)

    def _close_files(self) -> None:
        for connection in (self._reader, self._writer):
            if connection is not None:
                connection.close()
        self._reader = self._writer = None


class SqliteTransaction(SqliteEngine):
    """An open transaction: every call goes to the writing connection."""

    def __init__(self, engine: SqliteEngine, writer: sqlite3.Connection) -> None:
        super().__init__(engine.location, engine.options, engine.context, engine.connection_name)
        self.broken = False
        self.ended = False
        self._engine = engine
        self.deadline = engine.deadline
        self._writer = self.writer = writer

    @property
    def root(self) -> Session:
        return self._engine

    def _in_transaction(self) -> TransactionContext:
        return Savepoint(self)

    async def write(self, statements: Sequence[Statement]) -> None:
        self.run(actions.run_batch, statements)

    async def _alone(self, action: Callable[[sqlite3.Connection, *Ts], T], *arguments: *Ts) -> T:
        return self.run(action, *arguments)

    async def _read(self, action: Callable[[sqlite3.Connection, *Ts], T], *arguments: *Ts) -> T:
        return self.run(action, *arguments)

    def run(self, action: Callable[[sqlite3.Connection, *Ts], T], *arguments: *Ts) -> T:
        """Run on the connection of the transaction, which is the task's own."""
        writer = self._writer
        if self.ended or writer is None:
            raise ended()
        self.deadline.restart()
        try:
            if not writer.in_transaction:  # SQLite itself has undone it: disk full, I/O error
                raise Unavailable("the database gave up the transaction")
            return action(writer, *arguments)
        except sqlite3.Error as error:
            raise self._engine.failure(error) from error


class _Transaction(TransactionContext):
    """``async with``: from BEGIN IMMEDIATE to COMMIT or ROLLBACK; its end has no ``await``, so nothing can interrupt it."""

    def __init__(self, engine: SqliteEngine) -> None:
        self._engine = engine

    async def __aenter__(self) -> TransactionalDBClient:
        engine = self._engine
        give_up_at = await engine.take_turn()
        try:
            writer = await engine.persist(give_up_at, actions.begin)
        except BaseException:
            engine.turn.release()
            raise
        self._transaction = SqliteTransaction(engine, writer)
        self._scope = Scope(self._transaction)
        self._scope.__enter__()
        return cast("TransactionalDBClient", self._transaction)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._scope.__exit__()
        try:
            self._end(commit=kind is None)
        finally:
            self._transaction.ended = True
            self._engine.turn.release()

    def _end(self, *, commit: bool) -> None:
        transaction = self._transaction
        if commit and not transaction.broken:
            transaction.run(actions.commit)
        else:
            actions.rollback(transaction.writer)
        if commit and transaction.broken:
            raise TransactionManagementError("a nested transaction could not be undone: nothing is committed")


def _pause_s() -> float:
    """How long to wait for another process: random, so that none is always last."""
    return uniform(0.001, 0.02)  # noqa: S311 not a secret


client_class = SqliteEngine  # where Tortoise looks
