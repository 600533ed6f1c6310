"""The messages of graphql-transport-ws, and the codes with which a connection ends.

https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md, and PROTOCOL.md of graphql-ws.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from gatehouse.api.graphql.parameters import Parameters, to_parameters
from gatehouse.errors import GatehouseError
from gatehouse.limits import Limits
from gatehouse.scim.json_text import parse_json
from gatehouse.services import tokens
from gatehouse.services.tokens import SecretKind

SUBPROTOCOL: Final = "graphql-transport-ws"

BAD_MESSAGE: Final = 4400
UNAUTHORIZED: Final = 4401
FORBIDDEN: Final = 4403
SUBPROTOCOL_UNKNOWN: Final = 4406
INIT_TIMEOUT: Final = 4408
DUPLICATE: Final = 4409
TOO_MANY: Final = 4429
NORMAL: Final = 1000
GOING_AWAY: Final = 1001
INTERNAL: Final = 1011
TRY_AGAIN: Final = 1013

_TYPES: Final = frozenset({"connection_init", "ping", "pong", "subscribe", "complete"})
_MAX_ID: Final = 200
_SECRET: Final = re.compile(r"bearer +([A-Za-z0-9\-._~+/]{1,4000}=*)", re.IGNORECASE)


class Closing(Exception):
    """Ends the connection.

    :param reason: at most 123 bytes (RFC 6455 §5.5).
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode()[:123].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a client; ``id`` is empty where the type has none."""

    type: str
    id: str
    payload: dict[str, Any] | None


def parse_message(text: str | None, limits: Limits) -> Message:
    """Read a message.

    :param text: None: the message was binary.
    :raises Closing: it is none that a client may send.
    """
    try:
        given = parse_json(text.encode(), limits, case_exact=True) if text else None
    except (GatehouseError, UnicodeEncodeError):
        given = None
    if not isinstance(given, dict):
        raise Closing(BAD_MESSAGE, "A message must be one JSON object, as text")
    kind, key, payload = given.get("type"), given.get("id"), given.get("payload")
    if not isinstance(kind, str) or kind not in _TYPES:
        raise Closing(BAD_MESSAGE, "The type of the message is unknown")
    if kind in {"subscribe", "complete"} and not (isinstance(key, str) and 0 < len(key) <= _MAX_ID):
        raise Closing(BAD_MESSAGE, f"`id` must be a text of 1 to {_MAX_ID} characters")
    if not isinstance(payload, dict | None):
        raise Closing(BAD_MESSAGE, "`payload` must be an object")
    return Message(kind, key if isinstance(key, str) else "", payload)


def secret_of(payload: dict[str, Any] | None, session: str | None = None) -> str:
    """The secret in the payload of ``connection_init``: ``{"Authorization": "Bearer …"}``.

    :param session: the secret of a dashboard session, which stands in where the payload has none.
    :raises Closing: there is none, or several.
    """
    found = [value for name, value in (payload or {}).items() if name.lower() == "authorization"]
    if not found and session is not None:
        return session
    match = _SECRET.fullmatch(found[0].strip()) if len(found) == 1 and isinstance(found[0], str) else None
    if match is None or tokens.is_of_kind(match[1], SecretKind.SESSION):  # a cookie's secret is no bearer token
        raise Closing(FORBIDDEN, 'Send an API key in connection_init: {"Authorization": "Bearer …"}')
    return match[1]


def parameters_of(message: Message) -> Parameters:
    """The parameters in the payload of ``subscribe``.

    :raises Closing: they are missing or have other types.
    """
    try:
        return to_parameters(message.payload)
    except GatehouseError as error:
        raise Closing(BAD_MESSAGE, error.message) from error
