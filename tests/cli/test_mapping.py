"""``gatehouse mapping`` and ``gatehouse user`` against a server process, on both engines."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.remote import Remote, RemoteTenant
from tests.shell import Shell

_NO_CHANGE, _ERROR, _CHANGES = 0, 1, 2


@pytest.fixture
def acme(served: Remote, shell: Shell) -> RemoteTenant:
    """A tenant of its own, which the shell points to."""
    tenant = served.tenant()
    shell.point_to(tenant)
    return tenant


@pytest.fixture
def promoted(acme: RemoteTenant, shell: Shell, tmp_path: Path) -> Path:
    """A document in which agents are bosses."""
    file = tmp_path / "mapping.yaml"
    file.write_text(shell("mapping", "export").out.replace("role: agent", "role: boss"))
    return file


def test_what_is_exported_changes_nothing(acme: RemoteTenant, shell: Shell, tmp_path: Path) -> None:
    first, again = shell("mapping", "export"), shell("mapping", "export")
    as_json = shell("mapping", "export", "--format", "json")
    file = tmp_path / "mapping.json"
    file.write_text(as_json.out)
    planned = [
        shell("mapping", "plan", "-", "--prune", stdin=first.out),
        shell("mapping", "plan", str(file), "--prune"),
    ]
    applied = shell("mapping", "apply", "-", "--yes", stdin=first.out)

    assert (first.code, first.err) == (0, "")
    assert (
        first.out
        == again.out
        == acme.graphql("{tenants{nodes{mapping{document}}}}")["tenants"]["nodes"][0]["mapping"]["document"]
    )
    assert json.loads(as_json.out)["roleRules"] == [{"title": "Agent", "role": "agent"}]
    assert {(done.code, done.out, done.err) for done in [*planned, applied]} == {(_NO_CHANGE, "No change.\n", "")}
    assert len(shell("mapping", "history").out.splitlines()) == 3


def test_from_a_plan_to_a_version_and_back(acme: RemoteTenant, shell: Shell, promoted: Path) -> None:
    before = shell("mapping", "export").out
    planned = shell("mapping", "plan", str(promoted), "--message", "All are bosses")
    untouched = shell("mapping", "export").out
    plan_id = planned.out.split()[-1]
    applied = shell("mapping", "apply", "--plan", plan_id, "--yes", "--acknowledge", "PRIVILEGED_GAIN")
    second = shell("mapping", "apply", "--plan", plan_id, "--yes", "--acknowledge", "PRIVILEGED_GAIN")
    after = shell("mapping", "export").out
    rolled_back = shell("mapping", "rollback", "3", "--yes")
    history = [line.split("\t") for line in shell("mapping", "history").out.splitlines()]

    assert (planned.code, planned.err, untouched) == (_CHANGES, "", before)
    assert '~ "Agent": agent → boss' in planned.out
    assert "2 of 2 users change (another role: 2, gain a privileged role: 2)" in planned.out
    assert "Agent 0 <agent0@corp.example>: agent → boss privileged\n" in planned.out
    assert "warning PRIVILEGED_GAIN: " in planned.out
    assert (applied.code, applied.out.splitlines()[-1], after) == (0, "Applied: version 4", promoted.read_text())
    assert (second.code, second.err) == (_ERROR, "gatehouse: the plan is applied: make a new one\n")
    assert (rolled_back.code, shell("mapping", "export").out) == (0, before)
    assert [(row[0], *row[2:]) for row in history[:2]] == [
        ("5", "owner", "ROLLBACK to 3", "2", "Back to version 3"),
        ("4", "owner", "FILE", "2", "All are bosses"),
    ]
    assert shell("mapping", "export", "--version", "4").out == after


def test_a_plan_is_bound_to_the_people_it_names(acme: RemoteTenant, shell: Shell, promoted: Path) -> None:
    plan_id = shell("mapping", "plan", str(promoted)).out.split()[-1]
    before = shell("mapping", "export").out
    acme.provision("late@corp.example", title="Agent")
    applied = shell("mapping", "apply", "--plan", plan_id, "--yes", "--acknowledge", "PRIVILEGED_GAIN")

    assert applied.code == _ERROR
    assert applied.err.startswith("gatehouse: ") and applied.err.count("\n") == 1
    assert shell("mapping", "export").out == before
    assert len(shell("mapping", "history").out.splitlines()) == 3


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ([], 2, "Invalid value: there is nobody to ask: give --yes, and --acknowledge for warnings"),
        (["--yes"], 1, "findings are not acknowledged: PRIVILEGED_GAIN"),
        (["--yes", "--acknowledge", "PRIVILEGED_GAIN", "--max-users-changed", "1"], 1, "2 users would change, more than the 1 allowed"),
    ],
)  # fmt: skip
def test_apply_refuses(
    acme: RemoteTenant, shell: Shell, promoted: Path, *, options: list[str], code: int, message: str
) -> None:
    before = shell("mapping", "export").out
    done = shell("mapping", "apply", str(promoted), *options)

    assert (done.code, done.err.count("\n")) == (code, 1)
    assert done.err.startswith(f"gatehouse: {message}")
    assert _open_plans(acme) == 0
    assert shell("mapping", "export").out == before


def test_only_what_may_be_applied_later_stays(acme: RemoteTenant, shell: Shell, promoted: Path) -> None:
    unchanged = shell("mapping", "plan", "-", stdin=shell("mapping", "export").out)
    shown = shell("mapping", "plan", str(promoted), "--discard")
    none = _open_plans(acme)
    kept = shell("mapping", "plan", str(promoted))

    assert [unchanged.code, shown.code, kept.code] == [_NO_CHANGE, _CHANGES, _CHANGES]
    assert "--plan" not in shown.out
    assert (none, _open_plans(acme)) == (0, 1)


def _open_plans(acme: RemoteTenant) -> int:
    """Plans made less those that have ended, from the audit trail."""
    entries = acme.graphql("{auditEntries(where: {outcome: [SUCCEEDED]}){nodes{action}}}")["auditEntries"]["nodes"]
    ended = {"mappingPlanDiscard", "mappingPlanApply"}
    return sum((each["action"] == "mappingPlanCreate") - (each["action"] in ended) for each in entries)


def test_rules_go_only_with_prune(acme: RemoteTenant, shell: Shell) -> None:
    document = "groupRules: []\n"
    kept = shell("mapping", "plan", "-", stdin=document)
    pruned = shell("mapping", "plan", "-", "--prune", "--json", stdin=document)

    assert (kept.code, kept.out) == (_NO_CHANGE, "No change.\n")
    assert pruned.code == _CHANGES
    plan = json.loads(pruned.out)
    assert plan["plan"]["impact"]["usersChanged"] == 2
    assert [finding["code"] for finding in plan["plan"]["findings"]] == ["SECTION_MISSING", "BECOMES_UNMAPPED"]
    assert [user["user"]["userName"] for user in plan["affectedUsers"]] == [
        "agent0@corp.example",
        "agent1@corp.example",
    ]


def test_more_people_than_fit_are_counted(served: Remote, shell: Shell) -> None:
    acme = served.tenant(users=22)
    shell.point_to(acme)
    document = shell("mapping", "export").out.replace("role: agent", "role: boss")
    some, everybody = (shell("mapping", "plan", "-", *options, stdin=document).out for options in ([], ["--all"]))

    assert (some.count(": agent → boss privileged"), everybody.count(": agent → boss privileged")) == (20, 22)
    assert "… and 2 more (--all)" in some


def test_every_fault_of_a_document_has_its_line(acme: RemoteTenant, shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text('roleRules:\n  - title: "Agent"\n    role: nonsense\n  - title: "Chief"\n    rule: boss\n')
    done = shell("mapping", "plan", str(file))

    lines = done.err.splitlines()
    assert (done.code, done.out) == (_ERROR, "")
    assert len(lines) > 1
    assert all(line.startswith(f"gatehouse: {file}:") and ": error " in line for line in lines)
    assert any(f"{file}:3:11: error UNKNOWN_ROLE" in line for line in lines)


def test_why_is_the_sentence_of_the_api(acme: RemoteTenant, shell: Shell) -> None:
    access = acme.graphql("{users{nodes{userName createdAt access{summary}}}}")["users"]["nodes"][0]
    now, then = (
        shell("user", "why", access["userName"]),
        shell("user", "why", access["userName"], "--as-of", access["createdAt"]),
    )
    as_json = json.loads(shell("user", "why", access["userName"].upper(), "--json").out)
    long_ago = shell("user", "why", access["userName"], "--as-of", "2020-01-01")
    no_boss = shell("user", "why", access["userName"], "--not-role", "boss")
    granted = shell("user", "why", access["userName"], "--not-group", "north")

    assert (now.code, now.out.splitlines()[0]) == (0, access["access"]["summary"])
    assert as_json["summary"] == access["access"]["summary"]
    assert then.out.startswith("At ") and "not provisioned" in long_ago.out
    assert "In the way:" in no_boss.out and "It would come by:" in no_boss.out
    assert granted.out == "The user has it.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["mapping", "plan"], 1, "Missing argument"),
        (["mapping", "plan", "/no/such.yaml"], 1, "[Errno 2] No such file or directory: '/no/such.yaml'"),
        (["mapping", "plan", "x", "--nonsense"], 1, "No such option: --nonsense"),
        (["mapping", "apply", "--yes"], 2, "Invalid value: give a document or --plan"),
        (["mapping", "apply", "x", "--plan", "y", "--yes"], 2, "Invalid value for --plan: "),
        (["mapping", "apply", "--plan", "nonsense", "--yes"], 1, "there is no such plan"),
        (["mapping", "export", "--tenant", "nobody"], 1, "tenant 'nobody' not found"),
        (["mapping", "export", "--version", "99"], 1, "the mapping has no version 99"),
        (["mapping", "rollback", "99", "--yes"], 1, ""),
        (["user", "why", "nobody"], 1, "user 'nobody' not found in tenant 'acme-"),
        (["user", "why", "agent0@corp.example", "--not-role", "king"], 1, "the tenant has no role 'king'"),
        (["user", "why", "x", "--not-role", "a", "--not-group", "b"], 2, "Invalid value: ask for a role or a group"),
        (["user", "why", "x", "--as-of", "soon"], 2, "Invalid value for --as-of: 'soon' is not a moment"),
    ],
)  # fmt: skip
def test_failures_are_one_line(acme: RemoteTenant, shell: Shell, arguments: list[str], code: int, message: str) -> None:
    done = shell(*arguments)

    assert (done.code, done.out) == (code, ""), done.err
    assert done.err.startswith(f"gatehouse: {message}")
    assert done.err.count("\n") == 1


def test_a_viewer_changes_nothing(acme: RemoteTenant, shell: Shell, promoted: Path) -> None:
    shell.point_to(acme, acme.viewer_key)
    read, planned = shell("mapping", "export"), shell("mapping", "plan", str(promoted))

    assert read.code == 0
    assert (planned.code, planned.out, planned.err.count("\n")) == (_ERROR, "", 1)
    assert "EDIT_MAPPING" in planned.err


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("GATEHOUSE_URL", "", "set GATEHOUSE_URL"),
        ("GATEHOUSE_API_KEY", "", "set GATEHOUSE_API_KEY"),
        ("GATEHOUSE_URL", "gatehouse.example", "'gatehouse.example' is not an http(s) address"),
        ("GATEHOUSE_API_KEY", "gth_api_wrong", ""),
    ],
)
def test_who_cannot_connect_is_told_why(
    acme: RemoteTenant, shell: Shell, monkeypatch: pytest.MonkeyPatch, *, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    done = shell("mapping", "export")

    assert (done.code, done.out, done.err.count("\n")) == (_ERROR, "", 1)
    assert done.err.startswith(f"gatehouse: {message}")
    assert "gth_api_wrong" not in done.err


@pytest.mark.parametrize(("no_color", "answer", "code"), [("", "y", 0), ("1", "n", 1)], ids=["yes", "no"])
def test_at_a_terminal_it_asks(shell: Shell, promoted: Path, no_color: str, answer: str, code: int) -> None:
    before = shell("mapping", "export").out
    ours, theirs = pty.openpty()
    environment = {**os.environ, "NO_COLOR": no_color, "TERM": "xterm", "COLUMNS": "200"}
    with subprocess.Popen(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "gatehouse", "mapping", "apply", str(promoted)],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment, close_fds=True,
    ) as process:  # fmt: skip
        os.close(theirs)
        os.write(ours, f"{answer}\n".encode())
        shown = _read_all(ours)
        process.wait(30)
    os.close(ours)

    assert process.returncode == code, shown
    assert "Apply?" in shown
    assert ("\x1b[33m" in shown) is (not no_color)
    assert (shell("mapping", "export").out == before) is (answer == "n")


def _read_all(terminal: int) -> str:
    """What was written, until the other end is closed."""
    read = b""
    while True:
        try:
            part = os.read(terminal, 65_536)
        except OSError:  # how Linux says that nobody is there any more
            return read.decode()
        if not part:
            return read.decode()
        read += part
