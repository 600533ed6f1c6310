"""The header fields of a GraphQL request, read strictly: who asks, and which media types."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from gatehouse.api.front.bearer import BearerAuth
from gatehouse.errors import UnsupportedMediaType

Headers = Sequence[tuple[bytes, bytes]]

JSON: Final = b"application/json"
GRAPHQL_RESPONSE: Final = b"application/graphql-response+json"
AUTHORIZATION: Final = BearerAuth(
    missing="Authentication is needed: send an API key as Authorization: Bearer …",
    malformed="Send exactly one Authorization: Bearer header",
)
_USUAL: Final = [JSON]
_CONTENT_TYPE: Final = re.compile(rb'application/json(?:\s*;\s*charset="?utf-?8"?)?', re.IGNORECASE)


class Fields:
    """The header fields of a request, and the media type of its answer.

    That is the GraphQL one when the client asks for it by name, else plain JSON.
    """

    __slots__ = ("_all", "_known", "_single", "answer_type")

    def __init__(self, headers: Headers) -> None:
        self._all = headers
        self._known = dict(headers)
        self._single = len(self._known) == len(headers)  # as nearly always: no field comes twice
        self.answer_type = _answer_type(b",".join(self.lines(b"accept")))

    def lines(self, name: bytes) -> list[bytes]:
        """The values of the field, in their order.

        :param name: in lower case.
        """
        if name not in self._known:
            return []
        return [self._known[name]] if self._single else [value for other, value in self._all if other == name]


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


def check_media_type(fields: Fields) -> None:
    """Accept ``application/json`` in UTF-8 and nothing else.

    That is also what keeps other sites out: no HTML form can send it, and scripts need leave first.

    :raises UnsupportedMediaType: another type, charset or content coding, or none.
    """
    types, codings = fields.lines(b"content-type"), fields.lines(b"content-encoding")
    if types != _USUAL and (len(types) != 1 or not _CONTENT_TYPE.fullmatch(types[0].strip())):
        raise UnsupportedMediaType("Send the request as Content-Type: application/json, in UTF-8")
    if any(value.strip().lower() != b"identity" for value in codings):
        raise UnsupportedMediaType("Send the request without Content-Encoding")
