"""From an HTTP request to who asks for a token (RFC 6749 §2.3.1, §4.4.2)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

from gatehouse.errors import InvalidSyntax, Unauthorized, UnsupportedGrantType

GRANT_TYPE: Final = "client_credentials"
_FORM: Final = b"application/x-www-form-urlencoded"
_MAX_FIELDS: Final = 20


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Id and secret as they were sent; neither is known to be right."""

    client_id: str
    secret: str


def credentials(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> ClientCredentials:
    """The client's id and secret, from the Basic header or from the form.

    Parameters that are not known are ignored (RFC 6749 §3.2), ``scope`` among them: there is one thing to ask for.

    :raises InvalidSyntax: no form, a parameter twice, no grant type, or credentials in two places.
    :raises UnsupportedGrantType: another grant than client credentials.
    :raises Unauthorized: no credentials, or a header that is not Basic.
    """
    sent = dict(_form(headers, body))
    grant_type = sent.get("grant_type")
    if not grant_type:
        raise InvalidSyntax("grant_type is missing")
    if grant_type != GRANT_TYPE:
        raise UnsupportedGrantType(f"The only grant type here is {GRANT_TYPE}")
    basic = _basic([value for name, value in headers if name == b"authorization"])
    client_id, secret = sent.get("client_id", ""), sent.get("client_secret", "")
    if basic is None:
        if not (client_id and secret):
            raise Unauthorized("Send client_id and client_secret, in a Basic header or in the form")
        return ClientCredentials(client_id, secret)
    if secret or client_id not in {"", basic.client_id}:
        raise InvalidSyntax("Send client_id and client_secret either in the Basic header or in the form")
    return basic


def _form(headers: Iterable[tuple[bytes, bytes]], body: bytes) -> list[tuple[str, str]]:
    """The parameters with a value; one without counts as not sent (RFC 6749 §3.2)."""
    media_type = next((value for name, value in headers if name == b"content-type"), b"")
    if media_type.partition(b";")[0].strip().lower() != _FORM:
        raise InvalidSyntax(f"The request must be {_FORM.decode()}")
    try:
        fields = parse_qsl(body.decode(), max_num_fields=_MAX_FIELDS, errors="strict")
    except ValueError:
        raise InvalidSyntax("The form cannot be read") from None
    if len({name for name, _ in fields}) != len(fields):
        raise InvalidSyntax("A parameter is sent twice")
    return fields


def _basic(sent: list[bytes]) -> ClientCredentials | None:
    """What the header says; None: there is none.

    :raises Unauthorized: it says something else than one pair.
    """
    if not sent:
        return None
    scheme, _, encoded = sent[0].strip().partition(b" ")
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        pair = ""
    client_id, colon, secret = pair.partition(":")
    if len(sent) > 1 or scheme.lower() != b"basic" or not colon:
        raise Unauthorized("Send exactly one Authorization header, of the form Basic …", code="invalid_client")
    return ClientCredentials(unquote_plus(client_id), unquote_plus(secret))
