"""The attributes of a user at any moment, rebuilt from the history that the running service wrote."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.world import BASE, Client, World, add_rules

from gatehouse.api.graphql.ids import global_id
from gatehouse.records import EventAction
from gatehouse.services.attributes import MOST_EVENTS
from gatehouse.services.clock import now
from gatehouse.store import database
from gatehouse.store.ids import uuid7

ASK = """query($id: UUID!, $at: DateTime) { user(by: {scimId: $id}) { attributes(asOf: $at) {
  name value source assertedAt assertedBy { id occurredAt action } previousValue } } }"""
SET = "mutation($i: UserOverrideSetInput!) { userOverrideSet(input: $i) { userErrors { message } } }"
WORK, HOME = 'emails[type eq "work"]', 'emails[type eq "home"]'


@dataclass
class Acme:
    """A tenant with rules, and somebody who asks."""

    world: World
    client: Client
    key: str

    async def states(self, user: str, at: datetime | None = None, key: str = "") -> list[dict[str, Any]]:
        data = await self.world.graphql(key or self.key, ASK, id=user, **({"at": at.isoformat()} if at else {}))
        return data["user"]["attributes"]  # type: ignore[no-any-return]

    async def state(self, user: str, name: str) -> dict[str, Any]:
        [found] = [state for state in await self.states(user) if state["name"] == name]
        return found

    async def user(self) -> str:
        emails = [{"type": "work", "value": "ana@x.example", "primary": True}]
        made = await self.client.create("ana", title="Agent", userType="north", emails=emails)
        return str(made["id"])


@pytest.fixture
async def acme(world: World) -> Acme:
    client = await world.client("acme")
    await add_rules(
        client.tenant, roles={"Agent": "agent", "Boss": "boss"}, groups={"north": ["north"], "vip": ["vip"]}
    )
    return Acme(world, client, await world.api_key())


async def _moment() -> datetime:
    await asyncio.sleep(0.003)
    found = now()
    await asyncio.sleep(0.003)
    return found


def _told(states: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What must be the same, whenever it is asked: elements of one type come in no order."""
    return sorted((s["name"], repr(s["value"]), s["source"], s["assertedAt"]) for s in states)


CHANGES: list[list[dict[str, Any]]] = [
    [{"op": "replace", "path": "title", "value": "Boss"}],
    [{"op": "add", "path": f"{HOME}.value", "value": "ana@home.example"}],
    [{"op": "add", "path": "emails", "value": [{"type": "work", "value": "second@x.example"}]}],
    [{"op": "add", "path": "emails", "value": [{"type": "work", "value": "third@x.example", "display": "Third"}]}],
    [{"op": "remove", "path": 'emails[value eq "second@x.example"]'}],
    [{"op": "remove", "path": 'emails[value eq "ana@x.example"]'}],
    [{"op": "replace", "path": f"{WORK}.value", "value": "fourth@x.example"}],
    [{"op": "remove", "path": HOME}, {"op": "replace", "path": "name.givenName", "value": "Anna"}],
    [{"op": "remove", "path": "title"}, {"op": "add", "path": "userType", "value": "vip"}],
    [{"op": "replace", "path": "active", "value": False}],
]


async def test_every_moment_is_rebuilt(acme: Acme) -> None:
    before, user = await _moment(), await acme.user()
    seen: list[tuple[datetime, list[tuple[Any, ...]]]] = []
    for operations in ([], *CHANGES):
        if operations:
            response = await acme.client.patch(f"/Users/{user}", *operations)
            assert response.status_code in (200, 204), response.text
        seen.append((await _moment(), _told(await acme.states(user))))
    await acme.client.delete(f"/Users/{user}")

    for step, (at, then) in enumerate(seen):
        assert _told(await acme.states(user, at)) == then, step
        assert all(asserted for *_, asserted in then), step
    assert len({repr([value[:3] for value in then]) for _, then in seen}) == len(seen)
    assert await acme.states(user, before) == await acme.states(user) == []


