"""Finding one thing by what the client knows of it. What is out of sight is not there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final
from uuid import UUID

import strawberry

from gatehouse.api.graphql.api_keys import find_api_key
from gatehouse.api.graphql.context import Context
from gatehouse.api.graphql.credentials import find_credential
from gatehouse.api.graphql.ids import parse_global_id, row_id
from gatehouse.api.graphql.loaders import Loaders
from gatehouse.api.graphql.node import Node
from gatehouse.api.graphql.tenants import Tenant
from gatehouse.api.graphql.users import User
from gatehouse.services import directory


@strawberry.input(one_of=True, description="What is known of a tenant: exactly one of these.")
class TenantBy:
    """One way to name a tenant."""

    id: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="Its id.")
    slug: str | None = strawberry.field(default=strawberry.UNSET, description="Its slug.")


@strawberry.input(description="A value that names a user within a tenant.")
class UserValueRef:
    """Tenant and value."""

    tenant_id: strawberry.ID = strawberry.field(description="The tenant.")
    value: str = strawberry.field(description="The whole value; without regard to case, unless it is an externalId.")


@strawberry.input(
    one_of=True, description="What is known of a user: exactly one of these. The last three need READ_PII."
)
class UserBy:
    """One way to name a user."""

    id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The id; finds deleted users too."
    )
    scim_id: UUID | None = strawberry.field(
        default=strawberry.UNSET, description="The id in SCIM; finds deleted users too."
    )
    user_name: UserValueRef | None = strawberry.field(default=strawberry.UNSET, description="The userName.")
    external_id: UserValueRef | None = strawberry.field(
        default=strawberry.UNSET, description="Entra's id; the user created first if several have it."
    )
    email: UserValueRef | None = strawberry.field(
        default=strawberry.UNSET, description="Any e-mail address; the user created first if several have it."
    )


async def find_tenant(context: Context, by: TenantBy) -> Tenant | None:
    """Find a tenant in sight."""
    if by.slug:
        found = await directory.tenant_by_slug(context.viewer, by.slug)
        return Tenant.from_record(found) if found else None
    tenant_id = row_id("Tenant", by.id) if by.id else None
    return await context.loaders.tenant.load(tenant_id) if tenant_id else None


async def find_user(context: Context, by: UserBy) -> User | None:
    """Find a user of a tenant in sight.

    :raises Forbidden: a look-up by a personal value without READ_PII.
    """
    for field, given in (("userName", by.user_name), ("externalId", by.external_id), ("email", by.email)):
        if given:
            return await _by_value(context, field, given)
    user_id = by.scim_id or (row_id("User", by.id) if by.id else None)
    return await context.loaders.user.load(user_id) if user_id else None


async def _by_value(context: Context, field: str, given: UserValueRef) -> User | None:
    tenant_id = row_id("Tenant", given.tenant_id)
    if tenant_id is None:
        return None
    found = await directory.find_user(context.viewer, tenant_id, field, given.value)
    return User.from_record(found, context) if found else None


_LOADERS: Final[dict[str, Callable[[Loaders, UUID], Awaitable[Node | None]]]] = {
    "Tenant": lambda loaders, node_id: loaders.tenant.load(node_id),
    "User": lambda loaders, node_id: loaders.user.load(node_id),
    "Role": lambda loaders, node_id: loaders.role.load(node_id),
    "EmployeeGroup": lambda loaders, node_id: loaders.employee_group.load(node_id),
    "UnmappedValue": lambda loaders, node_id: loaders.unmapped_value.load(node_id),
    "ProvisioningEvent": lambda loaders, node_id: loaders.event.load(node_id),
    "MappingVersion": lambda loaders, node_id: loaders.version.load(node_id),
    "MappingPlan": lambda loaders, node_id: loaders.plan.load(node_id),
    "Job": lambda loaders, node_id: loaders.job.load(node_id),
    "ScimRequest": lambda loaders, node_id: loaders.scim_request.load(node_id),
    "AuditEntry": lambda loaders, node_id: loaders.audit_entry.load(node_id),
}


_FINDERS: Final[dict[str, Callable[[Context, UUID], Awaitable[Node | None]]]] = {
    "Credential": find_credential,
    "ApiKey": find_api_key,
}


async def find_node(context: Context, node_id: strawberry.ID) -> Node | None:
    """Find any node in sight by its global id."""
    type_name, found = parse_global_id(node_id) or (None, None)
    if found is None:
        return None
    if type_name in _FINDERS:
        return await _FINDERS[type_name](context, found)
    if type_name not in _LOADERS:
        return None
    return await _LOADERS[type_name](context.loaders, found)
