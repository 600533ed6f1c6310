"""Facets of a list of users: what filters there are to offer beside it, and how many users each would leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated
from uuid import UUID

import strawberry

from gatehouse.api.graphql.context import Context
from gatehouse.api.graphql.enums import FacetField
from gatehouse.api.graphql.ids import global_id
from gatehouse.errors import InvalidValue
from gatehouse.services.directory import Condition
from gatehouse.services.facets import MAX_VALUES, Count

DEFAULT_VALUES = 20

FacetFields = Annotated[list[FacetField], strawberry.argument(description="By what to count, each at most once.")]
MaxValues = Annotated[
    int,
    strawberry.argument(
        description=f"How many values of each, 1 to {MAX_VALUES}, {DEFAULT_VALUES} by default: those with the most users."
    ),
]
Counting = Callable[[FacetField, Condition | None, int], Awaitable[list[Count]]]


@strawberry.type(description="So many users of the list share a value.")
class FacetValue:
    """A value with its count."""

    value: str | None = strawberry.field(
        description="The value as filters take it: the id of a role or group, else the word or text; null: they have none."
    )
    label: str | None = strawberry.field(description="The value as people read it; null for those who have none.")
    count: int = strawberry.field(description="How many users.")


@strawberry.type(
    description="The users of a list, counted by one of their properties; every filter of the list applies."
)
class Facet:
    """One property."""

    field: FacetField = strawberry.field(description="By what they are counted.")
    values: list[FacetValue] = strawberry.field(
        description="Those with the most users first. Users in several groups, or with several segments, count in each."
    )


async def read_facets(
    context: Context, fields: list[FacetField], condition: Condition | None, limit: int, counting: Counting
) -> list[Facet]:
    """Count users by each of these properties.

    :raises InvalidValue: ``limit`` is out of range.
    """
    if not 1 <= limit <= MAX_VALUES:
        raise InvalidValue(f"`values` is {limit}; it must be between 1 and {MAX_VALUES}.")
    wanted = dict.fromkeys(fields)
    found = [await counting(field, condition, limit) for field in wanted]
    shown = await asyncio.gather(
        *(shown_values(context, field, counts) for field, counts in zip(wanted, found, strict=True))
    )
    return [Facet(field=field, values=values) for field, values in zip(wanted, shown, strict=True)]


async def shown_values(context: Context, field: FacetField, counts: list[Count]) -> list[FacetValue]:
    """Give the counts with the names of roles and groups."""
    named = await _names(context, field, [UUID(count.value) for count in counts if count.value and _is_id(field)])
    return [
        FacetValue(
            value=named[count.value][0] if count.value in named else count.value,
            label=named[count.value][1] if count.value in named else count.label or count.value,
            count=count.users,
        )
        for count in counts
    ]


def _is_id(field: FacetField) -> bool:
    return field in {FacetField.ROLE, FacetField.GROUP}


async def _names(context: Context, field: FacetField, ids: list[UUID]) -> dict[str | None, tuple[str, str]]:
    """Global id and name of each role or group."""
    if not ids:
        return {}
    loaders = context.loaders
    found = await (loaders.role.load_many(ids) if field is FacetField.ROLE else loaders.employee_group.load_many(ids))
    kind = "Role" if field is FacetField.ROLE else "EmployeeGroup"
    return {str(key): (global_id(kind, key), item.name) for key, item in zip(ids, found, strict=True) if item}
