"""The SCIM facade as one ASGI application.

Order of a request: path → route → method → credential → rate → media type and body → slot → endpoint. Nothing of a body
is read or judged before the caller is known; every answer, whatever went wrong, is a SCIM message (RFC 7644 §3.12).
"""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

from starlette.types import Receive, Scope, Send

from gatehouse import errors
from gatehouse.api.front.bearer import BearerAuth
from gatehouse.api.front.body import ClientDisconnected, read_body
from gatehouse.api.front.gate import Gate
from gatehouse.api.front.sign_in import SignIn
from gatehouse.api.scim import responses, routes
from gatehouse.api.scim.media_type import check_media_type
from gatehouse.api.scim.redaction import logged_body
from gatehouse.api.scim.request import ScimRequest, parse_query
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.api.scim.routes import Endpoint, Route
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.logs import logger
from gatehouse.records import Actor, Caller, Origin, Tenant
from gatehouse.services import provisioning
from gatehouse.services.clock import now
from gatehouse.services.identifiers import new_id, new_request_id
from gatehouse.services.request_log import Entry, RequestLog

_LOG: Final = logger(__name__)

_AUTHORIZATION: Final = BearerAuth(
    missing="Authentication is needed: send the tenant's token as Authorization: Bearer …",
    malformed="Send exactly one Authorization header, of the form Bearer <token>: in Entra, put the token that Gatehouse"
    " issued into Secret Token, without the word Bearer",
)
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_FORBIDDEN_IN_PATH: Final = re.compile(rb"%(?:2[fF]|5[cC]|[01][0-9A-Fa-f]|7[fF]|(?![0-9A-Fa-f]{2}))")
_CORRELATION: Final = (b"client-request-id", b"x-ms-client-request-id", b"x-ms-correlation-id", b"x-correlation-id")
_PRINTABLE: Final = re.compile(rb"[\x21-\x7e]{1,128}")
_CONTENT_TYPE: Final = (b"content-type", b"application/scim+json")
_NO_VERDICT: Final = (errors.Unavailable, errors.TooManyRequests)  # on what was asked: no event, it will come again
_MAX_AGENT: Final = 256


@dataclass(frozen=True, slots=True)
class ScimLimits:
    """What one request may take."""

    max_body_bytes: int = 1_048_576
    body_timeout_s: float = 15.0
    request_timeout_s: float = 30.0
    content: Limits = DEFAULT_LIMITS


@dataclass(slots=True)
class _Exchange:
    """What is known of a request while it is answered."""

    scope: Scope
    headers: dict[bytes, bytes]
    origin: Origin
    started_ns: int
    route: Route | None = None
    endpoint: Endpoint | None = None
    request: ScimRequest | None = None

    @property
    def template(self) -> str:
        """The path as the log has it: without ids."""
        return self.route.template if self.route else "(unknown)"


