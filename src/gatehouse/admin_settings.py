"""The settings of the admin API beyond its limits: what is followed live, and signing in with tokens of Entra ID."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from gatehouse.environment import Environment, PositiveFloat, PositiveInt, SettingsError, split_address


def _origins(value: str) -> str:
    for origin in filter(None, value.split(",")):
        parts = split_address(origin.strip())
        if parts.scheme not in {"http", "https"} or origin.strip() != f"{parts.scheme}://{parts.netloc}":
            raise ValueError("must be origins by comma, like https://dashboard.example")
    return value


def _safe_address(value: str) -> str:
    parts = split_address(value)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1")
    if not (parts.hostname and safe):
        raise ValueError("must be an https address")
    return value


@dataclass(frozen=True, kw_only=True)
class AdminSettings(Environment):
    """A part of :class:`gatehouse.settings.Settings`, which reads it."""

    allowed_origins: Annotated[
        str,
        Meta(
            description="Origins, by comma, whose pages may open a WebSocket on `/graphql` beside that of `GATEHOUSE_PUBLIC_URL`, e.g. `https://dashboard.example`"
        ),
        _origins,
    ] = ""
    live_max_connections: Annotated[PositiveInt, Meta(description="WebSocket connections per process")] = 500
    live_max_subscriptions: Annotated[PositiveInt, Meta(description="Subscriptions of one WebSocket connection")] = 20
    live_max_subscriptions_per_key: Annotated[
        PositiveInt, Meta(description="Subscriptions of one API key, per process")
    ] = 100
    live_init_timeout_s: Annotated[PositiveFloat, Meta(description="For a new WebSocket connection to sign in")] = 10.0
    live_idle_s: Annotated[PositiveFloat, Meta(description="For a WebSocket connection without subscriptions")] = 60.0
    live_ping_interval_s: Annotated[PositiveFloat, Meta(description="Between pings of a WebSocket connection")] = 20.0
    live_ping_timeout_s: Annotated[PositiveFloat, Meta(description="For the client to answer a ping")] = 20.0
    live_poll_s: Annotated[
        PositiveFloat,
        Meta(
            description="Longest time until subscriptions notice what another process wrote, on SQLite or while the line to PostgreSQL is down"
        ),
    ] = 1.0
    entra_issuer: Annotated[
        str | None,
        Meta(
            description="`iss` of the tokens of Entra ID that may sign in at `/graphql`, e.g. `https://login.microsoftonline.com/DIRECTORY/v2.0`; with it the next four must be set; default: API keys only"
        ),
    ] = None
    entra_audience: Annotated[str | None, Meta(description="`aud` of those tokens: the application id, or its URI")] = (
        None
    )
    entra_directory_id: Annotated[UUID | None, Meta(description="`tid` of those tokens")] = None
    entra_jwks_url: Annotated[
        str | None,
        Meta(
            description="Where the keys are that sign them, e.g. `https://login.microsoftonline.com/DIRECTORY/discovery/v2.0/keys`; https only"
        ),
        _safe_address,
    ] = None
    entra_grants: Annotated[
        str,
        Meta(
            description="What app roles and groups of those tokens grant: `VALUE=PRESET` or `VALUE=PRESET@SLUG,SLUG`, separated by `;`, e.g. `Gatehouse.Owner=owner; 6f3c…=account-manager@acme`"
        ),
    ] = ""

    def __post_init__(self) -> None:
        """:raises SettingsError: as of each; or what signing in with tokens of Entra ID takes is not whole."""
        super().__post_init__()
        given = [
            self.entra_issuer,
            self.entra_audience,
            self.entra_directory_id,
            self.entra_jwks_url,
            self.entra_grants,
        ]
        if any(given) and not all(given):
            raise SettingsError(
                "GATEHOUSE_ENTRA_ISSUER, _AUDIENCE, _DIRECTORY_ID, _JWKS_URL and _GRANTS belong together"
            )

    @property
    def origins(self) -> frozenset[str]:
        """``allowed_origins`` one by one, in lower case."""
        return frozenset(origin.strip().lower() for origin in self.allowed_origins.split(",") if origin.strip())
