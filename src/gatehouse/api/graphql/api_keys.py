"""API keys as their managers see them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from gatehouse import records
from gatehouse.api.graphql.context import Context, Info
from gatehouse.api.graphql.credentials import CredentialStatus
from gatehouse.api.graphql.enums import Permission
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.node import Node
from gatehouse.services import managed_keys
from gatehouse.services.managed_keys import ManagedKey

if TYPE_CHECKING:
    from gatehouse.api.graphql.tenants import Tenant


@strawberry.enum(description="Ready-made sets of permissions.")
class Preset(StrEnum):
    """Those of :data:`gatehouse.services.api_keys.PRESETS`, with underscores."""

    VIEWER = "viewer"
    ACCOUNT_MANAGER = "account-manager"
    MAPPING_EDITOR = "mapping-editor"
    CONNECTION_ADMIN = "connection-admin"
    OWNER = "owner"


@strawberry.type(description="What a key may do in one tenant, or in all of them.")
class ApiKeyGrant:
    """One grant."""

    permissions: list[Permission] = strawberry.field(description="What it may do there.")
    tenant_id: strawberry.Private[UUID | None]

    @resolver("The tenant; null for all tenants, those to come included.")
    async def tenant(self, info: Info) -> Annotated[Tenant, strawberry.lazy("gatehouse.api.graphql.tenants")] | None:
        """Load the tenant."""
        return await info.context.loaders.tenant.load(self.tenant_id) if self.tenant_id else None

    @resolver("Whether it holds in all tenants, those to come included.")
    def all_tenants(self) -> bool:
        """Tell it."""
        return self.tenant_id is None


@strawberry.type(description="What a script or a person signs in with here. The secret itself is not kept.")
class ApiKey(Node):
    """A key with its grants."""

    name: str = strawberry.field(description="Whom or what it is for.")
    last_four: str = strawberry.field(description="The last four characters of the secret, to tell it by.")
    status: CredentialStatus = strawberry.field(description="Whether it is accepted.")
    preset: Preset | None = strawberry.field(description="The preset that all its grants have; null for other grants.")
    any_document: bool = strawberry.field(
        description="Whether it may send any document where only trusted documents are run."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends by itself; null: never.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked.")
    last_used_at: datetime | None = strawberry.field(description="When it was used last, give or take five minutes.")
    grants: list[ApiKeyGrant] = strawberry.field(description="What it may do, by tenant.")

    @classmethod
    def from_record(cls, managed: ManagedKey, moment: datetime) -> Self:
        """Wrap a record."""
        key = managed.key
        return cls(
            id=global_id("ApiKey", key.id),
            name=key.name,
            last_four=key.last_four,
            status=CredentialStatus.of(key.expires_at, key.revoked_at, moment),
            preset=None if key.preset == managed_keys.CUSTOM else Preset(key.preset),
            any_document=key.any_document,
            created_at=key.created_at,
            expires_at=key.expires_at,
            revoked_at=key.revoked_at,
            last_used_at=key.last_used_at,
            grants=[
                ApiKeyGrant(
                    permissions=[right for right in records.Permission if right in grant.permissions],
                    tenant_id=grant.tenant_id,
                )
                for grant in managed.grants
            ],
        )


async def find_api_key(context: Context, key_id: UUID) -> ApiKey | None:
    """Find a key that the viewer may manage."""
    found = await managed_keys.find(context.viewer, key_id)
    return ApiKey.from_record(found, context.now) if found else None
