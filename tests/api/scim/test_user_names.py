"""Names of any script come back as they were sent, are found again, and are unique the way the filter compares."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from tests.bodies import person
from tests.world import Client, World

from gatehouse.store.database import fetch


@pytest.fixture
async def entra(world: World) -> Client:
    return await world.client()


@pytest.mark.parametrize(
    ("user_name", "same"),
    [
        ("Ada@Corp.Example", "aDA@cORP.eXAMPLE"),
        ("Éva@corp.example", "éVA@corp.example"),
        ("\u00c9va@corp.example", "e\u0301va@corp.example"),  # one or two code points
        ("Žofie Dvořáková", "ŽOFIE DVOŘÁKOVÁ"),
        ("李小龍@corp.example", "李小龍@CORP.EXAMPLE"),
        ("Ωmega\u00a0👩‍💻", "ωmega\u00a0👩‍💻"),
        ('quo"te\\back%like_', 'QUO"TE\\BACK%LIKE_'),
    ],
)
async def test_names_come_back_and_are_found(entra: Client, user_name: str, same: str) -> None:
    created = await entra.create(user_name)
    quoted = same.replace("\\", "\\\\").replace('"', '\\"')
    found = (await entra.get("/Users?filter=" + quote(f'userName eq "{quoted}"'))).json()
    again = await entra.post("/Users", person(same))

    assert created["userName"] == user_name
    assert [user["userName"] for user in found["Resources"]] == [user_name]
    assert (again.status_code, again.json()["scimType"]) == (409, "uniqueness")


@pytest.mark.parametrize(
    ("one", "other"), [("straße", "strasse"), ("ada", "ada "), ("I\u0131", "ii"), ("\ufb01", "fi")]
)
async def test_different_names_are_different_people(entra: Client, one: str, other: str) -> None:
    await entra.create(f"{one}@corp.example")
    answer = await entra.post("/Users", person(f"{other}@corp.example"))

    assert answer.status_code == 201


@pytest.mark.parametrize("text", [b"ada\\u0000", b"ada\\ud800", b"ada\xff"], ids=["NUL", "lone surrogate", "no UTF-8"])
async def test_what_cannot_be_kept_is_refused(entra: Client, text: bytes) -> None:
    body = b'{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"' + text + b'"}'
    answer = await entra.request("POST", "/Users", content=body, headers={"Content-Type": "application/scim+json"})

    assert answer.status_code == 400
    assert await fetch("SELECT id FROM scim_user") == []
