"""Bearer tokens and OAuth clients of a tenant: how they are issued, replaced and ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from gatehouse.errors import Forbidden, InUse, InvalidValue, StaleVersion
from gatehouse.records import Actor, Change, Credential, CredentialKind, Origin, Permission, Viewer, iso_milliseconds
from gatehouse.services import idempotency, tokens
from gatehouse.services.clock import now
from gatehouse.services.credentials import is_live
from gatehouse.services.idempotency import Intent
from gatehouse.services.tokens import SecretKind
from gatehouse.store import audit, credentials, database, tenants
from gatehouse.store.database import Statement
from gatehouse.store.ids import uuid7

MAX_AGE: Final = timedelta(days=3_650)
MAX_OVERLAP: Final = timedelta(days=90)
_MAX_LABEL: Final = 200
_SECRETS: Final = {CredentialKind.BEARER: SecretKind.SCIM, CredentialKind.CLIENT: SecretKind.CLIENT}
_ACTS: Final = {CredentialKind.BEARER: "token", CredentialKind.CLIENT: "oauthClient"}


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A bearer token; the secret is None when it was shown before."""

    credential: Credential
    secret: str | None


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
    if not 1 <= expires_in_days <= MAX_AGE.days:
        raise InvalidValue(f"a credential lives 1 to {MAX_AGE.days} days", path="expiresInDays")
    credential, secret = _new(tenant_id, label, now() + timedelta(days=expires_in_days), kind)
    await tenants.get(tenant_id)
    act = audit.act(
        f"{_ACTS[kind]}Issue",
        ("Credential", credential.id),
        tenant_id,
        actor=actor,
        origin=origin,
        at=credential.created_at,
        changes=_of_new(credential),
    )
    await database.write([credentials.add(credential, tokens.digest(secret)), act])
    return credential, secret


async def create_token(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    *,
    label: str,
    expires_at: datetime,
    wanted: Intent | None = None,
) -> IssuedToken:
    """Issue a bearer token; the same intent again gives the same token without its secret.

    :raises InvalidValue: label or time do not fit.
    :raises IdempotencyMismatch: the intent's key came with another request before.
    """
    credential, secret = _new(tenant_id, label, expires_at)
    record = audit.act(
        "credentialCreate",
        ("Credential", credential.id),
        tenant_id,
        actor=actor,
        origin=origin,
        at=credential.created_at,
        changes=_of_new(credential),
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
    wanted: Intent | None = None,
) -> IssuedToken:
    """Issue a token in place of another, which goes on for the overlap: Entra is given the new one meanwhile.

    :param overlap: zero ends the old one at once, within a second everywhere.
    :param label: None: that of the old one.
    :raises InvalidValue: label, overlap or time do not fit.
    :raises NotFound: unknown, or another tenant's.
    :raises InUse: the old one is not live any more.
    :raises IdempotencyMismatch: as :func:`create_token`.
    """
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


async def tenant_tokens(tenant_id: UUID, kind: CredentialKind = CredentialKind.BEARER) -> list[Credential]:
    """Every credential of that kind of the tenant, newest first."""
    return await credentials.page(tenant_id, kind)


def check_sight(viewer: Viewer, tenant_id: UUID) -> None:
    """:raises Forbidden: the viewer does not hold MANAGE_CREDENTIALS in the tenant."""
    if Permission.MANAGE_CREDENTIALS not in viewer.permissions(tenant_id):
        raise Forbidden("This needs the permission MANAGE_CREDENTIALS in the tenant")


async def tokens_by_tenant(tenant_ids: Sequence[UUID]) -> dict[UUID, list[Credential]]:
    """Every token of each of these tenants, newest first.

    :param tenant_ids: those of which :func:`check_sight` has nothing to say.
    """
    return await credentials.pages(tenant_ids, CredentialKind.BEARER)


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
    kind: CredentialKind = CredentialKind.BEARER,
    action: str | None = None,
    even_the_last: bool = True,
) -> None:
    """End a credential at once, and every access token that an OAuth client was given.

    :param action: what the audit trail calls it; None: by its kind.
    :param even_the_last: False refuses to end the tenant's last live credential, without which Entra is locked out.
    :raises NotFound: unknown, of another kind, or another tenant's.
    :raises InUse: it is the last live one.
    """
    moment = now()
    async with database.transaction():
        if not even_the_last:
            await _check_others(tenant_id, credential_id, moment)
        await credentials.revoke(tenant_id, credential_id, kind, revoked_at=moment)
        act = audit.act(
            action or f"{_ACTS[kind]}Revoke",
            ("Credential", credential_id),
            tenant_id,
            actor=actor,
            origin=origin,
            at=moment,
            changes=_of_ended(await credentials.get(tenant_id, credential_id), moment),
        )
        await database.write([act])


async def _check_others(tenant_id: UUID, credential_id: UUID, moment: datetime) -> None:
    """See that Entra can sign in without this credential, if it can with it.

    :raises NotFound: unknown, or another tenant's.
    :raises InUse: it is the last live one.
    """
    if not is_live(await credentials.get(tenant_id, credential_id), moment):
        return
    every = [one for kind in CredentialKind for one in await credentials.page(tenant_id, kind)]
    if not any(is_live(other, moment) for other in every if other.id != credential_id):
        raise InUse(
            "this is the tenant's last live token: Entra could not provision any more",
            path="credentialId",
            hint="Rotate it instead, or say confirmLast: true.",
        )


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


def _new(
    tenant_id: UUID, label: str, expires_at: datetime, kind: CredentialKind = CredentialKind.BEARER
) -> tuple[Credential, str]:
    if not label.strip() or len(label) > _MAX_LABEL or not label.isprintable():
        raise InvalidValue(f"a label has 1 to {_MAX_LABEL} characters that can be shown", path="label")
    moment = now()
    check_expiry(expires_at, moment)
    secret = tokens.mint(_SECRETS[kind])
    credential = Credential(
        id=uuid7(),
        tenant_id=tenant_id,
        label=label.strip(),
        last_four=secret[-4:],
        created_at=moment,
        expires_at=expires_at,
        revoked_at=None,
        last_used_at=None,
        kind=kind,
    )
    return credential, secret


def _of_new(credential: Credential) -> tuple[Change, ...]:
    return (Change("label", None, credential.label), Change("expiresAt", None, _shown(credential.expires_at)))


def _of_ended(credential: Credential, moment: datetime) -> tuple[Change, ...]:
    """What the audit trail is told of a revocation; nothing, if there was an earlier one."""
    if credential.revoked_at != moment:
        return ()
    status = "ACTIVE" if is_live(replace(credential, revoked_at=None), moment) else "EXPIRED"
    return (Change("status", status, "REVOKED"),)


async def _recall(tenant_id: UUID, credential_id: UUID) -> IssuedToken:
    return IssuedToken(await credentials.get(tenant_id, credential_id), None)


def _shown(moment: datetime | None) -> str | None:
    return iso_milliseconds(moment) if moment else None
