"""Overrides: an administrator decides for one user, for a reason and for a time, and the rules decide again after it.

An override is part of the stored access, so whatever recomputes access keeps it. Its end is work in the outbox, due at the
moment itself; who reads or writes before that work is done ends it first, or does not count it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import orjson

from gatehouse.errors import InvalidValue, NotFound, StaleVersion, Unavailable
from gatehouse.mapping.changes import access_changes
from gatehouse.mapping.edit import check_storable
from gatehouse.mapping.override import Override
from gatehouse.mapping.resolve import Access
from gatehouse.records import (
    Actor,
    ActorKind,
    Change,
    EventAction,
    EventOutcome,
    Origin,
    ProvisioningEvent,
    ResourceKind,
    UserRecord,
    iso_milliseconds,
)
from gatehouse.services import provisioning, settling
from gatehouse.services.catalogue import Catalogue, load_catalogue
from gatehouse.services.clock import now
from gatehouse.services.identifiers import new_request_id
from gatehouse.store import access_history, audit, mapping as mappings, outbox, overrides, tenants, users
from gatehouse.store.database import Statement
from gatehouse.store.ids import uuid7
from gatehouse.store.outbox import Work

END: Final = "overrideEnd"  # the kind of work in the outbox
DEFAULT_LONGEST: Final = timedelta(days=90)
MAX_REASON_CHARACTERS: Final = 1_000
_ATTEMPTS: Final = 16
_PAUSE_S: Final = 0.005
_AT_ONCE: Final = 500
_SYSTEM: Final = Actor(ActorKind.SYSTEM, None, "Gatehouse")


@dataclass(frozen=True, slots=True)
class Wish:
    """What an override is to do.

    :param role_key: the role instead of that of the rules; None leaves the role to them.
    :param expires_at: when it ends, whatever happens until then.
    """

    reason: str
    expires_at: datetime
    role_key: str | None = None
    add_group_keys: Sequence[str] = ()
    remove_group_keys: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class OverrideChange:
    """What came of it, or would: the user with the access that follows."""

    user: UserRecord
    dry_run: bool


@dataclass(frozen=True, slots=True)
class _Act:
    """One change of an override: the access it leads to, and how history and audit trail tell of it."""

    access: Access
    actor: Actor
    origin: Origin
    action: str
    at: datetime
    sentence: str
    reason: str | None = None
    statements: Sequence[Statement] = ()  # what else belongs into the batch


Decide = Callable[[UserRecord, Access], Awaitable[_Act | None]]


async def set_override(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    user_id: UUID,
    wish: Wish,
    *,
    expected_version: int | None = None,
    dry_run: bool = False,
    longest: timedelta = DEFAULT_LONGEST,
) -> OverrideChange:
    """Give a user an override, in place of the one there may be.

    A disabled user may get one too; it counts once the user is enabled.

    :param expected_version: the user's version that the caller saw; None: whatever it is.
    :param longest: how far ahead it may expire.
    :raises NotFound: no such user, role or employee group; a deleted user is none.
    :raises InvalidValue: it does nothing, contradicts itself, has no reason, or expires in the past or too late.
    :raises StaleVersion: the user is not at ``expected_version``.
    """
    _check(wish, now(), longest)

    async def decide(_: UserRecord, old: Access) -> _Act:
        moment = now()
        override = _override(wish, await load_catalogue(tenant_id), actor=actor, at=moment)
        due = outbox.add(
            override.id, tenant_id, END, {"userId": user_id}, due_at=override.expires_at, created_at=moment
        )
        return _Act(
            access=replace(old, override=override),
            actor=actor,
            origin=origin,
            action="userOverrideSet",
            at=moment,
            sentence=f"override set until {iso_milliseconds(override.expires_at)}",
            reason=override.reason,
            statements=[*overrides.assignable(tenant_id, override), *_withdrawn(tenant_id, old), due],
        )

    await _end_if_expired(tenant_id, user_id)
    return _made(await _change(tenant_id, user_id, decide, expected_version=expected_version, dry_run=dry_run))


async def clear_override(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    user_id: UUID,
    *,
    expected_version: int | None = None,
    dry_run: bool = False,
) -> OverrideChange:
    """End an override before its time.

    :raises NotFound: no such user, or it has no override.
    :raises StaleVersion: the user is not at ``expected_version``.
    """

    async def decide(_: UserRecord, old: Access) -> _Act:
        if old.override is None:
            raise NotFound("the user has no override", path="userId")
        return _Act(
            access=old.by_rules,
            actor=actor,
            origin=origin,
            action="userOverrideClear",
            at=now(),
            sentence="override cleared",
            statements=_withdrawn(tenant_id, old),
        )

    await _end_if_expired(tenant_id, user_id)
    return _made(await _change(tenant_id, user_id, decide, expected_version=expected_version, dry_run=dry_run))


async def end(tenant_id: UUID, user_id: UUID) -> None:
    """Let the override of a user end if it has expired: whoever comes first does it, with one event, as of its expiry."""

    async def decide(_: UserRecord, old: Access) -> _Act | None:
        moment = now()
        if old.override is None or old.override.expires_at > moment:
            return None
        return _Act(
            access=old.by_rules,
            actor=_SYSTEM,
            origin=Origin(new_request_id()),
            action="userOverrideEnd",
            at=old.override.expires_at,
            sentence="override ended: its time is over",
            statements=[outbox.done(tenant_id, old.override.id, moment)],
        )

    with suppress(NotFound):  # deleted, and the override with the user
        await _change(tenant_id, user_id, decide)


async def end_due(tenant_ids: frozenset[UUID] | None) -> None:
    """Let all overrides of these tenants (None: of all) end that have expired and are still stored."""
    while due := await overrides.expired(tenant_ids, now(), limit=_AT_ONCE):
        for tenant_id, user_id in due:
            await end(tenant_id, user_id)


async def do_end(work: Work) -> None:
    """Do the work of kind :data:`END`."""
    await end(work.tenant_id, UUID(work.payload["userId"]))


async def _end_if_expired(tenant_id: UUID, user_id: UUID) -> None:
    until = (await users.get(tenant_id, user_id)).override_until
    if until is not None and until <= now():
        await end(tenant_id, user_id)


async def _change(
    tenant_id: UUID, user_id: UUID, decide: Decide, *, expected_version: int | None = None, dry_run: bool = False
) -> OverrideChange | None:
    """Decide on the user as it is, and write it all at once; again when somebody else was faster.

    :return: None when there was nothing to do.
    """
    for lost in range(_ATTEMPTS):
        version = await tenants.mapping_version(
            tenant_id
        )  # before the user, whose access is of this version or a later
        before = await users.get(tenant_id, user_id)
        if before.unsettled and not dry_run:
            await settling.settle_user(tenant_id, user_id)
            before = await users.get(tenant_id, user_id)
        if expected_version not in {None, before.version}:
            raise StaleVersion(
                f"the user is at version {before.version}, not {expected_version}", path="expectedVersion"
            )
        act = await decide(before, Access.from_text(before.access))
        if act is None:
            return None
        after = _after(before, act)
        if not dry_run:
            try:
                await _write(act, before, after, version)
            except StaleVersion:
                await asyncio.sleep(random.uniform(0, _PAUSE_S * (lost + 1)))  # noqa: S311 - spreads rivals, no secret
                continue
        return OverrideChange(after, dry_run)
    raise Unavailable("The user is being changed by many requests at once", retry_after_s=1)


def _after(before: UserRecord, act: _Act) -> UserRecord:
    override = act.access.override
    return replace(
        before,
        version=before.version + 1,
        access=act.access.to_text(),
        access_since=access_history.following(before.access_since, act.at),
        override_until=None if override is None else override.expires_at,
    )


async def _write(act: _Act, before: UserRecord, after: UserRecord, version: int) -> None:
    mapping = await mappings.read(
        before.tenant_id
    )  # lends the keys, also of what has been added to the catalogue since
    old, new = Access.from_text(before.access), act.access
    shown = tuple(None if access.override is None else access.override.shown(mapping) for access in (old, new))
    changes = (Change("override", *shown), *access_changes(old, new, mapping))
    happened = ProvisioningEvent(
        id=uuid7(),
        tenant_id=before.tenant_id,
        occurred_at=act.at,
        resource_kind=ResourceKind.USER,
        resource_id=before.id,
        resource_name=orjson.loads(before.document)["userName"],
        action=EventAction.UPDATE,
        outcome=EventOutcome.SUCCESS,
        actor=act.actor,
        origin=act.origin,
        changes=changes,
        mapping_version=version,
        reason=act.sentence,
    )
    entry = audit.act(
        act.action,
        ("User", before.id),
        before.tenant_id,
        actor=act.actor,
        origin=act.origin,
        at=act.at,
        changes=changes,
        reason=act.reason,
    )
    statements = users.change_access(after, new, before=before, mapping_version=version)
    await provisioning.commit([*statements, *act.statements, entry], happened)


def _made(change: OverrideChange | None) -> OverrideChange:
    assert change is not None, "what people ask for is never nothing to do"  # noqa: S101
    return change


def _withdrawn(tenant_id: UUID, access: Access) -> list[Statement]:
    return [] if access.override is None else [outbox.withdraw(tenant_id, access.override.id)]


def _override(wish: Wish, catalogue: Catalogue, *, actor: Actor, at: datetime) -> Override:
    role = None if wish.role_key is None else catalogue.assignable_role(wish.role_key, path="roleKey")
    return Override(
        id=uuid7(),
        set_at=at,
        set_by=actor,
        expires_at=wish.expires_at,
        reason=wish.reason.strip(),
        role_id=None if role is None else role.id,
        added=_unique(catalogue.assignable_groups(wish.add_group_keys, path="addGroupKeys")),
        removed=_unique(catalogue.known_groups(wish.remove_group_keys, path="removeGroupKeys")),
    )


def _unique(group_ids: Sequence[UUID]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(group_ids))


def _check(wish: Wish, moment: datetime, longest: timedelta) -> None:
    if wish.role_key is None and not wish.add_group_keys and not wish.remove_group_keys:
        raise InvalidValue("the override does nothing: give a role, or groups to add or remove", path="roleKey")
    both = sorted(set(wish.add_group_keys) & set(wish.remove_group_keys))
    if both:
        raise InvalidValue(f'"{both[0]}" is both added and removed', path="removeGroupKeys")
    check_reason(wish.reason)
    if wish.expires_at <= moment:
        raise InvalidValue("the override would expire in the past", path="expiresAt")
    if wish.expires_at > moment + longest:
        raise InvalidValue(
            f"the override would last longer than the {longest.days} days allowed",
            path="expiresAt",
            hint="Give an earlier end; an override can be set again before it ends.",
        )


def check_reason(reason: str) -> None:
    """Hold a reason to what can be read and stored.

    :raises InvalidValue: it is blank, too long, or holds what no database can store.
    """
    if not reason.strip():
        raise InvalidValue("an override needs a reason", path="reason")
    if len(reason) > MAX_REASON_CHARACTERS:
        raise InvalidValue(f"the reason may have {MAX_REASON_CHARACTERS} characters", path="reason")
    check_storable(reason, path="reason")
