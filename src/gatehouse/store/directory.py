"""What the admin API lists: users with their resource and access, and the catalogue by id.

Every function takes the tenants in sight first (None: all of them) or ids out of rows that were read within them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

import orjson

from gatehouse.mapping.explain import UserStatus
from gatehouse.mapping.resolve import Access
from gatehouse.records import EmployeeGroup, Role, UserRecord, from_microseconds, to_microseconds
from gatehouse.store import database, listing, settled
from gatehouse.store.condition import (
    And,
    Compare,
    Condition,
    Field,
    Parameters,
    Value,
    column,
    compares,
    related,
    text,
)
from gatehouse.store.database import Row
from gatehouse.store.keyset import Page, PageRequest, SortColumn
from gatehouse.store.listing import Listing
from gatehouse.store.timeline import last_provisioning

Tenants = frozenset[UUID] | None


class _Row(NamedTuple):
    """The columns of :data:`USERS`, as they were read; what nobody will ask for is None."""

    key: UUID | str
    tenant_key: UUID | str
    version: int
    document: str | None  # JSON text of the resource; None: not read
    is_active: bool | int
    created_us: int  # microseconds since 1970, as all moments here
    last_modified_us: int
    deleted_us: int | None
    role_key: UUID | str | None
    mapping_version: int
    access: str  # JSON text of mapping.resolve.Access
    access_since_us: int
    user_name: str  # these as they stand in the document too
    external_id: str | None
    display_name: str | None
    given_name: str | None
    family_name: str | None
    title: str | None
    user_type: str | None


class DirectoryUser(_Row):
    """A user as the admin API shows it: the SCIM resource, and the access on record; read when asked for."""

    __slots__ = ()

    @classmethod
    def of(cls, row: Row) -> Self:
        """Take the row of a list, which may go on behind the columns."""
        return tuple.__new__(cls, row[:_WIDTH])

    @property
    def id(self) -> UUID:
        """The SCIM id."""
        return database.as_uuid(self.key)

    @property
    def tenant_id(self) -> UUID:
        """The tenant's id."""
        return database.as_uuid(self.tenant_key)

    @property
    def active(self) -> bool:
        """The SCIM attribute."""
        return bool(self.is_active)

    @property
    def resource(self) -> dict[str, Any]:
        """The resource as Entra sees it, without id and meta; read anew each time."""
        resource: dict[str, Any] = orjson.loads(self.document or "{}")
        return resource

    @property
    def created_at(self) -> datetime:
        """When the user was created."""
        return from_microseconds(self.created_us)

    @property
    def last_modified_at(self) -> datetime:
        """When an attribute changed last."""
        return from_microseconds(self.last_modified_us)

    @property
    def deleted_at(self) -> datetime | None:
        """When the user was deleted, if so."""
        return None if self.deleted_us is None else from_microseconds(self.deleted_us)

    @property
    def role_id(self) -> UUID | None:
        """The role on record."""
        return None if self.role_key is None else database.as_uuid(self.role_key)

    @property
    def access_since(self) -> datetime:
        """When the access, or whether it is in force, changed last."""
        return from_microseconds(self.access_since_us)

    def with_access(self, user: UserRecord) -> DirectoryUser:
        """The same user with version, access and override of another record of it."""
        return self._replace(
            version=user.version,
            access=user.access,
            role_key=Access.from_text(user.access).role_id,
            access_since_us=to_microseconds(user.access_since),
        )

    @property
    def status(self) -> UserStatus:
        """Where the user stands."""
        if self.deleted_us is not None:
            return UserStatus.DELETED
        return UserStatus.ACTIVE if self.active else UserStatus.DISABLED

    @property
    def in_force(self) -> bool:
        """Whether the access on record holds: the user is neither disabled nor deleted."""
        return self.status is UserStatus.ACTIVE

    @property
    def called(self) -> str:
        """What people call the user: the displayName, else first and last name, else the userName."""
        resource = self.resource
        name = resource.get("name")
        parts = [name.get("givenName"), name.get("familyName")] if isinstance(name, dict) else []
        candidates = (resource.get("displayName"), " ".join(filter(None, parts)), resource.get("userName"))
        return next((text.strip() for text in candidates if text and text.strip()), "")


_WIDTH: Final = len(_Row._fields)
_LIVE: Final = "u.deleted_at IS NULL"
IN_FORCE: Final = f"(u.active AND {_LIVE})"
_STATUS: Final = {"ACTIVE": IN_FORCE, "DISABLED": f"(NOT u.active AND {_LIVE})", "DELETED": "u.deleted_at IS NOT NULL"}


def _status(_operator: str, value: Value, _parameters: Parameters) -> str:
    wanted = value if isinstance(value, tuple) else (value,)
    return f"({' OR '.join(_STATUS[str(word)] for word in wanted) or '1 = 0'})"


def _outcome(_operator: str, value: Value, parameters: Parameters) -> str:
    wanted = value if isinstance(value, tuple) else (value,)
    recorded = tuple(word for word in wanted if word != "INACTIVE")
    in_force = f"({IN_FORCE} AND {column('u.role_outcome')('in', recorded, parameters)})"
    return in_force if len(recorded) == len(wanted) else f"({in_force} OR NOT {IN_FORCE})"


