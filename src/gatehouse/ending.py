"""How a process that was started by hand ends: every failure is one clear line on stderr."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from gatehouse.environment import SettingsError
from gatehouse.errors import GatehouseError

_told = False  # to end, by SIGTERM


@contextmanager
def in_words() -> Iterator[None]:
    """End the process for what may be expected to fail in the block: with 1, or 130 when it was interrupted."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or leaving would flush into it again
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except GatehouseError as exc:
        fail(_with_cause(exc), 1)
    except (SettingsError, ValueError, OSError) as exc:
        fail(str(exc), 1)


def end_when_told() -> None:
    """From here on SIGTERM ends the process, with 0: the first process of a container is sent it in vain until it says so."""
    signal.signal(signal.SIGTERM, _end)


def _end(_signum: int, _frame: FrameType | None) -> NoReturn:
    global _told  # noqa: PLW0603 - of the process
    _told = True
    sys.exit(0)


def fail(message: str, code: int) -> NoReturn:
    """Tell it on one line, and end; what failed because the process was told to end is no failure."""
    if _told:
        sys.exit(0)
    print(f"gatehouse: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    sys.exit(code)


def _with_cause(error: GatehouseError) -> str:
    """The sentence for clients, and for whoever sits at the machine what the database said."""
    return f"{error.message}: {error.__cause__}" if error.__cause__ else error.message
