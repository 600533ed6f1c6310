"""The server itself: what a script that runs against several of them has to adapt to."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.metadata import version
from typing import Any, Self

import strawberry

from gatehouse.api.graphql.budget import MAX_PAGE
from gatehouse.api.graphql.enums import ServerFeature
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.printed import schema_hash
from gatehouse.records import EVENT_RETENTION_DAYS
from gatehouse.services import clock


@cache
def _version() -> str:
    return version("gatehouse")


@dataclass(frozen=True, slots=True)
class Server:
    """A process that serves the admin API, as it was set up."""

    features: tuple[ServerFeature, ...] = ()
    version: str = field(default_factory=_version)
    started_at: datetime = field(default_factory=clock.now)

    @classmethod
    def offering(cls, features: Iterable[tuple[ServerFeature, bool]]) -> Self:
        """A server that begins now.

        :param features: each with whether it is switched on.
        """
        return cls(tuple(feature for feature, on in features if on))


@strawberry.type(description="The server, and what a client has to adapt to.")
class ServerInfo:
    """A :class:`Server` with the limits that hold for whoever asks."""

    version: str = strawberry.field(description="The version of Gatehouse.")
    started_at: datetime = strawberry.field(
        description="When the process that answers began to serve; others of the same server have times of their own."
    )
    features: list[ServerFeature] = strawberry.field(description="What is switched on, of what can be switched off.")
    max_page_size: int = strawberry.field(description="The most that `first` and `last` may ask for.")
    max_query_cost: int = strawberry.field(
        description="The most that one operation may cost; each answer tells its own in `extensions.cost`."
    )
    history_retention_days: int = strawberry.field(
        description=(
            "For how long provisioning events are kept, in days, where the tenant does not say otherwise in"
            " `Tenant.settings.eventRetentionDays`."
        )
    )

    @resolver(
        "SHA-256 of the schema, in hex, as `gatehouse schema` prints it: as long as it stays, so does everything that can"
        " be asked."
    )
    async def schema_hash(self, info: strawberry.Info[Any, Any]) -> str:
        """Tell the hash; the first time it is made beside other requests."""
        return await asyncio.to_thread(schema_hash, info.schema)

    @classmethod
    def of(cls, server: Server, *, max_cost: int) -> Self:
        """Wrap a server."""
        return cls(
            version=server.version,
            started_at=server.started_at,
            features=list(server.features),
            max_page_size=MAX_PAGE,
            max_query_cost=max_cost,
            history_retention_days=EVENT_RETENTION_DAYS,
        )
