"""API keys as administrators make, replace and end them: none can grant more than its maker holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gatehouse.errors import Forbidden, InUse, InvalidValue, NotFound, StaleVersion
from gatehouse.records import Change, Grant, Origin, Permission, Viewer
from gatehouse.services import audit_trail, idempotency, key_records, tokens
from gatehouse.services.api_keys import PRESETS
from gatehouse.services.clock import now
from gatehouse.services.idempotency import Intent
from gatehouse.services.key_records import KeyAct
from gatehouse.services.managed_credentials import check_expiry, check_overlap
from gatehouse.services.tokens import SecretKind
from gatehouse.store import api_keys, database
from gatehouse.store.api_keys import ApiKey
from gatehouse.store.database import Statement
from gatehouse.store.ids import uuid7

SHOWN: Final = 200
MAX_GRANTS: Final = 100
CUSTOM: Final = "custom"
_MAX_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class ManagedKey:
    """A key with what it grants; the secret is None when it was shown before."""

    key: ApiKey
    grants: tuple[Grant, ...]
    secret: str | None = None


async def keys(viewer: Viewer) -> list[ManagedKey]:
    """The keys that the viewer may manage, up to :data:`SHOWN`, newest first.

    Those are the keys whose every grant is in a tenant where the viewer holds MANAGE_ADMINS.

    :raises Forbidden: the viewer holds it nowhere.
    """
    tenant_ids = viewer.tenant_ids(Permission.MANAGE_ADMINS)
    if tenant_ids is not None and not tenant_ids:
        raise Forbidden("This needs the permission MANAGE_ADMINS")
    return [ManagedKey(key, grants) for key, grants in await api_keys.within(tenant_ids, limit=SHOWN)]


async def find(viewer: Viewer, key_id: UUID) -> ManagedKey | None:
    """A key that the viewer may manage."""
    try:
        found = ManagedKey(*await api_keys.get(key_id))
    except NotFound:
        return None
    return None if _out_of_reach(viewer, found) else found


async def create(
    viewer: Viewer,
    origin: Origin,
    *,
    name: str,
    grants: Sequence[Grant],
    expires_at: datetime,
    any_document: bool = False,
    wanted: Intent | None = None,
) -> ManagedKey:
    """Make a key; the same intent again gives the same key without its secret.

    :raises InvalidValue: name, grants or time do not fit.
    :raises Forbidden: the viewer may not make keys for one of the tenants, or does not hold what the key would grant.
    :raises IdempotencyMismatch: the intent's key came with another request before.
    """
    _check_grants(grants)
    await _check_reach(_Attempt(viewer, origin, "apiKeyCreate"), grants, any_document=any_document)
    key, secret = _new(name, _preset(grants), expires_at, any_document=any_document)
    made = ManagedKey(key, tuple(grants), secret)
    return await _add(KeyAct("apiKeyCreate", viewer.actor, origin, key.created_at), made, wanted=wanted)


async def rotate(
    viewer: Viewer,
    origin: Origin,
    key_id: UUID,
    *,
    overlap: timedelta,
    expires_at: datetime,
    wanted: Intent | None = None,
) -> ManagedKey:
    """Make a key that grants the same in place of another, which goes on for the overlap.

    :param overlap: zero ends the old one at once, within a second everywhere.
    :raises NotFound: no such key in sight.
    :raises Forbidden: the viewer does not hold what the key grants.
    :raises InUse: the old key is not live any more.
    :raises InvalidValue: overlap or time do not fit.
    :raises IdempotencyMismatch: as :func:`create`.
    """
    check_overlap(overlap)
    attempt = _Attempt(viewer, origin, "apiKeyRotate", key_id)
    old = await _managed_by(attempt, key_id)
    await _check_reach(attempt, old.grants, any_document=old.key.any_document)
    key, secret = _new(old.key.name, old.key.preset, expires_at, any_document=old.key.any_document)
    end = api_keys.end_at(key_id, until=key.created_at + overlap, live_at=key.created_at)
    act = KeyAct("apiKeyRotate", viewer.actor, origin, key.created_at)
    return await _add(act, ManagedKey(key, old.grants, secret), beside=(end,), wanted=wanted, replaced=old)


async def revoke(viewer: Viewer, origin: Origin, key_id: UUID) -> ManagedKey:
    """End a key at once; within a second everywhere. Doing it twice keeps the first time.

    :raises NotFound: no such key in sight.
    """
    found = await _managed_by(_Attempt(viewer, origin, "apiKeyRevoke", key_id), key_id)
    moment = now()
    async with database.transaction():
        await api_keys.revoke(key_id, revoked_at=moment)
        act = KeyAct("apiKeyRevoke", viewer.actor, origin, moment)
        await database.write(key_records.records(act, found.key, found.grants))
    return replace(found, key=replace(found.key, revoked_at=found.key.revoked_at or moment))


async def _add(
    told: KeyAct,
    made: ManagedKey,
    *,
    beside: Sequence[Statement] = (),
    wanted: Intent | None,
    replaced: ManagedKey | None = None,
) -> ManagedKey:
    key = made.key
    changes = (*key_records.of_new(key), *((Change("replacedBy", None, str(key.id)),) if replaced else ()))
    records = key_records.records(told, (replaced or made).key, made.grants, changes)

    async def act(note: Sequence[Statement]) -> ManagedKey:
        try:
            await database.write([*api_keys.add(key, made.grants), *beside, *records, *note])
        except StaleVersion:
            raise InUse("the key has ended already", path="apiKeyId", hint="Create another one.") from None
        return made

    async def recall(key_id: UUID) -> ManagedKey:
        return ManagedKey(*await api_keys.get(key_id))

    return await idempotency.once(wanted, key.id, act, recall)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What is put on record when somebody may not do it.

    :ivar key_id: the key concerned; None: it is to be made.
    """

    viewer: Viewer
    origin: Origin
    action: str
    key_id: UUID | None = None

    async def refused(self, grant: Grant, reason: str) -> None:
        """Record it with the tenant of a grant, or with the server for a grant that holds in all of them."""
        tenant_id = grant.tenant_id
        target = ("ApiKey", self.key_id) if self.key_id else ("Tenant", tenant_id or audit_trail.ALL_TENANTS)
        await audit_trail.refused(self.viewer, self.origin, tenant_id, action=self.action, target=target, reason=reason)


