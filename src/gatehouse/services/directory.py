"""Who may see which people: every read of the directory starts from the viewer's grants.

A tenant without READ_DIRECTORY does not exist for the viewer. Personal fields without READ_PII are masked by the edge;
here they may not decide what is found or in which order, for that would tell them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from gatehouse.errors import Forbidden
from gatehouse.mapping.rules import Mapping
from gatehouse.records import EmployeeGroup, Permission, Role, Tenant, Viewer
from gatehouse.services import connection_health, overrides
from gatehouse.services.clock import now
from gatehouse.store import directory, holders, mapping as mappings, tenant_list
from gatehouse.store.condition import And, Compare, Condition, Not, Or, compares, replaced
from gatehouse.store.directory import DirectoryUser
from gatehouse.store.keyset import Page, PageRequest, Position, Sort, signature

__all__ = [
    "And",
    "Compare",
    "Condition",
    "DirectoryUser",
    "Not",
    "Or",
    "Page",
    "PageRequest",
    "Position",
    "Sort",
    "signature",
]

Tenants = frozenset[UUID] | None

_PERSONAL: Final = {
    "userName": "userName",
    "externalId": "externalId",
    "displayName": "displayName",
    "givenName": "givenName",
    "familyName": "familyName",
    "email": "email",
    "phone": "phone",
    "employeeNumber": "employeeNumber",
    "resourceName": "resourceName",
    "USER_NAME": "userName",
    "FAMILY_NAME": "familyName",
}
# What the columns say only while no override has outlived its time
_BY_ACCESS: Final = frozenset({"roleId", "groupId", "roleOutcome", "hasOverride"})
_SEARCHED: Final = ("userName", "displayName", "givenName", "familyName", "externalId", "email")
_WORDS: Final = 5
_BY_CREATION: Final = (Sort("CREATED_AT"),)
_HEALTH: Final = "health"


def visible(viewer: Viewer) -> Tenants:
    """Tell the tenants in sight; None means all of them."""
    return viewer.tenant_ids(Permission.READ_DIRECTORY)


def is_visible(viewer: Viewer, tenant_id: UUID) -> bool:
    """Tell whether the tenant exists for the viewer."""
    return Permission.READ_DIRECTORY in viewer.permissions(tenant_id)


def scope(viewer: Viewer, condition: Condition | None, sort: Sequence[Sort] = ()) -> Tenants:
    """Tell the tenants that a list runs over: those in sight, narrowed by what the filter says of ``tenantId``.

    :raises Forbidden: the filter or the order uses personal fields in a tenant without READ_PII.
    """
    tenants = _narrowed(visible(viewer), condition)
    used = {compare.field for compare in compares(condition)} | {term.field for term in sort}
    personal = sorted({_PERSONAL[name] for name in used & _PERSONAL.keys()})
    allowed = viewer.tenant_ids(Permission.READ_PII)
    if personal and allowed is not None and (tenants is None or tenants - allowed):
        raise Forbidden(
            f"Searching, filtering or sorting by {', '.join(personal)} needs READ_PII in every tenant searched",
            hint="Narrow the search with tenantId to tenants where you hold READ_PII.",
        )
    return tenants


async def users(viewer: Viewer, request: PageRequest) -> Page[DirectoryUser]:
    """Read a page of users.

    :raises Forbidden: as :func:`scope`.
    """
    tenant_ids = scope(viewer, request.condition, request.sort)
    await _settle(tenant_ids, request.condition)
    return await directory.users(tenant_ids, request)


async def count_users(viewer: Viewer, condition: Condition | None) -> int:
    """Count users.

    :raises Forbidden: as :func:`scope`.
    """
    tenant_ids = scope(viewer, condition)
    await _settle(tenant_ids, condition)
    return await directory.count_users(tenant_ids, condition)


async def users_of(viewer: Viewer, tenant_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[DirectoryUser]]:
    """Read the same page of users of several tenants in sight.

    :raises Forbidden: as :func:`scope`.
    """
    scope(viewer, And((Compare("tenantId", "in", tuple(tenant_ids)), *_terms(request.condition))), request.sort)
    await _settle(frozenset(tenant_ids), request.condition)
    return await directory.users_of(tenant_ids, request)


async def count_users_of(viewer: Viewer, tenant_ids: Sequence[UUID], condition: Condition | None) -> dict[UUID, int]:
    """Count the users of several tenants in sight.

    :raises Forbidden: as :func:`scope`.
    """
    scope(viewer, And((Compare("tenantId", "in", tuple(tenant_ids)), *_terms(condition))))
    await _settle(frozenset(tenant_ids), condition)
    return await directory.count_users_of(tenant_ids, condition)


async def users_by_id(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, DirectoryUser]:
    """Read users by id, deleted ones included."""
    return await directory.users_by_id(visible(viewer), ids)


async def user_of_any_tenant(user_id: UUID) -> DirectoryUser | None:
    """Find a user without asking who may see it: for who checks that, and records whoever tried in vain."""
    return (await directory.users_by_id(None, [user_id])).get(user_id)


async def find_user(viewer: Viewer, tenant_id: UUID, field: str, value: str) -> DirectoryUser | None:
    """Find the user of one tenant by a field; the one created first if several share the value.

    :param field: ``userName``, ``externalId`` or ``email``.
    :raises Forbidden: as :func:`scope`.
    """
    condition = And((Compare("tenantId", "eq", tenant_id), Compare(field, "eq", value)))
    found = await users(viewer, PageRequest(limit=1, sort=_BY_CREATION, condition=condition))
    return found.rows[0] if found.rows else None


def search(text: str) -> Condition:
    """Make the condition that some name, address or outside id of a user contains it, for each word of the text.

    Beyond :data:`_WORDS` the rest of the text is one word, blanks and all. A text without words finds everybody.
    """
    words = text.strip().split(maxsplit=_WORDS - 1)
    return And(tuple(Or(tuple(Compare(field, "contains", word) for field in _SEARCHED)) for word in words))


async def tenants(viewer: Viewer, request: PageRequest, *, text: str | None = None) -> Page[Tenant]:
    """Read a page of tenants whose name or slug contains the text."""
    condition = _named(text, await _judged(viewer, request.condition))
    return await tenant_list.page(visible(viewer), replace(request, condition=condition))


async def count_tenants(viewer: Viewer, condition: Condition | None, *, text: str | None = None) -> int:
    """Count tenants."""
    return await tenant_list.count(visible(viewer), _named(text, await _judged(viewer, condition)))


async def tenants_by_id(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, Tenant]:
    """Read tenants by id."""
    return {tenant.id: tenant for tenant in await _tenants_where(viewer, Compare("id", "in", tuple(ids)), len(ids))}


async def tenant_by_slug(viewer: Viewer, slug: str) -> Tenant | None:
    """Find a tenant by its slug."""
    return next(iter(await _tenants_where(viewer, Compare("slug", "eq", slug), 1)), None)


async def roles_by_id(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, Role]:
    """Read roles by id, archived ones included."""
    return await directory.roles_by_id(visible(viewer), ids)


async def roles_of(tenant_ids: Sequence[UUID]) -> dict[UUID, list[Role]]:
    """Read the roles of tenants in sight, archived ones included, by key."""
    return await directory.roles_of(tenant_ids)


async def users_by_role(roles: Sequence[tuple[UUID, UUID]]) -> dict[UUID, int]:
    """Count the users who have each of these roles in force; a role that nobody has is left out.

    :param roles: tenant in sight and role.
    """
    tenant_ids = frozenset(tenant_id for tenant_id, _ in roles)
    await overrides.end_due(tenant_ids)
    return await holders.of_roles(sorted(tenant_ids), [role_id for _, role_id in roles])


async def users_by_employee_group(groups: Sequence[tuple[UUID, UUID]]) -> dict[UUID, int]:
    """Count the users who have each of these employee groups in force. As :func:`users_by_role`."""
    tenant_ids = frozenset(tenant_id for tenant_id, _ in groups)
    await overrides.end_due(tenant_ids)
    return await holders.of_employee_groups(sorted(tenant_ids), [group_id for _, group_id in groups])


async def employee_groups_by_id(viewer: Viewer, ids: Sequence[UUID]) -> dict[UUID, EmployeeGroup]:
    """Read employee groups by id, archived ones included."""
    return await directory.employee_groups_by_id(visible(viewer), ids)


async def employee_groups_of(tenant_ids: Sequence[UUID]) -> dict[UUID, list[EmployeeGroup]]:
    """Read the employee groups of tenants in sight, archived ones included, by key."""
    return await directory.employee_groups_of(tenant_ids)


async def mapping(tenant_id: UUID, version: int) -> Mapping:
    """Read the mapping of a tenant in sight.

    :param version: the tenant's, as the caller knows it; the answer may be a newer one.
    """
    return await mappings.load(tenant_id, version)


async def _settle(tenant_ids: Tenants, condition: Condition | None) -> None:
    """Let overrides end whose time is over, before a filter on access reads the columns."""
    if any(compare.field in _BY_ACCESS for compare in compares(condition)):
        await overrides.end_due(tenant_ids)


def _terms(condition: Condition | None) -> Iterable[Condition]:
    return () if condition is None else (condition,)


def _narrowed(tenants: Tenants, condition: Condition | None) -> Tenants:
    """Apply what the filter demands of ``tenantId`` outside of any ``or`` and ``not``."""
    if isinstance(condition, And):
        for term in condition.terms:
            tenants = _narrowed(tenants, term)
        return tenants
    if not isinstance(condition, Compare) or condition.field != "tenantId" or condition.operator not in {"eq", "in"}:
        return tenants
    value = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    wanted = frozenset(item for item in value if isinstance(item, UUID))
    return wanted if tenants is None else tenants & wanted


def _named(text: str | None, condition: Condition | None) -> Condition | None:
    if not text:
        return condition
    return And((Or((Compare("slug", "contains", text), Compare("name", "contains", text))), *_terms(condition)))


async def _judged(viewer: Viewer, condition: Condition | None) -> Condition | None:
    """Tell by ids who is in a state of health: no column holds it, it is judged of the moment."""
    if condition is None or not any(compare.field == _HEALTH for compare in compares(condition)):
        return condition
    states = await connection_health.states(await tenant_list.ids(visible(viewer)), now())

    def by_ids(compare: Compare) -> Condition:
        if compare.field != _HEALTH:
            return compare
        wanted = compare.value if isinstance(compare.value, tuple) else (compare.value,)
        return Compare("id", "in", tuple(tenant_id for tenant_id, state in states.items() if state in wanted))

    return replaced(condition, by_ids)


async def _tenants_where(viewer: Viewer, condition: Condition, limit: int) -> Sequence[Tenant]:
    request = PageRequest(limit=limit, sort=_BY_CREATION, condition=condition)
    return (await tenant_list.page(visible(viewer), request)).rows
