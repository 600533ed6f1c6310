"""Acceptance checks 8 to 17: POST /Users."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.api.scim.acceptance.ann import ANN
from tests.api.scim.answers import check_error
from tests.bodies import USER
from tests.world import SCIM, Client

from gatehouse.store.database import fetch, fetch_one

_JSON = {"Content-Type": "application/scim+json"}


async def test_check_08(entra: Client) -> None:
    """201 with an id, the location three times, the version twice, and no password anywhere."""
    response = await entra.post("/Users", {**ANN, "password": "hunter2-marked"})
    body = response.json()

    assert response.status_code == 201
    location = f"{SCIM}/Users/{body['id']}"
    assert response.headers["location"] == response.headers["content-location"] == location
    assert body["meta"]["location"] == location
    assert response.headers["etag"] == body["meta"]["version"] == 'W/"1"'
    assert {name: body[name] for name in ANN} == ANN
    assert "password" not in body
    stored = await fetch("SELECT document FROM scim_user UNION ALL SELECT changes FROM provisioning_event")
    assert not [row for row in stored if "hunter2" in str(row[0])]


async def test_check_09(entra: Client) -> None:
    """What the server decides is ignored, whatever it holds."""
    sent = {**ANN, "id": "mine", "meta": {"created": 5, "version": []}, "groups": "none"}
    response = await entra.post("/Users", sent)
    body = response.json()

    assert response.status_code == 201
    assert body["id"] != "mine"
    assert body["meta"]["resourceType"] == "User"
    assert body["meta"]["version"] == 'W/"1"'
    assert "groups" not in body


async def test_check_10(entra: Client, ann: dict[str, Any]) -> None:
    """A userName is taken in every case."""
    check_error(await entra.post("/Users", {**ANN, "userName": "ANN@X.COM"}), 409, "uniqueness")
    assert await _user_count() == 1


async def test_check_11(entra: Client) -> None:
    """Of two creates at once one wins."""
    answers = await asyncio.gather(entra.post("/Users", ANN), entra.post("/Users", ANN))

    winner, loser = sorted(answers, key=lambda answer: answer.status_code)
    assert winner.status_code == 201
    check_error(loser, 409, "uniqueness")
    assert await _user_count() == 1


async def test_check_12(entra: Client) -> None:
    """Without userName, or with an empty one."""
    without = {name: value for name, value in ANN.items() if name != "userName"}
    for body in (without, {**ANN, "userName": ""}):
        check_error(await entra.post("/Users", body), 400, "invalidValue")
    assert await _user_count() == 0


async def test_check_13(entra: Client) -> None:
    """What is no JSON object."""
    deep = b'{"userName":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    for content in (b"{", b"[]", deep, b'{"userName": NaN}'):
        check_error(await entra.request("POST", "/Users", content=content, headers=_JSON), 400, "invalidSyntax")
    assert await _user_count() == 0


async def test_check_14(entra: Client) -> None:
    """Text that no database stores."""
    for title in (rb"a\u0000b", rb"\ud800"):
        content = json.dumps(ANN).encode().replace(b'"Agent"', b'"' + title + b'"')
        check_error(await entra.request("POST", "/Users", content=content, headers=_JSON), 400, "invalidValue")
    assert await _user_count() == 0


async def test_check_15(entra: Client) -> None:
    """Names in any case come back in the schema's."""
    response = await entra.post(
        "/Users",
        {
            "SCHEMAS": [USER],
            "USERNAME": "b@x",
            "EMAILS": [{"VALUE": "b@x", "TYPE": "work"}],
            "NAME": {"GIVENNAME": "Bo", "familyname": "Li"},
        },
    )
    body = response.json()

    assert response.status_code == 201
    assert body["userName"] == "b@x"
    assert body["emails"] == [{"value": "b@x", "type": "work"}]
    assert body["name"] == {"givenName": "Bo", "familyName": "Li"}


async def test_check_16(entra: Client) -> None:
    """Two primary e-mails."""
    emails = [{"type": kind, "value": f"{kind}@x", "primary": True} for kind in ("work", "home")]

    check_error(await entra.post("/Users", {**ANN, "emails": emails}), 400, "invalidValue")
    assert await _user_count() == 0


async def test_check_17(entra: Client, strict: Client) -> None:
    """A boolean as text is read from Entra, and refused by the letter."""
    response = await entra.post("/Users", {**ANN, "active": "False"})

    assert (response.status_code, response.json()["active"]) == (201, False)
    check_error(await strict.post("/Users", {**ANN, "active": "False"}), 400, "invalidValue")
    assert await _user_count() == 1


async def _user_count() -> int:
    row = await fetch_one("SELECT count(*) FROM scim_user")
    assert row is not None
    return int(row[0])
