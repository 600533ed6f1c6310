"""Provisioning events: what happened to a user or group, who asked, and what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self
from uuid import UUID

import strawberry

from gatehouse import records
from gatehouse.api.graphql.connections import Connection
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.enums import ActorKind, EventAction, EventOutcome, ResourceKind, Severity
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.ids import global_id, global_id_of
from gatehouse.api.graphql.made import Recorded, Written
from gatehouse.api.graphql.node import Node
from gatehouse.api.graphql.scalars import JsonValue
from gatehouse.services import masking
from gatehouse.services.history import ACTIONS, KINDS, OUTCOMES, ListedEvent

if TYPE_CHECKING:
    from gatehouse.api.graphql.tenants import Tenant
    from gatehouse.api.graphql.users import User

ACTOR_TYPES = {
    records.ActorKind.SCIM_TOKEN: "Credential",
    records.ActorKind.API_KEY: "ApiKey",
    records.ActorKind.ADMIN: "Admin",
}


@strawberry.type(description="Who did it.")
class Actor:
    """A credential, an API key, an administrator, or Gatehouse itself."""

    kind: ActorKind = strawberry.field(description="What kind of actor.")
    id: strawberry.ID | None = strawberry.field(description="The credential's or key's id; null for Gatehouse itself.")
    display: str = strawberry.field(description="Its label.")

    @classmethod
    def from_record(cls, actor: records.Actor) -> Self:
        """Wrap a record."""
        type_name = ACTOR_TYPES.get(actor.kind)
        actor_id = global_id(type_name, actor.id) if type_name and actor.id else None
        return cls(kind=actor.kind, id=actor_id, display=actor.display)


@strawberry.type(description="One property before and after.")
class FieldChange:
    """A change as the history keeps it."""

    path: str = strawberry.field(
        description="In SCIM spelling, e.g. `name.familyName`; or `role`, `employeeGroups` for access; of a tenant e.g. `settings.scimMode`."
    )
    before: JsonValue | None = strawberry.field(description="The value before; null if there was none.")
    after: JsonValue | None = strawberry.field(description="The value after; null if there is none.")
    redacted: bool = strawberry.field(description="Whether the values are masked for want of READ_PII.")

    @classmethod
    def from_record(cls, change: records.Change, *, personal: bool) -> Self:
        """Wrap a record; masked unless the viewer may see personal data."""
        redacted = not personal and not masking.is_open(change.path)
        shown = masking.mask_change(change) if redacted else change
        return cls(
            path=shown.path,
            before=None if shown.before is None else JsonValue(shown.before),
            after=None if shown.after is None else JsonValue(shown.after),
            redacted=redacted,
        )


@strawberry.type(description="The access of a user before and after, as far as it changed.")
class AccessChange:
    """What an event did to the role and the employee groups on record; keys of the catalogue, as they were then."""

    role_changed: bool = strawberry.field(description="Whether the role changed.")
    role_before: str | None = strawberry.field(description="Key of the role before; null: none, or unchanged.")
    role_after: str | None = strawberry.field(description="Key of the role after; null: none, or unchanged.")
    groups_added: list[str] = strawberry.field(description="Keys of the employee groups gained.")
    groups_removed: list[str] = strawberry.field(description="Keys of the employee groups lost.")

    @classmethod
    def from_changes(cls, changes: Iterable[records.Change]) -> Self | None:
        """Pick the changes of access; None when there is none."""
        found = {change.path: change for change in changes if change.path in {"role", "employeeGroups"}}
        if not found:
            return None
        role = found.get("role", records.Change("role", None, None))
        groups = found.get("employeeGroups", records.Change("employeeGroups", None, None))
        before, after = _keys(groups.before), _keys(groups.after)
        return cls(
            role_changed="role" in found,
            role_before=None if role.before is None else str(role.before),
            role_after=None if role.after is None else str(role.after),
            groups_added=[key for key in after if key not in before],
            groups_removed=[key for key in before if key not in after],
        )


def _keys(value: object) -> list[str]:
    return [str(key) for key in value] if isinstance(value, list) else []


def _written(text: str, **names: Any) -> Written:
    return Written(text, parts={"record": "it.record", "personal": "it.personal"}, **names)


def _name(event: ListedEvent, personal: bool) -> str | None:
    name = event.resource_name
    return masking.mask(name) if name and not personal else name


def _reason(event: ListedEvent, personal: bool) -> str | None:
    if not event.reason or personal:
        return event.reason
    return masking.mask_sentence(event.reason, event.resource_name, *masking.personal_texts(event.changes))


@strawberry.type(description="One thing that happened to a user or group: who asked, what changed, how it ended.")
class ProvisioningEvent(Recorded, Node):
    """A row of the history."""

    occurred_at: datetime = strawberry.field(description="When.")
    resource_kind: ResourceKind = strawberry.field(description="Whether it is about a user or a SCIM group.")
    resource_id: UUID | None = strawberry.field(description="The SCIM id; null if there was none yet.")
    resource_name: str | None = strawberry.field(description="userName or displayName at that time.")
    action: EventAction = strawberry.field(description="What was done.")
    outcome: EventOutcome = strawberry.field(description="How it ended.")
    reason: str | None = strawberry.field(description="Why it was refused, or what to look at.")
    error_code: str | None = strawberry.field(description="The word that Entra's provisioning logs use for it.")
    http_status: int | None = strawberry.field(description="What the SCIM client was answered.")
    request_id: str = strawberry.field(description="Our id of the request.")
    correlation_id: str | None = strawberry.field(description="The client's id of the request.")
    mapping_version: int | None = strawberry.field(description="The mapping version that decided the access.")
    record: strawberry.Private[ListedEvent]
    personal: strawberry.Private[bool]

    MADE: ClassVar[Mapping[str, Callable[[ProvisioningEvent], object]]] = {
        "id": global_id_of("ProvisioningEvent", "record.key"),
        "occurred_at": _written("written(record.occurred_us)", gives=str, written=records.iso_of_microseconds),
        "resource_kind": _written("record.kind", table=KINDS),
        "resource_id": _written("record.resource_id"),
        "resource_name": _written("name(record, personal)", gives=str, maybe=True, name=_name),
        "action": _written("record.act", table=ACTIONS),
        "outcome": _written("record.end", table=OUTCOMES),
        "reason": _written("reason(record, personal)", reason=_reason),
        "error_code": _written("record.error_code", gives=str, maybe=True),
        "http_status": _written("record.http_status"),
        "request_id": _written("record.request_id", gives=str),
        "correlation_id": _written("record.correlation_id", gives=str, maybe=True),
        "mapping_version": _written("record.mapping_version"),
    }
    COLUMNS: ClassVar[Mapping[str, Sequence[str]]] = {
        **dict.fromkeys(("id", "tenant"), ()),
        **{name: (name,) for name in ("occurred_at", "resource_kind", "resource_id", "resource_name", "action")},
        **{name: (name,) for name in ("outcome", "error_code", "http_status", "mapping_version")},
        **{name: (name,) for name in ("request_id", "correlation_id", "changes")},
        "reason": ("reason", "resource_name", "changes"),
        "actor": ("actor_kind", "actor_id", "actor_display"),
        "severity": ("outcome",),
        "access": ("changes",),
        "user": ("resource_kind", "resource_id"),
    }

    @resolver("Who asked.")
    def actor(self) -> Actor:
        """Wrap the actor."""
        return Actor.from_record(self.record.actor)

    @resolver("What changed, property by property; empty when nothing did.")
    def changes(self) -> list[FieldChange]:
        """Wrap the changes."""
        return [FieldChange.from_record(change, personal=self.personal) for change in self.record.changes]

    @resolver("How much it weighs: `ERROR` when it failed, `WARNING` when something is to be looked at.")
    def severity(self) -> Severity:
        """Tell it from the outcome."""
        return Severity(self.record.outcome.severity)

    @resolver("What it did to the user's access; null when nothing.")
    def access(self) -> AccessChange | None:
        """Pick it from the changes."""
        return AccessChange.from_changes(self.record.changes)

    @resolver("The user concerned, also when deleted since; null for groups and unknown users.")
    async def user(self, info: Info) -> Annotated[User, strawberry.lazy("gatehouse.api.graphql.users")] | None:
        """Load the user."""
        if self.record.resource_kind is not ResourceKind.USER or self.record.resource_id is None:
            return None
        return await info.context.loaders.user.load(self.record.resource_id)

    @resolver("The tenant.")
    async def tenant(self, info: Info) -> Annotated[Tenant, strawberry.lazy("gatehouse.api.graphql.tenants")] | None:
        """Load the tenant."""
        return await info.context.loaders.tenant.load(self.record.tenant_id)


@strawberry.type(description="A page of provisioning events.")
class ProvisioningEventConnection(Connection[ProvisioningEvent]):
    """Events in order."""
