"""The access that users had before: one row for each state that ended, written with what ended it.

The row of the user holds the state of now, and since when; so a user whose access never changed has no row here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gatehouse.records import UserRecord, from_microseconds, to_microseconds
from gatehouse.store import database, listing
from gatehouse.store.condition import Parameters
from gatehouse.store.database import Statement

_INSERT: Final = (
    "INSERT INTO access_history (tenant_id, user_id, until, since, active, mapping_version, access)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)"
)
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PastAccess:
    """What a user had from ``since`` on, until something changed."""

    since: datetime
    active: bool
    mapping_version: int
    access: str  # JSON text of mapping.resolve.Access


def following(since: datetime, moment: datetime) -> datetime:
    """When a state that began at ``since`` gives way to the next one: never before it began, whatever the clock does."""
    return max(moment, since + _TICK)


def add(before: UserRecord, *, until: datetime) -> Statement:
    """The statement that keeps the state that ends; put it into the batch of what ends it."""
    return Statement(
        _INSERT,
        (
            before.tenant_id,
            before.id,
            to_microseconds(until),
            to_microseconds(before.access_since),
            before.active,
            before.mapping_version,
            before.access,
        ),
    )


async def at(user_ids: Sequence[UUID], moment: datetime) -> dict[UUID, PastAccess]:
    """What these users had at a moment, as far as it was something else than now, and is recorded."""
    parameters = Parameters()
    users = listing.id_table(user_ids, parameters)
    then = parameters.add(to_microseconds(moment))
    rows = await database.fetch(
        "SELECT h.user_id, h.since, h.active, h.mapping_version, h.access"
        f" FROM {users} g JOIN scim_user o ON o.id = g.id JOIN access_history h"
        f" ON h.tenant_id = o.tenant_id AND h.user_id = o.id AND h.until > {then} AND h.since <= {then}",
        *parameters,
    )
    return {
        database.as_uuid(row[0]): PastAccess(from_microseconds(row[1]), bool(row[2]), row[3], row[4]) for row in rows
    }
