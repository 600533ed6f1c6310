"""Values without a rule, as Entra's requests and mapping changes make them come and go."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from random import Random
from typing import Any

import pytest
from tests.world import ORIGIN, TESTER, Client, World, add_rules

from gatehouse.errors import InvalidValue, NotFound
from gatehouse.mapping.resolve import Access
from gatehouse.mapping.rules import MappingKind, Policy
from gatehouse.mapping.unmapped import unmapped_values as of_access
from gatehouse.services import catalogue, mapping, unmapped_values
from gatehouse.store import audit, database
from gatehouse.store.ids import uuid7
from gatehouse.store.keyset import PageRequest
from gatehouse.store.unmapped_values import SeenValue

ROLE, GROUP = MappingKind.ROLE, MappingKind.GROUP


@pytest.fixture
async def acme(world: World) -> Client:
    client = await world.client("acme")
    await add_rules(client.tenant, roles={"Agent": "agent"}, groups={"north": ["north"]})
    return client


async def listed(client: Client, **wanted: Any) -> list[SeenValue]:
    given: dict[str, Any] = {"kind": None, "search": None, "include_ignored": False, "include_unused": False, **wanted}
    request = PageRequest(100, unmapped_values.MOST_USERS_FIRST, unmapped_values.condition(**given))
    page = await unmapped_values.page(client.tenant.id, request)
    assert await unmapped_values.count(client.tenant.id, request.condition) == len(page.rows)
    return list(page.rows)


async def counted(client: Client, **wanted: Any) -> dict[tuple[str, str], int]:
    return {(value.kind, value.key): value.users for value in await listed(client, **wanted)}


async def only(client: Client, **wanted: Any) -> SeenValue:
    [value] = await listed(client, **wanted)
    return value


async def last_seen(client: Client, value: SeenValue) -> datetime:
    key = (value.kind, value.key)
    return (await unmapped_values.last_seen(client.tenant.id, [key]))[key]


def replace(path: str, value: object) -> dict[str, Any]:
    return {"op": "Replace", "path": path, "value": value}


async def set_role(client: Client, title: str, role: str = "agent") -> None:
    await mapping.set_role_rule(
        TESTER, ORIGIN, client.tenant.id, expected_version=None, title_value=title, role_key=role
    )


async def test_several_tenants_are_read_as_each_of_them_is(world: World, acme: Client) -> None:
    other, empty = await world.client("other"), await world.client("empty")
    for client, titles in ((acme, "Boss Boss Chief Cook"), (other, "Boss Guard Guard")):
        for number, title in enumerate(titles.split()):
            await client.create(f"p{number}@x.example", title=title, userType=f"moon-{number}")
    wanted = unmapped_values.condition(kind=None, search=None, include_ignored=False, include_unused=False)
    whole = PageRequest(100, unmapped_values.MOST_USERS_FIRST, wanted)
    after = (await unmapped_values.page(other.tenant.id, whole)).positions[1]
    ids = [client.tenant.id for client in (empty, other, acme)]

    for request in (whole, dataclasses.replace(whole, limit=2), dataclasses.replace(whole, limit=2, after=after)):
        found = await unmapped_values.pages(ids, request)
        for tenant_id, page in found.items():
            alone = await unmapped_values.page(tenant_id, request)
            assert (page.rows, list(page.positions), page.more) == (alone.rows, list(alone.positions), alone.more)
        assert list(found) == ids
    counts = await unmapped_values.counts(ids, wanted)
    assert counts == {tenant_id: await unmapped_values.count(tenant_id, wanted) for tenant_id in ids}
    assert list(counts.values()) == [0, 6, 8]


async def test_values_are_counted_by_their_normalised_form(acme: Client) -> None:
    await acme.create("ann@x.example", title="Boss", userType="north-Moon")
    await acme.create("bob@x.example", title=" BOSS ", userType="moon")
    await acme.create("cid@x.example", title="boss", userType="Mars-moon", active=False)
    await acme.create("dan@x.example", title="agent", userType="north")
    await acme.create("eve@x.example")

    assert await counted(acme) == {(ROLE, "boss"): 3, (GROUP, "moon"): 3, (GROUP, "mars"): 1}
    spelled = await unmapped_values.spellings(acme.tenant.id, [(ROLE, "boss"), (GROUP, "moon")])
    assert [(s.value, s.users) for s in spelled[ROLE, "boss"]] == [(" BOSS ", 1), ("Boss", 1), ("boss", 1)]
    assert [(s.value, s.users) for s in spelled[GROUP, "moon"]] == [("moon", 2), ("Moon", 1)]


async def test_a_rule_takes_the_value_off_the_list_without_any_request(acme: Client) -> None:
    ann = await acme.create("ann@x.example", title="Boss")
    seen = await only(acme)

    await set_role(acme, "BOSS")

    assert await counted(acme) == {}
    assert await counted(acme, include_unused=True) == {(ROLE, "boss"): 0}
    known = await only(acme, include_unused=True)
    assert (known.id, known.first_seen_at) == (seen.id, seen.first_seen_at)
    assert await last_seen(acme, known) == seen.first_seen_at
    assert (await acme.get(f"/Users/{ann['id']}")).json()["title"] == "Boss"


async def test_a_removed_rule_brings_it_back(acme: Client) -> None:
    await acme.create("ann@x.example", title="Agent")
    assert await counted(acme) == {}

    await mapping.remove_role_rule(TESTER, ORIGIN, acme.tenant.id, expected_version=None, value="agent")

    assert await counted(acme) == {(ROLE, "agent"): 1}
    assert (await only(acme)).value == "Agent"


async def test_what_was_seen_stays_true_after_the_people_are_gone(acme: Client) -> None:
    ann = await acme.create("ann@x.example", title="Boss")
    first = await only(acme)
    await acme.create("bob@x.example", title="boss")
    second = await last_seen(acme, first)
    assert second > first.first_seen_at

    for user in (await acme.get("/Users")).json()["Resources"]:
        assert (await acme.delete(f"/Users/{user['id']}")).status_code == 204
    assert ann["id"]

    assert await counted(acme) == {}
    gone = await only(acme, include_unused=True)
    assert (gone.users, gone.first_seen_at, await last_seen(acme, gone)) == (0, first.first_seen_at, second)


async def test_a_request_that_changes_the_value_moves_the_user(acme: Client) -> None:
    ann = await acme.create("ann@x.example", title="Boss", userType="moon-north")
    path = f"/Users/{ann['id']}"

    assert (await acme.patch(path, replace("title", "Chief"))).status_code == 200
    assert await counted(acme) == {(ROLE, "chief"): 1, (GROUP, "moon"): 1}
    before = await last_seen(acme, await only(acme, kind=GROUP))
    assert (await acme.patch(path, replace("displayName", "Ann"))).status_code == 200
    assert await last_seen(acme, await only(acme, kind=GROUP)) == before
    assert (await acme.patch(path, replace("userType", "north"))).status_code == 200
    assert await counted(acme) == {(ROLE, "chief"): 1}
    assert (await acme.patch(path, replace("title", "Boss "))).status_code == 200
    assert await counted(acme) == {(ROLE, "boss"): 1}
    assert await counted(acme, include_unused=True) == {(ROLE, "boss"): 1, (ROLE, "chief"): 0, (GROUP, "moon"): 0}


async def test_other_sources_and_delimiters_count(acme: Client) -> None:
    await acme.create("ann@x.example", title="Boss", nickName="Queen", userType="north/moon")

    await mapping.change_settings(
        TESTER, ORIGIN, acme.tenant.id, expected_version=None, role_attribute="nickName", delimiter="/"
    )

    assert await counted(acme) == {(ROLE, "queen"): 1, (GROUP, "moon"): 1}


async def test_a_rule_of_the_whole_value_covers_its_segments(acme: Client) -> None:
    await acme.create("ann@x.example", title="Agent", userType="moon-mars")
    assert await counted(acme) == {(GROUP, "moon"): 1, (GROUP, "mars"): 1}

    await mapping.set_group_rule(
        TESTER, ORIGIN, acme.tenant.id, expected_version=None, segment_value="Moon-Mars", group_keys=["north"]
    )

    assert await counted(acme) == {}


@pytest.mark.parametrize("policy", [Policy.USE_DEFAULT, Policy.KEEP_PREVIOUS])
async def test_a_value_that_a_policy_catches_still_has_no_rule(acme: Client, policy: Policy) -> None:
    await mapping.change_settings(
        TESTER, ORIGIN, acme.tenant.id, expected_version=None, unmapped_title=policy, default_role_key="agent"
    )
    await acme.create("ann@x.example", title="Boss")

    assert await counted(acme) == {(ROLE, "boss"): 1}


async def test_the_longest_value(acme: Client) -> None:
    title = "東" * 682
    await acme.create("ann@x.example", title=title)

    value = await only(acme)
    assert (value.value, value.users) == (title, 1)
    await set_role(acme, title)
    assert await counted(acme) == {}


async def test_kind_and_search(acme: Client) -> None:
    await acme.create("ann@x.example", title="Big  Boss 100%", userType="moon")

    assert await counted(acme, kind=GROUP) == {(GROUP, "moon"): 1}
    assert await counted(acme, search="BIG BOSS") == {(ROLE, "big boss 100%"): 1}
    assert await counted(acme, search="0%") == {(ROLE, "big boss 100%"): 1}
    assert await counted(acme, search="_") == {}


async def test_another_tenant_has_its_own(acme: Client, world: World) -> None:
    beta = await world.client("beta")
    await beta.create("ann@x.example", title="Boss")

    assert await counted(acme) == {}
    assert await counted(beta) == {(ROLE, "boss"): 1}


async def test_ignoring_until_and_back(acme: Client) -> None:
    await acme.create("ann@x.example", title="Boss")
    value = await only(acme)
    who = (TESTER, ORIGIN, acme.tenant.id, value.id)

    ignored = await unmapped_values.ignore(*who, until=None, reason=" a joke ")
    assert (ignored.ignored_until, ignored.ignore_reason) == (None, "a joke")
    assert await counted(acme) == {}
    assert await counted(acme, include_ignored=True) == {(ROLE, "boss"): 1}
    assert await unmapped_values.ignore(*who, until=None, reason="a joke") == ignored
    assert (await unmapped_values.unignore(*who)).ignored_at is None
    await unmapped_values.unignore(*who)
    assert await counted(acme) == {(ROLE, "boss"): 1}

    entries = [e for e in await audit.newest(acme.tenant.id) if e.target_type == "UnmappedValue"]
    assert [(e.action, e.reason, e.target_id) for e in entries] == [
        ("unmappedValueUnignore", None, str(value.id)),
        ("unmappedValueIgnore", "a joke", str(value.id)),
    ]


async def test_ignoring_ends_by_itself(acme: Client) -> None:
    await acme.create("ann@x.example", title="Boss")
    await unmapped_values.ignore(TESTER, ORIGIN, acme.tenant.id, (await only(acme)).id, until=None, reason="joke")

    await database.execute("UPDATE unmapped_value SET ignored_until = ignored_at + 1")

    assert await counted(acme) == {(ROLE, "boss"): 1}


@pytest.mark.parametrize(("_case", "reason", "is_past"), [("blank", " ", False), ("past", "x", True)])
async def test_ignoring_is_refused(acme: Client, _case: str, reason: str, is_past: bool) -> None:
    await acme.create("ann@x.example", title="Boss")
    value = await only(acme)
    moment = value.first_seen_at if is_past else None

    with pytest.raises(InvalidValue):
        await unmapped_values.ignore(TESTER, ORIGIN, acme.tenant.id, value.id, until=moment, reason=reason)
    with pytest.raises(NotFound):
        await unmapped_values.ignore(TESTER, ORIGIN, acme.tenant.id, uuid7(), until=None, reason="x")
    assert await only(acme) == value


async def test_suggestions(acme: Client) -> None:
    await catalogue.upsert_role(TESTER, ORIGIN, acme.tenant.id, key="boss", name="Big Boss")

    found = await unmapped_values.suggestions(acme.tenant.id, [(ROLE, "the big boss"), (GROUP, "nort")])

    assert [s.label for s in found[ROLE, "the big boss"]] == ["Big Boss"]
    assert [(s.label, s.score) for s in found[GROUP, "nort"]] == [("North", 0.889)]


@pytest.mark.parametrize("seed", range(2))
async def test_rows_always_say_what_the_stored_access_says(acme: Client, seed: int) -> None:
    random = Random(seed)  # noqa: S311 - reproducible, no secret
    users = [(await acme.create(f"u{n}@x.example", title="Agent"))["id"] for n in range(4)]
    titles, types = ["Agent", "boss ", "BOSS", "Chief", ""], ["north", "moon-north", "Moon-mars", "mars", "x"]

    for _ in range(30):
        kind = random.randrange(5)
        if kind == 0:
            await set_role(acme, random.choice(titles[:4]))
        elif kind == 1:
            rules = await database.fetch("SELECT value FROM role_rule")
            for row in rules[:1]:
                await mapping.remove_role_rule(TESTER, ORIGIN, acme.tenant.id, expected_version=None, value=row[0])
        elif kind == 2:
            delimiter = random.choice("-/o")
            await mapping.change_settings(TESTER, ORIGIN, acme.tenant.id, expected_version=None, delimiter=delimiter)
        elif kind == 3 and len(users) > 2:
            await acme.delete(f"/Users/{users.pop()}")
        else:
            operations = [replace("title", random.choice(titles)), replace("userType", random.choice(types))]
            response = await acme.patch(f"/Users/{random.choice(users)}", *operations)
            assert response.status_code == 200, response.text
        assert await _stored() == await _expected()


async def _stored() -> set[tuple[str, str, str, str]]:
    rows = await database.fetch(
        "SELECT h.user_id, h.kind, h.value_key, h.value FROM user_unmapped_value_now h JOIN unmapped_value v"
        " ON v.tenant_id = h.tenant_id AND v.kind = h.kind AND v.value_key = h.value_key"
        " WHERE h.held = TRUE AND v.first_seen_at <= h.seen_at"
    )
    return {(str(row[0]), row[1], row[2], row[3]) for row in rows}


async def _expected() -> set[tuple[str, str, str, str]]:
    rows = await database.fetch("SELECT id, access FROM user_now WHERE deleted_at IS NULL")
    return {
        (str(row[0]), value.kind, value.key, value.value)
        for row in rows
        for value in of_access(Access.from_text(row[1]))
    }
