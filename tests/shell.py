"""Commands of ``gatehouse`` in this process: starting one costs a second."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass

import pytest
from tests.remote import RemoteTenant

from gatehouse.cli import main


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Shell:
    """Runs commands as ``main`` does, with a database or the address and key of a tenant in the environment."""

    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def point_to(self, acme: RemoteTenant, key: str | None = None) -> None:
        self.monkeypatch.setenv("GATEHOUSE_URL", acme.server.base)
        self.monkeypatch.setenv("GATEHOUSE_API_KEY", key or acme.key)

    def use(self, database_url: str, **environment: str) -> None:
        for name, value in {"GATEHOUSE_DATABASE_URL": database_url, **environment}.items():
            self.monkeypatch.setenv(name, value)

    def __call__(self, *arguments: str, stdin: str = "") -> Done:
        self.monkeypatch.setattr(sys, "argv", ["gatehouse", *arguments])
        self.monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self.capsys.readouterr()
        return Done(int(ended.value.code or 0), printed.out, printed.err)
