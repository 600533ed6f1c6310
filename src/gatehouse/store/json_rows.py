"""Many rows in one parameter: a JSON text that SQL reads as a table, so that one statement serves any number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import orjson

from gatehouse.store import database

Columns = Mapping[str, Literal["uuid", "text", "integer", "bigint", "boolean"]]


def table(place: str, columns: Columns) -> str:
    """A table expression, to be given an alias, with these columns.

    :param place: the placeholder of the parameter, such as ``$2``.
    """
    if database.dialect() == "sqlite":
        values = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in columns)
        return f"(SELECT {values} FROM json_each({place}))"
    types = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return f"(SELECT * FROM json_to_recordset(CAST({place} AS json)) AS given ({types}))"


def parameter(columns: Columns, rows: Iterable[Iterable[object]]) -> str:
    """The rows, their values in the order of the columns."""
    given = [dict(zip(columns, row, strict=True)) for row in rows]
    return orjson.dumps(given, default=str).decode()  # str: drivers have their own subclasses of UUID
