"""The composition root: one Starlette application from one set of settings."""

from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypedDict

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gatehouse import logs, tracing
from gatehouse.admin_routes import GRAPHQL_PATH, admin_routes, export_limits
from gatehouse.api.front.admission import Admission
from gatehouse.api.front.drain import Drain
from gatehouse.api.front.gate import Gate
from gatehouse.api.front.headers import AnswerHeaders, internal_error
from gatehouse.api.front.lanes import Lanes
from gatehouse.api.front.rate_limit import RateLimit
from gatehouse.api.front.sign_in import SignIn
from gatehouse.api.oauth.application import TokenEndpoint
from gatehouse.api.ops import health, pages
from gatehouse.api.ops.metrics import Measured, MetricsEndpoint
from gatehouse.api.ops.tracing import Traced
from gatehouse.api.scim.application import ScimApplication
from gatehouse.api.scim.elsewhere import Elsewhere
from gatehouse.api.scim.limits import ScimLimits
from gatehouse.services import exports, oauth, overrides, retention, settling
from gatehouse.services.background import keep_running
from gatehouse.services.credentials import BearerTokens
from gatehouse.services.due_work import DueWork
from gatehouse.services.export_run import ExportRunner
from gatehouse.services.health import Health
from gatehouse.services.identifiers import new_request_id
from gatehouse.services.live import Bell
from gatehouse.services.rejected_credentials import RejectedCredentials
from gatehouse.services.request_log import RequestLog
from gatehouse.services.retention import Retention
from gatehouse.services.runtime import open_database
from gatehouse.services.statistics import Statistics
from gatehouse.settings import Settings
from gatehouse.shared import Shared
from gatehouse.store.database import Database

SCIM_PATH = "/scim/v2"
_REFUSAL_LOG_BURST = 100
_TOKENS_PER_S = 0.5  # to one OAuth client, which needs one an hour
_TOKENS_BURST = 30


class State(TypedDict):
    """What the lifespan gives to every request."""

    database: Database
    drain: Drain
    health: Health


_ONLY_READ: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OBJECTS_BETWEEN_COLLECTIONS: Final = 50_000


class RequestScope:
    """Gives every request its id and makes the database current for its task; what it wrote is told to those who follow."""

    def __init__(self, app: ASGIApp, *, bell: Bell) -> None:
        self._app = app
        self._bell = bell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, inside its scope."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket" and scope["path"] != GRAPHQL_PATH:
            await send({"type": "websocket.close"})  # 403, whatever else is there for requests
            return
        state = scope["state"]
        state["request_id"] = new_request_id()
        with state["database"].activate():
            await self._app(scope, receive, send)
        if scope.get("method", "GET") not in _ONLY_READ and not state.get("only_read"):
            self._bell.ring()


