"""``make bench``: Gatehouse beside a floor and an idiomatic implementation, in the same run, on SQLite and PostgreSQL.

Read the CPU microseconds per request and the ratios: machines are shared, seconds mean little. The floor is a raw ASGI
prototype that does the least any server must do (tenant by token, parsing, audit row in the transaction of the write); the idiomatic one is what a straightforward Starlette + Tortoise
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
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
PHASES = ("filter", "get", "create", "patch", "list", "disable", "delete")

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


@dataclass(frozen=True)
class Figures:
    """What a phase cost: CPU microseconds per request, the worst p99 of its operations in ms, memory of the server."""

    server_us: float
    database_us: float
    p99_ms: float
    mib: float
    errors: int

    @classmethod
    def of(cls, phase: dict[str, Any]) -> Figures:
        """Read what the load driver reports."""
        p99_ms = max(operation["p99"] for operation in phase["ops"].values())
        return cls(phase["srv_cpu_us"], phase.get("db_cpu_us", 0.0), p99_ms, phase["srv_mib"], phase["errors"])

    @classmethod
    def median(cls, rounds: Sequence[Figures]) -> Figures:
        """The median of each figure; the sum of the errors."""
        middle = (
            median(getattr(figures, name) for figures in rounds)
            for name in ("server_us", "database_us", "p99_ms", "mib")
        )
        return cls(*middle, sum(figures.errors for figures in rounds))

    @property
    def total_us(self) -> float:
        """Server and database."""
        return self.server_us + self.database_us

    def cell(self) -> str:
        """As the table shows it."""
        errors = f" E{self.errors}" if self.errors else ""
        return f"{self.server_us:.0f}+{self.database_us:.0f} [{self.p99_ms:.1f}]{errors}"


@dataclass(frozen=True)
class Result:
    """The figures of one server with so many users stored."""

    engine: str
    fill: int
    subject: str
    phases: dict[str, Figures]


def main() -> None:
    """Run the chosen sizes and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fill", type=int, nargs="+", default=[1_000], help="stored users before measuring")
    parser.add_argument("--users", type=int, default=500, help="operations per phase and round")
    parser.add_argument("--rounds", type=int, default=3, help="of each figure the median of so many is shown")
    parser.add_argument("--engines", nargs="+", default=["sqlite", "postgres"], choices=["sqlite", "postgres"])
    parser.add_argument(
        "--without", nargs="+", default=[], choices=["floor", "idiomatic"], help="baselines to leave out"
    )
    parser.add_argument("--beside", type=Path, help="another checkout of Gatehouse, measured in the same run")
    parser.add_argument("--phases", nargs="+", default=PHASES, choices=PHASES)
    parser.add_argument("--out", type=Path, help="write all figures as JSON")
    arguments = parser.parse_args()
    print(f"Python {sys.version}")  # noqa: T201 - one without profile-guided optimisation takes a tenth more
    subprocess.run([sys.executable, str(BENCH / "pure.py")], check=True)  # noqa: S603
    results: list[Result] = []
    for engine in arguments.engines:
        with ExitStack() as stack:
            sizes = {
                fill: [
                    subject
                    for subject in _subjects(engine, stack, arguments.beside)
                    if subject.name not in arguments.without
                ]
                for fill in arguments.fill
            }
            found = _measure(stack, sizes, arguments)
        for fill, of_each in found.items():
            results += [Result(engine, fill, name, phases) for name, phases in of_each.items()]
            _print(engine, fill, of_each, arguments.phases)
        _print_growth(engine, [result for result in results if result.engine == engine], arguments.phases)
    if arguments.out:
        arguments.out.write_text(json.dumps([asdict(result) for result in results], indent=1))


def _subjects(engine: str, stack: ExitStack, beside: Path | None) -> Iterator[Subject]:
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gatehouse-bench-")))
    uvicorn = [sys.executable, "-m", "uvicorn", "--no-access-log", "--log-level", "warning"]
    baselines = BENCH / "baselines"
    checkouts = {"gatehouse": ROOT, **({"beside": beside.resolve()} if beside else {})}
    if engine == "sqlite":
        yield Subject(
            "floor",
            [*uvicorn, "floor:app"],
            {"STORE": "sqlite", "DBFILE": str(home / "floor.db"), "FSYNC": "FULL"},
            "secret",
            baselines,
        )
        for name, root in checkouts.items():
            yield _gatehouse(name, root, f"sqlite:///{home / name}.db", [])
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
    urls = {name: _database(server.url, name) for name in ("floor", *checkouts, "idiomatic")}
    yield Subject("floor", [*uvicorn, "floor:app"], {"STORE": "pg", "DSN": urls["floor"]}, "secret", baselines, pids)
    for name, root in checkouts.items():
        yield _gatehouse(name, root, urls[name], pids)
    tortoise_url = urls["idiomatic"].replace("postgresql://", "asyncpg://")
    yield Subject("idiomatic", [*uvicorn, "proto_tort:app"], {"TDSN": tortoise_url}, "secret", baselines, pids)


