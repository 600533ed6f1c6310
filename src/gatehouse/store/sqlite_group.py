"""Group commit: batches that arrive while the event loop is busy share one SQLite transaction, and so one sync.

A commit costs more than the statements in it (every touched page goes to the log, and to the disk with
``synchronous=FULL``). Each batch keeps its own fate inside the group: a savepoint undoes it alone. Nobody is answered
before the commit.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from gatehouse.errors import StaleVersion
from gatehouse.store import sqlite_actions as actions
from gatehouse.store.statement import Statement

MAX_GROUP = 64  # batches in one transaction: others read and write in between


class _Waiting(NamedTuple):
    statements: Sequence[Statement]
    done: asyncio.Future[None]


class CommitGroup:
    """Collects batches and commits them together.

    :param run: runs a function on the writing connection when this process and others let it, and translates errors.
    :param translate: what an error of one batch means to the store.
    """

    def __init__(
        self,
        run: Callable[[Callable[[sqlite3.Connection], None]], Awaitable[None]],
        translate: Callable[[sqlite3.Error], Exception],
    ) -> None:
        self._run = run
        self._translate = translate
        self._waiting: list[_Waiting] = []
        self._committer: asyncio.Task[None] | None = None

    async def write(self, statements: Sequence[Statement]) -> None:
        """Wait until the batch is committed; a waiter that is cancelled before it began takes its batch along.

        :raises StaleVersion, UniqueViolation, Unavailable: nothing of this batch is written.
        """
        loop = asyncio.get_running_loop()
        waiting = _Waiting(statements, loop.create_future())
        self._waiting.append(waiting)
        if self._committer is None:
            self._committer = loop.create_task(self._commit_all())
        await waiting.done

    async def _commit_all(self) -> None:
        """Commit group after group until nobody waits."""
        try:
            while self._waiting:
                await asyncio.sleep(0)  # requests that are ready now join
                await self._commit()
        finally:
            self._committer = None

    async def _commit(self) -> None:
        group: list[_Waiting] = []
        outcomes: list[Exception | None] = []

        def run(connection: sqlite3.Connection) -> None:
            actions.begin(connection)  # may be tried again: nobody is taken off the list before
            group[:] = self._next_group()
            outcomes[:] = self._run_group(connection, group)

        try:
            await self._run(run)
        except Exception as error:  # noqa: BLE001 - handed to everybody who waits for it
            group = group or self._next_group()
            outcomes = [error] * len(group)
        for waiting, outcome in zip(group, outcomes, strict=True):
            if outcome is None:
                waiting.done.set_result(None)
            else:
                waiting.done.set_exception(outcome)

    def _next_group(self) -> list[_Waiting]:
        group = [waiting for waiting in self._waiting[:MAX_GROUP] if not waiting.done.done()]
        del self._waiting[:MAX_GROUP]
        return group

    def _run_group(self, connection: sqlite3.Connection, group: list[_Waiting]) -> list[Exception | None]:
        """Without an ``await``: from BEGIN IMMEDIATE to COMMIT nothing comes between."""
        alone = len(group) == 1
        run = actions.run_statements if alone else actions.run_batch  # which is a savepoint here
        try:
            outcomes = [self._outcome(connection, run, waiting) for waiting in group]
        except BaseException:
            actions.rollback(connection)
            raise
        if alone and outcomes[0] is not None:
            actions.rollback(connection)
        else:
            actions.commit(connection)
        return outcomes

    def _outcome(
        self,
        connection: sqlite3.Connection,
        run: Callable[[sqlite3.Connection, Sequence[Statement]], None],
        waiting: _Waiting,
    ) -> Exception | None:
        """What came of one batch; an error that is not its own (busy, disk full) goes to the whole group."""
        try:
            run(connection, waiting.statements)
        except StaleVersion as stale:
            return stale
        except sqlite3.IntegrityError as broken:
            return self._translate(broken)
        if not connection.in_transaction:  # SQLite itself has undone it all
            raise sqlite3.OperationalError("the database gave up the transaction")
        return None
