"""A pool of asyncpg connections: last in, first out, without a round trip between uses.

What asyncpg's own pool adds to each use (a reset on the server, a proxy object) is not needed: nothing here changes
session state. The rule for what comes back: after success, or an error that the server itself reported, the connection
is known to be good. After anything else (a cancellation, a timeout, a broken socket) it is closed and never used again;
a statement that still runs on it is cancelled on the server first, so that it does not write long after its caller left.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from time import monotonic

import asyncpg

from gatehouse.errors import Unavailable
from gatehouse.store.postgres_connection import Connect, Connection, is_lost

CLOSE_TIMEOUT_S = 1


class Pool:
    """At most ``size`` connections, made when needed; those who wait are served in order."""

    def __init__(self, connect: Connect, *, size: int, acquire_timeout_s: float, max_idle_s: float) -> None:
        self.size = size
        self._connect = connect
        self._acquire_timeout_s = acquire_timeout_s
        self._max_idle_s = max_idle_s
        self._idle: list[tuple[Connection, float]] = []
        self._open = 0  # idle, in use, or being made
        # The one served gets a connection, or None: the right to make one.
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._retiring: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def in_use(self) -> int:
        """Connections handed out, being made or being closed."""
        return self._open - len(self._idle)

    @property
    def waiting(self) -> int:
        """Tasks that wait for a connection."""
        return sum(not waiter.done() for waiter in self._waiting)

    def take(self) -> Connection | None:
        """Take the connection used last, if one is idle and still open; without waiting."""
        while self._idle:
            connection, since = self._idle.pop()
            if not connection.is_closed() and monotonic() - since < self._max_idle_s:
                return connection
            self._drop(connection)
        return None

    async def acquire(self) -> Connection:
        """Take a connection, perhaps after waiting for one or making one.

        :raises Unavailable: none came free in time, or the server cannot be reached.
        """
        if (connection := self.take()) is not None:
            return connection
        try:
            async with asyncio.timeout(self._acquire_timeout_s):
                return await self._wait()
        except TimeoutError as error:
            raise Unavailable("the database is busy", retry_after_s=1) from error

    def release(self, connection: Connection) -> None:
        """Take back a connection that is known to be good."""
        if self._closed or connection.is_closed():
            self._drop(connection)
        elif connection.is_in_transaction():
            self.discard(connection)
        elif (waiter := self._next_waiter()) is not None:
            waiter.set_result(connection)
        else:
            self._idle.append((connection, monotonic()))

    def settle(self, connection: Connection, error: BaseException) -> bool:
        """Take back a connection after an error: keep it, or close it.

        :return: whether the server was lost; then the idle connections have been closed too.
        """
        closed = connection.is_closed()
        lost = is_lost(error) or (closed and isinstance(error, Exception))
        if isinstance(error, asyncpg.PostgresError) and not lost:
            self.release(connection)
        else:
            self.discard(connection)
        if lost:
            idle, self._idle = self._idle, []
            for other, _ in idle:
                self._drop(other)
        return lost

    def discard(self, connection: Connection) -> None:
        """Close a connection of which nothing is known; its place is free once the server has let go of it."""
        if connection.is_closed():
            self._drop(connection)
            return
        task = asyncio.get_running_loop().create_task(self._retire(connection))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def close(self) -> None:
        """Close what is idle, and what is in use when it comes back."""
        self._closed = True
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(Unavailable("the database is closed"))
        idle, self._idle = self._idle, []
        for connection, _ in idle:
            self.discard(connection)
        await asyncio.gather(*self._retiring)

    async def _retire(self, connection: Connection) -> None:
        """Close with a good-bye; asyncpg cancels a running statement first."""
        try:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
                await connection.close(timeout=CLOSE_TIMEOUT_S)
        finally:
            self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        connection.terminate()
        self._give_place()

    async def _wait(self) -> Connection:
        if self._closed:
            raise Unavailable("the database is closed")
        if self._open < self.size:
            self._open += 1
        elif (connection := await self._queue()) is not None:
            return connection
        try:
            return await self._connect()
        except BaseException:
            self._give_place()
            raise

    async def _queue(self) -> Connection | None:
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():  # served and cancelled in the same moment
                self._pass_on(waiter.result())
            raise

    def _pass_on(self, served: Connection | None) -> None:
        if served is None:
            self._give_place()
        else:
            self.release(served)

    def _give_place(self) -> None:
        if (waiter := self._next_waiter()) is not None:
            waiter.set_result(None)
        else:
            self._open -= 1

    def _next_waiter(self) -> asyncio.Future[Connection | None] | None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                return waiter
        return None
