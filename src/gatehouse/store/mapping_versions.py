"""The numbered versions of a tenant's mapping: what it was, who made it so, and why. Versions never change."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from gatehouse.errors import NotFound
from gatehouse.records import Actor, ActorKind, from_microseconds, to_microseconds
from gatehouse.store import database, json_rows, listing
from gatehouse.store.condition import Parameters
from gatehouse.store.database import Row, Statement
from gatehouse.store.json_rows import Columns
from gatehouse.store.keyset import Page, PageRequest, Sort, SortColumn
from gatehouse.store.listing import Listing

_COLUMNS: Final = (
    "id, tenant_id, number, document, digest, created_at, actor_kind, actor_id, actor_display, message, source,"
    " rollback_of, impact, rule_ids"
)


_NUMBERED: Final[Columns] = {"tenant_id": "uuid", "number": "integer"}

Numbered = tuple[UUID, int]  # a tenant's id, and the number of one of its versions


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

    ``impact`` is JSON text of whom the change reached, ``rule_ids`` of what :mod:`gatehouse.mapping.snapshot` keeps.
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
    rollback_of: int | None = None
    impact: str = "{}"
    rule_ids: str = "{}"


def add(version: MappingVersion) -> Statement:
    """The statement that records a version; UniqueViolation when its number is taken."""
    return Statement(
        f"INSERT INTO mapping_version ({_COLUMNS}) VALUES ({', '.join(f'${n}' for n in range(1, 15))})",
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
            version.rollback_of,
            version.impact,
            version.rule_ids,
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


async def newest(tenant_id: UUID, limit: int) -> tuple[MappingVersion, ...]:
    """The latest versions of the tenant, newest first."""
    return (await page(tenant_id, PageRequest(limit, NEWEST_FIRST))).rows


async def page(tenant_id: UUID, request: PageRequest) -> Page[MappingVersion]:
    """A page of the versions of the tenant."""
    return await listing.page_in(_VERSIONS, frozenset({tenant_id}), request)


async def pages(tenant_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[MappingVersion]]:
    """The same page of the versions of each of these tenants."""
    return await listing.pages_of(_VERSIONS, tenant_ids, request)


async def counts(tenant_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many versions of each of these tenants are recorded."""
    return await listing.counts_of(_VERSIONS, tenant_ids)


async def by_numbers(tenant_ids: Sequence[UUID], numbers: Sequence[int]) -> dict[Numbered, MappingVersion]:
    """The versions with these numbers, each of the tenant in the same place, as far as they are recorded."""
    rows = await database.fetch(
        f"SELECT {', '.join(_VERSIONS.columns)} FROM {json_rows.table('$1', _NUMBERED)} w"
        " JOIN mapping_version v ON v.tenant_id = w.tenant_id AND v.number = w.number",
        json_rows.parameter(_NUMBERED, zip(tenant_ids, numbers, strict=True)),
    )
    return {(version.tenant_id, version.number): version for version in map(_version, rows)}


async def by_ids(tenant_ids: frozenset[UUID] | None, ids: Sequence[UUID]) -> dict[UUID, MappingVersion]:
    """The versions with these ids, as far as they are of these tenants; None means every tenant."""
    parameters = Parameters()
    rows = await database.fetch(
        f"SELECT {_COLUMNS} FROM mapping_version WHERE {listing.among('id', ids, parameters)}", *parameters
    )
    found = map(_version, rows)
    return {version.id: version for version in found if tenant_ids is None or version.tenant_id in tenant_ids}


def _version(row: Row) -> MappingVersion:
    return MappingVersion(
        id=database.as_uuid(row[0]),
        tenant_id=database.as_uuid(row[1]),
        number=row[2],
        document=row[3],
        digest=row[4],
        created_at=from_microseconds(row[5]),
        actor=Actor(ActorKind(row[6]), database.as_uuid(row[7]) if row[7] else None, row[8]),
        message=row[9],
        source=MappingSource(row[10]),
        rollback_of=row[11],
        impact=row[12],
        rule_ids=row[13],
    )


NEWEST_FIRST: Final = (Sort("NUMBER", descending=True),)
_VERSIONS: Final = Listing(
    table="mapping_version",
    alias="v",
    columns=tuple(f"v.{name}" for name in _COLUMNS.split(", ")),
    record=_version,
    fields={},
    sorts={"NUMBER": SortColumn("v.number", int, greatest=2**31 - 1)},
)
