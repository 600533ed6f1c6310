"""What people look for in the history is found by an index, not by reading it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest
from tests.fixtures import NOW_US, new_tenant

from gatehouse.store import listing, timeline
from gatehouse.store.condition import Compare, Parameters, compile_condition
from gatehouse.store.cycles import cycle_key
from gatehouse.store.database import Database, as_uuid, execute, execute_many, fetch, transaction
from gatehouse.store.ids import uuid7
from gatehouse.store.keyset import PageRequest

COLUMNS = (
    "id, tenant_id, occurred_at, resource_kind, resource_id, resource_name, action, outcome, actor_kind, actor_display,"
    " request_id, correlation_id, changes, error_code"
)
PLANS = [
    (Compare("requestId", "eq", "request-7"), "idx_provisioning_event_request"),
    (Compare("requestId", "startsWith", "request-77"), "idx_provisioning_event_request"),
    (Compare("correlationId", "eq", "entra-7"), "idx_provisioning_event_correlation"),
    (Compare("correlationId", "in", ("entra-7", "entra-8")), "idx_provisioning_event_correlation"),
    (Compare("resourceName", "eq", "user7@example.com"), "idx_provisioning_event_resource_name"),
    (Compare("outcome", "in", ("failure", "warning")), "idx_provisioning_event_trouble"),
    (Compare("errorCode", "eq", "EntryConflict"), "idx_provisioning_event_error_code"),
    (Compare("resourceId", "in", (UUID(int=7),)), "idx_provisioning_event_resource"),
]


async def _fill(tenant_id: UUID) -> None:
    rows: Sequence[tuple[object, ...]] = [
        (
            *(uuid7(), tenant_id, NOW_US + n, "USER", UUID(int=n), f"user{n}@example.com", "UPDATE"),
            *("failure" if n % 200 == 0 else "success", "SYSTEM", "Gatehouse", f"request-{n}", f"entra-{n}", "[]"),
            "EntryConflict" if n % 400 == 0 else None,
        )
        for n in range(2_000)
    ]
    places = ", ".join(f"${number}" for number in range(1, len(rows[0]) + 1))
    await execute_many(f"INSERT INTO provisioning_event ({COLUMNS}) VALUES ({places})", rows)


async def _plan(tenant_id: UUID, condition: Compare, database: Database) -> str:
    """How the database finds the newest events that match."""
    parameters = Parameters(tenant_id)
    where = compile_condition(condition, timeline.EVENTS.fields, parameters)
    explain = "EXPLAIN" if database.dialect == "postgres" else "EXPLAIN QUERY PLAN"
    rows = await fetch(
        f"{explain} SELECT {', '.join(timeline.EVENTS.columns)} FROM provisioning_event e"
        f" WHERE e.tenant_id = $1 AND {where} ORDER BY e.occurred_at DESC, e.id DESC LIMIT 51",
        *parameters,
    )
    return "\n".join(str(row[0] if database.dialect == "postgres" else row[3]) for row in rows)


async def test_a_cycle_is_a_range_of_the_index(database: Database) -> None:
    tenant = await new_tenant()
    await _fill(tenant.id)
    if database.dialect == "postgres":
        await execute("ANALYZE provisioning_event")

    found = await _plan(tenant.id, Compare("cycle", "in", (cycle_key(tenant.id, NOW_US),)), database)

    assert re.search(r"\bidx_provisioning_event_occurred_at\b.*occurred_at\s?[<>]", found, re.DOTALL), found
    if database.dialect == "sqlite":  # PostgreSQL does not show how it looks for the end
        assert "idx_request_log_tenant" in found, found
    assert not re.search(r"SCAN (e|r)\b|Seq Scan|CORRELATED SCALAR SUBQUERY 1", found), found


async def test_the_history_is_searched_by_index(database: Database) -> None:
    tenants = [await new_tenant(slug) for slug in ("acme", "other")]
    for tenant in tenants:
        await _fill(tenant.id)
    if database.dialect == "postgres":
        await execute("ANALYZE provisioning_event")  # SQLite's planner was told by the migration

    for condition, index in PLANS:
        found = await _plan(tenants[1].id, condition, database)
        assert re.search(rf"\b{index}\b", found), (condition, found)
        assert not re.search(r"_occurred_at|SCAN|Seq Scan", found), (condition, found)


@pytest.mark.parametrize("how_many", [1, 3])
async def test_rows_are_found_by_id(database: Database, how_many: int) -> None:
    tenant = await new_tenant()
    await _fill(tenant.id)
    if database.dialect == "postgres":
        await execute("ANALYZE provisioning_event")
    ids = [as_uuid(row[0]) for row in await fetch("SELECT id FROM provisioning_event LIMIT $1", how_many)]

    parameters = Parameters()
    where = listing.among("e.id", ids, parameters)
    statement = f"SELECT e.id FROM provisioning_event e WHERE {where}"
    explain = "EXPLAIN" if database.dialect == "postgres" else "EXPLAIN QUERY PLAN"
    rows = await fetch(f"{explain} {statement}", *parameters)
    plan = "\n".join(str(row[0] if database.dialect == "postgres" else row[3]) for row in rows)

    assert not re.search(r"SCAN e\b|Seq Scan|Hash", plan), plan
    assert {as_uuid(row[0]) for row in await fetch(statement, *parameters)} == set(ids)


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
@pytest.mark.parametrize("limit", [4, 20, 99])
async def test_a_page_is_planned_once(database: Database, limit: int) -> None:
    """SQLite plans a statement once anyway, when it is prepared."""
    tenant = await new_tenant()
    await _fill(tenant.id)
    await execute("ANALYZE provisioning_event")
    listed = replace(timeline.EVENTS, record=lambda row: row[0])

    async with transaction():  # all on one connection, which tells of itself only
        for _ in range(10):
            page = await listing.page_in(listed, None, PageRequest(limit, timeline.NEWEST_FIRST))
        found = await fetch(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%FROM provisioning_event e%'"
            " AND statement NOT LIKE '%pg_prepared%'"
        )

    assert len(page.rows) == limit
    assert [tuple(row) for row in found] == [(10, 0)]


@pytest.mark.parametrize("operator", ["eq", "ne", "contains", "startsWith"])
@pytest.mark.parametrize("field", ["requestId", "correlationId", "errorCode", "resourceName"])
async def test_texts_of_events_take_every_comparison(database: Database, field: str, operator: str) -> None:
    tenant = await new_tenant()
    await _fill(tenant.id)

    count = await timeline.count_events(frozenset({tenant.id}), Compare(field, operator, "no such text"))

    assert count == (2_000 if operator == "ne" else 0)