async def _managed_by(attempt: _Attempt, key_id: UUID) -> ManagedKey:
    """Read a key that the viewer may manage.

    :raises NotFound: there is none; so read others too, and the attempt is recorded where the viewer manages none.
    """
    missing = NotFound("There is no such API key", path="apiKeyId")
    try:
        found = ManagedKey(*await api_keys.get(key_id))
    except NotFound:
        raise missing from None
    beyond = _out_of_reach(attempt.viewer, found)
    if beyond:
        await attempt.refused(beyond, f"no {Permission.MANAGE_ADMINS} in {_where(beyond)}")
        raise missing
    return found


def _out_of_reach(viewer: Viewer, key: ManagedKey) -> Grant | None:
    """The first grant of the key where the viewer may not manage keys."""
    tenant_ids = viewer.tenant_ids(Permission.MANAGE_ADMINS)
    if tenant_ids is None:
        return None
    return next((grant for grant in key.grants if grant.tenant_id not in tenant_ids), None)


def _check_grants(grants: Sequence[Grant]) -> None:
    if not 1 <= len(grants) <= MAX_GRANTS:
        raise InvalidValue(f"a key has 1 to {MAX_GRANTS} grants", path="grants")
    if len({grant.tenant_id for grant in grants}) < len(grants):
        raise InvalidValue("a tenant is granted twice", path="grants")
    if not all(grant.permissions for grant in grants):
        raise InvalidValue("a grant holds at least one permission", path="grants")


async def _check_reach(attempt: _Attempt, grants: Sequence[Grant], *, any_document: bool) -> None:
    """Hold the maker of a key to what they hold themselves; an attempt at more is recorded.

    :raises Forbidden: there is one.
    """
    faults = ((grant, _beyond(attempt.viewer, grant)) for grant in grants)
    found = next(((grant, fault, "grants") for grant, fault in faults if fault), None)
    if found is None and any_document and not attempt.viewer.any_document:
        found = grants[0], "Only a key that may send any document can make another one", "anyDocument"
    if found:
        grant, fault, path = found
        await attempt.refused(grant, fault)
        raise Forbidden(fault, path=path)


def _beyond(viewer: Viewer, grant: Grant) -> str | None:
    """Why the viewer cannot give this grant; None when they can."""
    held = viewer.everywhere if grant.tenant_id is None else viewer.permissions(grant.tenant_id)
    if Permission.MANAGE_ADMINS not in held:
        return f"This needs the permission MANAGE_ADMINS in {_where(grant)}"
    more = sorted(grant.permissions - held)
    return f"You do not hold {', '.join(more)} in {_where(grant)}, so no key of yours can" if more else None


def _where(grant: Grant) -> str:
    return "all tenants" if grant.tenant_id is None else "the tenant"


def _preset(grants: Sequence[Grant]) -> str:
    granted = {grant.permissions for grant in grants}
    return next((name for name, permissions in PRESETS.items() if granted == {permissions}), CUSTOM)


def _new(name: str, preset: str, expires_at: datetime, *, any_document: bool) -> tuple[ApiKey, str]:
    if not name.strip() or len(name) > _MAX_NAME or not name.isprintable():
        raise InvalidValue(f"a name has 1 to {_MAX_NAME} characters that can be shown", path="name")
    moment = now()
    check_expiry(expires_at, moment)
    secret = tokens.mint(SecretKind.API)
    key = ApiKey(
        id=uuid7(),
        name=name.strip(),
        key_hash=tokens.digest(secret),
        last_four=secret[-4:],
        preset=preset,
        created_at=moment,
        expires_at=expires_at,
        any_document=any_document,
    )
    return key, secret
