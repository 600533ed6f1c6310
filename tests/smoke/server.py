"""A real server process for tests that need sockets, signals or crashes."""

from __future__ import annotations

import io
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from gatehouse.cli import app

_GATEHOUSE = (sys.executable, "-m", "gatehouse")


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """``gatehouse serve`` on its own port; ``start`` again after ``kill`` keeps the port."""

    database_url: str
    workers: int = 1
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str) -> str:
        """Run another ``gatehouse`` command on the same database; its stdout.

        In this process, since starting one costs a second; in a thread, since an event loop may run here.
        """
        with ThreadPoolExecutor(max_workers=1) as thread:
            return thread.submit(self._printed, arguments).result(60)

    def _printed(self, arguments: tuple[str, ...]) -> str:
        with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as printed:
            for name, value in self._environment().items():
                patch.setenv(name, value)
            app(arguments, standalone_mode=False)
        return printed.getvalue().strip()

    def start(self, *arguments: str, stdout: Path | None = None, log: Path | None = None) -> None:
        """Start, and wait until the server answers.

        :param stdout: the file that gets what the command prints.
        :param log: the file that gets what it logs; default: shown with the test.
        """
        with (stdout or Path(os.devnull)).open("wb") as output, log.open("wb") if log else nullcontext() as errors:
            self.process = subprocess.Popen(  # noqa: S603 - our own arguments
                [*_GATEHOUSE, "serve", "--port", str(self.port), "--workers", str(self.workers), *arguments],
                env=self._environment(),
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.base}/healthz", timeout=1).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError("the server did not start")

    def kill(self) -> None:
        """SIGKILL to the server and its workers: no goodbye."""
        self._signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM, then wait."""
        self._signal(signal.SIGTERM)

    def _signal(self, number: int) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            os.killpg(self.process.pid, number)
        self.process.wait(30)
        self.process = None

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "GATEHOUSE_DATABASE_URL": self.database_url,
            "GATEHOUSE_LOG_LEVEL": "ERROR",
            "GATEHOUSE_DRAIN_DELAY_S": "0",
            **self.settings,
        }


@contextmanager
def serving(database_url: str, *, workers: int = 1, **settings: str) -> Iterator[Server]:
    """A started server, stopped on leaving."""
    server = Server(database_url, workers=workers, settings=settings)
    server.command("migrate")
    server.start()
    try:
        yield server
    finally:
        server.terminate()
