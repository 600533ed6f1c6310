"""``POST /oauth/token`` as one ASGI application (RFC 6749 §4.4, §5.1, §5.2).

Order of a request: method → body → form and credentials → secret → rate → slot → token.
"""

from __future__ import annotations

from typing import Any, Final

from starlette.types import Receive, Scope, Send

from gatehouse import errors
from gatehouse.api.front.body import ClientDisconnected, read_body
from gatehouse.api.front.gate import Gate
from gatehouse.api.front.headers import Headers
from gatehouse.api.front.json_answer import error_headers, send_json
from gatehouse.api.front.sign_in import SignIn
from gatehouse.api.oauth import request
from gatehouse.logs import logger
from gatehouse.records import Credential
from gatehouse.services import oauth

_LOG: Final = logger(__name__)

_MAX_BODY_BYTES: Final = 8_192
_SCOPE: Final = "scim"

# Status and error code (RFC 6749 §5.2; §4.1.2.1 for what is no fault of the request)
_ERRORS: Final[dict[type[errors.GatehouseError], tuple[int, str]]] = {
    errors.UnsupportedGrantType: (400, "unsupported_grant_type"),
    errors.InvalidSyntax: (400, "invalid_request"),
    errors.Unauthorized: (401, "invalid_client"),
    errors.Forbidden: (400, "unauthorized_client"),
    errors.MethodNotAllowed: (405, "invalid_request"),
    errors.RequestTimeout: (408, "invalid_request"),
    errors.PayloadTooLarge: (413, "invalid_request"),
    errors.TooManyRequests: (429, "temporarily_unavailable"),
    errors.Unavailable: (503, "temporarily_unavailable"),
}

Answer = tuple[int, dict[str, Any], Headers]


class TokenEndpoint:
    """Gives access tokens to OAuth clients.

    :param sign_in: secret → client; raises Unauthorized, Forbidden, TooManyRequests or Unavailable.
    :param gate: rates by client, and slots for work.
    :param body_timeout_s: how long the form may take to come.
    """

    def __init__(self, *, sign_in: SignIn[Credential], gate: Gate, body_timeout_s: float) -> None:
        self._sign_in = sign_in
        self._gate = gate
        self._body_timeout_s = body_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request_id: str = scope["state"]["request_id"]
        try:
            status, body, headers = await self._answer(scope, receive)
        except ClientDisconnected:
            return
        _LOG.info("oauth_token", status=status, error=body.get("error"), request_id=request_id)
        headers.append((b"pragma", b"no-cache"))  # RFC 6749 §5.1
        await send_json(send, status, body, headers, request_id=request_id, head_only=scope["method"] == "HEAD")

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        try:
            return 200, await self._grant(scope, receive), []
        except errors.GatehouseError as error:
            status, code = _ERRORS[type(error)]
            return status, {"error": code, "error_description": _ascii(error.message)}, _headers(error)

    async def _grant(self, scope: Scope, receive: Receive) -> dict[str, Any]:
        if scope["method"] != "POST":
            raise errors.MethodNotAllowed("Tokens are given by POST", allow=("POST",))
        headers, client_address = scope["headers"], scope.get("client")
        announced = next((value for name, value in headers if name == b"content-length"), None)
        body = await read_body(receive, announced, max_bytes=_MAX_BODY_BYTES, timeout_s=self._body_timeout_s)
        sent = request.credentials(headers, body)
        ip = client_address[0] if client_address else None
        client = await self._sign_in(sent.secret, ip)
        if not oauth.is_id_of(sent.client_id, client):
            refusal = oauth.refused("wrong id")
            self._sign_in.note(sent.secret, refusal, ip)
            raise refusal
        self._gate.count(client.id)
        async with self._gate.slot(client.tenant_id):
            token = await oauth.grant(client)
        return {"access_token": token.secret, "token_type": "Bearer", "expires_in": token.life_s, "scope": _SCOPE}


def _headers(error: errors.GatehouseError) -> Headers:
    if isinstance(error, errors.Unauthorized):
        return [(b"www-authenticate", b'Basic realm="Gatehouse", charset="UTF-8"')]
    return error_headers(error)


def _ascii(message: str) -> str:
    """The characters that a description may have (RFC 6749 §5.2)."""
    plain = message.replace("…", "...").replace('"', "'").replace("\\", "/")
    return plain.encode("ascii", "replace").decode()
