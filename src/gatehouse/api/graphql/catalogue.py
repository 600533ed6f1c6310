"""Roles and employee groups: what a mapping can give."""

from __future__ import annotations

from datetime import datetime
from typing import Self

import strawberry

from gatehouse import records
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.node import Node


@strawberry.type(description="A Funnel role of one tenant's catalogue; a user has at most one.")
class Role(Node):
    """Catalogue entry."""

    key: str = strawberry.field(description="Its short name in rules and scripts, unique in the tenant.")
    name: str = strawberry.field(description="What people call it.")
    privileged: bool = strawberry.field(description="Whether gaining it deserves a second look.")
    archived_at: datetime | None = strawberry.field(description="When it was taken out of use.")
    record: strawberry.Private[records.Role]

    @resolver("How many users have it in force; they are `Query.users(where: {roleId: …})`.")
    async def user_count(self, info: Info) -> int:
        """Count them, together with those of other roles."""
        return await info.context.loaders.role_users.load((self.record.tenant_id, self.record.id))

    @classmethod
    def from_record(cls, role: records.Role) -> Self:
        """Wrap a record."""
        return cls(
            id=global_id("Role", role.id),
            key=role.key,
            name=role.name,
            privileged=role.privileged,
            archived_at=role.archived_at,
            record=role,
        )


@strawberry.type(description="A Funnel group of one tenant's catalogue; not a SCIM Group.")
class EmployeeGroup(Node):
    """Catalogue entry."""

    key: str = strawberry.field(description="Its short name in rules and scripts, unique in the tenant.")
    name: str = strawberry.field(description="What people call it.")
    archived_at: datetime | None = strawberry.field(description="When it was taken out of use.")
    record: strawberry.Private[records.EmployeeGroup]

    @resolver("How many users have it in force; they are `Query.users(where: {groupId: …})`.")
    async def user_count(self, info: Info) -> int:
        """Count them, together with those of other employee groups."""
        return await info.context.loaders.group_users.load((self.record.tenant_id, self.record.id))

    @classmethod
    def from_record(cls, group: records.EmployeeGroup) -> Self:
        """Wrap a record."""
        return cls(
            id=global_id("EmployeeGroup", group.id),
            key=group.key,
            name=group.name,
            archived_at=group.archived_at,
            record=group,
        )
