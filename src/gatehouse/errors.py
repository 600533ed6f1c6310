"""The business facts that can go wrong, raised once and translated by one table per edge.

::

    GatehouseError
    ├── NotFound                 no such resource in this tenant
    ├── AlreadyExists            a unique value is taken
    ├── StaleVersion             somebody else changed it first (expectedVersion)
    ├── PreconditionFailed       the version is not as If-Match or If-None-Match wants it
    ├── InUse                    it is still referred to
    ├── ImpactLimitExceeded      the change would reach more users than allowed
    ├── StalePlan                what a plan was made for is not so any more, or the plan has ended
    ├── IdempotencyMismatch      an idempotency key came with another request before
    ├── InvalidRequest           the client's input is wrong
    │   ├── InvalidSyntax        the document is not what the protocol asks for
    │   ├── UnsupportedGrantType RFC 6749 §5.2: another grant than client credentials
    │   ├── InvalidFilter        RFC 7644 §3.4.2.2
    │   ├── InvalidPath          RFC 7644 §3.5.2
    │   ├── InvalidValue         a value has the wrong type, form or content
    │   ├── NoTarget             RFC 7644 §3.5.2.2: the path yields nothing to work on
    │   ├── ImmutableAttribute   read-only, immutable or required: scimType "mutability"
    │   ├── UnresolvedReference  a bulkId stands for nothing that was created
    │   ├── TooMany              more results, operations or values than allowed
    │   ├── InvalidCursor        RFC 9865 §2.1: not one of ours for this query
    │   ├── ExpiredCursor        RFC 9865 §2.1: too old
    │   └── InvalidCount         RFC 9865 §2.1: no number, or another than the cursor was made for
    ├── Unauthorized             no credential, or one that is not accepted
    ├── Forbidden                a valid credential without the permission
    ├── DocumentNotTrusted       only documents of a manifest are run here
    ├── MethodNotAllowed         the endpoint exists, the method does not
    ├── PayloadTooLarge          the body is over the limit
    ├── RequestTimeout           the body did not arrive in time
    ├── UnsupportedMediaType     the body is not JSON
    ├── NotImplementedHere       a part of the protocol we do not offer
    ├── TooManyRequests          the caller sends more than its rate allows
    └── Unavailable              try again later (database away or busy)
"""

from __future__ import annotations


class GatehouseError(Exception):
    """Base of all expected failures.

    :param message: a sentence for the person who can mend it; never holds internals or secrets.
    :param path: the attribute or input field concerned, in the protocol's spelling.
    :param hint: what to do about it.
    """

    def __init__(self, message: str, *, path: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.hint = hint

    @property
    def advice(self) -> str:
        """The message, and what to do about it."""
        return f"{self.message} ({self.hint})" if self.hint else self.message


class NotFound(GatehouseError):
    """No such resource in this tenant; another tenant's id reads the same."""


class AlreadyExists(GatehouseError):
    """A value that must be unique is taken."""


class StaleVersion(GatehouseError):
    """The version that the caller saw is no longer the current one."""


class PreconditionFailed(GatehouseError):
    """``If-Match`` does not name the current version, or ``If-None-Match`` does (RFC 9110 §13.1.1, §13.1.2)."""


class InUse(GatehouseError):
    """The thing cannot go while others refer to it."""


class ImpactLimitExceeded(GatehouseError):
    """A change would reach more users than its caller allowed."""


class StalePlan(GatehouseError):
    """What a plan was made for is not so any more, or the plan itself has ended."""


class IdempotencyMismatch(GatehouseError):
    """The idempotency key came with another request before."""


class InvalidRequest(GatehouseError):
    """The client's input is wrong."""


class InvalidSyntax(InvalidRequest):
    """The document is not JSON, or not the message that the protocol asks for."""


class UnsupportedGrantType(InvalidRequest):
    """An OAuth client asks for a token in a way that is not offered (RFC 6749 §5.2)."""


class InvalidFilter(InvalidRequest):
    """The filter cannot be parsed or does not fit the schema (RFC 7644 §3.4.2.2)."""


class InvalidPath(InvalidRequest):
    """The PATCH path cannot be parsed or names nothing we know (RFC 7644 §3.5.2)."""


class InvalidValue(InvalidRequest):
    """A value has the wrong type, form or content."""


class NoTarget(InvalidRequest):
    """The PATCH path yields nothing to work on (RFC 7644 §3.5.2.2)."""


class ImmutableAttribute(InvalidRequest):
    """The attribute is read-only, immutable or required (scimType ``mutability``)."""


class UnresolvedReference(InvalidRequest):
    """An operation of a bulk request refers to what no other operation created (RFC 7644 §3.7.1, §3.7.2)."""


class TooMany(InvalidRequest):
    """More results, operations or values than allowed."""


class InvalidCursor(InvalidRequest):
    """The cursor was not made here for this tenant and query (RFC 9865 §2.1); why exactly is not told."""


class ExpiredCursor(InvalidRequest):
    """The cursor is too old (RFC 9865 §2.1)."""


class InvalidCount(InvalidRequest):
    """``count`` is no number, or not the one that the cursor was made for (RFC 9865 §2.1)."""


class Unauthorized(GatehouseError):
    """No credential, or one that is not accepted.

    :param code: RFC 6750 §3.1 error code, or None when no credential of the scheme was sent.
    :param reason: why a credential was refused, for our own records; the caller is never told.
    """

    def __init__(self, message: str, *, code: str | None = None, reason: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason


class Forbidden(GatehouseError):
    """The credential is valid but does not carry the permission."""


class DocumentNotTrusted(GatehouseError):
    """Only documents of a manifest are run here, and this is none of them."""


class MethodNotAllowed(GatehouseError):
    """The endpoint exists, the method does not.

    :param allow: the methods it has.
    """

    def __init__(self, message: str, *, allow: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allow = allow


class PayloadTooLarge(GatehouseError):
    """The body is over the limit."""


class RequestTimeout(GatehouseError):
    """The body did not arrive in time."""


class UnsupportedMediaType(GatehouseError):
    """The body is not of a media type that we read."""


class NotImplementedHere(GatehouseError):
    """A part of the protocol that this server does not offer."""


class TooManyRequests(GatehouseError):
    """The caller sends more requests than its rate allows (RFC 6585 §4).

    :param retry_after_s: seconds for the ``Retry-After`` header.
    """

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unavailable(GatehouseError):
    """The work cannot be done now; the same request may succeed later.

    :param retry_after_s: seconds for the ``Retry-After`` header.
    """

    def __init__(self, message: str, *, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
