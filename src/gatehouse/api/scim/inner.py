"""Requests inside a request: each operation of a bulk request is one, with everything that a request has.

It signs in by itself, since a token can be revoked and a tenant paused meanwhile; it counts against the tenant's rate,
which it waits for, takes a slot of its own, and leaves its own event and its own entry in the request log, under the
request id of the whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from gatehouse.api.front.gate import Gate
from gatehouse.api.scim import routes
from gatehouse.api.scim.exchange import Exchange, Journal
from gatehouse.api.scim.limits import ScimLimits
from gatehouse.api.scim.request import InnerRequest, ScimRequest, parse_query
from gatehouse.api.scim.responses import ScimResponse
from gatehouse.api.scim.routes import Endpoint
from gatehouse.errors import InvalidPath
from gatehouse.records import Actor, Caller, ResourceKind, Tenant
from gatehouse.scim.json_text import check_size

# Of the time that a request may take: what is begun before the first is finished by the second, and told in time.
_BEGIN: Final = 0.75
_END: Final = 0.95
_LOOK_UP_S: Final = 0.25  # how often a waiting operation looks whether the server is about to end


@dataclass(frozen=True, slots=True)
class InnerRequests:
    """Makes the inner requests of one exchange.

    :param sign_in: signs the same client in again.
    :param is_ending: whether the server is about to end: then nothing more is begun.
    :param started_at: when the outer request began, on the clock of the event loop.
    """

    outer: Exchange
    base_url: str
    limits: ScimLimits
    gate: Gate
    journal: Journal
    sign_in: Callable[[], Awaitable[tuple[Tenant, Actor]]]
    is_ending: Callable[[], bool]
    started_at: float

    async def may_begin(self) -> bool:
        """Wait until the tenant's rate allows one more request; False when no time is left to begin any."""
        await asyncio.sleep(0)  # others have their turn between two operations, whatever these wait for
        while not self.is_ending() and self._left_s(_BEGIN) > 0:
            wait_s = self.gate.rate.wait_s(self._tenant.id)
            if not wait_s:
                return True
            await asyncio.sleep(min(wait_s, _LOOK_UP_S, max(self._left_s(_BEGIN), 0)))
        return False

    async def make(self, inner: InnerRequest) -> ScimResponse:
        """Make one request; it fails as a request does, with a SCIM error as its answer."""
        headers = {name: value for name, value in self.outer.headers.items() if name == b"user-agent"}
        if inner.if_match is not None:
            headers[b"if-match"] = inner.if_match.encode(errors="replace")
        exchange = Exchange(inner.method, headers, self.outer.origin, self.outer.ip)
        until = self.started_at + _END * self.limits.request_timeout_s
        response = await self.journal.settle(exchange, self._handle(exchange, inner), until=until)
        self.journal.log(exchange, response)
        return response

    async def _handle(self, exchange: Exchange, inner: InnerRequest) -> ScimResponse:
        path, _, query = inner.path.partition("?")
        request = exchange.request = ScimRequest(
            inner.method, self.base_url, exchange.headers, {}, limits=self.limits.content, document=inner.document
        )
        tenant, actor = await self.sign_in()
        request.caller = Caller(tenant, actor, exchange.origin, self.limits.content)
        if inner.refusal is not None and not path:
            raise inner.refusal
        exchange.route, request.resource_id = routes.match(path)
        endpoint = exchange.endpoint = exchange.route.endpoint(inner.method)
        request.query = parse_query(query.encode(errors="replace"))
        if endpoint.action is None:
            raise InvalidPath("Bulk operations create, change and delete Users and Groups", path="path")
        if inner.refusal is not None:
            _note_subject(request, endpoint)
            raise inner.refusal
        check_size(inner.document, self.limits.content)
        async with self.gate.slot(tenant.id):
            return await endpoint.handler(request)

    @property
    def _tenant(self) -> Tenant:
        if self.outer.caller is None:  # pragma: no cover - a bulk request is not dispatched without one
            raise RuntimeError("inner request without a caller")
        return self.outer.caller.tenant

    def _left_s(self, share: float) -> float:
        return self.started_at + share * self.limits.request_timeout_s - asyncio.get_running_loop().time()


def _note_subject(request: ScimRequest, endpoint: Endpoint) -> None:
    """Whom a refusal is about, for the history."""
    if request.document is not None:
        request.named_body("userName" if endpoint.kind is ResourceKind.USER else "displayName")
