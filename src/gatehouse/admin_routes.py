"""The routes of the admin API: GraphQL by HTTP and by WebSocket, sessions of the dashboard, files of exports."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from gatehouse.api.exports.application import Downloads
from gatehouse.api.front.gate import Gate
from gatehouse.api.front.rate_limit import RateLimit
from gatehouse.api.front.session_cookie import SessionCookie
from gatehouse.api.front.sign_in import SignIn
from gatehouse.api.graphql.enums import ServerFeature
from gatehouse.api.graphql.live import LiveApplication, LiveLimits
from gatehouse.api.graphql.server import Server
from gatehouse.api.graphql.trusted import TrustedDocuments
from gatehouse.api.graphql.view import create_graphql_app
from gatehouse.api.session.endpoint import SessionEndpoint
from gatehouse.records import Viewer
from gatehouse.services.api_keys import ApiKeys
from gatehouse.services.dashboard_sessions import DashboardSessions
from gatehouse.services.entra_grants import parse_grants
from gatehouse.services.exports import ExportLimits
from gatehouse.services.sign_in_methods import viewer_of
from gatehouse.settings import Settings, SettingsError
from gatehouse.shared import Shared

if TYPE_CHECKING:
    from gatehouse.services.entra_tokens import EntraTokens

GRAPHQL_PATH = "/graphql"


def _trusted(settings: Settings) -> TrustedDocuments:
    """:raises SettingsError: the manifest cannot be read."""
    try:
        return TrustedDocuments.read(settings.trusted_documents)
    except ValueError as error:
        raise SettingsError(f"GATEHOUSE_TRUSTED_DOCUMENTS: {error}") from None


def _entra(settings: Settings) -> EntraTokens | None:
    """Make what reads tokens of Entra ID, where that is set up.

    :raises SettingsError: the grants cannot be read.
    """
    issuer, audience, directory_id = settings.entra_issuer, settings.entra_audience, settings.entra_directory_id
    if not (issuer and audience and directory_id and settings.entra_jwks_url):
        return None
    # cryptography and an HTTP client take 15 MB: only where they are needed
    from gatehouse.services.entra_tokens import EntraSignIn, EntraTokens  # noqa: PLC0415
    from gatehouse.services.jwks import SigningKeys  # noqa: PLC0415

    try:
        rules = parse_grants(settings.entra_grants)
    except ValueError as error:
        raise SettingsError(f"GATEHOUSE_ENTRA_GRANTS: {error}") from None
    wanted = EntraSignIn(issuer, audience, directory_id, rules)
    return EntraTokens(wanted, SigningKeys(settings.entra_jwks_url), cache_s=settings.credential_cache_s)


def admin_routes(settings: Settings, shared: Shared, public_url: str) -> list[BaseRoute]:
    """``/graphql`` by HTTP and by WebSocket, with one account of who asks how much; and the sessions of the dashboard."""
    keys = ApiKeys(cache_s=settings.credential_cache_s)
    sessions = DashboardSessions(
        keys, life=timedelta(hours=settings.session_hours), cache_s=settings.credential_cache_s
    )
    gate = Gate(shared.admission, rate=RateLimit(per_s=settings.api_key_rate_per_s, burst=settings.api_key_rate_burst))
    door = _Door(
        _viewers(settings, shared, viewer_of(keys, _entra(settings), sessions)),
        SessionCookie(public_url),
        gate,
        _trusted(settings),
    )
    session = SessionEndpoint(
        sign_in=_viewers(settings, shared, keys.authenticate),
        sessions=sessions,
        cookie=door.cookie,
        gate=gate,
        body_timeout_s=settings.body_timeout_s,
    )
    live = LiveApplication(
        door.sign_in,
        gate,
        shared.bell,
        _live_limits(settings, public_url),
        cookie=door.cookie,
        trusted=door.trusted,
    )
    shared.drain.on_begin(live.close)
    return [
        Route(GRAPHQL_PATH, _graphql(settings, shared, door)),
        WebSocketRoute(GRAPHQL_PATH, live),
        Route("/admin/session", session),
        Route("/exports/{job_id}", Downloads(sign_in=door.sign_in, cookie=door.cookie, gate=gate)),
    ]


@dataclass(frozen=True, slots=True)
class _Door:
    """How one comes to the admin API, by HTTP and by WebSocket."""

    sign_in: SignIn[Viewer]
    cookie: SessionCookie
    gate: Gate
    trusted: TrustedDocuments


def _viewers(settings: Settings, shared: Shared, authenticate: Callable[[str], Awaitable[Viewer]]) -> SignIn[Viewer]:
    return SignIn(
        authenticate,
        rejected=shared.rejected,
        guesses=shared.guesses,
        unknown_for_s=settings.credential_cache_s,
    )


def _graphql(settings: Settings, shared: Shared, door: _Door) -> ASGIApp:
    return create_graphql_app(
        sign_in=door.sign_in,
        cookie=door.cookie,
        gate=door.gate,
        bell=shared.bell,
        max_body_bytes=settings.graphql_max_body_bytes,
        body_timeout_s=settings.body_timeout_s,
        execution_timeout_s=settings.graphql_execution_timeout_s,
        mapping_change_timeout_s=settings.mapping_change_timeout_s,
        introspection=settings.introspection,
        max_cost=settings.graphql_max_cost,
        trusted=door.trusted,
        content=settings.limits,
        override_longest=timedelta(days=settings.override_max_days),
        export_limits=export_limits(settings),
        public_url=door.cookie.public_url,
        server=_server(settings),
    )


def _server(settings: Settings) -> Server:
    return Server.offering(
        [
            (ServerFeature.ENTRA_SIGN_IN, settings.entra_issuer is not None),
            (ServerFeature.GRAPHIQL, settings.graphiql),
            (ServerFeature.INTROSPECTION, settings.introspection),
            (ServerFeature.METRICS, settings.metrics),
            (ServerFeature.TRUSTED_DOCUMENTS, settings.trusted_documents is not None),
        ]
    )


def export_limits(settings: Settings) -> ExportLimits:
    """What exports may take."""
    return ExportLimits(
        settings.export_max_open,
        settings.export_max_files,
        settings.export_max_bytes,
        timedelta(seconds=settings.export_keep_s),
    )


def _live_limits(settings: Settings, public_url: str) -> LiveLimits:
    public = urlsplit(public_url)
    return LiveLimits(
        public_url=public_url,
        origins=frozenset({f"{public.scheme}://{public.netloc}".lower(), *settings.origins}),
        max_connections=settings.live_max_connections,
        max_subscriptions=settings.live_max_subscriptions,
        max_subscriptions_per_key=settings.live_max_subscriptions_per_key,
        init_timeout_s=settings.live_init_timeout_s,
        idle_s=settings.live_idle_s,
        execution_timeout_s=settings.graphql_execution_timeout_s,
        introspection=settings.introspection,
        max_cost=settings.graphql_max_cost,
        content=settings.limits,
    )
