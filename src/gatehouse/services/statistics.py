"""Keeps PostgreSQL's statistics in step with a first cycle, which fills the tables faster than autovacuum looks at them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

from gatehouse.errors import Unavailable
from gatehouse.store import statistics

_EVERY_S: Final = 3.0


class Statistics:
    """Looks every few seconds; what autovacuum keeps up with is left to it."""

    async def run(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await asyncio.sleep(_EVERY_S)
            with suppress(Unavailable):
                await statistics.gather()
