"""Making and changing tenants."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

import strawberry

from gatehouse.api.graphql.answering import answer, arguments, carry_out, wanted, who
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.enums import ScimMode, UnknownAttributes
from gatehouse.api.graphql.events import FieldChange
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.inputs import REASON
from gatehouse.api.graphql.needs import MANAGE_EVERY_TENANT, MANAGE_TENANTS
from gatehouse.api.graphql.payloads import TenantCreatePayload, TenantPayload
from gatehouse.api.graphql.permission import check_everywhere
from gatehouse.api.graphql.tenants import Tenant
from gatehouse.services import tenants
from gatehouse.services.tenants import MAX_SLUG

_CLIENT: Final = "Comes back in the payload."
_ONCE: Final = (
    "Names this request for a day: sent again with the same key it is carried out once and answered with the same tenant,"
    " and with other input refused (IDEMPOTENCY_MISMATCH)."
)


@strawberry.input(description="A tenant to make.")
class TenantCreateInput:
    """Input of tenantCreate."""

    slug: str = strawberry.field(description="Its short name, unique and for good: 1 to 63 of a-z, 0-9 and inner `-`.")
    name: str = strawberry.field(description="What people call it.")
    delimiter: str = strawberry.field(
        default="-", description="What userType is split on; 1 to 8 characters. A setting of the mapping from then on."
    )
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    idempotency_key: str | None = strawberry.field(
        default=strawberry.UNSET,
        description=_ONCE,
    )
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="The settings to change; those left out or null stay.")
class TenantSettingsPatch:
    """Part of the input of tenantUpdate."""

    scim_mode: ScimMode | None = strawberry.field(
        default=strawberry.UNSET, description="How closely clients are held to the RFCs."
    )
    unknown_attributes: UnknownAttributes | None = strawberry.field(
        default=strawberry.UNSET, description="What becomes of attributes that no schema knows."
    )
    event_retention_days: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="For how long provisioning events are kept, and what access users had before: 30 to 3,650 days. What is"
        " older is deleted within an hour or two, and cannot be brought back.",
    )
    request_retention_days: int | None = strawberry.field(
        default=strawberry.UNSET,
        description="For how long the request log is kept: 1 to 400 days. Deleted as with `eventRetentionDays`.",
    )


@strawberry.input(description="What to change of a tenant; what is left out or null stays.")
class TenantUpdateInput:
    """Input of tenantUpdate."""

    tenant_id: strawberry.ID = strawberry.field(description="The tenant.")
    expected_version: int = strawberry.field(
        description="The tenant's version that you saw; the change is refused (STALE_VERSION) if it is another one."
    )
    name: str | None = strawberry.field(default=strawberry.UNSET, description="What people call it.")
    settings: TenantSettingsPatch | None = strawberry.field(
        default=strawberry.UNSET, description="How its SCIM requests are read, from within a second on."
    )
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    dry_run: bool = strawberry.field(default=False, description="Report what would change, and change nothing.")
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=_ONCE)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.type(description="Changes of tenants.")
class TenantMutations:
    """A part of the root of mutations."""

    @resolver(
        "Make a tenant without rules: whatever Entra ID sends is stored, and nobody gets a role. It is served at once;"
        " `credentialCreate` gives it the token for Entra ID.",
        needs=MANAGE_EVERY_TENANT,
    )
    async def tenant_create(self, info: Info, input: TenantCreateInput) -> TenantCreatePayload:
        """Make a tenant."""

        async def act() -> dict[str, Any]:
            await check_everywhere(info, ("Tenant", input.slug[:MAX_SLUG]))
            actor, origin = who(info, input)
            made = await tenants.create(
                input.slug,
                name=input.name,
                delimiter=input.delimiter,
                actor=actor,
                origin=origin,
                wanted=wanted(info, input),
            )
            return {"tenant": Tenant.from_record(made)}

        return await answer(info, TenantCreatePayload, input, act)

    @resolver(
        "Rename a tenant, or change how its SCIM requests are read; servers go by it within a second.",
        needs=MANAGE_TENANTS,
    )
    async def tenant_update(self, info: Info, input: TenantUpdateInput) -> TenantPayload:
        """Change a tenant."""

        async def act(tenant_id: UUID) -> dict[str, Any]:
            terms = arguments(input)
            terms |= arguments(terms.pop("settings", None))
            terms.pop("idempotency_key", None)
            changed = await tenants.update(*who(info, input), tenant_id, wanted=wanted(info, input), **terms)
            changes = [FieldChange.from_record(change, personal=True) for change in changed.changes]
            return {"tenant": Tenant.from_record(changed.tenant), "changes": changes, "dry_run": changed.dry_run}

        return await carry_out(info, TenantPayload, input, act)
