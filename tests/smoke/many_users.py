"""Tenants of very many users, filled by SQL: as many copies of one user as are wanted."""

from __future__ import annotations

from gatehouse.records import UserRecord
from gatehouse.store import database

_COPIED = (
    "tenant_id, version, document, active, created_at, last_modified_at, given_name, given_name_key, family_name,"
    " family_name_key, title, title_key, user_type, user_type_key, role_id, role_outcome, mapping_version, access"
)
_NUMBERS = {
    "sqlite": "WITH RECURSIVE g (n) AS (SELECT $1 UNION ALL SELECT n + 1 FROM g WHERE n < $2)",
    "postgres": "WITH g AS (SELECT generate_series(CAST($1 AS integer), CAST($2 AS integer)) AS n)",
}
_ID = {
    "sqlite": "printf('0199a3a4-%04x-7%03x-8000-%012x', g.n / 256, g.n % 256, g.n)",
    "postgres": (
        "CAST('0199a3a4-' || lpad(to_hex(g.n / 256), 4, '0') || '-7' || lpad(to_hex(g.n % 256), 3, '0')"
        " || '-8000-' || lpad(to_hex(g.n), 12, '0') AS uuid)"
    ),
}


async def copy_user(seed: UserRecord, name: str, numbers: range) -> None:
    """Copy a user with its access; the copies are called by the name and their number, and :func:`id_of` knows them.

    :param name: no other user's name may begin with it.
    :param numbers: consecutive; no two users of a database may have the same.
    """
    dialect = database.dialect()
    copied = _COPIED.replace("tenant_id", "s.tenant_id").replace(
        "document", f"replace(document, '\"' || s.user_name || '\"', '\"{name}' || g.n || '\"')"
    )
    await database.execute(
        f"{_NUMBERS[dialect]} INSERT INTO scim_user (id, user_name, user_name_key, {_COPIED})"
        f" SELECT {_ID[dialect]}, '{name}' || g.n, '{name}' || g.n, {copied}"
        " FROM g CROSS JOIN scim_user s WHERE s.id = $3",
        numbers[0],
        numbers[-1],
        seed.id,
    )
    await database.execute(
        "INSERT INTO user_employee_group (tenant_id, user_id, employee_group_id)"
        " SELECT u.tenant_id, u.id, m.employee_group_id FROM scim_user u CROSS JOIN user_employee_group m"
        f" WHERE u.user_name LIKE '{name}%' AND m.user_id = $1",
        seed.id,
    )
    await database.execute("ANALYZE")


def id_of(number: int) -> str:
    """The id of the copy with this number."""
    return f"0199a3a4-{number // 256:04x}-7{number % 256:03x}-8000-{number:012x}"
