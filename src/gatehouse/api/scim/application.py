"""The SCIM facade as one ASGI application.

Order of a request: path → route → method → credential → rate → media type and body → slot → endpoint. Nothing of a body
is read or judged before the caller is known; every answer, whatever went wrong, is a SCIM message (RFC 7644 §3.12).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.types import Receive, Scope, Send

from gatehouse import errors
from gatehouse.api.front.bearer import BearerAuth
from gatehouse.api.front.body import ClientDisconnected, read_body
from gatehouse.api.front.gate import Gate
from gatehouse.api.front.sign_in import SignIn
from gatehouse.api.scim import routes
from gatehouse.api.scim.exchange import Exchange, Journal
from gatehouse.api.scim.inner import InnerRequests
from gatehouse.api.scim.limits import ScimLimits
from gatehouse.api.scim.media_type import check_media_type
from gatehouse.api.scim.request import ScimRequest, parse_query
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.api.scim.routes import Endpoint
from gatehouse.records import Actor, Caller, Origin, Tenant
from gatehouse.services.identifiers import new_request_id
from gatehouse.services.request_log import RequestLog

_AUTHORIZATION: Final = BearerAuth(
    missing="Authentication is needed: send the tenant's token as Authorization: Bearer …",
    malformed="Send exactly one Authorization header, of the form Bearer <token>: in Entra, put the token that Gatehouse"
    " issued into Secret Token, without the word Bearer",
)
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_FORBIDDEN_IN_PATH: Final = re.compile(rb"%(?:2[fF]|5[cC]|[01][0-9A-Fa-f]|7[fF]|(?![0-9A-Fa-f]{2}))")
_CORRELATION: Final = (b"client-request-id", b"x-ms-client-request-id", b"x-ms-correlation-id", b"x-correlation-id")
_PRINTABLE: Final = re.compile(rb"[\x21-\x7e]{1,128}")
_CONDITIONS: Final = frozenset({b"if-match", b"if-none-match"})
_CONTENT_TYPE: Final = (b"content-type", b"application/scim+json")


class ScimApplication:
    """ASGI application for the SCIM base URI; mount it anywhere.

    :param sign_in: bearer token → tenant and actor; raises Unauthorized, Forbidden, Unavailable.
    :param gate: rates by tenant, slots and lanes for work.
    :param base_url: public base URI of the facade, the start of every ``location``.
    :param is_ending: whether the process is about to end: long requests then come to an end too.
    """

    def __init__(
        self,
        *,
        sign_in: SignIn[tuple[Tenant, Actor]],
        gate: Gate,
        request_log: RequestLog,
        base_url: str,
        limits: ScimLimits | None = None,
        is_ending: Callable[[], bool] = lambda: False,
    ) -> None:
        self._sign_in = sign_in
        self._gate = gate
        self._journal = Journal(request_log, gate.log_rate)
        self._base_url = base_url
        self._limits = limits or ScimLimits()
        self._is_ending = is_ending

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        exchange = Exchange(scope["method"], _headers(scope["headers"]), _origin(scope), _ip(scope))
        started_at = asyncio.get_running_loop().time()
        work = self._handle(exchange, scope, receive, started_at)
        try:
            until = started_at + self._limits.request_timeout_s
            response = await self._journal.settle(exchange, work, until=until)
        except ClientDisconnected:
            return
        _tell_observers(exchange, scope)
        self._journal.log(exchange, response)
        await _send(exchange, response, send)

    async def _handle(self, exchange: Exchange, scope: Scope, receive: Receive, started_at: float) -> ScimResponse:
        route, resource_id = routes.match(_path(scope))
        exchange.route = route
        if exchange.method == "OPTIONS":
            return ScimResponse(204, None, [(b"allow", ", ".join(route.allow).encode())])
        endpoint = exchange.endpoint = route.endpoint(exchange.method)
        request = exchange.request = ScimRequest(
            exchange.method, self._base_url, exchange.headers, {}, self._limits.content, resource_id=resource_id
        )
        if not endpoint.public:
            tenant, actor = await self._sign_in(_AUTHORIZATION.token(scope["headers"]), exchange.ip)
            request.caller = Caller(tenant, actor, exchange.origin, self._limits.content)
            self._gate.count(tenant.id)
        request.query = parse_query(scope["query_string"])
        if exchange.method in _WITH_BODY:
            check_media_type(exchange.headers)
            request.body = await self._body(exchange, endpoint, receive)
        if endpoint.many:
            request.inner = self._inner(exchange, scope, started_at)
            async with self._gate.lane(request.known_caller.tenant.id):
                return await endpoint.handler(request)
        async with self._gate.slot(request.caller.tenant.id if request.caller else None):
            return await endpoint.handler(request)

    async def _body(self, exchange: Exchange, endpoint: Endpoint, receive: Receive) -> bytes:
        limits = self._limits
        return await read_body(
            receive,
            exchange.headers.get(b"content-length"),
            max_bytes=limits.content.bulk_payload_bytes if endpoint.many else limits.max_body_bytes,
            timeout_s=limits.body_timeout_s,
            limit="maxPayloadSize" if endpoint.many else "",
        )

    def _inner(self, exchange: Exchange, scope: Scope, started_at: float) -> InnerRequests:
        return InnerRequests(
            outer=exchange,
            base_url=self._base_url,
            limits=self._limits,
            gate=self._gate,
            journal=self._journal,
            sign_in=lambda: self._sign_in(_AUTHORIZATION.token(scope["headers"]), exchange.ip),
            is_ending=self._is_ending,
            started_at=started_at,
        )


def _tell_observers(exchange: Exchange, scope: Scope) -> None:
    """What metrics and traces know a request by."""
    state = scope.get("state")
    if state is not None:
        state["template"] = exchange.template if exchange.route else "/(unknown)"
        state["tenant"] = exchange.caller.tenant if exchange.caller else None


async def _send(exchange: Exchange, response: ScimResponse, send: Send) -> None:
    headers = [*response.headers, (b"x-request-id", exchange.origin.request_id.encode())]
    body = response.body or b""
    if response.body is not None:
        headers += [_CONTENT_TYPE, (b"content-length", str(len(body)).encode())]
    if response.status == HTTPStatus.REQUEST_TIMEOUT:
        headers.append((b"connection", b"close"))  # the rest of the body may never come
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    shown = b"" if exchange.method == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})


def _path(scope: Scope) -> str:
    """The decoded path below the mount.

    :raises NotFound: it is spelled in a way that two readers could take differently (reliability.md §1, finding 11).
    """
    path: str = scope["path"]
    if _FORBIDDEN_IN_PATH.search(scope.get("raw_path") or b"") or "\ufffd" in path:
        raise errors.NotFound("There is no such endpoint")
    return path.removeprefix(scope.get("root_path", ""))


def _headers(lines: list[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers by name: conditions on several lines are one list (RFC 9110 §5.3), of any other header the last line counts."""
    headers = dict(lines)
    for name in _CONDITIONS & headers.keys():
        headers[name] = b", ".join([value for other, value in lines if other == name])
    return headers


def _origin(scope: Scope) -> Origin:
    correlation = next((value for name, value in scope["headers"] if name in _CORRELATION), b"")
    known = correlation.decode() if _PRINTABLE.fullmatch(correlation) else None
    return Origin(scope.get("state", {}).get("request_id") or new_request_id(), known)


def _ip(scope: Scope) -> str | None:
    client = scope.get("client")
    return client[0] if client else None
