"""Who is asking, and what they may do."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from gatehouse import records
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.enums import ActorKind, Permission
from gatehouse.api.graphql.events import ACTOR_TYPES
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import global_id, row_id
from gatehouse.api.graphql.rate import RateLimit


@strawberry.type(description="Who is asking. The tenants in sight are `Query.tenants`.")
class Viewer:
    """An API key or administrator that signed in."""

    id: strawberry.ID = strawberry.field(description="The key's id.")
    name: str = strawberry.field(description="The key's name.")
    kind: ActorKind = strawberry.field(description="What kind of actor.")
    record: strawberry.Private[records.Viewer]

    @resolver("What the viewer may do in a tenant; without tenant: what it may do in every tenant.")
    def permissions(
        self,
        tenant_id: Annotated[strawberry.ID | None, strawberry.argument(description="The tenant.")] = strawberry.UNSET,
    ) -> list[Permission]:
        """List permissions in the order of the enum; an id that names no tenant has none."""
        if not tenant_id:
            held = {right for grant in self.record.grants if grant.tenant_id is None for right in grant.permissions}
            return [right for right in records.Permission if right in held]
        tenant = row_id("Tenant", tenant_id)
        held = set(self.record.permissions(tenant)) if tenant else set()
        return [right for right in records.Permission if right in held]

    @resolver("How many requests the viewer may still send; null where there is no limit.")
    def rate_limit(self, info: Info) -> RateLimit | None:
        """Look at the account."""
        context = info.context
        standing = context.standing()
        return RateLimit.of(standing, now=context.now, cost=context.cost or 0) if standing else None

    @classmethod
    def from_record(cls, viewer: records.Viewer) -> Self:
        """Wrap a record."""
        type_name = ACTOR_TYPES.get(viewer.kind, "Viewer")
        return cls(id=global_id(type_name, viewer.id), name=viewer.name, kind=viewer.kind, record=viewer)
