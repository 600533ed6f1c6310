"""What a user had at any moment is what was stored at that moment; so is what the explanation says."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import orjson
from tests.api.graphql.people import Api, viewer
from tests.fixtures import NOW_US
from tests.services.directory_of_users import ADMIN, ORIGIN, World, new_world, set_group, set_role

from gatehouse.errors import GatehouseError
from gatehouse.mapping.document import to_document
from gatehouse.mapping.explain import explain
from gatehouse.mapping.resolve import Access, resolve
from gatehouse.mapping.rules import Policy
from gatehouse.mapping.snapshot import restore, rule_ids
from gatehouse.records import Caller, Viewer
from gatehouse.scim.keys import key
from gatehouse.services import access_history, directory, mapping, overrides, users
from gatehouse.services.clock import now
from gatehouse.services.directory import DirectoryUser
from gatehouse.services.overrides import Wish
from gatehouse.store import database as store, mapping as mappings, tenants
from gatehouse.store.database import Database
from gatehouse.store.ids import uuid7

USERS = 1_000
INSTANTS = 10
TITLES = ["Agent", "MANAGER ", "Team  Lead", "Boss", "", None]
USER_TYPES = ["north", "North-VIP", "south-north", "vip", "moon/vip", " ", None]
ROLES = ["agent", "manager", "lead"]
GROUPS = ["north", "south", "vip"]

Snapshot = dict[UUID, tuple[str, UUID | None, frozenset[UUID]]]  # status, and role and groups on record
_INSERT = (
    "INSERT INTO scim_user (id, tenant_id, version, document, user_name, user_name_key, active, title, title_key,"
    " user_type, user_type_key, created_at, last_modified_at, role_id, role_outcome, mapping_version, access)"
    " VALUES ($1, $2, 1, $3, $4, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, 1, $13)"
)


async def populate(world: World, random: Random) -> list[UUID]:
    """Users with the access that the first mapping gives."""
    rules = await mappings.read(world.tenant_id)
    rows, links = [], []
    for n in range(USERS):
        user_id, title, user_type, active = (
            uuid7(),
            random.choice(TITLES),
            random.choice(USER_TYPES),
            random.random() < 0.8,
        )
        access = resolve(title, user_type, rules, previous=None)
        given = {"userName": f"u{n}", "active": active, "title": title, "userType": user_type}
        document = {name: value for name, value in given.items() if value is not None}
        keys = [None if value is None else key(value) for value in (title, user_type)]
        rows.append(
            (user_id, world.tenant_id, orjson.dumps(document).decode(), f"u{n}", active, title, keys[0], user_type,
             keys[1], NOW_US, access.role_id, str(access.role_outcome), access.to_text())
        )  # fmt: skip
        links += [(user_id, group_id, world.tenant_id) for group_id in access.group_ids]
    async with store.transaction():
        await store.execute_many(_INSERT, rows)
        await store.execute_many(
            "INSERT INTO user_employee_group (user_id, employee_group_id, tenant_id) VALUES ($1, $2, $3)", links
        )
    return [row[0] for row in rows]


class Life:
    """What Entra, administrators and time do to the users of a tenant, at random."""

    def __init__(self, world: World, caller: Caller, random: Random) -> None:
        self._world, self._caller, self._random = world, caller, random

    async def go_on(self, people: list[UUID]) -> None:
        random = self._random
        await self._change_mapping()
        for act, number in ((self._provision, 12), (self._override, 8), (self._clear, 3), (self._delete, 1)):
            for user_id in random.sample(people, number):
                try:
                    await act(user_id)
                except GatehouseError:  # refused by a policy, deleted, without an override
                    continue

    async def _change_mapping(self) -> None:
        random, tenant_id = self._random, self._world.tenant_id
        rules = await mappings.read(tenant_id)
        kind = random.randrange(5)
        if kind == 0 and rules.role_rules:
            value = random.choice(rules.role_rules).value
            await mapping.remove_role_rule(ADMIN, ORIGIN, tenant_id, expected_version=None, value=value)
        elif kind == 1 and rules.group_rules:
            value = random.choice(rules.group_rules).value
            await mapping.remove_group_rule(ADMIN, ORIGIN, tenant_id, expected_version=None, value=value)
        elif kind == 2:
            policy, delimiter = random.choice([p for p in Policy if p is not Policy.USE_DEFAULT]), random.choice("-/")
            await mapping.change_settings(
                ADMIN, ORIGIN, tenant_id, expected_version=None, unmapped_title=policy, unmapped_group=policy,
                delimiter=delimiter,
            )  # fmt: skip
        elif kind == 3:
            groups = random.sample(GROUPS, random.randint(1, 2))
            await set_group(self._world, random.choice(["north", "VIP", "moon", "south-north"]), *groups)
        else:
            await set_role(self._world, random.choice([title for title in TITLES if title]), random.choice(ROLES))

    async def _provision(self, user_id: UUID) -> None:
        path, value = self._random.choice(
            [
                ("title", self._random.choice([title for title in TITLES if title])),
                ("userType", self._random.choice([value for value in USER_TYPES if value and value.strip()])),
                ("active", self._random.random() < 0.5),
            ]
        )
        operations = [{"op": "replace", "path": path, "value": value}]
        body: dict[str, Any] = {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        }
        await users.patch(self._caller, user_id, body)

    async def _override(self, user_id: UUID) -> None:
        added, removed = self._random.sample(GROUPS, 2)
        lasts = timedelta(seconds=0.02) if self._random.random() < 0.3 else timedelta(days=1)
        wish = Wish("cover", now() + lasts, self._random.choice([*ROLES, None]), [added], [removed])
        await overrides.set_override(ADMIN, ORIGIN, self._world.tenant_id, user_id, wish)

    async def _clear(self, user_id: UUID) -> None:
        await overrides.clear_override(ADMIN, ORIGIN, self._world.tenant_id, user_id)

    async def _delete(self, user_id: UUID) -> None:
        await users.delete(self._caller, user_id)


async def snapshot(world: World) -> tuple[datetime, Snapshot]:
    """What the tables say, and when; overrides whose time is over have ended."""
    await asyncio.sleep(0.02)
    await overrides.end_due(None)
    moment = now()
    rows = await store.fetch(
        "SELECT id, active, deleted_at, role_id FROM user_now WHERE tenant_id = $1", world.tenant_id
    )
    links = await store.fetch("SELECT user_id, employee_group_id FROM user_employee_group_now")
    groups: dict[UUID, set[UUID]] = {}
    for user_id, group_id in links:
        groups.setdefault(store.as_uuid(user_id), set()).add(store.as_uuid(group_id))
    found: Snapshot = {}
    for user_id, active, deleted_at, role_id in rows:
        status = "DELETED" if deleted_at is not None else "ACTIVE" if active else "DISABLED"
        key_ = store.as_uuid(user_id)
        found[key_] = (status, store.as_uuid(role_id) if role_id else None, frozenset(groups.get(key_, ())))
    await asyncio.sleep(0.002)
    return moment, found


async def everybody(who: Viewer, ids: list[UUID]) -> dict[UUID, DirectoryUser]:
    return await directory.users_by_id(who, ids)


async def test_the_past_is_what_was_stored(database: Database) -> None:
    """1,000 users, random rules, requests, overrides, disablings: now and at ten moments, explanation and all."""
    random = Random(7)  # noqa: S311 - reproducible, no secret
    world = await new_world()
    people = await populate(world, random)
    tenant = await tenants.get(world.tenant_id)
    life, who = Life(world, Caller(tenant, ADMIN, ORIGIN), random), viewer()

    taken = [await snapshot(world)]
    for _ in range(INSTANTS):
        await life.go_on(people)
        taken.append(await snapshot(world))

    found = await everybody(who, people)
    for moment, stored in taken:
        past = await access_history.past_access(people, moment)
        states = {i: access_history.state_at(user, moment, past.get(i)) for i, user in found.items()}
        versions = sorted({state.mapping_version for state in states.values() if state.mapping_version})
        rules = await access_history.mappings_at(world.tenant_id, versions)
        for user_id, state in states.items():
            status, role_id, group_ids = stored[user_id]
            assert state.status == status
            assert state.mapping_version is not None
            told = explain(state.access, rules[state.mapping_version], status=state.status)
            assert told.role.decision.role_id == state.access.role_id
            if status != "DELETED":  # of these the tables keep the role alone
                given = {group_id for group in told.groups for group_id in group.decision.group_ids}
                assert (state.access.role_id, given) == (role_id, group_ids)
    assert len({len(stored) for _, stored in taken}) == 1
    kinds = {state for _, stored in taken for state, _, _ in stored.values()}
    assert kinds == {"ACTIVE", "DISABLED", "DELETED"}
    assert len(await store.fetch("SELECT 1 FROM access_history")) > USERS // 2

    await _asked_at_the_door(world, taken, people[:10])


async def _asked_at_the_door(world: World, taken: list[tuple[datetime, Snapshot]], some: list[UUID]) -> None:
    """The same answer from GraphQL, where only what is in force counts."""
    keys = {role.id: name for name, role in world.roles.items()} | {g.id: name for name, g in world.groups.items()}
    parts = "status role { outcome role { key } } groups { groups { key } }"
    asked = " ".join(f'a{n}: access(asOf: "{moment.isoformat()}") {{ {parts} }}' for n, (moment, _) in enumerate(taken))
    api = Api.of(viewer())
    for user_id in some:
        user = (
            await api.data(f'{{ user(by: {{scimId: "{user_id}"}}) {{ {asked} role {{ key }} groups {{ key }} }} }}')
        )["user"]
        for n, (_, stored) in enumerate(taken):
            status, role_id, group_ids = stored[user_id]
            answer = user[f"a{n}"]
            assert answer["status"] == status
            assert answer["role"]["role"] == ({"key": keys[role_id]} if role_id else None)
            assert (answer["role"]["outcome"] == "INACTIVE") == (status != "ACTIVE")
            if status != "DELETED":
                assert {g["key"] for d in answer["groups"] for g in d["groups"]} == {keys[g] for g in group_ids}
        assert user["role"] == (user[f"a{len(taken) - 1}"]["role"]["role"] if status == "ACTIVE" else None)


async def test_a_version_is_read_as_it_was_written(database: Database) -> None:
    world = await new_world()
    await mapping.change_settings(
        ADMIN, ORIGIN, world.tenant_id, expected_version=1, default_role_key="lead", default_group_keys=["vip", "north"],
        unmapped_title=Policy.USE_DEFAULT, delimiter="/",
    )  # fmt: skip
    await set_role(world, " Über  Chef", "lead", note="since March")
    rules = await mappings.read(world.tenant_id)

    again, bare = (
        restore(
            to_document(rules),
            ids,
            version=rules.version,
            roles=rules.roles,
            groups=rules.groups,
            namespace=world.tenant_id,
        )
        for ids in (rule_ids(rules), "{}")
    )

    assert again == rules
    assert {rule.since_version for rule in bare.role_rules} == {rules.version}
    assert [rule.value for rule in bare.role_rules] == [rule.value for rule in rules.role_rules]


async def test_another_tenants_past_is_kept_apart(database: Database) -> None:
    world, other = await new_world(), await new_world("beta")
    user = await world.user("ana", "Agent", "north")
    before = now()
    await asyncio.sleep(0.002)
    await other.user("bea", "Agent", "north")
    await set_role(world, "Agent", "lead")

    [kept] = await store.fetch("SELECT tenant_id, user_id, active, access FROM access_history")
    past = await access_history.past_access([user.id], before)

    assert (store.as_uuid(kept[0]), store.as_uuid(kept[1]), bool(kept[2])) == (world.tenant_id, user.id, True)
    assert Access.from_text(past[user.id].access).role_id == world.roles["agent"].id
