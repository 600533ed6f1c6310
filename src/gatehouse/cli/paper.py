"""Where commands print for people: coloured on a terminal, plain in a pipe or with NO_COLOR."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text


def paper(*, stderr: bool = False) -> Console:
    """Standard output, or the other one; long lines are left to the terminal."""
    return Console(stderr=stderr, highlight=False, soft_wrap=True, markup=False, emoji=False)


def words(text: str, style: str = "") -> Text:
    """Text that others wrote, with what would steer a terminal made visible."""
    return Text(visible(text), style=style)


def visible(text: str) -> str:
    r"""The text on one line.

    >>> visible("a\x1b[31mb\n")
    'a\\x1b[31mb\\n'
    """
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def table(*columns: str) -> Table:
    """Columns with a heading, without lines."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(column, no_wrap=True)
    return made
