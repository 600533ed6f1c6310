"""``/graphql`` as one ASGI application (https://graphql.github.io/graphql-over-http/).

Order of a request: method → credential → rate → media type and body → document → slot → execution. What fails before the document is
a plain HTTP error; what is wrong with the document is 400 for clients that ask for ``application/graphql-response+json``
and 200 for others; a database that is away makes the whole answer a 503.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import orjson
from graphql import ExecutionResult, GraphQLError
from starlette.types import ASGIApp, Receive, Scope, Send
from strawberry.types import ExecutionResult as StrawberryResult

from gatehouse import errors
from gatehouse.api.front.body import ClientDisconnected, read_body
from gatehouse.api.front.gate import Gate
from gatehouse.api.front.session_cookie import SessionCookie, secret_of
from gatehouse.api.front.sign_in import SignIn
from gatehouse.api.graphql.compiled.plan import Plan
from gatehouse.api.graphql.compiled.plans import Plans, answer
from gatehouse.api.graphql.context import MAX_COST, Context
from gatehouse.api.graphql.errors import CODES, formatted, unavailable
from gatehouse.api.graphql.loaders import Loaders
from gatehouse.api.graphql.parameters import Parameters, parse_parameters
from gatehouse.api.graphql.request import AUTHORIZATION, GRAPHQL_RESPONSE, Fields, check_media_type
from gatehouse.api.graphql.schema import charge, schema
from gatehouse.api.graphql.server import Server
from gatehouse.api.graphql.trusted import TrustedDocuments
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.logs import logger
from gatehouse.records import Viewer
from gatehouse.services import deadline
from gatehouse.services.exports import DEFAULT_LIMITS as DEFAULT_EXPORTS, ExportLimits
from gatehouse.services.identifiers import new_request_id
from gatehouse.services.live import Bell
from gatehouse.time_limit import TimeLimit

_LOG: Final = logger(__name__)

_STATUS: Final[dict[type[errors.GatehouseError], int]] = {
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.DocumentNotTrusted: 403,
    errors.MethodNotAllowed: 405,
    errors.RequestTimeout: 408,
    errors.PayloadTooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.InvalidSyntax: 400,
    errors.InvalidValue: 400,
    errors.TooManyRequests: 429,
    errors.Unavailable: 503,
}

_UNAUTHORIZED: Final = 401
_UNAVAILABLE: Final = 503

Answer = tuple[int, dict[str, Any], list[tuple[bytes, bytes]]]


def create_graphql_app(
    *,
    sign_in: SignIn[Viewer],
    cookie: SessionCookie | None = None,
    gate: Gate | None = None,
    bell: Bell | None = None,
    max_body_bytes: int = 102_400,
    body_timeout_s: float = 15.0,
    execution_timeout_s: float = 10.0,
    mapping_change_timeout_s: float = 300.0,
    introspection: bool = True,
    max_cost: int = MAX_COST,
    trusted: TrustedDocuments | None = None,
    content: Limits = DEFAULT_LIMITS,
    override_longest: timedelta = timedelta(days=90),
    export_limits: ExportLimits = DEFAULT_EXPORTS,
    public_url: str = "",
    server: Server | None = None,
) -> ASGIApp:
    """Make the ASGI application of the admin API, for the one path ``/graphql``.

    :param sign_in: API key → viewer; raises Unauthorized, TooManyRequests or Unavailable.
    :param cookie: how sessions of the dashboard are read; None: only bearer tokens.
    :param gate: rates by API key, and slots for work.
    :param bell: of those who follow live.
    :param mapping_change_timeout_s: for a document that changes the mapping, in place of ``execution_timeout_s``.
    :param introspection: whether signed-in viewers may introspect the schema.
    :param max_cost: what one operation may cost (:mod:`gatehouse.api.graphql.cost`).
    :param trusted: the documents that are run; None: any.
    :param content: how deep and how large the JSON of a request may be.
    :param override_longest: how far ahead an override may end.
    :param export_limits: how much of exports there may be.
    :param public_url: the base of links.
    :param server: what it tells of itself.
    """
    limits = _Limits(
        max_body_bytes,
        body_timeout_s,
        execution_timeout_s,
        mapping_change_timeout_s,
        content,
        override_longest,
        max_cost,
        export_limits,
        public_url,
    )
    return GraphQLApplication(
        sign_in,
        gate or Gate(),
        limits,
        introspection=introspection,
        cookie=cookie,
        bell=bell or Bell(),
        trusted=trusted or TrustedDocuments(),
        server=server or Server(),
    )


@dataclass(frozen=True, slots=True)
class _Limits:
    max_body_bytes: int
    body_timeout_s: float
    execution_timeout_s: float
    mapping_change_timeout_s: float
    content: Limits
    override_longest: timedelta
    max_cost: int
    export_limits: ExportLimits
    public_url: str


class GraphQLApplication:
    """The application made by :func:`create_graphql_app`."""

    def __init__(
        self,
        sign_in: SignIn[Viewer],
        gate: Gate,
        limits: _Limits,
        *,
        introspection: bool,
        cookie: SessionCookie | None,
        bell: Bell,
        trusted: TrustedDocuments,
        server: Server,
    ) -> None:
        self._sign_in = sign_in
        self._cookie = cookie
        self._gate = gate
        self._bell = bell
        self._limits = limits
        self._introspection = introspection
        self._trusted = trusted
        self._server = server
        self._plans = Plans(schema._schema)  # noqa: SLF001 - Strawberry has no public way to graphql-core's schema

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        started_ns = time.perf_counter_ns()
        state = scope.setdefault("state", {})
        request_id: str = state.get("request_id") or new_request_id()
        fields = Fields(scope["headers"])
        try:
            status, body, headers = await self._answer(scope, fields, receive, request_id)
        except ClientDisconnected:
            return
        duration_us = (time.perf_counter_ns() - started_ns) // 1_000
        told = {"status": status, "duration_us": duration_us, "request_id": request_id}
        _LOG.info("graphql", **told, errors=len(body.get("errors", ())), **_why(status, body))
        standing = self._gate.rate.standing(state.get("viewer_id")) if status != _UNAUTHORIZED else None
        rate = standing.headers() if standing else []
        content = orjson.dumps(body)
        sent = [
            *headers,
            *rate,
            (b"x-request-id", request_id.encode("latin-1")),
            (b"content-type", fields.answer_type + b"; charset=utf-8"),
            (b"content-length", str(len(content)).encode()),
        ]
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})

    async def _answer(self, scope: Scope, fields: Fields, receive: Receive, request_id: str) -> Answer:
        try:
            return await self._execute(scope, fields, receive, request_id)
        except errors.GatehouseError as error:
            return _refusal(error, request_id)
        except TimeoutError:
            return _refusal(errors.Unavailable("The request took too long"), request_id)
        except ClientDisconnected:
            raise
        except Exception:  # noqa: BLE001 - the last line of defence: logged whole, answered without a word of it
            _LOG.exception("graphql_bug", request_id=request_id)
            extensions = {"code": "INTERNAL_ERROR", "requestId": request_id}
            return (
                500,
                {"errors": [{"message": f"Internal error (request {request_id})", "extensions": extensions}]},
                [],
            )

    async def _execute(self, scope: Scope, fields: Fields, receive: Receive, request_id: str) -> Answer:
        if scope["method"] != "POST":
            raise errors.MethodNotAllowed("GraphQL is spoken by POST", allow=("POST",))
        limits, client = self._limits, scope.get("client")
        viewer = await self._sign_in(secret_of(scope, AUTHORIZATION, self._cookie), client[0] if client else None)
        scope["state"]["viewer_id"] = viewer.id
        self._gate.count(viewer.id)
        check_media_type(fields)
        announced = next(iter(fields.lines(b"content-length")), None)
        body = await read_body(receive, announced, max_bytes=limits.max_body_bytes, timeout_s=limits.body_timeout_s)
        parameters = parse_parameters(body, limits.content)
        query = self._trusted.query(parameters.query, parameters.document, any_document=viewer.any_document)
        context = Context(
            viewer,
            request_id,
            self._introspection,
            limits.override_longest,
            mapping_change_timeout_s=limits.mapping_change_timeout_s,
            bell=self._bell,
            public_url=limits.public_url,
            export_limits=limits.export_limits,
            max_cost=limits.max_cost,
            server=self._server,
            standing=partial(self._gate.rate.standing, viewer.id),
        )
        context.loaders = Loaders(context)
        async with self._gate.slot(viewer.id):
            with TimeLimit(limits.execution_timeout_s) as context.time_limit:
                deadline.end_work_in(limits.execution_timeout_s)
                try:
                    result = await self._run(query, parameters, context)
                finally:
                    context.loaders.end()
        scope["state"]["only_read"] = context.only_read
        status, answered, more = _result(result, request_id, strict=fields.answer_type == GRAPHQL_RESPONSE)
        if context.cost is not None and "data" in answered:
            answered["extensions"] = {"cost": {"requested": context.cost, "maximum": context.max_cost}}
        return status, answered, more

    async def _by_plan(self, plan: Plan, parameters: Parameters, context: Context) -> dict[str, Any] | None:
        """As :func:`answer`.

        :raises GraphQLError: it costs more than allowed.
        """
        charge(context, plan.document, parameters.variables, parameters.operation_name)
        return await answer(plan, parameters.variables, context)

    async def _run(self, query: str, parameters: Parameters, context: Context) -> ExecutionResult | StrawberryResult:
        """Answer by plan what is known and goes smoothly; everything else by the executor."""
        name = parameters.operation_name
        plan = self._plans.find(query, name)
        try:
            data = await self._by_plan(plan, parameters, context) if plan else None
        except GraphQLError as error:
            return ExecutionResult(data=None, errors=[error])
        if data is not None:
            context.only_read = True
            return ExecutionResult(data=data, errors=None)
        result = await schema.execute(
            query, variable_values=parameters.variables, context_value=context, operation_name=name
        )
        if not result.errors:
            self._plans.proved(query, name)
        return result


def _why(status: int, body: dict[str, Any]) -> dict[str, str]:
    """The reason of a 503, for the log: a sentence of our own, which names nobody."""
    return {"reason": body["errors"][0]["message"]} if status == _UNAVAILABLE else {}


def _result(result: ExecutionResult | StrawberryResult, request_id: str, *, strict: bool) -> Answer:
    """Write the answer of an execution, or of a document that could not be executed.

    :param strict: the client reads ``application/graphql-response+json``, whose status tells the two apart.
    :raises Unavailable: a part of the answer could not be had; an answer with holes would mislead.
    """
    away = unavailable(result.errors)
    if away is not None:
        raise away
    if not result.errors:
        return 200, {"data": result.data}, []
    found = [formatted(error, request_id) for error in result.errors]
    executed = result.data is not None or any(error.path for error in result.errors)
    if executed:
        return 200, {"data": result.data, "errors": found}, []
    return (400 if strict else 200), {"errors": found}, []


def _refusal(error: errors.GatehouseError, request_id: str) -> Answer:
    extensions = {"code": CODES[type(error)], "requestId": request_id} | ({"hint": error.hint} if error.hint else {})
    body = {"errors": [{"message": error.message, "extensions": extensions}]}
    return _STATUS.get(type(error), 400), body, list(_refusal_headers(error))


def _refusal_headers(error: errors.GatehouseError) -> list[tuple[bytes, bytes]]:
    if isinstance(error, errors.Unauthorized):
        challenge = "Bearer" + (f' error="{error.code}"' if error.code else "")
        return [(b"www-authenticate", challenge.encode())]
    if isinstance(error, errors.MethodNotAllowed):
        return [(b"allow", ", ".join(error.allow).encode())]
    if isinstance(error, errors.Unavailable | errors.TooManyRequests):
        return [(b"retry-after", str(error.retry_after_s).encode())]
    if isinstance(error, errors.RequestTimeout):
        return [(b"connection", b"close")]  # the rest of the body may never come
    return []
