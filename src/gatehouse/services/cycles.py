"""When a cycle of Entra begins: we see only requests, so it is the first one after a silence (entra-client.md §9)."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Final
from uuid import UUID

from gatehouse.store.cycles import SILENCE_S, cycle_key

__all__ = ["SILENCE_S", "Cycles", "cycle_key"]

_NOTE_EVERY_S: Final = 30  # so coarse is the beginning of a silence


class Cycles:
    """Watches the requests of tenants.

    :param shared: a directory through which the workers of one host tell each other; None: there is only this process.
    """

    def __init__(self, shared: Path | None = None) -> None:
        self._shared = shared
        self._noted: dict[UUID, float] = {}

    def begins(self, tenant_id: UUID, at: float) -> bool:
        """Whether a request is the first after silence.

        :param at: seconds since 1970.
        """
        noted = self._noted.get(tenant_id)
        if noted is not None and at - noted < _NOTE_EVERY_S:
            return False
        self._noted[tenant_id] = at
        last = self._exchange(tenant_id, at, noted)
        return last is None or at - last >= SILENCE_S

    def _exchange(self, tenant_id: UUID, at: float, noted: float | None) -> float | None:
        """When the tenant was active before; as far as this process knows, where there is no room to tell the others."""
        if self._shared is None:
            return noted
        try:
            return _exchange(self._shared / f"cycle-{tenant_id}", at)
        except OSError:
            return noted


def _exchange(marker: Path, at: float) -> float | None:
    """Write when the tenant was active; what stood there before, by whichever worker."""
    with marker.open("a+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        before = file.read()
        file.truncate(0)
        file.write(repr(at))
    return float(before) if before else None
