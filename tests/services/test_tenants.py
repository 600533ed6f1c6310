"""Changing a tenant: what is stored and recorded, and what is refused and leaves everything as it was."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
import pytest
from tests.fixtures import new_tenant
from tests.world import ORIGIN, TESTER

from gatehouse.errors import AlreadyExists, GatehouseError, InvalidValue, NotFound, StaleVersion
from gatehouse.records import Change, ScimMode, Tenant, UnknownAttributes
from gatehouse.services import tenants
from gatehouse.services.reasons import because
from gatehouse.services.tenants import TenantChange
from gatehouse.store.database import Database, fetch


async def _update(
    tenant: Tenant, *, expected_version: int | None = None, reason: str | None = None, **given: Any
) -> TenantChange:
    origin = because(ORIGIN, reason)
    return await tenants.update(TESTER, origin, tenant.id, expected_version=expected_version, **given)


async def _audit() -> list[tuple[Any, ...]]:
    rows = await fetch(
        "SELECT action, target_id, changes, reason, actor_display, request_id FROM audit_entry ORDER BY id"
    )
    return [(row[0], str(row[1]), orjson.loads(row[2]), *tuple(row)[3:]) for row in rows]


async def test_everything_at_once(database: Database) -> None:
    tenant, other = await new_tenant(), await new_tenant("umbrella")

    changed = await _update(
        tenant,
        expected_version=1,
        name=" Acme Inc ",
        scim_mode=ScimMode.STRICT,
        unknown_attributes=UnknownAttributes.REJECT,
        event_retention_days=90,
        request_retention_days=7,
        reason=" asked for by Kim ",
    )

    assert changed.changes == (
        Change("name", "Acme", "Acme Inc"),
        Change("settings.scimMode", "ENTRA", "STRICT"),
        Change("settings.unknownAttributes", "IGNORE", "REJECT"),
        Change("settings.eventRetentionDays", 400, 90),
        Change("settings.requestRetentionDays", 30, 7),
    )
    stored = await tenants.get(tenant.id)
    assert stored == changed.tenant
    assert stored == replace(
        tenant,
        name="Acme Inc",
        scim_mode=ScimMode.STRICT,
        unknown_attributes=UnknownAttributes.REJECT,
        event_retention_days=90,
        request_retention_days=7,
        version=2,
        updated_at=stored.updated_at,
    )
    assert stored.updated_at > tenant.updated_at
    assert await tenants.get(other.id) == other
    told = [{"path": c.path, "before": c.before, "after": c.after} for c in changed.changes]
    assert await _audit() == [("tenantUpdate", str(tenant.id), told, "asked for by Kim", "test", "test-request")]


@pytest.mark.parametrize("given", [{}, {"name": "Acme"}, {"scim_mode": ScimMode.ENTRA}])
async def test_what_changes_nothing_is_not_recorded(database: Database, given: dict[str, Any]) -> None:
    tenant = await new_tenant()

    changed = await _update(tenant, expected_version=1, **given)

    assert (changed.tenant, changed.changes) == (tenant, ())
    assert await tenants.get(tenant.id) == tenant
    assert await _audit() == []


async def test_a_dry_run_tells_and_changes_nothing(database: Database) -> None:
    tenant = await new_tenant()

    changed = await _update(tenant, scim_mode=ScimMode.STRICT, dry_run=True)

    assert changed == TenantChange(tenant, (Change("settings.scimMode", "ENTRA", "STRICT"),), dry_run=True)
    assert await tenants.get(tenant.id) == tenant
    assert await _audit() == []


@pytest.mark.parametrize(
    ("_case", "given", "error", "path"),
    [
        ("stale version", {"expected_version": 2, "name": "New"}, StaleVersion, "expectedVersion"),
        ("stale version, no change", {"expected_version": 2}, StaleVersion, "expectedVersion"),
        ("blank name", {"name": "  "}, InvalidValue, "name"),
        ("long name", {"name": "x" * 201}, InvalidValue, "name"),
        ("unprintable name", {"name": "a\0b"}, InvalidValue, "name"),
        ("too few days", {"event_retention_days": 29}, InvalidValue, "settings.eventRetentionDays"),
        ("too many days", {"event_retention_days": 3_651}, InvalidValue, "settings.eventRetentionDays"),
        ("no day", {"request_retention_days": 0}, InvalidValue, "settings.requestRetentionDays"),
    ],
)
async def test_refusals_change_nothing(
    database: Database, _case: str, given: dict[str, Any], error: type[GatehouseError], path: str
) -> None:
    tenant = await new_tenant()

    with pytest.raises(error) as refused:
        await _update(tenant, **given)

    assert refused.value.path == path
    assert await tenants.get(tenant.id) == tenant
    assert await _audit() == []


async def test_an_unknown_tenant_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound):
        await tenants.update(TESTER, ORIGIN, UUID(int=1), expected_version=None, name="New")


async def test_of_those_who_saw_the_same_version_one_wins(database: Database) -> None:
    tenant = await new_tenant()

    results = await asyncio.gather(
        *(_update(tenant, expected_version=1, name=f"Name {n}") for n in range(8)), return_exceptions=True
    )

    won = [result for result in results if isinstance(result, TenantChange)]
    assert [type(result) for result in results].count(StaleVersion) == 7
    assert [await tenants.get(tenant.id)] == [change.tenant for change in won]
    assert len(await _audit()) == 1


async def test_those_who_do_not_care_for_the_version_all_get_through(database: Database) -> None:
    tenant = await new_tenant()

    await asyncio.gather(
        _update(tenant, name="New"),
        _update(tenant, scim_mode=ScimMode.STRICT),
        _update(tenant, unknown_attributes=UnknownAttributes.REJECT),
    )

    stored = await tenants.get(tenant.id)
    assert (stored.name, stored.scim_mode, stored.unknown_attributes, stored.version) == (
        "New",
        ScimMode.STRICT,
        UnknownAttributes.REJECT,
        4,
    )
    assert len(await _audit()) == 3


async def test_a_new_tenant_needs_a_name_that_can_be_shown(database: Database) -> None:
    await tenants.create("acme", name="Acme", actor=TESTER, origin=ORIGIN)

    with pytest.raises(AlreadyExists):
        await tenants.create("acme", name="Acme", actor=TESTER, origin=ORIGIN)
    with pytest.raises(InvalidValue):
        await tenants.create("other", name="a\u202eb", actor=TESTER, origin=ORIGIN)
    assert [tenant.slug for tenant in await tenants.list_all()] == ["acme"]
