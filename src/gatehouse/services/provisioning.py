"""What every provisioning write has in common: the retry, the event, the refusal.

A write reads without locks, decides with pure functions, and commits one atomic batch that holds its own expectations.
When somebody else was faster the batch is refused as a whole (StaleVersion) and the use case starts again.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from gatehouse.errors import GatehouseError, PreconditionFailed, StaleVersion, Unavailable
from gatehouse.records import (
    Caller,
    Change,
    EventAction,
    EventOutcome,
    ProvisioningEvent,
    ResourceKind,
)
from gatehouse.services.clock import now
from gatehouse.store import database, history, tenants
from gatehouse.store.ids import uuid7

T = TypeVar("T")

_ATTEMPTS: Final = 16
_PAUSE_S: Final = 0.005


async def attempt(caller: Caller, use_case: Callable[[int], Awaitable[T]]) -> T:
    """Run a use case with the mapping version in force, again when it lost a race.

    :param use_case: gets the mapping version to compute access with; raises StaleVersion when its batch lost.
    :raises Unavailable: it lost every time.
    """
    version = caller.tenant.mapping_version
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


async def record(happened: ProvisioningEvent) -> None:
    """Write an event that stands alone: a no-op, or a refusal."""
    await database.write([history.add(happened)])


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
            reason=error.message,
            http_status=http_status,
        )
    )


def check_precondition(if_match: Sequence[str] | None, version: int) -> None:
    """Compare ``If-Match`` with the current version, ignoring ``W/`` (RFC 9110 §13.1.1, our reading D16).

    :param if_match: opaque tags without quotes, or ``("*",)``, or None when the header is absent.
    :raises PreconditionFailed: none of them is the current one.
    """
    if if_match is not None and "*" not in if_match and str(version) not in if_match:
        raise PreconditionFailed(f'The resource has changed since; its version is W/"{version}"')


def after(moment: datetime, earlier: datetime) -> datetime:
    """A time of change that is never before the one stored, whatever the clock does."""
    return max(moment, earlier)
