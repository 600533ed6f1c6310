"""A moment that the API shows finds what it belongs to: stored are microseconds, shown are milliseconds."""

from __future__ import annotations

from tests.world import World

LIFE = """query($id: UUID!) { user(by: {scimId: $id}) { createdAt updatedAt
  timeline { nodes { action occurredAt } } } }"""
THEN = """query($id: UUID!, $at: DateTime!) { user(by: {scimId: $id}) {
  access(asOf: $at) { status asOf role { inputValue } } attributes(asOf: $at) { name value } } }"""
COUNTS = """query($at: DateTime!) {
  then: users(where: {createdAt: {gte: $at, lte: $at}}) { totalCount }
  later: users(where: {createdAt: {gt: $at}}) { totalCount }
  earlier: users(where: {createdAt: {lt: $at}}) { totalCount }
  events: provisioningEvents(where: {occurredAt: {gte: $at, lte: $at}, action: [CREATE]}) { totalCount }
}"""


async def test_shown_moments(world: World) -> None:
    acme, key = await world.client(), await world.api_key()
    first = (await acme.create("ana@x.example", title="Cook"))["id"]
    second = (await acme.create("ben@x.example", title="Cook"))["id"]
    await acme.patch(f"/Users/{first}", {"op": "replace", "path": "title", "value": "Director"})
    lives = [(await world.graphql(key, LIFE, id=user_id))["user"] for user_id in (first, second)]
    moved = next(event["occurredAt"] for event in lives[0]["timeline"]["nodes"] if event["action"] == "UPDATE")

    created = (await world.graphql(key, THEN, id=first, at=lives[0]["createdAt"]))["user"]
    after = (await world.graphql(key, THEN, id=first, at=moved))["user"]
    counts = await world.graphql(key, COUNTS, at=lives[1]["createdAt"])

    assert created["access"] == {"status": "ACTIVE", "asOf": lives[0]["createdAt"], "role": {"inputValue": "Cook"}}
    assert after["access"] == {"status": "ACTIVE", "asOf": moved, "role": {"inputValue": "Director"}}
    assert {"name": "title", "value": "Director"} in after["attributes"]
    assert lives[0]["createdAt"] < lives[1]["createdAt"]
    assert {name: found["totalCount"] for name, found in counts.items()} == {
        "then": 1,
        "later": 0,
        "earlier": 1,
        "events": 1,
    }
