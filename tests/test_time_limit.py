"""Time limits beside ``asyncio.timeout``: the same ends, however a block is left."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any
from weakref import ref as weakref

import pytest
import uvloop

from gatehouse.time_limit import TICK_S, TimeLimit

SHORT_S, LONG_S = 0.01, 10.0


class _Ours(AbstractAsyncContextManager[None]):
    def __init__(self, seconds: float) -> None:
        self._limit = TimeLimit(seconds)

    async def __aenter__(self) -> None:
        self._limit.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._limit.__exit__(kind, error, trace)


Limit = Callable[[float], AbstractAsyncContextManager[Any]]
Block = Callable[[Limit], Awaitable[str]]


async def _done_in_time(limit: Limit) -> str:
    async with limit(LONG_S):
        return "done"


async def _over(limit: Limit) -> str:
    async with limit(SHORT_S):
        await asyncio.sleep(LONG_S)
    return "never"


async def _over_while_another_error_is_raised(limit: Limit) -> str:
    async with limit(SHORT_S):
        try:
            await asyncio.sleep(LONG_S)
        except asyncio.CancelledError:
            raise ValueError("mine") from None
    return "never"


async def _swallowed(limit: Limit) -> str:
    async with limit(SHORT_S):
        try:
            await asyncio.sleep(LONG_S)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
    return "went on"


def _one_within_another(outer_s: float, inner_s: float) -> Block:
    async def block(limit: Limit) -> str:
        try:
            async with limit(outer_s):
                try:
                    async with limit(inner_s):
                        await asyncio.sleep(LONG_S)
                except TimeoutError:
                    return "inner"
        except TimeoutError:
            return "outer"
        return "never"

    return block


async def _cancelled_by_somebody(limit: Limit) -> str:
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().call_soon(task.cancel)
    async with limit(LONG_S):
        await asyncio.sleep(LONG_S)
    return "never"


async def _cancelled_before(limit: Limit) -> str:
    task = asyncio.current_task()
    assert task
    task.cancel()
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        async with limit(SHORT_S):
            await asyncio.sleep(LONG_S)
    return "never"


async def _twice(limit: Limit) -> str:
    found = []
    for _ in range(2):
        try:
            found.append(await _over(limit))
        except TimeoutError:
            found.append("over")
    return " ".join(found)


BLOCKS = [
    _done_in_time,
    _over,
    _over_while_another_error_is_raised,
    _swallowed,
    _one_within_another(LONG_S, SHORT_S),
    _one_within_another(SHORT_S, LONG_S),
    _one_within_another(SHORT_S, SHORT_S),
    _cancelled_by_somebody,
    _cancelled_before,
    _twice,
]


async def _outcome(block: Block, limit: Limit) -> tuple[str, int]:
    """How a block ends, and how often its task is still asked to end."""

    async def run() -> tuple[str, int]:
        task = asyncio.current_task()
        assert task
        try:
            ended = await block(limit)
        except (ValueError, TimeoutError, asyncio.CancelledError) as error:
            ended = type(error).__name__
        return ended, task.cancelling()

    return await asyncio.create_task(run())


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_block_ends_as_with_asyncio(block: Block, run: Callable[[Any], Any]) -> None:
    begun = time.monotonic()

    assert run(_outcome(block, _Ours)) == run(_outcome(block, asyncio.timeout))
    assert time.monotonic() - begun < LONG_S  # nobody has slept to the end


async def test_the_end_can_be_put_off() -> None:
    with TimeLimit(SHORT_S) as limit:
        limit.end_in(LONG_S)
        await asyncio.sleep(SHORT_S + 3 * TICK_S)


async def test_the_end_can_be_brought_forward() -> None:
    async def work() -> None:
        with TimeLimit(LONG_S) as limit:
            limit.end_in(SHORT_S)
            await asyncio.sleep(LONG_S)

    with pytest.raises(TimeoutError):
        await work()


async def test_many_end_each_at_its_time() -> None:
    async def sleeper(number: int) -> str:
        try:
            with TimeLimit(SHORT_S if number % 2 else LONG_S):
                await asyncio.sleep(SHORT_S + 3 * TICK_S)
        except TimeoutError:
            return "over"
        return "done"

    assert await asyncio.gather(*map(sleeper, range(50))) == ["done", "over"] * 25


async def test_it_is_for_tasks() -> None:
    failed = asyncio.get_running_loop().create_future()

    def enter() -> None:
        try:
            TimeLimit(LONG_S).__enter__()
        except RuntimeError as error:
            failed.set_result(str(error))

    asyncio.get_running_loop().call_soon(enter)

    assert "task" in await failed


def test_a_loop_that_has_ended_is_let_go() -> None:
    async def work() -> weakref[asyncio.AbstractEventLoop]:
        with TimeLimit(LONG_S):
            await asyncio.sleep(2 * TICK_S)
        return weakref(asyncio.get_running_loop())

    ended = [uvloop.run(work()), asyncio.run(work())]
    gc.collect()

    assert [loop() for loop in ended] == [None, None]
