"""Bearer tokens: how a tenant's Entra ID signs in, and how such tokens are issued and ended."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from gatehouse.errors import Forbidden, InUse, InvalidValue, StaleVersion, Unauthorized, Unavailable
from gatehouse.records import (
    Actor,
    ActorKind,
    Change,
    Credential,
    Origin,
    Permission,
    Tenant,
    TenantStatus,
    Viewer,
    iso_milliseconds,
)
from gatehouse.services import idempotency, tokens
from gatehouse.services.clock import now
from gatehouse.services.idempotency import Intent
from gatehouse.services.lookups import ShortMemory
from gatehouse.services.tokens import SecretKind
from gatehouse.store import audit, credentials, database, tenants
from gatehouse.store.database import Statement
from gatehouse.store.ids import uuid7

LAST_USED_EVERY: Final = timedelta(minutes=5)
_MAX_LABEL: Final = 200
_MAX_REASON: Final = 500
MAX_AGE: Final = timedelta(days=3_650)
MAX_OVERLAP: Final = timedelta(days=90)


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


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A bearer token; the secret is None when it was shown before."""

    credential: Credential
    secret: str | None


async def issue_token(
    tenant_id: UUID, *, label: str, expires_in_days: int, actor: Actor, origin: Origin
) -> tuple[Credential, str]:
    """A new bearer token of the tenant: the record, and the secret, which is shown once.

    :raises InvalidValue: an empty or long label, or an age outside 1 to 3,650 days.
    :raises NotFound: no such tenant.
    """
    if not 1 <= expires_in_days <= MAX_AGE.days:
        raise InvalidValue(f"a token lives 1 to {MAX_AGE.days} days", path="expiresInDays")
    credential, secret = _new(tenant_id, label, now() + timedelta(days=expires_in_days))
    await tenants.get(tenant_id)
    target = ("Credential", credential.id)
    act = audit.act("tokenIssue", target, tenant_id, actor=actor, origin=origin, at=credential.created_at)
    await database.write([credentials.add(credential, tokens.digest(secret)), act])
    return credential, secret


async def create_token(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    *,
    label: str,
    expires_at: datetime,
    reason: str | None = None,
    wanted: Intent | None = None,
) -> IssuedToken:
    """Issue a bearer token; the same intent again gives the same token without its secret.

    :raises InvalidValue: label, reason or time do not fit.
    :raises IdempotencyMismatch: the intent's key came with another request before.
    """
    check_reason(reason)
    credential, secret = _new(tenant_id, label, expires_at)
    record = audit.act(
        "credentialCreate",
        ("Credential", credential.id),
        tenant_id,
        actor=actor,
        origin=origin,
        at=credential.created_at,
        reason=reason,
        changes=(Change("label", None, credential.label), Change("expiresAt", None, iso_milliseconds(expires_at))),
    )

    async def act(note: Sequence[Statement]) -> IssuedToken:
        await database.write([credentials.add(credential, tokens.digest(secret)), record, *note])
        return IssuedToken(credential, secret)

    return await idempotency.once(wanted, credential.id, act, partial(_recall, tenant_id))


async def rotate_token(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    credential_id: UUID,
    *,
    overlap: timedelta,
    expires_at: datetime,
    label: str | None = None,
    reason: str | None = None,
    wanted: Intent | None = None,
) -> IssuedToken:
    """Issue a token in place of another, which goes on for the overlap: Entra is given the new one meanwhile.

    :param overlap: zero ends the old one at once, within a second everywhere.
    :param label: None: that of the old one.
    :raises InvalidValue: label, reason, overlap or time do not fit.
    :raises NotFound: unknown, or another tenant's.
    :raises InUse: the old one is not live any more.
    :raises IdempotencyMismatch: as :func:`create_token`.
    """
    check_reason(reason)
    check_overlap(overlap)
    old = await credentials.get(tenant_id, credential_id)
    credential, secret = _new(tenant_id, old.label if label is None else label, expires_at)
    moment = credential.created_at
    record = audit.act(
        "credentialRotate",
        ("Credential", credential_id),
        tenant_id,
        actor=actor,
        origin=origin,
        at=moment,
        reason=reason,
        changes=(
            Change("replacedBy", None, str(credential.id)),
            Change("expiresAt", _shown(old.expires_at), iso_milliseconds(moment + overlap)),
        ),
    )

    async def act(note: Sequence[Statement]) -> IssuedToken:
        end = credentials.end_at(tenant_id, credential_id, until=moment + overlap, live_at=moment)
        try:
            await database.write([end, credentials.add(credential, tokens.digest(secret)), record, *note])
        except StaleVersion:
            raise _not_live("token", "credentialId") from None
        return IssuedToken(credential, secret)

    return await idempotency.once(wanted, credential.id, act, partial(_recall, tenant_id))


