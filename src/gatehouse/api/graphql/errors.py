"""What went wrong, in GraphQL's two forms.

Expected failures of mutations are data: ``userErrors`` in the payload. Top-level errors are for requests that cannot be
read, for limits, for missing permissions of queries, and for bugs, whose text never leaves the log.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

import strawberry
from graphql import GraphQLError

from gatehouse import errors
from gatehouse.api.graphql.enums import UserErrorCode
from gatehouse.errors import GatehouseError
from gatehouse.logs import logger

_log = logger(__name__)

_SUGGESTION: Final = re.compile(r" Did you mean [^?]*\?")  # the schema is not told piece by piece
_MAX_MESSAGE: Final = 1_000  # characters: what a document holds comes back in messages

# The code of a user error; None: never data, always a top-level error.
USER_ERROR_CODES: Final[dict[type[GatehouseError], UserErrorCode | None]] = {
    errors.GatehouseError: None,
    errors.NotFound: UserErrorCode.NOT_FOUND,
    errors.AlreadyExists: UserErrorCode.NOT_UNIQUE,
    errors.StaleVersion: UserErrorCode.STALE_VERSION,
    errors.PreconditionFailed: UserErrorCode.STALE_VERSION,
    errors.InUse: UserErrorCode.IN_USE,
    errors.ImpactLimitExceeded: UserErrorCode.IMPACT_LIMIT_EXCEEDED,
    errors.StalePlan: UserErrorCode.STALE_PLAN,
    errors.IdempotencyMismatch: UserErrorCode.IDEMPOTENCY_MISMATCH,
    errors.InvalidRequest: UserErrorCode.INVALID,
    errors.InvalidSyntax: UserErrorCode.INVALID,
    errors.UnsupportedGrantType: UserErrorCode.INVALID,
    errors.InvalidFilter: UserErrorCode.INVALID,
    errors.InvalidPath: UserErrorCode.INVALID,
    errors.InvalidValue: UserErrorCode.INVALID,
    errors.NoTarget: UserErrorCode.INVALID,
    errors.ImmutableAttribute: UserErrorCode.INVALID,
    errors.UnresolvedReference: UserErrorCode.INVALID,
    errors.TooMany: UserErrorCode.INVALID,
    errors.InvalidCursor: UserErrorCode.INVALID,
    errors.ExpiredCursor: UserErrorCode.INVALID,
    errors.InvalidCount: UserErrorCode.INVALID,
    errors.Forbidden: UserErrorCode.FORBIDDEN,
    errors.NotImplementedHere: UserErrorCode.UNSUPPORTED,
    errors.Unauthorized: None,
    errors.DocumentNotTrusted: None,
    errors.MethodNotAllowed: None,
    errors.PayloadTooLarge: None,
    errors.RequestTimeout: None,
    errors.UnsupportedMediaType: None,
    errors.TooManyRequests: None,
    errors.Unavailable: None,
}

# ``extensions.code`` of a top-level error.
CODES: Final[dict[type[GatehouseError], str]] = {
    kind: code.value if code else "REQUEST_REFUSED" for kind, code in USER_ERROR_CODES.items()
} | {
    errors.Unauthorized: "UNAUTHENTICATED",
    errors.DocumentNotTrusted: "DOCUMENT_NOT_TRUSTED",
    errors.TooManyRequests: "TOO_MANY_REQUESTS",
    errors.Unavailable: "UNAVAILABLE",
}


@strawberry.type(description="Why a mutation did nothing, for the person or script that asked for it.")
class UserError:
    """One expected failure."""

    code: UserErrorCode = strawberry.field(description="The kind of failure.")
    message: str = strawberry.field(description="What is wrong, in a sentence.")
    path: list[str] | None = strawberry.field(default=None, description="The input field concerned, from `input` on.")
    hint: str | None = strawberry.field(default=None, description="What to do about it.")


def user_error(error: GatehouseError) -> UserError:
    """Turn a domain error into data.

    :raises GatehouseError: the same error, when it is not one for data.
    """
    code = USER_ERROR_CODES[type(error)]
    if code is None:
        raise error
    path = ["input", *error.path.split(".")] if error.path else None
    return UserError(code=code, message=error.message, path=path, hint=error.hint)


def unavailable(found: Sequence[GraphQLError] | None) -> errors.Unavailable | None:
    """Find the failure that makes the whole answer a 503."""
    originals = (error.original_error for error in found or ())
    return next((error for error in originals if isinstance(error, errors.Unavailable)), None)


def formatted(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """Write a top-level error; a bug is logged with its traceback and shown as nothing but the request id."""
    original = error.original_error
    if original is None or isinstance(original, GraphQLError):
        message = _SUGGESTION.sub("", error.message)
        return _shaped(error, message, {"code": "BAD_REQUEST", **(error.extensions or {})}, request_id)
    if isinstance(original, GatehouseError):
        extensions = {"code": CODES[type(original)], "hint": original.hint}
        return _shaped(error, original.message, {k: v for k, v in extensions.items() if v}, request_id)
    _log.error("graphql_bug", request_id=request_id, path=error.path, exc_info=original)
    return _shaped(error, f"Internal error (request {request_id})", {"code": "INTERNAL_ERROR"}, request_id)


def _shaped(error: GraphQLError, message: str, extensions: dict[str, Any], request_id: str) -> dict[str, Any]:
    shaped: dict[str, Any] = {"message": message if len(message) <= _MAX_MESSAGE else f"{message[:_MAX_MESSAGE]}…"}
    if error.locations:
        shaped["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        shaped["path"] = error.path
    return {**shaped, "extensions": {**extensions, "requestId": request_id}}
