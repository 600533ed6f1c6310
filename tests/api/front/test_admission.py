"""Slots for work: how many, for whom, how long one waits, and that none is ever lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from gatehouse.api.front.admission import Admission
from gatehouse.errors import Unavailable


class Crowd:
    """Requests that hold their slot until told to leave; ``served`` is the order in which they got one."""

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.served: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self._leave: dict[str, asyncio.Event] = {}

    async def comes(self, *names: str) -> None:
        """Let requests arrive, one after the other; the tenant is the first letter."""
        for name in names:
            self._leave[name] = asyncio.Event()
            self.tasks.append(asyncio.create_task(self._request(name)))
            await asyncio.sleep(0)

    async def leaves(self, *names: str) -> None:
        for name in names:
            self._leave[name].set()
            for _ in range(3):
                await asyncio.sleep(0)

    async def _request(self, name: str) -> None:
        async with self.admission.slot(name[0]):
            self.served.append(name)
            await self._leave[name].wait()


@asynccontextmanager
async def crowd(*, slots: int, places: int = 100, wait_s: float = 5.0) -> AsyncIterator[Crowd]:
    """A crowd before an admission; in the end all are sent home, and every slot must be free again."""
    admission = Admission(max_in_flight=slots, max_queue=places, max_wait_s=wait_s)
    people = Crowd(admission)
    yield people
    for task in people.tasks:
        task.cancel()
    await asyncio.gather(*people.tasks, return_exceptions=True)
    assert (admission.in_flight, admission.waiting) == (0, 0)


async def test_work_is_bounded() -> None:
    async with crowd(slots=2) as people:
        await people.comes("a1", "a2", "a3")
        assert people.served == ["a1", "a2"]
        assert (people.admission.in_flight, people.admission.waiting) == (2, 1)

        await people.leaves("a2")

        assert people.served == ["a1", "a2", "a3"]


async def test_tenants_take_turns() -> None:
    async with crowd(slots=1) as people:
        await people.comes("a1", "a2", "a3", "a4", "b1", "b2", "c1")
        await people.leaves("a1", "a2", "b1", "c1", "a3", "b2", "a4")

        assert people.served == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


async def test_alone_a_tenant_may_have_every_slot() -> None:
    async with crowd(slots=4) as people:
        await people.comes("a1", "a2", "a3", "a4", "a5")

        await people.leaves("a1")

        assert people.served == ["a1", "a2", "a3", "a4", "a5"]


async def test_while_others_wait_a_tenant_gets_no_more_than_half() -> None:
    async with crowd(slots=4) as people:
        await people.comes("a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3")

        await people.leaves("a1", "a2", "a3")  # a holds one then, b two
        assert people.served == ["a1", "a2", "a3", "a4", "b1", "b2", "a5"]
        await people.leaves("a4")

        assert people.served[-1] == "b3"  # nobody else waits


async def test_a_full_queue_refuses_at_once() -> None:
    async with crowd(slots=1, places=2) as people:
        await people.comes("a1", "a2", "a3", "a4")

        with pytest.raises(Unavailable) as refusal:
            await people.tasks[3]
        assert refusal.value.retry_after_s == 2
        assert people.admission.waiting == 2


async def test_a_full_queue_makes_room_for_another_tenant() -> None:
    async with crowd(slots=1, places=3) as people:
        await people.comes("a1", "a2", "a3", "a4", "b1", "b2")

        with pytest.raises(Unavailable):
            await people.tasks[3]  # a4 gave its place to b1
        with pytest.raises(Unavailable):
            await people.tasks[5]  # b has one place, a two: b2 would turn that round
        await people.leaves("a1", "a2", "b1", "a3")
        assert people.served == ["a1", "a2", "b1", "a3"]


async def test_without_a_queue_only_slots_count() -> None:
    async with crowd(slots=1, places=0) as people:
        await people.comes("a1", "b1")

        with pytest.raises(Unavailable):
            await people.tasks[1]


async def test_nobody_waits_for_long() -> None:
    async with crowd(slots=1, wait_s=0.02) as people:
        await people.comes("a1", "b1")

        with pytest.raises(Unavailable):
            await people.tasks[1]
        assert people.admission.waiting == 0


async def test_one_who_gives_up_leaves_no_gap() -> None:
    async with crowd(slots=1) as people:
        await people.comes("a1", "b1", "c1")

        people.tasks[1].cancel()
        await people.leaves("a1")

        assert people.served == ["a1", "c1"]


async def test_a_slot_given_to_one_who_gives_up_goes_to_the_next() -> None:
    async with crowd(slots=1) as people:
        await people.comes("a1", "b1", "c1")

        people.tasks[0].cancel()
        await asyncio.sleep(0)  # a1 gives its slot to b1, who does not know it yet
        assert people.admission.in_flight == 1
        people.tasks[1].cancel()
        for _ in range(5):
            await asyncio.sleep(0)

        assert people.served == ["a1", "c1"]


async def test_an_outer_deadline_is_told_from_the_wait() -> None:
    async with crowd(slots=1) as people:
        await people.comes("a1")

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), people.admission.slot("b"):
                pass
        assert people.admission.waiting == 0


async def test_no_slot_is_lost_in_a_throng() -> None:
    admission = Admission(max_in_flight=3, max_queue=20, max_wait_s=0.005)
    working = most = 0

    async def request(number: int) -> None:
        nonlocal working, most
        async with admission.slot(number % 7):
            working += 1
            most = max(most, working)
            try:
                await asyncio.sleep(0.001 * (number % 3))
            finally:
                working -= 1

    tasks = [asyncio.create_task(request(number)) for number in range(500)]
    for number, task in enumerate(tasks):
        if number % 5 == 0:
            task.cancel()
        if number % 11 == 0:
            await asyncio.sleep(0.001)
    for task in tasks:
        with suppress(Unavailable, asyncio.CancelledError):
            await task

    assert most == 3
    assert (admission.in_flight, admission.waiting) == (0, 0)
