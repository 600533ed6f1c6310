"""The commands of the guides in docs/, found by the name in the comment above them: ``<!-- run: name -->``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_DOCS: Final = Path(__file__).parents[1] / "docs"
_BLOCK: Final = re.compile(r"<!-- run: ([\w ]+) -->\n```(?:console|sql)\n(.*?)```", re.DOTALL)


def blocks(guide: str) -> dict[str, str]:
    """Every block of a guide that is run, by name."""
    return dict(_BLOCK.findall((_DOCS / guide).read_text("utf-8")))


def commands(guide: str, name: str) -> list[str]:
    """The commands of one block, without their ``$``.

    :raises KeyError: the guide has no such block.
    """
    return [part.strip() for part in re.split(r"^\$ ", blocks(guide)[name], flags=re.MULTILINE)[1:]]
