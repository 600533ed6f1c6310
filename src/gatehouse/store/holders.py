"""How many users have a role or an employee group in force, as the lists of users have it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from gatehouse.store import database, listing
from gatehouse.store.condition import Parameters
from gatehouse.store.directory import IN_FORCE, counted_users

_GROUPS: Final = "user_employee_group"
# Of two lists, SQLite would rather read every user there is than look them up by both
_FROM_ROLE_TO_ROLE: Final = "role r JOIN scim_user u ON u.tenant_id = r.tenant_id AND u.role_id = r.id"


async def of_roles(tenant_ids: Sequence[UUID], role_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Of these roles of these tenants, with one statement; a role that nobody has is left out."""
    users = await counted_users(frozenset(tenant_ids), None, by_access=True)
    source, held = ("user_now u", "u.role_id") if users.table == "user_now" else (_FROM_ROLE_TO_ROLE, "r.id")
    return await _counted(source, ("u.tenant_id", held), tenant_ids, role_ids)


async def of_employee_groups(tenant_ids: Sequence[UUID], group_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Of these employee groups. As :func:`of_roles`."""
    users = await counted_users(frozenset(tenant_ids), None, by_access=True)
    groups = f"{_GROUPS}_now" if users.table == "user_now" else _GROUPS
    source = f"{groups} m JOIN scim_user u ON u.id = m.user_id"
    return await _counted(source, ("m.tenant_id", "m.employee_group_id"), tenant_ids, group_ids)


async def _counted(
    source: str, columns: tuple[str, str], tenant_ids: Sequence[UUID], ids: Sequence[UUID]
) -> dict[UUID, int]:
    """:param columns: which tenant's, and which of the ids."""
    parameters = Parameters()
    tenant, held = columns
    rows = await database.fetch(
        f"SELECT {held}, count(*) FROM {source} WHERE {listing.among(tenant, tenant_ids, parameters)}"
        f" AND {listing.among(held, ids, parameters)} AND {IN_FORCE} GROUP BY {held}",
        *parameters,
    )
    return {database.as_uuid(row[0]): int(row[1]) for row in rows}
