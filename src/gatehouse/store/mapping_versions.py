"""The numbered versions of a tenant's mapping: what it was, who made it so, and why. Versions never change."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from gatehouse.errors import NotFound
from gatehouse.records import Actor, ActorKind, from_microseconds, to_microseconds
from gatehouse.store import database
from gatehouse.store.condition import Parameters
from gatehouse.store.database import Row, Statement

_COLUMNS: Final = (
    "id, tenant_id, number, document, digest, created_at, actor_kind, actor_id, actor_display, message, source, rules"
)


class MappingSource(StrEnum):
    """Where a version came from."""

    INITIAL = "INITIAL"  # what the tenant started with
    UI = "UI"
    API = "API"
    FILE = "FILE"
    ROLLBACK = "ROLLBACK"


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """The whole mapping as it was; ``document`` is its canonical text, ``digest`` the SHA-256 of that in hex.

    ``rules`` is what the document leaves out (:func:`gatehouse.mapping.recorded.rules_text`).
    """

    id: UUID
    tenant_id: UUID
    number: int
    document: str
    digest: str
    created_at: datetime
    actor: Actor
    message: str | None
    source: MappingSource
    rules: str | None = None


def add(version: MappingVersion) -> Statement:
    """The statement that records a version; UniqueViolation when its number is taken."""
    return Statement(
        f"INSERT INTO mapping_version ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        (
            version.id,
            version.tenant_id,
            version.number,
            version.document,
            version.digest,
            to_microseconds(version.created_at),
            str(version.actor.kind),
            version.actor.id,
            version.actor.display,
            version.message,
            str(version.source),
            version.rules,
        ),
    )


async def get(tenant_id: UUID, number: int) -> MappingVersion:
    """One version.

    :raises NotFound: the tenant has no such version.
    """
    found = await find(tenant_id, number)
    if found is None:
        raise NotFound(f"mapping version {number} not found")
    return found


async def find(tenant_id: UUID, number: int) -> MappingVersion | None:
    """One version, if the tenant has it."""
    row = await database.fetch_one(
        f"SELECT {_COLUMNS} FROM mapping_version WHERE tenant_id = $1 AND number = $2",
        tenant_id,
        number,
    )
    return None if row is None else _version(row)


async def find_many(tenant_id: UUID, numbers: Collection[int]) -> list[MappingVersion]:
    """These versions, as far as the tenant has them."""
    parameters = Parameters(tenant_id)
    rows = await database.fetch(
        f"SELECT {_COLUMNS} FROM mapping_version WHERE tenant_id = $1 AND number IN ({parameters.add_all(list(numbers))})",
        *parameters,
    )
    return [_version(row) for row in rows]


async def page(tenant_id: UUID, *, below: int | None = None, limit: int = 25) -> tuple[MappingVersion, ...]:
    """Versions of the tenant, newest first.

    :param below: the number of the last version seen; None starts with the newest.
    """
    condition, parameters = (" AND number < $3", (below,)) if below is not None else ("", ())
    rows = await database.fetch(
        f"SELECT {_COLUMNS} FROM mapping_version WHERE tenant_id = $1{condition} ORDER BY number DESC LIMIT $2",
        tenant_id,
        limit,
        *parameters,
    )
    return tuple(_version(row) for row in rows)


def _version(row: Row) -> MappingVersion:
    return MappingVersion(
        id=database.as_uuid(row["id"]),
        tenant_id=database.as_uuid(row["tenant_id"]),
        number=row["number"],
        document=row["document"],
        digest=row["digest"],
        created_at=from_microseconds(row["created_at"]),
        actor=Actor(
            ActorKind(row["actor_kind"]),
            database.as_uuid(row["actor_id"]) if row["actor_id"] else None,
            row["actor_display"],
        ),
        message=row["message"],
        source=MappingSource(row["source"]),
        rules=row["rules"],
    )
