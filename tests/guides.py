"""The commands of the guides in docs/, found by the name in the comment above them: ``<!-- run: name -->``."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.smoke.server import Server

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


def shell(command: str, server: Server, **variables: str) -> str:
    """Run a command of a guide as its reader would; what it printed."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GATEHOUSE_DATABASE_URL": server.database_url,
        **variables,
    }
    done = subprocess.run(  # noqa: S603 - our own guide
        ["/bin/sh", "-c", command], env=environment, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip()
