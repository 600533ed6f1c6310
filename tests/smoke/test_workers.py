"""``serve --workers N`` when one of its processes is killed alone."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from tests.smoke.server import Server

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(60)]


def _workers(server: Server) -> list[int]:
    """The processes that answer; beside them Python keeps one that watches its semaphores."""
    assert server.process is not None
    children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _runs(pid: int) -> bool:
    """Not when it waits only for its parent to ask how it ended."""
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    return False


def _wait_until(fact: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not fact():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_worker_that_dies_is_replaced_with_a_warning(tmp_path: Path) -> None:
    log = tmp_path / "log"
    server = Server(f"sqlite:///{tmp_path / 'a.db'}", workers=2, settings={"GATEHOUSE_LOG_LEVEL": "WARNING"})
    server.start(log=log)
    try:
        killed, other = _workers(server)
        os.kill(killed, signal.SIGKILL)
        _wait_until(lambda: len(set(_workers(server)) - {killed}) == 2)
        replaced = _workers(server)
    finally:
        server.terminate()
    entries = [json.loads(line) for line in log.read_text().splitlines() if not line.startswith("Gatehouse ")]

    assert other in replaced
    assert [(entry["level"], entry["event"], entry["pid"], entry["exit_code"]) for entry in entries] == [
        ("warning", "worker died", killed, -9)
    ]


def test_workers_end_with_the_process_above_them(tmp_path: Path) -> None:
    server = Server(f"sqlite:///{tmp_path / 'a.db'}", workers=2)
    server.start()
    workers = _workers(server)
    assert server.process is not None
    server.process.kill()
    server.process.wait()
    _wait_until(lambda: not any(_runs(pid) for pid in workers))
    server.start()
    successors = _workers(server)
    server.terminate()

    assert len(workers) == len(successors) == 2
