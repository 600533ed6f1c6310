"""Work to be done after a commit, at once or at a given moment: rows that any process may claim under a lease.

A row is written in the transaction of what makes the work necessary, so that no crash can forget it. Who claims a row has
it until the lease ends; whoever dies meanwhile is followed by another. Work may therefore be begun twice: what must happen
once marks the row done in the batch of its effect (:func:`done`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from gatehouse.records import from_microseconds, to_microseconds
from gatehouse.store import database
from gatehouse.store.condition import Parameters
from gatehouse.store.database import Row, Statement

_FREE: Final = "done_at IS NULL AND (claimed_until IS NULL OR claimed_until <= $1)"
_ADD: Final = (
    "INSERT INTO outbox (id, tenant_id, kind, payload, created_at, available_at, attempts)"
    " VALUES ($1, $2, $3, $4, $5, $6, 0)"
)
_MINE: Final = "id = $1 AND claimed_by = $2 AND done_at IS NULL"


@dataclass(frozen=True, slots=True)
class Work:
    """Something to do; ``attempts`` counts from 1, this one included."""

    id: UUID
    tenant_id: UUID
    kind: str
    payload: dict[str, Any]
    attempts: int


def add(
    work_id: UUID, tenant_id: UUID, kind: str, payload: dict[str, Any], *, due_at: datetime, created_at: datetime
) -> Statement:
    """The statement that remembers work; put it into the batch of what makes it necessary."""
    moments = (to_microseconds(created_at), to_microseconds(due_at))
    return Statement(_ADD, (work_id, tenant_id, kind, orjson.dumps(payload, default=str).decode(), *moments))


def add_once(
    work_id: UUID, tenant_id: UUID, kind: str, payload: dict[str, Any], *, due_at: datetime, created_at: datetime
) -> Statement:
    """As :func:`add`; work with this id that is there already, done or not, stays as it is."""
    added = add(work_id, tenant_id, kind, payload, due_at=due_at, created_at=created_at)
    return added._replace(sql=f"{_ADD} ON CONFLICT (id) DO NOTHING")


def withdraw(tenant_id: UUID, work_id: UUID) -> Statement:
    """The statement that takes work back; no harm if it is done already."""
    return Statement("DELETE FROM outbox WHERE tenant_id = $1 AND id = $2 AND done_at IS NULL", (tenant_id, work_id))


def done(tenant_id: UUID, work_id: UUID, at: datetime) -> Statement:
    """The statement that marks work as done; in the batch of its effect it makes that happen once."""
    sql = "UPDATE outbox SET done_at = $3 WHERE tenant_id = $1 AND id = $2 AND done_at IS NULL"
    return Statement(sql, (tenant_id, work_id, to_microseconds(at)))


async def claim(kinds: Sequence[str], *, worker: str, now: datetime, until: datetime, limit: int) -> list[Work]:
    """Take work that is due and free, the longest due first.

    :param kinds: what the worker knows how to do.
    :param until: the end of the lease.
    """
    parameters = Parameters(to_microseconds(now), worker, to_microseconds(until))
    known = parameters.add_all(kinds)
    skip = " FOR UPDATE SKIP LOCKED" if database.dialect() == "postgres" else ""
    rows = await database.fetch(
        f"WITH due AS (SELECT id AS due_id FROM outbox WHERE {_FREE} AND available_at <= $1 AND kind IN ({known})"
        f" ORDER BY available_at, id LIMIT {parameters.add(limit)}{skip})"
        " UPDATE outbox SET claimed_by = $2, claimed_until = $3, attempts = attempts + 1"
        " WHERE id IN (SELECT due_id FROM due) RETURNING id, tenant_id, kind, payload, attempts, available_at",
        *parameters,
    )
    return [_work(row) for row in sorted(rows, key=lambda row: (row[5], str(row[0])))]


async def next_due(kinds: Sequence[str], *, now: datetime) -> datetime | None:
    """When the next free work is due, perhaps long ago; None when nothing waits.

    What others hold is not looked at: they do it, or their lease ends.
    """
    parameters = Parameters(to_microseconds(now))
    row = await database.fetch_one(
        f"SELECT available_at FROM outbox WHERE {_FREE} AND kind IN ({parameters.add_all(kinds)})"
        " ORDER BY available_at LIMIT 1",
        *parameters,
    )
    return None if row is None else from_microseconds(row[0])


async def extend(work_id: UUID, *, worker: str, until: datetime) -> bool:
    """Prolong a lease; False when it is no longer the worker's."""
    sql = f"UPDATE outbox SET claimed_until = $3 WHERE {_MINE}"
    return await database.execute(sql, work_id, worker, to_microseconds(until)) == 1


async def finish(work_id: UUID, *, worker: str, at: datetime) -> None:
    """Mark work of the worker as done, unless its own batch did."""
    await database.execute(f"UPDATE outbox SET done_at = $3 WHERE {_MINE}", work_id, worker, to_microseconds(at))


async def postpone(work_id: UUID, *, worker: str, until: datetime) -> None:
    """Give work back, to be tried again later."""
    sql = f"UPDATE outbox SET claimed_by = NULL, claimed_until = NULL, available_at = $3 WHERE {_MINE}"
    await database.execute(sql, work_id, worker, to_microseconds(until))


async def forget(*, done_before: datetime) -> None:
    """Delete what was done long ago."""
    await database.execute("DELETE FROM outbox WHERE done_at < $1", to_microseconds(done_before))


def _work(row: Row) -> Work:
    return Work(database.as_uuid(row[0]), database.as_uuid(row[1]), row[2], orjson.loads(row[3]), row[4])
