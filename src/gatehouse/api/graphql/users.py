"""Users as the API shows them: what Entra sent, what access follows from it, and what happened."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final
from uuid import UUID

import strawberry

from gatehouse.api.graphql import timeline
from gatehouse.api.graphql.access import AccessExplanation, WhyNot
from gatehouse.api.graphql.attributes import AttributeState, attribute_states
from gatehouse.api.graphql.catalogue import EmployeeGroup, Role
from gatehouse.api.graphql.connections import (
    After,
    Before,
    Connection,
    FirstEvents,
    Last,
    Slice,
)
from gatehouse.api.graphql.context import Info
from gatehouse.api.graphql.enums import UserStatus
from gatehouse.api.graphql.events import ProvisioningEventConnection
from gatehouse.api.graphql.explaining import (
    access_override,
    effective_access,
    effective_role_id,
    explain_access,
    explain_why_not,
)
from gatehouse.api.graphql.facets import DEFAULT_VALUES, Facet, FacetFields, MaxValues, read_facets
from gatehouse.api.graphql.fields import personal, resolver
from gatehouse.api.graphql.ids import global_id_of
from gatehouse.api.graphql.made import Recorded, Written
from gatehouse.api.graphql.mapping import load_groups, load_role
from gatehouse.api.graphql.needs import PERSONAL
from gatehouse.api.graphql.node import Node
from gatehouse.api.graphql.orders import EventOrders
from gatehouse.api.graphql.overrides import AccessOverride
from gatehouse.api.graphql.wheres import WhichEvents
from gatehouse.records import iso_of_microseconds
from gatehouse.services import masking
from gatehouse.services.directory import DirectoryUser

if TYPE_CHECKING:
    from gatehouse.api.graphql.tenants import Tenant

AsOf = Annotated[
    datetime | None, strawberry.argument(description="A moment, not in the future; left out or null: now.")
]
_DOCUMENT: Final = ("document",)
_ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@strawberry.type(description="An e-mail address or a phone number with its type.")
class ContactValue:
    """One element of a multi-valued attribute (RFC 7643 §2.4)."""

    value: str | None = strawberry.field(description="The address or number.")
    type: str | None = strawberry.field(description="`work`, `home`, `mobile` …")
    primary: bool = strawberry.field(description="Whether it is the preferred one.")


def _masked(text: str | None) -> str | None:
    return masking.mask(text) if text else text


def _part(resource: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = resource.get(name)
    return part if isinstance(part, dict) else {}


def _typed(elements: Iterable[Mapping[str, Any]] | None, kind: str) -> str | None:
    """The value of the first element of a type (canonical types compare without case)."""
    for element in elements or ():
        if str(element.get("type", "")).lower() == kind:
            value: str | None = element.get("value")
            return value
    return None


_PARTS: Final = {"record": "it.record", "resource": "it.resource", "personal": "it.personal"}


def _written(text: str, **names: Any) -> Written:
    return Written(text, parts=_PARTS, **names)


def _personal(text: str, **names: Any) -> Written:
    """What names or reaches a person: masked unless the viewer may see it."""
    return _written(f"{text} if personal else masked({text})", masked=_masked, **names)


@strawberry.type(description="A person of one tenant, provisioned by Entra ID.")
class User(Recorded, Node):
    """A SCIM User. Without READ_PII names, addresses, numbers, userName and externalId are masked."""

    scim_id: UUID = strawberry.field(description="The id in SCIM.")
    status: UserStatus = strawberry.field(description="Whether the user is enabled, disabled or deleted.")
    active: bool = strawberry.field(description="The SCIM attribute.")
    version: int = strawberry.field(description="Counts the changes.")
    etag: str = strawberry.field(description="The SCIM `meta.version`.")
    user_name: str = personal("Unique in the tenant, whatever its case.")
    external_id: str | None = personal("Entra's own id of the user.")
    display_name: str | None = personal("What people call the user.")
    given_name: str | None = personal("First name.")
    family_name: str | None = personal("Last name.")
    title: str | None = strawberry.field(description="Job title: decides the role, unless the tenant says otherwise.")
    user_type: str | None = strawberry.field(
        description="Decides the employee groups, unless the tenant says otherwise."
    )
    department: str | None = strawberry.field(description="Department of the enterprise extension.")
    work_email: str | None = personal("The e-mail address of type `work`.")
    work_phone: str | None = personal("The phone number of type `work`.")
    mobile_phone: str | None = personal("The phone number of type `mobile`.")
    created_at: datetime = strawberry.field(description="When the user was provisioned first.")
    updated_at: datetime = strawberry.field(description="When an attribute changed last.")
    deleted_at: datetime | None = strawberry.field(description="When the user was deleted.")
    mapping_version: int = strawberry.field(description="The mapping version that decided the access on record.")
    record: strawberry.Private[DirectoryUser]
    personal: strawberry.Private[bool]

    MADE: ClassVar[Mapping[str, Callable[[User], object]]] = {
        "id": global_id_of("User", "record.key"),
        "scim_id": _written("str(record.key)", gives=str),
        "status": _written("record.status"),
        "active": _written("bool(record.is_active)", gives=bool),
        "version": _written("record.version"),
        "etag": _written("f'W/\"{record.version}\"'", gives=str),
        "user_name": _personal("record.user_name", gives=str, maybe=True),
        "external_id": _personal("record.external_id", gives=str, maybe=True),
        "display_name": _personal("record.display_name", gives=str, maybe=True),
        "given_name": _personal("record.given_name", gives=str, maybe=True),
        "family_name": _personal("record.family_name", gives=str, maybe=True),
        "title": _written("record.title", gives=str, maybe=True),
        "user_type": _written("record.user_type", gives=str, maybe=True),
        "department": _written(f"part(resource, {_ENTERPRISE!r}).get('department')", part=_part),
        "work_email": _personal("typed(resource.get('emails'), 'work')", typed=_typed),
        "work_phone": _personal("typed(resource.get('phoneNumbers'), 'work')", typed=_typed),
        "mobile_phone": _personal("typed(resource.get('phoneNumbers'), 'mobile')", typed=_typed),
        "created_at": _written("written(record.created_us)", gives=str, written=iso_of_microseconds),
        "updated_at": _written("written(record.last_modified_us)", gives=str, written=iso_of_microseconds),
        "deleted_at": _written(
            "None if record.deleted_us is None else written(record.deleted_us)",
            gives=str,
            maybe=True,
            written=iso_of_microseconds,
        ),
        "mapping_version": _written("record.mapping_version"),
    }
    COLUMNS: ClassVar[Mapping[str, Sequence[str]]] = {
        **dict.fromkeys(("id", "scim_id", "tenant", "timeline", "last_provisioned_at"), ()),
        **{name: (name,) for name in ("user_name", "external_id", "display_name", "given_name", "family_name")},
        **{name: (name,) for name in ("title", "user_type")},
        **dict.fromkeys(("department", "work_email", "work_phone", "mobile_phone"), _DOCUMENT),
        **dict.fromkeys(("emails", "phone_numbers"), _DOCUMENT),
        **{name: (name,) for name in ("active", "version", "created_at", "deleted_at", "mapping_version")},
        "status": ("active", "deleted_at"),
        "etag": ("version",),
        "updated_at": ("last_modified_at",),
    }
    TOGETHER: ClassVar[Mapping[str, Callable[..., Awaitable[Sequence[Any]]]]] = {"timeline": timeline.read_together}

    @cached_property
    def resource(self) -> Mapping[str, Any]:
        """The SCIM resource, read once."""
        return self.record.resource

    @resolver("All e-mail addresses.", needs=PERSONAL)
    def emails(self) -> list[ContactValue]:
        """List them."""
        return _contacts(self.resource, "emails", personal=self.personal)

    @resolver("All phone numbers.", needs=PERSONAL)
    def phone_numbers(self) -> list[ContactValue]:
        """List them."""
        return _contacts(self.resource, "phoneNumbers", personal=self.personal)

    @resolver("The tenant.")
    async def tenant(self, info: Info) -> Annotated[Tenant, strawberry.lazy("gatehouse.api.graphql.tenants")] | None:
        """Load the tenant."""
        return await info.context.loaders.tenant.load(self.record.tenant_id)

    @resolver("When a SCIM client wrote last, whether or not that changed anything; null if none is on record.")
    async def last_provisioned_at(self, info: Info) -> datetime | None:
        """Load it."""
        return await info.context.loaders.last_provisioned.load(self.record.id)

    @resolver("The role in force; null when there is none, or the user is disabled or deleted.")
    async def role(self, info: Info) -> Role | None:
        """Load the role."""
        if not self.record.in_force:
            return None
        return await load_role(info.context, effective_role_id(self.record, info.context))

    @resolver("The employee groups in force; empty when the user is disabled or deleted.")
    async def groups(self, info: Info) -> list[EmployeeGroup]:
        """Load the groups."""
        if not self.record.in_force:
            return []
        return await load_groups(info.context, effective_access(self.record, info.context).group_ids)

    @resolver("The override on record, in force unless the user is disabled or deleted; null if there is none.")
    def override(self, info: Info) -> AccessOverride | None:
        """Wrap it."""
        return access_override(self.record, info.context)

    @resolver("Why the user has this access, or had it.")
    async def access(self, info: Info, *, as_of: AsOf = strawberry.UNSET) -> AccessExplanation:
        """Explain it."""
        return await explain_access(self.record, info.context, as_of or None)

    @resolver(
        "Why the user does not have, or did not have, a role or an employee group: exactly one of the two. Null if the"
        " user's tenant has no such thing."
    )
    async def why_not(
        self,
        info: Info,
        *,
        role_id: Annotated[strawberry.ID | None, strawberry.argument(description="The role.")] = strawberry.UNSET,
        group_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="The employee group.")
        ] = strawberry.UNSET,
        as_of: AsOf = strawberry.UNSET,
    ) -> WhyNot | None:
        """Explain it."""
        return await explain_why_not(
            self.record, info.context, role_id=role_id or None, group_id=group_id or None, as_of=as_of or None
        )

    @resolver(
        "Every attribute as it stands, or stood: its value, who decides it, and since when; by name. Rebuilt from the history:"
        " before its beginning everything is as it was then. Empty before the user was provisioned, and after the deletion."
    )
    async def attributes(self, info: Info, *, as_of: AsOf = strawberry.UNSET) -> list[AttributeState]:
        """Rebuild them."""
        return await attribute_states(self.record, info.context, as_of or None)

    @resolver("What happened to the user, newest first.")
    async def timeline(
        self,
        info: Info,
        *,
        first: FirstEvents = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
        where: WhichEvents = strawberry.UNSET,
        order_by: EventOrders = strawberry.UNSET,
    ) -> ProvisioningEventConnection:
        """Read a page of events."""
        request = timeline.request(info, Slice(first, after, last, before), where, order_by)
        source = timeline.source(self.record, info.context)
        return await ProvisioningEventConnection.read(source, request, timeline.wrap(info.context))


@strawberry.type(description="A page of users.")
class UserConnection(Connection[User]):
    """Users in order."""

    @resolver("How many of the users have which value, filters applied; counted only when asked for.")
    async def facets(self, info: Info, by: FacetFields, *, values: MaxValues = DEFAULT_VALUES) -> list[Facet]:
        """Count."""
        counting = self.source.counting
        if counting is None:
            return []
        return await read_facets(info.context, by, self.request.condition, values, counting)


def _contacts(resource: Mapping[str, Any], attribute: str, *, personal: bool) -> list[ContactValue]:
    return [
        ContactValue(
            value=element.get("value") if personal else _masked(element.get("value")),
            type=element.get("type"),
            primary=bool(element.get("primary", False)),
        )
        for element in resource.get(attribute, ())
    ]
