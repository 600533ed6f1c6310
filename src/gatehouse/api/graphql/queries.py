"""The entry points for reading."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Annotated, Final

import strawberry

from gatehouse.api.graphql.api_keys import ApiKey
from gatehouse.api.graphql.audit import AuditEntry, AuditEntryConnection
from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.connections import DEFAULT_EVENTS, After, Before, First, FirstEvents, Last, Slice, Source
from gatehouse.api.graphql.context import Info, shown_columns
from gatehouse.api.graphql.credentials import REJECTED, RejectedCredential, Since
from gatehouse.api.graphql.events import ProvisioningEvent, ProvisioningEventConnection
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import row_id
from gatehouse.api.graphql.jobs import Job, find_job
from gatehouse.api.graphql.lookups import TenantBy, UserBy, find_node, find_tenant, find_user
from gatehouse.api.graphql.needs import MANAGE_ADMINS, NOTHING, RAW_REQUESTS, SIGHT, Needs
from gatehouse.api.graphql.node import Node
from gatehouse.api.graphql.orders import EventOrders, TenantOrders, UserOrders, event_sort, tenant_sort, user_sort
from gatehouse.api.graphql.plans import MappingPlan, plan_id
from gatehouse.api.graphql.scim_requests import ScimRequest, ScimRequestConnection
from gatehouse.api.graphql.server import ServerInfo
from gatehouse.api.graphql.tenants import (
    IncludeArchived,
    Search,
    Tenant,
    TenantConnection,
    list_groups,
    list_roles,
    user_condition,
)
from gatehouse.api.graphql.trace import Trace
from gatehouse.api.graphql.trial import EvaluateMappingInput, MappingEvaluation, to_change, to_samples
from gatehouse.api.graphql.users import User, UserConnection
from gatehouse.api.graphql.viewers import Viewer
from gatehouse.api.graphql.wheres import (
    WhichEntries,
    WhichEvents,
    WhichRequests,
    WhichTenants,
    WhichUsers,
    to_condition,
)
from gatehouse.errors import TooMany
from gatehouse.records import Permission
from gatehouse.services import (
    audit_trail,
    directory,
    facets,
    history,
    live,
    managed_keys,
    rejected_credentials,
    scim_requests,
    trial,
)
from gatehouse.services.directory import Position
from gatehouse.services.managed_keys import SHOWN

MAX_NODES: Final = 100
EVERY_CREDENTIAL: Final = Needs(Permission.MANAGE_CREDENTIALS, everywhere=True)

OfTenant = Annotated[strawberry.ID, strawberry.argument(description="The tenant.")]


@strawberry.type(description="Everything that can be read.")
class Query:
    """Root of queries. What the viewer may not see is null or left out, as if it were not there."""

    @resolver("Who is asking.", needs=NOTHING)
    def viewer(self, info: Info) -> Viewer:
        """Wrap the viewer."""
        return Viewer.from_record(info.context.viewer)

    @resolver("The server: its version, what is switched on, and its limits.", needs=NOTHING)
    def server(self, info: Info) -> ServerInfo:
        """Wrap the server."""
        return ServerInfo.of(info.context.server, max_cost=info.context.max_cost)

    @resolver("Any node by its id.", needs=SIGHT)
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Node | None:
        """Load a node."""
        return await find_node(info.context, id)

    @resolver(f"Up to {MAX_NODES} nodes by their ids, in the same order.", needs=SIGHT)
    async def nodes(
        self, info: Info, ids: Annotated[list[strawberry.ID], strawberry.argument(description="Their ids.")]
    ) -> list[Node | None]:
        """Load nodes."""
        if len(ids) > MAX_NODES:
            raise TooMany(f"`ids` may hold {MAX_NODES} ids", path="ids")
        return await asyncio.gather(*(find_node(info.context, node_id) for node_id in ids))

    @resolver("One tenant.", needs=SIGHT)
    async def tenant(
        self, info: Info, by: Annotated[TenantBy, strawberry.argument(description="What is known of it.")]
    ) -> Tenant | None:
        """Find a tenant."""
        return await find_tenant(info.context, by)

    @resolver("The tenants in sight, by default by slug.", needs=SIGHT)
    async def tenants(
        self,
        info: Info,
        *,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        where: WhichTenants = strawberry.UNSET,
        search: Annotated[str | None, strawberry.argument(description="Part of the name or slug.")] = strawberry.UNSET,
        order_by: TenantOrders = strawberry.UNSET,
    ) -> TenantConnection:
        """Read a page of tenants."""
        viewer = info.context.viewer
        request = Slice(first, after, last, before).request(
            tenant_sort(order_by), to_condition(where, info.context.now)
        )
        source = Source(
            partial(directory.tenants, viewer, text=search or None),
            partial(directory.count_tenants, viewer, text=search or None),
        )
        return await TenantConnection.read(source, request, Tenant.from_record)

    @resolver("One user.", needs=SIGHT)
    async def user(
        self, info: Info, by: Annotated[UserBy, strawberry.argument(description="What is known of the user.")]
    ) -> User | None:
        """Find a user."""
        return await find_user(info.context, by)

    @resolver("The users of all tenants in sight, by default in order of creation.", needs=SIGHT)
    async def users(
        self,
        info: Info,
        *,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        where: WhichUsers = strawberry.UNSET,
        search: Search = strawberry.UNSET,
        order_by: UserOrders = strawberry.UNSET,
    ) -> UserConnection:
        """Read a page of users."""
        viewer = info.context.viewer
        cut, columns = Slice(first, after, last, before), shown_columns(info)
        request = cut.request(user_sort(order_by), user_condition(where, search, info.context.now), columns=columns)
        source = Source(
            partial(directory.users, viewer),
            partial(directory.count_users, viewer),
            lambda field, condition, limit: facets.counts(viewer, field, condition, limit=limit),
        )
        return await UserConnection.read(source, request, partial(User.from_record, context=info.context))

    @resolver(
        "What a mapping would give to people with these values; null if the tenant is out of sight. Nothing is stored.",
        needs=SIGHT,
    )
    async def evaluate_mapping(
        self,
        info: Info,
        input: Annotated[
            EvaluateMappingInput,
            strawberry.argument(description="The people, and the mapping if not the one in force."),
        ],
    ) -> MappingEvaluation | None:
        """Try a mapping."""
        tenant_id = row_id("Tenant", input.tenant_id)
        if tenant_id is None or not directory.is_visible(info.context.viewer, tenant_id):
            return None
        tried = await trial.evaluate(tenant_id, to_samples(input), to_change(input))
        return MappingEvaluation.from_trial(tenant_id, tried)

    @resolver("What happened in all tenants in sight, newest first.", needs=SIGHT)
    async def provisioning_events(
        self,
        info: Info,
        *,
        first: FirstEvents = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        where: WhichEvents = strawberry.UNSET,
        order_by: EventOrders = strawberry.UNSET,
    ) -> ProvisioningEventConnection:
        """Read a page of events."""
        viewer, cut = info.context.viewer, Slice(first, after, last, before)
        columns = shown_columns(info)
        request = cut.request(
            event_sort(order_by), to_condition(where, info.context.now), default=DEFAULT_EVENTS, columns=columns
        )
        source = Source(partial(history.events, viewer), partial(history.count_events, viewer))
        return await ProvisioningEventConnection.read(
            source, request, partial(ProvisioningEvent.from_record, context=info.context)
        )

    @resolver(
        "What SCIM clients asked and were answered, newest first, in all tenants where the viewer holds READ_RAW_REQUESTS;"
        " what came with a refused credential only for who holds it in every tenant.",
        needs=RAW_REQUESTS,
    )
    async def scim_requests(
        self,
        info: Info,
        *,
        first: FirstEvents = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        where: WhichRequests = strawberry.UNSET,
        order_by: EventOrders = strawberry.UNSET,
    ) -> ScimRequestConnection:
        """Read a page of requests."""
        viewer, cut = info.context.viewer, Slice(first, after, last, before)
        request = cut.request(event_sort(order_by), to_condition(where, info.context.now), default=DEFAULT_EVENTS)
        source = Source(partial(scim_requests.page, viewer), partial(scim_requests.count, viewer))
        return await ScimRequestConnection.read(source, request, partial(ScimRequest.from_record, context=info.context))

    @resolver("Everything that goes by a request id; null if nothing in sight does.", needs=SIGHT)
    async def trace(
        self,
        info: Info,
        request_id: Annotated[
            strawberry.ID, strawberry.argument(description="Our id of a request, from its answer, a log or an event.")
        ],
    ) -> Trace | None:
        """Follow a request."""
        return await Trace.find(info.context, request_id)

    @resolver(
        "The present, as `after` of `Subscription.provisioningEvents`: ask for it, read what there is, then follow what"
        " comes: nothing is missed, though what has just happened may come again.",
        needs=NOTHING,
    )
    async def live_cursor(self, info: Info) -> Position:
        """Find the place."""
        return await live.present(info.context.bell)

    @resolver("Who did what, and who tried, in all tenants in sight, newest first.", needs=SIGHT)
    async def audit_entries(
        self,
        info: Info,
        *,
        first: FirstEvents = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        where: WhichEntries = strawberry.UNSET,
        order_by: EventOrders = strawberry.UNSET,
    ) -> AuditEntryConnection:
        """Read a page of the audit trail."""
        viewer, cut = info.context.viewer, Slice(first, after, last, before)
        request = cut.request(event_sort(order_by), to_condition(where, info.context.now), default=DEFAULT_EVENTS)
        source = Source(partial(audit_trail.entries, viewer), partial(audit_trail.count, viewer))
        return await AuditEntryConnection.read(source, request, partial(AuditEntry.from_record, context=info.context))

    @resolver("One plan of a mapping change.", needs=SIGHT)
    async def mapping_plan(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> MappingPlan | None:
        """Load a plan."""
        wanted = plan_id(id)
        return await info.context.loaders.plan.load(wanted) if wanted else None

    @resolver("One job.", needs=SIGHT)
    async def job(self, info: Info, id: strawberry.ID) -> Job | None:
        """Load a job."""
        return await find_job(info.context, id)

    @resolver("The roles of a tenant, by key; none if the tenant is out of sight.", needs=SIGHT)
    async def roles(self, info: Info, tenant_id: OfTenant, *, include_archived: IncludeArchived = False) -> list[Role]:
        """Read the catalogue of a tenant."""
        tenant = await find_tenant(info.context, TenantBy(id=tenant_id))
        return await list_roles(info.context, tenant.record.id, include_archived) if tenant else []

    @resolver("The employee groups of a tenant, by key; none if the tenant is out of sight.", needs=SIGHT)
    async def employee_groups(
        self, info: Info, tenant_id: OfTenant, *, include_archived: IncludeArchived = False
    ) -> list[EmployeeGroup]:
        """Read the catalogue of a tenant."""
        tenant = await find_tenant(info.context, TenantBy(id=tenant_id))
        return await list_groups(info.context, tenant.record.id, include_archived) if tenant else []

    @resolver(
        f"The API keys whose every grant is in a tenant where the viewer may manage them, up to {SHOWN}, newest first.",
        needs=MANAGE_ADMINS,
    )
    async def api_keys(self, info: Info) -> list[ApiKey]:
        """Read the keys."""
        found = await managed_keys.keys(info.context.viewer)
        return [ApiKey.from_record(key, info.context.now) for key in found]

    @resolver(f"Secrets that anybody tried in vain, at SCIM or here. {REJECTED}", needs=EVERY_CREDENTIAL)
    async def rejected_credentials(self, info: Info, *, since: Since = strawberry.UNSET) -> list[RejectedCredential]:
        """Read what was refused."""
        found = await rejected_credentials.rejected_of_all(info.context.viewer, since=since or None)
        return [RejectedCredential.from_record(rejected) for rejected in found]
