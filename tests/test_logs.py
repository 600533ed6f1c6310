"""The log of a bug: where it happened, and not whose data it stumbled over."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

_PROGRAM = """
import logging, sys
from gatehouse import logs
if len(sys.argv) > 1:
    logs.configure(sys.argv[1])

ADA = "@".join(("ada", "corp.example"))  # lines of source may be told

def stumble():
    try:
        {}[ADA]
    except KeyError as cause:
        raise ValueError(f"cannot handle {ADA}") from cause

try:
    stumble()
except ValueError as bug:
    logs.logger("ours").exception("bug", request_id="r1")
    logging.getLogger("uvicorn.error").error("theirs", exc_info=bug)
"""


def _logged(level: str) -> list[dict[str, str]]:
    done = subprocess.run([sys.executable, "-c", _PROGRAM, level], check=True, capture_output=True, timeout=30)  # noqa: S603
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_a_bug_is_told_by_kinds_and_places() -> None:
    entries = _logged("INFO")

    assert [(entry["event"], entry["level"]) for entry in entries] == [("bug", "error"), ("theirs", "error")]
    assert entries[0]["request_id"] == "r1"
    for entry in entries:
        assert "in stumble" in entry["exception"]
        assert entry["exception"].endswith("ValueError")
        assert "KeyError\nled to\n" in entry["exception"]
        assert "ada@corp.example" not in json.dumps(entry)


@pytest.mark.parametrize("text", ["KeyError: 'ada@corp.example'", "cannot handle ada@corp.example"])
def test_for_debugging_messages_are_there(text: str) -> None:
    assert all(text in entry["exception"] for entry in _logged("DEBUG"))


def test_a_command_tells_no_values() -> None:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], check=True, capture_output=True, timeout=30)  # noqa: S603
    entry = done.stderr.decode()

    assert "in stumble" in entry and "KeyError\nled to\n" in entry
    assert "ada@corp.example" not in entry.partition("theirs")[0]
    assert done.stdout == b""
