"""A data loader whose answers are shared by fields that may be given up one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from strawberry.dataloader import DataLoader

K = TypeVar("K")
T = TypeVar("T")


class SharedLoader(DataLoader[K, T]):
    """Like its base, but giving up one field leaves the others that wait for the same key their answer.

    When a field fails, the executor cancels those beside it. The base hands the same future to all who ask for a key:
    cancelled for one field, it would fail fields elsewhere in the document, and with them the whole answer.
    """

    def load(self, key: K) -> Awaitable[T]:
        """Ask for a key."""
        return asyncio.shield(super().load(key))
