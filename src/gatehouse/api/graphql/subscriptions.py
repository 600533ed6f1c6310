"""The entry points for following live, over graphql-transport-ws (docs/graphql-live.md)."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry

from gatehouse.api.graphql.connections import Edge
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.events import ProvisioningEvent
from gatehouse.api.graphql.fields import followed
from gatehouse.api.graphql.ids import row_id
from gatehouse.api.graphql.jobs import Job
from gatehouse.api.graphql.needs import RAW_REQUESTS, SIGHT
from gatehouse.api.graphql.scim_requests import ScimRequest
from gatehouse.api.graphql.versions import MappingVersion
from gatehouse.api.graphql.wheres import ProvisioningEventWhere, ScimRequestWhere, to_condition
from gatehouse.errors import NotFound
from gatehouse.services import exports, history, scim_requests, versions
from gatehouse.services.directory import Position

Resume = Annotated[
    Position | None,
    strawberry.argument(
        description="The cursor of the last edge received: everything after it comes, once. Without it: from now on."
    ),
]


@strawberry.type(description="Everything that can be followed live; each edge has the cursor from which to go on.")
class Subscription:
    """Root of subscriptions. What the viewer may not see never comes."""

    @followed(
        "What happens in all tenants in sight, in the order in which it became visible. `after` may also be"
        " `Query.liveCursor`; cursors of lists have another order.",
        needs=SIGHT,
    )
    async def provisioning_events(
        self,
        info: Info,
        *,
        where: ProvisioningEventWhere | None = strawberry.UNSET,
        after: Resume = strawberry.UNSET,
    ) -> AsyncGenerator[Edge[ProvisioningEvent], None]:
        """Follow the history."""
        context = info.context
        found = history.follow(lambda: context.viewer, to_condition(where, context.now), after or None, context.bell)
        async for event, place in found:
            context.renew()
            yield Edge(node=ProvisioningEvent.from_record(event, context), cursor=place)

    @followed(
        "What SCIM clients ask and are answered, as `Query.scimRequests` has it, in the order in which the log was written:"
        " about a second after the answer. `after` may also be `Query.liveCursor`.",
        needs=RAW_REQUESTS,
    )
    async def scim_requests(
        self,
        info: Info,
        *,
        where: ScimRequestWhere | None = strawberry.UNSET,
        after: Resume = strawberry.UNSET,
    ) -> AsyncGenerator[Edge[ScimRequest], None]:
        """Follow the request log."""
        context = info.context
        found = scim_requests.follow(
            lambda: context.viewer, to_condition(where, context.now), after or None, context.bell
        )
        async for entry, place in found:
            context.renew()
            yield Edge(node=ScimRequest.from_record(entry, context), cursor=place)

    @followed(
        "The versions of a tenant's mapping as they come into force, oldest first. `after` may also be a cursor of"
        " `Tenant.mappingVersions`.",
        needs=SIGHT,
    )
    async def mapping_versions(
        self,
        info: Info,
        tenant_id: Annotated[strawberry.ID, strawberry.argument(description="The tenant.")],
        *,
        after: Resume = strawberry.UNSET,
    ) -> AsyncGenerator[Edge[MappingVersion], None]:
        """Follow the mapping."""
        context, tenant = info.context, row_id("Tenant", tenant_id)
        if tenant is None:
            raise NotFound("There is no such tenant", path="tenantId")
        async for version, place in versions.follow(lambda: context.viewer, tenant, after or None, context.bell):
            context.renew()
            yield Edge(node=MappingVersion.from_record(version), cursor=place)

    @followed("A job as it is, and again whenever it has changed; complete when it has ended.", needs=SIGHT)
    async def job_progress(
        self,
        info: Info,
        job_id: Annotated[strawberry.ID, strawberry.argument(description="The job.")],
    ) -> AsyncGenerator[Job, None]:
        """Follow a job."""
        context, job = info.context, row_id("Job", job_id)
        if job is None:
            raise NotFound("There is no such job", path="jobId")
        async for state in exports.follow(lambda: context.viewer, job, context.bell):
            context.renew()
            yield Job.from_record(state)
