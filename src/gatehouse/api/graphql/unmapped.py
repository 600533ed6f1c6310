"""Values without a rule, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final, Self
from uuid import UUID

import strawberry

from gatehouse.api.graphql.budget import MAX_PAGE, page_fault
from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.connections import Connection
from gatehouse.api.graphql.context import Context, Info
from gatehouse.api.graphql.enums import MappingKind
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.mapping import load_groups, load_role
from gatehouse.api.graphql.node import Node
from gatehouse.errors import Forbidden, InvalidValue
from gatehouse.mapping import similar
from gatehouse.services import clock, masking, unmapped_values
from gatehouse.services.unmapped_values import Key, SeenValue

if TYPE_CHECKING:
    from gatehouse.api.graphql.users import User

SAMPLE_USERS: Final = 5

Kind = Annotated[MappingKind | None, strawberry.argument(description="Only values of this half of the mapping.")]
SearchValue = Annotated[str | None, strawberry.argument(description="A part of the value, whatever its case.")]
IncludeIgnored = Annotated[bool, strawberry.argument(description="Also those that are ignored for now.")]
IncludeUnused = Annotated[
    bool, strawberry.argument(description="Also those that nobody has now, or that have a rule by now.")
]
SampleSize = Annotated[int, strawberry.argument(description=f"How many, 0 to {MAX_PAGE}.")]


@strawberry.type(description="One way to write a value.")
class ValueVariant:
    """A spelling as users have it."""

    value: str = strawberry.field(description="As Entra sent it.")
    users: int = strawberry.field(description="How many users have it so.")


@strawberry.type(description="What a value could be mapped to.")
class MappingSuggestion:
    """A suggestion of :class:`gatehouse.mapping.similar.Suggestion`."""

    label: str = strawberry.field(description="The role, or the employee groups, by name.")
    score: float = strawberry.field(description="How much alike, 0 to 1.")
    reason: str = strawberry.field(description="What the value resembles.")
    suggestion: strawberry.Private[similar.Suggestion]

    @resolver("The role; null for a value of userType.")
    async def role(self, info: Info) -> Role | None:
        """Load the role."""
        return await load_role(info.context, self.suggestion.role_id)

    @resolver("The employee groups; none for a title.")
    async def groups(self, info: Info) -> list[EmployeeGroup]:
        """Load the groups."""
        return await load_groups(info.context, self.suggestion.group_ids)


@strawberry.type(
    description=(
        "A title, or a segment of userType, that was seen without a rule. Of attributes that are personal the value is"
        " masked without READ_PII."
    )
)
class UnmappedValue(Node):
    """A value of :class:`gatehouse.store.unmapped_values.SeenValue`."""

    kind: MappingKind = strawberry.field(description="Which kind of rule is missing.")
    users: int = strawberry.field(
        description="How many users have it now without a rule, disabled ones included; none as soon as it has a rule."
    )
    first_seen_at: datetime = strawberry.field(description="When somebody was first given it without a rule.")
    ignored: bool = strawberry.field(description="Whether somebody has said that it needs no rule for now.")
    ignored_until: datetime | None = strawberry.field(description="Until when it is ignored; null: without end.")
    ignore_reason: str | None = strawberry.field(description="Why it is ignored.")
    record: strawberry.Private[SeenValue]

    @property
    def _place(self) -> tuple[UUID, Key]:
        return self.record.tenant_id, (self.record.kind, self.record.key)

    @resolver("The value, in its most common spelling.")
    async def value(self, info: Info) -> str:
        """Choose a spelling."""
        found = await info.context.loaders.spellings.load(self._place)
        value = (found[0].value if found else self.record.value).strip()
        return masking.mask(value) if await self._hidden(info.context) else value

    @resolver("All spellings, the most common first.")
    async def variants(self, info: Info) -> list[ValueVariant]:
        """List the spellings."""
        hidden = await self._hidden(info.context)
        found = await info.context.loaders.spellings.load(self._place)
        return [ValueVariant(value=masking.mask(s.value) if hidden else s.value, users=s.users) for s in found]

    @resolver("When somebody was given it last without a rule, by Entra or because a rule was removed.")
    async def last_seen_at(self, info: Info) -> datetime:
        """Load the moment."""
        return await info.context.loaders.last_seen.load(self._place) or self.record.first_seen_at

    @resolver("What it could be mapped to, most similar first.")
    async def suggestions(self, info: Info) -> list[MappingSuggestion]:
        """Compare with rules, roles and groups."""
        found = await info.context.loaders.suggestions.load(self._place)
        return [MappingSuggestion(label=s.label, score=s.score, reason=s.reason, suggestion=s) for s in found]

    @resolver("Some of the users who have it, those provisioned last first.")
    async def sample_users(
        self, info: Info, *, first: SampleSize = SAMPLE_USERS
    ) -> list[Annotated[User, strawberry.lazy("gatehouse.api.graphql.users")]]:
        """Load users."""
        fault = page_fault("first", first)
        if fault:
            raise InvalidValue(fault)
        tenant_id, key = self._place
        ids = await unmapped_values.holders(tenant_id, key, limit=first)
        users = await info.context.loaders.user.load_many(ids)
        return [user for user in users if user is not None]

    async def _hidden(self, context: Context) -> bool:
        """Whether the value may be personal; one that nobody has now may stem from another attribute."""
        if context.may_see_people(self.record.tenant_id):
            return False
        return not self.record.users or not await is_open(context, self.record.tenant_id, self.kind)

    @classmethod
    def from_record(cls, record: SeenValue) -> Self:
        """Wrap a record."""
        ignored = record.is_ignored(clock.now())
        return cls(
            id=global_id("UnmappedValue", record.id),
            kind=record.kind,
            users=record.users,
            first_seen_at=record.first_seen_at,
            ignored=ignored,
            ignored_until=record.ignored_until if ignored else None,
            ignore_reason=record.ignore_reason if ignored else None,
            record=record,
        )


@strawberry.type(description="A page of values without a rule.")
class UnmappedValueConnection(Connection[UnmappedValue]):
    """Values in order."""


async def is_open(context: Context, tenant_id: UUID, kind: MappingKind) -> bool:
    """Whether the attribute that feeds this half of the mapping may be seen without READ_PII."""
    tenant = await context.loaders.tenant.load(tenant_id)
    if tenant is None:
        return False
    mapping = await context.loaders.mapping.load((tenant_id, tenant.record.mapping_version))
    settings = mapping.settings
    return masking.is_open(settings.role_attribute if kind is MappingKind.ROLE else settings.group_attribute)


async def refuse_search_of_personal_values(
    context: Context, tenant_id: UUID, kind: MappingKind | None, *, unused: bool
) -> None:
    """Without READ_PII a search must not tell what is masked.

    :raises Forbidden: it would.
    """
    if context.may_see_people(tenant_id):
        return
    kinds = [kind] if kind else list(MappingKind)
    if unused or not all([await is_open(context, tenant_id, each) for each in kinds]):
        raise Forbidden("Searching values that may be personal needs READ_PII", path="search")
