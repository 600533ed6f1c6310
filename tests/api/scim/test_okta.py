"""Okta as a client: its SPEC test for SCIM 2.0 servers, then how it updates, deactivates and pushes groups."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.scim.answers import LIST_RESPONSE, check_error, filtered, names
from tests.bodies import GROUP, USER
from tests.world import Client, World

_PERSON = {
    "schemas": [USER],
    "userName": "runscope300@okta.example",
    "name": {"givenName": "Test", "familyName": "User"},
    "emails": [{"primary": True, "value": "runscope300@okta.example", "type": "work"}],
    "displayName": "Test User",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": True,
}
_SHOWN = {name: value for name, value in _PERSON.items() if name not in {"groups", "password"}}


@pytest.fixture
async def okta(world: World) -> Client:
    """A tenant with a user already, which the SPEC test asks for."""
    client = await world.client()
    await client.create("first@okta.example")
    return client


@pytest.fixture
async def user(okta: Client) -> dict[str, Any]:
    """The user that Okta assigned."""
    response = await okta.post("/Users", _PERSON)
    assert response.status_code == 201, response.text
    return response.json()  # type: ignore[no-any-return]


async def test_the_required_test_of_a_first_page(okta: Client) -> None:
    response = await okta.get("/Users?count=1&startIndex=1")
    page = response.json()
    (first,) = page["Resources"]

    assert (response.status_code, page["schemas"]) == (200, [LIST_RESPONSE])
    assert (page["itemsPerPage"], page["startIndex"], page["totalResults"]) == (1, 1, 1)
    assert {"id", "userName", "active", "name", "emails"} <= first.keys()
    assert {"familyName", "givenName"} <= first["name"].keys()
    assert first["emails"][0]["value"] == "first@okta.example"
    assert (await okta.get(f"/Users/{first['id']}")).json() == first


async def test_an_unknown_name_and_an_unknown_id(okta: Client) -> None:
    assert names(await okta.get(filtered('userName eq "nobody@okta.example"'))) == []
    for unknown in ("00919288221112222", "0d8fa1b2-0000-4000-8000-000000000000"):
        check_error(await okta.get(f"/Users/{unknown}"), 404)


async def test_a_user_is_created_once(okta: Client, user: dict[str, Any]) -> None:
    assert {name: user[name] for name in _SHOWN} == _SHOWN
    assert user.keys() == {*_SHOWN, "id", "meta"}
    assert (await okta.get(f"/Users/{user['id']}")).json() == user
    check_error(await okta.post("/Users", _PERSON), 409, "uniqueness")
    assert names(await okta.get(filtered(f'userName eq "{user["userName"]}"'))) == [user["userName"]]


async def test_a_profile_is_put_as_it_was_read(okta: Client, user: dict[str, Any]) -> None:
    changed = {**user, "name": {"givenName": "Another", "familyName": "User"}, "title": "Agent"}
    response = await okta.put(f"/Users/{user['id']}", changed)

    assert response.status_code == 200
    assert {**response.json(), "meta": user["meta"]} == changed


@pytest.mark.parametrize("form", ["PATCH", "PUT"])
async def test_a_user_is_deactivated_and_comes_back(okta: Client, user: dict[str, Any], form: str) -> None:
    path = f"/Users/{user['id']}"
    for active in (False, True):
        if form == "PATCH":
            response = await okta.patch(path, {"op": "replace", "value": {"active": active}})
        else:
            response = await okta.put(path, {**user, "active": active})

        assert response.status_code == 200
        assert {**response.json(), "meta": user["meta"]} == {**user, "active": active}
        assert (await okta.get(path)).json() == response.json()


async def test_groups_are_pushed(okta: Client, user: dict[str, Any]) -> None:
    assert names(await okta.get("/Groups?startIndex=1&count=100")) == []
    created = await okta.post("/Groups", {"schemas": [GROUP], "displayName": "Push", "members": []})
    group = created.json()
    path = f"/Groups/{group['id']}"

    renamed = await okta.patch(path, {"op": "replace", "value": {"id": group["id"], "displayName": "Pushed"}})
    member = {"value": user["id"], "display": user["userName"]}
    added = await okta.patch(path, {"op": "add", "path": "members", "value": [member]})
    with_member = (await okta.get(path)).json()
    removed = await okta.patch(path, {"op": "remove", "path": f'members[value eq "{user["id"]}"]'})
    replaced = await okta.put(path, {**group, "displayName": "Pushed", "members": [member]})

    assert [answer.status_code for answer in (created, renamed, added, removed, replaced)] == [201, 200, 204, 204, 200]
    assert renamed.json()["displayName"] == with_member["displayName"] == "Pushed"
    assert [found["value"] for found in with_member["members"]] == [user["id"]]
    assert [found["value"] for found in replaced.json()["members"]] == [user["id"]]
    assert (await okta.delete(path)).status_code == 204
    check_error(await okta.get(path), 404)
