"""Libraries that import others only because those are installed: what a process imports, it keeps in memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*packages: str) -> Iterator[None]:
    """In the block these packages are not to be had, unless they have been imported before (None says so to ``import``)."""
    hidden = [name for name in packages if name not in sys.modules]
    modules: dict[str, object] = sys.modules  # type: ignore[assignment]  # https://docs.python.org/3/reference/import.html
    for name in hidden:
        modules[name] = None
    try:
        yield
    finally:
        for name in hidden:
            del modules[name]
