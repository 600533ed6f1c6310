"""PostgreSQL plans by what the tables hold now, not by what they held before a first cycle."""

from __future__ import annotations

from tests.fixtures import new_tenant
from tests.store.test_filter_sql import insert_many

from gatehouse.store import database, statistics
from gatehouse.store.database import Database, execute
from gatehouse.store.ids import uuid7


async def _add_roles(count: int) -> None:
    tenant = await new_tenant(uuid7().hex)
    rows = [(uuid7(), tenant.id, f"r{n}", f"R{n}", 0) for n in range(count)]
    await insert_many("role", "id, tenant_id, key, name, created_at", rows)


async def _gathered(database_: Database) -> list[str]:
    """The tables gathered, once PostgreSQL has counted what this session did (PostgreSQL manual §28.2.2)."""
    if database_.dialect == "postgres":
        await database.fetch("SELECT pg_stat_force_next_flush()")
    return await statistics.gather()


async def test_a_table_that_doubles_is_looked_at(database: Database) -> None:
    expected = ["public.role"] if database.dialect == "postgres" else []
    await execute("ANALYZE")  # what other tests did counts no more
    await _add_roles(150)
    few = await _gathered(database)
    await _add_roles(150)
    many = await _gathered(database)
    again = await _gathered(database)
    await _add_roles(250)
    less_than_doubled = await _gathered(database)
    await _add_roles(250)
    doubled = await _gathered(database)

    assert [few, many, again, less_than_doubled, doubled] == [[], expected, [], [], expected]
