"""Whether a process can do its work."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from gatehouse.errors import Unavailable
from gatehouse.logs import logger
from gatehouse.store import database, migrate

_LOG: Final = logger(__name__)

_LOOK_EVERY_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """What keeps a process from its work.

    :param reason: ``database`` or ``migration``, as ``/readyz`` says it.
    """

    reason: str
    message: str
    retry_after_s: int


_NOT_MIGRATED = Trouble("migration", "the database is not up to date: run gatehouse migrate", 5)


class Health:
    """Knows whether this process can work: that the database is up to date is asked until it is.

    The log is told when that changes, once: that it cannot and why, and that it can again.
    """

    def __init__(self, *, look_every_s: float = _LOOK_EVERY_S) -> None:
        self._look_every_s = look_every_s
        self._up_to_date = False
        self._told: str | None = None  # the reason that the log has

    async def run(self) -> None:
        """Look again and again, until cancelled: nobody else may ask."""
        while True:
            await self.trouble()
            await asyncio.sleep(self._look_every_s)

    async def trouble(self) -> Trouble | None:
        """What keeps the process from its work now; None: nothing."""
        found = await self._look()
        self._tell(found)
        return found

    async def _look(self) -> Trouble | None:
        try:
            await database.ping()
            self._up_to_date = self._up_to_date or not await migrate.is_behind()
        except Unavailable as error:
            return Trouble("database", error.message, error.retry_after_s)
        return None if self._up_to_date else _NOT_MIGRATED

    def _tell(self, found: Trouble | None) -> None:
        before, self._told = self._told, found.reason if found else None
        if found is not None and found.reason != before:
            _LOG.warning("not ready", reason=found.message)
        elif found is None and before is not None:
            _LOG.info("ready again")