def _has_override(_operator: str, value: Value, _parameters: Parameters) -> str:
    return f"u.override_until IS {'NOT NULL' if value else 'NULL'}"


def _held(field: Field) -> Field:
    """Access counts only while it is in force: else there is none."""

    def compiled(operator: str, value: Value, parameters: Parameters) -> str:
        if operator == "isNull" and value is True:
            return f"NOT ({IN_FORCE} AND {field(operator, False, parameters)})"
        return f"({IN_FORCE} AND {field(operator, value, parameters)})"

    return compiled


def _has_unmapped_segments(rows: str) -> Field:
    def compiled(_operator: str, value: Value, parameters: Parameters) -> str:
        holders = (
            f"SELECT h.user_id FROM {rows} h WHERE h.kind = 'GROUP' AND h.held = TRUE"
            f" AND h.tenant_id {parameters.tenants}"
        )
        return f"u.id {'IN' if value else 'NOT IN'} ({holders})"

    return compiled


def _enterprise(attribute: str) -> Field:
    """An attribute of the enterprise extension (RFC 7643 §4.3)."""
    name = f"urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:{attribute}"
    source = f"user_value v WHERE v.attribute = '{name}' AND v.tenant_id"
    return related("u.id", "v.user_id", source, text("v.value_key"))


USERS: Final = Listing(
    table="scim_user",
    alias="u",
    columns=(
        *("u.id", "u.tenant_id", "u.version", "u.document", "u.active", "u.created_at", "u.last_modified_at"),
        *("u.deleted_at", "u.role_id", "u.mapping_version", "u.access", "u.access_since"),
        *("u.user_name", "u.external_id", "u.display_name", "u.given_name", "u.family_name", "u.title", "u.user_type"),
    ),
    record=DirectoryUser.of,
    kind=DirectoryUser,
    fields={
        "id": column("u.id"),
        "tenantId": column("u.tenant_id"),
        "status": _status,
        "live": lambda _operator, _value, _parameters: _LIVE,
        "userName": text("u.user_name_key"),
        "externalId": text("u.external_id", exact=True),
        "displayName": text("u.display_name_key"),
        "givenName": text("u.given_name_key"),
        "familyName": text("u.family_name_key"),
        "title": text("u.title_key"),
        "userType": text("u.user_type_key"),
        "email": related(
            "u.id", "v.user_id", "user_value v WHERE v.attribute = 'emails' AND v.tenant_id", text("v.value_key")
        ),
        "phone": related(
            "u.id", "v.user_id", "user_value v WHERE v.attribute = 'phonenumbers' AND v.tenant_id", text("v.value_key")
        ),
        "department": _enterprise("department"),
        "employeeNumber": _enterprise("employeenumber"),
        "active": column("u.active"),
        "roleId": _held(column("u.role_id")),
        "groupId": _held(
            related("u.id", "m.user_id", "user_employee_group m WHERE m.tenant_id", column("m.employee_group_id"))
        ),
        "roleOutcome": _outcome,
        "hasOverride": _has_override,
        "hasUnmappedSegments": _has_unmapped_segments("user_unmapped_value"),
        "createdAt": column("u.created_at"),
        "updatedAt": column("u.last_modified_at"),
        "lastProvisionedAt": column(last_provisioning("u")),
    },
    sorts={
        "USER_NAME": SortColumn("u.user_name_key", str),
        "FAMILY_NAME": SortColumn("u.family_name_key", str, nullable=True),
        "CREATED_AT": SortColumn("u.created_at", int),
        "UPDATED_AT": SortColumn("u.last_modified_at", int),
    },
)


# While somebody's access is unsettled
_USERS_NOW: Final = replace(
    USERS,
    table="user_now",
    fields={
        **USERS.fields,
        "groupId": _held(
            related("u.id", "m.user_id", "user_employee_group_now m WHERE m.tenant_id", column("m.employee_group_id"))
        ),
        "hasUnmappedSegments": _has_unmapped_segments("user_unmapped_value_now"),
    },
)


_ACCESS: Final = {"roleId", "groupId", "roleOutcome", "hasUnmappedSegments"}
_DECIDED: Final = {"role_id", "mapping_version", "access", "access_since"}  # columns


def _by_access(condition: Condition | None) -> bool:
    return condition is not None and any(compare.field in _ACCESS for compare in compares(condition))


async def _users(request: PageRequest) -> Listing[DirectoryUser]:
    """Where users are read: found by their access in the tables, as long as they hold all that is true.

    Not found by it, each is looked up once more for what is unsettled, unless nobody asks for their access: that is
    quicker than asking whether anybody is.
    """
    if _by_access(request.condition):
        return _USERS_NOW if await settled.is_anybody_unsettled() else USERS
    return _USERS_NOW if request.columns is None or request.columns & _DECIDED else USERS


