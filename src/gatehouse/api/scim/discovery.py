"""``/ServiceProviderConfig``, ``/ResourceTypes`` and ``/Schemas`` (RFC 7644 §4): readable without a token."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

import orjson

from gatehouse.api.scim import responses
from gatehouse.api.scim.request import ScimRequest
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.errors import Forbidden, NotFound, NotImplementedHere
from gatehouse.scim import discovery

_Build = Callable[[str], list[dict[str, Any]]]

_TAG_LENGTH: Final = 32  # hex digits
_CACHEABLE: Final = (b"cache-control", b"public, max-age=300")


async def service_provider_config(request: ScimRequest) -> ScimResponse:
    """``GET /ServiceProviderConfig``."""
    _refuse_filter(request)
    document = discovery.service_provider_config(request.base_url, request.limits)
    return _answer(request, orjson.dumps(document))


async def resource_types(request: ScimRequest) -> ScimResponse:
    """``GET /ResourceTypes``."""
    _refuse_filter(request)
    return _list(request, discovery.resource_types)


async def resource_type(request: ScimRequest) -> ScimResponse:
    """``GET /ResourceTypes/{name}``."""
    return _one(request, discovery.resource_types)


async def schemas(request: ScimRequest) -> ScimResponse:
    """``GET /Schemas``."""
    _refuse_filter(request)
    return _list(request, discovery.schemas)


async def schema(request: ScimRequest) -> ScimResponse:
    """``GET /Schemas/{urn}``."""
    return _one(request, discovery.schemas)


async def not_offered(_request: ScimRequest) -> ScimResponse:
    """A part of the protocol that ServiceProviderConfig says we do not offer (501, RFC 7644 §3.12)."""
    raise NotImplementedHere("This server does not offer this endpoint; see /ServiceProviderConfig")


def _list(request: ScimRequest, build: _Build) -> ScimResponse:
    documents = _documents(build, request.base_url)
    body = responses.list_response(len(documents), 1, len(documents), list(documents.values())).body
    return _answer(request, body or b"")


def _one(request: ScimRequest, build: _Build) -> ScimResponse:
    _refuse_filter(request)
    document = _documents(build, request.base_url).get(request.resource_id.lower())
    if document is None:
        raise NotFound(f"There is no {request.resource_id!r} here")
    return _answer(request, document)


@lru_cache(maxsize=4)
def _documents(build: _Build, base_url: str) -> dict[str, bytes]:
    """The documents by lower-case id, in order: they change with the program only."""
    return {document["id"].lower(): orjson.dumps(document) for document in build(base_url)}


def _answer(request: ScimRequest, body: bytes) -> ScimResponse:
    """The document with a strong tag: it is the same, byte for byte, until the next release (RFC 9110 §8.8.1)."""
    tag = sha256(body).hexdigest()[:_TAG_LENGTH]
    headers = [(b"etag", f'"{tag}"'.encode()), _CACHEABLE]
    known = request.if_none_match()
    if known is not None and known.names(tag):
        return ScimResponse(304, None, headers)
    return ScimResponse(200, body, headers)


def _refuse_filter(request: ScimRequest) -> None:
    if "filter" in request.query:
        raise Forbidden("Discovery endpoints take no filter (RFC 7644 §4)")
