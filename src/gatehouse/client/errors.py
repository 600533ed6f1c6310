"""What can go wrong for a script, as exceptions.

::

    ClientError
    ├── NotConfigured            no address or no API key
    ├── Unreachable              no answer in time
    ├── Unauthenticated          the API key is not accepted
    ├── Busy                     still 429 or 503 after all attempts
    ├── QueryFailed              the server cannot answer that at all: not valid, too costly, a fault of its own
    ├── Missing                  what a list was to be read from does not exist, or is not in sight
    └── Refused                  a mutation did nothing; ``errors`` says why
        ├── Invalid  NotFound  Forbidden  NotUnique  InUse  Unsupported
        ├── StaleVersion         somebody else changed it since
        ├── StalePlan            the mapping or an affected user moved since
        ├── ImpactLimitExceeded  more users would change than allowed
        └── IdempotencyMismatch  the key came with another request before
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class UserError:
    """One reason why a mutation did nothing."""

    code: str
    message: str
    path: tuple[str, ...] = ()
    hint: str | None = None


class ClientError(Exception):
    """Everything that the client raises."""


class NotConfigured(ClientError):
    """There is no address, or no API key."""


class Unreachable(ClientError):
    """The server did not answer in time, or not at all."""


class Unauthenticated(ClientError):
    """The API key is not accepted."""


class Busy(ClientError):
    """The server asks to come back later; ``retry_after_s`` says when, if it knows."""

    def __init__(self, message: str, retry_after_s: float | None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class QueryFailed(ClientError):
    """The server did not carry out the operation; ``code`` is the kind of failure."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Missing(ClientError):
    """What a list was to be read from does not exist, or is not in sight."""


class Refused(ClientError):
    """A mutation did nothing.

    ``errors`` are the reasons, never none. ``payload`` is the whole answer as it came, for instance with the ``findings``
    of a document that has faults.
    """

    def __init__(self, errors: tuple[UserError, ...], payload: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{e.message} ({e.hint})" if e.hint else e.message for e in errors))
        self.errors = errors
        self.payload = payload


class Invalid(Refused):
    """A value is wrong."""


class NotFound(Refused):
    """There is no such thing in sight."""


class Forbidden(Refused):
    """The API key lacks the permission."""


class NotUnique(Refused):
    """Something else has this value."""


class InUse(Refused):
    """Something still refers to it."""


class Unsupported(Refused):
    """The server does not do that."""


class StaleVersion(Refused):
    """Somebody else changed it since."""


class StalePlan(Refused):
    """The mapping or an affected user moved since the plan was made, or the plan has ended."""


class ImpactLimitExceeded(Refused):
    """More users would change than allowed."""


class IdempotencyMismatch(Refused):
    """The idempotency key came with another request before."""


_BY_CODE: Final[dict[str, type[Refused]]] = {
    "INVALID": Invalid,
    "NOT_FOUND": NotFound,
    "FORBIDDEN": Forbidden,
    "NOT_UNIQUE": NotUnique,
    "IN_USE": InUse,
    "UNSUPPORTED": Unsupported,
    "STALE_VERSION": StaleVersion,
    "STALE_PLAN": StalePlan,
    "IMPACT_LIMIT_EXCEEDED": ImpactLimitExceeded,
    "IDEMPOTENCY_MISMATCH": IdempotencyMismatch,
}


def refusal(payload: dict[str, Any]) -> Refused | None:
    """The exception that a mutation's payload stands for; None if it did what it was asked."""
    errors = tuple(
        UserError(error["code"], error["message"], tuple(error["path"] or ()), error["hint"])
        for error in payload["userErrors"]
    )
    return _BY_CODE.get(errors[0].code, Refused)(errors, payload) if errors else None
