"""What is known of the tokens of tenants, as far as the health of their connections goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gatehouse.records import from_microseconds, to_microseconds
from gatehouse.store import database, listing
from gatehouse.store.condition import Parameters

_FOR_EVER = 2**62


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """The tokens and OAuth clients of a tenant.

    :param live: how many are accepted.
    :param last_ends_at: when the last live one ends by itself; None: never, or there is none.
    :param refused_at: when one was tried in vain last.
    """

    live: int = 0
    last_ends_at: datetime | None = None
    refused_at: datetime | None = None


async def tokens(tenant_ids: Sequence[UUID], moment: datetime) -> dict[UUID, TokenFacts]:
    """Read the facts of each of these tenants, in one statement."""
    parameters = Parameters()
    keys, at, ever = (
        listing.id_table(tenant_ids, parameters),
        parameters.add(to_microseconds(moment)),
        parameters.add(_FOR_EVER),
    )
    live = f"FILTER (WHERE c.revoked_at IS NULL AND COALESCE(c.expires_at, {ever}) > {at})"
    rows = await database.fetch(
        f"SELECT c.tenant_id, count(*) {live}, max(COALESCE(c.expires_at, {ever})) {live}, max(r.last_seen_at)"
        f" FROM {keys} k JOIN credential c ON c.tenant_id = k.id"
        " LEFT JOIN rejected_credential r ON r.fingerprint = substr(c.token_hash, 1, 16) GROUP BY c.tenant_id",
        *parameters,
    )
    found = {
        database.as_uuid(row[0]): TokenFacts(
            row[1],
            from_microseconds(row[2]) if row[2] and row[2] < _FOR_EVER else None,
            from_microseconds(row[3]) if row[3] else None,
        )
        for row in rows
    }
    return {tenant_id: found.get(tenant_id, TokenFacts()) for tenant_id in tenant_ids}
