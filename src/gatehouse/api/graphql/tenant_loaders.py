"""The loaders of what tenants have: their catalogue, and their lists, counts and figures."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from gatehouse.api.graphql.batches import required
from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.context import Context
from gatehouse.api.graphql.insights import Question
from gatehouse.api.graphql.shared_loader import SharedLoader, Work
from gatehouse.api.graphql.tenant_lists import TenantList
from gatehouse.records import Credential
from gatehouse.services import (
    credential_acts,
    directory,
    facets,
    managed_credentials,
    rejected_credentials,
    scim_requests,
)
from gatehouse.services.directory import Condition, DirectoryUser, Page, PageRequest
from gatehouse.services.facets import Count, FacetField
from gatehouse.services.insights import Window
from gatehouse.services.rejected_credentials import Rejected

FacetKey = tuple[FacetField, Condition | None, int]


class TenantLoaders:
    """Loaders keyed by tenants in sight."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._viewer = context.viewer
        self._work = Work()

    def end(self) -> None:
        """Let nothing go on that no field waits for: the answer is complete, or given up."""
        self._work.end()

    @cached_property
    def roles_of_tenant(self) -> SharedLoader[UUID, list[Role]]:
        """The roles of a tenant in sight, archived ones included."""

        async def load(ids: list[UUID]) -> list[list[Role]]:
            found = await directory.roles_of(ids)
            return [[Role.from_record(role) for role in found[key]] for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def groups_of_tenant(self) -> SharedLoader[UUID, list[EmployeeGroup]]:
        """The employee groups of a tenant in sight, archived ones included."""

        async def load(ids: list[UUID]) -> list[list[EmployeeGroup]]:
            found = await directory.employee_groups_of(ids)
            return [[EmployeeGroup.from_record(group) for group in found[key]] for key in ids]

        return SharedLoader(self._work, load)

    @cached_property
    def role_users(self) -> SharedLoader[tuple[UUID, UUID], int]:
        """How many users have a role of a tenant in sight."""

        async def load(keys: list[tuple[UUID, UUID]]) -> list[int]:
            found = await directory.users_by_role(keys)
            return [found.get(role_id, 0) for _, role_id in keys]

        return SharedLoader(self._work, load)

    @cached_property
    def group_users(self) -> SharedLoader[tuple[UUID, UUID], int]:
        """How many users have an employee group of a tenant in sight."""

        async def load(keys: list[tuple[UUID, UUID]]) -> list[int]:
            found = await directory.users_by_employee_group(keys)
            return [found.get(group_id, 0) for _, group_id in keys]

        return SharedLoader(self._work, load)

    @cached_property
    def tenant_list(self) -> SharedLoader[tuple[UUID, tuple[TenantList[Any], PageRequest]], Page[Any]]:
        """Pages of a list that each tenant in sight has."""

        async def page(ids: list[UUID], wanted: tuple[TenantList[Any], PageRequest]) -> dict[UUID, Page[Any]]:
            of, request = wanted
            return await of.pages(ids, request)

        return SharedLoader(self._work, lambda keys: required(keys, page))

    @cached_property
    def tenant_list_count(self) -> SharedLoader[tuple[UUID, tuple[TenantList[Any], Condition | None]], int]:
        """Counts of a list that each tenant in sight has."""

        async def count(ids: list[UUID], wanted: tuple[TenantList[Any], Condition | None]) -> dict[UUID, int]:
            of, condition = wanted
            return await of.counts(ids, condition)

        return SharedLoader(self._work, lambda keys: required(keys, count))

    @cached_property
    def tenant_users(self) -> SharedLoader[tuple[UUID, PageRequest], Page[DirectoryUser]]:
        """Pages of the users of a tenant in sight."""

        async def page(ids: list[UUID], request: PageRequest) -> dict[UUID, Page[DirectoryUser]]:
            return await directory.users_of(self._viewer, ids, request)

        return SharedLoader(self._work, lambda keys: required(keys, page))

    @cached_property
    def tenant_user_count(self) -> SharedLoader[tuple[UUID, Condition | None], int]:
        """Counts of the users of a tenant in sight."""

        async def count(ids: list[UUID], condition: Condition | None) -> dict[UUID, int]:
            return await directory.count_users_of(self._viewer, ids, condition)

        return SharedLoader(self._work, lambda keys: required(keys, count))

    @cached_property
    def insight(self) -> SharedLoader[tuple[UUID, tuple[Question, Window]], Any]:
        """The answer to a question on a tenant in sight over a window of time."""

        async def ask(ids: list[UUID], about: tuple[Question, Window]) -> dict[UUID, Any]:
            question, window = about
            return await question(ids, window)

        return SharedLoader(self._work, lambda keys: required(keys, ask))

    @cached_property
    def tenant_user_facet(self) -> SharedLoader[tuple[UUID, FacetKey], list[Count]]:
        """The users of a tenant in sight, counted by a property."""

        async def count(ids: list[UUID], key: FacetKey) -> dict[UUID, list[Count]]:
            field, condition, limit = key
            return await facets.counts_of(self._viewer, ids, field, condition, limit=limit)

        return SharedLoader(self._work, lambda keys: required(keys, count))

    @cached_property
    def tokens(self) -> SharedLoader[UUID, list[Credential]]:
        """The bearer tokens of a tenant in which the viewer manages them."""

        async def load(tenant_ids: list[UUID]) -> list[list[Credential]]:
            found = await managed_credentials.tokens_by_tenant(tenant_ids)
            return [found[tenant_id] for tenant_id in tenant_ids]

        return SharedLoader(self._work, load)

    @cached_property
    def rejected_tokens(self) -> SharedLoader[tuple[UUID, datetime | None], list[Rejected]]:
        """The tokens, tried in vain since a moment, of a tenant in which the viewer manages them."""
        return SharedLoader(self._work, lambda keys: required(keys, rejected_credentials.rejected_by_tenant))

    @cached_property
    def credential_acts(self) -> SharedLoader[Credential, credential_acts.Acts]:
        """Who issued and who revoked a credential of a tenant in sight."""

        async def load(found: list[Credential]) -> list[credential_acts.Acts]:
            acts = await credential_acts.acts_on(found)
            return [acts[credential.id] for credential in found]

        return SharedLoader(self._work, load, max_batch_size=credential_acts.AT_ONCE)

    @cached_property
    def contact(self) -> SharedLoader[UUID, scim_requests.Contact]:
        """When a tenant in sight was heard of last."""

        async def load(ids: list[UUID]) -> list[scim_requests.Contact]:
            found = await scim_requests.contacts(ids)
            return [found[key] for key in ids]

        return SharedLoader(self._work, load)
