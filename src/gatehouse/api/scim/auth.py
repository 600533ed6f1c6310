"""From the ``Authorization`` header to a bearer token (RFC 6750 §2.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from gatehouse.errors import Unauthorized

_BEARER: Final = re.compile(rb"bearer +([A-Za-z0-9\-._~+/]{1,1000}=*)", re.IGNORECASE)


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The token of exactly one well-formed ``Authorization: Bearer`` header.

    :raises Unauthorized: none was sent (without error code, RFC 6750 §3.1), or something else than one bearer token.
    """
    sent = [value for name, value in headers if name == b"authorization"]
    if not sent:
        raise Unauthorized("Authentication is needed: send the tenant's token as Authorization: Bearer …")
    match = _BEARER.fullmatch(sent[0].strip())
    if len(sent) > 1 or match is None:
        raise Unauthorized(
            "Send exactly one Authorization header, of the form Bearer <token>: in Entra, put the token that Gatehouse"
            " issued into Secret Token, without the word Bearer",
            code="invalid_request",
        )
    return match[1].decode("ascii")
