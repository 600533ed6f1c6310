"""The group tests of Microsoft's SCIM validator, in the order in which it sends them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.scim.answers import check_error, filtered, names, resources
from tests.bodies import GROUP
from tests.entra.advertised import targets
from tests.world import Client, World

_ENTRA_GROUP = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
_HIDDEN = "excludedAttributes=members"


@pytest.fixture
async def entra(world: World) -> Client:
    return await world.client()


@pytest.fixture
async def group(entra: Client) -> dict[str, Any]:
    """A group with every place that the schema advertises, created as Entra does."""
    places = targets(resources(await entra.get("/Schemas")), GROUP)
    assert [place.path for place in places] == ["displayName"]
    body = {"schemas": [GROUP, _ENTRA_GROUP], "externalId": "ext-1", "meta": {"resourceType": "Group"}}
    places[0].write(body, "Group-A")
    response = await entra.post("/Groups", body)
    assert response.status_code == 201, response.text
    assert (response.json()["displayName"], response.json()["externalId"]) == ("Group-A", "ext-1")
    return response.json()  # type: ignore[no-any-return]


async def test_found_and_read_without_members(entra: Client, group: dict[str, Any]) -> None:
    by_id = await entra.get(f"/Groups/{group['id']}?{_HIDDEN}")
    shown = filtered('displayName eq "group-a"', "/Groups")

    assert by_id.json() == group
    assert resources(await entra.get(shown)) == resources(await entra.get(f"{shown}&{_HIDDEN}")) == [group]
    assert names(await entra.get(filtered('displayName eq "nobody"', "/Groups") + f"&{_HIDDEN}")) == []


async def test_a_duplicate_is_409(entra: Client, group: dict[str, Any]) -> None:
    for name in ("Group-A", "GROUP-a"):
        check_error(await entra.post("/Groups", {"schemas": [GROUP], "displayName": name}), 409, "uniqueness")
    assert names(await entra.get("/Groups")) == ["Group-A"]


async def test_its_attributes_are_replaced(entra: Client, group: dict[str, Any]) -> None:
    path = f"/Groups/{group['id']}"
    await entra.patch(path, {"op": "replace", "value": {"externalId": "ext-2"}})
    await entra.patch(path, {"op": "Replace", "path": "displayName", "value": "Group-B"})

    after = (await entra.get(path)).json()
    assert (after["displayName"], after["externalId"]) == ("Group-B", "ext-2")
    assert names(await entra.get(filtered('externalId eq "ext-2"', "/Groups"))) == ["Group-B"]


@pytest.mark.parametrize("verb", ["Add", "replace"])
@pytest.mark.parametrize("removal", ["value", "path"])
async def test_a_member_comes_and_goes(entra: Client, group: dict[str, Any], verb: str, removal: str) -> None:
    path, user = f"/Groups/{group['id']}", (await entra.create("ada"))["id"]
    remove = {
        "value": {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": user}]},
        "path": {"op": "remove", "path": f'members[value eq "{user}"]'},
    }[removal]

    added = await entra.patch(path, {"op": verb, "path": "members", "value": [{"$ref": None, "value": user}]})
    members = (await entra.get(path)).json()["members"]
    removed = await entra.patch(path, remove)

    assert (added.status_code, removed.status_code) == (204, 204)
    assert [member["value"] for member in members] == [user]
    assert "members" not in (await entra.get(path)).json()


async def test_a_member_added_and_removed_at_once(entra: Client, group: dict[str, Any]) -> None:
    path, user = f"/Groups/{group['id']}", (await entra.create("ada"))["id"]
    member = {"path": "members", "value": [{"value": user}]}

    response = await entra.patch(path, {"op": "Add", **member}, {"op": "Remove", **member})

    assert response.status_code == 204
    assert (await entra.get(path)).json() == group


async def test_a_deleted_group_is_gone(entra: Client, group: dict[str, Any]) -> None:
    path = f"/Groups/{group['id']}"

    assert (await entra.delete(path)).status_code == 204
    check_error(await entra.get(path), 404)
    check_error(await entra.delete(path), 404)
    assert names(await entra.get("/Groups")) == []
