"""Tenants: creating and finding them."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from gatehouse.errors import InvalidValue
from gatehouse.records import Actor, Origin, ScimMode, Tenant, TenantStatus, UnknownAttributes
from gatehouse.services.clock import now
from gatehouse.store import audit, tenants
from gatehouse.store.ids import uuid7

_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_MAX_NAME: Final = 200
_MAX_DELIMITER: Final = 8


async def create(slug: str, *, name: str, actor: Actor, origin: Origin, delimiter: str = "-") -> Tenant:
    """A new tenant without rules: whatever arrives is stored, nobody gets a role.

    :param delimiter: splits ``userType`` into segments; 1 to 8 characters, taken literally.
    :raises InvalidValue: slug, name or delimiter do not fit.
    :raises AlreadyExists: the slug is taken.
    """
    if _SLUG.fullmatch(slug) is None:
        raise InvalidValue("a slug has 1 to 63 lower-case letters, digits and inner hyphens", path="slug")
    if not name.strip() or len(name) > _MAX_NAME:
        raise InvalidValue(f"a name has 1 to {_MAX_NAME} characters", path="name")
    if not 1 <= len(delimiter) <= _MAX_DELIMITER or delimiter.isspace():
        raise InvalidValue(f"a delimiter has 1 to {_MAX_DELIMITER} characters and is not blank", path="delimiter")
    moment = now()
    tenant = Tenant(
        id=uuid7(),
        slug=slug,
        name=name.strip(),
        status=TenantStatus.ACTIVE,
        scim_mode=ScimMode.ENTRA,
        unknown_attributes=UnknownAttributes.IGNORE,
        mapping_version=1,
        version=1,
        created_at=moment,
        updated_at=moment,
    )
    act = audit.act("tenantCreate", ("Tenant", tenant.id), tenant.id, actor=actor, origin=origin, at=moment)
    await tenants.add(tenant, delimiter=delimiter, beside=[act])
    return tenant


async def by_slug(slug: str) -> Tenant:
    """:raises NotFound: no such tenant."""
    return await tenants.by_slug(slug)


async def get(tenant_id: UUID) -> Tenant:
    """:raises NotFound: no such tenant."""
    return await tenants.get(tenant_id)


async def list_all() -> list[Tenant]:
    """Every tenant, by slug."""
    return await tenants.list_all()
