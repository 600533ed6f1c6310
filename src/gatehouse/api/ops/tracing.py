"""One span per request, where traces are wanted."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gatehouse import tracing
from gatehouse.api.ops.route import template

_NOT_ANSWERED = 499  # the client was gone; nginx' number for it


class Traced:
    """Puts every request into a span, which continues the trace named by ``traceparent`` (W3C Trace Context)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, inside its span."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope)

        async def noting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
            await send(message)

        with tracing.request(_traceparent(scope), exchange):
            try:
                await self._app(scope, receive, noting_send)
            except Exception:
                exchange.status = exchange.status or 500
                raise


class _Exchange:
    """A request, and what became of it."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self.status = 0

    def attributes(self) -> dict[str, str | int]:
        """What the span says."""
        state = self._scope["state"]
        tenant = state.get("tenant")
        attributes: dict[str, str | int] = {
            "http.request.method": self._scope["method"],
            "http.route": template(self._scope),
            "http.response.status_code": self.status or _NOT_ANSWERED,
            "gatehouse.request_id": state.get("request_id", ""),
        }
        if tenant is not None:
            attributes["gatehouse.tenant_id"] = str(tenant.id)
        return attributes


def _traceparent(scope: Scope) -> str | None:
    sent = (value for name, value in scope["headers"] if name == b"traceparent")
    return next(sent, b"").decode("latin-1") or None
