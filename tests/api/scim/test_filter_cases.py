"""The shared filter cases over HTTP: create the users, filter, and see whom the list holds; on both engines."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.api.scim.answers import check_error, filtered, resources
from tests.scim.filter_cases import CASES, USERS, accepted
from tests.world import World


@pytest.mark.parametrize("strict", [False, True], ids=["entra", "strict"])
async def test_the_filter_cases_hold(world: World, strict: bool) -> None:
    entra = await world.client(strict=strict)
    keys = {}
    for user in USERS:
        created = await entra.post("/Users", {name: value for name, value in user.items() if name != "key"})
        assert created.status_code == 201, created.text
        keys[created.json()["id"]] = user["key"]

    answers = {case["id"]: _answer(await entra.get(filtered(case["filter"])), keys) for case in CASES}

    assert [(case["id"], answers[case["id"]]) for case in CASES if answers[case["id"]] not in accepted(case)] == []


def _answer(response: httpx.Response, keys: dict[str, str]) -> dict[str, Any]:
    if response.status_code != 200:
        check_error(response, 400, "invalidFilter")
        return {"error": 400}
    return {"match": sorted(keys[user["id"]] for user in resources(response))}
