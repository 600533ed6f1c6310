"""Microsoft's SCIM validator, played from our own ``/Schemas``: random text goes everywhere and must come back.

Microsoft runs it as a web page against a public address; these are the requests that it is known to send, its user tests
in both spellings of Entra's operations.
"""

from __future__ import annotations

import json
from typing import Any
from zlib import crc32

import pytest
from tests.api.scim.answers import check_error, filtered, resources
from tests.bodies import ENTERPRISE, USER, patch_op
from tests.entra.advertised import Target, targets
from tests.world import Client, World

Operation = dict[str, Any]

_WORDS = {"boolean": True, "binary": "TUlJQ2Vy"}
_MATCHED = {"userName", "active"}  # the joining property, and what disables


@pytest.fixture
async def entra(world: World) -> Client:
    return await world.client()


@pytest.fixture
async def advertised(entra: Client) -> list[Target]:
    """What the validator learns first: every place of a user that can be written."""
    found = targets(resources(await entra.get("/Schemas")), USER)
    assert {'emails[type eq "work"].value', 'phoneNumbers[type eq "mobile"].value', "title", "userType"} <= {
        target.path for target in found
    }
    return found


def _text(target: Target, round_: str) -> Any:
    """A value for a place: random letters, whatever the attribute means, and other ones in the next round."""
    return _WORDS.get(target.kind, f"{crc32(f'{round_} {target.path}'.encode()):08X}")


def _user(places: list[Target], round_: str = "A") -> dict[str, Any]:
    body: dict[str, Any] = {"schemas": [USER, ENTERPRISE], "externalId": f"validator-{round_}"}
    for place in places:
        place.write(body, _text(place, round_))
    return body


def _minimal(places: list[Target], round_: str = "A") -> dict[str, Any]:
    return _user([place for place in places if place.required], round_)


def _seen(places: list[Target], user: dict[str, Any]) -> dict[str, Any]:
    return {place.path: place.read(user) for place in places}


def _wanted(places: list[Target], round_: str) -> dict[str, Any]:
    return {place.path: _text(place, round_) for place in places}


async def _create(entra: Client, body: dict[str, Any]) -> dict[str, Any]:
    response = await entra.post("/Users", body)
    assert response.status_code == 201, response.text
    return response.json()  # type: ignore[no-any-return]


async def _read_back(entra: Client, user_name: str) -> dict[str, Any]:
    """As the validator does: by filter."""
    (found,) = resources(await entra.get(filtered(f'userName eq "{user_name}"')))
    return found


async def test_a_full_user_is_created_and_read_back(entra: Client, advertised: list[Target]) -> None:
    created = await _create(entra, _user(advertised))
    found = await _read_back(entra, created["userName"])

    assert found == created
    assert _seen(advertised, found) == _wanted(advertised, "A")


async def test_a_user_with_no_more_than_what_is_required(entra: Client, advertised: list[Target]) -> None:
    required = [place for place in advertised if place.required]
    created = await _create(entra, _minimal(advertised))

    assert _seen(required, created) == _wanted(required, "A")


async def test_a_duplicate_is_409(entra: Client, advertised: list[Target]) -> None:
    created = await _create(entra, _user(advertised))

    check_error(await entra.post("/Users", _user(advertised)), 409, "uniqueness")
    check_error(
        await entra.post("/Users", {**_user(advertised, "B"), "userName": created["userName"].lower()}),
        409,
        "uniqueness",
    )
    assert await _read_back(entra, created["userName"]) == created


async def test_filters_on_the_joining_property(entra: Client, advertised: list[Target]) -> None:
    created = await _create(entra, _user(advertised))

    assert await _read_back(entra, created["userName"].swapcase()) == created
    assert resources(await entra.get(filtered('userName eq "nobody"'))) == []


async def test_every_advertised_place_can_be_matched(entra: Client, advertised: list[Target]) -> None:
    """Whichever of them an administrator makes the matching property."""
    created = await _create(entra, _user(advertised))
    await _create(entra, _minimal(advertised, "B"))

    for place in advertised:
        literal = json.dumps(_text(place, "A"))
        found = resources(await entra.get(filtered(f"{place.path} eq {literal}")))
        assert created["id"] in {user["id"] for user in found}, place.path
        assert len(found) == (2 if place.path == "active" else 1), place.path


@pytest.mark.parametrize("verb", ["Add", "Replace", "add", "replace"])
@pytest.mark.parametrize("verbose", [True, False], ids=["one operation a place", "without path"])
@pytest.mark.parametrize("start", ["minimal", "full"])
async def test_every_advertised_place_is_written(
    entra: Client, advertised: list[Target], verb: str, verbose: bool, start: str
) -> None:
    created = await _create(entra, _minimal(advertised) if start == "minimal" else _user(advertised))
    values = _wanted(advertised, "B")

    response = await entra.patch(f"/Users/{created['id']}", *_writing(values, verb, verbose=verbose))

    assert response.status_code == 200, response.text
    assert _seen(advertised, response.json()) == values
    assert await _read_back(entra, values["userName"]) == response.json()


def _writing(values: dict[str, Any], verb: str, *, verbose: bool) -> list[Operation]:
    """In Entra's first spelling booleans are text."""
    shown = {path: str(value) if verb.istitle() and value is True else value for path, value in values.items()}
    if verbose:
        return [{"op": verb, "path": path, "value": value} for path, value in shown.items()]
    return [{"op": verb, "value": shown}]


