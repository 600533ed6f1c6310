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

        :raises Unauthorized: none was sent (without error code, RFC 6750 §3.1), or something else than one bearer token.
        """
        sent = [value for name, value in headers if name == b"authorization"]
        if not sent:
            raise Unauthorized(self.missing)
        match = _BEARER.fullmatch(sent[0].strip())
        if len(sent) > 1 or match is None:
            raise Unauthorized(self.malformed, code="invalid_request")
        return match[1].decode("ascii")
