"""Deadlines of a connection, which uvicorn has not: for headers, for idle new connections, for unread answers.

A subclass of uvicorn's httptools protocol (0.54). It sees bytes, not requests: what it refuses is answered in plain text
and ends the connection.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from gatehouse.api.front.limits import FrontConfig

_HEADER_OVERHEAD: Final = 4  # ": " and CR LF


class _HeadersTooLarge(Exception):
    """Ends the parsing of a request."""


class _Parsing(Enum):
    """What the next byte belongs to."""

    NOTHING_YET = auto()
    HEADERS = auto()
    BODY = auto()


class OneWrite(asyncio.Transport):
    """A transport that keeps what is written until more comes, or until the event loop's next turn.

    uvicorn writes the head of an answer and its body one after the other: two calls of the operating system, of which the
    first wakes a client that has nothing to do yet.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._transport = transport
        self._loop = loop
        self._kept: list[bytes | bytearray | memoryview] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send, soon."""
        self._kept.append(data)
        if len(self._kept) > 1:
            self._flush()
        else:
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        kept, self._kept = self._kept, []
        if kept:
            self._transport.writelines(kept)

    def handed_on(self) -> asyncio.Transport:
        """The transport itself, for a protocol that writes whole messages."""
        self._flush()
        return self._transport

    def close(self) -> None:
        """Send what is kept, then close."""
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._kept.clear()
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of the connection."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Read no more for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()


class FrontProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: FrontConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = config.limits
        self._parsing = _Parsing.NOTHING_YET
        self._header_bytes = 0  # of a request whose headers are not complete
        self._too_large = False
        self._upgraded = False
        self._header_timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: the first request must come soon."""
        super().connection_made(OneWrite(transport, self.loop))
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop all clocks."""
        self._stop_header_timer()
        self._stop_write_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; while no request is under way, what comes must soon become one.

        That holds for blank lines between requests too, which stop uvicorn's keep-alive clock for good, and for the
        rest of a body that nobody wants any more.
        """
        before = self._parsing
        super().data_received(data)
        if self._upgraded or self.transport.is_closing():
            return
        if self._is_between_requests():
            self._await_headers()
        if self._parsing is _Parsing.HEADERS:
            self._header_bytes += 0 if before is _Parsing.BODY else len(data)
            if self._header_bytes > self._limits.max_header_bytes:
                self._refuse(431, "Request header fields too large.")

    def on_message_begin(self) -> None:
        """Count the headers of a new request."""
        super().on_message_begin()
        self._parsing = _Parsing.HEADERS
        self._header_bytes = 0

    def on_headers_complete(self) -> None:
        """Let a request through, unless its headers are too large."""
        size = len(self.url) + sum(len(name) + len(value) + _HEADER_OVERHEAD for name, value in self.headers)
        if size > self._limits.max_header_bytes:
            self._too_large = True
            raise _HeadersTooLarge
        self._stop_header_timer()
        self._parsing = _Parsing.BODY
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Be ready for the next request."""
        self._parsing = _Parsing.NOTHING_YET
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request; it may have begun to come already."""
        super().on_response_complete()
        self._expect_to_be_read()
        if self._parsing is _Parsing.HEADERS and self._is_between_requests():
            self._await_headers()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, or too much of it."""
        if self._too_large:
            self._refuse(431, "Request header fields too large.")
        else:
            self._refuse(400, msg)

    def shutdown(self) -> None:
        """End the connection after the request under way."""
        super().shutdown()
        self._expect_to_be_read()

    def timeout_keep_alive_handler(self) -> None:
        """End an idle connection."""
        super().timeout_keep_alive_handler()
        self._expect_to_be_read()

    def pause_writing(self) -> None:
        """Start the clock: the client reads more slowly than we write."""
        super().pause_writing()
        self._start_write_timer()

    def resume_writing(self) -> None:
        """Stop the clock, unless the connection is to end anyway."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop_write_timer()

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over, with headers that have been measured: what comes from now on is not HTTP."""
        self._upgraded = True
        self._stop_header_timer()
        self._stop_write_timer()
        if isinstance(self.transport, OneWrite):
            self.transport = self.transport.handed_on()
        super().handle_websocket_upgrade()

    def _unsupported_upgrade_warning(self) -> None:
        """Answer in HTTP/1.1, as RFC 9110 §7.8 allows; the parser reads nothing after such a request."""
        current = self._current()
        if current is not None:
            current.keep_alive = False

    def _current(self) -> RequestResponseCycle | None:
        """The latest request; uvicorn leaves it None before the first."""
        return self.cycle

    def _is_between_requests(self) -> bool:
        current = self._current()
        return current is None or (current.response_complete and not self.pipeline)

    def _await_headers(self) -> None:
        if self._header_timer is None:
            self._header_timer = self.loop.call_later(self._limits.header_timeout_s, self._headers_late)

    def _stop_header_timer(self) -> None:
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None

    def _headers_late(self) -> None:
        if self._parsing is _Parsing.HEADERS:
            self._refuse(408, "The request headers did not arrive in time.")
        elif not self.transport.is_closing():
            self.transport.close()
            self._expect_to_be_read()

    def _refuse(self, status: int, message: str) -> None:
        """Say why, unless another answer is on its way, and end the connection."""
        if self.transport.is_closing():
            return
        current = self._current()
        if current is None or current.response_complete or not current.response_started:
            self.transport.write(_plain_answer(status, message))
        self.transport.close()
        self._expect_to_be_read()

    def _expect_to_be_read(self) -> None:
        """A closed transport waits until its buffer is read: not for ever."""
        if self.transport.is_closing():
            self._start_write_timer()

    def _start_write_timer(self) -> None:
        if self._write_timer is None:
            self._write_timer = self.loop.call_later(self._limits.write_timeout_s, self.transport.abort)

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None


def _plain_answer(status: int, message: str) -> bytes:
    body = message.encode()
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ncontent-type: text/plain; charset=utf-8\r\n"
        f"content-length: {len(body)}\r\nx-content-type-options: nosniff\r\nreferrer-policy: no-referrer\r\n"
        "cache-control: no-store\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
