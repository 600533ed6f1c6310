"""May the viewer change this? Who may not is refused, and the audit trail says who tried."""

from __future__ import annotations

from uuid import UUID

import strawberry

from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.fields import NEEDS
from gatehouse.api.graphql.ids import row_id
from gatehouse.api.graphql.needs import Needs
from gatehouse.errors import Forbidden, GatehouseError, NotFound
from gatehouse.records import Permission
from gatehouse.services import audit_trail, directory, exports, managed_credentials, mapping_plans, unmapped_values
from gatehouse.services.directory import DirectoryUser


async def changeable_tenant(info: Info, tenant_id: strawberry.ID, *, path: str = "tenantId") -> UUID:
    """Read the tenant's id.

    :param path: the argument that names it.
    :raises NotFound: no such tenant in sight.
    :raises Forbidden: the tenant is in sight, but this is not the viewer's to change.
    """
    missing = NotFound("There is no such tenant", path=path)
    tenant = row_id("Tenant", tenant_id)
    if tenant is None:
        raise missing
    await _check(info, tenant, ("Tenant", tenant), missing)
    return tenant


async def editable_plan(info: Info, plan_id: strawberry.ID) -> tuple[UUID, UUID]:
    """Read a plan's id; also the id of its tenant.

    :raises NotFound: no such plan in sight.
    :raises Forbidden: the tenant is in sight, but its mapping is not the viewer's to edit.
    """
    missing = NotFound("There is no such plan", path="planId")
    plan = row_id("MappingPlan", plan_id)
    tenant = await mapping_plans.tenant_of(plan) if plan else None
    if plan is None or tenant is None:
        raise missing
    await _check(info, tenant, ("MappingPlan", plan), missing)
    return tenant, plan


async def editable_user(info: Info, user_id: strawberry.ID) -> DirectoryUser:
    """Read a user.

    :raises NotFound: no such user in sight.
    :raises Forbidden: the user is in sight, but the mapping of the tenant is not the viewer's to edit.
    """
    missing = NotFound("There is no such user", path="userId")
    key = row_id("User", user_id)
    user = await directory.user_of_any_tenant(key) if key else None
    if key is None or user is None:
        raise missing
    await _check(info, user.tenant_id, ("User", key), missing)
    return user


async def editable_value(info: Info, node_id: strawberry.ID) -> tuple[UUID, UUID]:
    """Read the id of a value without a rule; before it that of its tenant.

    :raises NotFound: no such value in sight.
    :raises Forbidden: the tenant is in sight, but its mapping is not the viewer's to edit.
    """
    missing = NotFound("There is no such value", path="unmappedValueId")
    key = row_id("UnmappedValue", node_id)
    tenant = await unmapped_values.tenant_of(key) if key else None
    if key is None or tenant is None:
        raise missing
    await _check(info, tenant, ("UnmappedValue", key), missing)
    return tenant, key


async def managed_credential(info: Info, credential_id: strawberry.ID) -> tuple[UUID, UUID]:
    """Read a bearer token's id; the id of its tenant comes first.

    :raises NotFound: no such token in sight.
    :raises Forbidden: the tenant is in sight, but its credentials are not the viewer's to manage.
    """
    missing = NotFound("There is no such credential", path="credentialId")
    credential = row_id("Credential", credential_id)
    tenant = await managed_credentials.tenant_of(credential) if credential else None
    if credential is None or tenant is None:
        raise missing
    await _check(info, tenant, ("Credential", credential), missing)
    return tenant, credential


async def stoppable_job(info: Info, job_id: strawberry.ID) -> tuple[UUID, UUID]:
    """Read a job's id; the id of its tenant comes first.

    :raises NotFound: no such job in sight.
    :raises Forbidden: the tenant is in sight, but its jobs are not the viewer's to stop.
    """
    missing = NotFound("There is no such job", path="jobId")
    job = row_id("Job", job_id)
    tenant = await exports.tenant_of(job) if job else None
    if job is None or tenant is None:
        raise missing
    await _check(info, tenant, ("Job", job), missing)
    return tenant, job


async def check_everywhere(info: Info, target: tuple[str, str]) -> None:
    """Hold the viewer to what the field declares, and to READ_DIRECTORY, in all tenants, those to come included.

    :param target: type and name of what is to come; the attempt is recorded with them.
    :raises Forbidden: a grant for all tenants is missing.
    """
    context, needed = info.context, {Permission.READ_DIRECTORY, declared(info)}
    missing = sorted(needed - context.viewer.everywhere)
    if not missing:
        return
    action, reason = info.field_name, f"no {', '.join(missing)} in all tenants"
    await audit_trail.refused(context.viewer, context.origin, None, action=action, target=target, reason=reason)
    raise Forbidden(f"This needs the permission {' and '.join(missing)} in all tenants")


def declared(info: Info) -> Permission:
    """The permission that the field declares.

    :raises Forbidden: it declares none, so nobody may use it.
    """
    needs: Needs | None = info._field.metadata.get(NEEDS)  # noqa: SLF001 - Strawberry has no public way to the field
    if needs is None or needs.permission is None:
        raise Forbidden("Nobody may do this")
    return needs.permission


async def _check(info: Info, tenant: UUID, target: tuple[str, UUID], missing: GatehouseError) -> None:
    """Hold the viewer to what the field declares; default: nobody.

    Out of sight reads like not there; in either case the attempt is recorded with the tenant.
    """
    context, needs = info.context, declared(info)
    sees = context.may(Permission.READ_DIRECTORY, tenant)
    if sees and context.may(needs, tenant):
        return
    reason = f"no {needs if sees else Permission.READ_DIRECTORY} in the tenant"
    await audit_trail.refused(
        context.viewer, context.origin, tenant, action=info.field_name, target=target, reason=reason
    )
    raise Forbidden(f"This needs the permission {needs} in the tenant", path=missing.path) if sees else missing
