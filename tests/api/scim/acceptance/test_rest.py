"""Acceptance checks 56 to 59: PUT, DELETE, groups, and what is not offered."""

from __future__ import annotations

from typing import Any

from tests.api.scim.acceptance.ann import ANN
from tests.api.scim.answers import check_error, names
from tests.bodies import GROUP
from tests.world import Client

_UNKNOWN = "/Users/0d8fa1b2-0000-4000-8000-000000000000"


async def test_check_56(entra: Client, ann: dict[str, Any]) -> None:
    """PUT clears what it omits, but enables nobody by saying nothing; it creates nothing."""
    user = f"/Users/{ann['id']}"
    await entra.patch(user, {"op": "replace", "path": "active", "value": False})
    omitted = {name: value for name, value in ANN.items() if name not in {"active", "title"}}

    response = await entra.put(user, omitted)

    assert (response.status_code, response.json()["active"]) == (200, False)
    assert "title" not in response.json()
    assert (await entra.get(user)).json() == response.json()
    check_error(await entra.put(_UNKNOWN, {**ANN, "userName": "new@x"}), 404)
    assert names(await entra.get("/Users")) == ["Ann@x.com"]


async def test_check_57(entra: Client, ann: dict[str, Any]) -> None:
    """A deleted user is gone, and the userName is free."""
    user = f"/Users/{ann['id']}"
    deleted = await entra.delete(user)

    assert (deleted.status_code, deleted.content) == (204, b"")
    check_error(await entra.delete(user), 404)
    check_error(await entra.get(user), 404)
    again = await entra.post("/Users", ANN)
    assert again.status_code == 201
    assert again.json()["id"] != ann["id"]


async def test_check_58(entra: Client, ann: dict[str, Any]) -> None:
    """A member of a group comes and goes in Entra's words."""
    created = await entra.post("/Groups", {"schemas": [GROUP], "displayName": "Leasing"})
    group = f"/Groups/{created.json()['id']}"
    added = await entra.patch(group, {"op": "Add", "path": "members", "value": [{"$ref": None, "value": ann["id"]}]})
    members = (await entra.get(group)).json()["members"]
    hidden = (await entra.get(f"{group}?excludedAttributes=members")).json()
    removed = await entra.patch(group, {"op": "remove", "path": f'members[$ref eq null and value eq "{ann["id"]}"]'})

    assert [answer.status_code for answer in (created, added, removed)] == [201, 204, 204]
    assert [member["value"] for member in members] == [ann["id"]]
    assert "members" not in hidden
    assert "members" not in (await entra.get(group)).json()


async def test_check_59(entra: Client) -> None:
    """No groups is an empty list; what is not offered says so."""
    assert names(await entra.get("/Groups")) == []
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        check_error(await entra.request(method, "/Me", json={}), 501)
    check_error(await entra.get("/nosuch"), 404)
    check_error(await entra.get("/Bulk"), 405)
    check_error(await entra.post("/Bulk", {}), 400, "invalidSyntax")
