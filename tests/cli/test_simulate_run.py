"""The whole simulation against a real server process: all is well, a fault is found, a restart is ridden out."""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.smoke.server import Server

from gatehouse.cli.simulate.dialect import Dialect, patch_body
from gatehouse.cli.simulate.generate import generate
from gatehouse.cli.simulate.rehearsal import Plan, conclude, played, rehearse

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(120)]
_NO_LIMITS = {"GATEHOUSE_TENANT_RATE_PER_S": "0", "GATEHOUSE_API_KEY_RATE_PER_S": "0"}


@dataclass(frozen=True)
class Demo:
    """A server with the demo tenant, its catalogue and its rules."""

    server: Server
    token: str
    api_key: str

    @property
    def url(self) -> str:
        return f"{self.server.base}/scim/v2"

    def plan(self, *, users: int = 60, dialect: Dialect = Dialect.MIXED, **options: Any) -> Plan:
        directory = generate(users, 3, "7")
        return Plan(
            url=self.url, token=self.token, api_key=self.api_key, directory=directory, dialect=dialect, **options
        )

    def command(self, *arguments: str, token: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own arguments
            [sys.executable, "-m", "gatehouse", "simulate", "--url", self.url, *arguments],
            env={**os.environ, "SCIM_TOKEN": token or self.token},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


@pytest.fixture
def demo(empty_database_url: str, tmp_path: Path) -> Iterator[Demo]:
    server, printed = Server(empty_database_url, settings=_NO_LIMITS), tmp_path / "printed"
    server.command("migrate")
    server.start("--demo", stdout=printed)
    secrets = dict(re.findall(r"(SCIM token|API key)\s+(gth_\S+)", printed.read_text()))
    try:
        yield Demo(server, secrets["SCIM token"], secrets["API key"])
    finally:
        server.terminate()


@pytest.mark.parametrize("dialect", [Dialect.DEFAULT, Dialect.FLAG])
async def test_everybody_is_as_expected(demo: Demo, dialect: Dialect) -> None:
    report = await rehearse(demo.plan(dialect=dialect))

    assert report.passed, report.to_text()
    assert report.comparison and report.comparison.people > 60 and report.comparison.with_access
    assert report.tally.actions.keys() >= {
        "create user", "update user", "disable user", "restore user", "delete user", "set manager", "clear manager",
        "create group", "update group", "delete group", "add member", "remove member", "skip disabled user",
    }  # fmt: skip


async def test_change_behind_entras_back_is_found(demo: Demo) -> None:
    plan = demo.plan(users=12, cycles=0)
    async with played(plan) as job:
        victim = next(i for i, p in plan.directory.people.items() if p.active and p.job_title == "Regional Manager")
        name, anchor = plan.directory.people[victim].user_principal_name, job.links[victim].anchor
        operation = {"op": "replace", "path": "title", "value": "Leasing Agent"}
        answer = await job.wire.send(None, "PATCH", f"/Users/{anchor}", patch_body([operation]))
        report = await conclude(plan, job)

    assert answer.ok
    assert report.comparison
    found = {(d.name, d.path): (d.expected, d.stored) for d in report.comparison.differences}
    assert found == {
        (name, "title"): ("Regional Manager", "Leasing Agent"),
        (name, "admin API: title"): ("Regional Manager", "Leasing Agent"),
        (name, "role"): ("regional-manager", "leasing-agent"),
    }
    assert not report.passed
    assert f"{name}: role: expected 'regional-manager', stored 'leasing-agent'" in report.to_text()


async def test_killed_server_comes_back_and_nothing_is_lost(demo: Demo) -> None:
    async def outage() -> None:
        await asyncio.sleep(0.4)
        demo.server.kill()
        await asyncio.to_thread(demo.server.start)

    interruption = asyncio.create_task(outage())
    report = await rehearse(demo.plan(users=150, cycles=1, patience_s=30))
    await interruption

    assert report.tally.retried
    assert report.passed, report.to_text()


async def test_second_run_of_the_same_directory_links(demo: Demo) -> None:
    plan = demo.plan(users=20, cycles=0)
    await rehearse(plan)
    again = await rehearse(plan)

    assert again.passed, again.to_text()
    assert "create user" not in again.tally.actions
    assert again.tally.actions["link user"] >= 18


def test_command(demo: Demo, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    done = demo.command("--users", "10", "--seed", "7", "--cycles", "1", "--json", str(file), "--api-key", demo.api_key)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("PASSED\n")
    report = json.loads(file.read_text())
    assert report["passed"] is True
    assert report["comparison"]["withAccess"] is True
    assert report["latencyMs"]["create user"]["count"] == report["actions"]["create user"]


def test_refused_token_is_exit_code_1(demo: Demo) -> None:
    done = demo.command("--users", "3", "--json", "-", token="gth_scim_wrong")  # noqa: S106

    assert done.returncode == 1
    assert json.loads(done.stdout)["quarantine"]["reason"] == "EncounteredQuarantineException"


def test_refused_api_key_is_found_out_before_anything_is_sent(demo: Demo) -> None:
    done = demo.command("--users", "3", "--api-key", "gth_api_wrong")

    assert done.returncode == 1
    assert done.stderr.startswith("gatehouse: the admin API answered 401")
    assert not done.stdout


def test_replay_of_an_export(demo: Demo, tmp_path: Path) -> None:
    export = tmp_path / "people.csv"
    export.write_text(
        "userPrincipalName,givenName,surname,mail,jobTitle,extensionAttribute1,manager\n"
        "ana@c.example,Ana,Silva,ana@c.example,Leasing Agent,Leasing-North,bo@c.example\n"
        "bo@c.example,Bo,Silva,bo@c.example,Regional Manager,North,\n"
        "no.mail@c.example,No,Mail,,Leasing Agent,North,\n"
    )
    done = demo.command("--replay", str(export), "--json", "-", "--api-key", demo.api_key)

    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert report["actions"] == {"create user": 2, "set manager": 1}
    assert {failure["name"] for failure in report["failures"]} == {"no.mail@c.example"}
    assert "map it from mail" in report["failures"][0]["detail"]
    assert report["comparison"]["differences"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--url", "ftp://x"), 2, "must be an http(s) address"),
        (("--replay", "/nowhere.csv"), 2, "does not exist"),
        (("--dialect", "klingon"), 2, "klingon"),
    ],
    ids=str,
)
def test_wrong_use(arguments: tuple[str, ...], code: int, message: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "gatehouse", "simulate", "--url", "http://127.0.0.1:9", "--token", "t", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
