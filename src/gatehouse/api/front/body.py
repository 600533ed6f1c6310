"""Reading a request body: its size and the time it takes are bounded before anything of it is looked at."""

from __future__ import annotations

from typing import Final

from starlette.types import Receive

from gatehouse.errors import PayloadTooLarge, RequestTimeout
from gatehouse.time_limit import TimeLimit

_MAX_DIGITS: Final = 18


class ClientDisconnected(Exception):
    """The client went away before its body was complete."""


async def read_body(
    receive: Receive, announced: bytes | None, *, max_bytes: int, timeout_s: float, limit: str = ""
) -> bytes:
    """The whole body.

    :param announced: the ``Content-Length`` header, if there is one.
    :param limit: the name of the limit, for the message.
    :raises PayloadTooLarge: it is longer than ``max_bytes``, by its announcement or as it comes.
    :raises RequestTimeout: it was not complete within ``timeout_s`` seconds in total.
    :raises ClientDisconnected: the client went away.
    """
    if announced is not None and _is_more(announced, max_bytes):
        raise _too_large(max_bytes, limit)
    try:
        with TimeLimit(timeout_s):
            return await _read(receive, max_bytes, limit)
    except TimeoutError:
        raise RequestTimeout(f"The request body did not arrive within {timeout_s:g} seconds") from None


def _is_more(announced: bytes, max_bytes: int) -> bool:
    digits = announced.lstrip(b"0")  # int() refuses thousands of digits
    return digits.isdigit() and (len(digits) > _MAX_DIGITS or int(digits) > max_bytes)


async def _read(receive: Receive, max_bytes: int, limit: str) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        chunk: bytes = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if size > max_bytes:
            raise _too_large(max_bytes, limit)
        if not message.get("more_body"):
            return chunk if len(chunks) == 1 else b"".join(chunks)


def _too_large(max_bytes: int, limit: str) -> PayloadTooLarge:
    most = f"{limit} ({max_bytes:,} bytes)" if limit else f"{max_bytes:,} bytes"
    return PayloadTooLarge(f"The request body is larger than {most}")
