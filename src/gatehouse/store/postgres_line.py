"""A connection to PostgreSQL on which a process hears that others have written (LISTEN and NOTIFY).

Nothing depends on it: what is said while it is down is not heard, so whoever listens also looks now and then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import asyncpg

from gatehouse.errors import Unavailable
from gatehouse.store.postgres_connection import Connect, Connection
from gatehouse.time_limit import TimeLimit

_CHANNEL: Final = "gatehouse_live"


class Line:
    """An open line; its connection is not one of the pool."""

    def __init__(self, connection: Connection, *, patience_s: float, heard: Callable[[], None]) -> None:
        self._connection = connection
        self._patience_s = patience_s
        self._heard = heard

    @classmethod
    async def open(cls, connect: Connect, *, patience_s: float, heard: Callable[[], None]) -> Line:
        """Connect and listen.

        :param patience_s: how long to wait for an answer.
        :param heard: called whenever somebody rang, this process included, and when the line goes down.
        :raises Unavailable: the server cannot be reached.
        """
        line = cls(await connect(), patience_s=patience_s, heard=heard)
        line._connection.add_termination_listener(line._on_end)
        try:
            with TimeLimit(patience_s):
                await line._connection.add_listener(_CHANNEL, line._on_ring)
        except BaseException as error:
            line.close()
            if isinstance(error, _DOWN):
                raise _down() from error
            raise
        return line

    @property
    def is_open(self) -> bool:
        """Whether the server still holds the other end, as far as one can tell without asking."""
        return not self._connection.is_closed()

    async def ring(self) -> None:
        """Let all processes know, this one included.

        :raises Unavailable: the line is down; it is of no use any more.
        """
        await self._say(f"NOTIFY {_CHANNEL}")

    async def check(self) -> None:
        """Find out whether the line is still up.

        :raises Unavailable: as :meth:`ring`.
        """
        await self._say("SELECT 1")

    def close(self) -> None:
        """Hang up, without waiting."""
        self._connection.terminate()

    async def _say(self, sql: str) -> None:
        try:
            with TimeLimit(self._patience_s):
                await self._connection.execute(sql)
        except _DOWN as error:
            self.close()
            raise _down() from error

    def _on_ring(self, *_details: object) -> None:
        self._heard()

    def _on_end(self, *_details: object) -> None:
        self._heard()


_DOWN: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)


def _down() -> Unavailable:
    return Unavailable("the line to the database is down")