async def tenant_tokens(tenant_id: UUID) -> list[Credential]:
    """Every token of the tenant, newest first."""
    return await credentials.page(tenant_id)


async def tokens_of(viewer: Viewer, tenant_id: UUID) -> list[Credential]:
    """Every token of the tenant, newest first.

    :raises Forbidden: the viewer does not hold MANAGE_CREDENTIALS there.
    """
    if Permission.MANAGE_CREDENTIALS not in viewer.permissions(tenant_id):
        raise Forbidden("This needs the permission MANAGE_CREDENTIALS in the tenant")
    return await credentials.page(tenant_id)


async def token(tenant_id: UUID, credential_id: UUID) -> Credential:
    """:raises NotFound: unknown, or another tenant's."""
    return await credentials.get(tenant_id, credential_id)


async def tenant_of(credential_id: UUID) -> UUID | None:
    """The tenant whose token this is."""
    return await credentials.tenant_of(credential_id)


async def revoke_token(
    tenant_id: UUID,
    credential_id: UUID,
    *,
    actor: Actor,
    origin: Origin,
    action: str = "tokenRevoke",
    reason: str | None = None,
    even_the_last: bool = True,
) -> None:
    """End a token at once.

    :param even_the_last: False refuses to end the tenant's last live token, without which Entra is locked out.
    :raises NotFound: unknown, or another tenant's.
    :raises InUse: it is the last live one.
    """
    check_reason(reason)
    moment = now()
    async with database.transaction():
        before = await credentials.get(tenant_id, credential_id)
        if not even_the_last and _is_live(before, moment):
            others = [one for one in await credentials.page(tenant_id) if one.id != credential_id]
            if not any(_is_live(other, moment) for other in others):
                raise InUse(
                    "this is the tenant's last live token: Entra could not provision any more",
                    path="credentialId",
                    hint="Rotate it instead, or say confirmLast: true.",
                )
        await credentials.revoke(tenant_id, credential_id, revoked_at=moment)
        record = audit.act(
            action, ("Credential", credential_id), tenant_id, actor=actor, origin=origin, at=moment, reason=reason
        )
        await database.write([record])


def check_reason(reason: str | None) -> None:
    """Hold a reason to what the audit trail keeps.

    :raises InvalidValue: otherwise.
    """
    if reason is not None and not (reason.strip() and len(reason) <= _MAX_REASON and reason.isprintable()):
        raise InvalidValue(f"a reason is one line of 1 to {_MAX_REASON} characters", path="reason")


def check_overlap(overlap: timedelta) -> None:
    """Hold the time in which old and new secret are both accepted to what is sensible.

    :raises InvalidValue: otherwise.
    """
    if not timedelta() <= overlap <= MAX_OVERLAP:
        raise InvalidValue(f"an overlap lasts 0 to {MAX_OVERLAP.days * 24} hours", path="overlapHours")


def check_expiry(expires_at: datetime, moment: datetime) -> None:
    """Hold the end of a secret to what is sensible.

    :raises InvalidValue: otherwise.
    """
    if not moment < expires_at <= moment + MAX_AGE:
        raise InvalidValue(f"it must end in the future, within {MAX_AGE.days:,} days", path="expiresAt")


def _not_live(what: str, path: str) -> InUse:
    return InUse(f"the {what} has ended already", path=path, hint="Create another one.")


def _new(tenant_id: UUID, label: str, expires_at: datetime) -> tuple[Credential, str]:
    if not label.strip() or len(label) > _MAX_LABEL or not label.isprintable():
        raise InvalidValue(f"a label has 1 to {_MAX_LABEL} characters that can be shown", path="label")
    moment = now()
    check_expiry(expires_at, moment)
    secret = tokens.mint(SecretKind.SCIM)
    credential = Credential(
        id=uuid7(),
        tenant_id=tenant_id,
        label=label.strip(),
        last_four=secret[-4:],
        created_at=moment,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
    )
    return credential, secret


async def _recall(tenant_id: UUID, credential_id: UUID) -> IssuedToken:
    return IssuedToken(await credentials.get(tenant_id, credential_id), None)


def _shown(moment: datetime | None) -> str | None:
    return iso_milliseconds(moment) if moment else None


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
