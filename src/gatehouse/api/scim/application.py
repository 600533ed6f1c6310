"""The SCIM facade as one ASGI application.

Order of a request: path → route → method → credential → media type and body → endpoint. Nothing of a body is read or
judged before the caller is known; every answer, whatever went wrong, is a SCIM message (RFC 7644 §3.12).
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.types import Receive, Scope, Send

from gatehouse import errors
from gatehouse.api.scim import responses, routes
from gatehouse.api.scim.auth import bearer_token
from gatehouse.api.scim.body import ClientDisconnected, check_media_type, read_body
from gatehouse.api.scim.request import ScimRequest, parse_query
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.api.scim.routes import Endpoint, Route
from gatehouse.logs import logger
from gatehouse.records import Actor, Caller, Origin, Tenant
from gatehouse.services import provisioning
from gatehouse.services.clock import now
from gatehouse.services.identifiers import new_id, new_request_id
from gatehouse.services.request_log import Entry, RequestLog

_LOG: Final = logger(__name__)

_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_FORBIDDEN_IN_PATH: Final = re.compile(rb"%(?:2[fF]|5[cC]|[01][0-9A-Fa-f]|7[fF]|(?![0-9A-Fa-f]{2}))")
_CORRELATION: Final = (b"client-request-id", b"x-ms-client-request-id", b"x-ms-correlation-id", b"x-correlation-id")
_PRINTABLE: Final = re.compile(rb"[\x21-\x7e]{1,128}")
_USUAL: Final = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
_CONTENT_TYPE: Final = (b"content-type", b"application/scim+json")
_MAX_AGENT: Final = 256
_MAX_LOGGED_BODY: Final = 8_192
_PASSWORD: Final = re.compile(r'("password"\s*:\s*)"(?:[^"\\]|\\.)*("|$)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ScimLimits:
    """What one request may take."""

    max_body_bytes: int = 1_048_576
    body_timeout_s: float = 15.0
    request_timeout_s: float = 30.0


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


class ScimApplication:
    """ASGI application for the SCIM base URI; mount it anywhere.

    :param authenticate: bearer token → tenant and actor; raises Unauthorized, Forbidden, Unavailable.
    :param base_url: public base URI of the facade, the start of every ``location``.
    """

    def __init__(
        self,
        *,
        authenticate: Callable[[str], Awaitable[tuple[Tenant, Actor]]],
        request_log: RequestLog,
        base_url: str,
        limits: ScimLimits | None = None,
    ) -> None:
        self._authenticate = authenticate
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
        request = exchange.request = ScimRequest(method, self._base_url, exchange.headers, {}, resource_id=resource_id)
        if not endpoint.public:
            tenant, actor = await self._authenticate(bearer_token(scope["headers"]))
            request.caller = Caller(tenant, actor, exchange.origin)
        request.query = parse_query(scope["query_string"])
        if method in _WITH_BODY:
            check_media_type(exchange.headers)
            request.body = await read_body(
                receive,
                exchange.headers,
                max_bytes=self._limits.max_body_bytes,
                timeout_s=self._limits.body_timeout_s,
            )
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
        if endpoint is None or request is None or request.caller is None or isinstance(error, errors.Unavailable):
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
            error_code=responses.ENTRA_CODE[status],
        )

    def _log(self, exchange: _Exchange, response: ScimResponse) -> None:
        duration_us = (time.perf_counter_ns() - exchange.started_ns) // 1_000
        request, caller = exchange.request, exchange.request.caller if exchange.request else None
        refused_write = response.status >= 400 and request is not None and caller is not None  # noqa: PLR2004
        client = exchange.scope.get("client")
        template = exchange.route.template if exchange.route else "(unknown)"
        self._request_log.add(
            Entry(
                id=new_id(),
                tenant_id=caller.tenant.id if caller else None,
                credential_id=caller.actor.id if caller else None,
                received_at=now(),
                method=exchange.scope["method"],
                path=template,
                operation=exchange.endpoint.operation if exchange.endpoint else "UNKNOWN",
                status=response.status,
                scim_type=response.scim_type,
                detail=response.detail,
                duration_us=duration_us,
                request_id=exchange.origin.request_id,
                correlation_id=exchange.origin.correlation_id,
                ip=client[0] if client else None,
                user_agent=exchange.headers.get(b"user-agent", b"").decode("latin-1")[:_MAX_AGENT] or None,
                resource_id=_uuid(request.resource_id) if request else None,
                body=_logged_body(request.body) if refused_write and request else None,
            )
        )
        _LOG.info(
            "scim",
            method=exchange.scope["method"],
            route=template,
            status=response.status,
            duration_us=duration_us,
            request_id=exchange.origin.request_id,
            tenant_id=str(caller.tenant.id) if caller else None,
        )


async def _send(exchange: _Exchange, response: ScimResponse, send: Send) -> None:
    headers = [*response.headers, *_USUAL, (b"x-request-id", exchange.origin.request_id.encode())]
    body = response.body or b""
    if response.body is not None:
        headers += [_CONTENT_TYPE, (b"content-length", str(len(body)).encode())]
    if response.status in {408, 413}:
        headers.append((b"connection", b"close"))  # the rest of the body is not read
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


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _logged_body(body: bytes) -> str | None:
    """The start of a refused body without passwords; bytes that are no text are shown as such, and NUL too."""
    text = body[:_MAX_LOGGED_BODY].decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
    return _PASSWORD.sub(r'\1"…"', text) or None
