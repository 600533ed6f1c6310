"""What SCIM clients asked and were answered: the request log, as far as the viewer's grants reach.

It holds what clients sent. So a tenant's requests are in sight with READ_RAW_REQUESTS beside READ_DIRECTORY; those that
did not sign in belong to nobody, and are in sight of whoever holds both in every tenant.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson

from gatehouse.errors import Forbidden, GatehouseError
from gatehouse.records import Permission, ScimMode, ScimOperation, UnknownAttributes, Viewer
from gatehouse.scim.operation import Operation
from gatehouse.scim.patch import parse_patch
from gatehouse.scim.schema import GROUP, USER, ResourceType
from gatehouse.services import directory, live
from gatehouse.services.directory import Compare, Condition, Page, PageRequest, Position
from gatehouse.services.live import Bell
from gatehouse.store import scim_requests
from gatehouse.store.request_log import Entry
from gatehouse.store.scim_requests import NEWEST_FIRST, Contact

__all__ = ["NEWEST_FIRST", "Contact", "Entry", "Understood"]

Tenants = frozenset[UUID] | None
_PATCHED: Final[dict[ScimOperation, ResourceType]] = {
    ScimOperation.PATCH_USER: USER,
    ScimOperation.PATCH_GROUP: GROUP,
}


def may_read(viewer: Viewer, tenant_id: UUID | None) -> bool:
    """Tell whether the requests of a tenant, or of strangers (None), are in sight."""
    tenants = _readable(viewer)
    return tenants is None or tenant_id in tenants


async def page(viewer: Viewer, request: PageRequest) -> Page[Entry]:
    """Read a page of requests.

    :raises Forbidden: the viewer holds READ_RAW_REQUESTS in none of the tenants in sight that are searched.
    """
    return await scim_requests.page(_scope(viewer, request.condition), request)


async def follow(
    viewer: Callable[[], Viewer], condition: Condition | None, after: Position | None, bell: Bell
) -> AsyncGenerator[tuple[Entry, Position], None]:
    """Every request after a place in the order in which the log was written, each with its own; else from now on.

    :param viewer: who asks, as of now: grants may change while somebody follows.
    :raises Forbidden: as :func:`page`.
    :raises InvalidValue: the place is one of another list.
    """

    def scope() -> Tenants:
        return _scope(viewer(), condition)

    async for row in live.follow_commits(
        bell, after, condition, scope, scim_requests.following, stretch=scim_requests.stretch
    ):
        yield row


async def count(viewer: Viewer, condition: Condition | None) -> int:
    """Count requests. As :func:`page`."""
    return await scim_requests.count(_scope(viewer, condition), condition)


async def by_ids(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, Entry]:
    """Read requests by id; what is out of sight is left out."""
    return await scim_requests.by_ids(_readable(viewer), ids)


async def of_request(viewer: Viewer, request_id: str) -> Entry | None:
    """Find a request by the name that logs, headers and history have for it; of a bulk request the whole, not a part."""
    named = PageRequest(1, NEWEST_FIRST, Compare("requestId", "eq", request_id))  # the whole ends after its parts
    return next(iter((await scim_requests.page(_readable(viewer), named)).rows), None)


async def contacts(tenant_ids: Sequence[UUID]) -> dict[UUID, Contact]:
    """Tell when each of several tenants in sight was heard of last."""
    return await scim_requests.contacts(tenant_ids)


@dataclass(frozen=True, slots=True)
class Understood:
    """One operation of a PATCH as the server read it, whatever dialect it was written in.

    :param path: canonical, such as ``emails[type eq "work"].value``.
    """

    op: str
    path: str
    value: Any


def understood(entry: Entry) -> tuple[Understood, ...] | None:
    """Read the operations of a PATCH whose body is in the log; None when there is none, or it cannot be read.

    Only refused requests keep their body. It is read as Entra and Okta write, in which every stricter form is contained.
    """
    resource_type = _PATCHED.get(entry.operation)
    if resource_type is None or not entry.body:
        return None
    try:
        body = orjson.loads(entry.body)
        read = parse_patch(body, resource_type, mode=ScimMode.ENTRA, unknown=UnknownAttributes.IGNORE)
    except (ValueError, AttributeError, GatehouseError):
        return None
    members = (Understood(step.kind, "members", list(step.ids)) for step in read.members)
    return (*map(_understood, read.operations), *members)


def _understood(operation: Operation) -> Understood:
    path = operation.path
    if path.selector is None:
        return Understood(operation.op, path.target.path, operation.value)
    described = " and ".join(
        f"{name} eq {orjson.dumps(item).decode()}" for name, item in (operation.described or {}).items()
    )
    sub = f".{path.sub.name}" if path.sub else ""
    whole = path.target.path.removesuffix(sub) if sub else path.target.path
    return Understood(operation.op, f"{whole}[{described or '…'}]{sub}", operation.value)


def _readable(viewer: Viewer) -> Tenants:
    seen, raw = directory.visible(viewer), viewer.tenant_ids(Permission.READ_RAW_REQUESTS)
    if seen is None or raw is None:
        return raw if seen is None else seen
    return seen & raw


def _scope(viewer: Viewer, condition: Condition | None) -> Tenants:
    searched, readable = directory.scope(viewer, condition), _readable(viewer)
    if readable is None:
        return searched
    found = readable if searched is None else searched & readable
    if not readable or (not found and searched != frozenset()):
        raise Forbidden("Reading requests needs READ_RAW_REQUESTS in the tenant")
    return found
