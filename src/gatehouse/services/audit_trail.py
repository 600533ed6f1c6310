"""Who did what through the admin API, and who tried: the audit trail as far as the viewer's grants reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from gatehouse.errors import NotFound
from gatehouse.records import Change, Origin, Viewer
from gatehouse.services import clock, directory, masking
from gatehouse.services.directory import Condition, Page, PageRequest
from gatehouse.store import audit, tenants
from gatehouse.store.audit import AuditEntry, AuditOutcome
from gatehouse.store.ids import uuid7

__all__ = ["AuditEntry", "AuditOutcome"]

ALL_TENANTS: Final = "*"  # in place of the id of a tenant
FILTER: Final = "filter"  # path of a change that quotes what was searched for


def masked_reason(entry: AuditEntry) -> str | None:
    """Why somebody did something to a person, as told without READ_PII: their own words; why they could not is told by us."""
    if not entry.reason:
        return None
    return (masking.mask if entry.outcome is AuditOutcome.SUCCEEDED else masking.mask_sentence)(entry.reason)


async def entries(viewer: Viewer, request: PageRequest) -> Page[AuditEntry]:
    """Read a page of entries; who sees every tenant also sees what concerns the whole server."""
    return await audit.page(directory.scope(viewer, request.condition, request.sort), request)


async def count(viewer: Viewer, condition: Condition | None) -> int:
    """Count entries. As :func:`entries`."""
    return await audit.count(directory.scope(viewer, condition), condition)


async def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, AuditEntry]:
    """Read entries by id."""
    return await audit.by_ids(directory.visible(viewer), ids)


def is_about_a_person(entry: AuditEntry) -> bool:
    """Whether an entry may name a person, be it in its reason."""
    return entry.target_type == "User" or any(change.path == FILTER for change in entry.changes)


def is_personal(entry: AuditEntry, change: Change) -> bool:
    """Whether a change may name a person: in an entry about one, or in the filter of an export."""
    return entry.target_type == "User" or change.path == FILTER


async def refused(
    viewer: Viewer, origin: Origin, tenant_id: UUID | None, *, action: str, target: tuple[str, UUID | str], reason: str
) -> None:
    """Record that somebody tried what they may not do, with the tenant concerned: its people see it there.

    Nothing is recorded for a tenant that does not exist.

    :param tenant_id: None for what takes a permission in all tenants; those who see every tenant see it.
    :param target: type and id; of what is not there yet, and so has no id, its name, as a slug.
    """
    if tenant_id is not None:
        try:
            await tenants.get(tenant_id)
        except NotFound:
            return
    entry = AuditEntry(
        id=uuid7(),
        tenant_id=tenant_id,
        occurred_at=clock.now(),
        actor=viewer.actor,
        action=action,
        target_type=target[0],
        target_id=str(target[1]),
        request_id=origin.request_id,
        reason=reason,
        outcome=AuditOutcome.DENIED,
    )
    await audit.deny(tenant_id, entry)
