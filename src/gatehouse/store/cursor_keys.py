"""The secret of each tenant with which its list cursors are sealed; every process that serves the tenant reads the same."""

from __future__ import annotations

from uuid import UUID

from gatehouse.store import database
from gatehouse.store.database import Statement


async def find(tenant_id: UUID) -> str | None:
    """The secret, in hex; None when the tenant has none yet."""
    row = await database.fetch_one("SELECT k.secret FROM cursor_key k WHERE k.tenant_id = $1", tenant_id)
    return None if row is None else str(row[0])


async def add(tenant_id: UUID, secret: str, *, created_at: int) -> None:
    """Give the tenant a secret, unless another process was faster: the first one stays."""
    await database.write(
        [
            Statement(
                "INSERT INTO cursor_key (tenant_id, secret, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                (tenant_id, secret, created_at),
            )
        ]
    )
