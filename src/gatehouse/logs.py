"""Structured JSON logs: expected failures at INFO without traceback, bugs at ERROR with one.

No entry holds a token, a name, an address, a phone number or a filter value; people appear as ids only. Messages of
exceptions may quote any of these: of a bug the log has the kinds and the places. At DEBUG it has the messages too.
"""

from __future__ import annotations

import logging
import sys
import traceback

import orjson

from gatehouse.lean import without

with without("rich", "greenlet"):  # 6 MB, for colours and for threads of another kind
    import structlog
    from structlog.typing import ExcInfo


def configure(level: str) -> None:
    """Send structlog and the standard library's loggers to stderr as one JSON object a line.

    Ours are rendered straight to bytes, and those below the level cost nothing: one is written for every request.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    messages = level == "DEBUG"
    traced = structlog.processors.format_exc_info if messages else structlog.processors.ExceptionRenderer(places)
    structlog.configure(
        processors=[
            *shared,
            traced,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                traced,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn.access", "tortoise", "tortoise.db_client", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _configure_commands() -> None:
    """What is logged before, or without, :func:`configure`: by commands and tests. structlog's own would print variables."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(places),
            structlog.dev.ConsoleRenderer(colors=False),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """The logger of one module."""
    return structlog.get_logger(module=name)  # type: ignore[no-any-return]


def places(exc_info: ExcInfo) -> str:
    """Where a bug happened and what led to it, the first cause first: as a traceback, but for the messages."""
    chain: list[str] = []
    bug: BaseException | None = exc_info[1]
    while bug is not None:
        chain.append("".join(traceback.format_tb(bug.__traceback__)) + type(bug).__qualname__)
        bug = bug.__cause__ or (None if bug.__suppress_context__ else bug.__context__)
    return "\nled to\n".join(reversed(chain))


_configure_commands()
