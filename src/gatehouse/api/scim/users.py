"""``/Users``."""

from __future__ import annotations

from gatehouse.api.scim import responses
from gatehouse.api.scim.request import ScimRequest
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.scim.project import Projection
from gatehouse.scim.schema import USER
from gatehouse.services import users


async def page(request: ScimRequest) -> ScimResponse:
    """``GET /Users``: filter, paging, projection (RFC 7644 §3.4.2)."""
    projection, start_index = _projection(request), request.start_index()
    found = await users.page(
        request.known_caller.tenant.id,
        mode=request.known_caller.tenant.scim_mode,
        filter_text=request.filter_text(),
        start_index=start_index,
        count=request.count(),
    )
    resources = [responses.user_bytes(user, request.base_url, projection) for user in found.users]
    return responses.list_response(found.total, start_index, resources)


async def create(request: ScimRequest) -> ScimResponse:
    """``POST /Users`` (RFC 7644 §3.3)."""
    projection = _projection(request)
    user = await users.create(request.known_caller, request.named_body("userName"))
    return responses.user(user, request.base_url, projection, status=201)


async def get(request: ScimRequest) -> ScimResponse:
    """``GET /Users/{id}`` (RFC 7644 §3.4.1), 304 when the client has this version."""
    projection = _projection(request)
    user = await users.get(request.known_caller.tenant.id, request.resource_uuid())
    tags = request.if_none_match()
    if tags is not None and (str(user.version) in tags or "*" in tags):
        return responses.not_modified(user.version)
    return responses.user(user, request.base_url, projection)


async def patch(request: ScimRequest) -> ScimResponse:
    """``PATCH /Users/{id}``: always 200 with the user (RFC 7644 §3.5.2, our reading D13)."""
    projection, user_id = _projection(request), request.resource_uuid()
    user = await users.patch(request.known_caller, user_id, request.json_object(), if_match=request.if_match())
    return responses.user(user, request.base_url, projection)


async def replace(request: ScimRequest) -> ScimResponse:
    """``PUT /Users/{id}`` (RFC 7644 §3.5.1)."""
    projection, user_id = _projection(request), request.resource_uuid()
    body = request.named_body("userName")
    user = await users.replace(request.known_caller, user_id, body, if_match=request.if_match())
    return responses.user(user, request.base_url, projection)


async def delete(request: ScimRequest) -> ScimResponse:
    """``DELETE /Users/{id}`` (RFC 7644 §3.6)."""
    await users.delete(request.known_caller, request.resource_uuid(), if_match=request.if_match())
    return responses.no_content()


def _projection(request: ScimRequest) -> Projection:
    return Projection.parse(request.names("attributes"), request.names("excludedAttributes"), USER)
