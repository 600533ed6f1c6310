"""Insights: how the provisioning of a tenant fares, in figures over time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final, Self
from uuid import UUID

import strawberry

from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.enums import Bucket, FacetField, ScimOperation, TimeRange
from gatehouse.api.graphql.facets import FacetValue, shown_values
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import cycle_id
from gatehouse.api.graphql.scim_requests import RequestExplanation, ScimRequest
from gatehouse.records import to_microseconds
from gatehouse.scim.remedy import explain
from gatehouse.services import insights
from gatehouse.services.directory import Compare
from gatehouse.services.facets import MAX_VALUES
from gatehouse.services.insights import Cycle as CycleRecord, Point, Refusals, Window

Length = Annotated[TimeRange, strawberry.argument(description="How far back from now.")]
Parts = Annotated[
    Bucket,
    strawberry.argument(description="The length of the parts; at most 1,500 of them. `AUTO`: what fits the range."),
]
Question = Callable[[Sequence[UUID], Window], Awaitable[dict[UUID, Any]]]

_ENABLED: Final = Compare("status", "in", ("ACTIVE",))


@strawberry.type(description="One value of a series.")
class SeriesPoint:
    """A value of a part of the time."""

    at: datetime = strawberry.field(description="When the part begins.")
    series: str = strawberry.field(description="Which series of the figure.")
    value: float = strawberry.field(description="The value.")

    @classmethod
    def from_record(cls, point: Point, window: Window) -> Self:
        """Wrap a record."""
        return cls(at=window.begin(point.bucket), series=point.series, value=point.value)


@strawberry.type(description="Requests that were refused for the same reason.")
class ErrorBucket:
    """One kind of refusal."""

    status: int = strawberry.field(description="The HTTP status.")
    scim_type: str | None = strawberry.field(description="The SCIM error type.")
    operation: ScimOperation = strawberry.field(description="What was asked for.")
    count: int = strawberry.field(description="How many requests.")
    users: int = strawberry.field(description="How many different users or groups were in their paths.")
    first_seen_at: datetime = strawberry.field(description="When the first of them was answered.")
    last_seen_at: datetime = strawberry.field(description="When the last of them was answered.")
    latest: strawberry.Private[UUID]

    @resolver("What it means and what to do.")
    def explanation(self) -> RequestExplanation | None:
        """Look it up."""
        found = explain(self.status, self.scim_type)
        return RequestExplanation.from_remedy(found) if found else None

    @resolver("The latest of them; null without READ_RAW_REQUESTS.")
    async def latest_request(self, info: Info) -> ScimRequest | None:
        """Load it."""
        return await info.context.loaders.scim_request.load(self.latest)

    @classmethod
    def from_record(cls, refusals: Refusals) -> Self:
        """Wrap a record."""
        return cls(
            status=refusals.status,
            scim_type=refusals.scim_type,
            operation=refusals.operation,
            count=refusals.count,
            users=refusals.users,
            first_seen_at=refusals.first_seen_at,
            last_seen_at=refusals.last_seen_at,
            latest=refusals.latest,
        )


@strawberry.type(
    description="A burst of SCIM requests. Entra ID does not say where its cycles begin: here, after ten minutes of silence."
)
class Cycle:
    """What came between two silences."""

    id: strawberry.ID = strawberry.field(
        description="What `cycleId` of `ProvisioningEventWhere` and `ScimRequestWhere` takes; made of its tenant and beginning."
    )
    started_at: datetime = strawberry.field(description="When the first request was answered.")
    ended_at: datetime = strawberry.field(description="When the last one was answered; more may come.")
    requests: int = strawberry.field(description="How many requests.")
    reads: int = strawberry.field(description="Those that asked only.")
    creates: int = strawberry.field(description="Those that wanted to create a user or group.")
    changes: int = strawberry.field(description="Those that wanted to change one, or several at once.")
    deletes: int = strawberry.field(description="Those that wanted to delete one.")
    refused: int = strawberry.field(description="Those that were refused (4xx).")
    failed: int = strawberry.field(description="Those that failed here (5xx).")

    @classmethod
    def from_record(cls, cycle: CycleRecord, tenant_id: UUID) -> Self:
        """Wrap a record."""
        return cls(id=cycle_id(tenant_id, to_microseconds(cycle.started_at)), **asdict(cycle))


@strawberry.type(
    description="How the provisioning of a tenant fares, in figures over time. Each is counted when asked for."
)
class Insights:
    """A window on a tenant."""

    tenant_id: strawberry.Private[UUID]
    window: strawberry.Private[Window]

    @resolver("When the first part begins.")
    def since(self) -> datetime:
        """Give the beginning."""
        return self.window.since

    @resolver("When it was asked: the last part is not over.")
    def until(self) -> datetime:
        """Give the end."""
        return self.window.until

    @resolver("The length of the parts.")
    def bucket_seconds(self) -> int:
        """Give the length."""
        return self.window.bucket_s

    @resolver(
        f"From when on requests are counted: the newest {insights.MOST_REQUESTS:,} at most, those of several tenants asked"
        " about together shared out among them."
    )
    async def requests_since(self, info: Info) -> datetime:
        """Ask."""
        found: datetime = await self._ask(info, insights.covered_since)
        return found

    @resolver("SCIM requests by how they ended: `succeeded`, `refused` (4xx), `failed` (5xx); zeros included.")
    async def requests(self, info: Info) -> list[SeriesPoint]:
        """Count."""
        return await self._series(info, insights.requests)

    @resolver("The time to an answer in milliseconds, `p50`, `p95` and `p99`; no point where there was no request.")
    async def latency(self, info: Info) -> list[SeriesPoint]:
        """Rank."""
        return await self._series(info, insights.latencies)

    @resolver(
        f"What Entra ID did, cycle by cycle, up to {insights.CYCLES}, newest first; the first may have begun before."
    )
    async def cycles(self, info: Info) -> list[Cycle]:
        """Gather them."""
        return [Cycle.from_record(cycle, self.tenant_id) for cycle in await self._ask(info, insights.cycles)]

    @resolver("Users whose access was in force at the end of each part, `active`; as far back as access is recorded.")
    async def active_users(self, info: Info) -> list[SeriesPoint]:
        """Count."""
        return await self._series(info, insights.active_users)

    @resolver("Why requests were refused, up to 10 kinds, the commonest first.")
    async def top_errors(self, info: Info) -> list[ErrorBucket]:
        """Count."""
        return [ErrorBucket.from_record(refusals) for refusals in await self._ask(info, insights.refusals)]

    @resolver("Enabled users by role in force, now; null counts those without one.")
    async def role_distribution(self, info: Info) -> list[FacetValue]:
        """Count."""
        key = (self.tenant_id, (FacetField.ROLE, _ENABLED, MAX_VALUES))
        counts = await info.context.loaders.tenant_user_facet.load(key)
        return await shown_values(info.context, FacetField.ROLE, counts)

    async def _series(self, info: Info, question: Question) -> list[SeriesPoint]:
        points = sorted(await self._ask(info, question), key=lambda point: point.bucket)
        return [SeriesPoint.from_record(point, self.window) for point in points]

    async def _ask(self, info: Info, question: Question) -> Any:
        return await info.context.loaders.insight.load((self.tenant_id, (question, self.window)))
