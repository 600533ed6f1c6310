"""A progress bar on stderr, for people; nothing at all where nobody looks."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress as RichProgress, TextColumn, TimeElapsedColumn


class Progress:
    """Shows the phase under way and how far it is."""

    def __init__(self, *, shown: bool) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._bar = RichProgress(*columns, console=console, transient=True, disable=not (shown and console.is_terminal))
        self._task = self._bar.add_task("")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, exc: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def phase(self, title: str, total: int) -> None:
        """Begin a phase of ``total`` steps."""
        self._bar.reset(self._task, description=title, total=total)

    def advance(self) -> None:
        """One step is done."""
        self._bar.advance(self._task)
