"""Bearer tokens: how a tenant's Entra ID signs in."""

from __future__ import annotations

import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from gatehouse.errors import Forbidden, Unauthorized, Unavailable
from gatehouse.records import Actor, ActorKind, Credential, Tenant, TenantStatus
from gatehouse.services import tokens
from gatehouse.services.clock import now
from gatehouse.services.lookups import ShortMemory
from gatehouse.services.tokens import SecretKind
from gatehouse.store import access_tokens, credentials

LAST_USED_EVERY: Final = timedelta(minutes=5)


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
