"""Where the workers of one ``serve`` keep their counters, so that any of them can answer for all.

Every process that uses the directory holds a shared lock on a file in it. Whoever starts next and gets that lock for
itself alone knows that all of them are gone, killed perhaps, and clears up after them.

It is in memory where there is room, so that no full disk concerns it; TMPDIR, if it is set, says another place.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from gatehouse.logs import logger

_LOG: Final = logger(__name__)
VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"  # read by prometheus_client when it is imported
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - the directory below is ours alone
_ROOM_BYTES: Final = 4 * 2**20  # for each worker: many times what its files take
_PREFIX: Final = "gatehouse-metrics-"
_LOCK: Final = "in-use"


def current() -> Path | None:
    """The directory of this process; None: it counts alone."""
    directory = os.environ.get(VARIABLE)
    return Path(directory) if directory else None


def hold(directory: Path) -> int:
    """Say that this process uses the directory, until it ends or the descriptor returned is closed."""
    descriptor = os.open(directory / _LOCK, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


@contextmanager
def shared_directory(workers: int) -> Iterator[None]:
    """Let several workers, started within the block, count together; nothing to do for one."""
    if workers == 1:
        yield
        return
    try:
        place = _place(workers)
        _clear_up(place)
        directory, descriptor = _make(place)
    except OSError as fault:
        _LOG.warning("no room for a directory of metrics: every worker counts alone", reason=fault.strerror)
        yield
        return
    os.environ[VARIABLE] = str(directory)
    try:
        yield
    finally:
        os.environ.pop(VARIABLE, None)
        shutil.rmtree(directory, ignore_errors=True)
        os.close(descriptor)


def _place(workers: int) -> Path:
    in_memory = "TMPDIR" not in os.environ and os.access(_MEMORY, os.W_OK | os.X_OK)
    if in_memory and shutil.disk_usage(_MEMORY).free >= workers * _ROOM_BYTES:
        return _MEMORY
    return Path(tempfile.gettempdir())


def _make(place: Path) -> tuple[Path, int]:
    """A new directory that nobody takes for a forgotten one: the lock is held before the file has its name."""
    directory = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
    nameless = directory / "new"
    descriptor = os.open(nameless, os.O_RDONLY | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    nameless.rename(directory / _LOCK)
    return directory, descriptor


def _clear_up(place: Path) -> None:
    """Remove the directories whose processes are all gone; what belongs to others, or is being made, stays."""
    for directory in place.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # in use, somebody else's, or gone meanwhile
            descriptor = os.open(directory / _LOCK, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if directory.stat(follow_symlinks=False).st_uid == os.getuid():
                    shutil.rmtree(directory)
            finally:
                os.close(descriptor)
