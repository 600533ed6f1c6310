"""Acceptance checks 42 to 55: PATCH /Users/{id}."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from tests.api.scim.acceptance.ann import ANN
from tests.api.scim.answers import check_error, filtered, names
from tests.bodies import ENTERPRISE, USER, patch_op
from tests.world import Client

_MOBILE = {"path": 'phoneNumbers[type eq "mobile"].value', "value": "7"}
_ADD_HOME = {"op": "add", "path": "emails", "value": [{"type": "home", "value": "h@x", "primary": True}]}
_WORK = {"type": "work", "value": "Ann@x.com", "primary": True}
_HOME = {"type": "home", "value": "h@x"}


async def test_check_42(entra: Client, ann: dict[str, Any]) -> None:
    """Entra disables: the user stays, readable and found."""
    response = await entra.patch(_path(ann), {"op": "Replace", "path": "active", "value": "False"})

    assert (response.status_code, response.json()["active"]) == (200, False)
    assert (await entra.get(_path(ann))).json() == response.json()
    assert names(await entra.get(filtered("active eq false"))) == ["Ann@x.com"]


async def test_check_43(entra: Client, ann: dict[str, Any]) -> None:
    """The work e-mail changes and stays primary."""
    await entra.patch(_path(ann), {"op": "replace", "path": 'emails[type eq "work"].value', "value": "n@x"})

    assert await _now(entra, ann, "emails") == [{**_WORK, "value": "n@x"}]


async def test_check_44(entra: Client, ann: dict[str, Any]) -> None:
    """A value is added where there is none of its type."""
    response = await entra.patch(_path(ann), {"op": "Add", **_MOBILE})

    assert response.status_code == 200
    assert await _now(entra, ann, "phoneNumbers") == [*ANN["phoneNumbers"], {"type": "mobile", "value": "7"}]


async def test_check_45(entra: Client, ann: dict[str, Any], strict: Client, strict_ann: dict[str, Any]) -> None:
    """The same by ``replace``: read from Entra, no target by the letter."""
    await entra.patch(_path(ann), {"op": "Replace", **_MOBILE})
    refused = await strict.patch(_path(strict_ann), {"op": "Replace", **_MOBILE})

    assert await _now(entra, ann, "phoneNumbers") == [*ANN["phoneNumbers"], {"type": "mobile", "value": "7"}]
    await _check_refused(strict, strict_ann, refused, "noTarget")


async def test_check_46(entra: Client, ann: dict[str, Any]) -> None:
    """Without a path, each name in the value is a path."""
    value = {"name.givenName": "Bo", "title": "Lead", f"{ENTERPRISE}:department": "D"}
    response = await entra.patch(_path(ann), {"op": "replace", "value": value})
    body = response.json()

    assert response.status_code == 200
    assert body["name"] == {"givenName": "Bo", "familyName": "Lee"}
    assert (body["title"], body[ENTERPRISE]) == ("Lead", {"department": "D"})
    assert body["schemas"] == [USER, ENTERPRISE]


async def test_check_47(entra: Client, ann: dict[str, Any]) -> None:
    """A new primary value takes the mark from the old one."""
    await entra.patch(_path(ann), _ADD_HOME)

    assert await _now(entra, ann, "emails") == [{**_WORK, "primary": False}, {**_HOME, "primary": True}]


async def test_check_48(entra: Client, ann: dict[str, Any]) -> None:
    """What is there already changes nothing."""
    first = await entra.patch(_path(ann), _ADD_HOME)
    second = await entra.patch(_path(ann), _ADD_HOME)

    assert first.headers["etag"] != ann["meta"]["version"]
    assert second.status_code == 200
    assert second.headers["etag"] == first.headers["etag"]
    assert second.json() == first.json()


async def test_check_49(entra: Client, ann: dict[str, Any]) -> None:
    """All operations or none."""
    response = await entra.patch(
        _path(ann),
        {"op": "replace", "path": "title", "value": "X"},
        {"op": "replace", "path": "nosuch[", "value": 1},
    )

    await _check_refused(entra, ann, response, "invalidPath")


@pytest.mark.parametrize(
    ("target", "scim_type"),
    [({}, "noTarget"), ({"path": "userName"}, "mutability"), ({"path": "id"}, "mutability")],
    ids=["no path", "userName", "id"],
)
async def test_check_50(entra: Client, ann: dict[str, Any], target: dict[str, str], scim_type: str) -> None:
    """What cannot be removed, and what is not there."""
    await _check_refused(entra, ann, await entra.patch(_path(ann), {"op": "remove", **target}), scim_type)

    absent = await entra.patch(_path(ann), {"op": "remove", "path": 'emails[type eq "zz"]'})
    assert (absent.status_code, absent.json()) == (200, ann)


async def test_check_51(entra: Client, ann: dict[str, Any], strict: Client, strict_ann: dict[str, Any]) -> None:
    """``remove`` with a list of values removes those, or is refused; never all."""
    remove = {"op": "Remove", "path": "emails", "value": [{"value": "H@x"}]}
    added = {"op": "add", "path": "emails", "value": [_HOME]}
    await entra.patch(_path(ann), added)
    both = (await strict.patch(_path(strict_ann), added)).json()

    await entra.patch(_path(ann), remove)

    assert await _now(entra, ann, "emails") == [_WORK]
    await _check_refused(strict, both, await strict.patch(_path(both), remove), "invalidValue")


async def test_check_52(entra: Client, ann: dict[str, Any]) -> None:
    """A complex attribute keeps what the value does not name."""
    await entra.patch(_path(ann), {"op": "replace", "path": "name", "value": {"givenName": "Z"}})

    assert await _now(entra, ann, "name") == {"givenName": "Z", "familyName": "Lee"}


async def test_check_53(entra: Client, ann: dict[str, Any]) -> None:
    """Another user's name, in another case."""
    await entra.create("bo@x.com")
    response = await entra.patch(_path(ann), {"op": "replace", "path": "userName", "value": "BO@X.com"})

    check_error(response, 409, "uniqueness")
    assert (await entra.get(_path(ann))).json() == ann


