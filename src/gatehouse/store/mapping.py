"""The mapping of a tenant: loading it, and writing the difference between two versions.

A mapping never changes under its version number, so each process keeps the latest ones it has read. Who computes access
from a kept mapping puts a guard on ``tenant.mapping_version`` into the batch.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson

from gatehouse.errors import NotFound, StaleVersion
from gatehouse.mapping.rules import GroupRule, Mapping, MappingSettings, Policy, RoleRule, normalise
from gatehouse.records import to_microseconds
from gatehouse.store import database, tenants
from gatehouse.store.database import Row


class Memory:
    """The mappings used last, by tenant and version.

    :param capacity: how many; the longest unused is forgotten.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._kept: OrderedDict[tuple[UUID, int], Mapping] = OrderedDict()

    def get(self, tenant_id: UUID, version: int) -> Mapping | None:
        """The mapping, if it is still known."""
        found = self._kept.get((tenant_id, version))
        if found is not None:
            self._kept.move_to_end((tenant_id, version))
        return found

    def put(self, tenant_id: UUID, mapping: Mapping) -> None:
        """Remember a mapping."""
        self._kept[tenant_id, mapping.version] = mapping
        if len(self._kept) > self._capacity:
            self._kept.popitem(last=False)


_MEMORY: Final = Memory(256)

# One statement, so that all parts belong to the same version even while others write.
_READ: Final = """
SELECT t.mapping_version, t.delimiter, t.role_attribute, t.group_attribute, t.empty_title, t.unmapped_title,
    t.unmapped_group, t.default_role_id, t.default_group_ids,
    p.kind, p.id, p.target_id, p.value, p.value_key, p.position, p.note, p.since_version
FROM tenant t LEFT JOIN (
    SELECT 'role_rule' AS kind, id, role_id AS target_id, value, value_key, 0 AS position, note, since_version
    FROM role_rule WHERE tenant_id = $1
    UNION ALL SELECT 'group_rule', g.id, x.employee_group_id, g.value, g.value_key, x.position, g.note, g.since_version
    FROM group_rule g JOIN group_rule_target x ON x.tenant_id = g.tenant_id AND x.group_rule_id = g.id
    WHERE g.tenant_id = $1
    UNION ALL SELECT 'role', id, NULL, key, key, 0, NULL, 0 FROM role WHERE tenant_id = $1
    UNION ALL SELECT 'group', id, NULL, key, key, 0, NULL, 0 FROM employee_group WHERE tenant_id = $1
) p ON 1 = 1
WHERE t.id = $1
"""
_ADVANCE: Final = (
    "UPDATE tenant SET mapping_version = $3, updated_at = $4, delimiter = $5, role_attribute = $6,"
    " group_attribute = $7, empty_title = $8, unmapped_title = $9, unmapped_group = $10, default_role_id = $11,"
    " default_group_ids = $12 WHERE id = $1 AND mapping_version = $2"
)


async def load(tenant_id: UUID, version: int | None = None) -> Mapping:
    """The mapping in force, from memory if this process has read it before. Not for use inside a mapping change.

    :param version: what the caller knows ``tenant.mapping_version`` to be; None asks the database. The answer may be a
        newer one: go by its own ``version``.
    :raises NotFound: no such tenant.
    """
    wanted = await tenants.mapping_version(tenant_id) if version is None else version
    found = _MEMORY.get(tenant_id, wanted)
    if found is None:
        found = await read(tenant_id)
        _MEMORY.put(tenant_id, found)
    return found


async def load_many(tenant_ids: Sequence[UUID]) -> dict[UUID, Mapping]:
    """The mapping in force of each of these tenants: one statement as long as the process has them in memory."""
    versions = await tenants.mapping_versions(tenant_ids)
    return {tenant_id: await load(tenant_id, version) for tenant_id, version in versions.items()}


async def read(tenant_id: UUID) -> Mapping:
    """The mapping in force, from the database.

    :raises NotFound: no such tenant.
    """
    rows = await database.fetch(_READ, tenant_id)
    if not rows:
        raise NotFound(f"tenant {tenant_id} not found")
    parts: dict[str | None, list[Row]] = {"role_rule": [], "group_rule": [], "role": [], "group": []}
    for row in sorted(rows, key=lambda row: (row["value_key"] or "", row["position"] or 0)):
        parts.setdefault(row["kind"], []).append(row)
    return Mapping(
        version=rows[0]["mapping_version"],
        settings=_settings(rows[0]),
        role_rules=tuple(_role_rule(row) for row in parts["role_rule"]),
        group_rules=_group_rules(parts["group_rule"]),
        roles={database.as_uuid(row["id"]): row["value"] for row in parts["role"]},
        groups={database.as_uuid(row["id"]): row["value"] for row in parts["group"]},
    )


