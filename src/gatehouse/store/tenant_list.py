"""Tenants as the admin API lists them.

Every function takes the tenants in sight first (None: all of them).
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final
from uuid import UUID

from gatehouse.records import Tenant, to_microseconds
from gatehouse.store import database, listing, settled, tenants as tenant_rows
from gatehouse.store.condition import Condition, Field, Parameters, Value, column, compares, text
from gatehouse.store.database import Dialect
from gatehouse.store.keyset import Page, PageRequest, SortColumn
from gatehouse.store.listing import Listing
from gatehouse.store.unmapped_values import IGNORED

Tenants = frozenset[UUID] | None
_HOLDERS: Final = "user_unmapped_value"


def _has_unmapped_values(rows: str) -> Field:
    def compiled(_operator: str, value: Value, parameters: Parameters) -> str:
        now = parameters.add(to_microseconds(datetime.now(UTC)))
        found = (
            f"SELECT 1 FROM {rows} h JOIN unmapped_value v"
            " ON v.tenant_id = h.tenant_id AND v.kind = h.kind AND v.value_key = h.value_key"
            f" WHERE h.tenant_id = t.id AND h.held = TRUE AND NOT ({IGNORED.format(now)})"
        )
        return f"{'EXISTS' if value else 'NOT EXISTS'} ({found})"

    return compiled


@lru_cache(maxsize=4)
def _tenants(dialect: Dialect, rows: str) -> Listing[Tenant]:
    """:param rows: of the values without a rule that users have."""
    slug = "t.slug" if dialect == "sqlite" else 't.slug COLLATE "C"'
    return Listing(
        table="tenant",
        alias="t",
        columns=tuple(tenant_rows.COLUMNS.split(", ")),
        record=tenant_rows.record,
        fields={
            "id": column("t.id"),
            "slug": text(slug),
            "name": text("t.name_key"),
            "status": column("t.status"),
            "createdAt": column("t.created_at"),
            "hasUnmappedValues": _has_unmapped_values(rows),
        },
        sorts={
            "SLUG": SortColumn(slug, str),
            "NAME": SortColumn("t.name_key", str),
            "CREATED_AT": SortColumn("t.created_at", int),
        },
    )


async def _tenants_by(condition: Condition | None) -> Listing[Tenant]:
    asked = condition is not None and any(compare.field == "hasUnmappedValues" for compare in compares(condition))
    return _tenants(database.dialect(), await settled.rows(None, _HOLDERS) if asked else _HOLDERS)


async def page(tenant_ids: Tenants, request: PageRequest) -> Page[Tenant]:
    """A page of these tenants."""
    parameters = Parameters()
    return await listing.page(await _tenants_by(request.condition), _among(tenant_ids, parameters), parameters, request)


async def count(tenant_ids: Tenants, condition: Condition | None) -> int:
    """How many of these tenants match."""
    parameters = Parameters()
    scope = _among(tenant_ids, parameters)
    return await listing.count(await _tenants_by(condition), scope, parameters, condition)


async def ids(tenant_ids: Tenants) -> list[UUID]:
    """Their ids, one by one."""
    if tenant_ids is not None:
        return sorted(tenant_ids)
    return [database.as_uuid(row[0]) for row in await database.fetch("SELECT id FROM tenant")]


def _among(tenant_ids: Tenants, parameters: Parameters) -> str:
    if tenant_ids is None:
        return "1 = 1"
    return listing.among("t.id", sorted(tenant_ids), parameters)