class ScimApplication:
    """ASGI application for the SCIM base URI; mount it anywhere.

    :param sign_in: bearer token → tenant and actor; raises Unauthorized, Forbidden, Unavailable.
    :param gate: rates by tenant, and slots for work.
    :param base_url: public base URI of the facade, the start of every ``location``.
    """

    def __init__(
        self,
        *,
        sign_in: SignIn[tuple[Tenant, Actor]],
        gate: Gate,
        request_log: RequestLog,
        base_url: str,
        limits: ScimLimits | None = None,
    ) -> None:
        self._sign_in = sign_in
        self._gate = gate
        self._request_log = request_log
        self._base_url = base_url
        self._limits = limits or ScimLimits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        exchange = _Exchange(scope, dict(scope["headers"]), _origin(scope), time.perf_counter_ns())
        try:
            response = await self._answer(exchange, receive)
        except ClientDisconnected:
            return
        self._log(exchange, response)
        await _send(exchange, response, send)

    async def _answer(self, exchange: _Exchange, receive: Receive) -> ScimResponse:
        try:
            async with asyncio.timeout(self._limits.request_timeout_s):
                return await self._handle(exchange, receive)
        except errors.GatehouseError as error:
            return await self._refuse(exchange, error)
        except TimeoutError:
            return responses.failure(errors.Unavailable("The request took too long"))
        except ClientDisconnected:
            raise
        except Exception as bug:  # noqa: BLE001 - the last line of defence: logged whole, answered without a word of it
            _LOG.exception("bug in SCIM endpoint", request_id=exchange.origin.request_id)
            return await self._confess(exchange, bug)

    async def _handle(self, exchange: _Exchange, receive: Receive) -> ScimResponse:
        scope = exchange.scope
        method: str = scope["method"]
        route, resource_id = routes.match(_path(scope))
        exchange.route = route
        if method == "OPTIONS":
            return ScimResponse(204, None, [(b"allow", ", ".join(route.allow).encode())])
        endpoint = exchange.endpoint = route.endpoint(method)
        request = exchange.request = ScimRequest(
            method, self._base_url, exchange.headers, {}, resource_id=resource_id, limits=self._limits.content
        )
        if not endpoint.public:
            tenant, actor = await self._sign_in(_AUTHORIZATION.token(scope["headers"]), _ip(scope))
            request.caller = Caller(tenant, actor, exchange.origin, self._limits.content)
            self._gate.count(tenant.id)
        request.query = parse_query(scope["query_string"])
        if method in _WITH_BODY:
            check_media_type(exchange.headers)
            request.body = await read_body(
                receive,
                exchange.headers.get(b"content-length"),
                max_bytes=self._limits.max_body_bytes,
                timeout_s=self._limits.body_timeout_s,
            )
        async with self._gate.slot(request.caller.tenant.id if request.caller else None):
            return await endpoint.handler(request)

    async def _refuse(self, exchange: _Exchange, error: errors.GatehouseError) -> ScimResponse:
        """The SCIM error; a refused write is recorded first, and if that fails the client is to come again."""
        response = responses.failure(error)
        try:
            await self._record(exchange, error, response.status)
        except errors.Unavailable as unavailable:
            return responses.failure(unavailable)
        return response

    async def _confess(self, exchange: _Exchange, bug: Exception) -> ScimResponse:
        response = responses.internal_error(exchange.origin.request_id)
        error = errors.GatehouseError(f"{type(bug).__name__} in Gatehouse; see the log")
        try:
            await self._record(exchange, error, response.status)
        except errors.Unavailable:
            _LOG.warning("history entry lost", request_id=exchange.origin.request_id)
        return response

    async def _record(self, exchange: _Exchange, error: errors.GatehouseError, status: int) -> None:
        endpoint, request = exchange.endpoint, exchange.request
        if endpoint is None or request is None or request.caller is None or isinstance(error, _NO_VERDICT):
            return
        if endpoint.action is None or endpoint.kind is None:
            return
        await provisioning.record_refusal(
            request.caller,
            endpoint.kind,
            endpoint.action,
            error,
            resource_id=request.subject_id or _uuid(request.resource_id),
            resource_name=request.subject_name,
            http_status=status,
            error_code=responses.ENTRA_CODE.get(status, "InternalError"),
        )

    def _log(self, exchange: _Exchange, response: ScimResponse) -> None:
        duration_us = (time.perf_counter_ns() - exchange.started_ns) // 1_000
        caller = exchange.request.caller if exchange.request else None
        _tell_observers(exchange, caller)
        if self._is_worth_an_entry(caller, response):
            self._request_log.add(_entry(exchange, response, caller, duration_us))
        _LOG.info(
            "scim",
            method=exchange.scope["method"],
            route=exchange.template,
            status=response.status,
            duration_us=duration_us,
            request_id=exchange.origin.request_id,
            tenant_id=str(caller.tenant.id) if caller else None,
        )

    def _is_worth_an_entry(self, caller: Caller | None, response: ScimResponse) -> bool:
        """Every request of a tenant; what costs its sender nothing must not fill the database."""
        if caller is None:
            return self._gate.log_rate.allows(None)
        return response.status != HTTPStatus.TOO_MANY_REQUESTS or self._gate.log_rate.allows(caller.tenant.id)


def _entry(exchange: _Exchange, response: ScimResponse, caller: Caller | None, duration_us: int) -> Entry:
    request = exchange.request
    refused_body = request.body if request and caller and response.status >= HTTPStatus.BAD_REQUEST else b""
    return Entry(
        id=new_id(),
        tenant_id=caller.tenant.id if caller else None,
        credential_id=caller.actor.id if caller else None,
        received_at=now(),
        method=exchange.scope["method"],
        path=exchange.template,
        operation=exchange.endpoint.operation if exchange.endpoint else "UNKNOWN",
        status=response.status,
        scim_type=response.scim_type,
        detail=response.detail,
        duration_us=duration_us,
        request_id=exchange.origin.request_id,
        correlation_id=exchange.origin.correlation_id,
        ip=_ip(exchange.scope),
        user_agent=exchange.headers.get(b"user-agent", b"").decode("latin-1")[:_MAX_AGENT] or None,
        resource_id=_uuid(request.resource_id) if request else None,
        body=logged_body(refused_body),
    )


def _tell_observers(exchange: _Exchange, caller: Caller | None) -> None:
    """What metrics and traces know a request by."""
    state = exchange.scope.get("state")
    if state is not None:
        state["template"] = exchange.template if exchange.route else "/(unknown)"
        state["tenant"] = caller.tenant if caller else None


async def _send(exchange: _Exchange, response: ScimResponse, send: Send) -> None:
    headers = [*response.headers, (b"x-request-id", exchange.origin.request_id.encode())]
    body = response.body or b""
    if response.body is not None:
        headers += [_CONTENT_TYPE, (b"content-length", str(len(body)).encode())]
    if response.status == HTTPStatus.REQUEST_TIMEOUT:
        headers.append((b"connection", b"close"))  # the rest of the body may never come
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    shown = b"" if exchange.scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": shown})


def _path(scope: Scope) -> str:
    """The decoded path below the mount.

    :raises NotFound: it is spelled in a way that two readers could take differently (reliability.md §1, finding 11).
    """
    path: str = scope["path"]
    if _FORBIDDEN_IN_PATH.search(scope.get("raw_path") or b"") or "\ufffd" in path:
        raise errors.NotFound("There is no such endpoint")
    return path.removeprefix(scope.get("root_path", ""))


def _origin(scope: Scope) -> Origin:
    correlation = next((value for name, value in scope["headers"] if name in _CORRELATION), b"")
    known = correlation.decode() if _PRINTABLE.fullmatch(correlation) else None
    return Origin(scope.get("state", {}).get("request_id") or new_request_id(), known)


def _ip(scope: Scope) -> str | None:
    client = scope.get("client")
    return client[0] if client else None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
