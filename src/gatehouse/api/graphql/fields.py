"""Fields that are computed by a method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.types.field import StrawberryField


def resolver(description: str) -> Callable[[Callable[..., Any]], StrawberryField]:
    """Make the method the resolver of a field; ``strawberry.field`` with a description has no type as a decorator."""

    def decorate(method: Callable[..., Any]) -> StrawberryField:
        return strawberry.field(method, description=description)

    return decorate


def followed(description: str) -> Callable[[Callable[..., Any]], StrawberryField]:
    """Make the asynchronous generator the source of a subscription field; as :func:`resolver`."""

    def decorate(method: Callable[..., Any]) -> StrawberryField:
        return strawberry.subscription(method, description=description)

    return decorate
