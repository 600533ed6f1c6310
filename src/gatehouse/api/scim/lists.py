"""``GET`` of the collections and of the base URI, and ``POST …/.search`` (RFC 7644 §3.4.2, §3.4.3): one list, two ways to ask."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from gatehouse.api.scim import groups, responses, users
from gatehouse.api.scim.request import ScimRequest
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.errors import InvalidCount, InvalidValue
from gatehouse.records import GroupRecord, ScimMode, ShownUser
from gatehouse.scim.list_query import ListQuery, parse_order, search_parameters
from gatehouse.scim.project import Projection
from gatehouse.scim.schema import GROUP, USER, ResourceType
from gatehouse.services import lists

_Represent = Callable[[ScimRequest, Sequence[Any], Projection], Awaitable[list[bytes]]]

_USERS: Final = (USER,)
_GROUPS: Final = (GROUP,)
_EVERYTHING: Final = (USER, GROUP)  # in this order
_REPRESENTED: Final[Mapping[str, tuple[type, _Represent]]] = {
    USER.name: (ShownUser, users.representations),
    GROUP.name: (GroupRecord, groups.representations),
}


async def of_users(request: ScimRequest) -> ScimResponse:
    """``GET /Users``."""
    return await _page(request, _USERS)


async def of_groups(request: ScimRequest) -> ScimResponse:
    """``GET /Groups``."""
    return await _page(request, _GROUPS)


async def of_everything(request: ScimRequest) -> ScimResponse:
    """``GET /``: users, then groups."""
    return await _page(request, _EVERYTHING)


async def search_users(request: ScimRequest) -> ScimResponse:
    """``POST /Users/.search``."""
    return await _search(request, _USERS)


async def search_groups(request: ScimRequest) -> ScimResponse:
    """``POST /Groups/.search``."""
    return await _search(request, _GROUPS)


async def search_everything(request: ScimRequest) -> ScimResponse:
    """``POST /.search``: users, then groups."""
    return await _search(request, _EVERYTHING)


async def _search(request: ScimRequest, resource_types: Sequence[ResourceType]) -> ScimResponse:
    """The body stands for the query parameters, which a search has no use for."""
    lenient = request.known_caller.tenant.scim_mode is ScimMode.ENTRA
    request.query = search_parameters(request.json_object(), lenient=lenient)
    return await _page(request, resource_types)


async def _page(request: ScimRequest, resource_types: Sequence[ResourceType]) -> ScimResponse:
    projections = {resource_type.name: request.projection(resource_type) for resource_type in resource_types}
    query = _query(request)
    tenant = request.known_caller.tenant
    page = await lists.page(tenant.id, resource_types, query, request.limits, mode=tenant.scim_mode)
    shown: list[bytes] = []
    for resource_type in resource_types:
        kind, represent = _REPRESENTED[resource_type.name]
        found = page.resources
        if len(resource_types) > 1:
            found = tuple([resource for resource in found if isinstance(resource, kind)])
        if found:
            shown += await represent(request, found, projections[resource_type.name])
    start_index = query.start_index if query.cursor is None else None
    return responses.list_response(page.total, start_index, len(page.resources), shown, next_cursor=page.next_cursor)


def _query(request: ScimRequest) -> ListQuery:
    """:raises InvalidValue: a parameter has no meaning, or two of them contradict each other."""
    cursor = request.text("cursor")
    if cursor is not None and "startindex" in request.query:
        raise InvalidValue("cursor and startIndex exclude each other", path="cursor")
    sort_by, descending = request.text("sortBy") or None, parse_order(request.text("sortOrder"))
    return ListQuery(
        filter=request.filter_text(),
        sort_by=sort_by,
        descending=descending and sort_by is not None,
        start_index=request.start_index(),
        count=_count(request, by_cursor=cursor is not None),
        cursor=cursor,
        shown=(tuple(request.names("attributes")), tuple(request.names("excludedAttributes"))),
    )


def _count(request: ScimRequest, *, by_cursor: bool) -> int:
    """:raises InvalidCount: it is no integer, beside a cursor (RFC 9865 §2.1)."""
    try:
        return request.count()
    except InvalidValue as error:
        raise (InvalidCount(error.message, path="count") if by_cursor else error) from None
