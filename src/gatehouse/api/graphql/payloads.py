"""What mutations answer: what came of it, or why nothing did."""

from __future__ import annotations

import strawberry

from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.errors import UserError
from gatehouse.api.graphql.events import FieldChange
from gatehouse.api.graphql.findings import Finding
from gatehouse.api.graphql.plans import MappingPlan
from gatehouse.api.graphql.tenants import Tenant
from gatehouse.api.graphql.unmapped import UnmappedValue
from gatehouse.api.graphql.users import User
from gatehouse.api.graphql.versions import Impact, MappingVersion


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


@strawberry.type(description="Answer of every change of the mapping.")
class MappingPayload(MutationPayload):
    """The mapping as it is now, and whom the change reached."""

    mapping: MappingVersion | None = strawberry.field(
        default=None, description="The mapping in force after the change; after a dry run the unchanged one."
    )
    impact: Impact | None = strawberry.field(default=None, description="Whom the change reached, or would reach.")
    dry_run: bool = strawberry.field(default=False, description="Whether nothing was changed on request.")


@strawberry.type(description="Answer of tenantCreate.")
class TenantCreatePayload(MutationPayload):
    """The new tenant."""

    tenant: Tenant | None = strawberry.field(default=None, description="The new tenant; null if it was refused.")


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


@strawberry.type(description="Answer of what makes or ends a plan.")
class MappingPlanPayload(MutationPayload):
    """The plan, or what is wrong with the document."""

    plan: MappingPlan | None = strawberry.field(default=None, description="The plan; null if it was refused.")
    findings: list[Finding] = strawberry.field(
        default_factory=list,
        description="What was found, also when it made no plan: then the errors of the document with their lines.",
    )
