"""Whether a process can do its work."""

from __future__ import annotations

from dataclasses import dataclass

from gatehouse.errors import Unavailable
from gatehouse.store import database, migrate


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
    """Knows whether this process can work: that the database is up to date is asked until it is."""

    def __init__(self) -> None:
        self._up_to_date = False

    async def trouble(self) -> Trouble | None:
        """What keeps the process from its work now; None: nothing."""
        try:
            await database.ping()
            self._up_to_date = self._up_to_date or not await migrate.is_behind()
        except Unavailable as error:
            return Trouble("database", error.message, error.retry_after_s)
        return None if self._up_to_date else _NOT_MIGRATED
