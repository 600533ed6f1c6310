"""The service under drill: two workers, with a log that must hold no error."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson
from tests.smoke.server import Server

_AS_DELIVERED: Final = {"GATEHOUSE_DRAIN_DELAY_S": "2"}  # the tests' servers end at once


@dataclass
class LoggedServer(Server):
    """A server of which each start has its own log."""

    logs: Path = field(kw_only=True)

    def start(self, *arguments: str, stdout: Path | None = None, log: Path | None = None) -> None:
        """Start, and wait until the server answers."""
        number = len(list(self.logs.glob("*.log"))) + 1
        super().start(*arguments, stdout=stdout, log=log or self.logs / f"{self.port}-{number}.log")

    def errors(self) -> list[str]:
        """What was logged as an error, and whatever is not our log's form."""
        lines = [line for file in sorted(self.logs.glob("*.log")) for line in file.read_text("utf-8").splitlines()]
        return [line for line in lines if _is_error(line)]


@contextmanager
def serving(database_url: str, *, workers: int = 2) -> Iterator[LoggedServer]:
    """Migrate, and lend a started server that is stopped on leaving."""
    with starting(database_url, workers=workers) as server:
        server.command("migrate")
        server.start()
        yield server


@contextmanager
def starting(database_url: str, *, workers: int = 2) -> Iterator[LoggedServer]:
    """Lend a server that is not yet started; stopped on leaving."""
    with tempfile.TemporaryDirectory(prefix="gatehouse-drill-") as logs:
        settings = {**_AS_DELIVERED, "TMPDIR": logs}  # a killed server leaves its temporary files
        server = LoggedServer(database_url, workers=workers, settings=settings, logs=Path(logs))
        try:
            yield server
        finally:
            server.terminate()


def _is_error(line: str) -> bool:
    try:
        return orjson.loads(line)["level"] in {"error", "critical"}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return "listens on" not in line
