"""The page on exports tells the truth: its examples run, and do what it says."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.remote import RemoteTenant, remote
from tests.shell import Shell

_PAGE: Final = Path(__file__).parents[2] / "docs" / "exports.md"
_BLOCK: Final = re.compile(r"<!-- run: ([\w ]+) -->\n```(\w+)\n(.*?)```", re.DOTALL)
_BLOCKS: Final = {name: (language, code) for name, language, code in _BLOCK.findall(_PAGE.read_text("utf-8"))}


@pytest.fixture(scope="module")
def contoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteTenant]:
    with remote(f"sqlite:///{tmp_path_factory.mktemp('exports') / 'gatehouse.db'}") as server:
        made = server.tenant("contoso", users=0)
        made.provision("ana@contoso.example", title="Leasing Agent")
        made.provision("ben@contoso.example", title="=cmd|' /C calc'!A0")
        yield made


@pytest.fixture
def away(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Shell:
    """Commands in a directory with nothing in it."""
    monkeypatch.chdir(tmp_path)
    return shell


def _run(contoso: RemoteTenant, where: Path, command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GATEHOUSE_URL": contoso.server.base,
        "GATEHOUSE_API_KEY": contoso.key,
        **variables,
    }
    return subprocess.run(  # noqa: S603 - our own page
        command, env=environment, cwd=where, check=False, capture_output=True, text=True, timeout=60
    )


def _play(name: str, contoso: RemoteTenant, where: Path, **variables: str) -> list[str]:
    language, text = _BLOCKS[name]
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:] if language == "console" else [text]
    printed = []
    for part in parts:
        command = [sys.executable, "-c", part] if language == "python" else ["/bin/bash", "-c", part]
        done = _run(contoso, where, command, **variables)
        assert done.returncode == 0, done.stderr
        printed.append(done.stdout)
    return printed


@pytest.mark.heavy
@pytest.mark.timeout(120)
def test_examples(contoso: RemoteTenant, tmp_path: Path) -> None:
    users, personal, events, audit = _play("command line", contoso, tmp_path)
    (script,) = _play("script", contoso, tmp_path)
    changed, shown = _play("retention", contoso, tmp_path, GATEHOUSE_DATABASE_URL=contoso.server.database_url)

    rows = list(csv.DictReader(io.StringIO((tmp_path / "people.csv").read_bytes().decode(), newline="")))
    assert [(row["userName"], row["title"]) for row in rows] == [
        ("a***@contoso.example", "Leasing Agent"),
        ("b***@contoso.example", "'=cmd|' /C calc'!A0"),
    ]
    assert users.split()[1:] == ["people.csv"] and len(users.split()[0]) == 64
    assert personal.endswith("  people.ndjson\n")
    people = [json.loads(line) for line in (tmp_path / "people.ndjson").read_text("utf-8").splitlines()]
    assert [person["title"] for person in people] == ["Leasing Agent", "=cmd|' /C calc'!A0"]
    assert people[0]["userName"] == "ana@contoso.example"
    assert events.endswith("  events.csv\n") and (tmp_path / "events.csv").read_text("utf-8").count(",create,") == 2
    assert audit == "audit.csv: OK\n"
    assert script == "SUCCEEDED 1\n"
    assert json.loads((tmp_path / "agents.ndjson").read_text("utf-8"))["userName"] == "ana@contoso.example"
    assert changed == "settings.eventRetentionDays\t400\t730\nsettings.requestRetentionDays\t30\t14\n"
    assert shown == "event-retention-days\t730\nrequest-retention-days\t14\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["users"], 2, "Missing option '--output'"),
        (["people", "--output", "x.csv"], 2, "Invalid value for"),
        (["audit", "--output", "x.csv", "--from", "soon"], 2, "'soon' is no time"),
        (
            ["users", "--output", "x.csv", "--from", "2026-01-01T00:00:00Z"],
            1,
            "An export of USERS shows the present and takes no `from` and `to`",
        ),
        (["users", "--output", "no/such/place.csv"], 2, "there is no directory"),
    ],
)
def test_what_goes_wrong(
    contoso: RemoteTenant, away: Shell, tmp_path: Path, *, arguments: list[str], code: int, message: str
) -> None:
    away.point_to(contoso)
    done = away("export", *arguments)

    assert (done.code, done.out) == (code, "")
    assert message in done.err
    assert done.err.count("\n") == 1 and "Traceback" not in done.err
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_may_not_export(contoso: RemoteTenant, away: Shell) -> None:
    away.point_to(contoso, contoso.viewer_key)
    done = away("export", "users", "--output", "x.csv")

    assert (done.code, done.out) == (1, "")
    assert "EXPORT" in done.err
