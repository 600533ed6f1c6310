"""``make bench-graphql``: three queries of the admin API beside other GraphQL servers, on the same PostgreSQL, in one run.

Beside Gatehouse: itself with Strawberry's executor in place of compiled plans, graphql-yoga with hand-written resolvers and
a loader, and PostGraphile 5. These read the same rows of one tenant but know neither sign-in nor permissions nor masking.
Read the CPU microseconds per request and the ratios.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
from entra_load import Client, usage
from run import BENCH, ROOT, Subject, _database, _gatehouse, _on_server, _running
from tests.postgres import private_server

_PEERS = BENCH / "peers"
_GOALS_US = {"list": 600, "one": 250, "nested": 800}
_SHOWN = {"list": 100, "one": 1, "nested": 20}
_CLIENTS = 8
_WARM_UP = 300
_FIELDS = "userName displayName givenName familyName title userType externalId active createdAt"
_EVENT = "id action outcome occurredAt"
_QUERIES = {
    "gatehouse": {
        "list": f"{{ users(first: 100) {{ nodes {{ scimId {_FIELDS} }} }} }}",
        "one": f"query ($id: UUID!) {{ user(by: {{scimId: $id}}) {{ scimId {_FIELDS} }} }}",
        "nested": f"{{ users(first: 20) {{ nodes {{ userName timeline(first: 5) {{ nodes {{ {_EVENT} }} }} }} }} }}",
    },
    "yoga": {
        "list": f"{{ users(first: 100) {{ id {_FIELDS} }} }}",
        "one": f"query ($id: ID!) {{ user(id: $id) {{ id {_FIELDS} }} }}",
        "nested": f"{{ users(first: 20) {{ userName events(first: 5) {{ {_EVENT} }} }} }}",
    },
    "postgraphile": {
        "list": f"{{ allScimUsers(first: 100) {{ nodes {{ rowId {_FIELDS} }} }} }}",
        "one": f"query ($id: UUID!) {{ scimUserByRowId(rowId: $id) {{ rowId {_FIELDS} }} }}",
        "nested": "{ allScimUsers(first: 20) { nodes { userName"
        f" provisioningEventsByResourceId(first: 5, orderBy: OCCURRED_AT_DESC) {{ nodes {{ rowId {_EVENT[3:]} }} }} }} }} }}",
    },
}
_QUERIES["strawberry"] = _QUERIES["gatehouse"]


@dataclass(frozen=True)
class Figures:
    """What a query cost: CPU microseconds of the server and of the database, the p99 in ms."""

    server_us: float
    database_us: float
    p99_ms: float


def main() -> None:
    """Run and print a table for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fill", type=int, nargs="+", default=[1_000], help="stored users, each with five events")
    parser.add_argument("--requests", type=int, default=300, help="per query, server and round")
    parser.add_argument("--rounds", type=int, default=3, help="of each figure the median of so many is shown")
    arguments = parser.parse_args()
    for fill in arguments.fill:
        with ExitStack() as stack:
            server = stack.enter_context(private_server(fsync=True))
            pids = [int((server.home / "data" / "postmaster.pid").read_text().split()[0])]
            subjects = _subjects(stack, _database(server.url, "gatehouse"), pids, fill)
            found = asyncio.run(_measure(stack, subjects, arguments))
            _print(fill, found)


def _subjects(stack: ExitStack, url: str, database_pids: list[int], fill: int) -> list[Subject]:
    """The servers, on a database that Gatehouse has been given users and events by a client."""
    scim = _gatehouse("gatehouse", ROOT, url, database_pids)
    environment = {**scim.environment, "GATEHOUSE_API_KEY_RATE_PER_S": "0"}
    with _running(scim) as (port, _pid):
        command = [sys.executable, str(BENCH / "entra_load.py"), "--base", f"http://127.0.0.1:{port}/scim/v2"]
        command += ["--token", scim.token, "--users", str(fill), "--quiet", "--out", os.devnull]
        path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "ids"
        subprocess.run([*command, "--fill", str(fill), "--phases", "", "--save-ids", str(path)], check=True)  # noqa: S603
        for variant in range(1, 5):
            again = ["--phases", "patch", "--load-ids", str(path), "--variant", str(variant)]
            subprocess.run([*command, *again], check=True)  # noqa: S603
    # What the others need: a relation that is no reference, and an index for it that does not begin with the tenant
    _on_server(
        url,
        "COMMENT ON TABLE provisioning_event IS E'@foreignKey (resource_id) references scim_user (id)'",
        "CREATE INDEX ON provisioning_event (resource_id, occurred_at)",
        "VACUUM ANALYZE",
    )
    issue = [*scim.command[:-1], "api-key", "issue", "--name", "bench", "--preset", "owner"]
    key = subprocess.run(  # noqa: S603
        issue, env={**os.environ, **environment}, check=True, capture_output=True, text=True
    ).stdout.strip()
    uvicorn = [sys.executable, "-m", "uvicorn", "--no-access-log", "--log-level", "warning", "--factory"]
    node = {
        "DATABASE_URL": url,
        "TENANT_ID": asyncio.run(_tenant_id(url)),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }
    return [
        Subject("gatehouse", scim.command, environment, key, database_pids=database_pids),
        Subject("strawberry", [*uvicorn, "ordinary:app"], environment, key, BENCH / "baselines", database_pids),
        Subject("yoga", ["node", "yoga.mjs"], node, "", _PEERS, database_pids),
        Subject("postgraphile", ["node", "postgraphile.mjs"], node, "", _PEERS, database_pids),
    ]


