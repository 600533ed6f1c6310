"""On random users with random rule histories the stored access is what the rules say."""

from __future__ import annotations

import asyncio
from random import Random

import orjson
import pytest
from tests.services.directory_of_users import ADMIN, ORIGIN, World, events, group_keys, new_world, role_key, row

from gatehouse.errors import StaleVersion
from gatehouse.mapping.explain import UserStatus, explain
from gatehouse.mapping.resolve import Access, resolve
from gatehouse.mapping.rules import Policy, mapping_inputs
from gatehouse.records import UserRecord
from gatehouse.services import mapping
from gatehouse.store import database as store, mapping as mappings
from gatehouse.store.database import Database

TITLES = ["Agent", "MANAGER ", "Team  Lead", "Ü", "", None, "Foo"]
USER_TYPES = ["north", "North-VIP", "south-north", "vip", "foo/vip", "x-y-z", " ", None]
ROLES = ["agent", "manager", "lead"]
GROUPS = ["north", "south", "vip"]


@pytest.mark.parametrize("seed", range(4))
async def test_stored_access_follows_every_change(database: Database, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - reproducible, no secret
    world = await new_world()
    users = [
        await world.user(f"user{n}", random.choice(TITLES), random.choice(USER_TYPES), active=random.random() < 0.8)
        for n in range(25)
    ]
    told = {user.id: (await role_key(user), await group_keys(user)) for user in users}

    for _ in range(12):
        before = {user.id: await row(user) for user in users}
        seen = len(await events(world))
        change = await _random_change(world, random)
        await _check(world, users, before)
        new_events = (await events(world))[seen:]
        assert change.users_changed == len(new_events)
        for event in new_events:
            _follow(told, event)

    assert told == {user.id: (await role_key(user), await group_keys(user)) for user in users}


async def _random_change(world: World, random: Random) -> mapping.MappingChange:
    title, segment = random.choice([t for t in TITLES if t]), random.choice(["north", "VIP", "foo", "north-vip", "x"])
    policy = random.choice([p for p in Policy if p is not Policy.USE_DEFAULT])
    rules = await mappings.read(world.tenant_id)
    kind = random.randrange(6)
    common = {"expected_version": rules.version}
    if kind == 0 and rules.role_rules:
        value = random.choice(rules.role_rules).value
        return await mapping.remove_role_rule(ADMIN, ORIGIN, world.tenant_id, value=value, **common)
    if kind == 1 and rules.group_rules:
        value = random.choice(rules.group_rules).value
        return await mapping.remove_group_rule(ADMIN, ORIGIN, world.tenant_id, value=value, **common)
    if kind == 2:
        groups = random.sample(GROUPS, random.randint(1, 3))
        return await mapping.set_group_rule(
            ADMIN, ORIGIN, world.tenant_id, segment_value=segment, group_keys=groups, **common
        )
    if kind == 3:
        delimiter = random.choice(["-", "/"])
        return await mapping.change_settings(ADMIN, ORIGIN, world.tenant_id, delimiter=delimiter, **common)
    if kind == 4:
        return await mapping.change_settings(
            ADMIN, ORIGIN, world.tenant_id, unmapped_title=policy, unmapped_group=policy, **common
        )
    role = random.choice(ROLES)
    return await mapping.set_role_rule(ADMIN, ORIGIN, world.tenant_id, title_value=title, role_key=role, **common)


async def _check(world: World, users: list[UserRecord], before: dict[object, store.Row]) -> None:
    rules = await mappings.read(world.tenant_id)
    for user in users:
        stored = await row(user)
        title, user_type = mapping_inputs(orjson.loads(stored["document"]), rules.settings)
        wanted = resolve(title, user_type, rules, previous=Access.from_text(before[user.id]["access"]), refuse=False)
        await role_key(user)
        await group_keys(user)
        assert stored["access"] == wanted.to_text()
        assert resolve(title, user_type, rules, previous=wanted, refuse=False) == wanted  # nothing is left to evaluate
        rewritten = stored["access"] != before[user.id]["access"]
        assert stored["mapping_version"] == (rules.version if rewritten else before[user.id]["mapping_version"])
        status = UserStatus.ACTIVE if stored["active"] else UserStatus.DISABLED
        explanation = explain(Access.from_text(stored["access"]), rules, status=status)
        assert explanation.role.decision.role_id == wanted.role_id


def _follow(told: dict[object, tuple[str | None, set[str]]], event: store.Row) -> None:
    """Apply an event to what the events before it said."""
    user_id = store.as_uuid(event["resource_id"])
    role, groups = told[user_id]
    for change in orjson.loads(event["changes"]):
        if change["path"] == "role":
            assert change["before"] == role
            role = change["after"]
        else:
            assert set(change["before"]) == groups
            groups = set(change["after"])
    told[user_id] = (role, groups)


async def test_scim_writes_and_mapping_changes_at_once(database: Database) -> None:
    """Whoever commits last, each user's access is that of the mapping in force."""
    world = await new_world()
    users = [await world.user(f"user{n}", "Agent", "north") for n in range(10)]

    async def move(user: UserRecord, title: str) -> None:
        # a write as the provisioning service does it: decided on the mapping it knows, guarded by its version
        version = None
        while True:
            rules = await mappings.load(world.tenant_id, version)
            stored = await row(user)
            access = resolve(title, stored["user_type"], rules, previous=Access.from_text(stored["access"]))
            try:
                await _write_title(world, user, stored, title, access=access, version=rules.version)
            except StaleVersion:
                version = None
                await asyncio.sleep(0.001)
                continue
            return

    await asyncio.gather(
        *(move(user, "Manager") for user in users),
        *(
            mapping.set_role_rule(
                ADMIN, ORIGIN, world.tenant_id, expected_version=None, title_value=title, role_key=role
            )
            for title in ("Agent", "Manager")
            for role in ROLES
        ),
    )

    rules = await mappings.read(world.tenant_id)
    rule = rules.role_rule_by_value["manager"]
    expected = rules.roles[rule.role_id]
    assert [await role_key(user) for user in users] == [expected] * 10
    for user in users:
        assert rule.since_version <= (await row(user))["mapping_version"] <= rules.version


async def _write_title(
    world: World, user: UserRecord, stored: store.Row, title: str, *, access: Access, version: int
) -> None:
    await store.write(
        [
            store.Statement(
                "SELECT 1 FROM tenant WHERE id = $1 AND mapping_version = $2", (world.tenant_id, version), rows=1
            ),
            store.Statement(
                "UPDATE scim_user SET version = version + 1, title = $3, title_key = $4, role_id = $5,"
                " role_outcome = $6, access = $7, mapping_version = $8 WHERE id = $1 AND version = $2",
                (
                    user.id,
                    stored["version"],
                    title,
                    title.lower(),
                    access.role_id,
                    str(access.role_outcome),
                    access.to_text(),
                    version,
                ),
                rows=1,
            ),
        ]
    )