@pytest.mark.parametrize("nothing", ["", None], ids=["empty text", "null"])
async def test_what_is_not_required_is_cleared(entra: Client, advertised: list[Target], nothing: object) -> None:
    """The null update: twice, for what is cleared can be cleared again."""
    places = [place for place in advertised if not place.required and place.path not in _MATCHED]
    created = await _create(entra, _user(advertised))
    operations = [{"op": "Replace", "path": place.path, "value": nothing} for place in places]

    first = await entra.patch(f"/Users/{created['id']}", *operations)
    second = await entra.patch(f"/Users/{created['id']}", *operations)

    assert (first.status_code, second.status_code) == (200, 200), first.text
    assert set(_seen(places, first.json()).values()) == {None}
    assert second.json() == first.json()
    assert first.json().keys() == {"id", "schemas", "externalId", "userName", "name", "active", "emails", "meta"}


async def test_the_primary_value_is_replaced_by_its_mark(entra: Client, advertised: list[Target]) -> None:
    created = await _create(entra, _user(advertised))
    for text in ("p1@x", "p2@x"):  # first it is marked as primary, then it is
        path = 'emails[primary eq "True"].value' if text == "p1@x" else "emails[primary eq true].value"
        response = await entra.patch(f"/Users/{created['id']}", {"op": "replace", "path": path, "value": text})

        assert response.status_code == 200, response.text
        assert [(e["type"], e["value"], e["primary"]) for e in response.json()["emails"]] == [("work", text, True)]


async def test_rename_disable_restore(entra: Client, advertised: list[Target]) -> None:
    created = await _create(entra, _user(advertised))
    user = f"/Users/{created['id']}"

    renamed = await entra.patch(user, {"op": "Replace", "path": "userName", "value": "Renamed"})
    disabled = await entra.patch(user, {"op": "Replace", "path": "active", "value": "False"})
    restored = await entra.patch(user, {"op": "replace", "path": "active", "value": True})

    assert renamed.json()["userName"] == "Renamed"
    assert disabled.json()["active"] is False
    assert (await _read_back(entra, "renamed"))["active"] is True
    changing = {"userName": "Renamed", "meta": restored.json()["meta"]}
    assert restored.json() == {**created, **changing}


@pytest.mark.parametrize("path", [f"{ENTERPRISE}:manager", "manager"])
@pytest.mark.parametrize("form", ["text", "object", "list"])
async def test_a_manager_comes_and_goes(entra: Client, advertised: list[Target], path: str, form: str) -> None:
    user = f"/Users/{(await _create(entra, _minimal(advertised)))['id']}"
    for name in ("M1", "M2"):
        boss = (await _create(entra, _minimal(advertised, name)))["id"]
        value = {"text": boss, "object": {"value": boss}, "list": [{"$ref": None, "value": boss}]}[form]
        response = await entra.patch(user, {"op": "Add" if name == "M1" else "Replace", "path": path, "value": value})
        assert response.json()[ENTERPRISE] == {"manager": {"value": boss}}, response.text
    for nothing in ("", {"value": ""}, None):
        cleared = await entra.patch(user, {"op": "Replace", "path": path, "value": nothing})
        assert (cleared.status_code, cleared.json().get(ENTERPRISE)) == (200, None), cleared.text
        await entra.patch(user, {"op": "Add", "path": path, "value": boss})
    removed = await entra.patch(user, {"op": "Remove", "path": path})
    assert (removed.status_code, ENTERPRISE in removed.json()) == (200, False)


@pytest.mark.parametrize(
    ("_case", "operations", "expected"),
    [
        (
            "different attributes",
            [
                {"op": "remove", "path": "title"},
                {"op": "add", "path": "displayName", "value": "Added"},
                {"op": "replace", "path": "userType", "value": "Replaced"},
            ],
            {"title": None, "displayName": "Added", "userType": "Replaced"},
        ),
        (
            "the same attribute",
            [
                {"op": "remove", "path": "displayName"},
                {"op": "add", "path": "displayName", "value": "Added"},
                {"op": "replace", "path": "displayName", "value": "Replaced"},
            ],
            {"displayName": "Replaced"},
        ),
        (
            "the same element",
            [
                {"op": "remove", "path": 'phoneNumbers[type eq "work"]'},
                {"op": "add", "path": 'phoneNumbers[type eq "work"].value', "value": "1"},
                {"op": "replace", "path": 'phoneNumbers[type eq "work"].value', "value": "2"},
            ],
            {'phoneNumbers[type eq "work"].value': "2", 'phoneNumbers[type eq "work"].display': None},
        ),
    ],
)
async def test_several_operations_in_one_request(
    entra: Client, advertised: list[Target], _case: str, operations: list[Operation], expected: dict[str, Any]
) -> None:
    created = await _create(entra, _user(advertised))
    response = await entra.request("PATCH", f"/Users/{created['id']}", json=patch_op(*operations))

    assert response.status_code == 200, response.text
    assert _seen(advertised, response.json()) == {**_wanted(advertised, "A"), **expected}


async def test_a_deleted_user_is_gone(entra: Client, advertised: list[Target]) -> None:
    created = await _create(entra, _user(advertised))
    user = f"/Users/{created['id']}"

    assert (await entra.delete(user)).status_code == 204
    check_error(await entra.get(user), 404)
    check_error(await entra.delete(user), 404)
    check_error(await entra.delete("/Users/0d8fa1b2-0000-4000-8000-000000000000"), 404)
    assert (await _create(entra, _user(advertised)))["id"] != created["id"]


async def test_pages_of_five(entra: Client, advertised: list[Target]) -> None:
    made = [(await _create(entra, _minimal(advertised, str(number))))["id"] for number in range(11)]
    pages = [(await entra.get(f"/Users?startIndex={start}&count=5")).json() for start in (1, 6, 11)]

    assert [(page["startIndex"], page["itemsPerPage"], page["totalResults"]) for page in pages] == [
        (1, 5, 11),
        (6, 5, 11),
        (11, 1, 11),
    ]
    assert [user["id"] for page in pages for user in page["Resources"]] == made
