"""The audit trail: who changed what through the admin API or the command line, and who tried to."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from gatehouse.api.graphql.connections import Connection
from gatehouse.api.graphql.context import Context, Info
from gatehouse.api.graphql.enums import AuditOutcome
from gatehouse.api.graphql.events import Actor, FieldChange
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.node import Node
from gatehouse.services import audit_trail

if TYPE_CHECKING:
    from gatehouse.api.graphql.tenants import Tenant


@strawberry.type(description="One act through the admin API or the command line: who, what, before and after, and why.")
class AuditEntry(Node):
    """An entry of :class:`gatehouse.store.audit.AuditEntry`."""

    occurred_at: datetime = strawberry.field(description="When; of refused attempts the first.")
    action: str = strawberry.field(description="The name of the mutation or command.")
    target_type: str = strawberry.field(description="The type of what it was done to.")
    target_id: strawberry.ID = strawberry.field(
        description=(
            "The id of what it was done to; of a tenant that was not made, for want of permission, its slug; `*`: all"
            " tenants."
        )
    )
    reason: str | None = strawberry.field(description="Why, as far as it was said; of a refused attempt, why not.")
    request_id: strawberry.ID = strawberry.field(description="Our id of the request.")
    outcome: AuditOutcome = strawberry.field(description="Whether it was allowed and worked.")
    attempts: int = strawberry.field(
        description="How often: the same actor's refused attempts at one thing are one entry for an hour."
    )
    last_at: datetime | None = strawberry.field(description="When the last of several attempts was.")
    summary: str = strawberry.field(description="All of this in one line.")
    entry: strawberry.Private[audit_trail.AuditEntry]

    @resolver("Who did it.")
    def actor(self) -> Actor:
        """Wrap the actor."""
        return Actor.from_record(self.entry.actor)

    @resolver("What was different afterwards.")
    def changes(self, info: Info) -> list[FieldChange]:
        """Wrap the changes; what may name a person is masked unless the viewer may see personal data."""
        tenant_id = self.entry.tenant_id
        seen = bool(tenant_id and info.context.may_see_people(tenant_id))
        return [
            FieldChange.from_record(change, personal=seen or not audit_trail.is_personal(self.entry, change))
            for change in self.entry.changes
        ]

    @resolver("The tenant; null for what concerns the whole server.")
    async def tenant(self, info: Info) -> Annotated[Tenant, strawberry.lazy("gatehouse.api.graphql.tenants")] | None:
        """Load the tenant."""
        return await info.context.loaders.tenant.load(self.entry.tenant_id) if self.entry.tenant_id else None

    @classmethod
    def from_record(cls, entry: audit_trail.AuditEntry, context: Context) -> Self:
        """Wrap a record; what is about a person is masked unless the viewer may see personal data."""
        about_a_person = audit_trail.is_about_a_person(entry)
        personal = not about_a_person or bool(entry.tenant_id and context.may_see_people(entry.tenant_id))
        reason = entry.reason if personal else audit_trail.masked_reason(entry)
        return cls(
            id=global_id("AuditEntry", entry.id),
            occurred_at=entry.occurred_at,
            action=entry.action,
            target_type=entry.target_type,
            target_id=_target(entry),
            reason=reason,
            request_id=strawberry.ID(entry.request_id),
            outcome=entry.outcome,
            attempts=entry.attempts,
            last_at=entry.last_at,
            summary=_summary(entry, reason),
            entry=entry,
        )


@strawberry.type(description="A page of the audit trail.")
class AuditEntryConnection(Connection[AuditEntry]):
    """Entries in order."""


def _summary(entry: audit_trail.AuditEntry, reason: str | None) -> str:
    refused = entry.outcome is not audit_trail.AuditOutcome.SUCCEEDED
    verb = f"was refused {entry.action}" if refused else f"did {entry.action}"
    times = f" {entry.attempts} times" if entry.attempts > 1 else ""
    return f"{entry.actor.display} {verb}{times}{f': {reason}' if reason else ''}"


def _target(entry: audit_trail.AuditEntry) -> strawberry.ID:
    """The id as the rest of the API gives it, where the target has one."""
    try:
        return global_id(entry.target_type, UUID(entry.target_id))
    except ValueError:
        return strawberry.ID(entry.target_id)