async def save(tenant_id: UUID, before: Mapping, after: Mapping, *, updated_at: datetime) -> None:
    """Turn the stored mapping ``before`` into ``after``. First of all it takes the tenant's row, in one transaction.

    SCIM writes that were computed from ``before`` either committed already, and are seen from here on, or will find their
    guard broken and start again.

    :raises StaleVersion: ``before`` is not in force any more.
    """
    settings = after.settings
    advanced = await database.execute(
        _ADVANCE,
        tenant_id,
        before.version,
        after.version,
        to_microseconds(updated_at),
        settings.delimiter,
        settings.role_attribute,
        settings.group_attribute,
        str(settings.empty_title),
        str(settings.unmapped_title),
        str(settings.unmapped_group),
        settings.default_role_id,
        orjson.dumps([str(group_id) for group_id in settings.default_group_ids]).decode(),
    )
    if not advanced:
        raise StaleVersion(f"the mapping is not at version {before.version} any more", path="expectedVersion")
    await _save_role_rules(tenant_id, before, after)
    await _save_group_rules(tenant_id, before, after)


async def lock(tenant_id: UUID) -> None:
    """Hold off mapping changes until the transaction ends.

    :raises NotFound: no such tenant.
    """
    if not await database.execute("UPDATE tenant SET mapping_version = mapping_version WHERE id = $1", tenant_id):
        raise NotFound(f"tenant {tenant_id} not found")


async def _save_role_rules(tenant_id: UUID, before: Mapping, after: Mapping) -> None:
    old, kept = set(before.role_rules), set(after.role_rules)
    new = [rule for rule in after.role_rules if rule not in old]
    await database.execute_many(
        "DELETE FROM role_rule WHERE tenant_id = $1 AND id = $2",
        [(tenant_id, rule.id) for rule in before.role_rules if rule not in kept],
    )
    await database.execute_many(
        "INSERT INTO role_rule (tenant_id, id, value, value_key, role_id, note, since_version)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [(tenant_id, r.id, r.value, normalise(r.value), r.role_id, r.note, r.since_version) for r in new],
    )


async def _save_group_rules(tenant_id: UUID, before: Mapping, after: Mapping) -> None:
    old, kept = set(before.group_rules), set(after.group_rules)
    new = [rule for rule in after.group_rules if rule not in old]
    await database.execute_many(
        "DELETE FROM group_rule WHERE tenant_id = $1 AND id = $2",
        [(tenant_id, rule.id) for rule in before.group_rules if rule not in kept],
    )
    await database.execute_many(
        "INSERT INTO group_rule (tenant_id, id, value, value_key, note, since_version) VALUES ($1, $2, $3, $4, $5, $6)",
        [(tenant_id, r.id, r.value, normalise(r.value), r.note, r.since_version) for r in new],
    )
    await database.execute_many(
        "INSERT INTO group_rule_target (tenant_id, group_rule_id, employee_group_id, position) VALUES ($1, $2, $3, $4)",
        [(tenant_id, r.id, group_id, position) for r in new for position, group_id in enumerate(r.group_ids)],
    )


def _settings(row: Row) -> MappingSettings:
    return MappingSettings(
        delimiter=row["delimiter"],
        role_attribute=row["role_attribute"],
        group_attribute=row["group_attribute"],
        empty_title=Policy(row["empty_title"]),
        unmapped_title=Policy(row["unmapped_title"]),
        unmapped_group=Policy(row["unmapped_group"]),
        default_role_id=database.as_uuid(row["default_role_id"]) if row["default_role_id"] else None,
        default_group_ids=tuple(UUID(group_id) for group_id in orjson.loads(row["default_group_ids"])),
    )


def _role_rule(row: Row) -> RoleRule:
    return RoleRule(
        id=database.as_uuid(row["id"]),
        value=row["value"],
        role_id=database.as_uuid(row["target_id"]),
        note=row["note"],
        since_version=row["since_version"],
    )


def _group_rules(rows: list[Row]) -> tuple[GroupRule, ...]:
    """One rule from its run of rows, one row per target in order."""
    targets: dict[UUID, list[UUID]] = {}
    heads: dict[UUID, Row] = {}
    for row in rows:
        rule_id = database.as_uuid(row["id"])
        heads[rule_id] = row
        targets.setdefault(rule_id, []).append(database.as_uuid(row["target_id"]))
    return tuple(
        GroupRule(rule_id, row["value"], tuple(targets[rule_id]), row["note"], row["since_version"])
        for rule_id, row in heads.items()
    )