async def test_where_a_value_comes_from(acme: Acme) -> None:
    user = await acme.user()
    await acme.client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Boss"})
    title, role = await acme.state(user, "title"), await acme.state(user, "role")
    wish = {"userId": global_id("User", UUID(user)), "reason": "covers", "roleKey": "agent", "addGroupKeys": ["vip"]}
    await acme.world.graphql(acme.key, SET, i={**wish, "expiresAt": (now() + timedelta(hours=1)).isoformat()})
    overridden, groups = await acme.state(user, "role"), await acme.state(user, "employeeGroups")

    assert (title["value"], title["previousValue"], title["source"]) == ("Boss", "Agent", "IDP")
    assert title["assertedBy"]["action"] == "UPDATE"
    assert title["assertedAt"] == title["assertedBy"]["occurredAt"]
    assert (role["value"], role["previousValue"], role["source"]) == ("boss", "agent", "DERIVED")
    assert role["assertedBy"]["id"] == title["assertedBy"]["id"]
    assert (overridden["value"], overridden["previousValue"], overridden["source"]) == ("agent", "boss", "OVERRIDE")
    assert overridden["assertedBy"]["id"] == groups["assertedBy"]["id"] != title["assertedBy"]["id"]
    assert (groups["value"], groups["previousValue"], groups["source"]) == (["north", "vip"], ["north"], "OVERRIDE")


async def test_personal_values_are_masked(acme: Acme) -> None:
    user = await acme.user()
    await acme.client.patch(f"/Users/{user}", {"op": "replace", "path": f"{WORK}.value", "value": "new@x.example"})
    reader = await acme.world.api_key("viewer", acme.client.tenant.id)

    found = {state["name"]: (state["value"], state["previousValue"]) for state in await acme.states(user, key=reader)}

    assert found[f"{WORK}.value"] == ("n***@x.example", "a***@x.example")
    assert found["title"] == ("Agent", None)
    assert "ana" not in repr(found).lower().replace("a***", "")


async def test_what_the_history_no_longer_tells(acme: Acme) -> None:
    user = await acme.user()
    created = await _moment()
    await acme.client.patch(f"/Users/{user}", {"op": "replace", "path": "title", "value": "Boss"})
    await database.execute("DELETE FROM provisioning_event WHERE action = $1", str(EventAction.CREATE))

    title, user_type = await acme.state(user, "title"), await acme.state(user, "userType")
    then = {state["name"]: state for state in await acme.states(user, created)}

    assert title["assertedAt"] is not None
    assert [user_type[name] for name in ("value", "assertedAt", "assertedBy", "previousValue")] == [
        "north",
        *[None] * 3,
    ]
    assert (then["title"]["value"], then["title"]["assertedBy"]) == ("Agent", None)


async def test_a_moment_before_what_is_read_is_refused(acme: Acme) -> None:
    user = await acme.user()
    created = await _moment()
    rows = [
        (event_id, acme.client.tenant.id, 2**51 + n, UUID(user), '[{"path":"title","before":null,"after":"Boss"}]')
        for n, event_id in enumerate(uuid7() for _ in range(MOST_EVENTS))
    ]
    await database.execute_many(
        "INSERT INTO provisioning_event (id, tenant_id, occurred_at, resource_id, changes, resource_kind, action, outcome,"
        " actor_kind, actor_display, request_id) VALUES ($1, $2, $3, $4, $5, 'USER', 'UPDATE', 'success', 'SYSTEM', 'x', 'x')",
        rows,
    )
    body = {"query": ASK, "variables": {"id": user, "at": created.isoformat()}}

    response = await acme.world.http.post(f"{BASE}/graphql", json=body, headers={"Authorization": f"Bearer {acme.key}"})

    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "INVALID"
    assert "before the newest 1,000 changes" in error["message"]