async def counted_users(
    tenant_ids: Tenants, condition: Condition | None, *, by_access: bool = False
) -> Listing[DirectoryUser]:
    """Where users are counted, who match, or by what they have: only access that is unsettled is not in the tables."""
    needs_access = by_access or _by_access(condition)
    only = next(iter(tenant_ids)) if tenant_ids and len(tenant_ids) == 1 else None
    return _USERS_NOW if needs_access and await settled.is_anybody_unsettled(only) else USERS


async def users(tenant_ids: Tenants, request: PageRequest) -> Page[DirectoryUser]:
    """A page of the users of these tenants; deleted ones only when the filter asks by status."""
    return await listing.page_in(await _users(request), tenant_ids, _live(request))


async def users_of(tenant_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[DirectoryUser]]:
    """The same page of users for each of these tenants."""
    return await listing.pages_of(await _users(request), tenant_ids, _live(request))


async def count_users(tenant_ids: Tenants, condition: Condition | None) -> int:
    """How many users of these tenants match; deleted ones only when the filter asks by status."""
    return await listing.count_in(await counted_users(tenant_ids, condition), tenant_ids, unless_status(condition))


async def count_users_of(tenant_ids: Sequence[UUID], condition: Condition | None) -> dict[UUID, int]:
    """How many users match in each of these tenants."""
    found = await counted_users(frozenset(tenant_ids), condition)
    return await listing.counts_of(found, tenant_ids, unless_status(condition))


async def users_by_id(tenant_ids: Tenants, ids: Sequence[UUID]) -> dict[UUID, DirectoryUser]:
    """The users with these ids, deleted ones too, as far as they are in these tenants."""
    parameters = Parameters()
    rows = await database.fetch(
        f"SELECT {', '.join(USERS.columns)} FROM user_now u WHERE {listing.among('u.id', ids, parameters)}",
        *parameters,
    )
    found = map(DirectoryUser.of, rows)
    return {user.id: user for user in found if tenant_ids is None or user.tenant_id in tenant_ids}


async def roles_by_id(tenant_ids: Tenants, ids: Sequence[UUID]) -> dict[UUID, Role]:
    """The roles with these ids, as far as they are in these tenants."""
    columns = "r.id, r.tenant_id, r.key, r.name, r.archived_at, r.privileged"
    rows = await _by_id("role r", columns, "r.id", ids)
    return {role.id: role for role in map(_role, rows) if tenant_ids is None or role.tenant_id in tenant_ids}


async def roles_of(tenant_ids: Sequence[UUID]) -> dict[UUID, list[Role]]:
    """Every role of each of these tenants, by key."""
    columns = "r.id, r.tenant_id, r.key, r.name, r.archived_at, r.privileged"
    found: dict[UUID, list[Role]] = {tenant_id: [] for tenant_id in tenant_ids}
    for row in await _by_id("role r", columns, "r.tenant_id", tenant_ids, order="r.key"):
        found[database.as_uuid(row[1])].append(_role(row))
    return found


async def employee_groups_by_id(tenant_ids: Tenants, ids: Sequence[UUID]) -> dict[UUID, EmployeeGroup]:
    """The employee groups with these ids, as far as they are in these tenants."""
    rows = await _by_id("employee_group g", "g.id, g.tenant_id, g.key, g.name, g.archived_at", "g.id", ids)
    groups = map(_employee_group, rows)
    return {group.id: group for group in groups if tenant_ids is None or group.tenant_id in tenant_ids}


async def employee_groups_of(tenant_ids: Sequence[UUID]) -> dict[UUID, list[EmployeeGroup]]:
    """Every employee group of each of these tenants, by key."""
    columns = "g.id, g.tenant_id, g.key, g.name, g.archived_at"
    found: dict[UUID, list[EmployeeGroup]] = {tenant_id: [] for tenant_id in tenant_ids}
    for row in await _by_id("employee_group g", columns, "g.tenant_id", tenant_ids, order="g.key"):
        found[database.as_uuid(row[1])].append(_employee_group(row))
    return found


async def _by_id(source: str, columns: str, id_column: str, ids: Sequence[UUID], order: str | None = None) -> list[Row]:
    parameters = Parameters()
    statement = f"SELECT {columns} FROM {source} WHERE {listing.among(id_column, ids, parameters)}"
    return await database.fetch(statement + (f" ORDER BY {order}" if order else ""), *parameters)


def _role(row: Row) -> Role:
    group = _employee_group(row)
    return Role(group.id, group.tenant_id, group.key, group.name, bool(row[5]), group.archived_at)


def _employee_group(row: Row) -> EmployeeGroup:
    archived_at = None if row[4] is None else from_microseconds(row[4])
    return EmployeeGroup(database.as_uuid(row[0]), database.as_uuid(row[1]), row[2], row[3], archived_at)


def _live(request: PageRequest) -> PageRequest:
    return replace(request, condition=unless_status(request.condition))


def unless_status(condition: Condition | None) -> Condition:
    """Deleted users are shown only to who asks for a status."""
    if condition is not None and any(compare.field == "status" for compare in compares(condition)):
        return condition
    live = Compare("live", "eq", value=True)
    return live if condition is None else And((live, condition))
