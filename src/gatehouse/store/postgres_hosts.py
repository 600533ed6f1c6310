"""Find the server that takes writes among several, of which some may be down, or silent.

asyncpg asks one after the other within one deadline: a server whose machine has stopped, so that nothing answers and
nothing refuses, uses it up, and the new primary is never asked. Here the next one is asked as soon as the one before
refuses, or is silent for a moment.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from gatehouse.errors import Unavailable
from gatehouse.store import postgres_connection
from gatehouse.store.location import DatabaseOptions, PostgresLocation
from gatehouse.store.postgres_connection import Connect, Connection

STAGGER_S = 0.25


def connector(location: PostgresLocation, options: DatabaseOptions) -> Connect:
    """How to make one more connection, to whichever server is the right one now.

    :raises ValueError: the certificates named in the URL cannot be read.
    """
    one_at_a_time = location.target_session_attrs not in {"primary", "read-write"}
    if len(location.hosts) <= 1 or one_at_a_time:
        return postgres_connection.connector(location, options)
    servers = zip(location.hosts, location.ports, strict=True)
    locations = [replace(location, hosts=(host,), ports=(port,)) for host, port in servers]
    return Hosts([postgres_connection.connector(one, options) for one in locations]).connect


class Hosts:
    """Connects to the first that accepts; that one is asked first the next time.

    :param connects: how to connect to each server; :exc:`Unavailable` when it is down or the wrong one.
    """

    def __init__(self, connects: Sequence[Connect]) -> None:
        self._order = list(connects)

    async def connect(self) -> Connection:
        """Ask all in turn.

        :raises Unavailable: none accepts.
        """
        waiting = deque(self._order)
        asked: dict[asyncio.Task[Connection], Connect] = {}
        winner: asyncio.Task[Connection] | None = None
        try:
            while winner is None and (waiting or not all(task.done() for task in asked)):
                if waiting:
                    server = waiting.popleft()
                    asked[asyncio.ensure_future(server())] = server
                winner = await _first_accepted(asked, STAGGER_S if waiting else None)
        finally:
            for task in asked:
                if task is not winner:
                    task.cancel()
                    task.add_done_callback(_hang_up)
        if winner is None:
            return await next(iter(asked))  # raises why the first refused
        server = asked[winner]
        self._order.sort(key=lambda one: one is not server)
        return await winner


async def _first_accepted(
    asked: dict[asyncio.Task[Connection], Connect], timeout_s: float | None
) -> asyncio.Task[Connection] | None:
    """Wait until one of those that have not answered does so."""
    silent = [task for task in asked if not task.done()]
    answered, _ = await asyncio.wait(silent, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    return next((task for task in answered if not isinstance(task.exception(), Unavailable)), None)


def _hang_up(task: asyncio.Task[Connection]) -> None:
    """Close what came too late."""
    with suppress(asyncio.CancelledError, Unavailable):
        task.result().terminate()
