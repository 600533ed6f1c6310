"""What the database tells about the health of the whole installation; names no person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tortoise.exceptions import OperationalError

from gatehouse.errors import Unavailable
from gatehouse.records import from_microseconds, to_microseconds
from gatehouse.store import database, migrate
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
    """The tokens of every active tenant that has any.

    :raises Unavailable: the database is away, or not up to date.
    """
    return [_tokens(row) for row in await _fetch(_TOKENS, to_microseconds(at))]


async def oldest_undone() -> datetime | None:
    """Since when the oldest row of the outbox could have been done; None: all are done.

    :raises Unavailable: as :func:`tokens`.
    """
    (row,) = await _fetch(_OUTBOX)
    return _moment(row[0])


async def _fetch(sql: str, *parameters: object) -> list[Row]:
    try:
        return await database.fetch(sql, *parameters)
    except OperationalError as error:
        if await migrate.is_behind():
            raise Unavailable("the database is not up to date") from error
        raise


def _tokens(row: Row) -> TokenVitals:
    slug, first, last, used, eternal = row
    expires_at = first if first is not None or eternal else last
    return TokenVitals(slug, _moment(expires_at), _moment(used))


def _moment(value: int | None) -> datetime | None:
    return None if value is None else from_microseconds(value)
