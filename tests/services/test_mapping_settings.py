"""Changing the settings of a mapping: delimiter, policies, defaults and source attributes."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from tests.services.directory_of_users import (
    ADMIN,
    ORIGIN,
    World,
    events,
    fingerprint,
    group_keys,
    new_world,
    role_key,
    row,
)

from gatehouse.errors import InvalidValue, NotFound, StaleVersion
from gatehouse.mapping.resolve import Access
from gatehouse.mapping.rules import MappingSettings, Policy
from gatehouse.services import mapping
from gatehouse.store import audit, mapping as mappings, mapping_versions
from gatehouse.store.database import Database

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.fixture
async def world(database: Database) -> World:
    return await new_world()


async def _change(world: World, **changes: Any) -> mapping.MappingChange:
    changes = {"expected_version": None, **changes}
    return await mapping.change_settings(ADMIN, ORIGIN, world.tenant_id, **changes)


async def test_another_delimiter_splits_again_and_whole_values_keep_winning(world: World) -> None:
    dash = await world.user("dash", "Agent", "north-south")
    slash = await world.user("slash", "Agent", "north/south")
    whole = await world.user("whole", "Agent", "north-vip")

    change = await _change(world, delimiter="/")

    assert [await group_keys(user) for user in (dash, slash, whole)] == [set(), {"north", "south"}, {"vip", "south"}]
    assert (change.users_evaluated, change.users_changed) == (3, 2)
    assert (change.impact.group_adds, change.impact.group_removes) == (2, 2)
    assert [(event["resource_name"], event["outcome"]) for event in await events(world)] == [
        ("dash", "warning"),
        ("slash", "success"),
    ]
    (entry,) = await audit.newest(world.tenant_id)
    assert (entry.action, entry.target_type, entry.target_id) == (
        "mappingSettingsUpdate",
        "Tenant",
        str(world.tenant_id),
    )
    assert [(c.path, c.before, c.after) for c in entry.changes] == [("delimiter", "-", "/")]


async def test_every_setting(world: World) -> None:
    await _change(
        world,
        delimiter=" + ",
        role_attribute="NAME.familyname",
        group_attribute=f"{ENTERPRISE}:department".upper(),
        empty_title=Policy.KEEP_PREVIOUS,
        unmapped_title=Policy.USE_DEFAULT,
        unmapped_group=Policy.REJECT_REQUEST,
        default_role_key="agent",
        default_group_keys=["vip", "north", "vip"],
    )

    settings = (await mappings.read(world.tenant_id)).settings
    assert settings == MappingSettings(
        delimiter=" + ",
        role_attribute="name.familyName",
        group_attribute=f"{ENTERPRISE}:department",
        empty_title=Policy.KEEP_PREVIOUS,
        unmapped_title=Policy.USE_DEFAULT,
        unmapped_group=Policy.REJECT_REQUEST,
        default_role_id=world.roles["agent"].id,
        default_group_ids=(world.groups["vip"].id, world.groups["north"].id),
    )
    newest = await mapping_versions.get(world.tenant_id, 2)
    assert orjson.loads(newest.document)["settings"] == {
        "delimiter": " + ",
        "roleAttribute": "name.familyName",
        "groupAttribute": f"{ENTERPRISE}:department",
        "emptyTitle": "KEEP_PREVIOUS",
        "unmappedTitle": "USE_DEFAULT",
        "unmappedGroup": "REJECT_REQUEST",
        "defaultRole": "agent",
        "defaultGroups": ["vip", "north"],
    }
    assert (await _change(world, default_group_keys=["vip", "north"])).version == 2
    with pytest.raises(InvalidValue) as refused:
        await _change(world, default_role_key=None)
    assert refused.value.path == "defaultRoleKey"


async def test_policies_reach_existing_users(world: World) -> None:
    stranger = await world.user("stranger", "Foo", "Bar")
    empty = await world.user("empty", None, None)

    change = await _change(
        world,
        unmapped_title=Policy.USE_DEFAULT,
        unmapped_group=Policy.USE_DEFAULT,
        default_role_key="lead",
        default_group_keys=["vip"],
    )

    assert (change.users_changed, change.impact.role_changes, change.impact.group_adds) == (2, 1, 2)
    assert (await role_key(stranger), await group_keys(stranger)) == ("lead", {"vip"})
    assert (await role_key(empty), await group_keys(empty)) == (None, {"vip"})
    assert [(await row(user))["role_outcome"] for user in (stranger, empty)] == ["DEFAULTED", "EMPTY"]

    await _change(world, unmapped_title=Policy.KEEP_PREVIOUS, unmapped_group=Policy.KEEP_PREVIOUS)
    assert [await role_key(user) for user in (stranger, empty)] == ["lead", None]
    assert [await group_keys(user) for user in (stranger, empty)] == [{"vip"}, {"vip"}]
    assert (await row(stranger))["role_outcome"] == "KEPT_PREVIOUS"
    assert len(await events(world)) == 2


@pytest.mark.parametrize(
    ("policy", "role", "groups", "outcome"),
    [
        (Policy.ASSIGN_NONE, None, set(), "UNMAPPED"),
        (Policy.KEEP_PREVIOUS, "agent", {"north"}, "KEPT_PREVIOUS"),
        (Policy.USE_DEFAULT, "lead", {"vip"}, "DEFAULTED"),
        # there is no request to refuse: a rule that is gone gives nothing any more
        (Policy.REJECT_REQUEST, None, set(), "UNMAPPED"),
    ],
)
async def test_what_a_removed_rule_leaves(
    world: World, policy: Policy, role: str | None, groups: set[str], outcome: str
) -> None:
    ana = await world.user("ana", "Agent", "north")
    await _change(
        world,
        unmapped_title=policy,
        unmapped_group=policy,
        default_role_key="lead",
        default_group_keys=["vip"],
    )

    await mapping.remove_role_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=2, value="Agent")
    await mapping.remove_group_rule(ADMIN, ORIGIN, world.tenant_id, expected_version=3, value="north")

    access = Access.from_text((await row(ana))["access"])
    assert (await role_key(ana), await group_keys(ana)) == (role, groups)
    assert (access.role_outcome, access.groups[0].outcome, access.role.policy) == (outcome, outcome, policy)


async def test_a_request_is_refused_later_but_the_change_of_policy_is_not(world: World) -> None:
    ana = await world.user("ana", "Foo", "Bar")

    change = await _change(world, unmapped_title=Policy.REJECT_REQUEST, unmapped_group=Policy.REJECT_REQUEST)

    assert (change.users_evaluated, change.users_changed) == (1, 0)
    assert Access.from_text((await row(ana))["access"]).role.policy is Policy.REJECT_REQUEST


async def test_other_attributes_feed_the_mapping(world: World) -> None:
    ana = await world.user(
        "ana", "Agent", "north", document={ENTERPRISE: {"department": "Manager", "division": "south"}}
    )

    change = await _change(world, role_attribute=f"{ENTERPRISE}:department", group_attribute=f"{ENTERPRISE}:division")

    assert change.users_changed == 1
    assert (await role_key(ana), await group_keys(ana)) == ("manager", {"south"})
    renamed = await mapping.set_role_rule(
        ADMIN, ORIGIN, world.tenant_id, expected_version=2, title_value="Manager", role_key="lead"
    )
    assert (renamed.users_evaluated, await role_key(ana)) == (1, "lead")
    regrouped = await mapping.set_group_rule(
        ADMIN, ORIGIN, world.tenant_id, expected_version=3, segment_value="South", group_keys=["vip"]
    )
    assert (regrouped.users_evaluated, await group_keys(ana)) == (1, {"vip"})


async def test_attributes_change_places(world: World) -> None:
    ana = await world.user("ana", "south", "Manager")

    await _change(world, role_attribute="userType", group_attribute="title")
    change = await mapping.set_role_rule(
        ADMIN, ORIGIN, world.tenant_id, expected_version=2, title_value="manager", role_key="lead"
    )

    assert (await role_key(ana), await group_keys(ana)) == ("lead", {"south"})
    assert (change.users_evaluated, change.users_changed) == (1, 1)


@pytest.mark.parametrize(
    ("_case", "changes", "error", "path"),
    [
        ("no delimiter", {"delimiter": ""}, InvalidValue, "delimiter"),
        ("long delimiter", {"delimiter": "123456789"}, InvalidValue, "delimiter"),
        ("no default role", {"empty_title": Policy.USE_DEFAULT}, InvalidValue, "defaultRoleKey"),
        ("no default groups", {"unmapped_group": Policy.USE_DEFAULT}, InvalidValue, "defaultGroupKeys"),
        ("unknown default role", {"default_role_key": "nobody"}, NotFound, "defaultRoleKey"),
        ("unknown default group", {"default_group_keys": ["nowhere"]}, NotFound, "defaultGroupKeys"),
        ("unknown attribute", {"role_attribute": "shoeSize"}, InvalidValue, "roleAttribute"),
        ("multi-valued", {"role_attribute": "emails.value"}, InvalidValue, "roleAttribute"),
        ("boolean", {"group_attribute": "active"}, InvalidValue, "groupAttribute"),
        ("complex", {"group_attribute": "name"}, InvalidValue, "groupAttribute"),
        ("not in the document", {"group_attribute": "id"}, InvalidValue, "groupAttribute"),
        ("not stored", {"role_attribute": "password"}, InvalidValue, "roleAttribute"),
        ("stale", {"delimiter": "/", "expected_version": 9}, StaleVersion, "expectedVersion"),
    ],
)
async def test_refusals_change_nothing(
    world: World, _case: str, changes: dict[str, Any], error: type[Exception], path: str
) -> None:
    await world.user("ana", "Agent", "north")
    before = await fingerprint()

    with pytest.raises(error) as refused:
        await _change(world, **changes)

    assert getattr(refused.value, "path", None) == path
    assert await fingerprint() == before
