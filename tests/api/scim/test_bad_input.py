"""Every malformed request gets a 4xx in SCIM form and changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.api.scim.answers import check_error as _check_error
from tests.bodies import PATCH_OP, USER, person
from tests.world import BASE, SCIM, World

from gatehouse.store.database import fetch_one

_JSON = {"Content-Type": "application/scim+json"}
_ADA = person("ada@corp.example")


def _with(**attributes: Any) -> bytes:
    return json.dumps({**_ADA, **attributes}).encode()


_BODIES: list[tuple[str, bytes, int, str | None]] = [
    ("empty", b"", 400, "invalidSyntax"),
    ("broken JSON", b'{"userName":', 400, "invalidSyntax"),
    ("an array", b"[]", 400, "invalidSyntax"),
    ("null", b"null", 400, "invalidSyntax"),
    ("a number", b"42", 400, "invalidSyntax"),
    ("not UTF-8", b'{"userName": "\xff\xfe"}', 400, "invalidSyntax"),
    ("UTF-16", json.dumps(_ADA).encode("utf-16"), 400, "invalidSyntax"),
    ("NaN", b'{"userName": NaN}', 400, "invalidSyntax"),
    ("10k deep", b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", 400, "invalidSyntax"),
    ("same key twice", b'{"userName": "a@x", "userName": "b@x"}', 400, "invalidSyntax"),
    ("same key in other case", b'{"userName": "a@x", "USERNAME": "b@x"}', 400, "invalidSyntax"),
    ("same attribute with its schema", _with(**{f"{USER}:userName": "b@x"}), 400, "invalidSyntax"),
    ("same attribute in a block", _with(**{USER: {"userName": "b@x"}}), 400, "invalidSyntax"),
    ("NUL", _with(title="a\x00b"), 400, "invalidValue"),
    ("lone surrogate", _with().replace(b'"Okafor"', rb'"\ud800"'), 400, "invalidValue"),
    ("no userName", json.dumps({k: v for k, v in _ADA.items() if k != "userName"}).encode(), 400, "invalidValue"),
    ("empty userName", _with(userName=""), 400, "invalidValue"),
    ("userName a number", _with(userName={"a": 1}), 400, "invalidValue"),
    ("userName too long", _with(userName="x" * 5_000), 400, "invalidValue"),
    ("active senseless", _with(active="perhaps"), 400, "invalidValue"),
    ("emails an object of nonsense", _with(emails=[[1]]), 400, "invalidValue"),
    (
        "two primaries",
        _with(emails=[{"value": "a@x", "type": "work", "primary": True}, {"value": "b@x", "primary": True}]),
        400,
        "invalidValue",
    ),
    ("no work e-mail", _with(emails=[{"value": "a@x", "type": "home"}]), 400, "invalidValue"),
]


async def test_create_refused(world: World, subtests: pytest.Subtests) -> None:
    entra = await world.client()

    for number, (case, body, status, scim_type) in enumerate(_BODIES, 1):
        with subtests.test(case):
            response = await entra.request("POST", "/Users", content=body, headers=_JSON)

            _check_error(response, status, scim_type)
            await _check_nothing_changed(refused=number)


_QUERIES: list[tuple[str, int, str | None]] = [
    ("/Users?filter=", 400, "invalidFilter"),
    ("/Users?filter=userName", 400, "invalidFilter"),
    ("/Users?filter=userName%20regex%20%22x%22", 400, "invalidFilter"),
    ("/Users?filter=nosuch%20eq%20%22x%22", 400, "invalidFilter"),
    ("/Users?filter=active%20gt%20true", 400, "invalidFilter"),
    ("/Users?filter=active%20eq%20%22banana%22", 400, "invalidFilter"),
    ("/Users?filter=password%20eq%20%22x%22", 400, "invalidFilter"),
    ("/Users?filter=emails%5Ba%5Bb%20eq%201%5D%5D", 400, "invalidFilter"),
    ("/Users?filter=" + "(" * 2_000 + "title%20pr" + ")" * 2_000, 400, "invalidFilter"),
    ("/Users?filter=userName%20eq%20%22a%5Cu0000b%22", 400, "invalidFilter"),
    ("/Users?filter=userName%20eq%20%22a%22&filter=userName%20eq%20%22b%22", 400, "invalidFilter"),
    ("/Groups?filter=nosuch%20eq%20%22x%22", 400, "invalidFilter"),
    ("/Users?filter=userName%20eq%20%22%ff%22", 400, "invalidValue"),
    ("/Users?filter=%zz", 400, "invalidValue"),
    ("/Users?count=abc", 400, "invalidValue"),
    ("/Users?count=1_0", 400, "invalidValue"),
    ("/Users?count=1&count=2", 400, "invalidValue"),
    ("/Users?startIndex=%D9%A1", 400, "invalidValue"),
    ("/Users?attributes=userName&excludedAttributes=title", 400, "invalidValue"),
    ("/ResourceTypes?filter=name%20eq%20%22User%22", 403, None),
    ("/nosuch", 404, None),
    ("/Users/%00", 404, None),
    ("/Users/a%0Ab", 404, None),
    ("/%0A", 404, None),
    ("/Users/..%2fGroups", 404, None),
    ("/Users/not-an-id", 404, None),
    ("/Users/1/2/3", 404, None),
    ("/Me", 501, None),
]


async def test_read_refused(world: World, subtests: pytest.Subtests) -> None:
    entra = await world.client()

    for path, status, scim_type in _QUERIES:
        with subtests.test(path[:60]):
            _check_error(await entra.get(path), status, scim_type)


@pytest.mark.parametrize(
    "query", ["startIndex=999999999999999999999999999999", "startIndex=-5&count=10000000000", "count=-1"]
)
async def test_huge_and_negative_pages_are_clamped(world: World, query: str) -> None:
    entra = await world.client()
    await entra.create("ada@corp.example")

    response = await entra.get(f"/Users?{query}")

    assert response.status_code == 200
    assert response.json()["totalResults"] == 1


async def test_wrong_methods_name_the_right_ones(world: World) -> None:
    entra = await world.client()

    for method, path in (
        ("PUT", "/Users"),
        ("POST", "/Users/01932b1c-0000-7000-8000-000000000000"),
        ("DELETE", "/Schemas"),
    ):
        response = await entra.request(method, path)
        _check_error(response, 405, None)
        assert "OPTIONS" in response.headers["allow"]


async def test_wrong_media_types(world: World) -> None:
    entra = await world.client()

    for headers in (
        {"Content-Type": "text/xml"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ):
        _check_error(await entra.request("POST", "/Users", content=_with(), headers=headers), 415, None)
    await _check_nothing_changed(refused=3)


async def test_two_megabyte_body(world: World) -> None:
    entra = await world.client()

    response = await entra.request("POST", "/Users", content=_with(title="x" * 2_000_000), headers=_JSON)

    _check_error(response, 413, None)
    await _check_nothing_changed(refused=1)


@pytest.mark.parametrize(
    ("_case", "sent", "status", "challenge"),
    [
        ("none", [], 401, 'Bearer realm="scim"'),
        ("basic", ["Basic eDp5"], 401, 'Bearer realm="scim"'),
        ("unknown", ["Bearer nonsense"], 401, 'Bearer realm="scim", error="invalid_token"'),
        ("API key", ["Bearer {api_key}"], 401, 'Bearer realm="scim", error="invalid_token"'),
        ("empty", [""], 400, 'Bearer realm="scim", error="invalid_request"'),
        ("no token", ["Bearer"], 400, 'Bearer realm="scim", error="invalid_request"'),
        ("Bearer twice", ["Bearer Bearer {api_key}"], 400, 'Bearer realm="scim", error="invalid_request"'),
        ("two headers", ["Bearer a", "Bearer b"], 400, 'Bearer realm="scim", error="invalid_request"'),
    ],
)
async def test_credentials_refused(world: World, _case: str, sent: list[str], status: int, challenge: str) -> None:
    api_key = await world.api_key()
    headers = [("Authorization", value.replace("{api_key}", api_key)) for value in sent]

    response = await world.http.request("POST", f"{SCIM}/Users", content=_with(), headers=headers)

    _check_error(response, status, None)
    assert response.headers["www-authenticate"] == challenge


_PATCHES: list[tuple[str, Any, str]] = [
    ("no operations", {"schemas": [PATCH_OP], "Operations": []}, "invalidSyntax"),
    ("operations missing", {"schemas": [PATCH_OP]}, "invalidSyntax"),
    ("unknown op", {"schemas": [PATCH_OP], "Operations": [{"op": "move", "path": "title"}]}, "invalidSyntax"),
    ("path broken", {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "title[", "value": 1}]}, "invalidPath"),
    ("path a number", {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": 5, "value": 1}]}, "invalidPath"),
    ("remove without path", {"schemas": [PATCH_OP], "Operations": [{"op": "remove"}]}, "noTarget"),
    ("remove userName", {"schemas": [PATCH_OP], "Operations": [{"op": "remove", "path": "userName"}]}, "mutability"),
    ("set id", {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "id", "value": "x"}]}, "mutability"),
    ("bad selector", {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "emails[nosuch eq 1].value", "value": "x"}]}, "invalidFilter"),
    ("second of two bad", {"schemas": [PATCH_OP], "Operations": [{"op": "replace", "path": "title", "value": "X"}, {"op": "replace", "path": "active", "value": []}]}, "invalidValue"),
]  # fmt: skip


@pytest.mark.parametrize(("_case", "body", "scim_type"), _PATCHES, ids=[row[0] for row in _PATCHES])
async def test_patch_refused(world: World, _case: str, body: Any, scim_type: str) -> None:
    entra = await world.client()
    user = await entra.create("ada@corp.example", title="Agent")

    response = await entra.request("PATCH", f"/Users/{user['id']}", json=body)

    _check_error(response, 400, scim_type)
    assert (await entra.get(f"/Users/{user['id']}")).json() == user


async def test_discovery_needs_no_token(world: World) -> None:
    for path in ("/ServiceProviderConfig", "/ResourceTypes", "/Schemas", f"/Schemas/{USER.upper()}"):
        assert (await world.http.get(SCIM + path)).status_code == 200


async def _check_nothing_changed(*, refused: int) -> None:
    users = await fetch_one("SELECT count(*) FROM scim_user")
    events = await fetch_one("SELECT count(*), min(outcome) FROM provisioning_event")
    assert users is not None
    assert events is not None
    assert (users[0], events[0], events[1]) == (0, refused, "failure")


@pytest.mark.parametrize("path", ["/scim", "/scim/", "/scim/v1", "/scim/v1/Users", "/scim/V3.1/", "/scim/v2Users"])
async def test_a_mistyped_tenant_url_is_told_the_right_one(world: World, path: str) -> None:
    response = await world.http.get(BASE + path)

    _check_error(response, 404, None if path in {"/scim", "/scim/", "/scim/v2Users"} else "invalidVers")
    assert response.json()["detail"] == f"There is nothing here; the Tenant URL is {SCIM}"


async def test_the_base_uri_itself_is_no_redirect(world: World) -> None:
    entra = await world.client()

    assert (await entra.get("")).json() == (await entra.get("/")).json()
