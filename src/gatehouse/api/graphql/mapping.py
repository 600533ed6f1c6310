"""Rules and mapping settings of a tenant as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self
from uuid import UUID

import strawberry

from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.context import Context, Info
from gatehouse.api.graphql.enums import UnmappedPolicy
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import global_id
from gatehouse.mapping import rules


async def load_role(context: Context, role_id: UUID | None) -> Role | None:
    """Load a role of a tenant in sight."""
    return await context.loaders.role.load(role_id) if role_id else None


async def load_groups(context: Context, group_ids: Iterable[UUID]) -> list[EmployeeGroup]:
    """Load employee groups of a tenant in sight, in the order of the ids."""
    found = await context.loaders.employee_group.load_many(group_ids)
    return [group for group in found if group is not None]


@strawberry.type(description="Gives a role to whoever has a title. Each title has one rule at most, whatever its case.")
class RoleRule:
    """A rule of :class:`gatehouse.mapping.rules.RoleRule`."""

    id: strawberry.ID = strawberry.field(description="Stable while the rule exists.")
    title_value: str = strawberry.field(description="The title, as it was typed.")
    note: str | None = strawberry.field(description="Why the rule is there.")
    since_version: int = strawberry.field(description="The mapping version since which it gives this role.")
    rule: strawberry.Private[rules.RoleRule]

    @resolver("The role that it gives.")
    async def role(self, info: Info) -> Role | None:
        """Load the role."""
        return await load_role(info.context, self.rule.role_id)

    @classmethod
    def from_rule(cls, rule: rules.RoleRule) -> Self:
        """Wrap a rule."""
        return cls(
            id=global_id("RoleRule", rule.id),
            title_value=rule.value,
            note=rule.note,
            since_version=rule.since_version,
            rule=rule,
        )


@strawberry.type(description="Gives employee groups to whoever has a userType, or a segment of one.")
class GroupRule:
    """A rule of :class:`gatehouse.mapping.rules.GroupRule`."""

    id: strawberry.ID = strawberry.field(description="Stable while the rule exists.")
    segment_value: str = strawberry.field(description="The segment or whole value, as it was typed.")
    note: str | None = strawberry.field(description="Why the rule is there.")
    since_version: int = strawberry.field(description="The mapping version since which it gives these groups.")
    rule: strawberry.Private[rules.GroupRule]

    @resolver("The employee groups that it gives, in order.")
    async def groups(self, info: Info) -> list[EmployeeGroup]:
        """Load the groups."""
        return await load_groups(info.context, self.rule.group_ids)

    @classmethod
    def from_rule(cls, rule: rules.GroupRule) -> Self:
        """Wrap a rule."""
        return cls(
            id=global_id("GroupRule", rule.id),
            segment_value=rule.value,
            note=rule.note,
            since_version=rule.since_version,
            rule=rule,
        )


@strawberry.type(description="How values are read, and what happens to those without a rule.")
class MappingSettings:
    """Settings of :class:`gatehouse.mapping.rules.MappingSettings`."""

    delimiter: str = strawberry.field(description="What userType is split on, literally; 1 to 8 characters.")
    role_attribute: str = strawberry.field(description="The SCIM attribute that decides the role.")
    group_attribute: str = strawberry.field(description="The SCIM attribute that decides the employee groups.")
    empty_title: UnmappedPolicy = strawberry.field(description="What a missing title leads to.")
    unmapped_title: UnmappedPolicy = strawberry.field(description="What a title without a rule leads to.")
    unmapped_group: UnmappedPolicy = strawberry.field(description="What a userType without any rule leads to.")
    settings: strawberry.Private[rules.MappingSettings]

    @resolver("The role that USE_DEFAULT gives.")
    async def default_role(self, info: Info) -> Role | None:
        """Load the role."""
        return await load_role(info.context, self.settings.default_role_id)

    @resolver("The employee groups that USE_DEFAULT gives.")
    async def default_groups(self, info: Info) -> list[EmployeeGroup]:
        """Load the groups."""
        return await load_groups(info.context, self.settings.default_group_ids)

    @classmethod
    def from_value(cls, settings: rules.MappingSettings) -> Self:
        """Wrap settings."""
        return cls(
            delimiter=settings.delimiter,
            role_attribute=settings.role_attribute,
            group_attribute=settings.group_attribute,
            empty_title=settings.empty_title,
            unmapped_title=settings.unmapped_title,
            unmapped_group=settings.unmapped_group,
            settings=settings,
        )
