"""``/Groups``."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from gatehouse.api.scim import responses
from gatehouse.api.scim.request import ScimRequest
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.records import GroupRecord
from gatehouse.scim.project import Projection
from gatehouse.scim.schema import GROUP
from gatehouse.services import groups


async def page(request: ScimRequest) -> ScimResponse:
    """``GET /Groups``: members are loaded only when the projection shows them."""
    projection, start_index = _projection(request), request.start_index()
    found = await groups.page(
        request.known_caller.tenant.id,
        filter_text=request.filter_text(),
        start_index=start_index,
        count=request.count(),
    )
    members = await _members(request, found.groups, projection)
    resources = [responses.group_bytes(g, members.get(g.id, []), request.base_url, projection) for g in found.groups]
    return responses.list_response(found.total, start_index, resources)


async def create(request: ScimRequest) -> ScimResponse:
    """``POST /Groups`` (RFC 7644 §3.3)."""
    projection = _projection(request)
    group = await groups.create(request.known_caller, request.named_body("displayName"))
    return await _one(request, group, projection, status=201)


async def get(request: ScimRequest) -> ScimResponse:
    """``GET /Groups/{id}``, 304 when the client has this version."""
    projection = _projection(request)
    group = await groups.get(request.known_caller.tenant.id, request.resource_uuid())
    tags = request.if_none_match()
    if tags is not None and (str(group.version) in tags or "*" in tags):
        return responses.not_modified(group.version)
    return await _one(request, group, projection)


async def patch(request: ScimRequest) -> ScimResponse:
    """``PATCH /Groups/{id}``: 204 when members come or go, else, or when a projection is asked for, 200 with the group."""
    projection, group_id = _projection(request), request.resource_uuid()
    group, shows = await groups.patch(
        request.known_caller,
        group_id,
        request.json_object(),
        if_match=request.if_match(),
        shown=not projection.everything,
    )
    return await _one(request, group, projection) if shows else responses.no_content()


async def replace(request: ScimRequest) -> ScimResponse:
    """``PUT /Groups/{id}`` (RFC 7644 §3.5.1)."""
    projection, group_id = _projection(request), request.resource_uuid()
    body = request.named_body("displayName")
    group = await groups.replace(request.known_caller, group_id, body, if_match=request.if_match())
    return await _one(request, group, projection)


async def delete(request: ScimRequest) -> ScimResponse:
    """``DELETE /Groups/{id}`` (RFC 7644 §3.6)."""
    await groups.delete(request.known_caller, request.resource_uuid(), if_match=request.if_match())
    return responses.no_content()


async def _one(request: ScimRequest, group: GroupRecord, projection: Projection, *, status: int = 200) -> ScimResponse:
    members = await _members(request, [group], projection)
    return responses.group(group, members.get(group.id, []), request.base_url, projection, status=status)


async def _members(
    request: ScimRequest, found: Sequence[GroupRecord], projection: Projection
) -> dict[UUID, list[UUID]]:
    if not found or not projection.wants("members"):
        return {}
    return await groups.members(request.known_caller.tenant.id, [group.id for group in found])


def _projection(request: ScimRequest) -> Projection:
    return Projection.parse(request.names("attributes"), request.names("excludedAttributes"), GROUP)
