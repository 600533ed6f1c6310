"""Structured JSON logs: expected failures at INFO without traceback, bugs at ERROR with one.

No entry holds a token, a name, an address, a phone number or a filter value; people appear as ids only. Messages of
exceptions may quote any of these: of a bug the log has the kinds and the places. At DEBUG it has the messages too.

One entry is one line of JSON on stderr, ours and those of libraries alike::

    {
        "event": "purged",
        "what": "events",
        "rows": 12,
        "level": "info",
        "module": "gatehouse.services.retention",
        "timestamp": "…Z",
    }
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import orjson

_LIBRARIES_AT_WARNING: Final = ("uvicorn.access", "tortoise", "tortoise.db_client", "asyncio")


class Logger:
    """The logger of one module: what happened, in a word or a few, and the details by name."""

    __slots__ = ("_module",)

    def __init__(self, module: str) -> None:
        self._module = module

    def info(self, event: str, **details: object) -> None:
        """What is expected, failures of clients included."""
        if _Sink.level <= logging.INFO:
            _write("info", event, self._module, details)

    def warning(self, event: str, **details: object) -> None:
        """What somebody should know of."""
        if _Sink.level <= logging.WARNING:
            _write("warning", event, self._module, details)

    def error(self, event: str, *, exc_info: BaseException, **details: object) -> None:
        """A bug, or what only an operator can mend, with its places."""
        _write("error", event, self._module, details, exc_info)

    def exception(self, event: str, **details: object) -> None:
        """A bug, from within the ``except`` that caught it."""
        _write("error", event, self._module, details, sys.exception())


def logger(name: str) -> Logger:
    """The logger of one module."""
    return Logger(name)


def configure(level: str) -> None:
    """Send what we and the standard library's loggers have to say to stderr, as one JSON object a line.

    Those of ours that are below the level cost nothing: one is written for every request.
    """
    _Sink.level, _Sink.print = logging.getLevelNamesMapping()[level], _print_json
    _Sink.of_bug = _whole if level == "DEBUG" else places
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in _LIBRARIES_AT_WARNING:
        logging.getLogger(noisy).setLevel(logging.WARNING)


def places(error: BaseException) -> str:
    """Where a bug happened and what led to it, the first cause first: as a traceback, but for the messages."""
    chain: list[str] = []
    bug: BaseException | None = error
    while bug is not None:
        chain.append("".join(traceback.format_tb(bug.__traceback__)) + type(bug).__qualname__)
        bug = bug.__cause__ or (None if bug.__suppress_context__ else bug.__context__)
    return "\nled to\n".join(reversed(chain))


def _whole(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).rstrip()


def _write(level: str, event: str, module: str, details: dict[str, object], error: BaseException | None = None) -> None:
    entry = {"event": event, **details, "level": level, "module": module, "timestamp": _iso(datetime.now(UTC))}
    if error is not None:
        entry["exception"] = _Sink.of_bug(error)
    _Sink.print(entry)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _print_json(entry: dict[str, Any]) -> None:
    stderr = sys.stderr.buffer
    stderr.write(orjson.dumps(entry, default=repr, option=orjson.OPT_APPEND_NEWLINE))
    stderr.flush()


def _print_words(entry: dict[str, Any]) -> None:
    """For commands and tests, which nobody configures."""
    exception = entry.pop("exception", None)
    event, level, timestamp = (entry.pop(name) for name in ("event", "level", "timestamp"))
    details = "".join(f" {name}={value!r}" for name, value in entry.items())
    print(f"{timestamp} [{level}] {event}{details}", *(exception or "").splitlines(), sep="\n", file=sys.stderr)  # noqa: T201


class _JsonFormatter(logging.Formatter):
    """What libraries log, in the form of ours."""

    def format(self, record: logging.LogRecord) -> str:
        """In ASCII: they may quote what no UTF-8 can hold."""
        entry = {
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "timestamp": _iso(datetime.fromtimestamp(record.created, UTC)),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[1]:
            entry["exception"] = _Sink.of_bug(record.exc_info[1])
        return json.dumps(entry)


class _Sink:
    """Where the entries of this process go."""

    level: int = logging.NOTSET
    print: Callable[[dict[str, Any]], None] = _print_words
    of_bug: Callable[[BaseException], str] = places
