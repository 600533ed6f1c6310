"""What people look for in the request log is found by an index, not by reading it."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from tests.fixtures import NOW, new_tenant

from gatehouse.records import ScimOperation, to_microseconds
from gatehouse.store import request_log, scim_requests
from gatehouse.store.condition import Compare, Condition, Parameters, compile_condition
from gatehouse.store.database import Database, execute, fetch
from gatehouse.store.ids import uuid7
from gatehouse.store.request_log import Entry

PLANS: list[tuple[Condition, str]] = [
    (Compare("requestId", "eq", "request-7"), "idx_request_log_request"),
    (Compare("correlationId", "eq", "entra-7"), "idx_request_log_correlation"),
    (Compare("resourceId", "in", (UUID(int=7),)), "idx_request_log_resource"),
    (Compare("statusClass", "in", ("4", "5")), "idx_request_log_trouble"),
]


async def _fill(tenant_id: UUID) -> None:
    entries = [
        Entry(
            id=uuid7(),
            tenant_id=tenant_id,
            credential_id=None,
            received_at=to_microseconds(NOW + timedelta(seconds=number)),
            method="GET",
            path="/Users/{id}",
            operation=ScimOperation.READ_USER,
            status=404 if number % 200 == 0 else 200,
            scim_type=None,
            detail=None,
            duration_us=1_000,
            request_id=f"request-{number}",
            correlation_id=f"entra-{number}",
            ip=None,
            user_agent=None,
            resource_id=UUID(int=number),
            body=None,
        )
        for number in range(2_000)
    ]
    await request_log.add_many(entries)


async def _plan(scope: str, parameters: Parameters, condition: Condition, database: Database) -> str:
    where = compile_condition(condition, scim_requests.REQUESTS.fields, parameters)
    explain = "EXPLAIN" if database.dialect == "postgres" else "EXPLAIN QUERY PLAN"
    rows = await fetch(
        f"{explain} SELECT q.id FROM request_log q WHERE {scope} AND {where}"
        " ORDER BY q.received_at DESC, q.id DESC LIMIT 51",
        *parameters,
    )
    return "\n".join(str(row[0] if database.dialect == "postgres" else row[3]) for row in rows)


async def test_the_request_log_is_searched_by_index(database: Database) -> None:
    tenants = [await new_tenant(slug) for slug in ("acme", "other")]
    for tenant in tenants:
        await _fill(tenant.id)
    if database.dialect == "postgres":
        await execute("ANALYZE request_log")  # SQLite's planner was told by the migration

    for condition, index in PLANS:
        found = await _plan("q.tenant_id = $1", Parameters(tenants[1].id), condition, database)
        assert re.search(rf"\b{index}\b", found), (condition, found)
    for condition, index in PLANS[:2]:
        found = await _plan("1 = 1", Parameters(), condition, database)
        assert re.search(rf"\b{index}\b", found), (condition, found)
    newest = await _plan("1 = 1", Parameters(), Compare("status", "gte", 100), database)
    assert "idx_request_log_received_at" in newest
    assert "TEMP B-TREE" not in newest
