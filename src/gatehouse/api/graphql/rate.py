"""How a viewer stands with the rate of requests: what the header fields of each answer say too."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Self

import strawberry

from gatehouse.api.front.rate_limit import Standing


@strawberry.type(
    description=(
        "How many requests the viewer may still send, as `RateLimit` and `RateLimit-Policy` of each answer say it. Every"
        " operation is one request, whatever it costs; the numbers are those of one process."
    )
)
class RateLimit:
    """A :class:`gatehouse.api.front.rate_limit.Standing` at the moment of the answer."""

    limit: int = strawberry.field(description="How many requests may come at once.")
    remaining: int = strawberry.field(description="How many of them may come now, after this one.")
    used: int = strawberry.field(description="How many of them have come and are not restored yet, this one included.")
    restore_rate_per_second: float = strawberry.field(description="How many are restored in a second, at least.")
    reset_at: datetime = strawberry.field(description="When all of them are restored, if none comes until then.")
    cost: int = strawberry.field(
        description=(
            "What this operation costs, as `extensions.cost` says; it is measured against `Query.server.maxQueryCost`,"
            " and takes nothing from what remains."
        )
    )

    @classmethod
    def of(cls, standing: Standing, *, now: datetime, cost: int) -> Self:
        """Wrap a standing."""
        return cls(
            limit=standing.quota,
            remaining=standing.remaining,
            used=standing.quota - standing.remaining,
            restore_rate_per_second=standing.quota / standing.window_s,
            reset_at=now + timedelta(seconds=standing.full_in_s),
            cost=cost,
        )
