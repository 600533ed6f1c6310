"""Users are counted by what they have with an index, however many tenants are asked about: no table is read through."""

from __future__ import annotations

import re

import pytest
from tests.fixtures import new_employee_group, new_role, new_tenant, new_user

from gatehouse.store import holders
from gatehouse.store.database import Database, execute, fetch

INDEX = {"roles": "idx_scim_user_role", "groups": "idx_user_employee_group_group"}


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # PostgreSQL goes by what is in its tables
@pytest.mark.parametrize("tenants", [1, 2, 30])
@pytest.mark.parametrize("held", list(INDEX))
async def test_holders_are_found_by_index(database: Database, held: str, tenants: int) -> None:
    asked = []
    for number in range(tenants):
        tenant = await new_tenant(f"tenant-{number}")
        role, group = await new_role(tenant.id, "agent"), await new_employee_group(tenant.id, "north")
        user = await new_user(tenant.id, "ada", role_id=role.id)
        await execute(
            "INSERT INTO user_employee_group (user_id, employee_group_id, tenant_id) VALUES ($1, $2, $3)",
            *(user.id, group.id, tenant.id),
        )
        asked.append((tenant.id, role.id if held == "roles" else group.id))
    seen: list[str] = []
    database._engine._reader.set_trace_callback(seen.append)  # type: ignore[union-attr]

    count = holders.of_roles if held == "roles" else holders.of_employee_groups
    found = await count([tenant_id for tenant_id, _ in asked], [held_id for _, held_id in asked])

    database._engine._reader.set_trace_callback(None)  # type: ignore[union-attr]
    assert found == {held_id: 1 for _, held_id in asked}
    [statement] = [text for text in seen if "count(*)" in text]
    plan = [row[3] for row in await fetch(f"EXPLAIN QUERY PLAN {statement}")]
    assert any(INDEX[held] in step for step in plan), plan
    assert not [step for step in plan if re.match(r"SCAN (?!json_each)", step)], plan
