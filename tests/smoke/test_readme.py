"""The five minutes of the README, played: its commands against a real server give the output it shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.smoke.server import Server

_README = Path(__file__).parents[2] / "README.md"
_BLOCK = re.compile(r"<!-- tour: \w+ -->\n```console\n(.*?)```", re.DOTALL)
_CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z|:\d{4,5}/")


@pytest.mark.timeout(60)
def test_tour(tmp_path: Path) -> None:
    server = Server(f"sqlite:///{tmp_path / 'tour.db'}")
    printed = tmp_path / "printed"
    server.start("--demo", stdout=printed)
    try:
        secrets = dict(re.findall(r"(SCIM token|API key)\s+(gth_\S+)", printed.read_text()))
        environment = {**os.environ, "TOKEN": secrets["SCIM token"], "KEY": secrets["API key"]}
        steps = [step for block in _BLOCK.findall(_README.read_text()) for step in _steps(block)]
        for command, shown in steps:
            here = command.replace("http://127.0.0.1:8080", server.base)
            done = subprocess.run(["bash", "-c", here], env=environment, capture_output=True, text=True, check=True)  # noqa: S603, S607
            assert _essence(done.stdout) == _essence(shown), command
    finally:
        server.terminate()

    assert len(steps) == 3


def _steps(block: str) -> list[tuple[str, str]]:
    """Commands after ``$``, each with the JSON that is shown below it."""
    found = []
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, output = re.split(r"\n(?=\{)", part, maxsplit=1)
        found.append((command, output.strip()))
    return found


def _essence(text: str) -> Any:
    """The document without ids, times and ports."""
    return json.loads(_CHANGING.sub("…", text))
