"""Token buckets: the burst, the refill, and what a silent caller costs."""

from __future__ import annotations

import pytest

from gatehouse.api.front.rate_limit import RateLimit, no_limit
from gatehouse.errors import TooManyRequests


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def taken(limit: RateLimit, whose: str, tries: int) -> int:
    return sum(limit.allows(whose) for _ in range(tries))


def test_burst_then_refusal(clock: Clock) -> None:
    limit = RateLimit(per_s=50, burst=200, clock=clock)

    assert taken(limit, "acme", 300) == 200


def test_refill_is_steady(clock: Clock) -> None:
    limit = RateLimit(per_s=50, burst=200, clock=clock)
    taken(limit, "acme", 200)

    clock.now += 0.5
    assert taken(limit, "acme", 100) == 25
    clock.now += 3_600
    assert taken(limit, "acme", 300) == 200


def test_each_caller_has_its_own(clock: Clock) -> None:
    limit = RateLimit(per_s=1, burst=2, clock=clock)

    assert [taken(limit, name, 5) for name in ("acme", "globex")] == [2, 2]


@pytest.mark.parametrize(("per_s", "retry_after_s"), [(50, 1), (1, 1), (0.1, 10)])
def test_refusal_says_when_to_come_again(clock: Clock, per_s: float, retry_after_s: int) -> None:
    limit = RateLimit(per_s=per_s, burst=1, clock=clock)
    limit.take("acme")

    with pytest.raises(TooManyRequests) as refusal:
        limit.take("acme")
    assert refusal.value.retry_after_s == retry_after_s
    clock.now += retry_after_s
    limit.take("acme")


def test_refused_requests_cost_nothing(clock: Clock) -> None:
    limit = RateLimit(per_s=1, burst=1, clock=clock)
    taken(limit, "acme", 1_000)

    clock.now += 1
    assert limit.allows("acme")


def test_looking_costs_nothing(clock: Clock) -> None:
    limit = RateLimit(per_s=1, burst=1, clock=clock)

    assert not limit.is_spent("acme")
    assert limit.allows("acme")
    assert limit.is_spent("acme")
    clock.now += 1
    assert not limit.is_spent("acme")


def test_no_limit() -> None:
    assert taken(no_limit(), "acme", 10_000) == 10_000
    assert not no_limit().is_spent("acme")


def test_memory_is_bounded(clock: Clock) -> None:
    limit = RateLimit(per_s=1, burst=1, capacity=3, clock=clock)
    for name in ("a", "b", "a", "c", "d"):  # b has been silent for longest when d comes
        limit.allows(name)

    assert [name for name in "abcd" if limit.is_spent(name)] == ["a", "c", "d"]


def test_requests_that_can_wait_leave_half_of_the_bucket(clock: Clock) -> None:
    limit = RateLimit(per_s=10, burst=20, clock=clock)

    waits = [limit.wait_s("acme") for _ in range(13)]
    assert waits[:11] == [0] * 11
    assert waits[11:] == [pytest.approx(0.1)] * 2
    assert taken(limit, "acme", 20) == 9


def test_a_wait_is_as_long_as_it_says(clock: Clock) -> None:
    limit = RateLimit(per_s=4, burst=1, clock=clock)
    limit.take("acme")

    assert limit.wait_s("acme") == 0.25
    clock.now += 0.25
    assert limit.wait_s("acme") == 0


def test_without_a_limit_nobody_waits() -> None:
    assert [no_limit().wait_s("acme") for _ in range(3)] == [0] * 3
