"""The route of an answered request, as metrics and traces name it: the template, never the path."""

from __future__ import annotations

from typing import Final

from starlette.routing import Mount, Route
from starlette.types import Scope

UNKNOWN: Final = "(unknown)"


def template(scope: Scope) -> str:
    """Name the route, once the request has been answered.

    Applications with routes of their own put their template into ``scope["state"]["template"]``, relative to where they
    are mounted.
    """
    route = scope.get("route")
    if isinstance(route, Route):
        return route.path_format
    if isinstance(route, Mount):
        return f"{route.path}{scope['state'].get('template', '/…')}"
    return UNKNOWN
