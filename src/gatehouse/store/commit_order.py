"""The order in which events and requests became visible, which is not that of their times or ids (ADR 0019).

With several writers an event with an earlier key may be committed later: a reader that remembers the greatest key it has
seen would miss it. ``commit_stamp`` orders rows by the transaction that wrote them, and :func:`horizon` says up to where
that order is final: whoever reads only what lies before the horizon can go on from the last row read, for ever.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from gatehouse.logs import logger
from gatehouse.store import database

COMMITTED: Final = "COMMITTED"  # this order, among those of a list
# PostgreSQL numbers transactions; SQLite lets one write at a time, so whatever is greater than all before is in order
SQLITE_NEXT: Final = (
    "(1 + max(coalesce((SELECT max(commit_stamp) FROM provisioning_event), 0),"
    " coalesce((SELECT max(commit_stamp) FROM request_log), 0)))"
)
_LOG: Final = logger(__name__)

# Of PostgreSQL: no transaction with a smaller number is under way, so no event below will ever come to be visible
_HORIZON: Final = {
    "postgres": "SELECT commit_base() + pg_snapshot_xmin(now)::text::bigint, pg_snapshot_xmin(now) = pg_snapshot_xmax(now)"
    " FROM pg_current_snapshot() now",
    "sqlite": f"SELECT {SQLITE_NEXT}, 1",
}
_GREATEST: Final = (
    "SELECT greatest(max(newest.stamp), (SELECT max(commit_stamp) FROM request_log)) FROM tenant t LEFT JOIN LATERAL ("
    "SELECT commit_stamp AS stamp FROM provisioning_event e WHERE e.tenant_id = t.id ORDER BY commit_stamp DESC LIMIT 1"
    ") newest ON TRUE"
)
_AHEAD: Final = 2**40  # beyond what the original cluster can have given out since the backup

# Which history of transactions the numbers belong to; pg_dump carries the comment along
_KNOWN: Final = "SELECT obj_description('commit_base()'::regprocedure)"
_HERE: Final = (
    "SELECT s.system_identifier || '/' || c.timeline_id FROM pg_control_system() s, pg_control_checkpoint() c"
)


class Horizon(NamedTuple):
    """The stamp below which the order is final: all rows there are visible, and no other will be.

    ``settled``: nobody is writing, so nothing that is committed lies beyond.
    """

    stamp: int
    settled: bool


async def horizon() -> Horizon:
    """Find out up to where one may read.

    :raises Unavailable: the database cannot be asked.
    """
    row = await database.fetch_one(_HORIZON[database.dialect()])
    return Horizon(int(row[0]), bool(row[1])) if row else Horizon(0, settled=False)


async def renew() -> bool:
    """After a restore of PostgreSQL its transactions may count from lower numbers: then begin beyond all stamps.

    Waits for those who write, and lets them wait for a moment.

    :return: whether the numbers belong to another cluster, or to another timeline of it.
    """
    if database.dialect() != "postgres":
        return False
    async with database.transaction():
        known, here = [await database.fetch_one(sql) for sql in (_KNOWN, _HERE)]
        if known and here and known[0] == here[0]:
            return False
        await database.execute("LOCK TABLE provisioning_event, request_log IN SHARE MODE")
        if known and known[0] is not None:
            await _begin_beyond(max(await _greatest(), (await horizon()).stamp) + _AHEAD)
        await database.execute_script(f"COMMENT ON FUNCTION commit_base() IS '{here[0] if here else ''}'")
        return bool(known and known[0] is not None)


async def _greatest() -> int:
    row = await database.fetch_one(_GREATEST)
    return int(row[0]) if row and row[0] is not None else 0


async def _begin_beyond(base: int) -> None:
    await database.execute_script(
        "CREATE OR REPLACE FUNCTION commit_base() RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE"
        f" AS 'SELECT {base}::bigint'"
    )
    _LOG.warning("commit_order_renewed", base=base)
