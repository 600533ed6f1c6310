"""The comparisons that filters are made of. A part that is null or left out asks for nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar

import strawberry

from gatehouse.api.graphql.ids import parse_global_id
from gatehouse.records import to_microseconds
from gatehouse.services.directory import Compare

T = TypeVar("T")


def given(value: T | None) -> T | None:
    """What a part of a filter asks for; None when it was left out."""
    return None if value is strawberry.UNSET else value


@strawberry.input(description="Compares a text, without regard to case unless the attribute is case-exact.")
class StringFilter:
    """All parts given must hold."""

    eq: str | None = strawberry.field(default=strawberry.UNSET, description="The same text.")
    ne: str | None = strawberry.field(default=strawberry.UNSET, description="Another text, or none.")
    in_: list[str] | None = strawberry.field(default=strawberry.UNSET, name="in", description="One of these texts.")
    contains: str | None = strawberry.field(default=strawberry.UNSET, description="This text somewhere in it.")
    starts_with: str | None = strawberry.field(default=strawberry.UNSET, description="This text at its start.")
    is_null: bool | None = strawberry.field(default=strawberry.UNSET, description="Whether it is missing.")

    def compares(self, field: str) -> Iterator[Compare]:
        """Yield the comparisons."""
        parts = (("eq", self.eq), ("ne", self.ne), ("contains", self.contains), ("startsWith", self.starts_with))
        yield from (Compare(field, operator, text) for operator, value in parts if (text := given(value)) is not None)
        if (texts := given(self.in_)) is not None:
            yield Compare(field, "in", tuple(texts))
        if (missing := given(self.is_null)) is not None:
            yield Compare(field, "isNull", missing)


@strawberry.input(description="Compares an id. An id of another type, or that names nothing, equals nothing.")
class IdFilter:
    """All parts given must hold."""

    eq: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="This id.")
    in_: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, name="in", description="One of these ids."
    )

    def compares(self, field: str, types: frozenset[str]) -> Iterator[Compare]:
        """Yield the comparisons.

        :param types: the node types whose ids may be meant.
        """
        one = given(self.eq)
        for wanted in (None if one is None else [one], given(self.in_)):
            if wanted is not None:
                parsed = [parse_global_id(text) for text in wanted]
                yield Compare(field, "in", tuple(found[1] for found in parsed if found and found[0] in types))


@strawberry.input(description="Compares a whole number.")
class IntFilter:
    """All parts given must hold."""

    eq: int | None = strawberry.field(default=strawberry.UNSET, description="This number.")
    gt: int | None = strawberry.field(default=strawberry.UNSET, description="More.")
    gte: int | None = strawberry.field(default=strawberry.UNSET, description="At least.")
    lt: int | None = strawberry.field(default=strawberry.UNSET, description="Less.")
    lte: int | None = strawberry.field(default=strawberry.UNSET, description="At most.")

    def compares(self, field: str) -> Iterator[Compare]:
        """Yield the comparisons."""
        parts = (("eq", self.eq), ("gt", self.gt), ("gte", self.gte), ("lt", self.lt), ("lte", self.lte))
        yield from (Compare(field, sign, number) for sign, value in parts if (number := given(value)) is not None)


@strawberry.input(description="Compares a moment.")
class DateTimeFilter:
    """All parts given must hold."""

    gt: datetime | None = strawberry.field(default=strawberry.UNSET, description="Later.")
    gte: datetime | None = strawberry.field(default=strawberry.UNSET, description="Then or later.")
    lt: datetime | None = strawberry.field(default=strawberry.UNSET, description="Earlier.")
    lte: datetime | None = strawberry.field(default=strawberry.UNSET, description="Then or earlier.")

    def compares(self, field: str) -> Iterator[Compare]:
        """Yield the comparisons, in microseconds."""
        parts = (("gt", self.gt), ("gte", self.gte), ("lt", self.lt), ("lte", self.lte))
        moments = ((sign, moment) for sign, value in parts if (moment := given(value)) is not None)
        yield from (Compare(field, sign, to_microseconds(moment)) for sign, moment in moments)
