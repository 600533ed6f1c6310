"""The orders of each list; the id always breaks ties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

import strawberry

from gatehouse.api.graphql.enums import EventOrderField, SortDirection, TenantOrderField, UserOrderField
from gatehouse.services.directory import Sort

_DIRECTION = "Which way."


@strawberry.input(description="One term of an order of users.")
class UserOrder:
    """Field and direction."""

    field: UserOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description=_DIRECTION)


@strawberry.input(description="One term of an order of tenants.")
class TenantOrder:
    """Field and direction."""

    field: TenantOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description=_DIRECTION)


@strawberry.input(description="One term of an order of events.")
class EventOrder:
    """Field and direction."""

    field: EventOrderField = strawberry.field(description="What to order by.")
    direction: SortDirection = strawberry.field(default=SortDirection.DESC, description=_DIRECTION)


_ORDER: Final = "The order, the first term first; the id decides between equals. By default {}."

UserOrders = Annotated[list[UserOrder] | None, strawberry.argument(description=_ORDER.format("in order of creation"))]
TenantOrders = Annotated[list[TenantOrder] | None, strawberry.argument(description=_ORDER.format("by slug"))]
EventOrders = Annotated[list[EventOrder] | None, strawberry.argument(description=_ORDER.format("newest first"))]


def user_sort(orders: Sequence[UserOrder] | None) -> tuple[Sort, ...]:
    """Make the order of users; by default in order of creation."""
    return _sort(orders, Sort("CREATED_AT"))


def tenant_sort(orders: Sequence[TenantOrder] | None) -> tuple[Sort, ...]:
    """Make the order of tenants; by default by slug."""
    return _sort(orders, Sort("SLUG"))


def event_sort(orders: Sequence[EventOrder] | None) -> tuple[Sort, ...]:
    """Make the order of events; by default newest first."""
    return _sort(orders, Sort("OCCURRED_AT", descending=True))


def _sort(orders: Sequence[UserOrder | TenantOrder | EventOrder] | None, default: Sort) -> tuple[Sort, ...]:
    """The terms in order; a field that comes again can decide nothing any more."""
    terms: dict[str, Sort] = {}
    for order in orders or ():
        terms.setdefault(order.field.value, Sort(order.field.value, order.direction is SortDirection.DESC))
    return tuple(terms.values()) or (default,)
