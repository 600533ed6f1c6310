"""The credentials with which Entra ID signs in, and what became of others that were tried."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final, Self
from uuid import UUID

import strawberry

from gatehouse import records
from gatehouse.api.graphql.connection_health import ConnectionHealth
from gatehouse.api.graphql.context import Context, Info
from gatehouse.api.graphql.events import Actor
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.needs import MANAGE_CREDENTIALS
from gatehouse.api.graphql.node import Node
from gatehouse.records import Permission
from gatehouse.services import connection_health, managed_credentials
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


@strawberry.enum(description="Whether a credential or key is accepted.")
class CredentialStatus(StrEnum):
    """Derived from its times."""

    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"

    @classmethod
    def of(cls, expires_at: datetime | None, revoked_at: datetime | None, moment: datetime) -> Self:
        """Tell it."""
        if revoked_at is not None:
            return cls("REVOKED")
        return cls("EXPIRED" if expires_at is not None and expires_at <= moment else "ACTIVE")


@strawberry.type(
    description="A bearer token with which Entra ID signs in for one tenant. The secret itself is not kept."
)
class Credential(Node):
    """A token as its managers see it."""

    label: str = strawberry.field(description="What it is for.")
    last_four: str = strawberry.field(description="The last four characters of the secret, to tell it by.")
    status: CredentialStatus = strawberry.field(description="Whether it is accepted.")
    created_at: datetime = strawberry.field(description="When it was issued.")
    expires_at: datetime | None = strawberry.field(description="When it ends by itself.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")
    last_used_at: datetime | None = strawberry.field(description="When it was used last, give or take five minutes.")
    record: strawberry.Private[records.Credential]

    @resolver("Whose token it is.")
    async def tenant(self, info: Info) -> Annotated[Tenant, strawberry.lazy("gatehouse.api.graphql.tenants")] | None:
        """Load the tenant."""
        return await info.context.loaders.tenant.load(self.record.tenant_id)

    @resolver("Who issued it; null where the audit trail does not tell.")
    async def created_by(self, info: Info) -> Actor | None:
        """Load the act."""
        actor = (await info.context.loaders.credential_acts.load(self.record)).created_by
        return Actor.from_record(actor) if actor else None

    @resolver("Who revoked it; null while nobody has, and where the audit trail does not tell.")
    async def revoked_by(self, info: Info) -> Actor | None:
        """Load the act."""
        actor = (await info.context.loaders.credential_acts.load(self.record)).revoked_by
        return Actor.from_record(actor) if actor else None

    @classmethod
    def from_record(cls, credential: records.Credential, moment: datetime) -> Self:
        """Wrap a record."""
        return cls(
            id=global_id("Credential", credential.id),
            label=credential.label,
            last_four=credential.last_four,
            status=CredentialStatus.of(credential.expires_at, credential.revoked_at, moment),
            created_at=credential.created_at,
            expires_at=credential.expires_at,
            revoked_at=credential.revoked_at,
            last_used_at=credential.last_used_at,
            record=credential,
        )


async def find_credential(context: Context, credential_id: UUID) -> Credential | None:
    """Find a token whose tenant's credentials the viewer may manage."""
    tenant_id = await managed_credentials.tenant_of(credential_id)
    needed = (Permission.READ_DIRECTORY, Permission.MANAGE_CREDENTIALS)
    if tenant_id is None or not all(context.may(permission, tenant_id) for permission in needed):
        return None
    return Credential.from_record(await managed_credentials.token(tenant_id, credential_id), context.now)


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

    @resolver("How it is, and whether Entra ID has probably put it into quarantine.")
    async def health(self, info: Info) -> ConnectionHealth:
        """Judge."""
        day = connection_health.last_day(info.context.now)
        known = await info.context.loaders.insight.load((self.tenant_id, (connection_health.facts, day)))
        return ConnectionHealth.from_record(known, info.context.now)

    @resolver("The bearer tokens of the tenant, those that have ended too, newest first.", needs=MANAGE_CREDENTIALS)
    async def tokens(self, info: Info) -> list[Credential]:
        """Read the tokens."""
        managed_credentials.check_sight(info.context.viewer, self.tenant_id)
        found = await info.context.loaders.tokens.load(self.tenant_id)
        return [Credential.from_record(credential, info.context.now) for credential in found]

    @resolver(f"The tenant's tokens that were tried in vain. {REJECTED}", needs=MANAGE_CREDENTIALS)
    async def rejected_credentials(self, info: Info, *, since: Since = strawberry.UNSET) -> list[RejectedCredential]:
        """Read what was refused."""
        managed_credentials.check_sight(info.context.viewer, self.tenant_id)
        found = await info.context.loaders.rejected_tokens.load((self.tenant_id, since or None))
        return [RejectedCredential.from_record(rejected) for rejected in found]
