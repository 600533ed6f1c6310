"""Roles and employee groups: created, changed, archived."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from tests.fixtures import NOW, new_tenant
from tests.services.directory_of_users import ADMIN, ORIGIN, World, fingerprint, new_world

from gatehouse.errors import InUse, InvalidValue, NotFound
from gatehouse.records import EmployeeGroup, Role
from gatehouse.services import catalogue, mapping
from gatehouse.store import audit, mapping as mappings
from gatehouse.store.database import Database
from gatehouse.store.ids import uuid7


@pytest.fixture
async def world(database: Database) -> World:
    return await new_world()


async def test_a_new_role(database: Database) -> None:
    tenant = await new_tenant()

    role = await catalogue.upsert_role(ADMIN, ORIGIN, tenant.id, key="site-lead_2", name=" Site Lead ", privileged=True)

    assert role == Role(role.id, tenant.id, "site-lead_2", "Site Lead", privileged=True, archived_at=None)
    assert await catalogue.roles(tenant.id) == [role]
    (entry,) = await audit.newest(tenant.id)
    assert (entry.action, entry.target_type, entry.target_id) == ("roleUpsert", "Role", str(role.id))
    assert (entry.actor, entry.request_id) == (ADMIN, "req-1")
    assert [(c.path, c.before, c.after) for c in entry.changes] == [
        ("key", None, "site-lead_2"),
        ("name", None, "Site Lead"),
        ("archived", None, False),
        ("privileged", None, True),
    ]


async def test_a_new_employee_group(database: Database) -> None:
    tenant = await new_tenant()

    group = await catalogue.upsert_employee_group(ADMIN, ORIGIN, tenant.id, key="north", name="Norden ✓")

    assert group == EmployeeGroup(group.id, tenant.id, "north", "Norden ✓", archived_at=None)
    assert await catalogue.employee_groups(tenant.id) == [group]
    (entry,) = await audit.newest(tenant.id)
    assert (entry.action, entry.target_type) == ("employeeGroupUpsert", "EmployeeGroup")


async def test_changing_keeps_the_id_and_tells_what_changed(world: World) -> None:
    before = world.roles["lead"]

    after = await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="lead", name="Lead", privileged=True)
    await catalogue.upsert_employee_group(ADMIN, ORIGIN, world.tenant_id, key="vip", name="Very Important")

    assert (after.id, after.name, after.privileged) == (before.id, "Lead", True)
    group_entry, role_entry = await audit.newest(world.tenant_id)
    assert [(c.path, c.before, c.after) for c in role_entry.changes] == [
        ("name", "Team Lead", "Lead"),
        ("privileged", False, True),
    ]
    assert [(c.path, c.before, c.after) for c in group_entry.changes] == [("name", "Vip", "Very Important")]


async def test_what_changes_nothing_leaves_no_trace(world: World) -> None:
    before = await fingerprint()

    role = await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="lead", name="Team Lead")
    group = await catalogue.upsert_employee_group(ADMIN, ORIGIN, world.tenant_id, key="vip", name="Vip")

    assert (role, group) == (world.roles["lead"], world.groups["vip"])
    assert await fingerprint() == before


async def test_archiving_hides_and_comes_back(world: World) -> None:
    lead = await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="lead", name="Team Lead", archived=True)

    assert lead.archived_at is not None
    again = await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="lead", name="Lead", archived=True)
    assert again.archived_at == lead.archived_at
    assert [role.key for role in await catalogue.roles(world.tenant_id)] == ["agent", "manager"]
    assert [r.key for r in await catalogue.roles(world.tenant_id, include_archived=True)] == [
        "agent",
        "lead",
        "manager",
    ]
    with pytest.raises(InvalidValue) as refused:
        await mapping.set_role_rule(
            ADMIN, ORIGIN, world.tenant_id, expected_version=1, title_value="x", role_key="lead"
        )
    assert refused.value.path == "roleKey"
    back = await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="lead", name="Lead", archived=False)
    assert (back.id, back.archived_at) == (lead.id, None)


async def test_what_is_not_said_stays_as_it_is(world: World) -> None:
    role = await catalogue.upsert_role(
        ADMIN, ORIGIN, world.tenant_id, key="lead", name="Lead", privileged=True, archived=True
    )
    group = await catalogue.upsert_employee_group(ADMIN, ORIGIN, world.tenant_id, key="old", name="Old", archived=True)

    again = await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="lead", name="Leader")
    group_again = await catalogue.upsert_employee_group(ADMIN, ORIGIN, world.tenant_id, key="old", name="Older")

    assert again == replace(role, name="Leader")
    assert group_again == replace(group, name="Older")


async def test_an_archived_group(world: World) -> None:
    group = await catalogue.upsert_employee_group(ADMIN, ORIGIN, world.tenant_id, key="old", name="Old", archived=True)

    assert group.archived_at is not None
    assert "old" not in [g.key for g in await catalogue.employee_groups(world.tenant_id)]
    assert group in await catalogue.employee_groups(world.tenant_id, include_archived=True)
    with pytest.raises(InvalidValue):
        await mapping.set_group_rule(
            ADMIN, ORIGIN, world.tenant_id, expected_version=1, segment_value="x", group_keys=["old"]
        )


async def test_what_rules_give_cannot_be_archived(world: World) -> None:
    before = await fingerprint()

    with pytest.raises(InUse) as role_refused:
        await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="agent", name="Agent", archived=True)
    with pytest.raises(InUse) as group_refused:
        await catalogue.upsert_employee_group(ADMIN, ORIGIN, world.tenant_id, key="south", name="South", archived=True)

    assert role_refused.value.message == '"agent" cannot be archived: 1 rules refer to it'
    assert group_refused.value.message == '"south" cannot be archived: 2 rules refer to it'
    assert await fingerprint() == before


async def test_a_default_cannot_be_archived(world: World) -> None:
    await mapping.change_settings(
        ADMIN, ORIGIN, world.tenant_id, expected_version=1, default_role_key="lead", default_group_keys=["vip"]
    )
    await mapping.remove_group_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=2, value="north-vip")

    with pytest.raises(InUse):
        await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="lead", name="Lead", archived=True)
    with pytest.raises(InUse):
        await catalogue.upsert_employee_group(ADMIN, ORIGIN, world.tenant_id, key="vip", name="Vip", archived=True)


async def test_what_somebody_still_has_cannot_be_archived(world: World) -> None:
    await world.user("ana", "Agent", "north")
    await world.user("ben", "Manager", None, deleted_at=1)
    await mapping.change_settings(
        ADMIN,
        ORIGIN,
        world.tenant_id,
        expected_version=1,
        unmapped_title="KEEP_PREVIOUS",  # type: ignore[arg-type]  # as it comes from an edge
        unmapped_group="KEEP_PREVIOUS",  # type: ignore[arg-type]
    )
    for value in ("Agent", "Manager"):
        await mapping.remove_role_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=None, value=value)
    await mapping.remove_group_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=None, value="north")

    with pytest.raises(InUse) as refused:
        await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="agent", name="Agent", archived=True)
    with pytest.raises(InUse):
        await catalogue.upsert_employee_group(ADMIN, ORIGIN, world.tenant_id, key="north", name="N", archived=True)
    gone = await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="manager", name="Manager", archived=True)

    assert refused.value.message == '"agent" cannot be archived: 1 users refer to it'
    assert gone.archived_at is not None


@pytest.mark.parametrize(
    ("_case", "key", "name", "path"),
    [
        ("empty key", "", "A", "key"),
        ("upper case", "Agent", "A", "key"),
        ("blank inside", "a b", "A", "key"),
        ("begins with a dash", "-a", "A", "key"),
        ("not ASCII", "rôle", "A", "key"),
        ("newline at the end", "a\n", "A", "key"),
        ("64 characters", "a" * 64, "A", "key"),
        ("no name", "a", "", "name"),
        ("blank name", "a", "  ", "name"),
        ("201 characters", "a", "A" * 201, "name"),
        ("control character", "a", "A\0", "name"),
        ("lone surrogate", "a", "A\ud800", "name"),
    ],
)
async def test_refusals_change_nothing(world: World, _case: str, key: str, name: str, path: str) -> None:
    before = await fingerprint()

    with pytest.raises(InvalidValue) as role_refused:
        await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key=key, name=name)
    with pytest.raises(InvalidValue) as group_refused:
        await catalogue.upsert_employee_group(ADMIN, ORIGIN, world.tenant_id, key=key, name=name)

    assert (role_refused.value.path, group_refused.value.path) == (path, path)
    assert await fingerprint() == before


async def test_the_longest_key_and_name(world: World) -> None:
    role = await catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="a" * 63, name="N" * 200)

    assert (len(role.key), len(role.name)) == (63, 200)


async def test_no_such_tenant(database: Database) -> None:
    with pytest.raises(NotFound):
        await catalogue.upsert_role(ADMIN, ORIGIN, uuid7(), key="a", name="A")
    with pytest.raises(NotFound):
        await catalogue.upsert_employee_group(ADMIN, ORIGIN, uuid7(), key="a", name="A")


async def test_tenants_do_not_see_each_other(world: World) -> None:
    other = await new_tenant("other")

    role = await catalogue.upsert_role(ADMIN, ORIGIN, other.id, key="agent", name="Other Agent")

    assert role.id != world.roles["agent"].id
    assert await catalogue.roles(other.id) == [role]
    assert await catalogue.employee_groups(other.id) == []


async def test_the_same_role_twice_at_once_is_one_role(database: Database) -> None:
    tenant = await new_tenant()

    created = await asyncio.gather(
        *(catalogue.upsert_role(ADMIN, ORIGIN, tenant.id, key="agent", name="Agent") for _ in range(5))
    )

    assert len({role.id for role in created}) == 1
    assert len(await audit.newest(tenant.id)) == 1


async def test_archiving_and_a_new_rule_never_both_succeed(world: World) -> None:
    results = await asyncio.gather(
        catalogue.upsert_role(ADMIN, ORIGIN, world.tenant_id, key="lead", name="Team Lead", archived=True),
        mapping.set_role_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=1, title_value="Lead", role_key="lead"),
        return_exceptions=True,
    )

    assert [type(result) for result in results] in (
        [Role, InvalidValue],
        [InUse, mapping.MappingChange],
    )


async def test_a_mapping_that_gives_what_was_archived_meanwhile(world: World) -> None:
    rules = await mappings.read(world.tenant_id)
    known = await catalogue.load_catalogue(world.tenant_id)
    archived = replace(known.roles["agent"], archived_at=NOW)

    known.refuse_archived(rules)
    with pytest.raises(InvalidValue) as refused:
        replace(known, roles={**known.roles, "agent": archived}).refuse_archived(rules)
    assert refused.value.message == '"agent" is archived'
