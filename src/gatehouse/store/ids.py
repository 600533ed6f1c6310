"""New ids: UUIDv7, so that the order of ids is the order of creation (RFC 9562 §5.7)."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

GREATEST: Final = UUID(int=2**128 - 1)  # behind every id; no row has it

_LOCK = threading.Lock()
_VERSION_AND_VARIANT = (0x7 << 76) | (0b10 << 62)
_COUNTER_BITS = 74  # rand_a and rand_b together
_BATCH = 256  # of noise: the operating system is asked for that of many ids at once
_NOISE_BYTES = 10
_last_millisecond = 0
_last_counter = 0
_noise: list[bytes] = []


def uuid7(clock_ns: Callable[[], int] = time.time_ns) -> UUID:
    """Make a new id, greater than every earlier one of this process.

    :param clock_ns: nanoseconds since 1970.
    """
    return UUID(int=uuid7_number(clock_ns))


def uuid7_number(clock_ns: Callable[[], int] = time.time_ns) -> int:
    """The 128 bits of a new id, as :func:`uuid7` makes it.

    Within a millisecond the 74 random bits count upwards in random steps of up to 2^32 (RFC 9562 §6.2, method 2); they
    start in the lower half of their range, and a clock that steps back is ignored, so that they cannot run over.

    :param clock_ns: nanoseconds since 1970.
    """
    global _last_millisecond, _last_counter  # noqa: PLW0603 - one clock per process
    with _LOCK:
        if not _noise:
            _gather_noise()
        noise = int.from_bytes(_noise.pop(), "big")
        millisecond = clock_ns() // 1_000_000
        if millisecond > _last_millisecond:
            _last_millisecond = millisecond
            _last_counter = noise >> 7
        else:
            _last_counter += (noise & 0xFFFFFFFF) + 1
        millisecond, counter = _last_millisecond, _last_counter
    return (millisecond << 80) | _VERSION_AND_VARIANT | (counter >> 62 << 64) | (counter & (1 << 62) - 1)


def _gather_noise() -> None:
    random = os.urandom(_BATCH * _NOISE_BYTES)
    _noise.extend(random[start : start + _NOISE_BYTES] for start in range(0, len(random), _NOISE_BYTES))


os.register_at_fork(after_in_child=_noise.clear)  # no two processes make the same ids
