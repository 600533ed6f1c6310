"""A disk that is full, for one SQLite database."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def no_room(file: Path, *, left: int = 0) -> Iterator[None]:
    """Let the log of the database grow no further, nor any greater file that this process writes.

    :param left: the bytes for which there still is room.
    """
    size = Path(f"{file}-wal").stat().st_size + left
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
