"""Making, replacing and ending API keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import strawberry

from gatehouse.api.graphql.answering import answer, cause, wanted
from gatehouse.api.graphql.api_keys import ApiKey, Preset
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.credential_mutations import ONCE, OVERLAP, SHOWN_ONCE
from gatehouse.api.graphql.enums import Permission
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.filters import given
from gatehouse.api.graphql.ids import row_id
from gatehouse.api.graphql.inputs import REASON
from gatehouse.api.graphql.needs import MANAGE_ADMINS, MANAGED_KEY
from gatehouse.api.graphql.payloads import MutationPayload
from gatehouse.api.graphql.permission import changeable_tenant
from gatehouse.errors import InvalidValue, NotFound
from gatehouse.records import Grant
from gatehouse.services import clock, managed_keys
from gatehouse.services.api_keys import PRESETS
from gatehouse.services.managed_keys import ManagedKey

_KEY: Final = "The key."
_EXPIRES: Final = "When it ends by itself; at most ten years ahead."
_CLIENT: Final = "Comes back in the payload."


@strawberry.input(
    description="What a key may do in one tenant, or in all of them: a preset, or permissions one by one."
)
class ApiKeyGrantInput:
    """Part of the input of apiKeyCreate."""

    tenant_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The tenant; left out or null: all tenants, those to come included."
    )
    preset: Preset | None = strawberry.field(
        default=strawberry.UNSET, description="A ready-made set; this or `permissions`."
    )
    permissions: list[Permission] | None = strawberry.field(
        default=strawberry.UNSET, description="One by one; this or `preset`."
    )


@strawberry.input(description="A key to make.")
class ApiKeyCreateInput:
    """Input of apiKeyCreate."""

    name: str = strawberry.field(description="Whom or what it is for.")
    grants: list[ApiKeyGrantInput] = strawberry.field(description="What it may do; no more than its maker.")
    expires_at: datetime = strawberry.field(description=_EXPIRES)
    any_document: bool = strawberry.field(
        default=False,
        description="It may send any document where only trusted ones are run; only such a key can make another.",
    )
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=ONCE)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="A key to replace by a new one that grants the same.")
class ApiKeyRotateInput:
    """Input of apiKeyRotate."""

    api_key_id: strawberry.ID = strawberry.field(description=_KEY)
    overlap_hours: int = strawberry.field(default=24, description=OVERLAP)
    expires_at: datetime = strawberry.field(description=_EXPIRES)
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=ONCE)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="A key to end.")
class ApiKeyRevokeInput:
    """Input of apiKeyRevoke."""

    api_key_id: strawberry.ID = strawberry.field(description=_KEY)
    reason: str = strawberry.field(description=REASON)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.type(description="Answer of apiKeyCreate and apiKeyRotate.")
class ApiKeySecretPayload(MutationPayload):
    """The new key."""

    api_key: ApiKey | None = strawberry.field(default=None, description="The new key; null if it was refused.")
    secret: str | None = strawberry.field(default=None, description=SHOWN_ONCE)


@strawberry.type(description="Answer of apiKeyRevoke.")
class ApiKeyPayload(MutationPayload):
    """The key as it is now."""

    api_key: ApiKey | None = strawberry.field(default=None, description="The key; null if it was refused.")


@strawberry.type(description="Changes of API keys.")
class ApiKeyMutations:
    """A part of the root of mutations. Whose keys the viewer may manage depends on all their grants: the service tells."""

    @resolver(
        "Make an API key that grants no more than the viewer holds. The secret is shown once.", needs=MANAGE_ADMINS
    )
    async def api_key_create(self, info: Info, input: ApiKeyCreateInput) -> ApiKeySecretPayload:
        """Make a key."""

        async def act() -> dict[str, Any]:
            made = await managed_keys.create(
                info.context.viewer,
                cause(info, input),
                name=input.name,
                grants=[await _grant(info, grant) for grant in input.grants],
                expires_at=input.expires_at,
                any_document=input.any_document,
                wanted=wanted(info, input),
            )
            return _made(info, made)

        return await answer(info, ApiKeySecretPayload, input, act)

    @resolver(
        "Make an API key that grants the same in place of another, which is accepted for a while longer. The secret is"
        " shown once.",
        needs=MANAGED_KEY,
    )
    async def api_key_rotate(self, info: Info, input: ApiKeyRotateInput) -> ApiKeySecretPayload:
        """Rotate a key."""

        async def act() -> dict[str, Any]:
            made = await managed_keys.rotate(
                info.context.viewer,
                cause(info, input),
                _key(input.api_key_id),
                overlap=timedelta(hours=input.overlap_hours),
                expires_at=input.expires_at,
                wanted=wanted(info, input),
            )
            return _made(info, made)

        return await answer(info, ApiKeySecretPayload, input, act)

    @resolver("End an API key; within a second it is refused everywhere.", needs=MANAGED_KEY)
    async def api_key_revoke(self, info: Info, input: ApiKeyRevokeInput) -> ApiKeyPayload:
        """Revoke a key."""

        async def act() -> dict[str, Any]:
            ended = await managed_keys.revoke(info.context.viewer, cause(info, input), _key(input.api_key_id))
            return {"api_key": ApiKey.from_record(ended, clock.now())}

        return await answer(info, ApiKeyPayload, input, act)


def _made(info: Info, made: ManagedKey) -> dict[str, Any]:
    return {"api_key": ApiKey.from_record(made, info.context.now), "secret": made.secret}


async def _grant(info: Info, wished: ApiKeyGrantInput) -> Grant:
    """Read a grant.

    :raises NotFound, Forbidden: as :func:`changeable_tenant`.
    :raises InvalidValue: it names both a preset and permissions, or neither.
    """
    preset, permissions = given(wished.preset), given(wished.permissions)
    if (preset is None) == (permissions is None):
        raise InvalidValue("a grant has either a preset or permissions", path="grants")
    rights = PRESETS[preset] if preset is not None else frozenset(permissions or ())
    named = given(wished.tenant_id)
    if named is None:
        return Grant(None, rights)
    return Grant(await changeable_tenant(info, named, path="grants"), rights)


def _key(node_id: strawberry.ID) -> UUID:
    """:raises NotFound: the id names no key."""
    key_id = row_id("ApiKey", node_id)
    if key_id is None:
        raise NotFound("There is no such API key", path="apiKeyId")
    return key_id
