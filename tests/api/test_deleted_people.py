"""Who is gone is found as who is there, by whatever is known of them."""

from __future__ import annotations

import pytest
from tests.bodies import ENTERPRISE
from tests.world import World

FOUND = """query($where: UserWhere, $search: String) { users(where: $where, search: $search) {
  nodes { userName } facets(by: [DEPARTMENT]) { values { label count } } } }"""


@pytest.mark.parametrize(
    "where",
    [
        {"email": {"eq": "ana@x.example"}},
        {"email": {"isNull": False}},
        {"phone": {"contains": "1234567"}},
        {"department": {"eq": "Sales"}},
        {"employeeNumber": {"eq": "E7"}},
        {"userName": {"eq": "ANA"}},
    ],
)
async def test_deleted_users_are_found(world: World, where: dict[str, object]) -> None:
    acme, key = await world.client(), await world.api_key()
    more = {
        "emails": [{"type": "work", "value": "ana@x.example"}],
        "phoneNumbers": [{"type": "mobile", "value": "+49 170 1234567"}],
        ENTERPRISE: {"department": "Sales", "employeeNumber": "E7"},
    }
    user = await acme.create("ana", **more)
    await acme.delete(f"/Users/{user['id']}")

    found = (await world.graphql(key, FOUND, where={"status": ["DELETED"], **where}))["users"]
    searched = (await world.graphql(key, FOUND, where={"status": ["DELETED"]}, search="ana@x"))["users"]
    living = (await world.graphql(key, FOUND, where=where))["users"]
    by_scim = (await acme.get("/Users", params={"filter": 'emails.value eq "ana@x.example"'})).json()

    assert found["nodes"] == searched["nodes"] == [{"userName": "ana"}]
    assert found["facets"][0]["values"] == [{"label": "Sales", "count": 1}]
    assert living["nodes"] == []
    assert by_scim["totalResults"] == 0
