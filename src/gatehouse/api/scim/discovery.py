"""``/ServiceProviderConfig``, ``/ResourceTypes`` and ``/Schemas`` (RFC 7644 §4): readable without a token."""

from __future__ import annotations

from typing import Any

import orjson

from gatehouse.api.scim import responses
from gatehouse.api.scim.request import ScimRequest
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.errors import Forbidden, NotFound, NotImplementedHere
from gatehouse.scim import discovery


async def service_provider_config(request: ScimRequest) -> ScimResponse:
    """``GET /ServiceProviderConfig``."""
    _refuse_filter(request)
    config = discovery.service_provider_config(
        request.base_url,
        bulk_max_operations=request.limits.bulk_max_operations,
        bulk_max_payload_bytes=request.limits.bulk_max_payload_bytes,
    )
    return responses.document(config)


async def resource_types(request: ScimRequest) -> ScimResponse:
    """``GET /ResourceTypes``."""
    _refuse_filter(request)
    return _list(discovery.resource_types(request.base_url))


async def resource_type(request: ScimRequest) -> ScimResponse:
    """``GET /ResourceTypes/{name}``."""
    return _one(request, discovery.resource_types(request.base_url))


async def schemas(request: ScimRequest) -> ScimResponse:
    """``GET /Schemas``."""
    _refuse_filter(request)
    return _list(discovery.schemas(request.base_url))


async def schema(request: ScimRequest) -> ScimResponse:
    """``GET /Schemas/{urn}``."""
    return _one(request, discovery.schemas(request.base_url))


async def not_offered(_request: ScimRequest) -> ScimResponse:
    """A part of the protocol that ServiceProviderConfig says we do not offer (501, RFC 7644 §3.12)."""
    raise NotImplementedHere("This server does not offer this endpoint; see /ServiceProviderConfig")


def _list(documents: list[dict[str, Any]]) -> ScimResponse:
    return responses.list_response(len(documents), 1, [orjson.dumps(item) for item in documents])


def _one(request: ScimRequest, documents: list[dict[str, Any]]) -> ScimResponse:
    wanted = request.resource_id.lower()
    for item in documents:
        if item["id"].lower() == wanted:
            return responses.document(item)
    raise NotFound(f"There is no {request.resource_id!r} here")


def _refuse_filter(request: ScimRequest) -> None:
    if "filter" in request.query:
        raise Forbidden("Discovery endpoints take no filter (RFC 7644 §4)")
