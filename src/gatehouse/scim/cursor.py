"""Cursors of lists (RFC 9865): where the next page begins, sealed so that only the same query can use it.

Nothing is remembered on the server. A cursor is a message authentication code (HMAC-SHA-256, its first 16 bytes) and
the place in the order; the code covers the scope too (tenant, endpoint and query), which the cursor does not hold. It
grants nothing: who may read is decided anew for each page (RFC 9865 §5.2). What the place holds of a resource, the value
that the list is sorted by, the client has just been shown.
"""

from __future__ import annotations

import hmac
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Final

from gatehouse.errors import ExpiredCursor, InvalidCursor

Scalar = str | int | None

TIMEOUT_S: Final = 3_600  # from when it was made

_MAC_BYTES: Final = 16
_MAX_LENGTH: Final = (
    17_000  # characters: a sort key is at most MAX_KEY_BYTES, JSON writes six for one, base64 four for three
)
_FORM: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)  # unreserved characters only (RFC 9865 §2)


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins.

    :param section: 0-based, of the resource types of the endpoint: which one the page begins in.
    :param after: the sort values and the id of the resource before; None at the beginning of the section.
    :param count: the page size that it was made for.
    :param expires_at: seconds since 1970-01-01T00:00:00Z.
    """

    section: int
    after: tuple[tuple[Scalar, ...], str] | None
    count: int
    expires_at: int


def seal(cursor: Cursor, *, key: bytes, scope: str) -> str:
    """Write a cursor for one scope.

    >>> cursor = Cursor(0, (("ann",), "42"), 100, 1_800_000_000)
    >>> unseal(seal(cursor, key=b"secret", scope="acme /Users"), key=b"secret", scope="acme /Users", now_s=0) == cursor
    True
    """
    values, row = cursor.after or ((), None)
    place = json.dumps(
        [cursor.section, values, row, cursor.count, cursor.expires_at], separators=(",", ":"), ensure_ascii=False
    )
    payload = place.encode()
    return urlsafe_b64encode(_code(key, scope, payload) + payload).rstrip(b"=").decode()


def unseal(text: str, *, key: bytes, scope: str, now_s: int) -> Cursor:
    """Read a cursor.

    :raises InvalidCursor: it was not made with this key for this scope; the one message for whatever is wrong.
    :raises ExpiredCursor: it was, but too long ago.
    """
    sealed = _decoded(text)
    payload = sealed[_MAC_BYTES:]
    if not hmac.compare_digest(sealed[:_MAC_BYTES], _code(key, scope, payload)):
        raise _invalid()
    section, values, row, count, expires_at = json.loads(payload)
    if expires_at < now_s:
        raise ExpiredCursor("The cursor has expired; begin again with an empty one", path="cursor")
    return Cursor(section, None if row is None else (tuple(values), row), count, expires_at)


def _code(key: bytes, scope: str, payload: bytes) -> bytes:
    """The scope is hashed apart, so that nothing can be moved from it into the payload."""
    bound = hmac.digest(key, scope.encode(), "sha256")
    return hmac.digest(bound, payload, "sha256")[:_MAC_BYTES]


def _decoded(text: str) -> bytes:
    """The bytes of a cursor that is spelled as :func:`seal` spells it."""
    if len(text) > _MAX_LENGTH or not _FORM.fullmatch(text) or len(text) % 4 == 1:
        raise _invalid()
    sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if urlsafe_b64encode(sealed).rstrip(b"=").decode() != text:
        raise _invalid()
    return sealed


def _invalid() -> InvalidCursor:
    return InvalidCursor("The cursor is not valid for this query; begin again with an empty one", path="cursor")
