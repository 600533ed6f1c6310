"""One server for each engine, for the commands that speak to one, and those commands in this process."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass

import pytest
from tests.postgres import new_database
from tests.remote import Remote, RemoteTenant, remote

from gatehouse.cli import main


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    """Run a server for the tests of a file."""
    file = tmp_path_factory.mktemp("served") / "gatehouse.db"
    with (
        (
            nullcontext(f"sqlite:///{file}")
            if request.param == "sqlite"
            else new_database(request.getfixturevalue("postgres_url"))
        ) as url,
        remote(url) as server,
    ):
        yield server


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Shell:
    """Runs commands as ``main`` does, with the address and key of a tenant in the environment."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def point_to(self, acme: RemoteTenant, key: str | None = None) -> None:
        self.monkeypatch.setenv("GATEHOUSE_URL", acme.server.base)
        self.monkeypatch.setenv("GATEHOUSE_API_KEY", key or acme.key)

    def __call__(self, *arguments: str, stdin: str = "") -> Done:
        self.monkeypatch.setattr(sys, "argv", ["gatehouse", *arguments])
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self.capsys.readouterr()
        return Done(int(ended.value.code or 0), printed.out, printed.err)


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    """Run commands in this process: starting one costs a second."""
    return Shell(monkeypatch, capsys)
