"""A server with sockets in the test's own process, and a client that speaks graphql-transport-ws word by word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gatehouse.api.front.server import _config
from gatehouse.app import create_app
from gatehouse.settings import Settings

EVENTS = "subscription($after: Cursor) { provisioningEvents(after: $after) { cursor node { id resourceName } } }"


@dataclass(frozen=True)
class Served:
    """A running server."""

    app: Starlette
    port: int

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"


@asynccontextmanager
async def served(database_url: str, **settings: Any) -> AsyncIterator[Served]:
    """The application behind uvicorn, with our protocols."""
    given = Settings(
        database_url=database_url, **{"credential_cache_s": 0, "live_poll_s": 0.1, "drain_timeout_s": 3, **settings}
    )
    app = create_app(given, served_at="http://gatehouse.test")
    config = _config(given, app, host="127.0.0.1", port=0, workers=1)  # type: ignore[arg-type]
    config.factory = False
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    ticking = asyncio.create_task(server.main_loop())
    try:
        yield Served(app, server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        await ticking
        await server.shutdown()


class LiveClient:
    """One connection."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, message: object) -> None:
        await self.socket.send(message if isinstance(message, str | bytes) else json.dumps(message))

    async def get(self) -> dict[str, Any]:
        """The next message."""
        async with asyncio.timeout(5):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        return message

    async def sign_in(self, key: str) -> LiveClient:
        await self.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {key}"}})
        assert await self.get() == {"type": "connection_ack"}
        return self

    async def subscribe(self, subscription_id: str, query: str = EVENTS, **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.send({"type": "subscribe", "id": subscription_id, "payload": payload})

    async def alive(self) -> None:
        """The connection goes on, and nothing has come that was not asked for."""
        await self.send({"type": "ping"})
        assert await self.get() == {"type": "pong"}

    async def edge(self, field: str = "provisioningEvents") -> dict[str, Any]:
        """The next edge."""
        message = await self.get()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        edge: dict[str, Any] = message["payload"]["data"][field]
        return edge

    async def refusal(self) -> dict[str, Any]:
        """The next message, which ends a subscription; its one error."""
        message = await self.get()
        assert message["type"] == "error", message
        (error,) = message["payload"]
        return error  # type: ignore[no-any-return]

    async def closed(self) -> tuple[int, str]:
        """Code and reason of the end of the connection, whatever comes before it."""
        with suppress(ConnectionClosed):
            async with asyncio.timeout(5):
                while True:
                    await self.socket.recv()
        return self.socket.close_code or 0, self.socket.close_reason or ""


@asynccontextmanager
async def connected(
    url: str, *, subprotocol: str | None = "graphql-transport-ws", **options: Any
) -> AsyncIterator[LiveClient]:
    """A client that has said nothing yet."""
    spoken = [Subprotocol(subprotocol)] if subprotocol else None
    async with connect(url, subprotocols=spoken, proxy=None, **options) as socket:
        yield LiveClient(socket)


async def present(url: str, key: str) -> str:
    """``liveCursor``: where to begin so as to miss nothing from now on."""
    async with httpx.AsyncClient() as http:
        answer = await http.post(
            url.replace("ws:", "http:"),
            json={"query": "{ liveCursor }"},
            headers={"Authorization": f"Bearer {key}"},
        )
    return str(answer.json()["data"]["liveCursor"])
