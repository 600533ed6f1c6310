"""Fixtures for tests that need a database: each such test runs on SQLite and on PostgreSQL.

``database`` is a migrated, empty, active database; ``engine`` names its dialect (choose one with ``-k sqlite``).
"""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from tests.postgres import Broom, PostgresServer, new_database, private_server, shared_url

if TYPE_CHECKING:
    from tests.shell import Shell
    from tests.world import World

from gatehouse.store.database import Database, DatabaseOptions, Dialect
from gatehouse.store.migrate import migrate

# Machines are shared: how long an example takes says nothing about the code
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

_SERVER = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """Under xdist the controller owns the server: workers find its URL in their environment."""
    config.stash[_SERVER] = ExitStack()
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        config.stash[_SERVER].enter_context(shared_url())


def pytest_collection_finish() -> None:
    """What has been loaded stays: the collector looks at it no more, as in a server process (:mod:`gatehouse.app`)."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server, also after a failed collection."""
    config.stash[_SERVER].close()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start the PostgreSQL server shared by the session; the URL of its database ``postgres``."""
    with shared_url() as url:
        yield url


@pytest.fixture(scope="session")
def _private_postgres() -> Iterator[PostgresServer]:
    with private_server() as server:
        yield server


@pytest.fixture
def private_postgres(_private_postgres: PostgresServer) -> PostgresServer:
    """Lend a running PostgreSQL that the test may stop, start and restart; its databases stay from test to test."""
    if not _private_postgres.running:
        _private_postgres.start()
    return _private_postgres


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Dialect:
    """Which database the test runs on."""
    dialect: Dialect = request.param
    return dialect


@pytest.fixture
def empty_database_url(engine: Dialect, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Make a new database without any table; its URL."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with new_database(request.getfixturevalue("postgres_url")) as url:
        yield url


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    """Open a migrated, empty database and make it current: the functions and models of the store use it."""
    # NORMAL survives a kill; an ANALYZE of everything may wait for autovacuum, on a machine with other work
    options = DatabaseOptions(synchronous="NORMAL", statement_timeout_s=30.0)
    database = await Database.open(migrated_url, options=options)
    with database.activate():
        yield database
    await database.close()


@pytest.fixture
def migrated_url(engine: Dialect, used_url: str, request: pytest.FixtureRequest) -> str:
    """Make a migrated, empty database; its URL."""
    if engine == "postgres":
        request.getfixturevalue("_broom").sweep()
    return used_url


@pytest.fixture
def used_url(engine: Dialect, tmp_path: Path, request: pytest.FixtureRequest) -> str:
    """Make a migrated database, on PostgreSQL with what the test before left in it; its URL."""
    if engine == "postgres":
        url: str = request.getfixturevalue("_migrated_postgres")
        return url
    file = tmp_path / "gatehouse.db"
    shutil.copyfile(request.getfixturevalue("_migrated_sqlite"), file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "gatehouse.db"
    asyncio.run(_open_and_migrate(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def _migrated_postgres(postgres_url: str) -> Iterator[str]:
    with new_database(postgres_url) as url:
        asyncio.run(_open_and_migrate(url))
        yield url


@pytest.fixture(scope="session")
def _broom(_migrated_postgres: str) -> Iterator[Broom]:
    with closing(Broom(_migrated_postgres)) as broom:
        yield broom


async def _open_and_migrate(url: str) -> None:
    database = await Database.open(url)
    try:
        await migrate(database)
    finally:
        await database.close()


@pytest.fixture
async def world(migrated_url: str) -> AsyncIterator[World]:
    """Run the whole service; its database is also current in the test itself."""
    from tests.world import running  # noqa: PLC0415 - the whole application: most tests do without it

    async with running(migrated_url) as service:
        yield service


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run commands in this process: starting one costs a second."""
    from tests.shell import Shell  # noqa: PLC0415 - the whole application: most tests do without it

    return Shell(monkeypatch, capsys)
