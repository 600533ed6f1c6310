"""What became of the credentials with which clients sign in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Self
from uuid import UUID

import strawberry

from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.fields import resolver
from gatehouse.services import rejected_credentials
from gatehouse.services.rejected_credentials import KEPT_FOR, SHOWN, Rejected

if TYPE_CHECKING:
    from gatehouse.api.graphql.tenants import Tenant

Since = Annotated[
    datetime | None,
    strawberry.argument(description=f"Tried at that time or later; by default in the last {KEPT_FOR.days} days."),
]
REJECTED: Final = f"Up to {SHOWN}, the latest first."

_MAX_INT: Final = 2**31 - 1


@strawberry.type(description="A secret that was tried and refused. Of the secret itself only a fingerprint is kept.")
class RejectedCredential:
    """Attempts with one secret."""

    fingerprint: str = strawberry.field(
        description="The first 16 hexadecimal digits of its SHA-256: `printf %s TOKEN | sha256sum` tells whether it is yours."
    )
    prefix: str | None = strawberry.field(
        description="The part that tells its kind: `gth_scim_` a token for Entra, `gth_api_` an API key, others as their makers have it."
    )
    reason: str = strawberry.field(description="Why it was refused last: malformed, unknown, expired, revoked …")
    attempts: int = strawberry.field(description="How often it was tried.")
    first_seen_at: datetime = strawberry.field(description="When it was tried first.")
    last_seen_at: datetime = strawberry.field(description="When it was tried last.")
    last_ip: str | None = strawberry.field(description="From where it was tried last.")
    label: str | None = strawberry.field(description="What it was issued as; null when it is none of ours.")
    tenant_id: strawberry.Private[UUID | None]

    @resolver("Whose token it is; null for an API key, and when it is none of ours.")
    async def tenant(self, info: Info) -> Annotated[Tenant, strawberry.lazy("gatehouse.api.graphql.tenants")] | None:
        """Load the tenant."""
        return None if self.tenant_id is None else await info.context.loaders.tenant.load(self.tenant_id)

    @classmethod
    def from_record(cls, rejected: Rejected) -> Self:
        """Wrap a record."""
        return cls(
            fingerprint=rejected.fingerprint,
            prefix=rejected.prefix or None,
            reason=rejected.reason,
            attempts=min(rejected.attempts, _MAX_INT),
            first_seen_at=rejected.first_seen_at,
            last_seen_at=rejected.last_seen_at,
            last_ip=rejected.last_ip,
            label=rejected.label,
            tenant_id=rejected.tenant_id,
        )


@strawberry.type(name="Connection", description="How Entra ID reaches a tenant.")
class EntraConnection:
    """The SCIM side of a tenant."""

    tenant_id: strawberry.Private[UUID]

    @resolver("When a request of the tenant was answered last, as far back as the request log goes.")
    async def last_contact_at(self, info: Info) -> datetime | None:
        """Load it."""
        return (await info.context.loaders.contact.load(self.tenant_id)).last_contact_at

    @resolver("When a request of the tenant succeeded last, as far back as the request log goes.")
    async def last_success_at(self, info: Info) -> datetime | None:
        """Load it."""
        return (await info.context.loaders.contact.load(self.tenant_id)).last_success_at

    @resolver("When a SCIM client wrote to a user or group of the tenant last, as far back as the history goes.")
    async def last_write_at(self, info: Info) -> datetime | None:
        """Load it."""
        return (await info.context.loaders.contact.load(self.tenant_id)).last_write_at

    @resolver(f"The tenant's tokens that were tried in vain; needs MANAGE_CREDENTIALS. {REJECTED}")
    async def rejected_credentials(self, info: Info, *, since: Since = strawberry.UNSET) -> list[RejectedCredential]:
        """Read what was refused."""
        found = await rejected_credentials.rejected_of_tenant(info.context.viewer, self.tenant_id, since=since or None)
        return [RejectedCredential.from_record(rejected) for rejected in found]
