"""Reading a GraphQL request strictly: who asks, which media types, and the parameters.

POST only, one JSON object, exactly one bearer token; the caller is known before anything of the body is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from gatehouse.api.front.bearer import BearerAuth
from gatehouse.api.graphql.trusted import document_hash
from gatehouse.errors import InvalidSyntax, UnsupportedMediaType
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.scim.json_text import parse_json

Headers = Iterable[tuple[bytes, bytes]]

JSON: Final = b"application/json"
GRAPHQL_RESPONSE: Final = b"application/graphql-response+json"
AUTHORIZATION: Final = BearerAuth(
    missing="Authentication is needed: send an API key as Authorization: Bearer …",
    malformed="Send exactly one Authorization: Bearer header",
)
_MEDIA_TYPE: Final = frozenset({b"content-type", b"content-encoding"})
_USUAL: Final = [(b"content-type", JSON)]
_CONTENT_TYPE: Final = re.compile(rb'application/json(?:\s*;\s*charset="?utf-?8"?)?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of a GraphQL-over-HTTP request."""

    query: str | None
    document: str | None  # SHA-256, in hex, by which the request names its document
    variables: dict[str, Any] | None
    operation_name: str | None


def answer_type(headers: Headers) -> bytes:
    """Choose the media type of the answer: the GraphQL one when the client asks for it by name, else plain JSON."""
    return _answer_type(b",".join([value for name, value in headers if name == b"accept"]))


@lru_cache(maxsize=64)
def _answer_type(wanted: bytes) -> bytes:
    quality = {JSON: 0.0, GRAPHQL_RESPONSE: 0.0}
    for item in wanted.lower().split(b","):
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
    told = [(name, value) for name, value in headers if name in _MEDIA_TYPE]
    if told != _USUAL:
        _check_media_type(told)


def _check_media_type(told: Headers) -> None:
    types = [value for name, value in told if name == b"content-type"]
    if len(types) != 1 or not _CONTENT_TYPE.fullmatch(types[0].strip()):
        raise UnsupportedMediaType("Send the request as Content-Type: application/json, in UTF-8")
    codings = [value for name, value in told if name == b"content-encoding"]
    if any(value.strip().lower() != b"identity" for value in codings):
        raise UnsupportedMediaType("Send the request without Content-Encoding")


def parse_parameters(body: bytes, limits: Limits = DEFAULT_LIMITS) -> Parameters:
    """Read the parameters of a GraphQL-over-HTTP request.

    :raises InvalidRequest: not strict JSON, or not an object with the parameters in their types.
    """
    return to_parameters(parse_json(body, limits))


def to_parameters(given: object) -> Parameters:
    """Read the parameters of a request, in whatever it came.

    :raises InvalidSyntax: not an object with the parameters in their types.
    """
    if not isinstance(given, dict):
        raise InvalidSyntax("The request must be one JSON object; batches are not supported")
    query = given.get("query")
    if query is not None and not (isinstance(query, str) and query.strip()):
        raise InvalidSyntax("`query` must be a text that holds a GraphQL document", path="query")
    for name, kind in (("variables", dict), ("operationName", str), ("extensions", dict)):
        if not isinstance(given.get(name), kind | None):
            raise InvalidSyntax(f"`{name}` must be {'a text' if kind is str else 'an object'} or null", path=name)
    document = document_hash(given)
    if query is None and document is None:
        raise InvalidSyntax("`query` must be a text that holds a GraphQL document", path="query")
    return Parameters(query, document, given.get("variables"), given.get("operationName"))
