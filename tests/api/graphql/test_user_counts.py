"""How many users have a role or an employee group: as many as the lists of users show for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from tests.api.graphql.people import READER, Api, Community, new_community, viewer

from gatehouse.records import iso_milliseconds, to_microseconds
from gatehouse.services.clock import now
from gatehouse.store.database import Database, execute, fetch

COUNTS = "{ tenants { nodes { roles { id key userCount } employeeGroups { id key userCount } } } }"
HELD = "query($where: UserWhere) { users(where: $where) { totalCount } }"


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    await community.add("Ana", title="Agent", userType="North-VIP")
    await community.add("Bob", title="AGENT", userType="north")
    await community.add("Cy", title="Property Manager", userType="vip-east")
    await community.add("Di", title="Unknown")
    await community.add("Ed", title="Agent", userType="north", active=False)
    await community.add("Flo", title="Agent", userType="vip")
    await community.delete(5)
    other = await new_community("other")
    await other.add("Gus", title="Agent", userType="south")
    return community


async def counts(api: Api) -> list[dict[str, int]]:
    """By tenant: each role and each employee group; the lists must agree."""
    found = []
    for tenant in (await api.data(COUNTS))["tenants"]["nodes"]:
        held: dict[str, int] = {}
        for field, entries in (("roleId", tenant["roles"]), ("groupId", tenant["employeeGroups"])):
            for entry in entries:
                listed = (await api.data(HELD, where={field: {"eq": entry["id"]}}))["users"]["totalCount"]
                assert entry["userCount"] == listed, entry["key"]
                held[entry["key"]] = entry["userCount"]
        found.append(held)
    return found


async def test_counts_are_those_of_the_lists(acme: Community) -> None:
    assert await counts(Api.of(viewer())) == [
        {"agent": 2, "manager": 1, "north": 2, "south": 0, "vip": 2},
        {"agent": 1, "manager": 0, "north": 0, "south": 1, "vip": 0},
    ]
    assert len(await counts(Api.of(viewer((acme.tenant.id, READER))))) == 1


async def test_an_override_counts_until_its_time_is_over(acme: Community) -> None:
    api = Api.of(viewer())
    wish = {"userId": acme.person_id(1), "roleKey": "manager", "addGroupKeys": ["south"], "reason": "x"}
    override: dict[str, Any] = await api.data(
        "mutation($input: UserOverrideSetInput!) { userOverrideSet(input: $input) { userErrors { message } } }",
        input=wish | {"expiresAt": iso_milliseconds(now() + timedelta(days=1))},
    )
    assert override["userOverrideSet"]["userErrors"] == []

    during = (await counts(api))[0]
    await _outlive_overrides()
    after = (await counts(api))[0]

    assert during == {"agent": 1, "manager": 2, "north": 2, "south": 1, "vip": 2}
    assert after == {"agent": 2, "manager": 1, "north": 2, "south": 0, "vip": 2}


async def _outlive_overrides() -> None:
    """As if their time had ended a second ago, and nobody had looked since."""
    over = to_microseconds(now() - timedelta(seconds=1))
    for user_id, text in await fetch("SELECT id, access FROM scim_user WHERE override_until IS NOT NULL"):
        access = orjson.loads(text)
        access["override"]["expiresAt"] = over
        await execute(
            "UPDATE scim_user SET access = $2, override_until = $3, access_since = $4 WHERE id = $1",
            *(user_id, orjson.dumps(access).decode(), over, over - 1),
        )
