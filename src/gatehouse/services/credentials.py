"""Bearer tokens: how a tenant's Entra ID signs in, and how its credentials are issued and ended."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gatehouse.errors import Forbidden, InvalidValue, Unauthorized, Unavailable
from gatehouse.records import Actor, ActorKind, Credential, CredentialKind, Origin, Tenant, TenantStatus
from gatehouse.services import tokens
from gatehouse.services.clock import now
from gatehouse.services.lookups import ShortMemory
from gatehouse.services.tokens import SecretKind
from gatehouse.store import access_tokens, audit, credentials, database, tenants
from gatehouse.store.ids import uuid7

LAST_USED_EVERY: Final = timedelta(minutes=5)
_MAX_LABEL: Final = 200
_SECRETS: Final = {CredentialKind.BEARER: SecretKind.SCIM, CredentialKind.CLIENT: SecretKind.CLIENT}
_ACTS: Final = {CredentialKind.BEARER: "token", CredentialKind.CLIENT: "oauthClient"}
_MAX_AGE_DAYS: Final = 3_650


class BearerTokens:
    """Tells the tenant of a bearer token.

    :param cache_s: for how long a look-up may be reused; a revocation bites within this time.
    """

    def __init__(self, *, cache_s: float) -> None:
        self._known: ShortMemory[tuple[Credential, Tenant]] = ShortMemory(cache_s)

    async def authenticate(self, token: str) -> tuple[Tenant, Actor]:
        """The tenant that the token speaks for, and the token as the cause of events.

        :raises Unauthorized: unknown, expired or revoked; the message does not tell which.
        :raises Forbidden: the tenant is not served at present.
        :raises Unavailable: the database cannot be asked.
        """
        digest = tokens.digest(token)
        known = self._known.get(digest)
        if known is None:
            known = await self._look_up(token, digest)
            self._known.put(digest, known)
        credential, tenant = known
        if not is_live(credential, now()):
            raise _refused("revoked" if credential.revoked_at else "expired")
        if tenant.status is not TenantStatus.ACTIVE:
            raise Forbidden(f"Provisioning of {tenant.name} is paused in Gatehouse")
        return tenant, Actor(ActorKind.SCIM_TOKEN, credential.id, credential.label)

    async def _look_up(self, token: str, digest: str) -> tuple[Credential, Tenant]:
        kind = tokens.kind_of(token)
        if kind is SecretKind.ACCESS:
            return await _of_access_token(digest)
        if kind is not SecretKind.SCIM:
            raise _refused("wrong kind" if kind else "malformed")
        credential, tenant = await find(digest)
        await note_use(credential)
        return credential, tenant


async def find(digest: str) -> tuple[Credential, Tenant]:
    """The credential whose secret has this SHA-256 (hex), live or not.

    :raises Unauthorized: there is none.
    """
    found = await credentials.by_token_hash(digest)
    if found is None or not hmac.compare_digest(found[1], digest):
        raise _refused("unknown")
    return found[0], found[2]


async def _of_access_token(digest: str) -> tuple[Credential, Tenant]:
    """The client that the token was given to, for as long as the token lives."""
    found = await access_tokens.by_token_hash(digest)
    if found is None:
        raise _refused("unknown")
    expires_at, client = found
    credential, tenant = await find(client)
    return replace(credential, expires_at=expires_at), tenant


async def issue_token(
    tenant_id: UUID,
    *,
    label: str,
    expires_in_days: int,
    actor: Actor,
    origin: Origin,
    kind: CredentialKind = CredentialKind.BEARER,
) -> tuple[Credential, str]:
    """A new credential of the tenant: the record, and the secret, which is shown once.

    :raises InvalidValue: an empty or long label, or an age outside 1 to 3,650 days.
    :raises NotFound: no such tenant.
    """
    if not label.strip() or len(label) > _MAX_LABEL:
        raise InvalidValue(f"a label has 1 to {_MAX_LABEL} characters", path="label")
    if not 1 <= expires_in_days <= _MAX_AGE_DAYS:
        raise InvalidValue(f"a credential lives 1 to {_MAX_AGE_DAYS} days", path="expiresInDays")
    tenant = await tenants.get(tenant_id)
    secret = tokens.mint(_SECRETS[kind])
    moment = now()
    credential = Credential(
        id=uuid7(),
        tenant_id=tenant.id,
        label=label.strip(),
        last_four=secret[-4:],
        created_at=moment,
        expires_at=moment + timedelta(days=expires_in_days),
        revoked_at=None,
        last_used_at=None,
        kind=kind,
    )
    target = ("Credential", credential.id)
    act = audit.act(f"{_ACTS[kind]}Issue", target, tenant.id, actor=actor, origin=origin, at=moment)
    await database.write([credentials.add(credential, tokens.digest(secret)), act])
    return credential, secret


async def tenant_tokens(tenant_id: UUID, kind: CredentialKind = CredentialKind.BEARER) -> list[Credential]:
    """Every credential of that kind of the tenant, newest first."""
    return await credentials.page(tenant_id, kind)


async def revoke_token(
    tenant_id: UUID,
    credential_id: UUID,
    *,
    actor: Actor,
    origin: Origin,
    kind: CredentialKind = CredentialKind.BEARER,
) -> None:
    """End a credential at once, and every access token that an OAuth client was given.

    :raises NotFound: unknown, of another kind, or another tenant's.
    """
    moment = now()
    async with database.transaction():
        await credentials.revoke(tenant_id, credential_id, kind, revoked_at=moment)
        target = ("Credential", credential_id)
        act = audit.act(f"{_ACTS[kind]}Revoke", target, tenant_id, actor=actor, origin=origin, at=moment)
        await database.write([act])


async def note_use(credential: Credential) -> None:
    """Remember, to some minutes, when a live credential was used last."""
    moment = now()
    if not is_live(credential, moment):
        return
    since = moment - LAST_USED_EVERY
    if credential.last_used_at is not None and credential.last_used_at >= since:
        return
    try:
        await credentials.touch(credential.tenant_id, credential.id, used_at=moment, not_since=since)
    except Unavailable:
        return  # the time of last use is a convenience: a read must not fail for it while the database is busy


def is_live(credential: Credential, moment: datetime) -> bool:
    """Whether it is neither revoked nor expired."""
    return credential.revoked_at is None and (credential.expires_at is None or moment < credential.expires_at)


def _refused(reason: str) -> Unauthorized:
    message = "The bearer token is not valid: it is unknown, expired or revoked"
    return Unauthorized(message, code="invalid_token", reason=reason)
