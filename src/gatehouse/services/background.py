"""What a process does in the background goes on whatever goes wrong, and the log is told what did."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final, Protocol

from gatehouse.logs import logger

_LOG: Final = logger(__name__)

_PAUSE_S: Final = 1.0
_LONGEST_PAUSE_S: Final = 60.0


class Runner(Protocol):
    """Something that is at work until it is cancelled."""

    async def run(self) -> None:
        """Be at work."""


async def keep_running(runner: Runner) -> None:
    """Let it be at work until cancelled; what it fails with is logged, and after a pause it begins again.

    The pause is a second, and twice as long each time that it fails again within a minute: up to a minute.
    """
    pause_s = _PAUSE_S
    while True:
        began_at = monotonic()
        try:
            await runner.run()
        except Exception:  # noqa: BLE001 - logged whole; nobody else would start it again
            if monotonic() - began_at > _LONGEST_PAUSE_S:
                pause_s = _PAUSE_S
            _LOG.exception("background work failed", runner=type(runner).__name__, again_in_s=pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
