"""Acceptance check 60: whatever is sent, no 5xx, and every error is a SCIM Error.

That SQL and the evaluator agree on random filters is shown in tests/store/test_filter_sql.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
from tests.api.scim.answers import ERROR
from tests.api.scim.random_requests import random_request
from tests.bodies import GROUP
from tests.world import Client, World, running

from gatehouse.store.database import Database


@pytest.fixture
async def unhurried(database: Database, migrated_url: str) -> AsyncIterator[World]:
    """The service without a limit on the rate."""
    async with running(migrated_url, tenant_rate_per_s=0) as world:
        yield world


async def test_check_60(unhurried: World) -> None:
    """Some hundred random requests."""
    await _play(await unhurried.client(), seed=60, count=500)


@pytest.mark.heavy
@pytest.mark.timeout(180)
@pytest.mark.parametrize("strict", [False, True], ids=["entra", "strict"])
async def test_check_60_in_full(unhurried: World, strict: bool) -> None:
    """Ten thousand, over both engines and modes."""
    await _play(await unhurried.client(strict=strict), seed=6, count=2_500)


async def _play(client: Client, *, seed: int, count: int) -> None:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    seen: Counter[int] = Counter()
    ids = await _resources(client, 0)
    for number in range(1, count + 1):
        if number % 25 == 0:
            ids = await _resources(client, number)
        request = random_request(random, ids)
        response = await client.request(request.method, request.path, content=request.content, headers=request.headers)
        seen[response.status_code] += 1
        assert response.status_code < 500, (request, response.text)
        if response.status_code >= 400 and request.method != "HEAD":
            _check_scim_error(response.json(), response.status_code)
    assert seen.keys() >= {200, 201, 204, 400, 404, 405, 409, 412}, seen


async def _resources(client: Client, number: int) -> tuple[str, str]:
    """Somebody to work on: what there was may be deleted by now."""
    ada = await client.create(f"ada{number}@corp.example")
    crew = await client.post("/Groups", {"schemas": [GROUP], "displayName": f"Crew {number}"})
    return ada["id"], crew.json()["id"]


def _check_scim_error(body: Any, status: int) -> None:
    assert (body["schemas"], body["status"]) == ([ERROR], str(status))
    assert isinstance(body["detail"], str)
