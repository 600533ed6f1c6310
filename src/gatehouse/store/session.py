"""What the queries of the running task go to: the database itself, or the transaction that the task is in.

Kept in two context variables that always change together: ours, and the one through which Tortoise's models find their
connection. So raw SQL and ORM queries of a task run in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from contextvars import ContextVar
from types import TracebackType
from typing import Protocol, cast

from tortoise.backends.base.client import BaseDBAsyncClient, TransactionalDBClient, TransactionContext
from tortoise.context import TortoiseContext, _current_context
from tortoise.exceptions import OperationalError, TransactionManagementError

from gatehouse.errors import Unavailable
from gatehouse.store.statement import Dialect, Row, Statement

ALIAS = "default"


class Session(Protocol):
    """What both engines and their transactions can do; see the functions of the same names in ``database``."""

    dialect: Dialect
    context: TortoiseContext

    @property
    def root(self) -> Session:
        """The database itself, outside any transaction."""

    async def fetch(self, sql: str, parameters: Sequence[object]) -> list[Row]:
        """Return all rows."""

    async def fetch_one(self, sql: str, parameters: Sequence[object]) -> Row | None:
        """Return the first row."""

    async def execute(self, sql: str, parameters: Sequence[object]) -> int:
        """Run one statement; return the rows affected."""

    async def execute_many(self, query: str, values: Sequence[Sequence[object]]) -> None:
        """Run one statement for each row of parameters."""

    async def execute_script(self, query: str) -> None:
        """Run several statements."""

    async def write(self, statements: Sequence[Statement]) -> None:
        """Run an atomic batch."""

    async def ping(self) -> None:
        """Ask for an answer."""

    async def close(self) -> None:
        """Close all connections."""

    def _in_transaction(self) -> TransactionContext: ...


class OpenTransaction(Session, Protocol):
    """A session that is a transaction.

    :param broken: it can only be undone: what its connection holds is no longer known.
    """

    broken: bool


current: ContextVar[Session | None] = ContextVar("gatehouse_session", default=None)


work_ends_at: ContextVar[float | None] = ContextVar("gatehouse_work_ends_at", default=None)  # monotonic seconds


class Scope:
    """Makes a session current for the running task, and brings back what was current before.

    Restores by value, not by token: an async generator may be closed by another task than the one that entered.
    """

    __slots__ = ("_before", "_session")

    def __init__(self, session: Session) -> None:
        self._session = session
        self._before: tuple[TortoiseContext | None, Session | None, dict[str, BaseDBAsyncClient]]

    def __enter__(self) -> None:
        session = self._session
        connections = session.context.connections._storage_var  # noqa: SLF001 their set() can only restore by token
        self._before = (_current_context.get(), current.get(), connections.get())
        _current_context.set(session.context)
        current.set(session)
        connections.set({ALIAS: cast("BaseDBAsyncClient", session)})

    def __exit__(self, *exception: object) -> None:
        context, session, connections = self._before
        self._session.context.connections._storage_var.set(connections)  # noqa: SLF001 as above
        _current_context.set(context)
        current.set(session)


class Savepoint(TransactionContext):
    """A transaction within a transaction: undone alone when its block fails."""

    def __init__(self, transaction: OpenTransaction) -> None:
        self._transaction = transaction

    async def __aenter__(self) -> TransactionalDBClient:
        await self._transaction.execute("SAVEPOINT nested", ())
        return cast("TransactionalDBClient", self._transaction)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            await self._transaction.execute("RELEASE SAVEPOINT nested", ())
            return
        undone = False
        try:
            with suppress(Unavailable, OperationalError, TransactionManagementError):  # the block's error says more
                await self._transaction.execute("ROLLBACK TO SAVEPOINT nested", ())
                await self._transaction.execute("RELEASE SAVEPOINT nested", ())
                undone = True
        finally:
            self._transaction.broken = self._transaction.broken or not undone


def leave_transaction() -> None:
    """In the running context, go back from the open transaction to the database itself."""
    session = current.get()
    if session is not None and session.root is not session:
        Scope(session.root).__enter__()


def ended() -> TransactionManagementError:
    """Make the error of a task that outlived the transaction in which it was created."""
    return TransactionManagementError("the transaction of this task has ended: start such tasks with database.spawn()")