def _gatehouse(name: str, root: Path, url: str, database_pids: list[int]) -> Subject:
    environment = {
        "GATEHOUSE_DATABASE_URL": url,
        "GATEHOUSE_LOG_LEVEL": "WARNING",
        "GATEHOUSE_TENANT_RATE_PER_S": "0",  # the others have no limit either
        "PYTHONPATH": str(root / "src"),
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
    rules = [sys.executable, str(BENCH / "rules.py")]
    subprocess.run(rules, env={**everything, "PYTHONPATH": f"{root / 'src'}:{root}"}, check=True)  # noqa: S603
    return Subject(name, [*command, "serve"], environment, issued.stdout.strip(), database_pids=database_pids)


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


def _measure(
    stack: ExitStack, sizes: dict[int, list[Subject]], arguments: argparse.Namespace
) -> dict[int, dict[str, dict[str, Figures]]]:
    """Fill all servers, then go round them, of all sizes: what disturbs the machine disturbs them all."""
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gatehouse-bench-")))
    all_of_them = [(fill, subject) for fill, subjects in sizes.items() for subject in subjects]
    running = [stack.enter_context(_running(subject)) for _, subject in all_of_them]
    rounds: dict[tuple[int, str], list[dict[str, Figures]]] = {}
    for number in range(arguments.rounds + 1):
        for (fill, subject), (port, pid) in zip(all_of_them, running, strict=True):
            ids, out = home / f"{subject.name}-{fill}.ids", home / f"{subject.name}-{fill}.json"
            command = [sys.executable, str(BENCH / "entra_load.py"), "--base", f"http://127.0.0.1:{port}/scim/v2"]
            command += ["--token", subject.token, "--users", str(arguments.users), "--quiet", "--variant", str(number)]
            command += ["--pids", str(pid), "--out", str(out), "--save-ids", str(ids)]
            command += ["--phases", ",".join(arguments.phases)] if number else ["--phases", "", "--fill", str(fill)]
            if number:
                command += ["--load-ids", str(ids)]
            if subject.database_pids:
                command += ["--db-pids", ",".join(map(str, subject.database_pids))]
            subprocess.run(command, check=True)  # noqa: S603
            if number:
                phases = json.loads(out.read_text())["phases"].items()
                rounds.setdefault((fill, subject.name), []).append({k: Figures.of(v) for k, v in phases})
    return {
        fill: {
            subject.name: {
                phase: Figures.median([figures[phase] for figures in rounds[fill, subject.name]])
                for phase in arguments.phases
            }
            for subject in subjects
        }
        for fill, subjects in sizes.items()
    }


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


def _print(engine: str, fill: int, found: dict[str, dict[str, Figures]], phases: Sequence[str]) -> None:
    print(f"\n{engine}, {fill:,} stored users: CPU us per request, server (+ database); p99 ms in brackets")  # noqa: T201
    heads = "".join(f"{name:>24}" for name in found) + f"{'x floor':>9}{'server':>8}{'/ idiomatic':>12}"
    print(f"{'phase':10}{heads}")  # noqa: T201
    for phase in phases:
        cells = "".join(f"{found[name][phase].cell():>24}" for name in found)
        ours, ratios = found["gatehouse"][phase], ""
        if "floor" in found:
            floor = found["floor"][phase]
            ratios += f"{ours.total_us / floor.total_us:>9.2f}{ours.server_us / floor.server_us:>8.2f}"
        if "idiomatic" in found:
            ratios += f"{found['idiomatic'][phase].total_us / ours.total_us:>12.2f}"
        print(f"{phase:10}{cells}{ratios}")  # noqa: T201
    memory = (f"{name} {max(figures.mib for figures in found[name].values()):.0f}" for name in found)
    print(f"memory of the server, MiB: {', '.join(memory)}")  # noqa: T201


def _print_growth(engine: str, results: Sequence[Result], phases: Sequence[str]) -> None:
    fills = sorted({result.fill for result in results})
    if len(fills) == 1:
        return
    least, most = ({r.subject: r.phases for r in results if r.fill == fill} for fill in (fills[0], fills[-1]))
    print(f"\n{engine}, growth of server and database CPU from {fills[0]:,} to {fills[-1]:,} stored users")  # noqa: T201
    for phase in phases:
        cells = (f"{name} {most[name][phase].total_us / least[name][phase].total_us:.2f}" for name in most)
        print(f"{phase:10}{', '.join(cells)}")  # noqa: T201


if __name__ == "__main__":
    main()
