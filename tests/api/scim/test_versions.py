"""Versions of a user as clients see them: ETag, If-Match, If-None-Match (RFC 7644 §3.14)."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from tests.bodies import person
from tests.world import Client, World

from gatehouse.store.database import fetch


@pytest.fixture
async def entra(world: World) -> Client:
    return await world.client()


def _title(value: str) -> dict[str, str]:
    return {"op": "replace", "path": "title", "value": value}


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
async def test_a_stale_version_changes_nothing(entra: Client, method: str) -> None:
    user = f"/Users/{(await entra.create('ada@corp.example'))['id']}"
    await entra.patch(user, _title("Agent"))
    before = (await entra.get(user)).json()

    stale = {"If-Match": 'W/"1"'}
    answer = await {
        "PATCH": lambda: entra.patch(user, _title("Boss"), headers=stale),
        "PUT": lambda: entra.put(user, person("ada@corp.example", title="Boss"), headers=stale),
        "DELETE": lambda: entra.delete(user, headers=stale),
    }[method]()

    assert (answer.status_code, answer.json()["status"]) == (412, "412")
    assert (await entra.get(user)).json() == before
    events = await fetch("SELECT action, outcome FROM provisioning_event ORDER BY occurred_at, id")
    assert [row[1] for row in events].count("failure") == 1


async def test_what_the_client_has_already_is_not_sent_again(entra: Client) -> None:
    user = f"/Users/{(await entra.create('ada@corp.example'))['id']}"

    same = await entra.get(user, headers={"If-None-Match": 'W/"1"'})
    other = await entra.get(user, headers={"If-None-Match": 'W/"7"'})

    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", 'W/"1"')
    assert other.status_code == 200
