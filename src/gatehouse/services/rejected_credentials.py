"""Which credentials were tried and refused, and how often: counted in memory, stored now and then.

For the people who run the service: a forgotten client with an old token, a token pasted into the wrong field, somebody
guessing. The caller learns nothing from it. However many attempts come, memory and database hold a bounded number.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gatehouse.errors import Forbidden, Unavailable
from gatehouse.logs import logger
from gatehouse.records import Permission, Viewer
from gatehouse.services import tokens
from gatehouse.services.clock import now
from gatehouse.store import rejected_credentials
from gatehouse.store.rejected_credentials import Rejected

_LOG: Final = logger(__name__)

CAPACITY: Final = 1_000
KEPT_FOR: Final = timedelta(days=90)
SHOWN: Final = 100
_ROOM_FOR_NEW_EVERY: Final = timedelta(hours=1)
_FINGERPRINT_LENGTH: Final = 16
_PREFIX: Final = re.compile(r"gth_[a-z]{1,8}_|github_pat_|gh[a-z]_|glpat-|xox[a-z]-|eyJ", re.ASCII)


@dataclass(slots=True)
class _Attempts:
    prefix: str
    reason: str
    first_seen_at: datetime
    last_seen_at: datetime
    last_ip: str | None
    new: int = 0  # not stored yet


class RejectedCredentials:
    """Takes refusals without waiting and stores them in the background.

    At most :data:`CAPACITY` secrets are told apart within an hour; attempts with others are only counted together, in
    the log.

    :param flush_s: longest time an attempt waits in memory.
    :param clock: the time now.
    """

    def __init__(self, *, flush_s: float, clock: Callable[[], datetime] = now) -> None:
        self._flush_s = flush_s
        self._clock = clock
        self._known: dict[str, _Attempts] = {}
        self._since = clock()
        self._others = 0

    def note(self, secret: str, *, reason: str, ip: str | None) -> None:
        """Count one attempt."""
        fingerprint = tokens.digest(secret)[:_FINGERPRINT_LENGTH]
        attempts = self._known.get(fingerprint)
        moment = self._clock()
        if attempts is None:
            if len(self._known) >= CAPACITY:
                self._others += 1
                return
            attempts = self._known[fingerprint] = _Attempts(_prefix(secret), reason, moment, moment, ip)
        attempts.reason, attempts.last_seen_at, attempts.last_ip = reason, moment, ip
        attempts.new += 1

    async def run(self) -> None:
        """Store what was counted, again and again, until cancelled."""
        while True:
            await asyncio.sleep(self._flush_s)
            await self.flush()

    async def flush(self) -> None:
        """Store what was counted; what cannot be stored is kept for the next time."""
        counted = {fingerprint: attempts.new for fingerprint, attempts in self._known.items() if attempts.new}
        try:
            if counted:
                await rejected_credentials.count([self._rejected(fingerprint) for fingerprint in counted])
            for fingerprint, number in counted.items():
                self._known[fingerprint].new -= number
            await self._make_room()
        except Unavailable:
            return

    async def _make_room(self) -> None:
        """Once an hour: forget what is stored, and in the database what is old."""
        moment = self._clock()
        if moment - self._since < _ROOM_FOR_NEW_EVERY:
            return
        await rejected_credentials.forget(not_seen_since=moment - KEPT_FOR)
        if self._others:
            _LOG.warning("more refused credentials than are told apart", attempts=self._others)
        self._known = {fingerprint: attempts for fingerprint, attempts in self._known.items() if attempts.new}
        self._since, self._others = moment, 0

    def _rejected(self, fingerprint: str) -> Rejected:
        found = self._known[fingerprint]
        return Rejected(
            fingerprint,
            found.prefix,
            found.reason,
            found.new,
            found.first_seen_at,
            found.last_seen_at,
            found.last_ip,
        )


async def recently_rejected(
    *, tenant_id: UUID | None = None, since: datetime | None = None, limit: int = SHOWN
) -> list[Rejected]:
    """The secrets tried in vain, the latest first; for whoever has the database in hand.

    :param tenant_id: only the tokens of this tenant; None: everything, strangers' secrets included.
    :param since: tried at that time or later; None: as long as they are kept.
    """
    begin = since or now() - KEPT_FOR
    if tenant_id is None:
        return await rejected_credentials.recent(since=begin, limit=limit)
    return (await rejected_credentials.of_tenants([tenant_id], since=begin, limit=limit))[tenant_id]


async def rejected_by_tenant(tenant_ids: Sequence[UUID], since: datetime | None) -> dict[UUID, list[Rejected]]:
    """The own tokens of each of these tenants tried in vain, up to :data:`SHOWN`, the latest first.

    :param tenant_ids: those in which the viewer manages tokens.
    """
    return await rejected_credentials.of_tenants(tenant_ids, since=since or now() - KEPT_FOR, limit=SHOWN)


async def rejected_of_all(viewer: Viewer, *, since: datetime | None) -> list[Rejected]:
    """Every secret tried in vain, up to :data:`SHOWN`, the latest first: nobody can tell whose a stranger's is.

    :raises Forbidden: the viewer does not hold MANAGE_CREDENTIALS in all tenants.
    """
    if viewer.tenant_ids(Permission.MANAGE_CREDENTIALS) is not None:
        raise Forbidden("This needs the permission MANAGE_CREDENTIALS in all tenants")
    return await recently_rejected(since=since)


def _prefix(secret: str) -> str:
    """The part that tells the kind of a secret, ours or another's; empty when there is none."""
    match = _PREFIX.match(secret)
    return match[0] if match else ""


__all__ = [
    "CAPACITY",
    "KEPT_FOR",
    "SHOWN",
    "Rejected",
    "RejectedCredentials",
    "recently_rejected",
    "rejected_by_tenant",
    "rejected_of_all",
]
