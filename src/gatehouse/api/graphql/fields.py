"""Fields that are computed by a method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import strawberry
from strawberry.types.field import StrawberryField

from gatehouse.api.graphql.needs import PERSONAL, Needs

NEEDS: Final = "gatehouse.needs"  # in a field's metadata


def resolver(description: str, *, needs: Needs | None = None) -> Callable[[Callable[..., Any]], StrawberryField]:
    """Make the method the resolver of a field; ``strawberry.field`` with a description has no type as a decorator.

    :param needs: what the field asks of the viewer; None, only for fields of objects: no more than the object itself.
    """
    text = f"{description} {needs.words}" if needs else description

    def decorate(method: Callable[..., Any]) -> StrawberryField:
        return strawberry.field(method, description=text, metadata={NEEDS: needs} if needs else {})

    return decorate


def personal(description: str) -> Any:
    """Declare a field with a value that names or reaches a person: masked without READ_PII by whoever fills it."""
    return strawberry.field(description=description, metadata={NEEDS: PERSONAL})


def followed(description: str, *, needs: Needs) -> Callable[[Callable[..., Any]], StrawberryField]:
    """Make the asynchronous generator the source of a subscription field; as :func:`resolver`."""
    text = f"{description} {needs.words}"

    def decorate(method: Callable[..., Any]) -> StrawberryField:
        return strawberry.subscription(method, description=text, metadata={NEEDS: needs})

    return decorate
