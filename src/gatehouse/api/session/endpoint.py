"""``/admin/session`` as one ASGI application: POST signs in with an API key, GET tells who is signed in, DELETE signs out.

Order of a request: method → origin → body → key → rate → slot → session.
"""

from __future__ import annotations

from typing import Any, Final

import orjson
from starlette.types import Receive, Scope, Send

from gatehouse import errors
from gatehouse.api.front.body import ClientDisconnected, read_body
from gatehouse.api.front.gate import Gate
from gatehouse.api.front.headers import Headers
from gatehouse.api.front.json_answer import error_headers, send_json
from gatehouse.api.front.session_cookie import SessionCookie
from gatehouse.api.front.sign_in import SignIn
from gatehouse.logs import logger
from gatehouse.records import Origin, Viewer
from gatehouse.services.dashboard_sessions import DashboardSessions, SignedIn

_LOG: Final = logger(__name__)

_MAX_BODY_BYTES: Final = 4_096
_METHODS: Final = ("GET", "POST", "DELETE")

_ERRORS: Final[dict[type[errors.GatehouseError], tuple[int, str]]] = {
    errors.InvalidSyntax: (400, "BAD_REQUEST"),
    errors.Unauthorized: (401, "UNAUTHENTICATED"),
    errors.Forbidden: (403, "FORBIDDEN"),
    errors.MethodNotAllowed: (405, "BAD_REQUEST"),
    errors.RequestTimeout: (408, "BAD_REQUEST"),
    errors.PayloadTooLarge: (413, "BAD_REQUEST"),
    errors.TooManyRequests: (429, "RATE_LIMITED"),
    errors.Unavailable: (503, "UNAVAILABLE"),
}

Answer = tuple[int, dict[str, Any], Headers]


class SessionEndpoint:
    """Signs people in and out.

    :param sign_in: API key → viewer; raises Unauthorized, TooManyRequests or Unavailable.
    :param gate: rates by API key, and slots for work.
    :param body_timeout_s: how long the key may take to come.
    """

    def __init__(
        self,
        *,
        sign_in: SignIn[Viewer],
        sessions: DashboardSessions,
        cookie: SessionCookie,
        gate: Gate,
        body_timeout_s: float,
    ) -> None:
        self._sign_in = sign_in
        self._sessions = sessions
        self._cookie = cookie
        self._gate = gate
        self._body_timeout_s = body_timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        request_id: str = scope["state"]["request_id"]
        try:
            status, body, headers = await self._answer(scope, receive)
        except ClientDisconnected:
            return
        _LOG.info("dashboard_session", method=scope["method"], status=status, request_id=request_id)
        await send_json(send, status, body, headers, request_id=request_id)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        try:
            if scope["method"] == "GET":
                return await self._tell(scope)
            if scope["method"] not in _METHODS:
                raise errors.MethodNotAllowed("A session is begun by POST and ended by DELETE", allow=_METHODS)
            self._cookie.check_origin(scope)
            return await (self._begin if scope["method"] == "POST" else self._end)(scope, receive)
        except errors.GatehouseError as error:
            status, code = _ERRORS[type(error)]
            return status, {"code": code, "message": error.message}, error_headers(error)

    async def _tell(self, scope: Scope) -> Answer:
        secret = self._cookie.secret(scope)
        if secret is None:
            return 200, {"viewer": None}, []
        try:
            return 200, _told(await self._sessions.find(secret)), []
        except errors.Unauthorized:
            return 200, {"viewer": None}, self._cookie.taken_away()

    async def _begin(self, scope: Scope, receive: Receive) -> Answer:
        client, headers = scope.get("client"), scope["headers"]
        announced = next((value for name, value in headers if name == b"content-length"), None)
        body = await read_body(receive, announced, max_bytes=_MAX_BODY_BYTES, timeout_s=self._body_timeout_s)
        viewer = await self._sign_in(_key(body), client[0] if client else None)
        self._gate.count(viewer.id)
        async with self._gate.slot(viewer.id):
            signed_in, secret = await self._sessions.begin(viewer, Origin(scope["state"]["request_id"]))
        return 200, _told(signed_in), self._cookie.given(secret)

    async def _end(self, scope: Scope, receive: Receive) -> Answer:
        secret = self._cookie.secret(scope)
        if secret is not None:
            await self._sessions.end(secret, Origin(scope["state"]["request_id"]))
        return 200, {"viewer": None}, self._cookie.taken_away()


def _key(body: bytes) -> str:
    """The key, from ``{"key": "…"}``.

    :raises InvalidSyntax: something else was sent.
    """
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError:
        given = None
    key = given.get("key") if isinstance(given, dict) else None
    if not isinstance(key, str):
        raise errors.InvalidSyntax('Send the API key as {"key": "…"}')
    return key.strip()


def _told(signed_in: SignedIn) -> dict[str, Any]:
    viewer = signed_in.viewer
    ends = signed_in.expires_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"viewer": {"id": str(viewer.id), "name": viewer.name}, "expiresAt": ends}
