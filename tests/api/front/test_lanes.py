"""Lanes: one long job of a caller at a time, and not too many in all."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from gatehouse.api.front.lanes import Lanes
from gatehouse.errors import TooManyRequests, Unavailable


async def test_a_second_job_of_the_same_caller_waits_and_is_then_refused() -> None:
    lanes = Lanes(max_jobs=8, max_wait_s=0.05)

    async with lanes.lane("acme"), lanes.lane("umbrella"):
        with pytest.raises(TooManyRequests, match="send one at a time") as refusal:
            async with lanes.lane("acme"):
                pass
    async with lanes.lane("acme"):
        pass

    assert refusal.value.retry_after_s == 5


async def test_a_second_job_begins_when_the_first_ends() -> None:
    lanes = Lanes(max_jobs=8, max_wait_s=5)
    order = []

    async def job(name: str) -> None:
        async with lanes.lane("acme"):
            order.append(f"{name} begins")
            await asyncio.sleep(0)
            order.append(f"{name} ends")

    await asyncio.gather(job("a"), job("b"), job("c"))

    assert order == [f"{name} {what}" for name in "abc" for what in ("begins", "ends")]


async def test_a_caller_may_not_line_up_without_end() -> None:
    lanes = Lanes(max_jobs=8, max_wait_s=60)
    leave = asyncio.Event()

    async def job() -> None:
        async with lanes.lane("acme"):
            await leave.wait()

    jobs = [asyncio.create_task(job()) for _ in range(6)]
    await asyncio.sleep(0)
    refused = await asyncio.gather(jobs.pop(), return_exceptions=True)
    leave.set()
    await asyncio.gather(*jobs)

    assert [type(error) for error in refused] == [TooManyRequests]


async def test_all_callers_together_have_so_many_jobs() -> None:
    lanes = Lanes(max_jobs=2, max_wait_s=0.05)

    async with AsyncExitStack() as held:
        for name in ("acme", "umbrella"):
            await held.enter_async_context(lanes.lane(name))
        with pytest.raises(Unavailable):
            await held.enter_async_context(lanes.lane("initech"))
    async with lanes.lane("initech"):
        pass


async def test_a_failed_job_leaves_its_lane_free() -> None:
    lanes = Lanes(max_jobs=1, max_wait_s=0.05)

    with pytest.raises(Unavailable, match="of its own"):
        async with lanes.lane("acme"):
            raise Unavailable("of its own")
    async with lanes.lane("acme"):
        pass
