"""The drills of the service and of one database: each starts what it needs, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.postgres import StopMode, private_server

from drills.entra import simulating
from drills.evidence import Findings, examine
from drills.ledger import Fault
from drills.load import loading
from drills.processes import family, frozen, postmaster
from drills.proxy import proxying
from drills.server import LoggedServer, serving, starting

_RECOVERY_LIMIT_S: Final = 90


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the load runs before the fault and after the recovery.

    :param people: of a simulated Entra tenant beside the load; 0: none.
    """

    before_s: float = 4
    after_s: float = 6
    people: int = 0


Cause = Callable[[], Awaitable[Fault]]


async def drill(name: str, server: LoggedServer, cause: Cause, pace: Pace, *, base: str | None = None) -> Findings:
    """Run the load on a started server, cause a fault in the midst, and examine what is left.

    :param base: where the load goes instead: a proxy before several servers.
    """
    base = base or server.base
    server.command("tenant", "create", "acme", "--name", "Acme")
    token = server.command("token", "issue", "acme", "--label", "drill")
    async with simulating(server, base, pace.people) as simulation, loading(base, token) as load:
        await asyncio.sleep(pace.before_s)
        if load.ledger.failures:
            raise RuntimeError(f"a request failed before the fault: {load.ledger.failures[0]}")
        fault = await cause()
        async with asyncio.timeout(_RECOVERY_LIMIT_S):
            await load.written_since(fault.ended)
        await asyncio.sleep(pace.after_s)
        verdict = await simulation.verdict() if simulation else None
    return await examine(name, server.database_url, load.ledger, fault, logged=server.errors(), simulation=verdict)


async def server_killed(database_url: str, pace: Pace) -> Findings:
    """SIGKILL to the server and its workers; started again at once."""
    with serving(database_url) as server:

        async def cause() -> Fault:
            began = time.monotonic()
            server.kill()
            ended = time.monotonic()
            await asyncio.to_thread(server.start)
            return Fault(began, ended)

        return await drill(f"server killed, {_engine(database_url)}", server, cause, pace)


async def server_rolled(database_url: str, pace: Pace) -> Findings:
    """SIGTERM; when the old server has drained, the new one starts on its port: a short gap."""
    with serving(database_url) as server:

        async def cause() -> Fault:
            began = time.monotonic()
            await asyncio.to_thread(server.terminate)
            ended = time.monotonic()
            await asyncio.to_thread(server.start)
            return Fault(began, ended)

        return await drill(f"server rolled on one port, {_engine(database_url)}", server, cause, pace)


async def servers_rolled(database_url: str, pace: Pace) -> Findings:
    """Two servers behind HAProxy, renewed one after the other: nobody should notice."""
    with serving(database_url) as first, starting(database_url) as second, proxying([first.port, second.port]) as proxy:
        second.start()

        async def cause() -> Fault:
            began = time.monotonic()
            for server in (first, second):
                await asyncio.to_thread(server.terminate)
                await asyncio.to_thread(server.start)
                await asyncio.sleep(1)  # so that the proxy has seen it
            return Fault(began, time.monotonic())

        name = f"2 servers rolled behind HAProxy, {_engine(database_url)}"
        return await drill(name, first, cause, pace, base=proxy)


async def postgres_stopped(pace: Pace, *, away_s: float, mode: StopMode = "immediate") -> Findings:
    """PostgreSQL crashes, stays away and is started again; the service is not touched."""
    with private_server(fsync=True) as postgres, serving(postgres.url) as server:

        async def cause() -> Fault:
            began = time.monotonic()
            await asyncio.to_thread(postgres.stop, mode)
            await asyncio.sleep(away_s)
            ended = time.monotonic()
            await asyncio.to_thread(postgres.start)
            return Fault(began, ended)

        return await drill(f"PostgreSQL stopped ({mode}) for {away_s:g} s", server, cause, pace)


async def postgres_frozen(pace: Pace, *, away_s: float) -> Findings:
    """All processes of PostgreSQL stand still, with their connections open; then they go on."""
    with private_server(fsync=True) as postgres, serving(postgres.url) as server:

        async def cause() -> Fault:
            began = time.monotonic()
            with frozen(family(postmaster(postgres.home / "data"))):
                await asyncio.sleep(away_s)
            return Fault(began, time.monotonic())

        return await drill(f"PostgreSQL frozen for {away_s:g} s", server, cause, pace)


@contextmanager
def postgres_url() -> Iterator[str]:
    """An empty database of a server that keeps what it has acknowledged when it crashes."""
    with private_server(fsync=True) as postgres:
        yield postgres.url


@contextmanager
def sqlite_url() -> Iterator[str]:
    """An empty file."""
    with tempfile.TemporaryDirectory(prefix="gatehouse-drill-") as directory:
        yield f"sqlite:///{Path(directory) / 'drill.db'}"


def _engine(database_url: str) -> str:
    return "SQLite" if database_url.startswith("sqlite") else "PostgreSQL"
