"""Lists that every tenant has: however many tenants are shown, one statement reads the same page of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from gatehouse.api.graphql.connections import Source
from gatehouse.api.graphql.context import Context
from gatehouse.services.directory import Condition, Page, PageRequest

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class TenantList(Generic[R]):
    """How a list is read for several tenants in sight at once."""

    pages: Callable[[Sequence[UUID], PageRequest], Awaitable[dict[UUID, Page[R]]]]
    counts: Callable[[Sequence[UUID], Condition | None], Awaitable[dict[UUID, int]]]

    def of(self, tenant_id: UUID, context: Context) -> Source[R]:
        """The list of one tenant, read together with those of others that are asked for."""
        loaders = context.loaders
        return Source(
            lambda page: loaders.tenant_list.load((tenant_id, (self, page))),
            lambda condition: loaders.tenant_list_count.load((tenant_id, (self, condition))),
        )