async def _tenant_id(url: str) -> str:
    connection = await asyncpg.connect(url)
    found = await connection.fetchval("SELECT id FROM tenant")
    await connection.close()
    return str(found)


async def _user_ids(subjects: list[Subject], port: int) -> list[str]:
    """The ids of some users, as Gatehouse tells them."""
    body = json.dumps({"query": _QUERIES["gatehouse"]["list"]}).encode()
    client = Client("127.0.0.1", port, _head(subjects[0], port), asyncio.get_running_loop())
    _, answer = await client.req(b"POST", b"/graphql", body)
    return [user["scimId"] for user in json.loads(answer)["data"]["users"]["nodes"]]


def _head(subject: Subject, port: int) -> bytes:
    bearer = f"Authorization: Bearer {subject.token}\r\n" if subject.token else ""
    return f"Host: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nAccept: application/json\r\n{bearer}".encode()


async def _measure(
    stack: ExitStack, subjects: list[Subject], arguments: argparse.Namespace
) -> dict[str, dict[str, Figures]]:
    """Go round the servers, so that what disturbs the machine disturbs them all."""
    running = {subject.name: stack.enter_context(_running(subject)) for subject in subjects}
    ids = await _user_ids(subjects, running["gatehouse"][0])
    rounds: dict[tuple[str, str], list[Figures]] = {}
    for number in range(arguments.rounds + 1):
        for subject in subjects:
            for query in _GOALS_US:
                requests = arguments.requests if number else _WARM_UP
                figures = await _load(subject, running[subject.name], query, ids, requests)
                if number:
                    rounds.setdefault((subject.name, query), []).append(figures)
    return {subject.name: {query: _median(rounds[subject.name, query]) for query in _GOALS_US} for subject in subjects}


async def _load(subject: Subject, server: tuple[int, int], query: str, ids: list[str], requests: int) -> Figures:
    """:param server: its port and process."""
    port, pid = server
    loop, head = asyncio.get_running_loop(), _head(subject, port)
    times: list[float] = []
    numbers = iter(range(requests))

    async def work() -> None:
        client = Client("127.0.0.1", port, head, loop)
        for number in numbers:
            body: dict[str, Any] = {"query": _QUERIES[subject.name][query]}
            if query == "one":
                body["variables"] = {"id": ids[number % len(ids)]}
            begun = time.perf_counter()
            status, answer = await client.req(b"POST", b"/graphql", json.dumps(body).encode())
            times.append(time.perf_counter() - begun)
            if status != 200 or b'"errors"' in answer or answer.count(b'"userName"') != _SHOWN[query]:  # noqa: PLR2004
                raise SystemExit(f"{subject.name} {query}: {status} {answer[:500]!r}")

    before = usage([pid])[0], usage(subject.database_pids)[0]
    await asyncio.gather(*(work() for _ in range(_CLIENTS)))
    spent = usage([pid])[0] - before[0], usage(subject.database_pids)[0] - before[1]
    return Figures(spent[0] / requests * 1e6, spent[1] / requests * 1e6, sorted(times)[int(requests * 0.99)] * 1e3)


def _median(rounds: list[Figures]) -> Figures:
    return Figures(*(median(getattr(one, name) for one in rounds) for name in ("server_us", "database_us", "p99_ms")))


def _print(fill: int, found: dict[str, dict[str, Figures]]) -> None:
    names = list(found)
    print(f"\n{fill:,} stored users: CPU us per request, server + database; p99 ms in brackets; Python {sys.version}")  # noqa: T201
    print(f"{'query':8}{'goal':>6}" + "".join(f"{name:>24}" for name in names))  # noqa: T201
    for query, goal in _GOALS_US.items():
        of_each = {name: found[name][query] for name in names}
        cells = (f"{one.server_us:.0f}+{one.database_us:.0f} [{one.p99_ms:.1f}]" for one in of_each.values())
        print(f"{query:8}{goal:>6}" + "".join(f"{cell:>24}" for cell in cells))  # noqa: T201
        ours = of_each["gatehouse"]
        ratios = (
            f"x{one.server_us / ours.server_us:.1f} (x{(one.server_us + one.database_us) / (ours.server_us + ours.database_us):.1f} in all)"
            for one in of_each.values()
        )
        print(" " * 14 + "".join(f"{ratio:>24}" for ratio in ratios))  # noqa: T201


if __name__ == "__main__":
    main()
