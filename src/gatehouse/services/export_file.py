"""How rows become a file: NDJSON (a JSON object a line) or CSV (RFC 4180), in UTF-8."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson

from gatehouse.store.jobs import ExportFormat

MEDIA_TYPES: Final = {ExportFormat.NDJSON: "application/x-ndjson", ExportFormat.CSV: "text/csv; charset=utf-8"}
EXTENSIONS: Final = {ExportFormat.NDJSON: "ndjson", ExportFormat.CSV: "csv"}

# OWASP, "CSV Injection": what a spreadsheet takes for the beginning of a formula; the wide ones it takes for the others
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def head(form: ExportFormat, columns: Sequence[str]) -> bytes:
    """What comes before the first row."""
    return _csv([columns]) if form is ExportFormat.CSV else b""


def body(form: ExportFormat, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """The rows."""
    if form is ExportFormat.CSV:
        return _csv([_cell(value) for value in row] for row in rows)
    option = orjson.OPT_APPEND_NEWLINE
    return b"".join(orjson.dumps(dict(zip(columns, row, strict=True)), option=option) for row in rows)


def harmless(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula: with an apostrophe before it where one could.

    >>> harmless("=1+1"), harmless("+49 170 1234567"), harmless("a=b")
    ("'=1+1", "'+49 170 1234567", 'a=b')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _cell(value: Any) -> str:
    """Texts as they are, nothing for null, lists of texts by comma, what has structure as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return harmless(",".join(value))
    return orjson.dumps(value).decode()
