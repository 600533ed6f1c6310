"""What runs on a SQLite connection: plain functions without an ``await``, so nothing comes between their statements."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any

from gatehouse.errors import StaleVersion
from gatehouse.store.statement import Statement, sqlite_text


def fetch(connection: sqlite3.Connection, sql: str, parameters: Sequence[object]) -> list[Any]:
    """All rows."""
    return connection.execute(sql, parameters).fetchall()


def fetch_one(connection: sqlite3.Connection, sql: str, parameters: Sequence[object]) -> Any:
    """The first row, or None; what is left unread holds no snapshot."""
    return connection.execute(sql, parameters).fetchone()


def fetch_counted(connection: sqlite3.Connection, sql: str, parameters: Sequence[object]) -> tuple[int, list[Any]]:
    """The number of rows affected or found, and the rows."""
    cursor = connection.execute(sql, parameters)
    rows = cursor.fetchall()
    return max(cursor.rowcount, len(rows)), rows


def execute(connection: sqlite3.Connection, sql: str, parameters: Sequence[object]) -> int:
    """The number of rows affected."""
    return affected(connection.execute(sql, parameters))


def affected(cursor: sqlite3.Cursor) -> int:
    """Rows written, or rows found."""
    return cursor.rowcount if cursor.rowcount >= 0 else len(cursor.fetchall())


def insert(connection: sqlite3.Connection, sql: str, parameters: Sequence[object]) -> int:
    """The rowid of the new row."""
    return connection.execute(sql, parameters).lastrowid or 0


def run_batch(connection: sqlite3.Connection, statements: Sequence[Statement]) -> None:
    """Run an atomic batch.

    :raises StaleVersion: an expectation is missed; nothing is written.
    """
    with _Atomic(connection):
        run_statements(connection, statements)


def run_statements(connection: sqlite3.Connection, statements: Sequence[Statement]) -> None:
    """Run the statements of a batch in the transaction that is open; the caller undoes it when one fails."""
    cursor = connection.cursor()
    for sql, parameters, rows in statements:
        cursor.execute(sqlite_text(sql).sql, parameters)
        if rows is not None and affected(cursor) != rows:
            raise StaleVersion("somebody else changed it at the same time")


def execute_many(connection: sqlite3.Connection, sql: str, rows: Sequence[Sequence[object]]) -> None:
    """Run one statement for each row of parameters, all or none."""
    with _Atomic(connection):
        connection.executemany(sql, rows)


def execute_script(connection: sqlite3.Connection, script: str) -> None:
    """Run several statements, all or none."""
    with _Atomic(connection):
        for sql in split(script):
            connection.execute(sql)


def split(script: str) -> Iterator[str]:
    """Cut a script where SQLite says that a statement is complete (a trigger's body holds ``;`` too)."""
    pending = ""
    for piece in re.split(r"(?<=;)", script):
        pending += piece
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        yield pending


class _Atomic:
    """All or nothing: a transaction of its own, or a savepoint in the one that is open."""

    __slots__ = ("_connection", "_nested")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._nested = connection.in_transaction

    def __enter__(self) -> None:
        self._connection.execute("SAVEPOINT batch" if self._nested else "BEGIN IMMEDIATE")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            rollback(self._connection, nested=self._nested)
        elif self._nested:
            self._connection.execute("RELEASE batch")
        else:
            commit(self._connection)


def touch(connection: sqlite3.Connection) -> None:
    """Write one page as it is: with the number that a file keeps for applications, which we have no use for."""
    (number,) = connection.execute("PRAGMA user_version").fetchone()
    connection.execute(f"PRAGMA user_version = {number}")


def begin(connection: sqlite3.Connection) -> sqlite3.Connection:
    """Take the right to write; readers go on."""
    connection.execute("BEGIN IMMEDIATE")
    return connection


def commit(connection: sqlite3.Connection) -> None:
    """Make it last, or undo it."""
    try:
        connection.execute("COMMIT")
    except BaseException:
        rollback(connection)
        raise


def rollback(connection: sqlite3.Connection, *, nested: bool = False) -> None:
    """Undo; never hides the error that led here, and SQLite may have undone it already."""
    with suppress(sqlite3.Error):
        if nested and connection.in_transaction:
            connection.execute("ROLLBACK TO batch")
            connection.execute("RELEASE batch")
        elif connection.in_transaction:
            connection.execute("ROLLBACK")
