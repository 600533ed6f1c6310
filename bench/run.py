"""``make bench``: Gatehouse beside a floor and an idiomatic implementation, in the same run, on SQLite and PostgreSQL.

Read the CPU microseconds per request and the ratios: machines are shared, seconds mean little. The floor is a raw ASGI
prototype that does the least any server must do; the idiomatic one is what a straightforward Starlette + Tortoise
service does. Neither keeps Gatehouse's promises; they are only rulers.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
PHASES = ("initial", "get", "incremental", "list", "disable", "delete")

sys.path.insert(0, str(ROOT))


@dataclass(frozen=True)
class Subject:
    """A server under measurement: how to start it, and its bearer token."""

    name: str
    command: list[str]
    environment: dict[str, str]
    token: str
    directory: Path = ROOT
    database_pids: list[int] = field(default_factory=list)


def main() -> None:
    """Run the chosen sizes and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fill", type=int, nargs="+", default=[1_000], help="stored users before measuring")
    parser.add_argument("--users", type=int, default=500, help="operations per phase")
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgres"], choices=["sqlite", "postgres"])
    parser.add_argument("--out", type=Path, help="write all figures as JSON")
    arguments = parser.parse_args()
    results = []
    for engine in arguments.engines:
        for fill in arguments.fill:
            with ExitStack() as stack:
                for subject in _subjects(engine, stack):
                    figures = _measure(subject, fill=fill, users=arguments.users)
                    results.append({"engine": engine, "fill": fill, "subject": subject.name, "phases": figures})
            _print(engine, fill, [r for r in results if (r["engine"], r["fill"]) == (engine, fill)])
    if arguments.out:
        arguments.out.write_text(json.dumps(results, indent=1))


def _subjects(engine: str, stack: ExitStack) -> Iterator[Subject]:
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gatehouse-bench-")))
    uvicorn = [sys.executable, "-m", "uvicorn", "--no-access-log", "--log-level", "warning"]
    baselines = BENCH / "baselines"
    if engine == "sqlite":
        yield Subject(
            "floor",
            [*uvicorn, "floor:app"],
            {"STORE": "sqlite", "DBFILE": str(home / "floor.db"), "FSYNC": "FULL"},
            "secret",
            baselines,
        )
        yield _gatehouse(f"sqlite:///{home / 'gatehouse.db'}", [])
        yield Subject(
            "idiomatic",
            [*uvicorn, "proto_tort:app"],
            {"TDSN": f"sqlite://{home / 'idiomatic.db'}"},
            "secret",
            baselines,
        )
        return
    from tests.postgres import private_server  # noqa: PLC0415 - only needed here

    server = stack.enter_context(private_server(fsync=True))
    pids = [int((server.home / "data" / "postmaster.pid").read_text().split()[0])]
    # statistics follow the fill within seconds, as they follow a first cycle within minutes in production
    _on_server(server.url, "ALTER SYSTEM SET autovacuum_naptime = '1s'", "SELECT pg_reload_conf()")
    urls = {name: _database(server.url, name) for name in ("floor", "gatehouse", "idiomatic")}
    yield Subject("floor", [*uvicorn, "floor:app"], {"STORE": "pg", "DSN": urls["floor"]}, "secret", baselines, pids)
    yield _gatehouse(urls["gatehouse"], pids)
    tortoise_url = urls["idiomatic"].replace("postgresql://", "asyncpg://")
    yield Subject("idiomatic", [*uvicorn, "proto_tort:app"], {"TDSN": tortoise_url}, "secret", baselines, pids)


