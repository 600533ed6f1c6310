"""Answers of the small endpoints beside the two APIs: a JSON object that no cache may keep."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.types import Send

from gatehouse import errors
from gatehouse.api.front.headers import Headers


async def send_json(
    send: Send, status: int, body: dict[str, Any], headers: Headers, *, request_id: str, head_only: bool = False
) -> None:
    """Send a whole answer.

    :param head_only: leave the body out, as HEAD asks (RFC 9110 §9.3.2).
    """
    content = orjson.dumps(body)
    sent = [
        *headers,
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-request-id", request_id.encode("latin-1")),
    ]
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": b"" if head_only else content})


def error_headers(error: errors.GatehouseError) -> Headers:
    """What goes with a refusal, whatever the body says (RFC 9110 §10.2.1, §10.2.3)."""
    if isinstance(error, errors.MethodNotAllowed):
        return [(b"allow", ", ".join(error.allow).encode())]
    if isinstance(error, errors.Unavailable | errors.TooManyRequests):
        return [(b"retry-after", str(error.retry_after_s).encode())]
    if isinstance(error, errors.RequestTimeout):
        return [(b"connection", b"close")]  # the rest of the body may never come
    return []
