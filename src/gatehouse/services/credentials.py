"""Bearer tokens: how a tenant's Entra ID signs in, and how such tokens are issued and ended."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gatehouse.errors import Forbidden, InvalidValue, Unauthorized, Unavailable
from gatehouse.records import Actor, ActorKind, Credential, Origin, Tenant, TenantStatus
from gatehouse.services import tokens
from gatehouse.services.clock import now
from gatehouse.services.lookups import ShortMemory
from gatehouse.services.tokens import SecretKind
from gatehouse.store import audit, credentials, database, tenants
from gatehouse.store.ids import uuid7

LAST_USED_EVERY: Final = timedelta(minutes=5)
_MAX_LABEL: Final = 200
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
        if not _is_live(credential, now()):
            raise _refused("revoked" if credential.revoked_at else "expired")
        if tenant.status is not TenantStatus.ACTIVE:
            raise Forbidden(f"Provisioning of {tenant.name} is paused in Gatehouse")
        return tenant, Actor(ActorKind.SCIM_TOKEN, credential.id, credential.label)

    async def _look_up(self, token: str, digest: str) -> tuple[Credential, Tenant]:
        kind = tokens.kind_of(token)
        if kind is not SecretKind.SCIM:
            raise _refused("wrong kind" if kind else "malformed")
        found = await credentials.by_token_hash(digest)
        if found is None or not hmac.compare_digest(found[1], digest):
            raise _refused("unknown")
        credential, _, tenant = found
        moment = now()
        if _is_live(credential, moment):
            await _note_use(credential, moment)
        return credential, tenant


async def issue_token(
    tenant_id: UUID, *, label: str, expires_in_days: int, actor: Actor, origin: Origin
) -> tuple[Credential, str]:
    """A new bearer token of the tenant: the record, and the secret, which is shown once.

    :raises InvalidValue: an empty or long label, or an age outside 1 to 3,650 days.
    :raises NotFound: no such tenant.
    """
    if not label.strip() or len(label) > _MAX_LABEL:
        raise InvalidValue(f"a label has 1 to {_MAX_LABEL} characters", path="label")
    if not 1 <= expires_in_days <= _MAX_AGE_DAYS:
        raise InvalidValue(f"a token lives 1 to {_MAX_AGE_DAYS} days", path="expiresInDays")
    tenant = await tenants.get(tenant_id)
    secret = tokens.mint(SecretKind.SCIM)
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
    )
    target = ("Credential", credential.id)
    act = audit.act("tokenIssue", target, tenant.id, actor=actor, origin=origin, at=moment)
    await database.write([credentials.add(credential, tokens.digest(secret)), act])
    return credential, secret


async def tenant_tokens(tenant_id: UUID) -> list[Credential]:
    """Every token of the tenant, newest first."""
    return await credentials.page(tenant_id)


async def revoke_token(tenant_id: UUID, credential_id: UUID, *, actor: Actor, origin: Origin) -> None:
    """End a token at once.

    :raises NotFound: unknown, or another tenant's.
    """
    moment = now()
    async with database.transaction():
        await credentials.revoke(tenant_id, credential_id, revoked_at=moment)
        target = ("Credential", credential_id)
        await database.write([audit.act("tokenRevoke", target, tenant_id, actor=actor, origin=origin, at=moment)])


async def _note_use(credential: Credential, moment: datetime) -> None:
    since = moment - LAST_USED_EVERY
    if credential.last_used_at is not None and credential.last_used_at >= since:
        return
    try:
        await credentials.touch(credential.tenant_id, credential.id, used_at=moment, not_since=since)
    except Unavailable:
        return  # the time of last use is a convenience: a read must not fail for it while the database is busy


def _is_live(credential: Credential, moment: datetime) -> bool:
    return credential.revoked_at is None and (credential.expires_at is None or moment < credential.expires_at)


def _refused(reason: str) -> Unauthorized:
    message = "The bearer token is not valid: it is unknown, expired or revoked"
    return Unauthorized(message, code="invalid_token", reason=reason)
