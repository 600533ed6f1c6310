"""What mutations answer: what came of it, or why nothing did."""

from __future__ import annotations

import strawberry

from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.errors import UserError
from gatehouse.api.graphql.events import FieldChange
from gatehouse.api.graphql.mapping import Mapping
from gatehouse.api.graphql.tenants import Tenant
from gatehouse.api.graphql.unmapped import UnmappedValue
from gatehouse.api.graphql.users import User


@strawberry.interface(description="What every mutation answers.")
class MutationPayload:
    """Common fields of payloads."""

    user_errors: list[UserError] = strawberry.field(description="Why nothing happened; empty when it did.")
    request_id: strawberry.ID = strawberry.field(description="Names the request in logs and history.")
    client_mutation_id: str | None = strawberry.field(description="What the client gave along.")


@strawberry.type(description="Answer of roleUpsert.")
class RolePayload(MutationPayload):
    """The role as it is now."""

    role: Role | None = strawberry.field(default=None, description="The role; null if it was refused.")


@strawberry.type(description="Answer of employeeGroupUpsert.")
class EmployeeGroupPayload(MutationPayload):
    """The employee group as it is now."""

    employee_group: EmployeeGroup | None = strawberry.field(
        default=None, description="The employee group; null if it was refused."
    )


@strawberry.type(description="Answer of unmappedValueIgnore and unmappedValueUnignore.")
class UnmappedValuePayload(MutationPayload):
    """The value as it is now."""

    unmapped_value: UnmappedValue | None = strawberry.field(
        default=None, description="The value; null if it was refused."
    )


@strawberry.type(description="What a mapping change means, in numbers of users unless said otherwise.")
class Impact:
    """Counts of :class:`gatehouse.services.impact.Impact`."""

    users_evaluated: int = strawberry.field(description="Those whom the change could touch.")
    users_changed: int = strawberry.field(description="Those who get another role or other groups.")
    role_changes: int = strawberry.field(description="Those who get another role, or lose theirs.")
    group_adds: int = strawberry.field(description="Group memberships gained.")
    group_removes: int = strawberry.field(description="Group memberships lost.")
    gain_privileged: int = strawberry.field(description="Those who gain a privileged role.")
    lose_privileged: int = strawberry.field(description="Those who lose a privileged role.")
    become_unmapped: int = strawberry.field(description="Those who come to have a value without a rule.")
    become_mapped: int = strawberry.field(description="Those whose values all have rules from now on.")


@strawberry.type(description="Answer of every change of the mapping.")
class MappingPayload(MutationPayload):
    """The mapping as it is now, and whom the change reached."""

    mapping: Mapping | None = strawberry.field(
        default=None, description="The mapping in force after the change; after a dry run the unchanged one."
    )
    impact: Impact | None = strawberry.field(default=None, description="Whom the change reached, or would reach.")
    dry_run: bool = strawberry.field(default=False, description="Whether nothing was changed on request.")


@strawberry.type(description="Answer of tenantUpdate.")
class TenantPayload(MutationPayload):
    """The tenant as it is now, and what was changed of it."""

    tenant: Tenant | None = strawberry.field(
        default=None, description="The tenant after the change; after a dry run the unchanged one."
    )
    changes: list[FieldChange] = strawberry.field(
        default_factory=list, description="What changed, or would change; empty when everything was so already."
    )
    dry_run: bool = strawberry.field(default=False, description="Whether nothing was changed on request.")


@strawberry.type(description="Answer of every change of one user.")
class UserPayload(MutationPayload):
    """The user as it is now."""

    user: User | None = strawberry.field(
        default=None, description="The user after the change; after a dry run as it would be; null if it was refused."
    )
    dry_run: bool = strawberry.field(default=False, description="Whether nothing was changed on request.")
