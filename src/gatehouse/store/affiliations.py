"""What users belong to: groups, role and employee groups. For representations that ask for it; no document holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from gatehouse.store import database, settled


@dataclass(frozen=True, slots=True)
class Affiliations:
    """One user's: groups as id and name, by name; employee groups by key; no role and none of those while disabled."""

    groups: list[tuple[UUID, str]] = field(default_factory=list)
    role: list[str] = field(default_factory=list)
    employee_groups: list[str] = field(default_factory=list)


async def of_users(
    tenant_id: UUID, user_ids: Sequence[UUID], *, groups: bool, access: bool
) -> dict[UUID, Affiliations]:
    """The affiliations of each user, read with as many statements whatever the number of users.

    :param groups: whether the groups are wanted.
    :param access: whether role and employee groups are.
    """
    found = {user_id: Affiliations() for user_id in user_ids}
    if not user_ids:
        return found
    if groups:
        for user_id, group_id, name in await _rows(_GROUPS, tenant_id, user_ids):
            found[database.as_uuid(user_id)].groups.append((database.as_uuid(group_id), name))
    if access:
        now = "_now" if await settled.is_anybody_unsettled(tenant_id) else ""
        for user_id, key in await _rows(_ROLES[now], tenant_id, user_ids):
            found[database.as_uuid(user_id)].role.append(key)
        for user_id, key in await _rows(_EMPLOYEE_GROUPS[now], tenant_id, user_ids):
            found[database.as_uuid(user_id)].employee_groups.append(key)
    return found


_GROUPS = (
    "SELECT m.user_id, g.id, g.display_name FROM group_member m"
    " JOIN scim_group g ON g.tenant_id = m.tenant_id AND g.id = m.group_id"
    " WHERE m.tenant_id = $1 AND m.user_id IN ({ids}) ORDER BY g.display_name_key, g.id"
)
# In the tables, and while somebody's access is unsettled in the views
_ROLES: Final = {
    now: f"SELECT u.id, r.key FROM {users} u JOIN role r ON r.tenant_id = u.tenant_id AND r.id = u.role_id"
    " WHERE u.tenant_id = $1 AND u.active AND u.id IN ({ids})"
    for now, users in (("", "scim_user"), ("_now", "user_now"))
}
_EMPLOYEE_GROUPS: Final = {
    now: f"SELECT a.user_id, k.key FROM user_employee_group{now} a"
    " JOIN scim_user u ON u.tenant_id = a.tenant_id AND u.id = a.user_id"
    " JOIN employee_group k ON k.tenant_id = a.tenant_id AND k.id = a.employee_group_id"
    " WHERE a.tenant_id = $1 AND u.active AND a.user_id IN ({ids}) ORDER BY k.key"
    for now in ("", "_now")
}


async def _rows(statement: str, tenant_id: UUID, user_ids: Sequence[UUID]) -> list[database.Row]:
    ids = ", ".join(f"${n}" for n in range(2, 2 + len(user_ids)))
    return await database.fetch(statement.format(ids=ids), tenant_id, *user_ids)
