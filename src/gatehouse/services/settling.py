"""Carrying over what a mapping change has decided to the rows of the users: in small batches, after its commit.

Until then readers see it all the same (:mod:`gatehouse.store.unsettled`). A batch locks a few users for a moment, and no
tenant. Who wants to change a user, or the mapping again, carries over first what stands in the way.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gatehouse.services import clock
from gatehouse.store import database, outbox, settled, unsettled
from gatehouse.store.database import Statement
from gatehouse.store.ids import uuid7
from gatehouse.store.outbox import Work

SETTLE: Final = "access.settle"
PAUSE: Final = timedelta(seconds=5)  # after the commit, longer than a read waits for its turn: see settled
_BATCH: Final = 250
_BATCHES: Final = 40  # one after the other, before other work has its turn


def later(tenant_id: UUID, at: datetime) -> Statement:
    """The statement that makes it work to be done; for the transaction of the mapping change."""
    return outbox.add(uuid7(), tenant_id, SETTLE, {}, due_at=at + PAUSE, created_at=at)


async def do_settle(work: Work) -> None:
    """Do the work of kind :data:`SETTLE`: much of it, and then the rest as other work."""
    after: UUID | None = None
    for _ in range(_BATCHES):
        after = await _settle_some(work.tenant_id, after)
        if after is None:
            break
        await asyncio.sleep(0)
    if await settled.is_anybody_unsettled(work.tenant_id):
        await database.write([later(work.tenant_id, clock.now())])


async def settle(tenant_id: UUID) -> None:
    """Carry over everything that is decided by now, beside whoever else is at it."""
    while await settled.is_anybody_unsettled(tenant_id):
        after = await _settle_some(tenant_id, None)
        while after is not None:
            await asyncio.sleep(0)
            after = await _settle_some(tenant_id, after)


async def settle_user(tenant_id: UUID, user_id: UUID) -> None:
    """Carry over what is decided for one user, if anything is."""
    async with database.transaction():
        if await unsettled.claim_user(tenant_id, user_id):
            await unsettled.settle(tenant_id, [user_id])


async def _settle_some(tenant_id: UUID, after: UUID | None) -> UUID | None:
    """Carry over a batch of users after this one; the last of them, None when there were none."""
    async with database.transaction():
        user_ids = await unsettled.claim(tenant_id, after=after, limit=_BATCH)
        if user_ids:
            await unsettled.settle(tenant_id, user_ids)
    return user_ids[-1] if user_ids else None
