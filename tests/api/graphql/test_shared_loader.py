"""A field that fails takes no other field's answer away, though both wait for the same row."""

from __future__ import annotations

import asyncio

import pytest
from tests.api.graphql.people import READER, Api, new_community, viewer

from gatehouse.api.graphql.shared_loader import SharedLoader
from gatehouse.store.database import Database


async def test_giving_up_one_field_leaves_the_other_its_answer() -> None:
    asked: list[list[int]] = []

    async def load(keys: list[int]) -> list[str]:
        asked.append(keys)
        await asyncio.sleep(0.01)
        return [str(key) for key in keys]

    loader = SharedLoader(load_fn=load)

    async def field() -> str:
        return await loader.load(7)

    given_up, kept = asyncio.create_task(field()), asyncio.create_task(field())
    await asyncio.sleep(0.001)
    given_up.cancel()

    assert await kept == "7"
    assert asked == [[7]]
    with pytest.raises(asyncio.CancelledError):
        await given_up


async def test_a_refused_field_beside_one_that_waits(database: Database) -> None:
    acme = await new_community("acme")
    query = """{ a: tenants { nodes { mapping { number } connection { rejectedCredentials { label } } } }
                 b: tenants { nodes { mapping { number } slug } } }"""

    body = await Api.of(viewer((acme.tenant.id, READER))).ask(query)
    while given_up := asyncio.all_tasks() - {asyncio.current_task()}:  # cleared away while the database is open
        await asyncio.wait(given_up)

    assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]
    assert body["data"] is None or body["data"]["b"] == {"nodes": [{"mapping": {"number": 1}, "slug": "acme"}]}
