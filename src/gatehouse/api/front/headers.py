"""Headers that every answer carries, whoever wrote it."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gatehouse.api.front.drain import Drain

Headers = list[tuple[bytes, bytes]]

_ALWAYS: Final = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),  # pages that may be cached say so themselves
]
_HSTS: Final = (b"strict-transport-security", b"max-age=31536000")
_CLOSE: Final = (b"connection", b"close")


class AnswerHeaders:
    """Adds what an answer does not say itself; once the process is about to end, each is the last of its connection.

    :param https: people reach this service by TLS, so browsers may be told to insist on it.
    """

    def __init__(self, app: ASGIApp, *, drain: Drain, https: bool) -> None:
        self._app = app
        self._drain = drain
        self._always = [*_ALWAYS, _HSTS] if https else _ALWAYS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._complete(message)
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _complete(self, message: Message) -> None:
        headers: Headers = list(message.get("headers", ()))
        said = dict(headers)
        headers += [header for header in self._always if header[0] not in said]
        if self._drain.begun and b"connection" not in said:
            headers.append(_CLOSE)
        message["headers"] = headers


async def internal_error(_request: Request, _bug: Exception) -> Response:
    """500, where no edge is: the server logs the rest."""
    always = {name.decode(): value.decode() for name, value in _ALWAYS}
    return PlainTextResponse("Internal error\n", status_code=500, headers=always)
