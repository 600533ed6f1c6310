"""Bearer tokens and OAuth clients of tenants: only the SHA-256 of their secrets is stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.errors import NotFound
from gatehouse.records import Credential, CredentialKind, Tenant, from_microseconds, to_microseconds
from gatehouse.store import database, listing, tenants
from gatehouse.store.condition import Parameters
from gatehouse.store.database import Row, Statement

_COLUMNS: Final = (
    "c.id, c.tenant_id, c.label, c.last_four, c.created_at, c.expires_at, c.revoked_at, c.last_used_at, c.kind"
)
_WIDTH: Final = 9
_BY_HASH: Final = (
    f"SELECT {_COLUMNS}, c.token_hash, {tenants.COLUMNS}"
    " FROM credential c JOIN tenant t ON t.id = c.tenant_id WHERE c.token_hash = $1"
)


_NAMES: Final = {CredentialKind.BEARER: "token", CredentialKind.CLIENT: "OAuth client"}


async def by_token_hash(token_hash: str) -> tuple[Credential, str, Tenant] | None:
    """The credential with this SHA-256 (hex), the stored hash, and its tenant."""
    row = await database.fetch_one(_BY_HASH, token_hash)
    if row is None:
        return None
    return _record(row), row[_WIDTH], tenants.record(row, _WIDTH + 1)


async def page(tenant_id: UUID, kind: CredentialKind) -> list[Credential]:
    """Every credential of that kind of the tenant, newest first."""
    return (await pages([tenant_id], kind))[tenant_id]


async def pages(tenant_ids: Sequence[UUID], kind: CredentialKind) -> dict[UUID, list[Credential]]:
    """As :func:`page` for each of these tenants, with one statement."""
    parameters = Parameters(kind)
    rows = await database.fetch(
        f"SELECT {_COLUMNS} FROM credential c WHERE {listing.among('c.tenant_id', tenant_ids, parameters)}"
        " AND c.kind = $1 ORDER BY c.created_at DESC, c.id DESC",
        *parameters,
    )
    found: dict[UUID, list[Credential]] = {tenant_id: [] for tenant_id in tenant_ids}
    for credential in map(_record, rows):
        found[credential.tenant_id].append(credential)
    return found


async def get(tenant_id: UUID, credential_id: UUID) -> Credential:
    """:raises NotFound: unknown, or another tenant's."""
    row = await database.fetch_one(
        f"SELECT {_COLUMNS} FROM credential c WHERE c.tenant_id = $1 AND c.id = $2", tenant_id, credential_id
    )
    if row is None:
        raise NotFound(f"token {credential_id} not found")
    return _record(row)


async def tenant_of(credential_id: UUID) -> UUID | None:
    """The tenant whose credential this is."""
    row = await database.fetch_one("SELECT tenant_id FROM credential WHERE id = $1", credential_id)
    return database.as_uuid(row[0]) if row else None


def end_at(tenant_id: UUID, credential_id: UUID, *, until: datetime, live_at: datetime) -> Statement:
    """The statement that lets a live credential end at that time, or earlier if it would anyway.

    It fails its batch when the credential is not live any more.
    """
    return Statement(
        "UPDATE credential SET expires_at = CASE WHEN expires_at < $3 THEN expires_at ELSE $3 END"
        " WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $4)",
        (tenant_id, credential_id, to_microseconds(until), to_microseconds(live_at)),
        rows=1,
    )


def add(credential: Credential, token_hash: str) -> Statement:
    """The statement that stores a new credential."""
    expires_at = to_microseconds(credential.expires_at) if credential.expires_at else None
    return Statement(
        "INSERT INTO credential (id, tenant_id, label, token_hash, last_four, created_at, expires_at, kind)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        (
            credential.id,
            credential.tenant_id,
            credential.label,
            token_hash,
            credential.last_four,
            to_microseconds(credential.created_at),
            expires_at,
            credential.kind,
        ),
    )


async def revoke(tenant_id: UUID, credential_id: UUID, kind: CredentialKind, *, revoked_at: datetime) -> None:
    """End a credential; revoking it twice keeps the first time.

    :raises NotFound: unknown, of another kind, or another tenant's.
    """
    changed = await database.execute(
        "UPDATE credential SET revoked_at = COALESCE(revoked_at, $3) WHERE tenant_id = $1 AND id = $2 AND kind = $4",
        tenant_id,
        credential_id,
        to_microseconds(revoked_at),
        kind,
    )
    if not changed:
        raise NotFound(f"{_NAMES[kind]} {credential_id} not found")


async def touch(tenant_id: UUID, credential_id: UUID, *, used_at: datetime, not_since: datetime) -> None:
    """Note the use of a credential, unless it was noted after ``not_since``."""
    await database.execute(
        "UPDATE credential SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2"
        " AND (last_used_at IS NULL OR last_used_at < $4)",
        tenant_id,
        credential_id,
        to_microseconds(used_at),
        to_microseconds(not_since),
    )


def _record(row: Row) -> Credential:
    return Credential(
        id=database.as_uuid(row[0]),
        tenant_id=database.as_uuid(row[1]),
        label=row[2],
        last_four=row[3],
        created_at=from_microseconds(row[4]),
        expires_at=_moment(row[5]),
        revoked_at=_moment(row[6]),
        last_used_at=_moment(row[7]),
        kind=CredentialKind(row[8]),
    )


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_microseconds(value)
