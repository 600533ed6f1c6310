"""The composition root: one Starlette application from one set of settings."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from gatehouse import logs
from gatehouse.api.graphql.view import create_graphql_app
from gatehouse.api.ops import health, pages
from gatehouse.api.scim.application import ScimApplication, ScimLimits
from gatehouse.services.api_keys import ApiKeys
from gatehouse.services.credentials import BearerTokens
from gatehouse.services.identifiers import new_request_id
from gatehouse.services.request_log import RequestLog
from gatehouse.services.runtime import open_database
from gatehouse.settings import Settings
from gatehouse.store.database import Database

SCIM_PATH = "/scim/v2"


class State(TypedDict):
    """What the lifespan gives to every request."""

    database: Database


class RequestScope:
    """Gives every request its id and makes the database current for its task."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, inside its scope."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope["state"]
        state["request_id"] = new_request_id()
        with state["database"].activate():
            await self._app(scope, receive, send)


def create_app(settings: Settings, *, served_at: str = "http://127.0.0.1:8080") -> Starlette:
    """The application; nothing is opened before its lifespan begins.

    :param served_at: the address of this server, the base of links when ``GATEHOUSE_PUBLIC_URL`` is not set.
    """
    public_url = settings.public_url or served_at
    request_log = RequestLog(flush_s=settings.request_log_flush_s, capacity=settings.request_log_queue)
    scim = ScimApplication(
        authenticate=BearerTokens(cache_s=settings.credential_cache_s).authenticate,
        request_log=request_log,
        base_url=public_url + SCIM_PATH,
        limits=ScimLimits(
            max_body_bytes=settings.scim_max_body_bytes,
            body_timeout_s=settings.body_timeout_s,
            request_timeout_s=settings.request_timeout_s,
        ),
    )
    graphql = create_graphql_app(
        authenticate=ApiKeys(cache_s=settings.credential_cache_s).authenticate,
        max_body_bytes=settings.graphql_max_body_bytes,
        introspection=settings.introspection,
    )
    routes: list[BaseRoute] = [Mount(SCIM_PATH, scim), Route("/graphql", graphql), *health.ROUTES]
    if settings.graphiql:
        routes.append(pages.create_graphiql(settings.frontend_dir))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[State]:
        database = await open_database(settings, connect=False)
        with database.activate():
            writer = asyncio.create_task(request_log.run())
            try:
                yield {"database": database}
            finally:
                writer.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await writer
                await request_log.flush()
                await database.close()

    return Starlette(routes=routes, lifespan=lifespan, middleware=[Middleware(RequestScope)])


def from_environment() -> Starlette:
    """The application that a server process runs (``gatehouse serve``)."""
    settings = Settings.load()
    logs.configure(settings.log_level)
    return create_app(settings)
