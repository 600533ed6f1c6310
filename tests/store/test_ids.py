"""UUIDv7 (RFC 9562 §5.7)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122

from gatehouse.store.ids import uuid7


def test_layout() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    after = time.time_ns() // 1_000_000

    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= after + 1


def test_order_of_creation_is_order_of_ids() -> None:
    made = [uuid7() for _ in range(20_000)]

    assert made == sorted(set(made))
    assert [str(one) for one in made] == sorted(str(one) for one in made)


def test_threads_never_share_one() -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: uuid7(), range(5_000)))

    assert len(set(made)) == 5_000


def test_clock_that_steps_back_is_ignored() -> None:
    earlier = uuid7()

    assert uuid7(lambda: 0) > earlier
