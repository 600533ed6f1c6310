"""How the users of a list fall apart: by status, role, group and so on, as far as the viewer's grants reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from gatehouse.records import Viewer
from gatehouse.services import directory, overrides
from gatehouse.services.directory import And, Compare, Condition
from gatehouse.store import facets
from gatehouse.store.facets import Count, FacetField

__all__ = ["MAX_VALUES", "Count", "FacetField"]

MAX_VALUES: Final = 100
_OF_ACCESS: Final = frozenset({FacetField.ROLE, FacetField.GROUP, FacetField.ROLE_OUTCOME})


async def counts(viewer: Viewer, field: FacetField, condition: Condition | None, *, limit: int) -> list[Count]:
    """Count the users that a list would show, by a property; the most frequent values first.

    :raises Forbidden: as :func:`gatehouse.services.directory.scope`.
    """
    tenant_ids = directory.scope(viewer, condition)
    await _settle(tenant_ids, field)
    return await facets.counts(tenant_ids, field, condition, limit=limit)


async def counts_of(
    viewer: Viewer, tenant_ids: Sequence[UUID], field: FacetField, condition: Condition | None, *, limit: int
) -> dict[UUID, list[Count]]:
    """Count the users of each of several tenants in sight by itself.

    :raises Forbidden: as :func:`gatehouse.services.directory.scope`.
    """
    within = Compare("tenantId", "in", tuple(tenant_ids))
    directory.scope(viewer, within if condition is None else And((within, condition)))
    await _settle(frozenset(tenant_ids), field)
    return await facets.counts_of(tenant_ids, field, condition, limit=limit)


async def _settle(tenant_ids: directory.Tenants, field: FacetField) -> None:
    """Let overrides end whose time is over, before access is counted."""
    if field in _OF_ACCESS:
        await overrides.end_due(tenant_ids)
