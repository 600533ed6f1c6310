"""Connect to PostgreSQL, and say what its errors and asyncpg's mean."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import asyncpg
from tortoise.exceptions import IntegrityError, OperationalError, TransactionManagementError

from gatehouse.errors import Unavailable
from gatehouse.store.location import DatabaseOptions, PostgresLocation
from gatehouse.store.statement import UniqueViolation

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Connect: TypeAlias = Callable[[], Awaitable[Connection]]

CACHED_STATEMENTS = 512  # each connection's own
MAX_CACHED_BYTES = 128 * 1024  # a long batch too is parsed once

_GRACE_S = 0.5

# SQLSTATE classes (PostgreSQL manual, appendix A) after which the same request may succeed later
_UNAVAILABLE_CLASSES = {
    "08": "the connection to the database was lost",
    "40": "the database is busy",  # serialization failure, deadlock
    "53": "the database is out of resources",
    "57": "the database took too long or is shutting down",
    "58": "the database cannot be read or written",
}
_UNAVAILABLE = {
    "25006": "the database is read-only",  # a former primary
    "25P03": "the transaction was idle for too long",
    "55P03": "the database is busy",  # lock_timeout
}
# The server has said good-bye, or is no longer the one that takes writes: so for all connections to it
_LOST = frozenset({"08003", "08006", "25006", "57P01", "57P02"})


def patience_s(options: DatabaseOptions) -> float:
    """How long to wait for the end of a statement, whoever asks for it: asyncpg is given no time-out of its own.

    Longer than the server's own limit, so that the server ends a slow statement and the connection stays good.
    """
    return options.statement_timeout_s + _GRACE_S


def connector(location: PostgresLocation, options: DatabaseOptions) -> Connect:
    """How to make one more connection.

    :raises ValueError: the certificates named in the URL cannot be read.
    """
    try:
        tls = location.tls()
    except OSError as error:
        raise ValueError(f"the TLS certificates of the database URL cannot be read: {error.strerror}") from error
    parameters: dict[str, Any] = {
        "host": list(location.hosts) or None,
        "port": list(location.ports) or None,
        "user": location.user,
        "password": location.password,
        "database": location.database,
        "ssl": tls,
        "target_session_attrs": location.target_session_attrs,
        "timeout": options.connect_timeout_s,
        "statement_cache_size": CACHED_STATEMENTS,
        "max_cacheable_statement_size": MAX_CACHED_BYTES,
        "max_cached_statement_lifetime": 0,  # without a timer per statement
        "server_settings": _server_settings(options),
    }

    async def connect() -> Connection:
        try:
            return await asyncpg.connect(**parameters)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError) as error:
            raise Unavailable("the database cannot be reached") from error

    return connect


def _server_settings(options: DatabaseOptions) -> dict[str, str]:
    return {
        "application_name": "gatehouse",
        "statement_timeout": _milliseconds(options.statement_timeout_s),
        "lock_timeout": _milliseconds(options.lock_timeout_s),
        "idle_in_transaction_session_timeout": _milliseconds(options.idle_in_transaction_timeout_s),
        "default_transaction_isolation": "read committed",  # a batch must see what it has waited for
        "jit": "off",
        "timezone": "UTC",
    }


def _milliseconds(seconds: float) -> str:
    return str(int(seconds * 1000))


def is_lost(error: BaseException) -> bool:
    """Whether the server is gone, restarted or no longer the primary: other connections to it are as useless."""
    if isinstance(error, asyncpg.PostgresError):
        return error.sqlstate in _LOST
    return isinstance(error, OSError)  # TimeoutError too: the server stands still


def translate(error: BaseException, *, closed: bool) -> BaseException:
    """Say what the error means to the store; the error itself when it is our own fault or a cancellation.

    :param closed: the connection on which it happened is closed.
    """
    if isinstance(error, asyncpg.PostgresError):
        return _translate_server_error(error)
    if isinstance(error, (OSError, asyncpg.InternalClientError)) or (closed and isinstance(error, Exception)):
        return Unavailable("the connection to the database was lost")
    return error


def _translate_server_error(error: asyncpg.PostgresError) -> Exception:
    state = error.sqlstate or ""
    if isinstance(error, asyncpg.UniqueViolationError):
        return UniqueViolation(error.constraint_name or "")
    if reason := _UNAVAILABLE.get(state) or _UNAVAILABLE_CLASSES.get(state[:2]):
        return Unavailable(reason, retry_after_s=1 if "busy" in reason else 5)
    if isinstance(error, asyncpg.InvalidCachedStatementError):  # migrated meanwhile; asyncpg has forgotten its text now
        return Unavailable("the database has changed", retry_after_s=1)
    if isinstance(error, asyncpg.IntegrityConstraintViolationError):
        return IntegrityError(error)
    if isinstance(error, asyncpg.InvalidTransactionStateError):
        return TransactionManagementError(error)
    return OperationalError(error)
