"""``/graphql`` by WebSocket: subscriptions over graphql-transport-ws (docs/graphql-live.md).

Order of a connection: Origin → subprotocol → credential, in time → subscriptions, each checked like a query. The
credential is looked up again every moment: when it is revoked the connection ends. Nothing is kept for who reads slowly:
the next event is read from the database when the one before has been written (:mod:`gatehouse.services.live`).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

import orjson
from graphql import GraphQLError
from starlette.types import Message as AsgiMessage, Receive, Scope, Send

from gatehouse import errors
from gatehouse.api.front.gate import Gate
from gatehouse.api.front.rate_limit import RateLimit
from gatehouse.api.front.session_cookie import SessionCookie, is_own_page
from gatehouse.api.front.sign_in import SignIn
from gatehouse.api.graphql import live_messages as messages, live_operation
from gatehouse.api.graphql.context import MAX_COST, Context
from gatehouse.api.graphql.errors import formatted
from gatehouse.api.graphql.live_messages import Closing, Message
from gatehouse.api.graphql.live_operation import Refused
from gatehouse.api.graphql.loaders import Loaders
from gatehouse.api.graphql.parameters import Parameters
from gatehouse.api.graphql.trusted import TrustedDocuments
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.logs import logger
from gatehouse.records import Viewer
from gatehouse.services.identifiers import new_request_id
from gatehouse.services.live import Bell

_LOG: Final = logger(__name__)
_MESSAGES_PER_S: Final = 20.0
_MESSAGES_BURST: Final = 100


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """What connections may take.

    :param origins: those whose pages may connect; who sends no Origin is no browser.
    :param public_url: the base of links.
    :param init_timeout_s: to sign in.
    :param idle_s: without any subscription.
    :param check_s: between look-ups of the credential of a connection.
    :param execution_timeout_s: of one event.
    """

    origins: frozenset[str] = frozenset()
    public_url: str = ""
    max_connections: int = 500
    max_subscriptions: int = 20
    max_subscriptions_per_key: int = 100
    init_timeout_s: float = 10.0
    idle_s: float = 60.0
    check_s: float = 1.0
    execution_timeout_s: float = 10.0
    introspection: bool = True
    max_cost: int = MAX_COST
    content: Limits = DEFAULT_LIMITS


class LiveApplication:
    """The ASGI application for WebSockets on the one path ``/graphql``.

    :param sign_in: API key → viewer.
    :param gate: rates by API key, and slots for work.
    :param cookie: how sessions of the dashboard are read; None: only API keys and tokens.
    :param trusted: the documents that are run; None: any.
    """

    def __init__(
        self,
        sign_in: SignIn[Viewer],
        gate: Gate,
        bell: Bell,
        limits: LiveLimits,
        *,
        cookie: SessionCookie | None = None,
        trusted: TrustedDocuments | None = None,
    ) -> None:
        self.sign_in = sign_in
        self.gate = gate
        self.bell = bell
        self.limits = limits
        self.cookie = cookie
        self.trusted = trusted or TrustedDocuments()
        self.subscriptions: Counter[UUID] = Counter()  # by key
        self._connections: set[Connection] = set()
        self._ending = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends."""
        await receive()  # websocket.connect
        if not self._may_connect(scope):
            await send({"type": "websocket.close"})  # 403
            return
        spoken = messages.SUBPROTOCOL in scope.get("subprotocols", ())
        await send({"type": "websocket.accept", "subprotocol": messages.SUBPROTOCOL if spoken else None})
        client = scope.get("client")
        connection = Connection(self, receive, send, client[0] if client else None, session=self._session(scope))
        refusal = self._refusal(spoken)
        self._connections.add(connection)
        try:
            await connection.serve(refusal)
        finally:
            self._connections.discard(connection)

    def close(self) -> None:
        """The process ends: let everybody go somewhere else."""
        self._ending = True
        for connection in self._connections:
            connection.end(Closing(messages.GOING_AWAY, "The server is going away; connect again"))

    def _may_connect(self, scope: Scope) -> bool:
        origins = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"origin"]
        return not origins or (len(origins) == 1 and origins[0] in self.limits.origins) or is_own_page(scope)

    def _session(self, scope: Scope) -> str | None:
        """The secret in the cookie of the dashboard, when its own page connects."""
        ours = self.cookie is not None and self.cookie.is_used_by_us(scope)
        return self.cookie.secret(scope) if self.cookie is not None and ours else None

    def _refusal(self, spoken: bool) -> Closing | None:
        if not spoken:
            return Closing(messages.SUBPROTOCOL_UNKNOWN, f"The subprotocol is {messages.SUBPROTOCOL}")
        if self._ending:
            return Closing(messages.GOING_AWAY, "The server is going away; connect again")
        if len(self._connections) >= self.limits.max_connections:
            return Closing(messages.TRY_AGAIN, "There are too many connections; try again later")
        return None


