"""The load: people are provisioned as Entra does it, by filter, POST and PATCH, and every answer is kept.

What fails is tried again after at most half a second, where Entra would wait for its next cycle: so the load notices at
once when the service is back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import httpx
from tests.bodies import patch_op, person

from drills.ledger import NO_ANSWER, Answer, Ledger, Operation

STEPS: Final = 6  # versions of each person
_CLIENTS: Final = 12
_REQUESTS_PER_S: Final = 40  # Entra needs 25, the service limits a tenant to 50
_LONGEST_PAUSE_S: Final = 0.5
_CLIENT_TIMEOUT_S: Final = 60  # Entra's
_PATIENCE_S: Final = 60


class Load:
    """Clients that bring one person after the other through all steps, until stopped.

    :param base: the server, or a proxy before it.
    """

    def __init__(self, base: str, token: str) -> None:
        self.ledger = Ledger()
        self._http = httpx.AsyncClient(
            base_url=f"{base}/scim/v2",
            headers={"Authorization": f"Bearer {token}"},
            limits=httpx.Limits(max_connections=_CLIENTS),
            timeout=_CLIENT_TIMEOUT_S,
        )
        self._stopping = asyncio.Event()
        self._next_person = 0
        self._next_request = time.monotonic()

    async def run(self) -> None:
        """Work until stopped; everyone begun is brought to the last step first."""
        async with self._http, asyncio.TaskGroup() as group:
            for _ in range(_CLIENTS):
                group.create_task(self._client())

    async def stop(self) -> None:
        """Begin nobody new."""
        self._stopping.set()

    async def written_since(self, moment: float) -> None:
        """Wait until a write has been acknowledged after the moment."""
        while not any(answer.ended > moment for answer in self.ledger.writes[-_CLIENTS:]):  # noqa: ASYNC110 by any client
            await asyncio.sleep(0.02)

    async def _client(self) -> None:
        while not self._stopping.is_set():
            self._next_person += 1
            user_name = f"p{self._next_person}@corp.example"
            for step in range(STEPS):
                await self._bring(user_name, step)

    async def _bring(self, user_name: str, step: int) -> None:
        """Try until acknowledged."""
        deadline = time.monotonic() + _PATIENCE_S
        pause_s = 0.1
        while not await self._attempt(user_name, step):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{user_name} could not be brought to step {step} within {_PATIENCE_S} s")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _LONGEST_PAUSE_S)
        self.ledger.acknowledged[user_name] = step

    async def _attempt(self, user_name: str, step: int) -> bool:
        """Match, then create or update, as Entra does for each object."""
        found = await self._send("filter", "GET", "/Users", params={"filter": f'userName eq "{user_name}"'})
        if found is None:
            return False
        matches = found["Resources"] if found["totalResults"] else []
        self._compare(user_name, matches)
        if not matches:
            return await self._send("create", "POST", "/Users", json=person(user_name, title="T0")) is not None
        change = patch_op({"op": "Replace", "path": "title", "value": f"T{step}"})
        return await self._send("update", "PATCH", f"/Users/{matches[0]['id']}", json=change) is not None

    def _compare(self, user_name: str, matches: list[dict[str, Any]]) -> None:
        """What is read must be what was acknowledged, or the one write that went unanswered after it."""
        acknowledged = self.ledger.acknowledged.get(user_name, -1)
        step = int(matches[0]["title"][1:]) if matches else -1
        if step not in {acknowledged, acknowledged + 1}:
            self.ledger.forgotten.append(f"{user_name}: step {acknowledged} acknowledged, {step} read")

    async def _send(self, operation: Operation, method: str, url: str, **parts: Any) -> dict[str, Any] | None:
        await self._pace()
        began = time.monotonic()
        try:
            response = await self._http.request(method, url, **parts)
        except httpx.TransportError as error:
            self._note(operation, began, NO_ANSWER, text=repr(error))
            return None
        self._note(operation, began, response.status_code, "retry-after" in response.headers, response.text)
        return response.json() if response.is_success else None

    def _note(self, operation: Operation, began: float, status: int, retry_after: bool = False, text: str = "") -> None:
        answer = Answer(operation, began, time.monotonic(), status, retry_after, "" if status in {200, 201} else text)
        self.ledger.answers.append(answer)

    async def _pace(self) -> None:
        now = time.monotonic()
        self._next_request = max(now, self._next_request + 1 / _REQUESTS_PER_S)
        await asyncio.sleep(self._next_request - now)


@asynccontextmanager
async def loading(base: str, token: str) -> AsyncIterator[Load]:
    """A load in progress; on leaving it finishes what it has begun."""
    load = Load(base, token)
    task = asyncio.create_task(load.run())
    try:
        yield load
        await load.stop()
        await task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
