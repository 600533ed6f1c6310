"""What the database tells about the health of the whole installation; names no person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gatehouse.records import from_microseconds, to_microseconds
from gatehouse.store import database
from gatehouse.store.database import Row

_TOKENS: Final = (
    "SELECT t.slug, MIN(CASE WHEN c.expires_at > $1 THEN c.expires_at END), MAX(c.expires_at), MAX(c.last_used_at),"
    " SUM(CASE WHEN c.expires_at IS NULL THEN 1 ELSE 0 END)"
    " FROM credential c JOIN tenant t ON t.id = c.tenant_id WHERE c.revoked_at IS NULL AND t.status = 'ACTIVE'"
    " GROUP BY t.slug ORDER BY t.slug"
)
_OUTBOX: Final = "SELECT MIN(available_at) FROM outbox WHERE done_at IS NULL"


@dataclass(frozen=True, slots=True)
class TokenVitals:
    """The bearer tokens of one tenant that are not revoked.

    :param expires_at: the first expiry to come; else the last one past; None: one of them lives for ever.
    :param last_used_at: when one was used last.
    """

    slug: str
    expires_at: datetime | None
    last_used_at: datetime | None


async def tokens(at: datetime) -> list[TokenVitals]:
    """The tokens of every active tenant that has any."""
    return [_tokens(row) for row in await database.fetch(_TOKENS, to_microseconds(at))]


async def oldest_undone() -> datetime | None:
    """Since when the oldest row of the outbox could have been done; None: all are done."""
    row = await database.fetch_one(_OUTBOX)
    return _moment(row[0]) if row else None


def _tokens(row: Row) -> TokenVitals:
    slug, first, last, used, eternal = row
    expires_at = first if first is not None or eternal else last
    return TokenVitals(slug, _moment(expires_at), _moment(used))


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_microseconds(value)
