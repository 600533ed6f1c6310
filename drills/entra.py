"""A simulated Entra ID tenant beside the load: ``gatehouse simulate`` must end as if nothing had happened."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
from tests.smoke.server import Server

_PATIENCE_S: Final = 90
_REQUESTS_PER_S: Final = 25
_LIMIT_S: Final = 300


class Simulation:
    """A run of ``gatehouse simulate``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def verdict(self) -> str:
        """Wait for its end; what was not as expected, or an empty text."""
        async with asyncio.timeout(_LIMIT_S):
            output, _ = await self._process.communicate()
        return "" if self._process.returncode == 0 else output.decode("utf-8", "replace").strip() or "no report"


@asynccontextmanager
async def simulating(server: Server, base: str, people: int) -> AsyncIterator[Simulation | None]:
    """Entra provisions a tenant of its own, with roles and groups compared in the end; None for no people."""
    if not people:
        yield None
        return
    server.command("tenant", "create", "globex", "--name", "Globex")
    token = server.command("token", "issue", "globex", "--label", "drill")
    options = {
        "--url": f"{base}/scim/v2",
        "--token": token,
        "--api-key": server.command("api-key", "issue", "--name", "drill", "--preset", "owner"),
        "--tenant": "globex",
        "--users": str(people),
        "--rate": str(_REQUESTS_PER_S),
        "--patience": str(_PATIENCE_S),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gatehouse", "simulate", "--quiet"),
        *(word for option in options.items() for word in option),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        await _under_way(f"{base}/scim/v2/Users", token)
        yield Simulation(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _under_way(users: str, token: str) -> None:
    """Wait until the first people have arrived."""
    async with asyncio.timeout(_LIMIT_S), httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http:
        while (await http.get(users, params={"count": 0})).json()["totalResults"] == 0:  # noqa: ASYNC110 another process
            await asyncio.sleep(0.2)
