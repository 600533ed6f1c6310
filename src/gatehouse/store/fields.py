"""How our column types look in Python."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, TypeVar, overload

from tortoise.fields import Field

from gatehouse.records import from_microseconds, to_microseconds

T_TEXT = TypeVar("T_TEXT", str, str | None)
T_TIME = TypeVar("T_TIME", datetime, datetime | None)


class Text(Field[T_TEXT], str):  # type: ignore[misc]  # noqa: SLOT000 - Tortoise only notes that the value is a str
    """Unlimited text; lengths are checked where the value comes in."""

    SQL_TYPE = "TEXT"

    @overload
    def __init__(self: Text[str], *, null: Literal[False] = False, default: str = ...) -> None: ...
    @overload
    def __init__(self: Text[str | None], *, null: Literal[True]) -> None: ...
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)


class MicrosecondsField(Field[T_TIME], datetime):
    """A moment: an aware UTC datetime in Python, microseconds since 1970-01-01T00:00:00Z in the database.

    Comparisons in filters take datetimes, or the stored integer itself.
    """

    SQL_TYPE = "BIGINT"

    @overload
    def __init__(self: MicrosecondsField[datetime], *, null: Literal[False] = False) -> None: ...
    @overload
    def __init__(self: MicrosecondsField[datetime | None], *, null: Literal[True]) -> None: ...
    def __init__(self, **options: Any) -> None:
        super().__init__(**options)

    def to_db_value(self, value: datetime | int | None, instance: object) -> int | None:
        """``datetime`` → microseconds.

        :raises TypeError: for a naive datetime.
        """
        return to_microseconds(value) if isinstance(value, datetime) else value

    def to_python_value(self, value: datetime | int | None) -> datetime | None:
        """Microseconds → aware UTC ``datetime``."""
        return from_microseconds(value) if isinstance(value, int) else value
