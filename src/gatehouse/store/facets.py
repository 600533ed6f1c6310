"""How the users of a list fall apart by one of their properties: counts of the same rows that the list would show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from gatehouse.mapping.rules import normalise, segments
from gatehouse.store import database, listing
from gatehouse.store.condition import Condition, Parameters, compile_condition
from gatehouse.store.database import Row
from gatehouse.store.directory import IN_FORCE, counted_users, unless_status

Tenants = frozenset[UUID] | None
WHOLE_VALUES: Final = 5_000  # different values of userType of which the segments are counted: the commonest ones


class FacetField(StrEnum):
    """What users can be counted by."""

    STATUS = "STATUS"
    ROLE = "ROLE"
    GROUP = "GROUP"
    ROLE_OUTCOME = "ROLE_OUTCOME"
    TITLE = "TITLE"
    USER_TYPE_SEGMENT = "USER_TYPE_SEGMENT"
    DEPARTMENT = "DEPARTMENT"


@dataclass(frozen=True, slots=True)
class Count:
    """So many users share a value.

    :param value: None for those who have none.
    :param label: the value as somebody writes it; of titles, segments and departments.
    """

    value: str | None
    label: str | None
    users: int


@dataclass(frozen=True, slots=True)
class _Grouping:
    """What users are grouped by: the value, a label, and the tables beside ``u``, which holds the users.

    :param delimiter: what the value falls apart at.
    :param access: it is access, which may be unsettled: ``{now}`` ends the name of a table that has a view for that.
    """

    value: str
    label: str = "NULL"
    join: str = ""
    delimiter: str | None = None
    access: bool = False


_ONE_LIST: Final = "1"  # what all its rows have in common
_DEPARTMENT: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:department"
_GROUPINGS: Final[dict[FacetField, _Grouping]] = {
    FacetField.STATUS: _Grouping(
        "CASE WHEN u.deleted_at IS NOT NULL THEN 'DELETED' WHEN u.active THEN 'ACTIVE' ELSE 'DISABLED' END"
    ),
    FacetField.ROLE: _Grouping(f"CASE WHEN {IN_FORCE} THEN u.role_id END", access=True),
    FacetField.GROUP: _Grouping(
        "m.employee_group_id",
        join=f"LEFT JOIN user_employee_group{{now}} m ON m.tenant_id = u.tenant_id AND m.user_id = u.id AND {IN_FORCE}",
        access=True,
    ),
    FacetField.ROLE_OUTCOME: _Grouping(f"CASE WHEN {IN_FORCE} THEN u.role_outcome ELSE 'INACTIVE' END", access=True),
    FacetField.TITLE: _Grouping("u.title_key", "min(u.title)"),
    FacetField.USER_TYPE_SEGMENT: _Grouping(
        "u.user_type_key", "min(u.user_type)", "JOIN tenant t ON t.id = u.tenant_id", "t.delimiter"
    ),
    FacetField.DEPARTMENT: _Grouping(
        "d.value_key",
        "min(d.value)",
        f"LEFT JOIN user_value d ON d.tenant_id = u.tenant_id AND d.user_id = u.id AND d.attribute = '{_DEPARTMENT}'",
    ),
}


async def counts(tenant_ids: Tenants, field: FacetField, condition: Condition | None, *, limit: int) -> list[Count]:
    """The commonest values among the users of these tenants that match, those with the most users first."""
    parameters = Parameters()
    if tenant_ids is not None:
        parameters.tenants = f"IN (SELECT k.id FROM {listing.id_table(sorted(tenant_ids), parameters)} k)"
    rows = await _counted(tenant_ids, field, _ONE_LIST, condition, parameters=parameters, limit=limit)
    return _counts(rows, limit)


async def counts_of(
    tenant_ids: Sequence[UUID], field: FacetField, condition: Condition | None, *, limit: int
) -> dict[UUID, list[Count]]:
    """The same for each of these tenants by itself, with one statement."""
    parameters = Parameters()
    parameters.tenants = f"IN (SELECT k.id FROM {listing.id_table(tenant_ids, parameters)} k)"
    found: dict[UUID, list[Row]] = {tenant_id: [] for tenant_id in tenant_ids}
    for row in await _counted(
        frozenset(tenant_ids), field, "u.tenant_id", condition, parameters=parameters, limit=limit
    ):
        found[database.as_uuid(row[0])].append(row)
    return {tenant_id: _counts(rows, limit) for tenant_id, rows in found.items()}


async def _counted(
    tenant_ids: Tenants,
    field: FacetField,
    own: str,
    condition: Condition | None,
    *,
    parameters: Parameters,
    limit: int,
) -> list[Row]:
    """Rows of partition, value, label, users and delimiter: the commonest of each partition ``own``.

    Of values that fall apart :data:`WHOLE_VALUES` are read, however few segments are asked for.
    """
    grouping = _GROUPINGS[field]
    scope = "1 = 1" if tenant_ids is None else f"u.tenant_id {parameters.tenants}"
    users = await counted_users(tenant_ids, condition, by_access=grouping.access)
    join = grouping.join.format(now="_now" if users.table == "user_now" else "")
    where = compile_condition(unless_status(condition), users.fields, parameters)
    by = ", ".join(part for part in (own, grouping.value, grouping.delimiter) if part and part != _ONE_LIST)
    most = parameters.add(limit if grouping.delimiter is None else WHOLE_VALUES)
    return await database.fetch(
        "SELECT c.own, c.value, c.label, c.users, c.delimiter FROM (SELECT g.*, row_number() OVER"
        " (PARTITION BY g.own ORDER BY g.users DESC, CASE WHEN g.value IS NULL THEN 1 ELSE 0 END, g.value) AS place FROM"
        f" (SELECT {own} AS own, {grouping.value} AS value, {grouping.label} AS label, count(*) AS users,"
        f" {grouping.delimiter or 'NULL'} AS delimiter"
        f" FROM {users.table} u {join} WHERE {scope} AND {where} GROUP BY {by}) g) c"
        f" WHERE c.place <= {most} ORDER BY c.own, c.place",
        *parameters,
    )


def _counts(rows: Iterable[Row], limit: int) -> list[Count]:
    """The counts of one list; values with a delimiter are counted by segment, as often as users have it."""
    users: Counter[str | None] = Counter()
    labels: dict[str | None, str | None] = {}
    for _, value, label, number, delimiter in rows:
        parts = [(None if value is None else str(value), label)]
        if delimiter is not None:
            parts = [(normalise(part), part) for part in segments(label or "", delimiter)] or [(None, None)]
        for key, spelling in parts:
            users[key] += number
            labels.setdefault(key, spelling)
    ranked = sorted(users.items(), key=lambda item: (-item[1], item[0] is None, item[0] or ""))
    return [Count(key, labels[key], number) for key, number in ranked[:limit]]
