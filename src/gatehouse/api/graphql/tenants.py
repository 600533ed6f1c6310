"""Tenants as the API shows them."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, Final, Self
from uuid import UUID

import strawberry

from gatehouse import records
from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.connections import After, Before, Connection, First, Last, Slice, Source
from gatehouse.api.graphql.context import Context, Info, shown_columns
from gatehouse.api.graphql.credentials import EntraConnection
from gatehouse.api.graphql.enums import Bucket, ScimMode, TenantStatus, UnknownAttributes
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.insights import Insights, Length, Parts
from gatehouse.api.graphql.jobs import Job, JobConnection
from gatehouse.api.graphql.node import Node
from gatehouse.api.graphql.orders import UserOrders, user_sort
from gatehouse.api.graphql.plans import MappingPlan, MappingPlanConnection
from gatehouse.api.graphql.tenant_lists import TenantList
from gatehouse.api.graphql.unmapped import (
    IncludeIgnored,
    IncludeUnused,
    Kind,
    SearchValue,
    UnmappedValue,
    UnmappedValueConnection,
    refuse_search_of_personal_values,
)
from gatehouse.api.graphql.users import User, UserConnection
from gatehouse.api.graphql.versions import MappingVersion, MappingVersionConnection
from gatehouse.api.graphql.wheres import UserWhere, WhichUsers, to_condition
from gatehouse.services import directory, exports, insights, mapping_plans, unmapped_values, versions
from gatehouse.services.directory import And, Condition

_VERSIONS: Final = TenantList(versions.pages, versions.counts)
_PLANS: Final = TenantList(mapping_plans.pages, mapping_plans.counts)
_UNMAPPED: Final = TenantList(unmapped_values.pages, unmapped_values.counts)
_JOBS: Final = TenantList(exports.pages, exports.counts)

Search = Annotated[
    str | None,
    strawberry.argument(
        description="Words, each part of a name, userName, externalId or e-mail address; needs READ_PII."
    ),
]
IncludeArchived = Annotated[bool, strawberry.argument(description="Also those taken out of use.")]


def user_condition(where: UserWhere | None, search: str | None, now: datetime) -> Condition | None:
    """Join filter and search text."""
    condition = to_condition(where, now)
    if not search or search.isspace():
        return condition
    wanted = directory.search(search)
    return wanted if condition is None else And((condition, wanted))


async def list_roles(context: Context, tenant_id: UUID, include_archived: bool) -> list[Role]:
    """Load the roles of a tenant in sight, by key."""
    roles = await context.loaders.roles_of_tenant.load(tenant_id)
    return [role for role in roles if include_archived or role.archived_at is None]


async def list_groups(context: Context, tenant_id: UUID, include_archived: bool) -> list[EmployeeGroup]:
    """Load the employee groups of a tenant in sight, by key."""
    groups = await context.loaders.groups_of_tenant.load(tenant_id)
    return [group for group in groups if include_archived or group.archived_at is None]


@strawberry.type(description="How a tenant's SCIM requests are read, and for how long what is known of them is kept.")
class TenantSettings:
    """The settings of a tenant that are not part of its mapping."""

    scim_mode: ScimMode = strawberry.field(description="How closely clients are held to the RFCs.")
    unknown_attributes: UnknownAttributes = strawberry.field(
        description="What becomes of attributes that no schema knows."
    )
    event_retention_days: int = strawberry.field(
        description="For how long provisioning events are kept, and what access users had before, in days."
    )
    request_retention_days: int = strawberry.field(description="For how long the request log is kept, in days.")


@strawberry.type(description="One Funnel customer ('community'): owns users, groups, rules, credentials and history.")
class Tenant(Node):
    """A tenant in sight of the viewer."""

    slug: str = strawberry.field(description="Its short name, unique.")
    name: str = strawberry.field(description="What people call it.")
    status: TenantStatus = strawberry.field(description="Whether it is served.")
    version: int = strawberry.field(description="Counts the changes of the tenant itself.")
    settings: TenantSettings = strawberry.field(description="How its SCIM requests are read, and what is kept.")
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")
    record: strawberry.Private[records.Tenant]

    @resolver("How Entra ID reaches the tenant.")
    def connection(self) -> EntraConnection:
        """Wrap the tenant."""
        return EntraConnection(tenant_id=self.record.id)

    @resolver("The mapping in force, or one of its versions; null if there is no such version.")
    async def mapping(
        self,
        info: Info,
        *,
        version: Annotated[
            int | None, strawberry.argument(description="The number of the version; by default the one in force.")
        ] = strawberry.UNSET,
    ) -> MappingVersion | None:
        """Load the version."""
        number = None if version is strawberry.UNSET else version
        return await info.context.loaders.mapping_version.load((self.record.id, number))

    @resolver("Every version of the mapping, newest first.")
    async def mapping_versions(
        self,
        info: Info,
        *,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> MappingVersionConnection:
        """Read a page of versions."""
        request = Slice(first, after, last, before).request(versions.NEWEST_FIRST)
        source = _VERSIONS.of(self.record.id, info.context)
        return await MappingVersionConnection.read(source, request, MappingVersion.from_record)

    @resolver(
        "Plans of mapping changes, newest first; by default also those that have ended, as long as they are kept."
    )
    async def mapping_plans(
        self,
        info: Info,
        *,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        open_only: Annotated[
            bool,
            strawberry.argument(
                description="Only those not applied, discarded or expired, made for the mapping in force."
            ),
        ] = False,
    ) -> MappingPlanConnection:
        """Read a page of plans."""
        wanted = mapping_plans.still_open(info.context.now) if open_only else None
        request = Slice(first, after, last, before).request(mapping_plans.NEWEST_FIRST, wanted)
        source = _PLANS.of(self.record.id, info.context)
        return await MappingPlanConnection.read(source, request, MappingPlan.from_record)

    @resolver("The roles that the mapping can give, by key.")
    async def roles(self, info: Info, *, include_archived: IncludeArchived = False) -> list[Role]:
        """Load the catalogue."""
        return await list_roles(info.context, self.record.id, include_archived)

    @resolver("The employee groups that the mapping can give, by key.")
    async def employee_groups(self, info: Info, *, include_archived: IncludeArchived = False) -> list[EmployeeGroup]:
        """Load the catalogue."""
        return await list_groups(info.context, self.record.id, include_archived)

    @resolver("The users of the tenant, by default in order of creation.")
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
        loaders, tenant_id, wrap = info.context.loaders, self.record.id, partial(User.from_record, context=info.context)
        cut, columns = Slice(first, after, last, before), shown_columns(info)
        request = cut.request(user_sort(order_by), user_condition(where, search, info.context.now), columns=columns)
        source = Source(
            lambda page: loaders.tenant_users.load((tenant_id, page)),
            lambda condition: loaders.tenant_user_count.load((tenant_id, condition)),
            lambda field, condition, limit: loaders.tenant_user_facet.load((tenant_id, (field, condition, limit))),
        )
        return await UserConnection.read(source, request, wrap)

    @resolver("Titles and userType segments that users have without a rule, those with the most users first.")
    async def unmapped_values(
        self,
        info: Info,
        *,
        kind: Kind = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        search: SearchValue = strawberry.UNSET,
        include_ignored: IncludeIgnored = False,
        include_unused: IncludeUnused = False,
    ) -> UnmappedValueConnection:
        """Read a page of values."""
        tenant_id = self.record.id
        if search:
            await refuse_search_of_personal_values(info.context, tenant_id, kind or None, unused=include_unused)
        wanted = unmapped_values.condition(
            kind=kind or None,
            search=search or None,
            include_ignored=include_ignored,
            include_unused=include_unused,
            moment=info.context.now,
        )
        request = Slice(first, after, last, before).request(unmapped_values.MOST_USERS_FIRST, wanted)
        source = _UNMAPPED.of(tenant_id, info.context)
        return await UnmappedValueConnection.read(source, request, UnmappedValue.from_record)

    @resolver("How the tenant's provisioning fares, in figures over time.")
    def insights(self, info: Info, range: Length, *, bucket: Parts = Bucket.AUTO) -> Insights:
        """Open the window."""
        return Insights(tenant_id=self.record.id, window=insights.window(range, bucket, until=info.context.now))

    @resolver("What was exported, or is being, newest first.")
    async def jobs(
        self,
        info: Info,
        *,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> JobConnection:
        """Read a page of jobs."""
        request = Slice(first, after, last, before).request(exports.NEWEST_FIRST)
        source = _JOBS.of(self.record.id, info.context)
        return await JobConnection.read(source, request, Job.from_record)

    @classmethod
    def from_record(cls, tenant: records.Tenant) -> Self:
        """Wrap a record."""
        return cls(
            id=global_id("Tenant", tenant.id),
            slug=tenant.slug,
            name=tenant.name,
            status=tenant.status,
            version=tenant.version,
            settings=TenantSettings(
                scim_mode=tenant.scim_mode,
                unknown_attributes=tenant.unknown_attributes,
                event_retention_days=tenant.event_retention_days,
                request_retention_days=tenant.request_retention_days,
            ),
            created_at=tenant.created_at,
            updated_at=tenant.updated_at,
            record=tenant,
        )


@strawberry.type(description="A page of tenants.")
class TenantConnection(Connection[Tenant]):
    """Tenants in order."""
