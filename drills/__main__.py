"""``make drills``: run all drills, or those whose names contain a word given as argument; print a table."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from drills import failover, patroni, promptness, service
from drills.evidence import Findings
from drills.service import Pace

_PACE: Final = Pace(people=120)
_Drill = Callable[[], Awaitable[Findings]]
_COLUMNS: Final = (
    ("drill", 43, "<"),
    ("requests", 8, ">"),
    ("failed", 6, ">"),
    ("share", 6, ">"),
    ("acked", 6, ">"),
    ("lost", 4, ">"),
    ("events", 7, ">"),
    ("quarantine", 10, ">"),
    ("down s", 6, ">"),
    ("recovery s", 10, ">"),
    ("settled s", 9, ">"),
    ("slowest s", 9, ">"),
    ("simulate", 8, "<"),
    ("failures", 8, "<"),
)
_TIMES: Final = (
    ("milliseconds", 43, "<"),
    ("times", 5, ">"),
    ("median", 8, ">"),
    ("p95", 8, ">"),
    ("longest", 8, ">"),
    ("promised", 8, ">"),
)


async def _server_killed_postgres() -> Findings:
    with service.postgres_url() as url:
        return await service.server_killed(url, _PACE)


async def _server_killed_sqlite() -> Findings:
    with service.sqlite_url() as url:
        return await service.server_killed(url, _PACE)


async def _server_rolled_postgres() -> Findings:
    with service.postgres_url() as url:
        return await service.server_rolled(url, _PACE)


async def _server_rolled_sqlite() -> Findings:
    with service.sqlite_url() as url:
        return await service.server_rolled(url, _PACE)


async def _servers_rolled_behind_a_proxy() -> Findings:
    patroni.ensure_installed()
    with service.postgres_url() as url:
        return await service.servers_rolled(url, _PACE)


async def _postgres_stopped() -> Findings:
    return await service.postgres_stopped(_PACE, away_s=20)


async def _postgres_frozen() -> Findings:
    return await service.postgres_frozen(_PACE, away_s=15)


_ALONE: Final[tuple[_Drill, ...]] = (
    _server_killed_postgres,
    _server_killed_sqlite,
    _server_rolled_postgres,
    _server_rolled_sqlite,
    _servers_rolled_behind_a_proxy,
    _postgres_stopped,
    _postgres_frozen,
)
_ON_PATRONI: Final = (failover.switched_over, failover.leader_killed, failover.leader_frozen)


def main() -> int:
    """Exit with 1 when a drill is not passed."""
    return asyncio.run(_run(sys.argv[1:]))


async def _run(words: list[str]) -> int:
    code = await _run_drills(words)
    if _is_wanted("promptness", words):
        await _measure()
    return code


async def _measure() -> None:
    """The second table: how long it takes to be refused, and to be ready again."""
    _print("")
    _print("  ".join(f"{title:{align}{width}}" for title, width, align in _TIMES))
    for measure in await promptness.measures():
        _print("  ".join(f"{cell:{align}{width}}" for cell, (_, width, align) in zip(measure.row, _TIMES, strict=True)))


async def _run_drills(words: list[str]) -> int:
    _print("  ".join(f"{title:{align}{width}}" for title, width, align in _COLUMNS))
    faults: list[str] = []
    try:
        async for findings in _all(words):
            _print(_row(findings))
            faults += [f"{findings.name}: {fault}" for fault in findings.faults()]
    except patroni.NotInstalledError as error:
        _print(f"not run: {error}")
    for fault in faults:
        _print(fault)
    return 1 if faults else 0


async def _all(words: list[str]) -> AsyncIterator[Findings]:
    for drill in _ALONE:
        if _is_wanted(drill.__name__, words):
            yield await drill()
    wanted = [drill for drill in _ON_PATRONI if _is_wanted("patroni_" + drill.__name__, words)]
    if wanted:
        patroni.ensure_installed()
        with patroni.cluster() as cluster:
            for on_cluster in wanted:
                yield await on_cluster(cluster, _PACE)


def _is_wanted(name: str, words: list[str]) -> bool:
    return not words or any(word in name for word in words)


def _row(findings: Findings) -> str:
    cells = (
        findings.name,
        f"{findings.requests:,}",
        f"{findings.failures:,}",
        f"{findings.failures / findings.requests:.0%}",
        f"{findings.acknowledged:,}",
        str(len(findings.lost)),
        "exact" if not findings.inexact else "INEXACT",
        "YES" if findings.quarantine else "no",
        f"{findings.down_s:.1f}",
        f"{findings.recovery_s:.1f}",
        f"{findings.settled_s:.1f}",
        f"{findings.slowest_s:.1f}",
        {None: "-", "": "passed"}.get(findings.simulation, "FAILED"),
        findings.kinds,
    )
    return "  ".join(f"{cell:{align}{width}}" for cell, (_, width, align) in zip(cells, _COLUMNS, strict=True)).rstrip()


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
