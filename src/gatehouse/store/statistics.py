"""What PostgreSQL knows of tables that grow fast.

Autovacuum gathers statistics once a minute. Until then each session goes on with the plans that it made while a table was
next to empty, when every index that begins with the tenant looked as good as the one that leads to the single row: in the
minute of a first cycle, a read or a check of a reference passes over the whole tenant.
"""

from __future__ import annotations

from typing import Final

from gatehouse.store import database

_GROWN: Final = (
    "SELECT quote_ident(s.schemaname) || '.' || quote_ident(s.relname) FROM pg_stat_user_tables s"
    " JOIN pg_class c ON c.oid = s.relid"
    " WHERE s.schemaname = current_schema() AND pg_has_role(c.relowner, 'USAGE')"
    " AND s.n_mod_since_analyze >= $1 AND s.n_mod_since_analyze >= c.reltuples ORDER BY s.relname"
)
_LEAST: Final = 200  # rows: less is read in no time, whatever the plan


async def gather() -> list[str]:
    """Gather the statistics of each table that has at least doubled, or changed as much, since they were gathered last.

    :return: the names of the tables; always none on SQLite, whose planner was told by the migrations.
    :raises Unavailable: the database is away.
    """
    if database.dialect() == "sqlite":
        return []
    grown = [str(row[0]) for row in await database.fetch(_GROWN, _LEAST)]
    for table in grown:
        await database.execute(f"ANALYZE (SKIP_LOCKED) {table}")  # locked: somebody is at it
    return grown
