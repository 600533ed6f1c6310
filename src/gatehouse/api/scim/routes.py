"""The table of endpoints: which path and method runs what, and what a refusal there is called in the history."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from gatehouse.api.scim import bulk, discovery, groups, lists, users
from gatehouse.api.scim.request import ScimRequest
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.errors import MethodNotAllowed, NotFound
from gatehouse.records import EventAction, ResourceKind, ScimOperation

_Handler = Callable[[ScimRequest], Awaitable[ScimResponse]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method of one path.

    ``operation`` is its name in the request log; ``action`` is set for writes: they leave an event, refused or not.
    ``many``: it consists of further requests, with limits and a lane of its own.
    """

    handler: _Handler
    operation: ScimOperation
    kind: ResourceKind | None = None
    action: EventAction | None = None
    public: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """One path: its template (for logs and metrics) and its methods."""

    template: str
    endpoints: dict[str, Endpoint]

    def endpoint(self, method: str) -> Endpoint:
        """The endpoint for a method; HEAD runs GET.

        :raises MethodNotAllowed: with the methods there are.
        """
        found = self.endpoints.get("GET" if method == "HEAD" else method)
        if found is None:
            raise MethodNotAllowed(f"{method} is not allowed on {self.template}", allow=self.allow)
        return found

    @property
    def allow(self) -> tuple[str, ...]:
        """For the ``Allow`` header."""
        implied = ("HEAD", "OPTIONS") if "GET" in self.endpoints else ("OPTIONS",)
        return (*self.endpoints, *implied)


def _public(handler: _Handler) -> dict[str, Endpoint]:
    return {"GET": Endpoint(handler, ScimOperation.DISCOVERY, public=True)}


def _not_offered(*methods: str) -> dict[str, Endpoint]:
    return {method: Endpoint(discovery.not_offered, ScimOperation.UNKNOWN) for method in methods}


_USER, _GROUP = ResourceKind.USER, ResourceKind.GROUP

_COLLECTIONS: Final[dict[str, tuple[Route, Route]]] = {
    "Users": (
        Route(
            "/Users",
            {
                "GET": Endpoint(lists.of_users, ScimOperation.LIST_USERS, _USER),
                "POST": Endpoint(users.create, ScimOperation.CREATE_USER, _USER, EventAction.CREATE),
            },
        ),
        Route(
            "/Users/{id}",
            {
                "GET": Endpoint(users.get, ScimOperation.READ_USER, _USER),
                "PUT": Endpoint(users.replace, ScimOperation.REPLACE_USER, _USER, EventAction.UPDATE),
                "PATCH": Endpoint(users.patch, ScimOperation.PATCH_USER, _USER, EventAction.UPDATE),
                "DELETE": Endpoint(users.delete, ScimOperation.DELETE_USER, _USER, EventAction.DELETE),
            },
        ),
    ),
    "Groups": (
        Route(
            "/Groups",
            {
                "GET": Endpoint(lists.of_groups, ScimOperation.LIST_GROUPS, _GROUP),
                "POST": Endpoint(groups.create, ScimOperation.CREATE_GROUP, _GROUP, EventAction.CREATE),
            },
        ),
        Route(
            "/Groups/{id}",
            {
                "GET": Endpoint(groups.get, ScimOperation.READ_GROUP, _GROUP),
                "PUT": Endpoint(groups.replace, ScimOperation.REPLACE_GROUP, _GROUP, EventAction.UPDATE),
                "PATCH": Endpoint(groups.patch, ScimOperation.PATCH_GROUP, _GROUP, EventAction.UPDATE),
                "DELETE": Endpoint(groups.delete, ScimOperation.DELETE_GROUP, _GROUP, EventAction.DELETE),
            },
        ),
    ),
    "ResourceTypes": (
        Route("/ResourceTypes", _public(discovery.resource_types)),
        Route("/ResourceTypes/{id}", _public(discovery.resource_type)),
    ),
    "Schemas": (
        Route("/Schemas", _public(discovery.schemas)),
        Route("/Schemas/{id}", _public(discovery.schema)),
    ),
}

_SINGLE: Final[dict[tuple[str, ...], Route]] = {
    (): Route("/", {"GET": Endpoint(lists.of_everything, ScimOperation.LIST_EVERYTHING)}),
    (".search",): Route("/.search", {"POST": Endpoint(lists.search_everything, ScimOperation.SEARCH_EVERYTHING)}),
    ("Users", ".search"): Route(
        "/Users/.search", {"POST": Endpoint(lists.search_users, ScimOperation.SEARCH_USERS, _USER)}
    ),
    ("Groups", ".search"): Route(
        "/Groups/.search", {"POST": Endpoint(lists.search_groups, ScimOperation.SEARCH_GROUPS, _GROUP)}
    ),
    ("Bulk",): Route("/Bulk", {"POST": Endpoint(bulk.bulk, ScimOperation.BULK, many=True)}),
    ("Me",): Route("/Me", _not_offered("GET", "POST", "PUT", "PATCH", "DELETE")),
    ("ServiceProviderConfig",): Route("/ServiceProviderConfig", _public(discovery.service_provider_config)),
}


def match(path: str) -> tuple[Route, str]:
    """The route of a decoded path below the base URI, and the id in it; one trailing slash is tolerated.

    :raises NotFound: there is no such endpoint.

    >>> match("/Users/")[0].template
    '/Users'
    >>> match("/Users/42")[1]
    '42'
    """
    segments = tuple(path.removesuffix("/").split("/")[1:])
    single = _SINGLE.get(segments)
    if single is not None:
        return single, ""
    collection = _COLLECTIONS.get(segments[0])
    if collection is None or len(segments) > 2 or "" in segments:  # noqa: PLR2004 - /collection/id
        raise NotFound("There is no such endpoint")
    return (collection[0], "") if len(segments) == 1 else (collection[1], segments[1])
