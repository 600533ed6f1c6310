"""Reading a GraphQL request strictly: who asks, which media types, how large, and the parameters.

POST only, one JSON object, exactly one bearer token; the caller is known before anything of the body is looked at.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from starlette.types import Receive

from gatehouse.errors import InvalidSyntax, PayloadTooLarge, RequestTimeout, Unauthorized, UnsupportedMediaType
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.scim.json_text import parse_json

Headers = Iterable[tuple[bytes, bytes]]

JSON: Final = b"application/json"
GRAPHQL_RESPONSE: Final = b"application/graphql-response+json"
_BEARER: Final = re.compile(rb"bearer +([A-Za-z0-9\-._~+/]{1,4000}=*)", re.IGNORECASE)
_CONTENT_TYPE: Final = re.compile(rb'application/json(?:\s*;\s*charset="?utf-?8"?)?', re.IGNORECASE)


class ClientDisconnected(Exception):
    """The client went away before its body was complete."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a GraphQL-over-HTTP request."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


def bearer_token(headers: Headers) -> str:
    """Read the token of exactly one ``Authorization: Bearer`` header (RFC 6750 §2.1).

    :raises Unauthorized: none was sent (without error code, RFC 6750 §3.1), or something else than one bearer token.
    """
    sent = [value for name, value in headers if name == b"authorization"]
    if not sent:
        raise Unauthorized("Authentication is needed: send an API key as Authorization: Bearer …")
    match = _BEARER.fullmatch(sent[0].strip())
    if len(sent) > 1 or match is None:
        raise Unauthorized("Send exactly one Authorization: Bearer header", code="invalid_request")
    return match[1].decode("ascii")


def answer_type(headers: Headers) -> bytes:
    """Choose the media type of the answer: the GraphQL one when the client asks for it by name, else plain JSON."""
    wanted = b",".join(value for name, value in headers if name == b"accept").lower()
    quality = {JSON: 0.0, GRAPHQL_RESPONSE: 0.0}
    for item in wanted.split(b","):
        media_type, _, parameters = item.partition(b";")
        if media_type.strip() in quality:
            quality[media_type.strip()] = _quality(parameters)
    better = quality[GRAPHQL_RESPONSE] > 0 and quality[GRAPHQL_RESPONSE] >= quality[JSON]
    return GRAPHQL_RESPONSE if better else JSON


def _quality(parameters: bytes) -> float:
    match = re.search(rb"(?:^|;)\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*(?:;|$)", parameters)
    return float(match[1]) if match else 1.0


def check_media_type(headers: Headers) -> None:
    """Accept ``application/json`` in UTF-8 and nothing else.

    That is also what keeps other sites out: no HTML form can send it, and scripts need leave first.

    :raises UnsupportedMediaType: another type, charset or content coding, or none.
    """
    types = [value for name, value in headers if name == b"content-type"]
    if len(types) != 1 or not _CONTENT_TYPE.fullmatch(types[0].strip()):
        raise UnsupportedMediaType("Send the request as Content-Type: application/json, in UTF-8")
    if any(name == b"content-encoding" and value.strip().lower() != b"identity" for name, value in headers):
        raise UnsupportedMediaType("Send the request without Content-Encoding")


async def read_body(receive: Receive, headers: Headers, *, max_bytes: int, timeout_s: float) -> bytes:
    """Read the whole body.

    :raises PayloadTooLarge: it is longer than ``max_bytes``, by its Content-Length or as it comes.
    :raises RequestTimeout: it was not complete within ``timeout_s`` seconds in total.
    :raises ClientDisconnected: the client went away.
    """
    announced = next((value for name, value in headers if name == b"content-length"), b"0")
    if announced.isdigit() and int(announced[:20]) > max_bytes:
        raise _too_large(max_bytes)
    try:
        async with asyncio.timeout(timeout_s):
            return await _read(receive, max_bytes)
    except TimeoutError:
        raise RequestTimeout(f"The request body did not arrive within {timeout_s:g} seconds") from None


async def _read(receive: Receive, max_bytes: int) -> bytes:
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
            raise _too_large(max_bytes)
        if not message.get("more_body"):
            return b"".join(chunks)


def _too_large(max_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(f"The request body is larger than {max_bytes:,} bytes")


def parse_parameters(body: bytes, limits: Limits = DEFAULT_LIMITS) -> Parameters:
    """Read the parameters of a GraphQL-over-HTTP request.

    :raises InvalidRequest: not strict JSON, or not an object with the parameters in their types.
    """
    given = parse_json(body, limits)
    if not isinstance(given, dict):
        raise InvalidSyntax("The request must be one JSON object; batches are not supported")
    query = given.get("query")
    if not isinstance(query, str) or not query.strip():
        raise InvalidSyntax("`query` must be a text that holds a GraphQL document", path="query")
    for name, kind in (("variables", dict), ("operationName", str), ("extensions", dict)):
        if not isinstance(given.get(name), kind | None):
            raise InvalidSyntax(f"`{name}` must be {'a text' if kind is str else 'an object'} or null", path=name)
    return Parameters(query, given.get("variables"), given.get("operationName"))
