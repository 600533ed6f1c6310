"""Overrides as the API shows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Self

import strawberry

from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.events import Actor
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.mapping import load_groups, load_role
from gatehouse.mapping.override import Override
from gatehouse.mapping.resolve import Access
from gatehouse.services import masking


@strawberry.type(description="What an administrator decided for one user above the rules, until it expires.")
class AccessOverride:
    """An override; the reason is masked without READ_PII, for it may name people."""

    reason: str = strawberry.field(description="Why it was set.")
    set_at: datetime = strawberry.field(description="When it was set.")
    expires_at: datetime = strawberry.field(description="When it ends by itself.")
    override: strawberry.Private[Override]

    @resolver("Who set it.")
    def set_by(self) -> Actor:
        """Wrap the actor."""
        return Actor.from_record(self.override.set_by)

    @resolver("The role that it gives; null if it leaves the role to the rules.")
    async def role(self, info: Info) -> Role | None:
        """Load the role."""
        return await load_role(info.context, self.override.role_id)

    @resolver("The employee groups that it adds.")
    async def groups_added(self, info: Info) -> list[EmployeeGroup]:
        """Load the groups."""
        return await load_groups(info.context, self.override.added)

    @resolver("The employee groups that it withholds.")
    async def groups_removed(self, info: Info) -> list[EmployeeGroup]:
        """Load the groups."""
        return await load_groups(info.context, self.override.removed)

    @classmethod
    def from_value(cls, override: Override) -> Self:
        """Wrap an override whose reason may be shown as it is."""
        return cls(reason=override.reason, set_at=override.set_at, expires_at=override.expires_at, override=override)


def presentable(access: Access, *, personal: bool) -> Access:
    """The access with the reason of its override masked for who may not see personal data."""
    if personal or access.override is None:
        return access
    return replace(access, override=replace(access.override, reason=masking.mask(access.override.reason)))
