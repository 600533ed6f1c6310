"""The scalars of the schema: how times, cursors and JSON values travel."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any, Final, NewType
from uuid import UUID

import orjson
import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from gatehouse.records import iso_milliseconds
from gatehouse.scim.json_text import is_storable
from gatehouse.services.directory import Position

JsonValue = NewType("JsonValue", object)

_MAX_CURSOR: Final = 8_192
_CURSOR: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_MAX_BIGINT: Final = 2**63 - 1
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def to_cursor(position: Position) -> str:
    """Write a place in a list as an opaque text.

    >>> to_cursor(Position("CREATED_AT", (5,), UUID(int=1)))
    'WyJDUkVBVEVEX0FUIiw1LCIwMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDEiXQ'
    """
    values = orjson.dumps([position.order, *position.values, str(position.id)])
    return urlsafe_b64encode(values).rstrip(b"=").decode("ascii")


def parse_cursor(text: object) -> Position:
    """Read what :func:`to_cursor` wrote; whether it fits the list is for the list to tell.

    :raises GraphQLError: anything else.

    >>> parse_cursor(to_cursor(Position("CREATED_AT", (5,), UUID(int=1))))
    Position(order='CREATED_AT', values=(5,), id=UUID('00000000-0000-0000-0000-000000000001'))
    """
    position = _read_cursor(text) if isinstance(text, str) and len(text) <= _MAX_CURSOR else None
    if position is None:
        raise GraphQLError("The cursor is not one that this API gave out; start again without it.")
    return position


def _read_cursor(text: str) -> Position | None:
    if not _CURSOR.fullmatch(text):
        return None
    try:
        order, *values, row_id = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        position = Position(order, tuple(values), UUID(row_id))
    except (ValueError, TypeError, AttributeError):
        return None
    sound = isinstance(order, str) and all(_is_sound(value) for value in values)
    return position if sound and to_cursor(position) == text else None


def _is_sound(value: object) -> bool:
    if isinstance(value, str):
        return is_storable(value)
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _MAX_BIGINT)


def parse_moment(text: object) -> datetime:
    """Read an RFC 3339 time; it must say its offset.

    :raises GraphQLError: anything else.

    >>> parse_moment("2026-11-25T10:00:00+01:00")
    datetime.datetime(2026, 11, 25, 9, 0, tzinfo=datetime.timezone.utc)
    """
    if isinstance(text, str) and _MOMENT.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError("DateTime must look like 2026-11-25T09:30:00Z (RFC 3339, with an offset).")


def parse_uuid(text: object) -> UUID:
    """Read a UUID in its usual form (RFC 9562 §4).

    :raises GraphQLError: anything else.
    """
    if isinstance(text, str) and _UUID.fullmatch(text):
        return UUID(text)
    raise GraphQLError("UUID must look like 0199a3a4-0000-7000-8000-000000000001.")


def _moment(value: datetime | str) -> str:
    """Write a moment; one from a list of many has been written out of what is stored, which is quicker."""
    return value if isinstance(value, str) else iso_milliseconds(value)


def _as_is(value: Any) -> Any:
    return value


SCALARS: Final[dict[object, ScalarDefinition]] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment as RFC 3339 text; answers are in UTC with milliseconds: `2026-11-25T09:30:00.000Z`.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=_moment,
        parse_value=parse_moment,
    ),
    Position: strawberry.scalar(
        name="Cursor",
        description="A place in a list, opaque; valid for the order in which it was given out.",
        serialize=to_cursor,
        parse_value=parse_cursor,
    ),
    UUID: strawberry.scalar(
        name="UUID",
        description="A UUID in its usual form: `0199a3a4-0000-7000-8000-000000000001`.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc9562",
        serialize=str,
        parse_value=parse_uuid,
    ),
    JsonValue: strawberry.scalar(name="JSON", description="Any JSON value.", serialize=_as_is, parse_value=_as_is),
}
