"""SQL as the store writes it, and its rewriting for each dialect.

All SQL text uses the placeholders ``$1 … $n``. PostgreSQL takes them as they are; SQLite gets ``?n``; the statements of a
batch get theirs renumbered, because on PostgreSQL the batch is one statement (:func:`chain`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Protocol

from tortoise.exceptions import IntegrityError

Dialect = Literal["sqlite", "postgres"]

CACHED_TEXTS = 2_048

_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\d+)""")
_READS = re.compile(r"\s*(?:SELECT|VALUES|EXPLAIN)\b", re.IGNORECASE)
_WITH = re.compile(r"\s*WITH\b", re.IGNORECASE)
_WRITES = re.compile(r"\b(?:INSERT\s+INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM)\b", re.IGNORECASE)


class Row(Protocol):
    """One row of a result: by name, by position (0-based), or iterated over its values."""

    def __getitem__(self, key: Any, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...

    def keys(self) -> Any:
        """Return the column names."""


class UniqueViolation(IntegrityError):
    """A unique constraint or index refused the row.

    :param what: the constraint or index (PostgreSQL), or ``"table.column, table.column"`` (SQLite).
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"already taken: {what}")
        self.what = what


class Statement(NamedTuple):
    """One part of an atomic batch.

    :param sql: one INSERT, UPDATE or DELETE without RETURNING and without ``;``, or a guard: a SELECT of plain rows, which
        locks them against change until the batch has ended.
    :param parameters: the values of ``$1 … $n``: str, int, bool, float, None, bytes or UUID.
    :param rows: exactly so many rows must be affected or found, else the whole batch writes nothing.
    """

    sql: str
    parameters: tuple[object, ...] = ()
    rows: int | None = None


class SqliteText(NamedTuple):
    """A statement for SQLite: its text with ``?n``, and whether it needs the writing connection."""

    sql: str
    writes: bool


@lru_cache(CACHED_TEXTS)
def sqlite_text(sql: str) -> SqliteText:
    """Rewrite for SQLite.

    >>> sqlite_text("SELECT '$1' FROM tenant WHERE id = $1 OR slug = $2")
    SqliteText(sql="SELECT '$1' FROM tenant WHERE id = ?1 OR slug = ?2", writes=False)
    """
    text = _TOKEN.sub(lambda token: f"?{token[1]}" if token[1] else token[0], sql)
    return SqliteText(text, not is_read(sql))


def is_read(sql: str) -> bool:
    """Whether running it twice does no harm.

    >>> is_read("select 1"), is_read("WITH t AS (SELECT 1) SELECT * FROM t"), is_read("UPDATE a SET b = 1")
    (True, True, False)
    """
    return bool(_READS.match(sql) or (_WITH.match(sql) and not _WRITES.search(_TOKEN.sub("", sql))))


def is_guard(statement: Statement) -> bool:
    """Whether the statement of a batch only reads and locks."""
    return _READS.match(statement.sql) is not None


def guards_first(statements: Sequence[Statement]) -> list[Statement]:
    """Guards lock before any row is written: the order in which a mapping change locks too, so neither waits in a circle."""
    return sorted(statements, key=lambda statement: not is_guard(statement))


def locking(statement: Statement) -> str:
    """Return the text of a statement that runs by itself inside a PostgreSQL transaction."""
    return f"{statement.sql} FOR SHARE" if is_guard(statement) else statement.sql


@lru_cache(CACHED_TEXTS)
def chain(shapes: tuple[tuple[str, int | None], ...]) -> str:
    """Join the statements of a batch into one PostgreSQL statement of data-modifying CTEs.

    The final SELECT asks for each CTE's row count, guards first and then in the order given, which makes PostgreSQL run
    them in that order (unreferenced ones would run in reverse, at the end). A missed expectation divides by zero: error
    22012 undoes the whole statement.

    >>> print(chain((("UPDATE a SET v = $1", 1), ("SELECT 1 FROM b WHERE id = $1", 1), ("DELETE FROM c", None))))
    WITH s0 AS (UPDATE a SET v = $1 RETURNING 1),
    s1 AS (SELECT 1 FROM b WHERE id = $2 FOR SHARE),
    s2 AS (DELETE FROM c RETURNING 1)
    SELECT 1 / CASE
    WHEN (SELECT count(*) FROM s1) <> 1 THEN 0
    WHEN (SELECT count(*) FROM s0) <> 1 THEN 0
    WHEN (SELECT count(*) FROM s2) < 0 THEN 0
    ELSE 1 END
    """
    parts: list[str] = []
    checks: list[tuple[bool, str]] = []
    offset = 0
    for index, (sql, rows) in enumerate(shapes):
        guard = _READS.match(sql) is not None
        text, arity = _renumber(sql, offset)
        offset += arity
        parts.append(f"s{index} AS ({text} {'FOR SHARE' if guard else 'RETURNING 1'})")
        missed = "< 0" if rows is None else f"<> {rows}"
        checks.append((not guard, f"WHEN (SELECT count(*) FROM s{index}) {missed} THEN 0"))
    checks.sort(key=lambda check: check[0])
    tests = "\n".join(test for _, test in checks)
    ctes = ",\n".join(parts)
    return f"WITH {ctes}\nSELECT 1 / CASE\n{tests}\nELSE 1 END"


def _renumber(sql: str, offset: int) -> tuple[str, int]:
    """Shift ``$n`` by ``offset``; also the number of parameters that the text takes."""
    numbers = [int(token[1]) for token in _TOKEN.finditer(sql) if token[1]]
    text = _TOKEN.sub(lambda token: f"${int(token[1]) + offset}" if token[1] else token[0], sql)
    return text, max(numbers, default=0)
