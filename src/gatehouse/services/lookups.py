"""A short memory for look-ups by secret.

A look-up may be reused for at most a second, so that a revocation bites everywhere within that time (design §5).
"""

from __future__ import annotations

import time
from typing import Final, Generic, TypeVar

V = TypeVar("V")

_CAPACITY: Final = 4_096


class ShortMemory(Generic[V]):
    """Values by hash of a secret, each kept for ``lifetime_s`` seconds; never holds a secret itself."""

    def __init__(self, lifetime_s: float) -> None:
        self._lifetime_s = lifetime_s
        self._entries: dict[str, tuple[float, V]] = {}

    def get(self, digest: str) -> V | None:
        """The value, unless it is unknown or too old."""
        entry = self._entries.get(digest)
        if entry is None or entry[0] < time.monotonic():
            return None
        return entry[1]

    def put(self, digest: str, value: V) -> None:
        """Remember a value from now on."""
        if len(self._entries) >= _CAPACITY:
            self._entries.clear()
        self._entries[digest] = (time.monotonic() + self._lifetime_s, value)

    def forget(self, digest: str) -> None:
        """Look it up again next time."""
        self._entries.pop(digest, None)