def _gatehouse(url: str, database_pids: list[int]) -> Subject:
    environment = {
        "GATEHOUSE_DATABASE_URL": url,
        "GATEHOUSE_LOG_LEVEL": "WARNING",
        "GATEHOUSE_TENANT_RATE_PER_S": "0",  # the others have no limit either
    }
    command = [sys.executable, "-m", "gatehouse"]
    everything = {**os.environ, **environment}
    for arguments in (["migrate"], ["tenant", "create", "bench", "--name", "Bench"]):
        subprocess.run([*command, *arguments], env=everything, check=True, capture_output=True)  # noqa: S603
    issued = subprocess.run(  # noqa: S603
        [*command, "token", "issue", "bench", "--label", "bench"],
        env=everything,
        check=True,
        capture_output=True,
        text=True,
    )
    asyncio.run(_add_rules(url))
    return Subject("gatehouse", [*command, "serve"], environment, issued.stdout.strip(), database_pids=database_pids)


async def _add_rules(url: str) -> None:
    """The load's titles and segments get roles and groups, so that access is really computed."""
    from bench.entra_load import TITLES, TYPES  # noqa: PLC0415
    from tests.world import add_rules  # noqa: PLC0415

    from gatehouse.services import runtime, tenants  # noqa: PLC0415
    from gatehouse.settings import Settings  # noqa: PLC0415

    segments = {segment for value in TYPES for segment in value.split("-")}
    async with runtime.database(Settings(database_url=url)):
        await add_rules(
            await tenants.by_slug("bench"),
            roles={title: title.lower().replace(" ", "-") for title in TITLES},
            groups={segment: [segment.lower()] for segment in sorted(segments)},
        )


def _database(server_url: str, name: str) -> str:
    _on_server(server_url, f"CREATE DATABASE {name}")
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()


def _on_server(server_url: str, *statements: str) -> None:
    import asyncpg  # noqa: PLC0415

    async def run() -> None:
        connection = await asyncpg.connect(server_url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(run())


def _measure(subject: Subject, *, fill: int, users: int) -> dict[str, dict[str, object]]:
    with _running(subject) as (port, pid), tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [sys.executable, str(BENCH / "entra_load.py"), "--base", f"http://127.0.0.1:{port}/scim/v2"]
        command += ["--token", subject.token, "--fill", str(fill), "--users", str(users), "--quiet"]
        command += ["--phases", ",".join(PHASES), "--pids", str(pid), "--out", out.name]
        if subject.database_pids:
            command += ["--db-pids", ",".join(map(str, subject.database_pids))]
        subprocess.run(command, check=True)  # noqa: S603
        return json.loads(Path(out.name).read_text())["phases"]  # type: ignore[no-any-return]


@contextmanager
def _running(subject: Subject) -> Iterator[tuple[int, int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, **subject.environment}
    process = subprocess.Popen([*subject.command, "--port", str(port)], cwd=subject.directory, env=environment)  # noqa: S603
    try:
        _wait(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(30)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("the server did not start")


def _print(engine: str, fill: int, results: list[dict[str, object]]) -> None:
    names = [str(result["subject"]) for result in results]
    print(f"\n{engine}, {fill:,} stored users: CPU us per request, server (+ database); p99 ms in brackets")  # noqa: T201
    print(f"{'phase':12}" + "".join(f"{name:>26}" for name in names) + f"{'x floor':>9}{'/ idiomatic':>12}")  # noqa: T201
    for phase in PHASES:
        cells, totals = [], {}
        for result in results:
            figures = result["phases"][phase]  # type: ignore[index]
            server, database = figures["srv_cpu_us"], figures.get("db_cpu_us", 0)
            totals[result["subject"]] = server + database
            worst = max(operation["p99"] for operation in figures["ops"].values())
            errors = f" E{figures['errors']}" if figures["errors"] else ""
            cells.append(f"{server:.0f}+{database:.0f} [{worst:.1f}]{errors}")
        ratios = f"{totals['gatehouse'] / totals['floor']:>9.2f}{totals['idiomatic'] / totals['gatehouse']:>12.2f}"
        print(f"{phase:12}" + "".join(f"{cell:>26}" for cell in cells) + ratios)  # noqa: T201


if __name__ == "__main__":
    main()
