"""History and requests are kept for as long as their tenant says, and then deleted: once an hour, by one of the processes.

With the history goes what is left of users and groups that were deleted in its time. The audit trail stays for good.

Each statement deletes a few rows and is a commit of its own, and after it as much time passes as it took: whoever writes
waits for one of them at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter
from typing import Final
from uuid import UUID, uuid5

from gatehouse.errors import Unavailable
from gatehouse.logs import logger
from gatehouse.records import Tenant
from gatehouse.services import clock
from gatehouse.store import database, jobs, outbox, retention, tenants
from gatehouse.store.outbox import Work

_LOG: Final = logger(__name__)

PURGE: Final = "purge"  # the kind of work in the outbox
STRANGERS_FOR: Final = timedelta(days=30)  # requests that did not sign in
JOBS_FOR: Final = timedelta(days=90)  # that there was an export; its file goes earlier
AT_ONCE: Final = 500  # rows of one statement: some milliseconds
_EVERY: Final = timedelta(hours=1)
_SETTLE_S: Final = 30.0  # after the start of a process
_PAUSE_S: Final = 0.01
_NAMES: Final = UUID("b52d6c7e-5d0e-4c1f-9a57-1f6c3d0f6d3a")  # of the hours' work (RFC 9562 §5.5)
_NOBODY: Final = UUID(int=0)  # work for all tenants together

Delete = Callable[..., Awaitable[int]]


class Retention:
    """Sees to it that the work of each hour is there to be done, whichever process does it."""

    async def run(self) -> None:
        """Put the work of each hour where it is claimed, until cancelled."""
        await asyncio.sleep(_SETTLE_S)
        while True:
            try:
                await plan(clock.now())
                pause_s = (_hour(clock.now()) + _EVERY - clock.now()).total_seconds()
            except Unavailable:
                pause_s = _SETTLE_S
            await asyncio.sleep(pause_s)


async def plan(moment: datetime) -> None:
    """Put the work of this hour into the outbox, unless somebody has: its id follows from the hour."""
    hour = _hour(moment)
    work_id = uuid5(_NAMES, hour.isoformat())
    await database.write([outbox.add_once(work_id, _NOBODY, PURGE, {}, due_at=hour, created_at=moment)])


async def do_purge(_work: Work) -> None:
    """Delete everything that is older than its tenant keeps it.

    :raises Unavailable: the database is away; what was deleted is.
    """
    await purge_all(clock.now())


async def purge_all(moment: datetime, *, at_once: int = AT_ONCE) -> None:
    """Delete everything that is too old at a moment, so many rows a statement.

    :raises Unavailable: as :func:`do_purge`.
    """
    for tenant in await tenants.list_all():
        await purge(tenant, moment, at_once=at_once)
    of_strangers = partial(retention.delete_requests, None, before=moment - STRANGERS_FOR)
    await _delete("requests of strangers", of_strangers, at_once)


async def purge(tenant: Tenant, moment: datetime, *, at_once: int = AT_ONCE) -> None:
    """Delete everything of a tenant that is too old at a moment. As :func:`purge_all`."""
    requests_from = moment - timedelta(days=tenant.request_retention_days)
    events_from = moment - timedelta(days=tenant.event_retention_days)
    for what, delete in (
        ("requests", partial(retention.delete_requests, tenant.id, before=requests_from)),
        ("events", partial(retention.delete_events, tenant.id, before=events_from)),
        ("states of access", partial(retention.delete_access, tenant.id, ended_by=events_from)),
        ("deleted users", partial(retention.delete_users, tenant.id, before=events_from)),
        ("deleted groups", partial(retention.delete_groups, tenant.id, before=events_from)),
    ):
        await _delete(what, delete, at_once, tenant.slug)
    await jobs.forget(tenant.id, finished_before=moment - JOBS_FOR)


async def _delete(what: str, delete: Delete, at_once: int, slug: str | None = None) -> None:
    total, deleted = 0, at_once
    while deleted == at_once:
        started = perf_counter()
        deleted = await delete(limit=at_once)
        total += deleted
        await asyncio.sleep(_PAUSE_S + perf_counter() - started if deleted else 0)
    if total:
        _LOG.info("purged", what=what, rows=total, tenant=slug)


def _hour(moment: datetime) -> datetime:
    """The beginning of the hour."""
    return moment.replace(minute=0, second=0, microsecond=0)
