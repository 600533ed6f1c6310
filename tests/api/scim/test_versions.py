"""Versions of a user as clients see them: ETag, If-Match, If-None-Match (RFC 7644 §3.14)."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from tests.bodies import GROUP, patch_op, person
from tests.world import SCIM, Client, World

from gatehouse.store.database import fetch


@pytest.fixture
async def entra(world: World) -> Client:
    return await world.client()


def _title(value: str) -> dict[str, str]:
    return {"op": "replace", "path": "title", "value": value}


def _external_id(value: str) -> dict[str, str]:
    return {"op": "replace", "path": "externalId", "value": value}


async def test_each_change_makes_a_new_version(entra: Client) -> None:
    created = await entra.post("/Users", person("ada@corp.example"))
    user = f"/Users/{created.json()['id']}"
    changed = await entra.patch(user, _title("Agent"))
    unchanged = await entra.patch(user, _title("Agent"))

    answers = (created, changed, unchanged, await entra.get(user))
    assert [answer.headers["etag"] for answer in answers] == ['W/"1"', 'W/"2"', 'W/"2"', 'W/"2"']
    assert all(answer.json()["meta"]["version"] == answer.headers["etag"] for answer in answers)


async def test_of_those_who_saw_the_same_version_one_wins(entra: Client) -> None:
    user = f"/Users/{(await entra.create('ada@corp.example'))['id']}"

    answers = await asyncio.gather(
        *(entra.patch(user, _title(f"T{n}"), headers={"If-Match": 'W/"1"'}) for n in range(10))
    )
    stored = (await entra.get(user)).json()

    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 9}
    winner = next(answer for answer in answers if answer.status_code == 200)
    assert (stored["title"], stored["meta"]["version"]) == (winner.json()["title"], 'W/"2"')


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("condition", "tag"),
    [("If-Match", 'W/"1"'), ("If-None-Match", 'W/"2"'), ("If-None-Match", "*")],
    ids=["stale", "current", "any"],
)
async def test_where_a_condition_fails_nothing_changes(entra: Client, method: str, condition: str, tag: str) -> None:
    user = await _second_version(entra, "/Users", person("ada@corp.example"))
    group = await _second_version(entra, "/Groups", {"schemas": [GROUP], "displayName": "Crew"})
    for path, before in (user, group):
        body = {"PATCH": patch_op(_external_id("e3")), "PUT": {**before, "externalId": "e3"}, "DELETE": None}[method]

        answer = await entra.request(method, path, json=body, headers={condition: tag})

        assert (answer.status_code, answer.json()["status"]) == (412, "412")
        assert (await entra.get(path)).json() == before
    events = await fetch("SELECT action, outcome FROM provisioning_event ORDER BY occurred_at, id")
    assert [row[1] for row in events].count("failure") == 2


async def _second_version(entra: Client, collection: str, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A new resource that has changed once: its path and its representation."""
    path = f"{collection}/{(await entra.post(collection, body)).json()['id']}"
    await entra.patch(path, _external_id("e2"))
    return path, (await entra.get(path)).json()


async def test_what_the_client_has_already_is_not_sent_again(entra: Client) -> None:
    group = await entra.post("/Groups", {"schemas": [GROUP], "displayName": "Crew"})
    for path in (f"/Users/{(await entra.create('ada@corp.example'))['id']}", f"/Groups/{group.json()['id']}"):
        same = await entra.get(path, headers={"If-None-Match": 'W/"1"'})
        other = await entra.get(path, headers={"If-None-Match": 'W/"7"'})

        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", 'W/"1"')
        assert same.headers["content-location"] == other.headers["content-location"] == SCIM + path
        assert other.status_code == 200


_OF_VERSION_1 = pytest.mark.parametrize(
    ("_case", "lines", "named"),
    [
        ("the version", ['W/"1"'], True),
        ("without its W/", ['"1"'], True),
        ("in a list", ['"7", W/"1"'], True),
        ("on the first of two lines", ['W/"1"', 'W/"7"'], True),
        ("on the last of two lines", ['W/"7"', 'W/"1"'], True),
        ("any", ["*"], True),
        ("another", ['W/"7"'], False),
        ("a tag with a comma", ['W/"1,2"'], False),
        ("a tag that is an asterisk", ['"*"'], False),
        ("no tag", ["1"], False),
        ("something that is no tag beside it", ['W/"1", x'], False),
    ],
)


async def _ask(entra: Client, url: str, condition: str, lines: list[str], **asked: Any) -> httpx.Response:
    headers = [("Authorization", f"Bearer {entra.token}"), *((condition, line) for line in lines)]
    return await entra.http.request(url=SCIM + url, headers=headers, **asked)


@_OF_VERSION_1
async def test_a_condition_on_a_read(entra: Client, _case: str, lines: list[str], named: bool) -> None:
    user = f"/Users/{(await entra.create('ada@corp.example'))['id']}"

    answer = await _ask(entra, user, "If-None-Match", lines, method="GET")

    assert answer.status_code == (304 if named else 200)


@_OF_VERSION_1
@pytest.mark.parametrize(("condition", "done_when_named"), [("If-Match", True), ("If-None-Match", False)])
async def test_a_condition_on_a_write(
    entra: Client, _case: str, lines: list[str], named: bool, condition: str, done_when_named: bool
) -> None:
    before = await entra.create("ada@corp.example")
    user = f"/Users/{before['id']}"

    answer = await _ask(entra, user, condition, lines, method="PATCH", json=patch_op(_title("Agent")))

    stored = (await entra.get(user)).json()
    done = named is done_when_named
    assert answer.status_code == (200 if done else 412)
    assert (stored == before, stored.get("title")) == ((False, "Agent") if done else (True, None))
