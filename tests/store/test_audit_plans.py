"""What was done to one thing is found in the audit trail by an index, not by reading it."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from tests.fixtures import NOW, new_tenant

from gatehouse.records import Actor, ActorKind
from gatehouse.store import audit
from gatehouse.store.audit import AuditEntry
from gatehouse.store.condition import And, Compare, Parameters, compile_condition
from gatehouse.store.database import Database, execute, fetch, write
from gatehouse.store.ids import uuid7

ADA = Actor(ActorKind.ADMIN, UUID(int=1), "Ada")
TO_USER_7 = And((Compare("targetType", "in", ("User",)), Compare("targetId", "in", (str(UUID(int=7)),))))


async def _fill(tenant_id: UUID) -> None:
    for number in range(1_000):
        entry = AuditEntry(
            uuid7(), tenant_id, NOW, ADA, "userOverrideSet", "User", str(UUID(int=number)), f"r-{number}"
        )
        await write([audit.add(entry)])


@pytest.mark.parametrize("everywhere", [True, False], ids=["every tenant", "one tenant"])
async def test_the_audit_trail_is_searched_by_target(database: Database, everywhere: bool) -> None:
    tenants = [await new_tenant(slug) for slug in ("acme", "other")]
    for tenant in tenants:
        await _fill(tenant.id)
    if database.dialect == "postgres":
        await execute("ANALYZE audit_entry")  # SQLite's planner was told by the migration
    parameters = Parameters() if everywhere else Parameters(tenants[1].id)
    scope = "1 = 1" if everywhere else "a.tenant_id = $1"
    where = compile_condition(TO_USER_7, audit._ENTRIES.fields, parameters)
    explain = "EXPLAIN" if database.dialect == "postgres" else "EXPLAIN QUERY PLAN"

    rows = await fetch(
        f"{explain} SELECT a.id FROM audit_entry a WHERE {scope} AND {where}"
        " ORDER BY a.occurred_at DESC, a.id DESC LIMIT 51",
        *parameters,
    )

    plan = "\n".join(str(row[0] if database.dialect == "postgres" else row[3]) for row in rows)
    assert re.search(r"\bidx_audit_entry_target\b", plan), plan
    assert "TEMP B-TREE" not in plan
