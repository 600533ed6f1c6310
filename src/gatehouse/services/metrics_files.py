"""Numbers that the workers of one ``serve`` share, in files whose room is taken before it is used.

prometheus_client maps into memory what is not on the disk yet: where the disk is full, the first write there ends the
process by SIGBUS.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

_FIRST_BYTES: Final = 65_536  # as prometheus_client begins
_BESIDE_THE_KEY_BYTES: Final = 32  # at most: its length, its padding, the number and a time


class SharedNumbers:
    """What the instruments of this process count with: in shared files, or alone once there is no room for them.

    To be made before the first instrument.

    :param full: there is no room: only this process knows all that it has counted.
    """

    def __init__(self) -> None:
        values.MmapedDict = _Allocated  # type: ignore[attr-defined, assignment]
        self._shared = values.MultiProcessValue()  # type: ignore[no-untyped-call]
        self.full = False
        values.ValueClass = self

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Make a number."""
        if not self.full:
            try:
                return self._shared(*arguments, **options)
            except OSError:
                self.full = True
        return values.MutexValue(*arguments, **options)  # type: ignore[no-untyped-call]


class _Allocated(MmapedDict):
    """A file of numbers, none of which is mapped before it has its place on the disk.

    :raises OSError: there is no room, now or when it must grow.
    """

    def __init__(self, filename: str) -> None:
        file = Path(filename)
        if not file.exists():
            unfinished = file.with_suffix(".new")  # nobody reads an empty one
            _take_room(unfinished, _FIRST_BYTES)
            unfinished.rename(file)
        super().__init__(filename)  # type: ignore[no-untyped-call]

    def _init_value(self, key: str) -> None:
        if self._used + len(key.encode()) + _BESIDE_THE_KEY_BYTES > self._capacity:
            _take_room(Path(self._fname), 2 * self._capacity)
        super()._init_value(key)  # type: ignore[no-untyped-call]


def _take_room(file: Path, size: int) -> None:
    with file.open("ab") as opened:
        os.posix_fallocate(opened.fileno(), 0, size)
