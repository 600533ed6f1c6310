"""OAuth client credentials (RFC 6749 §4.4): a client of a tenant exchanges its secret for tokens that live an hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gatehouse.errors import Forbidden, Unauthorized
from gatehouse.records import Credential, TenantStatus
from gatehouse.services import tokens
from gatehouse.services.clock import now
from gatehouse.services.credentials import find, is_live, note_use
from gatehouse.services.tokens import SecretKind
from gatehouse.store import access_tokens, database

LIFE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a client is given; the secret is shown once.

    :param life_s: seconds, at most :data:`LIFE`; less only when the client itself ends before.
    """

    secret: str
    life_s: int


async def client_of(secret: str) -> Credential:
    """The OAuth client whose secret it is.

    :raises Unauthorized: malformed, unknown, expired or revoked; the message does not tell which.
    :raises Forbidden: its tenant is not served at present.
    :raises Unavailable: the database cannot be asked.
    """
    kind = tokens.kind_of(secret)
    if kind is not SecretKind.CLIENT:
        raise refused("wrong kind" if kind else "malformed")
    try:
        client, tenant = await find(tokens.digest(secret))
    except Unauthorized as refusal:
        raise refused(refusal.reason) from None
    if not is_live(client, now()):
        raise refused("revoked" if client.revoked_at else "expired")
    if tenant.status is not TenantStatus.ACTIVE:
        raise Forbidden(f"Provisioning of {tenant.name} is paused in Gatehouse")
    return client


async def grant(client: Credential) -> AccessToken:
    """A new access token for the client; those it had keep their hour.

    :raises Unavailable: the database cannot be asked.
    """
    moment = now()
    expires_at = _end(client.expires_at, moment)
    secret = tokens.mint(SecretKind.ACCESS)
    await note_use(client)
    await database.write(
        access_tokens.add(client.tenant_id, client.id, tokens.digest(secret), created_at=moment, expires_at=expires_at)
    )
    return AccessToken(secret, int((expires_at - moment).total_seconds()))


def is_id_of(client_id: str, client: Credential) -> bool:
    """Whether the id that was sent with the secret names its client."""
    try:
        return UUID(client_id) == client.id
    except ValueError:
        return False


def refused(reason: str | None) -> Unauthorized:
    """The one answer to whatever is wrong with a client's id or secret."""
    message = "The client is not known, or its secret is not valid: unknown, expired or revoked"
    return Unauthorized(message, code="invalid_client", reason=reason)


def _end(client_ends: datetime | None, moment: datetime) -> datetime:
    return moment + LIFE if client_ends is None else min(moment + LIFE, client_ends)
