"""The loaders of one request: however many nodes ask for the same kind of thing, one statement answers."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from uuid import UUID

from gatehouse.api.graphql.audit import AuditEntry
from gatehouse.api.graphql.batches import TenantKey, by_argument, by_tenant, required
from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.events import ProvisioningEvent
from gatehouse.api.graphql.jobs import Job
from gatehouse.api.graphql.plans import MappingPlan
from gatehouse.api.graphql.scim_requests import ScimRequest
from gatehouse.api.graphql.shared_loader import SharedLoader
from gatehouse.api.graphql.tenant_loaders import TenantLoaders
from gatehouse.api.graphql.tenants import Tenant
from gatehouse.api.graphql.unmapped import UnmappedValue
from gatehouse.api.graphql.users import User
from gatehouse.api.graphql.versions import MappingVersion
from gatehouse.mapping.diff import MappingDiff
from gatehouse.mapping.rules import Mapping
from gatehouse.services import (
    access_history,
    audit_trail,
    directory,
    exports,
    history,
    mapping_plans,
    scim_requests,
    unmapped_values,
    versions,
)
from gatehouse.services.access_history import PastAccess
from gatehouse.services.directory import Condition, Page, PageRequest
from gatehouse.services.history import ListedEvent, Trace
from gatehouse.services.unmapped_values import Spelling, Suggestion

UserKey = tuple[UUID, UUID]  # a user's id, and its tenant's


class Loaders(TenantLoaders):
    """Made for one request and thrown away with it; every loader keeps to the tenants in the viewer's sight."""

    def anew(self) -> Loaders:
        """Loaders that know nothing yet, for the next answer."""
        return Loaders(self._context)

    @cached_property
    def tenant(self) -> SharedLoader[UUID, Tenant | None]:
        """Tenants by id."""

        async def load(ids: list[UUID]) -> list[Tenant | None]:
            found = await directory.tenants_by_id(self._viewer, ids)
            return [Tenant.from_record(found[key]) if key in found else None for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def user(self) -> SharedLoader[UUID, User | None]:
        """Users by id."""

        async def load(ids: list[UUID]) -> list[User | None]:
            found = await directory.users_by_id(self._viewer, ids)
            return [User.from_record(found[key], self._context) if key in found else None for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def event(self) -> SharedLoader[UUID, ProvisioningEvent | None]:
        """Events by id."""

        async def load(ids: list[UUID]) -> list[ProvisioningEvent | None]:
            found = await history.events_by_id(self._viewer, ids)
            return [self._event(found.get(key)) for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def role(self) -> SharedLoader[UUID, Role | None]:
        """Roles by id."""

        async def load(ids: list[UUID]) -> list[Role | None]:
            found = await directory.roles_by_id(self._viewer, ids)
            return [Role.from_record(found[key]) if key in found else None for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def employee_group(self) -> SharedLoader[UUID, EmployeeGroup | None]:
        """Employee groups by id."""

        async def load(ids: list[UUID]) -> list[EmployeeGroup | None]:
            found = await directory.employee_groups_by_id(self._viewer, ids)
            return [EmployeeGroup.from_record(found[key]) if key in found else None for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def mapping(self) -> SharedLoader[tuple[UUID, int], Mapping]:
        """The mapping of a tenant in sight by (tenant, version); mostly from the memory of the process."""

        async def load(keys: list[tuple[UUID, int]]) -> list[Mapping]:
            wanted: dict[UUID, dict[int, None]] = {}
            for tenant_id, version in keys:
                wanted.setdefault(tenant_id, {})[version] = None
            found = {
                tenant_id: await access_history.mappings_at(tenant_id, list(versions))
                for tenant_id, versions in wanted.items()
            }
            return [found[tenant_id][version] for tenant_id, version in keys]

        return SharedLoader(self._work, load)

    @cached_property
    def past_access(self) -> SharedLoader[tuple[UUID, datetime], PastAccess | None]:
        """What a user in sight had at a moment, if it was something else than now."""
        return SharedLoader(self._work, lambda keys: by_argument(keys, access_history.past_access))

    @cached_property
    def mapping_version(self) -> SharedLoader[tuple[UUID, int | None], MappingVersion | None]:
        """Versions of the mapping of a tenant in sight by (tenant, number); without a number the one in force."""

        async def load(keys: list[tuple[UUID, int | None]]) -> list[MappingVersion | None]:
            unnumbered = [tenant_id for tenant_id, number in keys if not number]
            in_force = await versions.in_force(unnumbered) if unnumbered else {}
            wanted = [(tenant_id, number or in_force.get(tenant_id, 0)) for tenant_id, number in keys]
            found = await versions.versions_by_number(set(wanted))
            return [MappingVersion.from_record(found[key]) if key in found else None for key in wanted]

        return SharedLoader(self._work, load)

    @cached_property
    def mapping_at(self) -> SharedLoader[versions.MappingVersion, Mapping]:
        """Rules and settings at a version."""

        async def load(keys: list[versions.MappingVersion]) -> list[Mapping]:
            found = await versions.mappings_of(keys)
            return [found[version] for version in keys]

        return SharedLoader(self._work, load)

    @cached_property
    def version(self) -> SharedLoader[UUID, MappingVersion | None]:
        """Versions of the mapping by id."""

        async def load(ids: list[UUID]) -> list[MappingVersion | None]:
            found = await versions.versions_by_id(self._viewer, ids)
            return [MappingVersion.from_record(found[key]) if key in found else None for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def plan(self) -> SharedLoader[UUID, MappingPlan | None]:
        """Plans of mapping changes by id."""

        async def load(ids: list[UUID]) -> list[MappingPlan | None]:
            found = await mapping_plans.by_ids(self._viewer, ids)
            return [MappingPlan.from_record(found[key]) if key in found else None for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def job(self) -> SharedLoader[UUID, Job | None]:
        """Jobs by id."""

        async def load(ids: list[UUID]) -> list[Job | None]:
            found = await exports.by_ids(self._viewer, ids)
            return [Job.from_record(found[key]) if key in found else None for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def audit_entry(self) -> SharedLoader[UUID, AuditEntry | None]:
        """Entries of the audit trail by id."""

        async def load(ids: list[UUID]) -> list[AuditEntry | None]:
            found = await audit_trail.by_ids(self._viewer, ids)
            return [AuditEntry.from_record(found[key], self._context) if key in found else None for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def mapping_diff(self) -> SharedLoader[versions.Since, MappingDiff | None]:
        """What versions changed."""

        async def load(keys: list[versions.Since]) -> list[MappingDiff | None]:
            found = await versions.differences(keys)
            return [found[key] for key in keys]

        return SharedLoader(self._work, load)

    @cached_property
    def user_events(self) -> SharedLoader[tuple[UserKey, PageRequest], Page[ListedEvent]]:
        """Pages of the events of a user in sight."""

        async def page(users: list[UserKey], request: PageRequest) -> dict[UserKey, Page[ListedEvent]]:
            found = await history.events_of_users(self._viewer, dict(users), request)
            return {user: found[user[0]] for user in users}

        return SharedLoader(self._work, lambda keys: required(keys, page))

    @cached_property
    def user_event_count(self) -> SharedLoader[tuple[UserKey, Condition | None], int]:
        """Counts of the events of a user in sight."""

        async def count(users: list[UserKey], condition: Condition | None) -> dict[UserKey, int]:
            found = await history.count_events_of_users(self._viewer, dict(users), condition)
            return {user: found[user[0]] for user in users}

        return SharedLoader(self._work, lambda keys: required(keys, count))

    @cached_property
    def scim_request(self) -> SharedLoader[UUID, ScimRequest | None]:
        """SCIM requests by id."""

        async def load(ids: list[UUID]) -> list[ScimRequest | None]:
            found = await scim_requests.by_ids(self._viewer, ids)
            return [ScimRequest.from_record(found[key], self._context) if key in found else None for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def request_events(self) -> SharedLoader[tuple[UUID, PageRequest], Page[ListedEvent]]:
        """Pages of the events of a SCIM request in sight."""
        return SharedLoader(self._work, lambda keys: required(keys, history.events_of_requests))

    @cached_property
    def request_event_count(self) -> SharedLoader[tuple[UUID, Condition | None], int]:
        """Counts of the events of a SCIM request in sight."""
        return SharedLoader(self._work, lambda keys: required(keys, history.count_events_of_requests))

    @cached_property
    def last_provisioned(self) -> SharedLoader[UUID, datetime | None]:
        """When a SCIM client wrote last to a user in sight."""

        async def load(ids: list[UUID]) -> list[datetime | None]:
            found = await history.last_provisioned(ids)
            return [found.get(key) for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def last_event(self) -> SharedLoader[tuple[UUID, Trace], ProvisioningEvent | None]:
        """The latest event of a trace of a user in sight."""

        async def load(keys: list[tuple[UUID, Trace]]) -> list[ProvisioningEvent | None]:
            return [self._event(event) for event in await by_argument(keys, history.last_events)]

        return SharedLoader(self._work, load)

    @cached_property
    def unmapped_value(self) -> SharedLoader[UUID, UnmappedValue | None]:
        """Values that were seen without a rule, by id."""

        async def load(ids: list[UUID]) -> list[UnmappedValue | None]:
            found = [await unmapped_values.find(self._viewer, value_id) for value_id in ids]
            return [UnmappedValue.from_record(value) if value else None for value in found]

        return SharedLoader(self._work, load)

    @cached_property
    def spellings(self) -> SharedLoader[TenantKey, list[Spelling]]:
        """How users write values of a tenant in sight."""

        async def load(keys: list[TenantKey]) -> list[list[Spelling]]:
            found = await by_tenant(keys, unmapped_values.spellings)
            return [found[key] for key in keys]

        return SharedLoader(self._work, load)

    @cached_property
    def last_seen(self) -> SharedLoader[TenantKey, datetime | None]:
        """When somebody was given values of a tenant in sight last."""

        async def load(keys: list[TenantKey]) -> list[datetime | None]:
            found = await by_tenant(keys, unmapped_values.last_seen)
            return [found.get(key) for key in keys]

        return SharedLoader(self._work, load)

    @cached_property
    def suggestions(self) -> SharedLoader[TenantKey, tuple[Suggestion, ...]]:
        """What values of a tenant in sight could be mapped to."""

        async def load(keys: list[TenantKey]) -> list[tuple[Suggestion, ...]]:
            found = await by_tenant(keys, unmapped_values.suggestions)
            return [found[key] for key in keys]

        return SharedLoader(self._work, load)

    def _event(self, event: ListedEvent | None) -> ProvisioningEvent | None:
        return ProvisioningEvent.from_record(event, self._context) if event else None
