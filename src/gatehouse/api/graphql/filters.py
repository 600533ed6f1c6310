"""The comparisons that filters are made of.

A part of a filter that is null or left out asks for nothing. A comparison with null is refused: a program that looks
for a value it does not have must not find everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import strawberry

from gatehouse.api.graphql.ids import parse_cycle_id, parse_global_id
from gatehouse.errors import InvalidValue
from gatehouse.records import end_of_shown, to_microseconds
from gatehouse.services.cycles import cycle_key
from gatehouse.services.directory import Compare

T = TypeVar("T")


def given(value: T | None) -> T | None:
    """What a part of a filter asks for; None when it was left out."""
    return None if value is strawberry.UNSET else value


def _compared(field: str, parts: Iterable[tuple[str, T | None]], *, instead: str) -> Iterator[tuple[str, T]]:
    """The comparisons that were given, each with its operator.

    :param instead: what to do in place of a comparison with null.
    :raises InvalidValue: there is one.
    """
    for operator, value in parts:
        if value is None:
            raise InvalidValue(f"`{field}` is compared (`{operator}`) with null", path="where", hint=instead)
        if value is not strawberry.UNSET:
            yield operator, value


_USE_IS_NULL: Final = "Use isNull to find what is missing; leave the comparison out to ask for nothing."
_SECOND: Final = 1_000_000  # microseconds
_LEAVE_OUT: Final = "Leave the comparison out to ask for nothing."


@strawberry.input(
    description=(
        "Compares a text, without regard to case unless the attribute is case-exact. Null is refused: use `isNull`."
    )
)
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
        yield from (Compare(field, sign, text) for sign, text in _compared(field, parts, instead=_USE_IS_NULL))
        for _, texts in _compared(field, [("in", self.in_)], instead=_USE_IS_NULL):
            yield Compare(field, "in", tuple(texts))
        for _, missing in _compared(field, [("isNull", self.is_null)], instead=_LEAVE_OUT):
            yield Compare(field, "isNull", missing)


def _target(text: str) -> tuple[str, str] | None:
    """Type and id as the audit trail has them. A tenant that somebody tried to make has no id: it goes by its slug."""
    found = parse_global_id(text)
    if found:
        return found[0], str(found[1])
    try:
        UUID(text)
    except ValueError:
        return "Tenant", text
    return None  # the id of a row, which no client was ever told


@strawberry.input(
    description="Compares an id. An id of another type, or that names nothing, equals nothing. Null is refused."
)
class IdFilter:
    """All parts given must hold."""

    eq: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="This id.")
    in_: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, name="in", description="One of these ids."
    )
    is_null: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether there is none.",
    )

    def compares(self, field: str, types: frozenset[str]) -> Iterator[Compare]:
        """Yield the comparisons.

        :param types: the node types whose ids may be meant.
        """
        for wanted in self._wanted(field):
            parsed = [parse_global_id(text) for text in wanted]
            yield Compare(field, "in", tuple(found[1] for found in parsed if found and found[0] in types))
        for _, missing in self._missing(field):
            yield Compare(field, "isNull", missing)

    def cycles(self) -> Iterator[Compare]:
        """Yield the comparisons with cycles; the tenant too, by which a list knows where to look."""
        yield from self._never_missing("cycleId", "tenantId")
        for wanted in self._wanted("cycleId"):
            known = [found for text in wanted if (found := parse_cycle_id(text))]
            yield Compare("tenantId", "in", tuple({tenant_id: None for tenant_id, _ in known}))
            yield Compare("cycle", "in", tuple(cycle_key(*found) for found in known))

    def targets(self) -> Iterator[Compare]:
        """Yield the comparisons with what something was done to, whatever its type."""
        yield from self._never_missing("targetId", "targetType")
        for wanted in self._wanted("targetId"):
            known = [found for text in wanted if (found := _target(text))]
            yield Compare("targetType", "in", tuple({type_name: None for type_name, _ in known}))
            yield Compare("targetId", "in", tuple(key for _, key in known))

    def _missing(self, field: str) -> Iterator[tuple[str, bool]]:
        return _compared(field, [("isNull", self.is_null)], instead=_LEAVE_OUT)

    def _never_missing(self, field: str, column: str) -> Iterator[Compare]:
        """Nothing is without what is always there."""
        yield from (Compare(column, "in", ()) for _, missing in self._missing(field) if missing)

    def _wanted(self, field: str) -> Iterator[list[strawberry.ID]]:
        """Lists of which the id has to be in every one."""
        yield from ([text] for _, text in _compared(field, [("eq", self.eq)], instead=_LEAVE_OUT))
        yield from (texts for _, texts in _compared(field, [("in", self.in_)], instead=_LEAVE_OUT))


@strawberry.input(description="Compares a whole number. Null is refused.")
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
        yield from (Compare(field, sign, number) for sign, number in _compared(field, parts, instead=_LEAVE_OUT))


@strawberry.input(description="Compares a moment as it is shown, to the millisecond. Null is refused.")
class DateTimeFilter:
    """All parts given must hold."""

    gt: datetime | None = strawberry.field(default=strawberry.UNSET, description="Later.")
    gte: datetime | None = strawberry.field(default=strawberry.UNSET, description="Then or later.")
    lt: datetime | None = strawberry.field(default=strawberry.UNSET, description="Earlier.")
    lte: datetime | None = strawberry.field(default=strawberry.UNSET, description="Then or earlier.")
    last_seconds: int | None = strawberry.field(
        default=strawberry.UNSET, description="Not longer ago than so many seconds; 86400 is the last day."
    )

    def compares(self, field: str, now: datetime) -> Iterator[Compare]:
        """Yield the comparisons, in microseconds.

        :param now: where ``last_seconds`` count back from.
        :raises InvalidValue: a comparison with null, or with less than no seconds.
        """
        parts = (("gt", self.gt), ("gte", self.gte), ("lt", self.lt), ("lte", self.lte))
        given_parts = _compared(field, parts, instead=_LEAVE_OUT)
        for sign, moment in given_parts:
            yield Compare(field, sign, to_microseconds(end_of_shown(moment) if sign in {"gt", "lte"} else moment))
        for _, seconds in _compared(field, [("lastSeconds", self.last_seconds)], instead=_LEAVE_OUT):
            if seconds < 0:
                raise InvalidValue(
                    f"`{field}` is compared (`lastSeconds`) with {seconds}: that is to come", path="where"
                )
            yield Compare(field, "gte", to_microseconds(now) - seconds * _SECOND)
