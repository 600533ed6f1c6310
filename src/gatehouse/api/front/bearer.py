"""From the ``Authorization`` header to a bearer token (RFC 6750 §2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from gatehouse.errors import Unauthorized

_BEARER: Final = re.compile(
    rb"bearer +([A-Za-z0-9\-._~+/]{1,16384}=*)", re.IGNORECASE
)  # a JWT with 200 groups has some 12,000
_SCHEME: Final = re.compile(rb"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")


@dataclass(frozen=True, slots=True)
class BearerAuth:
    """How an edge reads bearer tokens.

    :param missing: what to tell whoever sends none.
    :param malformed: what to tell whoever sends something else than one bearer token.
    """

    missing: str
    malformed: str

    def token(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The token of exactly one well-formed ``Authorization: Bearer`` header.

        :raises Unauthorized: none was sent, or the credentials of another scheme (without error code, RFC 6750 §3.1), or
            something malformed or more than one (``invalid_request``).
        """
        sent = [value for name, value in headers if name == b"authorization"]
        if not sent:
            raise Unauthorized(self.missing)
        match = _BEARER.fullmatch(sent[0].strip())
        if len(sent) == 1 and match is not None:
            return match[1].decode("ascii")
        foreign = len(sent) == 1 and _scheme(sent[0]) not in {b"", b"bearer"}
        raise Unauthorized(self.malformed, code=None if foreign else "invalid_request")


def _scheme(header: bytes) -> bytes:
    """The word that a header begins with, in lower case (RFC 9110 §11.4); empty when it begins with none."""
    found = _SCHEME.match(header.strip())
    return found[0].lower() if found else b""
