"""What a value without a rule leads to, by each policy and in each way that a value can lose or lack its rule."""

from __future__ import annotations

from typing import Any

import pytest
from tests.world import ORIGIN, TESTER, Client, World, add_rules, person

from gatehouse.mapping.rules import Policy
from gatehouse.services import mapping

HAD = ("agent", ["north"])
NOTHING: tuple[str | None, list[str]] = (None, [])
DEFAULT = ("lead", ["vip"])

KNOWN: dict[str, Any] = {"title": "Agent", "userType": "north"}
UNKNOWN: dict[str, Any] = {"title": "Boss", "userType": "moon"}
ASSERT_UNKNOWN = [{"op": "replace", "path": path, "value": value} for path, value in UNKNOWN.items()]
ENABLE, DISABLE = ({"op": "replace", "path": "active", "value": active} for active in (True, False))
REFUSALS = {
    "title": 'title "Boss" matches no role rule; known values: "Agent", "Lead"',
    "userType": 'userType "moon" matches no group rule; known values: "north", "vip"',
}

# way → policy → what comes of it: status, role and groups, outcome of the role
KEPT, DEFAULTED, UNMAPPED, MAPPED = "KEPT_PREVIOUS", "DEFAULTED", "UNMAPPED", "MAPPED"
REFUSED = (400, HAD, MAPPED)
ASSERTED = {
    Policy.KEEP_PREVIOUS: (200, HAD, KEPT),
    Policy.USE_DEFAULT: (200, DEFAULT, DEFAULTED),
    Policy.ASSIGN_NONE: (200, NOTHING, UNMAPPED),
    Policy.REJECT_REQUEST: REFUSED,
}
CASES: dict[str, dict[Policy, tuple[int, tuple[str | None, list[str]], str]]] = {
    "patch": ASSERTED,
    "put": ASSERTED,
    "restore with the value": {**ASSERTED, Policy.REJECT_REQUEST: (400, NOTHING, "INACTIVE")},
    # The value is not new: nobody is kept out for it
    "restore after the rule went": {**ASSERTED, Policy.REJECT_REQUEST: (200, NOTHING, UNMAPPED)},
    "mapping change": {**ASSERTED, Policy.REJECT_REQUEST: (200, NOTHING, UNMAPPED)},
}
USER = """query($id: UUID!) { user(by: {scimId: $id}) { version role { key } groups { key } access { role { outcome } }
    timeline(first: 1) { nodes { action outcome httpStatus errorCode reason changes { path } } } } }"""


async def acme(world: World, policy: Policy) -> Client:
    client = await world.client("acme")
    await add_rules(
        client.tenant, roles={"Agent": "agent", "Lead": "lead"}, groups={"north": ["north"], "vip": ["vip"]}
    )
    await mapping.change_settings(
        TESTER, ORIGIN, client.tenant.id, expected_version=None, empty_title=policy, unmapped_title=policy,
        unmapped_group=policy, default_role_key="lead", default_group_keys=["vip"],
    )  # fmt: skip
    return client


async def remove_rules(client: Client) -> None:
    for remove, value in ((mapping.remove_role_rule, "Agent"), (mapping.remove_group_rule, "north")):
        await remove(TESTER, ORIGIN, client.tenant.id, expected_version=None, value=value)


async def go(client: Client, way: str, user_id: str) -> int:
    """The status of the request; 200 where there is none."""
    path = f"/Users/{user_id}"
    if way == "put":
        return (await client.put(path, person("ana", **UNKNOWN))).status_code
    if way == "patch":
        return (await client.patch(path, *ASSERT_UNKNOWN)).status_code
    if way == "mapping change":
        await remove_rules(client)
        return 200
    await client.patch(path, DISABLE)
    if way == "restore with the value":
        return (await client.patch(path, *ASSERT_UNKNOWN, ENABLE)).status_code
    await remove_rules(client)
    return (await client.patch(path, ENABLE)).status_code


@pytest.mark.parametrize("policy", Policy)
@pytest.mark.parametrize("way", CASES)
async def test_policy_of_values_without_a_rule(world: World, way: str, policy: Policy) -> None:
    client = await acme(world, policy)
    key = await world.api_key()
    user_id = (await client.create("ana", **KNOWN))["id"]
    status, access, outcome = CASES[way][policy]

    answered = await go(client, way, user_id)

    user = (await world.graphql(key, USER, id=user_id))["user"]
    assert answered == status
    assert (user["role"] and user["role"]["key"], [group["key"] for group in user["groups"]]) == access
    assert user["access"]["role"]["outcome"] == outcome
    [event] = user["timeline"]["nodes"]
    if status == 400:
        assert (event["outcome"], event["httpStatus"], event["changes"]) == ("FAILURE", 400, [])
        assert event["reason"].startswith(REFUSALS["title"])
        assert user["version"] == (1 if way in {"patch", "put"} else 2)


@pytest.mark.parametrize(
    ("policy", "status", "access", "outcome"),
    [
        (Policy.KEEP_PREVIOUS, 201, NOTHING, UNMAPPED),
        (Policy.USE_DEFAULT, 201, DEFAULT, DEFAULTED),
        (Policy.ASSIGN_NONE, 201, NOTHING, UNMAPPED),
        (Policy.REJECT_REQUEST, 400, None, None),
    ],
)
async def test_policy_at_creation(world: World, policy: Policy, status: int, access: Any, outcome: Any) -> None:
    client = await acme(world, policy)
    key = await world.api_key()

    answer = await client.post("/Users", person("ana", **UNKNOWN))

    assert answer.status_code == status
    if status == 201:
        user = (await world.graphql(key, USER, id=answer.json()["id"]))["user"]
        assert (user["role"] and user["role"]["key"], [group["key"] for group in user["groups"]]) == access
        assert user["access"]["role"]["outcome"] == outcome
        assert user["timeline"]["nodes"][0]["outcome"] == ("WARNING")
        return
    assert (await client.get("/Users")).json()["totalResults"] == 0
    events = "{ provisioningEvents { nodes { action outcome httpStatus resourceName reason } } }"
    [event] = (await world.graphql(key, events))["provisioningEvents"]["nodes"]
    assert (event["action"], event["outcome"], event["httpStatus"]) == ("CREATE", "FAILURE", 400)
    assert event["reason"].startswith(REFUSALS["title"])


@pytest.mark.parametrize("attribute", ["title", "userType"])
async def test_refusal_names_the_value_and_the_known_ones(world: World, attribute: str) -> None:
    client = await acme(world, Policy.REJECT_REQUEST)

    answer = await client.post("/Users", person("ana", **{**KNOWN, attribute: UNKNOWN[attribute]}))

    body = answer.json()
    assert (answer.status_code, body["status"], body["scimType"]) == (400, "400", "invalidValue")
    assert body["detail"].startswith(REFUSALS[attribute])
