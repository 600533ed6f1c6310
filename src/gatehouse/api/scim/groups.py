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


async def create(request: ScimRequest) -> ScimResponse:
    """``POST /Groups`` (RFC 7644 §3.3)."""
    projection = request.projection(GROUP)
    group = await groups.create(request.known_caller, request.named_body("displayName"))
    return await _one(request, group, projection, status=201)


async def get(request: ScimRequest) -> ScimResponse:
    """``GET /Groups/{id}``, 304 when the client has this version."""
    projection = request.projection(GROUP)
    group = await groups.get(request.known_caller.tenant.id, request.resource_uuid())
    known = request.if_none_match()
    if known is not None and known.names(str(group.version)):
        return responses.not_modified(_location(request, group.id), group.version)
    return await _one(request, group, projection)


async def patch(request: ScimRequest) -> ScimResponse:
    """``PATCH /Groups/{id}``: 204 when members come or go, else, or when a projection is asked for, 200 with the group."""
    projection, group_id = request.projection(GROUP), request.resource_uuid()
    group, shows = await groups.patch(
        request.known_caller,
        group_id,
        request.json_object(),
        precondition=request.precondition(),
        shown=not projection.everything,
    )
    return await _one(request, group, projection) if shows else responses.no_content(group.version)


async def replace(request: ScimRequest) -> ScimResponse:
    """``PUT /Groups/{id}`` (RFC 7644 §3.5.1)."""
    projection, group_id = request.projection(GROUP), request.resource_uuid()
    body = request.named_body("displayName")
    group = await groups.replace(request.known_caller, group_id, body, precondition=request.precondition())
    return await _one(request, group, projection)


async def delete(request: ScimRequest) -> ScimResponse:
    """``DELETE /Groups/{id}`` (RFC 7644 §3.6)."""
    await groups.delete(request.known_caller, request.resource_uuid(), precondition=request.precondition())
    return responses.no_content()


async def representations(request: ScimRequest, found: Sequence[GroupRecord], projection: Projection) -> list[bytes]:
    """Each group as shown; members are loaded only when the projection shows them."""
    members: dict[UUID, list[UUID]] = {}
    if projection.wants("members"):
        members = await groups.members(request.known_caller.tenant.id, [group.id for group in found])
    return [responses.group_bytes(group, members.get(group.id, []), request.base_url, projection) for group in found]


async def _one(request: ScimRequest, group: GroupRecord, projection: Projection, *, status: int = 200) -> ScimResponse:
    (body,) = await representations(request, [group], projection)
    return responses.resource(body, _location(request, group.id), group.version, status=status)


def _location(request: ScimRequest, group_id: UUID) -> str:
    return f"{request.base_url}/Groups/{group_id}"
