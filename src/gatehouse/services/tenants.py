"""Tenants: creating, finding and changing them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypedDict, Unpack
from uuid import UUID

from gatehouse.errors import AlreadyExists, InvalidValue, StaleVersion, Unavailable
from gatehouse.records import Actor, Change, Origin, ScimMode, Tenant, TenantStatus, UnknownAttributes
from gatehouse.services import idempotency
from gatehouse.services.clock import now
from gatehouse.services.idempotency import Intent
from gatehouse.store import audit, database, tenants
from gatehouse.store.database import Statement, UniqueViolation
from gatehouse.store.ids import uuid7

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
MAX_SLUG: Final = 63
EVENT_DAYS: Final = range(30, 3_651)
REQUEST_DAYS: Final = range(1, 401)
_MAX_NAME: Final = 200
_MAX_DELIMITER: Final = 8
_ATTEMPTS: Final = 5


class TenantChanges(TypedDict, total=False):
    """What to change; the rest stays."""

    name: str
    scim_mode: ScimMode
    unknown_attributes: UnknownAttributes
    event_retention_days: int
    request_retention_days: int


@dataclass(frozen=True, slots=True)
class TenantChange:
    """What came of it: the tenant as it is now, and what changed or, after a dry run, would have changed."""

    tenant: Tenant
    changes: tuple[Change, ...]
    dry_run: bool


async def create(
    slug: str,
    *,
    name: str,
    actor: Actor,
    origin: Origin,
    delimiter: str = "-",
    wanted: Intent | None = None,
) -> Tenant:
    """A new tenant without rules: whatever arrives is stored, nobody gets a role.

    The same intent again gives the same tenant, as it is by then.

    :param delimiter: splits ``userType`` into segments; 1 to 8 characters, taken literally.
    :raises InvalidValue: slug, name or delimiter do not fit.
    :raises AlreadyExists: the slug is taken.
    :raises IdempotencyMismatch: the intent's key came with another request before.
    """
    _check_slug(slug)
    _check_name(name)
    _check_delimiter(delimiter)
    tenant = _new(slug, name.strip())
    entry = audit.act(
        "tenantCreate",
        ("Tenant", tenant.id),
        tenant.id,
        actor=actor,
        origin=origin,
        at=tenant.created_at,
        changes=(
            Change("slug", None, slug),
            Change("name", None, tenant.name),
            Change("mapping.settings.delimiter", None, delimiter),
        ),
    )

    async def act(note: Sequence[Statement]) -> Tenant:
        await database.write([tenants.add(tenant, delimiter=delimiter), entry, *note])
        return tenant

    try:
        return await idempotency.once(wanted, tenant.id, act, tenants.get)
    except UniqueViolation:
        raise AlreadyExists(f"a tenant {slug!r} exists", path="slug") from None


async def by_slug(slug: str) -> Tenant:
    """:raises NotFound: no such tenant."""
    return await tenants.by_slug(slug)


async def get(tenant_id: UUID) -> Tenant:
    """:raises NotFound: no such tenant."""
    return await tenants.get(tenant_id)


async def list_all() -> list[Tenant]:
    """Every tenant, by slug."""
    return await tenants.list_all()


async def update(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    *,
    expected_version: int | None,
    dry_run: bool = False,
    wanted: Intent | None = None,
    **changes: Unpack[TenantChanges],
) -> TenantChange:
    """Rename a tenant, or change how closely its SCIM clients are held to the RFCs, or how long its history is kept.

    Running servers go by it as soon as they look the credential up again: within a second. Nothing is recorded when
    nothing changes. The same intent again gives the same changes, with the tenant as it is by then.

    :param expected_version: the tenant's version that the caller saw; None: whatever is stored.
    :raises NotFound: no such tenant.
    :raises StaleVersion: the tenant is not at ``expected_version``.
    :raises InvalidValue: the name or a number of days does not fit.
    :raises IdempotencyMismatch: the intent's key came with another request before.
    """
    _check_retention(changes)
    if "name" in changes:
        _check_name(changes["name"])
        changes["name"] = changes["name"].strip()
    told = partial(audit.act, "tenantUpdate", ("Tenant", tenant_id), tenant_id, actor=actor, origin=origin)
    entry_id = uuid7()

    async def act(note: Sequence[Statement]) -> TenantChange:
        for _ in range(_ATTEMPTS):
            before = await _at_version(tenant_id, expected_version)
            found = _changes(before, replace(before, **changes))
            if dry_run or not found:
                return TenantChange(before, found, dry_run)
            after = replace(before, **changes, version=before.version + 1, updated_at=max(now(), before.updated_at))
            with suppress(StaleVersion):  # the next round finds out whose version it was
                entry = told(at=after.updated_at, changes=found, entry_id=entry_id)
                await database.write([tenants.save(after, before=before), entry, *note])
                return TenantChange(after, found, dry_run)
        raise Unavailable("the tenant is being changed by others; try again")

    return await idempotency.once(wanted, entry_id, act, partial(_recall, tenant_id))


async def _at_version(tenant_id: UUID, expected_version: int | None) -> Tenant:
    tenant = await tenants.get(tenant_id)
    if expected_version not in {None, tenant.version}:
        raise StaleVersion(f"the tenant is at version {tenant.version}, not {expected_version}", path="expectedVersion")
    return tenant


async def _recall(tenant_id: UUID, entry_id: UUID) -> TenantChange:
    """What an earlier request changed: its entry in the audit trail tells."""
    entries = await audit.by_ids(frozenset({tenant_id}), [entry_id])
    return TenantChange(await tenants.get(tenant_id), entries[entry_id].changes if entries else (), dry_run=False)


def _changes(before: Tenant, after: Tenant) -> tuple[Change, ...]:
    """As the API spells them."""
    pairs: Sequence[tuple[str, str | int, str | int]] = (
        ("name", before.name, after.name),
        ("settings.scimMode", before.scim_mode.name, after.scim_mode.name),
        ("settings.unknownAttributes", before.unknown_attributes.name, after.unknown_attributes.name),
        ("settings.eventRetentionDays", before.event_retention_days, after.event_retention_days),
        ("settings.requestRetentionDays", before.request_retention_days, after.request_retention_days),
    )
    return tuple(Change(path, old, new) for path, old, new in pairs if old != new)


def _new(slug: str, name: str) -> Tenant:
    moment = now()
    return Tenant(
        id=uuid7(),
        slug=slug,
        name=name,
        status=TenantStatus.ACTIVE,
        scim_mode=ScimMode.ENTRA,
        unknown_attributes=UnknownAttributes.IGNORE,
        mapping_version=1,
        version=1,
        created_at=moment,
        updated_at=moment,
    )


def _check_slug(slug: str) -> None:
    if _SLUG.fullmatch(slug) is None:
        raise InvalidValue("a slug has 1 to 63 lower-case letters, digits and inner hyphens", path="slug")


def _check_delimiter(delimiter: str) -> None:
    if not 1 <= len(delimiter) <= _MAX_DELIMITER or delimiter.isspace():
        raise InvalidValue(f"a delimiter has 1 to {_MAX_DELIMITER} characters and is not blank", path="delimiter")


def _check_name(name: str) -> None:
    if not name.strip() or len(name) > _MAX_NAME:
        raise InvalidValue(f"a name has 1 to {_MAX_NAME} characters", path="name")
    if not name.isprintable():
        raise InvalidValue("the name holds characters that cannot be shown", path="name")


def _check_retention(changes: TenantChanges) -> None:
    given = (
        ("eventRetentionDays", changes.get("event_retention_days"), EVENT_DAYS),
        ("requestRetentionDays", changes.get("request_retention_days"), REQUEST_DAYS),
    )
    for name, days, allowed in given:
        if days is not None and days not in allowed:
            raise InvalidValue(f"{name} is {allowed[0]} to {allowed[-1]:,} days", path=f"settings.{name}")
