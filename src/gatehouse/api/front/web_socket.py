"""A WebSocket connection (RFC 6455) within limits: uvicorn's protocol waits for slow readers for ever."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from gatehouse.api.front.limits import FrontConfig

# uvicorn writes the URL of each connection, with whatever secret somebody put there
_LOG: Final = logging.getLogger("uvicorn.error.websocket")
_LOG.setLevel(logging.WARNING)


class FrontWebSocket(WebSocketsSansIOProtocol):
    """One connection. What is written waits in a small buffer, and its reader has to keep up.

    The headers have been read, and measured, by :class:`gatehouse.api.front.protocol.FrontProtocol`.
    """

    def __init__(
        self,
        config: FrontConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = _LOG
        self._write_timeout_s = config.limits.write_timeout_s
        self._write_timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop_write_timer()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Start the clock: the client reads more slowly than we write."""
        super().pause_writing()
        self._start_write_timer()

    def resume_writing(self) -> None:
        """Stop the clock, unless the connection is to end anyway."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._stop_write_timer()

    def handle_ping(self) -> None:
        """Answer, unless the client does not read: its pings shall not fill the buffer beyond its bound."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The application is done: what is left in the buffer must be read soon."""
        super().on_task_complete(task)
        self._start_write_timer()

    def shutdown(self) -> None:
        """The server ends."""
        super().shutdown()
        self._start_write_timer()

    def _start_write_timer(self) -> None:
        if self._write_timer is None and not self.disconnected:
            self._write_timer = self.loop.call_later(self._write_timeout_s, self.transport.abort)

    def _stop_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None
