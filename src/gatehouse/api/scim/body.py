"""Reading a request body: media type, size and time are checked before anything is parsed."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.types import Receive

from gatehouse.errors import PayloadTooLarge, RequestTimeout, UnsupportedMediaType

_JSON_TYPES: Final = frozenset({b"application/scim+json", b"application/json"})


class ClientDisconnected(Exception):
    """The client went away before its body was complete."""


def check_media_type(headers: dict[bytes, bytes]) -> None:
    """Accept JSON types in UTF-8, or none at all (scim-protocol.md §1.1, row 10).

    :raises UnsupportedMediaType: any other type, charset or content coding.
    """
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMediaType("Send the body without Content-Encoding")
    content_type = headers.get(b"content-type")
    if content_type is None:
        return
    media_type, *parameters = (part.strip() for part in content_type.lower().split(b";"))
    charset = b"".join(p.partition(b"=")[2].strip(b'" ') for p in parameters if p.startswith(b"charset"))
    known = media_type in _JSON_TYPES or media_type.endswith(b"+json")
    if not known or charset not in {b"", b"utf-8", b"utf8"}:
        raise UnsupportedMediaType("Send the body as application/scim+json in UTF-8")


async def read_body(
    receive: Receive, headers: dict[bytes, bytes], *, max_bytes: int, timeout_s: float, limit: str = ""
) -> bytes:
    """The whole body.

    :param limit: the name of the limit, for the message.
    :raises PayloadTooLarge: it is longer than ``max_bytes``, by its Content-Length or as it comes.
    :raises RequestTimeout: it was not complete within ``timeout_s`` seconds in total.
    :raises ClientDisconnected: the client went away.
    """
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > max_bytes:
        raise _too_large(max_bytes, limit)
    try:
        async with asyncio.timeout(timeout_s):
            return await _read(receive, max_bytes, limit)
    except TimeoutError:
        raise RequestTimeout(f"The request body did not arrive within {timeout_s:g} seconds") from None


async def _read(receive: Receive, max_bytes: int, limit: str) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        if len(body) > max_bytes:
            raise _too_large(max_bytes, limit)
        message = await receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise ClientDisconnected
    if len(body) > max_bytes:
        raise _too_large(max_bytes, limit)
    return body


def _too_large(max_bytes: int, limit: str) -> PayloadTooLarge:
    most = f"{limit} ({max_bytes:,} bytes)" if limit else f"{max_bytes:,} bytes"
    return PayloadTooLarge(f"The request body is larger than {most}")
