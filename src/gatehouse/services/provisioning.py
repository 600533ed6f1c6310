"""What every provisioning write has in common: the retry, the event, the refusal.

A write reads without locks, decides with pure functions, and commits one atomic batch that holds its own expectations.
When somebody else was faster the batch is refused as a whole (StaleVersion) and the use case starts again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID
from weakref import WeakValueDictionary

from gatehouse.errors import GatehouseError, InvalidValue, PreconditionFailed, StaleVersion, Unavailable
from gatehouse.records import (
    Caller,
    Change,
    EventAction,
    EventOutcome,
    GroupRecord,
    ProvisioningEvent,
    ResourceKind,
    UserRecord,
    to_microseconds,
)
from gatehouse.scim.entity_tags import Precondition
from gatehouse.scim.messages import meta
from gatehouse.services import metrics
from gatehouse.services.clock import now
from gatehouse.store import database, history, tenants
from gatehouse.store.database import Statement
from gatehouse.store.ids import uuid7

T = TypeVar("T")

_ATTEMPTS: Final = 16
_PAUSE_S: Final = 0.005

# By resource; a lock lives as long as somebody holds it or waits for it.
_turns: WeakValueDictionary[UUID, asyncio.Lock] = WeakValueDictionary()


async def attempt(caller: Caller, resource_id: UUID, use_case: Callable[[int], Awaitable[T]]) -> T:
    """Run a use case with the mapping version in force, again when it lost a race.

    Whoever loses waits for the others of this process that lost over the same resource: a burst on one group then goes
    through one by one, instead of everybody losing again.

    :param use_case: gets the mapping version to compute access with; raises StaleVersion when its batch lost.
    :raises Unavailable: it lost every time.
    """
    version = caller.tenant.mapping_version
    try:
        return await use_case(version)
    except StaleVersion:
        version = await tenants.mapping_version(caller.tenant.id)
    except InvalidValue:  # perhaps refused by rules that have changed since the caller signed in
        current = await tenants.mapping_version(caller.tenant.id)
        if current == version:
            raise
        version = current
    async with _turns.setdefault(resource_id, asyncio.Lock()):
        return await _attempt_again(caller, version, use_case)


async def _attempt_again(caller: Caller, version: int, use_case: Callable[[int], Awaitable[T]]) -> T:
    for lost in range(_ATTEMPTS):
        try:
            return await use_case(version)
        except StaleVersion:
            await asyncio.sleep(random.uniform(0, _PAUSE_S * (lost + 1)))  # noqa: S311 - spreads rivals, no secret
            version = await tenants.mapping_version(caller.tenant.id)
    raise Unavailable("The resource is being changed by many requests at once", retry_after_s=1)


def event(
    caller: Caller,
    kind: ResourceKind,
    action: EventAction,
    *,
    resource_id: UUID | None,
    resource_name: str | None,
    occurred_at: datetime,
    http_status: int,
    changes: Sequence[Change] = (),
    warnings: Sequence[str] = (),
    outcome: EventOutcome | None = None,
    mapping_version: int | None = None,
) -> ProvisioningEvent:
    """The event of an accepted write: a warning when there is something to warn of, else a success."""
    return ProvisioningEvent(
        id=uuid7(),
        tenant_id=caller.tenant.id,
        occurred_at=occurred_at,
        resource_kind=kind,
        resource_id=resource_id,
        resource_name=resource_name,
        action=action,
        outcome=outcome or (EventOutcome.WARNING if warnings else EventOutcome.SUCCESS),
        actor=caller.actor,
        origin=caller.origin,
        changes=tuple(changes),
        mapping_version=mapping_version,
        reason="; ".join(warnings) or None,
        http_status=http_status,
    )


async def commit(statements: Sequence[Statement], happened: ProvisioningEvent) -> None:
    """Write an atomic batch together with its event.

    :raises StaleVersion, UniqueViolation, Unavailable: nothing is written.
    """
    await database.write([*statements, history.add(happened)])
    metrics.count_event(happened)


async def record(happened: ProvisioningEvent) -> None:
    """Write an event that stands alone: a no-op, or a refusal."""
    await commit((), happened)


async def record_refusal(
    caller: Caller,
    kind: ResourceKind,
    action: EventAction,
    error: GatehouseError,
    *,
    resource_id: UUID | None,
    resource_name: str | None,
    http_status: int,
    error_code: str,
) -> None:
    """Write the event of a refused write, in a batch of its own: history survives the refusal.

    :param error_code: the word of Entra's provisioning logs (entra-client.md §9), e.g. ``EntryConflict``.
    """
    if resource_name is None and resource_id is not None:
        resource_name = await history.resource_name(caller.tenant.id, kind, resource_id)
    await record(
        ProvisioningEvent(
            id=uuid7(),
            tenant_id=caller.tenant.id,
            occurred_at=now(),
            resource_kind=kind,
            resource_id=resource_id,
            resource_name=resource_name,
            action=action,
            outcome=EventOutcome.FAILURE,
            actor=caller.actor,
            origin=caller.origin,
            error_code=error_code,
            reason=error.advice,
            http_status=http_status,
        )
    )


def check_precondition(precondition: Precondition, version: int) -> None:
    """Compare what the client wants to hold with the current version (RFC 9110 §13.1.1, §13.1.2).

    :raises PreconditionFailed: it does not hold.
    """
    wanted, unwanted = precondition.if_match, precondition.if_none_match
    if wanted is not None and not wanted.names(str(version)):
        raise PreconditionFailed(f'The resource has changed since; its version is W/"{version}"')
    if unwanted is not None and unwanted.names(str(version)):
        raise PreconditionFailed(f'If-None-Match names what is there: the version of the resource is W/"{version}"')


def server_attributes(kind: ResourceKind, record: UserRecord | GroupRecord) -> dict[str, Any]:
    """What the server sets in a resource, to compare with what a client states (lenient rule L10)."""
    times = to_microseconds(record.created_at), to_microseconds(record.last_modified_at)
    known = meta(kind, created=times[0], last_modified=times[1], version=record.version)
    return {"id": str(record.id), "meta": known}


def after(moment: datetime, earlier: datetime) -> datetime:
    """A time of change that is never before the one stored, whatever the clock does."""
    return max(moment, earlier)
