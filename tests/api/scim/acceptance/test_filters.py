"""Acceptance checks 25 to 36: filters."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from tests.api.scim.answers import check_error, filtered, names
from tests.bodies import USER
from tests.world import Client


async def test_check_25(entra: Client, ann: dict[str, Any]) -> None:
    """A userName in another case."""
    assert names(await entra.get(filtered('userName eq "ann@X.com"'))) == ["Ann@x.com"]


async def test_check_26(entra: Client, ann: dict[str, Any]) -> None:
    """Nobody: an empty list, not a 404."""
    response = await entra.get(filtered('userName eq "0d8fa1b2-0000-4000-8000-000000000000"'))

    assert (response.json()["totalResults"], response.json()["Resources"]) == (0, [])
    assert names(response) == []


async def test_check_27(entra: Client, ann: dict[str, Any]) -> None:
    """An externalId in another case is another one."""
    assert names(await entra.get(filtered('externalId eq "E1"'))) == []
    assert names(await entra.get(filtered('externalId eq "e1"'))) == ["Ann@x.com"]


async def test_check_28(entra: Client, ann: dict[str, Any]) -> None:
    """The filter with which Entra matches by e-mail."""
    text = 'emails[type eq "work"].value eq "ann@x.com" and active eq true'

    assert names(await entra.get(filtered(text))) == ["Ann@x.com"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('emails[type eq "work" and value eq "b@y"]', []),
        ('emails.type eq "work" and emails.value eq "b@y"', ["two@x"]),
    ],
)
async def test_check_29(entra: Client, text: str, found: list[str]) -> None:
    """Between brackets it is the same element, elsewhere any."""
    await entra.create("two@x", emails=[{"type": "work", "value": "a@x"}, {"type": "home", "value": "b@y"}])

    assert names(await entra.get(filtered(text))) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('not (title eq "zz")', ["Ann@x.com", "untitled@x"]),
        ('not (title eq "agent")', ["untitled@x"]),
    ],
)
async def test_check_30(entra: Client, ann: dict[str, Any], text: str, found: list[str]) -> None:
    """``not`` includes those who have no title."""
    await entra.create("untitled@x")

    assert names(await entra.get(filtered(text))) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('title ne "Agent"', ["untitled@x"]),
        ('title ne "zz"', ["Ann@x.com", "untitled@x"]),
        ("title eq null", ["untitled@x"]),
        ("title ne null", ["Ann@x.com"]),
        ("title pr", ["Ann@x.com"]),
        ("not (title pr)", ["untitled@x"]),
    ],
)
async def test_check_31(entra: Client, ann: dict[str, Any], text: str, found: list[str]) -> None:
    """An absent value equals null and nothing else."""
    await entra.create("untitled@x")

    assert names(await entra.get(filtered(text))) == found


@pytest.mark.parametrize(
    "text",
    [
        'userName regex "x"',
        'nosuch eq "x"',
        "active gt true",
        "userName eq",
        "emails[a[b eq 1]]",
        "userName eq 'x'",
        "(" * 33 + "title pr" + ")" * 33,
        "",
    ],
    ids=["operator", "attribute", "order", "no value", "nested", "quotes", "depth", "empty"],
)
async def test_check_32(entra: Client, ann: dict[str, Any], text: str) -> None:
    """What is not understood is refused, never answered with everybody."""
    check_error(await entra.get(filtered(text)), 400, "invalidFilter")


async def test_check_33(entra: Client) -> None:
    """The wildcards of SQL are letters."""
    await entra.create("one@x", displayName="100%_x")
    await entra.create("two@x", displayName="100abx")

    assert names(await entra.get(filtered('displayName co "100%_"'))) == ["one@x"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('title eq "a" or title eq "b" and userType eq "z"', ["a@x", "bz@x"]),
        ('(title eq "a" or title eq "b") and userType eq "z"', ["bz@x"]),
    ],
)
async def test_check_34(entra: Client, text: str, found: list[str]) -> None:
    """``and`` binds more tightly than ``or``."""
    await entra.create("a@x", title="a")
    await entra.create("b@x", title="b")
    await entra.create("bz@x", title="b", userType="z")

    assert names(await entra.get(filtered(text))) == found


async def test_check_35(entra: Client, ann: dict[str, Any]) -> None:
    """The URN of the schema before the name, in any case."""
    await entra.create("bo@x", name={"givenName": "Lee", "familyName": "Bo"})

    assert names(await entra.get(filtered(f'{USER.upper()}:name.familyName sw "le"'))) == ["Ann@x.com"]


async def test_check_36(entra: Client, ann: dict[str, Any]) -> None:
    """Times are compared as instants, whatever their offset."""
    changed = datetime.fromisoformat(ann["meta"]["lastModified"]).astimezone(timezone(timedelta(hours=2)))
    later = changed + timedelta(milliseconds=1)

    assert changed.isoformat().endswith("+02:00")
    assert names(await entra.get(filtered(f'meta.lastModified ge "{changed.isoformat()}"'))) == ["Ann@x.com"]
    assert names(await entra.get(filtered(f'meta.lastModified ge "{later.isoformat()}"'))) == []
