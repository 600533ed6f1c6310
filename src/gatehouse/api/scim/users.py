"""``/Users``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from gatehouse.api.scim import responses
from gatehouse.api.scim.request import ScimRequest
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.records import ShownUser, UserRecord
from gatehouse.scim.project import Projection
from gatehouse.scim.schema import GATEHOUSE_SCHEMA, USER
from gatehouse.services import users

_OF_OTHERS: Final = ("groups", GATEHOUSE_SCHEMA)  # may change without a new version of the user, so never a 304


async def create(request: ScimRequest) -> ScimResponse:
    """``POST /Users`` (RFC 7644 §3.3)."""
    projection = request.projection(USER)
    user = await users.create(request.known_caller, request.named_body("userName"))
    return await _written(request, user, projection, 201)


async def get(request: ScimRequest) -> ScimResponse:
    """``GET /Users/{id}`` (RFC 7644 §3.4.1), 304 when the client has this version."""
    projection = request.projection(USER)
    user = await users.get(request.known_caller.tenant.id, request.resource_uuid())
    known = request.if_none_match()
    if known is not None and known.names(str(user.version)) and not projection.requests(*_OF_OTHERS):
        return responses.not_modified(_location(request, user.id), user.version)
    return await _one(request, user, projection)


async def patch(request: ScimRequest) -> ScimResponse:
    """``PATCH /Users/{id}``: always 200 with the user (RFC 7644 §3.5.2, our reading D13)."""
    projection, user_id = request.projection(USER), request.resource_uuid()
    user = await users.patch(request.known_caller, user_id, request.json_object(), precondition=request.precondition())
    return await _written(request, user, projection)


async def replace(request: ScimRequest) -> ScimResponse:
    """``PUT /Users/{id}`` (RFC 7644 §3.5.1)."""
    projection, user_id = request.projection(USER), request.resource_uuid()
    body = request.named_body("userName")
    user = await users.replace(request.known_caller, user_id, body, precondition=request.precondition())
    return await _written(request, user, projection)


async def delete(request: ScimRequest) -> ScimResponse:
    """``DELETE /Users/{id}`` (RFC 7644 §3.6)."""
    await users.delete(request.known_caller, request.resource_uuid(), precondition=request.precondition())
    return responses.no_content()


async def representations(request: ScimRequest, found: Sequence[ShownUser], projection: Projection) -> list[bytes]:
    """Users as shown, each by itself or all with commas between; what they belong to is read only when the projection names it."""
    if projection.everything:
        return [responses.whole_users(found, request.base_url)]
    groups, access = projection.requests("groups"), projection.requests(GATEHOUSE_SCHEMA)
    if not groups and not access:
        return [responses.user_bytes(user, request.base_url, projection) for user in found]
    ids = [UUID(user.id) for user in found]
    of_each = await users.affiliations(request.known_caller.tenant.id, ids, groups=groups, access=access)
    return [
        responses.user_bytes(user, request.base_url, projection, of_each[user_id])
        for user, user_id in zip(found, ids, strict=True)
    ]


async def _written(request: ScimRequest, user: UserRecord, projection: Projection, status: int = 200) -> ScimResponse:
    return await _one(request, ShownUser.of(user), projection, status)


async def _one(request: ScimRequest, user: ShownUser, projection: Projection, status: int = 200) -> ScimResponse:
    (body,) = await representations(request, [user], projection)
    return responses.resource(body, _location(request, user.id), user.version, status=status)


def _location(request: ScimRequest, user_id: str) -> str:
    return f"{request.base_url}/Users/{user_id}"
