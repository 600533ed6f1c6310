"""What the database holds in the end, beside what the clients were told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import orjson

from drills.ledger import Fault, Ledger
from drills.load import STEPS
from gatehouse.store.database import Database, fetch

_ALL_TITLES: Final = [f"T{step}" for step in range(STEPS)]
_PEOPLE: Final = (
    "SELECT id, user_name, title, version FROM scim_user"
    " WHERE tenant_id = (SELECT id FROM tenant WHERE slug = 'acme') AND deleted_at IS NULL"
)
_CHANGES: Final = (
    "SELECT resource_id, changes FROM provisioning_event"
    " WHERE tenant_id = (SELECT id FROM tenant WHERE slug = 'acme') AND outcome IN ('success', 'warning')"
    " ORDER BY occurred_at, id"
)
_LONGEST_ANSWER_S: Final = 10  # promise P14


@dataclass(frozen=True, slots=True)
class Findings:
    """The result of one drill; durations in seconds."""

    name: str
    requests: int
    failures: int
    kinds: str
    acknowledged: int
    lost: tuple[str, ...]
    inexact: tuple[str, ...]  # people whose events are not one per version, in order
    improper: tuple[str, ...]
    quarantine: str | None
    down_s: float  # longest time without an acknowledged write
    recovery_s: float  # from the end of the fault to the end of that time
    settled_s: float  # from the end of the fault to the last failure
    slowest_s: float
    logged: tuple[str, ...]  # errors in the server's log
    simulation: str | None  # what `gatehouse simulate` found amiss; None: it did not run

    def faults(self) -> list[str]:
        """Name what must not be; empty: the drill is passed."""
        found = [f"lost: {text}" for text in self.lost]
        found += [f"events: {text}" for text in self.inexact]
        found += [f"answer: {text}" for text in self.improper]
        found += [f"log: {text}" for text in self.logged]
        if self.quarantine is not None:
            found.append(f"quarantine: {self.quarantine}")
        if self.slowest_s > _LONGEST_ANSWER_S:
            found.append(f"an answer took {self.slowest_s:.1f} s")
        if self.simulation:
            found.append(f"simulate: {self.simulation}")
        return found


async def examine(
    name: str, database_url: str, ledger: Ledger, fault: Fault, *, logged: list[str], simulation: str | None
) -> Findings:
    """Compare, once the load has come to its end."""
    stored, events = await _read(database_url)
    began, ended = ledger.longest_gap(fault)
    lost = [
        f"{user_name}: step {step} acknowledged, {stored.get(user_name)} stored"
        for user_name, step in ledger.acknowledged.items()
        if stored.get(user_name) != (f"T{step}", step + 1)
    ]
    inexact = [
        f"{user_name}: version {version}, events {events.get(user_name)}"
        for user_name, (_, version) in stored.items()
        if events.get(user_name) != _ALL_TITLES[:version]
    ]
    return Findings(
        name=name,
        requests=len(ledger.answers),
        failures=len(ledger.failures),
        kinds=ledger.kinds(),
        acknowledged=len(ledger.writes),
        lost=(*ledger.forgotten, *lost),
        inexact=tuple(inexact),
        improper=tuple(ledger.improper()),
        quarantine=ledger.quarantine(),
        down_s=ended - began,
        recovery_s=max(0.0, ended - fault.ended),
        settled_s=max([0.0, *(answer.ended - fault.ended for answer in ledger.failures)]),
        slowest_s=max(answer.ended - answer.began for answer in ledger.answers),
        logged=tuple(logged),
        simulation=simulation,
    )


async def _read(database_url: str) -> tuple[dict[str, tuple[str, int]], dict[str, list[str]]]:
    """Title and version of each person by userName; titles told by each person's successful events, in order."""
    database = await Database.open(database_url)
    try:
        with database.activate():
            people = await fetch(_PEOPLE)
            changes = await fetch(_CHANGES)
    finally:
        await database.close()
    names = {str(row["id"]): row["user_name"] for row in people}
    events: dict[str, list[str]] = {}
    for row in changes:
        titles = [change["after"] for change in orjson.loads(row["changes"]) if change["path"] == "title"] or ["none"]
        events.setdefault(names.get(str(row["resource_id"]), "nobody"), []).extend(titles)
    return {row["user_name"]: (row["title"], row["version"]) for row in people}, events
