"""API keys: how scripts and people sign in at ``/graphql``."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gatehouse.errors import InvalidValue, Unauthorized, Unavailable
from gatehouse.records import PRESETS, Actor, ActorKind, Grant, Origin, Viewer
from gatehouse.services import key_records, tokens
from gatehouse.services.clock import now
from gatehouse.services.credentials import LAST_USED_EVERY
from gatehouse.services.key_records import KeyAct
from gatehouse.services.lookups import ShortMemory
from gatehouse.services.tokens import SecretKind
from gatehouse.store import api_keys, database
from gatehouse.store.api_keys import ApiKey
from gatehouse.store.ids import uuid7

__all__ = ["PRESETS", "ApiKeys", "all_api_keys", "issue_api_key", "revoke_api_key"]

_MAX_NAME: Final = 200
_MAX_AGE_DAYS: Final = 3_650


class ApiKeys:
    """Tells who is behind an API key.

    :param cache_s: for how long a look-up may be reused; a revocation bites within this time.
    """

    def __init__(self, *, cache_s: float) -> None:
        self._known: ShortMemory[tuple[ApiKey, Viewer]] = ShortMemory(cache_s)

    async def authenticate(self, secret: str) -> Viewer:
        """The viewer that the key stands for.

        :raises Unauthorized: unknown, expired or revoked; the message does not tell which.
        :raises Unavailable: the database cannot be asked.
        """
        digest = tokens.digest(secret)
        known = self._known.get(digest)
        if known is not None:
            return _if_live(*known)
        kind = tokens.kind_of(secret)
        if kind is not SecretKind.API:
            raise _refused("wrong kind" if kind else "malformed")
        return await self.viewer_of_hash(digest)

    async def viewer_of_hash(self, digest: str) -> Viewer:
        """The viewer that the key with this SHA-256 (hex) stands for. As :meth:`authenticate`."""
        known = self._known.get(digest)
        if known is None:
            known = await self._look_up(digest)
            self._known.put(digest, known)
        return _if_live(*known)

    async def _look_up(self, digest: str) -> tuple[ApiKey, Viewer]:
        found = await api_keys.by_key_hash(digest)
        if found is None or not hmac.compare_digest(found[0].key_hash, digest):
            raise _refused("unknown")
        key, grants = found
        moment = now()
        if _is_live(key, moment):
            await _note_use(key, moment)
        return key, Viewer(key.id, key.name, ActorKind.API_KEY, grants, any_document=key.any_document)


async def issue_api_key(
    *,
    name: str,
    preset: str,
    actor: Actor,
    origin: Origin,
    tenant_ids: Sequence[UUID] = (),
    expires_in_days: int | None = None,
    any_document: bool = False,
) -> tuple[ApiKey, str]:
    """A new API key: the record, and the secret, which is shown once.

    :param tenant_ids: the tenants it may see; none means all.
    :param any_document: it may send any document where only trusted ones are run.
    :raises InvalidValue: an empty or long name, an unknown preset, or a senseless age.
    """
    if not name.strip() or len(name) > _MAX_NAME:
        raise InvalidValue(f"a name has 1 to {_MAX_NAME} characters", path="name")
    if preset not in PRESETS:
        raise InvalidValue(f"unknown preset {preset!r}; there are {', '.join(PRESETS)}", path="preset")
    if expires_in_days is not None and not 1 <= expires_in_days <= _MAX_AGE_DAYS:
        raise InvalidValue(f"a key lives 1 to {_MAX_AGE_DAYS} days", path="expiresInDays")
    secret = tokens.mint(SecretKind.API)
    moment = now()
    key = ApiKey(
        id=uuid7(),
        name=name.strip(),
        key_hash=tokens.digest(secret),
        last_four=secret[-4:],
        preset=preset,
        created_at=moment,
        expires_at=moment + timedelta(days=expires_in_days) if expires_in_days else None,
        any_document=any_document,
    )
    scope: Sequence[UUID | None] = tenant_ids or (None,)
    grants = [Grant(tenant_id, PRESETS[preset]) for tenant_id in scope]
    act = KeyAct("apiKeyIssue", actor, origin, moment)
    records = key_records.records(act, key, grants, key_records.of_new(key))
    await database.write([*api_keys.add(key, grants), *records])
    return key, secret


async def all_api_keys() -> list[ApiKey]:
    """Every key, newest first."""
    return await api_keys.list_all()


async def revoke_api_key(key_id: UUID, *, actor: Actor, origin: Origin) -> None:
    """End a key at once.

    :raises NotFound: no such key.
    """
    moment = now()
    async with database.transaction():
        await api_keys.revoke(key_id, revoked_at=moment)
        key, grants = await api_keys.get(key_id)
        await database.write(key_records.records(KeyAct("apiKeyRevoke", actor, origin, moment), key, grants))


async def _note_use(key: ApiKey, moment: datetime) -> None:
    since = moment - LAST_USED_EVERY
    if key.last_used_at is not None and key.last_used_at >= since:
        return
    try:
        await api_keys.touch(key.id, used_at=moment, not_since=since)
    except Unavailable:
        return  # the time of last use is a convenience: a read must not fail for it while the database is busy


def _is_live(key: ApiKey, moment: datetime) -> bool:
    return key.revoked_at is None and (key.expires_at is None or moment < key.expires_at)


def _if_live(key: ApiKey, viewer: Viewer) -> Viewer:
    if not _is_live(key, now()):
        raise _refused("revoked" if key.revoked_at else "expired")
    return viewer


def _refused(reason: str) -> Unauthorized:
    message = "The API key is not valid: it is unknown, expired or revoked"
    return Unauthorized(message, code="invalid_token", reason=reason)
