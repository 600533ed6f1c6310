"""The filters of each list, and their translation into conditions of the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from typing import Annotated, ClassVar, Final
from uuid import UUID

import strawberry

from gatehouse.api.graphql.enums import (
    ActorKind,
    AuditOutcome,
    EventAction,
    EventOutcome,
    HealthState,
    Outcome,
    ResourceKind,
    ScimOperation,
    Severity,
    TenantStatus,
    UserStatus,
)
from gatehouse.api.graphql.filters import DateTimeFilter, IdFilter, IntFilter, StringFilter, given
from gatehouse.errors import TooMany
from gatehouse.services.directory import And, Compare, Condition, Not, Or

MAX_DEPTH: Final = 10
MAX_TERMS: Final = 100
MAX_ITEMS: Final = 100
_AND = "All of these, and everything else given here."
_OR = "At least one of these, and everything else given here."
_NOT = "Not this, and everything else given here."


@strawberry.input(
    description=(
        "Which users. Parts are joined by and; one that is null asks for nothing. Deleted users are left out unless"
        " `status` asks for them."
    )
)
class UserWhere:
    """Filters of users. Those on names, addresses, numbers, userName and externalId need READ_PII."""

    ids: ClassVar[dict[str, frozenset[str]]] = {
        "tenant_id": frozenset({"Tenant"}),
        "role_id": frozenset({"Role"}),
        "group_id": frozenset({"EmployeeGroup"}),
    }
    and_: list[Annotated[UserWhere, strawberry.lazy("gatehouse.api.graphql.wheres")]] | None = strawberry.field(
        default=strawberry.UNSET, name="and", description=_AND
    )
    or_: list[Annotated[UserWhere, strawberry.lazy("gatehouse.api.graphql.wheres")]] | None = strawberry.field(
        default=strawberry.UNSET, name="or", description=_OR
    )
    not_: Annotated[UserWhere, strawberry.lazy("gatehouse.api.graphql.wheres")] | None = strawberry.field(
        default=strawberry.UNSET, name="not", description=_NOT
    )
    tenant_id: IdFilter | None = strawberry.field(default=strawberry.UNSET, description="The tenant.")
    status: list[UserStatus] | None = strawberry.field(default=strawberry.UNSET, description="One of these states.")
    role_id: IdFilter | None = strawberry.field(default=strawberry.UNSET, description="The role in force.")
    group_id: IdFilter | None = strawberry.field(default=strawberry.UNSET, description="An employee group in force.")
    role_outcome: list[Outcome] | None = strawberry.field(
        default=strawberry.UNSET, description="How the role came about."
    )
    has_override: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether an override is in force, or would be if the user were enabled."
    )
    has_unmapped_segments: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether a segment of userType has no rule."
    )
    user_name: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="userName.")
    external_id: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="externalId, case-exact.")
    display_name: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="displayName.")
    given_name: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="First name.")
    family_name: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="Last name.")
    title: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="Job title.")
    user_type: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="userType.")
    email: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Any e-mail address of the user."
    )
    phone: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Any phone number of the user, as it was sent."
    )
    department: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Department of the enterprise extension."
    )
    employee_number: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Employee number of the enterprise extension."
    )
    active: bool | None = strawberry.field(default=strawberry.UNSET, description="The SCIM attribute.")
    created_at: DateTimeFilter | None = strawberry.field(
        default=strawberry.UNSET, description="When provisioned first."
    )
    updated_at: DateTimeFilter | None = strawberry.field(
        default=strawberry.UNSET, description="When an attribute changed last."
    )
    last_provisioned_at: DateTimeFilter | None = strawberry.field(
        default=strawberry.UNSET, description="When a SCIM client wrote last, whether or not that changed anything."
    )


@strawberry.input(description="Which tenants. Parts are joined by and; one that is null asks for nothing.")
class TenantWhere:
    """Filters of tenants."""

    ids: ClassVar[dict[str, frozenset[str]]] = {}
    and_: list[Annotated[TenantWhere, strawberry.lazy("gatehouse.api.graphql.wheres")]] | None = strawberry.field(
        default=strawberry.UNSET, name="and", description=_AND
    )
    or_: list[Annotated[TenantWhere, strawberry.lazy("gatehouse.api.graphql.wheres")]] | None = strawberry.field(
        default=strawberry.UNSET, name="or", description=_OR
    )
    not_: Annotated[TenantWhere, strawberry.lazy("gatehouse.api.graphql.wheres")] | None = strawberry.field(
        default=strawberry.UNSET, name="not", description=_NOT
    )
    status: list[TenantStatus] | None = strawberry.field(default=strawberry.UNSET, description="One of these states.")
    health: list[HealthState] | None = strawberry.field(
        default=strawberry.UNSET, description="Its connection with Entra ID is in one of these states now."
    )
    slug: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="The slug.")
    name: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="The name.")
    created_at: DateTimeFilter | None = strawberry.field(default=strawberry.UNSET, description="When it was created.")
    has_unmapped_values: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether users have titles or userType segments without a rule, those ignored for now apart.",
    )


@strawberry.input(description="Which events. Parts are joined by and; one that is null asks for nothing.")
class ProvisioningEventWhere:
    """Filters of events. The one on `resourceName` needs READ_PII."""

    ids: ClassVar[dict[str, frozenset[str]]] = {
        "tenant_id": frozenset({"Tenant"}),
        "user_id": frozenset({"User"}),
        "actor_id": frozenset({"Credential", "ApiKey", "Admin"}),
    }
    and_: list[Annotated[ProvisioningEventWhere, strawberry.lazy("gatehouse.api.graphql.wheres")]] | None = (
        strawberry.field(default=strawberry.UNSET, name="and", description=_AND)
    )
    or_: list[Annotated[ProvisioningEventWhere, strawberry.lazy("gatehouse.api.graphql.wheres")]] | None = (
        strawberry.field(default=strawberry.UNSET, name="or", description=_OR)
    )
    not_: Annotated[ProvisioningEventWhere, strawberry.lazy("gatehouse.api.graphql.wheres")] | None = strawberry.field(
        default=strawberry.UNSET, name="not", description=_NOT
    )
    tenant_id: IdFilter | None = strawberry.field(default=strawberry.UNSET, description="The tenant.")
    user_id: IdFilter | None = strawberry.field(default=strawberry.UNSET, description="The user concerned.")
    resource_kind: list[ResourceKind] | None = strawberry.field(
        default=strawberry.UNSET, description="Users or groups."
    )
    resource_name: StringFilter | None = strawberry.field(
        default=strawberry.UNSET,
        description="userName or displayName at that time, case-exact; `userId` finds a user under every name.",
    )
    action: list[EventAction] | None = strawberry.field(default=strawberry.UNSET, description="What was done.")
    outcome: list[EventOutcome] | None = strawberry.field(default=strawberry.UNSET, description="How it ended.")
    severity: list[Severity] | None = strawberry.field(
        default=strawberry.UNSET, description="How much it weighs: another word for the outcome."
    )
    changed_path: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="A property that changed, in SCIM spelling; `emails` finds all of them."
    )
    actor_id: IdFilter | None = strawberry.field(default=strawberry.UNSET, description="Who asked.")
    request_id: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="Our id of the request.")
    correlation_id: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The client's id of the request."
    )
    cycle_id: IdFilter | None = strawberry.field(
        default=strawberry.UNSET,
        description="The cycle in which a SCIM client did it, an `id` of `Insights.cycles`; as long as the log has its requests.",
    )
    error_code: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="Entra's word for the error."
    )
    mapping_version: IntFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The mapping version that decided."
    )
    occurred_at: DateTimeFilter | None = strawberry.field(default=strawberry.UNSET, description="When.")


@strawberry.input(description="Which SCIM requests. Parts are joined by and; one that is null asks for nothing.")
class ScimRequestWhere:
    """Filters of requests."""

    ids: ClassVar[dict[str, frozenset[str]]] = {
        "tenant_id": frozenset({"Tenant"}),
        "user_id": frozenset({"User"}),
        "credential_id": frozenset({"Credential"}),
    }
    and_: list[Annotated[ScimRequestWhere, strawberry.lazy("gatehouse.api.graphql.wheres")]] | None = strawberry.field(
        default=strawberry.UNSET, name="and", description=_AND
    )
    or_: list[Annotated[ScimRequestWhere, strawberry.lazy("gatehouse.api.graphql.wheres")]] | None = strawberry.field(
        default=strawberry.UNSET, name="or", description=_OR
    )
    not_: Annotated[ScimRequestWhere, strawberry.lazy("gatehouse.api.graphql.wheres")] | None = strawberry.field(
        default=strawberry.UNSET, name="not", description=_NOT
    )
    tenant_id: IdFilter | None = strawberry.field(default=strawberry.UNSET, description="The tenant.")
    operation: list[ScimOperation] | None = strawberry.field(
        default=strawberry.UNSET, description="What was asked for."
    )
    status: IntFilter | None = strawberry.field(default=strawberry.UNSET, description="The HTTP status.")
    status_class: list[int] | None = strawberry.field(
        default=strawberry.UNSET, description="The first digit of the HTTP status: `[4, 5]` is whatever failed."
    )
    scim_type: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The SCIM error type, such as `uniqueness`."
    )
    user_id: IdFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The user whose id is in the path."
    )
    scim_id: list[UUID] | None = strawberry.field(
        default=strawberry.UNSET, description="The SCIM id in the path, of a user or a group."
    )
    credential_id: IdFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The credential it came with."
    )
    duration_ms: IntFilter | None = strawberry.field(
        default=strawberry.UNSET, description="How long the answer took, in whole milliseconds."
    )
    rejected: bool | None = strawberry.field(
        default=strawberry.UNSET,
        description="Whether the credential was refused. Only who sees every tenant sees such requests.",
    )
    request_id: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="Our id of the request.")
    correlation_id: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The client's id of the request."
    )
    cycle_id: IdFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The cycle that it is part of, an `id` of `Insights.cycles`."
    )
    received_at: DateTimeFilter | None = strawberry.field(default=strawberry.UNSET, description="When.")


@strawberry.input(
    description="Which entries of the audit trail. Parts are joined by and; one that is null asks for nothing."
)
class AuditWhere:
    """Filters of audit entries."""

    ids: ClassVar[dict[str, frozenset[str]]] = {
        "tenant_id": frozenset({"Tenant"}),
        "actor_id": frozenset({"Credential", "ApiKey", "Admin"}),
    }
    and_: list[Annotated[AuditWhere, strawberry.lazy("gatehouse.api.graphql.wheres")]] | None = strawberry.field(
        default=strawberry.UNSET, name="and", description=_AND
    )
    or_: list[Annotated[AuditWhere, strawberry.lazy("gatehouse.api.graphql.wheres")]] | None = strawberry.field(
        default=strawberry.UNSET, name="or", description=_OR
    )
    not_: Annotated[AuditWhere, strawberry.lazy("gatehouse.api.graphql.wheres")] | None = strawberry.field(
        default=strawberry.UNSET, name="not", description=_NOT
    )
    tenant_id: IdFilter | None = strawberry.field(default=strawberry.UNSET, description="The tenant.")
    actor_id: IdFilter | None = strawberry.field(default=strawberry.UNSET, description="Who did it.")
    actor_kind: list[ActorKind] | None = strawberry.field(default=strawberry.UNSET, description="What kind of actor.")
    action: StringFilter | None = strawberry.field(
        default=strawberry.UNSET, description="The name of the mutation or command, case-exact."
    )
    target_type: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The type of what it was done to, such as `RoleRule`."
    )
    target_id: IdFilter | None = strawberry.field(
        default=strawberry.UNSET, description="What it was done to: the id of any node, or a `targetId` of an entry."
    )
    outcome: list[AuditOutcome] | None = strawberry.field(default=strawberry.UNSET, description="How it ended.")
    request_id: StringFilter | None = strawberry.field(default=strawberry.UNSET, description="Our id of the request.")
    occurred_at: DateTimeFilter | None = strawberry.field(default=strawberry.UNSET, description="When.")


_ONLY: Final = "Only those that match."

WhichUsers = Annotated[UserWhere | None, strawberry.argument(description=_ONLY)]
WhichTenants = Annotated[TenantWhere | None, strawberry.argument(description=_ONLY)]
WhichEvents = Annotated[ProvisioningEventWhere | None, strawberry.argument(description=_ONLY)]
WhichRequests = Annotated[ScimRequestWhere | None, strawberry.argument(description=_ONLY)]
WhichEntries = Annotated[AuditWhere | None, strawberry.argument(description=_ONLY)]

Where = UserWhere | TenantWhere | ProvisioningEventWhere | ScimRequestWhere | AuditWhere
_RENAMED: Final = {"userId": "resourceId", "scimId": "resourceId"}


def to_condition(where: Where | None, now: datetime) -> Condition | None:
    """Translate a filter; None when it asks for nothing.

    :param now: of the whole answer, so that lists inside each other are asked for alike.
    :raises TooMany: it is nested too deeply, or has too many comparisons or list items.
    :raises InvalidValue: it compares with null.
    """
    if not where:
        return None
    terms = tuple(_terms(where, now, depth=1))
    if sum(_weigh(term) for term in terms) > MAX_TERMS:
        raise TooMany(f"A filter may hold {MAX_TERMS} comparisons", path="where")
    return And(terms) if terms else None


def _terms(where: Where, now: datetime, depth: int) -> Iterator[Condition]:
    if depth > MAX_DEPTH:
        raise TooMany(f"A filter may be nested {MAX_DEPTH} levels deep", path="where")
    for item in fields(where):
        value = given(getattr(where, item.name))
        if value is None:
            continue
        if item.name in {"and_", "or_"}:
            parts = tuple(And(tuple(_terms(part, now, depth + 1))) for part in value)
            yield And(parts) if item.name == "and_" else Or(parts)
        elif item.name == "not_":
            yield Not(And(tuple(_terms(value, now, depth + 1))))
        else:
            yield from _compares(where, item.name, value, now)


def _compares(where: Where, name: str, value: object, now: datetime) -> Iterator[Compare]:
    first, *rest = name.split("_")
    field = first + "".join(word.title() for word in rest)
    field = _RENAMED.get(field, field)
    if isinstance(value, IdFilter):
        special = {"cycle_id": value.cycles, "target_id": value.targets}.get(name)
        yield from special() if special else value.compares(field, where.ids[name])
    elif isinstance(value, bool):
        yield Compare(field, "eq", value)
    elif isinstance(value, list):
        yield Compare(field, "in", tuple(str(item) for item in value))
    elif isinstance(value, DateTimeFilter):
        yield from value.compares(field, now)
    elif isinstance(value, StringFilter | IntFilter):
        yield from value.compares(field)


def _weigh(condition: Condition) -> int:
    if isinstance(condition, Compare):
        items = len(condition.value) if isinstance(condition.value, tuple) else 1
        if items > MAX_ITEMS:
            raise TooMany(f"A list in a filter may hold {MAX_ITEMS} items", path="where")
        return 1
    if isinstance(condition, Not):
        return _weigh(condition.term)
    return 1 + sum(_weigh(term) for term in condition.terms)
