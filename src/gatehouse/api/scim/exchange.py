"""A request and its answer: however the work ends, there is a SCIM message, and the history and the log know of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

import orjson

from gatehouse import errors
from gatehouse.api.front.body import ClientDisconnected
from gatehouse.api.front.rate_limit import RateLimit
from gatehouse.api.scim import responses
from gatehouse.api.scim.redaction import logged_body
from gatehouse.api.scim.request import ScimRequest
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.api.scim.routes import Endpoint, Route
from gatehouse.logs import logger
from gatehouse.records import Caller, Origin, ScimOperation
from gatehouse.scim.remedy import ENTRA_CODE
from gatehouse.services import provisioning
from gatehouse.services.identifiers import new_id
from gatehouse.services.request_log import Entry, RequestLog
from gatehouse.time_limit import TimeLimit

_LOG: Final = logger(__name__)
_NO_VERDICT: Final = (errors.Unavailable, errors.TooManyRequests)  # on what was asked: no event, it will come again
_MAX_AGENT: Final = 256


@dataclass(slots=True)
class Exchange:
    """What is known of a request while it is answered: one from the network, or an operation of a bulk request.

    :param ip: of the client.
    """

    method: str
    headers: dict[bytes, bytes]
    origin: Origin
    ip: str | None
    started_ns: int = field(default_factory=time.perf_counter_ns)
    route: Route | None = None
    endpoint: Endpoint | None = None
    request: ScimRequest | None = None

    @property
    def template(self) -> str:
        """The path as the log has it: without ids."""
        return self.route.template if self.route else "(unknown)"

    @property
    def caller(self) -> Caller | None:
        """Who is asking, once that is known."""
        return self.request.caller if self.request else None


class Journal:
    """Turns what comes of the work into an answer, and leaves a trace of it.

    :param log_rate: how many refusals of one tenant, or of all strangers together, are worth an entry in the database.
    """

    def __init__(self, request_log: RequestLog, log_rate: RateLimit) -> None:
        self._request_log = request_log
        self._log_rate = log_rate

    async def settle(self, exchange: Exchange, work: Awaitable[ScimResponse], *, until: float) -> ScimResponse:
        """Await the work and give its answer, or the SCIM error for what stopped it.

        :param until: when it must be done, on the clock of the event loop.
        :raises ClientDisconnected: nobody waits for an answer.
        """
        try:
            with TimeLimit(until - asyncio.get_running_loop().time()):
                return await work
        except errors.GatehouseError as error:
            return await self._refuse(exchange, error)
        except TimeoutError:
            return responses.failure(errors.Unavailable("The request took too long"))
        except ClientDisconnected:
            raise
        except Exception as bug:  # noqa: BLE001 - the last line of defence: logged whole, answered without a word of it
            _LOG.exception("bug in SCIM endpoint", request_id=exchange.origin.request_id)
            return await self._confess(exchange, bug)

    def log(self, exchange: Exchange, response: ScimResponse) -> None:
        """Put the request into the request log and the process's own log."""
        duration_us = (time.perf_counter_ns() - exchange.started_ns) // 1_000
        caller = exchange.caller
        if self._is_worth_an_entry(caller, response):
            self._request_log.add(_entry(exchange, response, duration_us))
        _LOG.info(
            "scim",
            method=exchange.method,
            route=exchange.template,
            status=response.status,
            duration_us=duration_us,
            request_id=exchange.origin.request_id,
            tenant_id=str(caller.tenant.id) if caller else None,
            **_why(response),
        )

    async def _refuse(self, exchange: Exchange, error: errors.GatehouseError) -> ScimResponse:
        """The SCIM error; a refused write is recorded first, and if that fails the client is to come again."""
        response = responses.failure(error)
        try:
            await _record(exchange, error, response.status)
        except errors.Unavailable as unavailable:
            return responses.failure(unavailable)
        return response

    async def _confess(self, exchange: Exchange, bug: Exception) -> ScimResponse:
        response = responses.internal_error(exchange.origin.request_id)
        error = errors.GatehouseError(f"{type(bug).__name__} in Gatehouse; see the log")
        try:
            await _record(exchange, error, response.status)
        except errors.Unavailable:
            _LOG.warning("history entry lost", request_id=exchange.origin.request_id)
        return response

    def _is_worth_an_entry(self, caller: Caller | None, response: ScimResponse) -> bool:
        """Every request of a tenant; what costs its sender nothing must not fill the database."""
        if caller is None:
            return self._log_rate.allows(None)
        return response.status != HTTPStatus.TOO_MANY_REQUESTS or self._log_rate.allows(caller.tenant.id)


def _why(response: ScimResponse) -> dict[str, str | None]:
    """The reason of a 503: a sentence of our own, which names nobody; what other answers say may quote what was sent."""
    return {"reason": response.detail} if response.status == HTTPStatus.SERVICE_UNAVAILABLE else {}


async def _record(exchange: Exchange, error: errors.GatehouseError, status: int) -> None:
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
        resource_id=_subject(request),
        resource_name=request.subject_name,
        http_status=status,
        error_code=ENTRA_CODE.get(status, "InternalError"),
    )


def _entry(exchange: Exchange, response: ScimResponse, duration_us: int) -> Entry:
    caller = exchange.caller
    return Entry(
        id=new_id(),
        tenant_id=caller.tenant.id if caller else None,
        credential_id=caller.actor.id if caller else None,
        received_at=time.time_ns() // 1_000,
        method=exchange.method,
        path=exchange.template,
        operation=exchange.endpoint.operation if exchange.endpoint else ScimOperation.UNKNOWN,
        status=response.status,
        scim_type=response.scim_type,
        detail=response.detail,
        duration_us=duration_us,
        request_id=exchange.origin.request_id,
        correlation_id=exchange.origin.correlation_id,
        ip=exchange.ip,
        user_agent=exchange.headers.get(b"user-agent", b"").decode("latin-1")[:_MAX_AGENT] or None,
        resource_id=_subject(exchange.request) if exchange.request else None,
        body=logged_body(_refused_body(exchange, response)),
    )


def _refused_body(exchange: Exchange, response: ScimResponse) -> bytes:
    """What a tenant sent that was refused; the body of an operation of a bulk request is a part of a document."""
    request = exchange.request
    if request is None or request.caller is None or response.status < HTTPStatus.BAD_REQUEST:
        return b""
    return request.body or _text(request.document)


def _text(document: dict[str, Any] | None) -> bytes:
    return b"" if document is None else orjson.dumps(document)


def _subject(request: ScimRequest) -> UUID | None:
    return request.subject_id or (as_uuid(request.resource_id) if request.resource_id else None)


def as_uuid(text: str) -> UUID | None:
    """The text as an id, or None when it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None
