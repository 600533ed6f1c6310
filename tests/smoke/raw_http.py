"""HTTP by hand, for what no client library would send."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

GET_HEALTH = b"GET /healthz HTTP/1.1\r\nHost: gatehouse\r\n\r\n"


@dataclass(frozen=True)
class Answer:
    """One answer; header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Connection:
    """One connection to a server on 127.0.0.1."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Write, and wait until the kernel has it."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> Answer:
        """Read one answer that says how long it is."""
        async with asyncio.timeout(20):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(head[0].split()[1]), headers, body)

    async def rest(self) -> bytes:
        """Read until the server ends the connection, cleanly or not."""
        received = b""
        async with asyncio.timeout(20):
            try:
                while data := await self.reader.read(65_536):
                    received += data
            except ConnectionError:
                pass
        return received


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """A new connection, closed on leaving."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.transport.abort()
