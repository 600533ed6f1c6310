"""Changing the bearer tokens with which Entra ID signs in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import strawberry

from gatehouse.api.graphql.answering import answer, carry_out, wanted, who
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.credentials import Credential
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.filters import given
from gatehouse.api.graphql.inputs import REASON
from gatehouse.api.graphql.needs import MANAGE_CREDENTIALS
from gatehouse.api.graphql.payloads import MutationPayload
from gatehouse.api.graphql.permission import managed_credential
from gatehouse.services import clock, managed_credentials
from gatehouse.services.managed_credentials import MAX_OVERLAP, IssuedToken

LIFE: Final = timedelta(days=365)
MOST_HOURS: Final = MAX_OVERLAP.days * 24
ONCE: Final = (
    "Names this request for a day: sent again with the same key it is carried out once, and with other input refused"
    " (IDEMPOTENCY_MISMATCH). The secret is shown to the first only."
)
SHOWN_ONCE: Final = (
    "The secret, shown this once; null when it was refused, and when the request had been answered before: if that"
    " answer was lost, rotate."
)
OVERLAP: Final = f"For how long the old one is accepted beside the new one, in hours; 0 to {MOST_HOURS}."
_LABEL: Final = "What it is for, e.g. “Entra ID, production”."
_EXPIRES: Final = "When it ends by itself; left out or null: in a year."
_CREDENTIAL: Final = "The token."
_CLIENT: Final = "Comes back in the payload."


@strawberry.input(description="A bearer token to issue.")
class CredentialCreateInput:
    """Input of credentialCreate."""

    tenant_id: strawberry.ID = strawberry.field(description="The tenant.")
    label: str = strawberry.field(description=_LABEL)
    expires_at: datetime | None = strawberry.field(default=strawberry.UNSET, description=_EXPIRES)
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=ONCE)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="A bearer token to replace by a new one.")
class CredentialRotateInput:
    """Input of credentialRotate."""

    credential_id: strawberry.ID = strawberry.field(description=_CREDENTIAL)
    overlap_hours: int = strawberry.field(default=168, description=OVERLAP)
    label: str | None = strawberry.field(
        default=strawberry.UNSET, description=f"{_LABEL} Left out or null: that of the old one."
    )
    expires_at: datetime | None = strawberry.field(default=strawberry.UNSET, description=_EXPIRES)
    reason: str | None = strawberry.field(default=strawberry.UNSET, description=REASON)
    idempotency_key: str | None = strawberry.field(default=strawberry.UNSET, description=ONCE)
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.input(description="A bearer token to end.")
class CredentialRevokeInput:
    """Input of credentialRevoke."""

    credential_id: strawberry.ID = strawberry.field(description=_CREDENTIAL)
    reason: str = strawberry.field(description=REASON)
    confirm_last: bool = strawberry.field(
        default=False, description="End it even if it is the tenant's last live one, so that Entra is locked out."
    )
    client_mutation_id: str | None = strawberry.field(default=strawberry.UNSET, description=_CLIENT)


@strawberry.type(description="Answer of credentialCreate and credentialRotate.")
class CredentialSecretPayload(MutationPayload):
    """The new token."""

    credential: Credential | None = strawberry.field(default=None, description="The new token; null if refused.")
    secret: str | None = strawberry.field(default=None, description=SHOWN_ONCE)


@strawberry.type(description="Answer of credentialRevoke.")
class CredentialPayload(MutationPayload):
    """The token as it is now."""

    credential: Credential | None = strawberry.field(default=None, description="The token; null if refused.")


@strawberry.type(description="Changes of credentials.")
class CredentialMutations:
    """A part of the root of mutations."""

    @resolver(
        "Issue a bearer token for Entra ID; several may be live at once. The secret is shown once.",
        needs=MANAGE_CREDENTIALS,
    )
    async def credential_create(self, info: Info, input: CredentialCreateInput) -> CredentialSecretPayload:
        """Issue a token."""

        async def act(tenant_id: UUID) -> dict[str, Any]:
            issued = await managed_credentials.create_token(
                *who(info, input),
                tenant_id,
                label=input.label,
                expires_at=given(input.expires_at) or clock.now() + LIFE,
                wanted=wanted(info, input),
            )
            return _issued(info, issued)

        return await carry_out(info, CredentialSecretPayload, input, act)

    @resolver(
        "Issue a bearer token in place of another, which is accepted for a while longer. The secret is shown once.",
        needs=MANAGE_CREDENTIALS,
    )
    async def credential_rotate(self, info: Info, input: CredentialRotateInput) -> CredentialSecretPayload:
        """Rotate a token."""

        async def act() -> dict[str, Any]:
            tenant_id, credential_id = await managed_credential(info, input.credential_id)
            issued = await managed_credentials.rotate_token(
                *who(info, input),
                tenant_id,
                credential_id,
                overlap=timedelta(hours=input.overlap_hours),
                expires_at=given(input.expires_at) or clock.now() + LIFE,
                label=given(input.label),
                wanted=wanted(info, input),
            )
            return _issued(info, issued)

        return await answer(info, CredentialSecretPayload, input, act)

    @resolver("End a bearer token; within a second it is refused everywhere.", needs=MANAGE_CREDENTIALS)
    async def credential_revoke(self, info: Info, input: CredentialRevokeInput) -> CredentialPayload:
        """Revoke a token."""

        async def act() -> dict[str, Any]:
            tenant_id, credential_id = await managed_credential(info, input.credential_id)
            actor, origin = who(info, input)
            await managed_credentials.revoke_token(
                tenant_id,
                credential_id,
                actor=actor,
                origin=origin,
                action="credentialRevoke",
                even_the_last=input.confirm_last,
            )
            after = await managed_credentials.token(tenant_id, credential_id)
            return {"credential": Credential.from_record(after, clock.now())}

        return await answer(info, CredentialPayload, input, act)


def _issued(info: Info, issued: IssuedToken) -> dict[str, Any]:
    credential = Credential.from_record(issued.credential, info.context.now)
    return {"credential": credential, "secret": issued.secret}
