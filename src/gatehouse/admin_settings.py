"""The settings of the admin API beyond its limits: what is followed live, and signing in with tokens of Entra ID."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field, PositiveFloat, PositiveInt, field_validator, model_validator
from pydantic_settings import BaseSettings


class AdminSettings(BaseSettings):
    """A part of :class:`gatehouse.settings.Settings`, which reads it."""

    allowed_origins: Annotated[
        str,
        Field(
            description="Origins, by comma, whose pages may open a WebSocket on `/graphql` beside that of `GATEHOUSE_PUBLIC_URL`, e.g. `https://dashboard.example`"
        ),
    ] = ""
    live_max_connections: Annotated[PositiveInt, Field(description="WebSocket connections per process")] = 500
    live_max_subscriptions: Annotated[PositiveInt, Field(description="Subscriptions of one WebSocket connection")] = 20
    live_max_subscriptions_per_key: Annotated[
        PositiveInt, Field(description="Subscriptions of one API key, per process")
    ] = 100
    live_init_timeout_s: Annotated[PositiveFloat, Field(description="For a new WebSocket connection to sign in")] = 10.0
    live_idle_s: Annotated[PositiveFloat, Field(description="For a WebSocket connection without subscriptions")] = 60.0
    live_ping_interval_s: Annotated[PositiveFloat, Field(description="Between pings of a WebSocket connection")] = 20.0
    live_ping_timeout_s: Annotated[PositiveFloat, Field(description="For the client to answer a ping")] = 20.0
    live_poll_s: Annotated[
        PositiveFloat,
        Field(
            description="Longest time until subscriptions notice what another process wrote, on SQLite or while the line to PostgreSQL is down"
        ),
    ] = 1.0
    entra_issuer: Annotated[
        str | None,
        Field(
            description="`iss` of the tokens of Entra ID that may sign in at `/graphql`, e.g. `https://login.microsoftonline.com/DIRECTORY/v2.0`; with it the next four must be set; default: API keys only"
        ),
    ] = None
    entra_audience: Annotated[
        str | None, Field(description="`aud` of those tokens: the application id, or its URI")
    ] = None
    entra_directory_id: Annotated[UUID | None, Field(description="`tid` of those tokens")] = None
    entra_jwks_url: Annotated[
        str | None,
        Field(
            description="Where the keys are that sign them, e.g. `https://login.microsoftonline.com/DIRECTORY/discovery/v2.0/keys`; https only"
        ),
    ] = None
    entra_grants: Annotated[
        str,
        Field(
            description="What app roles and groups of those tokens grant: `VALUE=PRESET` or `VALUE=PRESET@SLUG,SLUG`, separated by `;`, e.g. `Gatehouse.Owner=owner; 6f3c…=account-manager@acme`"
        ),
    ] = ""

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, value: str) -> str:
        for origin in filter(None, value.split(",")):
            parts = urlsplit(origin.strip())
            if parts.scheme not in {"http", "https"} or origin.strip() != f"{parts.scheme}://{parts.netloc}":
                message = "must be origins by comma, like https://dashboard.example"
                raise ValueError(message)
        return value

    @field_validator("entra_jwks_url")
    @classmethod
    def _is_safe_address(cls, value: str | None) -> str | None:
        parts = urlsplit(value or "")
        if value is not None and not (
            parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1"))
        ):
            message = "must be an https address"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = [
            self.entra_issuer,
            self.entra_audience,
            self.entra_directory_id,
            self.entra_jwks_url,
            self.entra_grants,
        ]
        if any(given) and not all(given):
            message = "GATEHOUSE_ENTRA_ISSUER, _AUDIENCE, _DIRECTORY_ID, _JWKS_URL and _GRANTS belong together"
            raise ValueError(message)
        return self

    @property
    def origins(self) -> frozenset[str]:
        """``allowed_origins`` one by one, in lower case."""
        return frozenset(origin.strip().lower() for origin in self.allowed_origins.split(",") if origin.strip())
