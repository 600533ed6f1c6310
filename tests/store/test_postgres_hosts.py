"""Several PostgreSQL servers in one URL: the one that takes writes is found, whatever the others do."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.store.ledger import OPTIONS, names, opened

from gatehouse.errors import Unavailable
from gatehouse.store import database
from gatehouse.store.database import Database, Dialect
from gatehouse.store.location import parse_url
from gatehouse.store.postgres_hosts import STAGGER_S


@pytest.fixture
def engine() -> Dialect:
    return "postgres"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A server that stands still: connections are made, and nothing ever comes."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield silent.getsockname()[1]


async def test_one_is_down(empty_database_url: str):
    with socket.create_server(("127.0.0.1", 0)) as socket_of_nobody:
        unused = socket_of_nobody.getsockname()[1]
    async with opened(_with_servers_before(empty_database_url, unused)):
        assert await names() == []


@pytest.mark.parametrize("target", ["primary", "read-write"])
async def test_two_are_silent(target: str, silent_port: int, empty_database_url: str):
    async with opened(_with_servers_before(empty_database_url, silent_port, silent_port, target=target)) as ledger:
        started = time.monotonic()
        await _all_at_once(8)

        assert time.monotonic() - started < 1
        assert ledger._engine.pool.in_use == 0


async def test_the_one_that_accepted_last_is_asked_first(silent_port: int, empty_database_url: str):
    async with opened(_with_servers_before(empty_database_url, silent_port)):
        started = time.monotonic()
        await _all_at_once(8)

        assert time.monotonic() - started < STAGGER_S


async def test_all_are_silent(silent_port: int):
    url = f"postgresql://nobody@127.0.0.1:{silent_port},127.0.0.1:{silent_port}/none?target_session_attrs=primary"
    started = time.monotonic()
    with pytest.raises(Unavailable, match="cannot be reached"):
        await Database.open(url, options=replace(OPTIONS, connect_timeout_s=0.2))

    assert time.monotonic() - started < 1


async def test_nobody_goes_on_asking(silent_port: int, empty_database_url: str):
    tasks = asyncio.all_tasks()
    async with opened(_with_servers_before(empty_database_url, silent_port)) as ledger:
        pool = ledger._engine.pool
        pool.discard(await pool.acquire())  # so that the next one must be made
        asking = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, *pool._retiring, return_exceptions=True)

        assert asyncio.all_tasks() == tasks
        assert pool.in_use == 0


def _with_servers_before(url: str, *ports: int, target: str = "primary") -> str:
    servers = ",".join([*(f"127.0.0.1:{port}" for port in ports), _server(url)])
    return f"{url.replace(_server(url), servers)}?target_session_attrs={target}"


def _server(url: str) -> str:
    location = parse_url(url)
    return f"{location.hosts[0]}:{location.ports[0]}"


async def _all_at_once(connections: int) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            group.create_task(database.fetch("SELECT pg_sleep(0.01)"))