@dataclass(slots=True)
class _Subscription:
    """One that runs."""

    task: asyncio.Task[None]
    context: Context


@dataclass(eq=False)
class Connection:
    """One client."""

    app: LiveApplication
    receive: Receive
    send_message: Send
    ip: str | None
    session: str | None = None  # the secret of a dashboard session
    viewer: Viewer | None = None
    secret: str = ""
    running: dict[str, _Subscription] = field(default_factory=dict)
    rate: RateLimit = field(default_factory=lambda: RateLimit(per_s=_MESSAGES_PER_S, burst=_MESSAGES_BURST))
    _known: asyncio.Event = field(default_factory=asyncio.Event)  # who it is
    _end: asyncio.Future[Closing | None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def end(self, closing: Closing | None) -> None:
        """End the connection; None: it is lost already."""
        if not self._end.done():
            self._end.set_result(closing)

    async def serve(self, refusal: Closing | None) -> None:
        """Listen, and watch over the connection, until one of both ends it."""
        if refusal is not None:
            self.end(refusal)
        tasks = [asyncio.create_task(self._guard(part)) for part in (self._listen, self._watch)]
        try:
            closing = await self._end
        finally:
            tasks += [subscription.task for subscription in self.running.values()]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        if closing is not None:
            with suppress(OSError):
                await self.send_message({"type": "websocket.close", "code": closing.code, "reason": closing.reason})
        _LOG.info("graphql_live_end", code=closing.code if closing else None)

    async def _guard(self, part: Callable[[], Awaitable[None]]) -> None:
        """Run a part; however it ends, the connection ends."""
        try:
            await part()
        except Closing as closing:
            self.end(closing)
        except OSError:  # the client is gone
            self.end(None)
        except Exception:  # noqa: BLE001 - the last line of defence, as in the view
            _LOG.exception("graphql_live_bug")
            self.end(Closing(messages.INTERNAL, "Internal error"))
        else:
            self.end(None)

    async def _listen(self) -> None:
        while True:
            received: AsgiMessage = await self.receive()
            if received["type"] != "websocket.receive":
                return
            if not self.rate.allows(None):
                raise Closing(messages.TOO_MANY, "There are too many messages")
            await self._answer(messages.parse_message(received.get("text"), self.app.limits.content))

    async def _answer(self, message: Message) -> None:
        if message.type == "connection_init":
            await self._sign_in(message)
        elif message.type == "ping":
            await self._send({"type": "pong"})
        elif message.type == "subscribe":
            await self._subscribe(message)
        elif message.type == "complete" and message.id in self.running:
            task = self.running[message.id].task  # of an unknown id: it has completed meanwhile
            task.cancel()
            await asyncio.wait([task])  # the client may use the id again at once

    async def _sign_in(self, message: Message) -> None:
        if self.secret:
            raise Closing(messages.TOO_MANY, "Too many initialisation requests")
        self.secret = messages.secret_of(message.payload, self.session)
        await self._look_up(messages.FORBIDDEN)
        self._known.set()
        await self._send({"type": "connection_ack"})

    async def _look_up(self, refusal: int) -> None:
        """Find out who it is, now.

        :raises Closing: nobody, or nobody any more.
        """
        try:
            self.viewer = await self.app.sign_in(self.secret, self.ip)
        except errors.Unauthorized as error:
            raise Closing(refusal, error.message) from error
        except errors.TooManyRequests as error:
            raise Closing(messages.TOO_MANY, error.message) from error
        except errors.Unavailable as error:
            if self.viewer is None:
                raise Closing(messages.TRY_AGAIN, error.message) from error
        for subscription in self.running.values():
            subscription.context.see_as(self.viewer)

    async def _watch(self) -> None:
        """Whether somebody signs in, goes on doing something, and may still do so."""
        limits, idle_s = self.app.limits, 0.0
        with suppress(TimeoutError):
            async with asyncio.timeout(limits.init_timeout_s):
                await self._known.wait()
        if self.viewer is None:
            raise Closing(messages.INIT_TIMEOUT, "Connection initialisation timeout")
        while idle_s < limits.idle_s:
            await asyncio.sleep(limits.check_s)
            await self._look_up(messages.UNAUTHORIZED)
            idle_s = 0.0 if self.running else idle_s + limits.check_s
        raise Closing(messages.NORMAL, "There was nothing to do for too long")

    async def _subscribe(self, message: Message) -> None:
        if self.viewer is None:
            raise Closing(messages.UNAUTHORIZED, "Unauthorized")
        if message.id in self.running:
            raise Closing(messages.DUPLICATE, f"Subscriber for {message.id} already exists")
        parameters = messages.parameters_of(message)
        context = Context(self.viewer, new_request_id(), self.app.limits.introspection, bell=self.app.bell)
        context.max_cost = self.app.limits.max_cost
        context.public_url = self.app.limits.public_url
        context.loaders = Loaders(context)
        refusal = self._count(self.viewer)
        if refusal is not None:
            await self._refuse(message.id, [refusal], context.request_id)
            return
        key = self.viewer.id
        self.app.subscriptions[key] += 1
        task = asyncio.create_task(self._guard_subscription(message.id, parameters, context))
        self.running[message.id] = _Subscription(task, context)
        task.add_done_callback(lambda _: self._forget(message.id, key))

    def _count(self, viewer: Viewer) -> GraphQLError | None:
        limits = self.app.limits
        if len(self.running) >= limits.max_subscriptions:
            return _limit(f"A connection may have {limits.max_subscriptions} subscriptions.")
        if self.app.subscriptions[viewer.id] >= limits.max_subscriptions_per_key:
            return _limit(f"An API key may have {limits.max_subscriptions_per_key} subscriptions.")
        try:
            self.app.gate.count(viewer.id)
        except errors.TooManyRequests as error:
            return GraphQLError(error.message, original_error=error)
        return None

    def _forget(self, subscription_id: str, key: UUID) -> None:
        self.running.pop(subscription_id, None)
        self.app.subscriptions[key] -= 1
        if not self.app.subscriptions[key]:
            del self.app.subscriptions[key]

    async def _guard_subscription(self, key: str, parameters: Parameters, context: Context) -> None:
        """Run a subscription; its end is told, unless the client asked for it."""
        try:
            await self._run(key, parameters, context)
        except Refused as refused:
            await self._refuse(key, refused.errors, context.request_id)
        except (errors.GatehouseError, TimeoutError, Exception) as error:  # noqa: BLE001 - `formatted` logs bugs
            if isinstance(error, OSError) and not isinstance(error, TimeoutError):
                self.end(None)  # the client is gone, or was too slow
                return
            shown = errors.Unavailable("The event took too long") if isinstance(error, TimeoutError) else error
            await self._refuse(key, [GraphQLError(str(shown), original_error=shown)], context.request_id)

    async def _run(self, key: str, parameters: Parameters, context: Context) -> None:
        @asynccontextmanager
        async def work() -> AsyncIterator[None]:
            async with self.app.gate.slot(context.viewer.id), asyncio.timeout(self.app.limits.execution_timeout_s):
                yield

        query = self.app.trusted.query(parameters.query, parameters.document, any_document=context.viewer.any_document)
        async with aclosing(live_operation.results(query, parameters, context, work)) as found:
            async for result in found:
                payload: dict[str, Any] = {"data": result.data}
                if result.errors:
                    payload["errors"] = [formatted(error, context.request_id) for error in result.errors]
                await self._send({"id": key, "type": "next", "payload": payload})
        await self._send({"id": key, "type": "complete"})

    async def _refuse(self, key: str, found: Sequence[GraphQLError], request_id: str) -> None:
        with suppress(OSError):
            await self._send({"id": key, "type": "error", "payload": [formatted(error, request_id) for error in found]})

    async def _send(self, message: dict[str, Any]) -> None:
        """Write a message; waits while the client does not read, until the connection is cut off.

        :raises OSError: the client is gone.
        """
        await self.send_message({"type": "websocket.send", "text": orjson.dumps(message).decode()})


def _limit(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "LIMIT_EXCEEDED"})
