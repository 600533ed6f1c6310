"""What a loader asks for, when, and what each who waits is told."""

from __future__ import annotations

import asyncio

import pytest
from tests.api.graphql.people import READER, Api, new_community, viewer

from gatehouse.api.graphql.shared_loader import SharedLoader, Work
from gatehouse.store.database import Database


async def test_giving_up_one_field_leaves_the_other_its_answer() -> None:
    asked: list[list[int]] = []

    async def load(keys: list[int]) -> list[str]:
        asked.append(keys)
        await asyncio.sleep(0.01)
        return [str(key) for key in keys]

    loader = SharedLoader(Work(), load)

    async def field() -> str:
        return await loader.load(7)

    given_up, kept = asyncio.create_task(field()), asyncio.create_task(field())
    await asyncio.sleep(0.001)
    given_up.cancel()

    assert await kept == "7"
    assert asked == [[7]]
    with pytest.raises(asyncio.CancelledError):
        await given_up


async def _text(keys: list[int]) -> list[str]:
    await asyncio.sleep(0)
    return [str(key) for key in keys]


async def test_what_is_wanted_in_one_moment_is_asked_for_at_once_and_nothing_twice() -> None:
    asked: list[list[int]] = []

    async def load(keys: list[int]) -> list[str]:
        asked.append(keys)
        return await _text(keys)

    loader = SharedLoader(Work(), load, max_batch_size=2)

    assert await loader.load_many([1, 2, 1, 3]) == ["1", "2", "1", "3"]
    assert await loader.load_many([3, 4]) == ["3", "4"]
    assert asked == [[1, 2], [3], [4]]


@pytest.mark.parametrize("values", [["1"], ["1", "2", "3"], LookupError("gone")])
async def test_all_who_wait_are_told_of_a_failure(values: list[str] | Exception) -> None:
    async def load(_keys: list[int]) -> list[str]:
        if isinstance(values, Exception):
            raise values
        return values

    loader = SharedLoader(Work(), load)

    told = await asyncio.gather(loader.load(1), loader.load(2), loader.load(2), return_exceptions=True)
    later = await asyncio.gather(loader.load(2), return_exceptions=True)

    expected = LookupError if isinstance(values, Exception) else ValueError
    assert [type(one) for one in told[1:] + later] == [expected] * 3


async def test_nothing_goes_on_for_an_answer_that_is_given_up() -> None:
    asked, ended = [], []

    async def load(keys: list[int]) -> list[str]:
        asked.extend(keys)
        try:
            await asyncio.sleep(3_600)
        finally:
            ended.extend(keys)
        return await _text(keys)

    work = Work()
    loader, other = SharedLoader(work, load), SharedLoader(work, load)
    begun = loader.load(1)
    await asyncio.sleep(0.001)
    wanted = [other.load(2)]
    await asyncio.sleep(0)  # its task is there, and has not taken a step
    wanted += [loader.load(3)]
    work.end()
    wanted += [loader.load(1), loader.load(4), SharedLoader(work, load).load(5)]

    await asyncio.wait([begun, *wanted], timeout=5)
    assert all(future.cancelled() for future in (begun, *wanted))
    for late in (loader.load(6), other.load(7)):
        await asyncio.wait([late], timeout=5)
        assert late.cancelled()
    assert (asked, ended) == ([1], [1])
    assert not work.tasks


async def test_a_load_that_is_cancelled_from_within_is_a_failure() -> None:
    async def load(_keys: list[int]) -> list[str]:
        raise asyncio.CancelledError

    with pytest.raises(RuntimeError, match="from within"):
        await SharedLoader(Work(), load).load(1)


async def test_a_refused_field_beside_one_that_waits(database: Database) -> None:
    acme = await new_community("acme")
    query = """{ a: tenants { nodes { mapping { number } connection { rejectedCredentials { label } } } }
                 b: tenants { nodes { mapping { number } slug } } }"""

    body = await Api.of(viewer((acme.tenant.id, READER))).ask(query)
    while given_up := asyncio.all_tasks() - {asyncio.current_task()}:  # cleared away while the database is open
        await asyncio.wait(given_up)

    assert [error["extensions"]["code"] for error in body["errors"]] == ["FORBIDDEN"]
    assert body["data"] is None or body["data"]["b"] == {"nodes": [{"mapping": {"number": 1}, "slug": "acme"}]}