class Ahead:
    """Takes requests for SCIM and for GraphQL to their applications, ahead of the router, which costs more than it does there.

    :param tree: SCIM's, the same as among the routes.
    :param page: GraphQL's, the same as among the routes.
    """

    def __init__(self, app: ASGIApp, *, tree: Mount, page: Route) -> None:
        self._app = app
        self._tree = tree
        self._page = page
        self._start = f"{tree.path}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["root_path"]:
            await self._app(scope, receive, send)
        elif scope["path"].startswith(self._start):
            scope["root_path"] = self._tree.path
            scope["route"] = self._tree
            await self._tree.app(scope, receive, send)
        elif scope["path"] == self._page.path:
            scope["route"] = self._page
            await self._page.app(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def create_app(settings: Settings, *, served_at: str = "http://127.0.0.1:8080") -> Starlette:
    """The application; nothing is opened before its lifespan begins.

    :param served_at: the address of this server, the base of links when ``GATEHOUSE_PUBLIC_URL`` is not set.
    """
    public_url = settings.public_url or served_at
    bell = Bell(poll_s=settings.live_poll_s)
    shared = Shared(
        drain=Drain(delay_s=settings.drain_delay_s),
        admission=Admission(
            max_in_flight=settings.max_in_flight, max_queue=settings.max_queue, max_wait_s=settings.queue_timeout_s
        ),
        guesses=RateLimit(per_s=settings.guess_rate_per_s, burst=settings.guess_burst),
        rejected=RejectedCredentials(flush_s=settings.rejected_credentials_flush_s),
        request_log=RequestLog(
            flush_s=settings.request_log_flush_s, capacity=settings.request_log_queue, stored=bell.ring
        ),
        bell=bell,
    )
    scim = _scim(settings, shared, public_url + SCIM_PATH)
    scim_tree = _Tree(SCIM_PATH, scim)
    elsewhere = Elsewhere(scim, path=SCIM_PATH, base_url=public_url + SCIM_PATH)
    routes: list[BaseRoute] = [
        scim_tree,
        Route("/scim", elsewhere),
        _Tree("/scim", elsewhere),
        *admin_routes(settings, shared, public_url),
        Route("/oauth/token", _oauth(settings, shared)),
        *health.ROUTES,
    ]
    routes.append(pages.create_dashboard(settings.frontend_dir))
    if settings.graphiql:
        routes.append(pages.create_graphiql(settings.frontend_dir))
    if settings.metrics:
        routes.append(Route("/metrics", MetricsEndpoint(shared.sampler, token=settings.metrics_token).get))
    graphql = next(route for route in routes if isinstance(route, Route) and route.path == GRAPHQL_PATH)
    headers = Middleware(AnswerHeaders, drain=shared.drain, https=public_url.startswith("https:"))
    return Starlette(
        routes=routes,
        lifespan=lambda _app: _lifespan(settings, shared),
        middleware=[
            *_observers(settings),
            headers,
            Middleware(RequestScope, bell=shared.bell),
            Middleware(Ahead, tree=scim_tree, page=graphql),
        ],
        exception_handlers={Exception: internal_error},
    )


class _Tree(Mount):
    """Everything below a path, a line break in it included: Starlette's pattern stops there, and its 404 is no SCIM."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        super().__init__(path, app)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


def _observers(settings: Settings) -> list[Middleware]:
    measured = [Middleware(Measured)] if settings.metrics else []
    return [*measured, Middleware(Traced)] if settings.otlp_endpoint else measured


def _scim(settings: Settings, shared: Shared, base_url: str) -> ScimApplication:
    return ScimApplication(
        sign_in=SignIn(
            BearerTokens(cache_s=settings.credential_cache_s).authenticate,
            rejected=shared.rejected,
            guesses=shared.guesses,
            unknown_for_s=settings.credential_cache_s,
        ),
        gate=Gate(
            shared.admission,
            rate=RateLimit(per_s=settings.tenant_rate_per_s, burst=settings.tenant_rate_burst),
            log_rate=RateLimit(per_s=settings.refusal_log_per_s, burst=_REFUSAL_LOG_BURST),
            lanes=Lanes(max_jobs=settings.scim_bulk_in_flight, max_wait_s=settings.queue_timeout_s),
        ),
        request_log=shared.request_log,
        base_url=base_url,
        limits=ScimLimits(
            max_body_bytes=settings.scim_max_body_bytes,
            body_timeout_s=settings.body_timeout_s,
            request_timeout_s=settings.request_timeout_s,
            content=settings.limits,
        ),
        is_ending=lambda: shared.drain.begun,
    )


def _oauth(settings: Settings, shared: Shared) -> ASGIApp:
    return TokenEndpoint(
        sign_in=SignIn(
            oauth.client_of,
            rejected=shared.rejected,
            guesses=shared.guesses,
            unknown_for_s=settings.credential_cache_s,
        ),
        gate=Gate(shared.admission, rate=RateLimit(per_s=_TOKENS_PER_S, burst=_TOKENS_BURST)),
        body_timeout_s=settings.body_timeout_s,
    )


def _workers(settings: Settings, shared: Shared) -> tuple[DueWork, ...]:
    """Who do work for later: short work, and beside it what may take minutes, a piece at a time."""
    poll_s, lease_s = settings.due_work_poll_s, settings.due_work_lease_s
    runner = ExportRunner(export_limits(settings), progressed=shared.bell.ring)
    return (
        DueWork({overrides.END: overrides.do_end, settling.SETTLE: settling.do_settle}, poll_s=poll_s, lease_s=lease_s),
        DueWork({exports.RUN: runner.do_export}, poll_s=poll_s, lease_s=lease_s, at_once=1),
        DueWork(
            {exports.EXPIRE: runner.do_expire, retention.PURGE: retention.do_purge},
            poll_s=poll_s,
            lease_s=lease_s,
            at_once=1,
        ),
    )


@asynccontextmanager
async def _lifespan(settings: Settings, shared: Shared) -> AsyncIterator[State]:
    database = await open_database(settings, connect=False)
    writers = (shared.request_log, shared.rejected)
    with database.activate(), shared.drain.on_sigterm():
        if settings.otlp_endpoint:
            tracing.configure(settings.otlp_endpoint)
        runners = (*writers, shared.sampler) if settings.metrics else writers
        workers = (*_workers(settings, shared), Retention(), Statistics())
        health = Health()
        tasks = [asyncio.create_task(keep_running(runner)) for runner in (*runners, *workers, shared.bell, health)]
        try:
            yield {"database": database, "drain": shared.drain, "health": health}
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            for writer in writers:
                await writer.flush()
            await database.close()
            await asyncio.to_thread(tracing.shut_down)


def from_environment() -> Starlette:
    """The application that a server process runs (``gatehouse serve``)."""
    settings = Settings.load()
    logs.configure(settings.log_level)
    app = create_app(settings)
    _spare_the_collector()
    return app


def _spare_the_collector() -> None:
    """What has been loaded stays for good, and what a request makes is mostly gone with it: look less often.

    Measured on a list of 100 users: a fifth to a quarter of the time of the request went into collections.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 20)