@pytest.mark.parametrize(
    ("operations", "scim_type"),
    [
        ([], "invalidSyntax"),
        ([{"op": "move", "path": "title", "value": "X"}], "invalidSyntax"),
        ([{"op": "add", "path": "title"}], "invalidValue"),
    ],
    ids=["none", "move", "no value"],
)
async def test_check_54(entra: Client, ann: dict[str, Any], operations: list[dict[str, Any]], scim_type: str) -> None:
    """What is no operation."""
    response = await entra.request("PATCH", _path(ann), json=patch_op(*operations))

    await _check_refused(entra, ann, response, scim_type)


async def test_check_55(entra: Client, ann: dict[str, Any]) -> None:
    """If-Match: a stale version, the current one, any; of two with the same version one wins."""

    async def titled(title: str, tag: str) -> httpx.Response:
        operation = {"op": "replace", "path": "title", "value": title}
        return await entra.patch(_path(ann), operation, headers={"If-Match": tag})

    check_error(await titled("A", 'W/"0"'), 412)
    assert (await entra.get(_path(ann))).json() == ann
    assert (await titled("B", ann["meta"]["version"])).status_code == 200
    anyhow = await titled("C", "*")
    assert anyhow.status_code == 200
    rivals = await asyncio.gather(titled("D", anyhow.headers["etag"]), titled("E", anyhow.headers["etag"]))
    winner, loser = sorted(rivals, key=lambda answer: answer.status_code)
    check_error(loser, 412)
    assert winner.status_code == 200
    assert (await entra.get(_path(ann))).json() == winner.json()


async def _check_refused(client: Client, user: dict[str, Any], response: httpx.Response, scim_type: str) -> None:
    check_error(response, 400, scim_type)
    assert (await client.get(_path(user))).json() == user


async def _now(client: Client, user: dict[str, Any], name: str) -> Any:
    return (await client.get(_path(user))).json()[name]


def _path(user: dict[str, Any]) -> str:
    return f"/Users/{user['id']}"
