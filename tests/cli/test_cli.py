"""The command line as people and scripts use it: what it prints, where, and its exit codes."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from tests.fixtures import new_tenant
from tests.shell import Shell
from tests.world import ORIGIN, TESTER

from gatehouse.services.managed_credentials import issue_token
from gatehouse.services.rejected_credentials import RejectedCredentials
from gatehouse.services.tokens import digest
from gatehouse.store.database import Database, execute_script


def _run(database_url: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "gatehouse", *arguments],
        env={**os.environ, "GATEHOUSE_DATABASE_URL": database_url, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_from_nothing_to_a_token(shell: Shell, empty_database_url: str) -> None:
    shell.use(empty_database_url)
    assert shell("migrate").code == 0

    created = shell("tenant", "create", "acme", "--name", "Acme", "--delimiter", "|")
    issued = shell("token", "issue", "acme", "--label", "Entra ID", "--expires-in-days", "30")
    key = shell("api-key", "issue", "--name", "script", "--preset", "viewer", "--tenant", "acme")
    listed = shell("token", "list", "acme").out.split("\t")
    revoked = shell("token", "revoke", "acme", listed[0])

    assert UUID(created.out.strip()).version == 7
    assert re.fullmatch(r"gth_scim_\w{43}_\w{6}\n", issued.out)
    assert re.fullmatch(r"gth_api_\w{43}_\w{6}\n", key.out)
    assert [done.err for done in (created, issued, key)] == ["", "", ""]
    assert listed[1:3] == [f"…{issued.out.strip()[-4:]}", "Entra ID"]
    assert revoked.code == 0
    assert shell("token", "list", "acme").out.strip()[-1] == "Z"


async def test_secrets_that_were_refused(shell: Shell, database: Database, migrated_url: str) -> None:
    tenant = await new_tenant("acme")
    _, own = await issue_token(tenant.id, label="Entra ID", expires_in_days=1, actor=TESTER, origin=ORIGIN)
    rejected = RejectedCredentials(flush_s=60)
    rejected.note("ghp_of_somebody_else", reason="malformed", ip="192.0.2.7")
    await rejected.flush()
    rejected.note(own, reason="expired", ip=None)
    rejected.note(own, reason="expired", ip=None)
    await rejected.flush()

    shell.use(migrated_url)
    listed = await asyncio.to_thread(shell, "token", "rejected")
    of_tenant = await asyncio.to_thread(shell, "token", "rejected", "acme")
    one = await asyncio.to_thread(shell, "token", "rejected", "--limit", "1")

    first, second = (line.split("\t")[1:] for line in listed.out.splitlines())
    assert first == ["2", "expired", "gth_scim_", digest(own)[:16], "-", "acme", "Entra ID"]
    assert second == ["1", "malformed", "ghp_", digest("ghp_of_somebody_else")[:16], "192.0.2.7", "-", "-"]
    assert of_tenant.out == one.out == listed.out.splitlines(keepends=True)[0]


def test_a_tenant_is_shown_and_changed(shell: Shell, tmp_path: Path) -> None:
    shell.use(f"sqlite:///{tmp_path / 'cli.db'}")
    shell("tenant", "create", "acme", "--name", "Acme")

    change = ("--scim-mode", "strict", "--unknown-attributes", "reject", "--reason", "audit")
    tried = shell("tenant", "update", "acme", *change, "--dry-run")
    untouched = shell("tenant", "list").out.rstrip("\n").split("\t")
    changed = shell("tenant", "update", "acme", *change)
    repeated = shell("tenant", "update", "acme", *change)
    renamed = shell("tenant", "update", "acme", "--name", "Acme Inc")
    shown = dict(line.split("\t") for line in shell("tenant", "show", "acme").out.splitlines())
    unknown = shell("tenant", "show", "nobody")

    told = "settings.scimMode\tENTRA\tSTRICT\nsettings.unknownAttributes\tIGNORE\tREJECT\n"
    assert (tried.out, changed.out, repeated.out) == (told, told, "")
    assert untouched[2:] == ["ACTIVE", "Acme", "entra", "ignore"]
    assert renamed.out == "name\tAcme\tAcme Inc\n"
    assert (shown["name"], shown["scim-mode"], shown["unknown-attributes"], shown["version"]) == (
        "Acme Inc",
        "strict",
        "reject",
        "3",
    )
    assert (unknown.code, unknown.out, unknown.err) == (1, "", "gatehouse: tenant 'nobody' not found\n")


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "message"),
    [
        (["nonsense"], {}, 2, "No such command 'nonsense'."),
        (["serve", "--port", "x"], {}, 2, "Invalid value for '--port': "),
        (["tenant", "create", "acme"], {}, 2, "Missing option '--name'."),
        (["tenant", "create", "Acme!", "--name", "x"], {}, 1, "a slug has 1 to 63 lower-case letters, digits and inner hyphens"),
        (["tenant", "update", "nobody", "--name", "x"], {}, 1, "tenant 'nobody' not found"),
        (["tenant", "update", "acme"], {}, 2, "Invalid value: say what to change"),
        (["tenant", "update", "acme", "--scim-mode", "lax"], {}, 2, "Invalid value for '--scim-mode'"),
        (["token", "issue", "nobody", "--label", "x"], {}, 1, "tenant 'nobody' not found"),
        (["api-key", "issue", "--name", "x", "--preset", "king"], {}, 2, "Invalid value for '--preset'"),
        (["migrate"], {"GATEHOUSE_NONSENSE": "1"}, 1, "unknown setting GATEHOUSE_NONSENSE"),
        (["migrate"], {"GATEHOUSE_LOG_LEVEL": "LOUD"}, 1, "GATEHOUSE_LOG_LEVEL: "),
        (["migrate"], {"GATEHOUSE_DATABASE_URL": "mysql://x"}, 1, "GATEHOUSE_DATABASE_URL: "),
        (["migrate"], {"GATEHOUSE_DATABASE_URL": "sqlite:////no/such/place/x.db"}, 1, ""),
        (["migrate"], {"GATEHOUSE_DATABASE_URL": "postgresql://u:s3cret@127.0.0.1:1/x"}, 1, ""),
    ],
)  # fmt: skip
def test_failures_are_one_line(
    shell: Shell, tmp_path: Path, *, arguments: list[str], environment: dict[str, str], code: int, message: str
) -> None:
    shell.use(f"sqlite:///{tmp_path / 'cli.db'}", **environment)
    done = shell(*arguments)

    assert done.code == code
    assert done.out == ""
    assert done.err.startswith(f"gatehouse: {message}")
    assert done.err.count("\n") == 1
    assert "s3cret" not in done.err


def test_postgres_is_not_migrated_behind_the_operators_back(postgres_url: str) -> None:
    done = _run(postgres_url, "tenant", "create", "acme", "--name", "Acme")

    assert done.returncode == 1
    assert done.stderr == "gatehouse: the database is not up to date: run gatehouse migrate first\n"


@pytest.fixture
def stranger(postgres_url: str) -> Iterator[Callable[[str], str]]:
    """Of a database's URL, that of a role which owns nothing in it."""
    name = f"stranger_{uuid4().hex}"
    asyncio.run(_ask(postgres_url, f"CREATE ROLE {name} LOGIN"))
    yield lambda url: urlsplit(url)._replace(netloc=f"{name}@{urlsplit(url).netloc.rpartition('@')[2]}").geturl()
    asyncio.run(_ask(postgres_url, f"DROP ROLE {name}"))


async def _ask(url: str, sql: str) -> None:
    database = await Database.open(url)
    try:
        with database.activate():
            await execute_script(sql)
    finally:
        await database.close()


_NO_OWNER = "gatehouse: the role of GATEHOUSE_DATABASE_URL must own the database and its tables: permission denied for "


@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_a_role_without_rights_is_told_what_to_mend(
    shell: Shell, empty_database_url: str, stranger: Callable[[str], str]
) -> None:
    shell.use(stranger(empty_database_url))
    refused = [shell("migrate")]
    shell.use(empty_database_url)
    assert shell("migrate").code == 0
    shell.use(stranger(empty_database_url))
    refused.append(shell("tenant", "list"))
    served = _run(stranger(empty_database_url), "serve", "--migrate", "--port", "0")

    assert [done.code for done in refused] + [served.returncode] == [1, 1, 1]
    assert [done.err for done in refused] == [f"{_NO_OWNER}schema public\n", f"{_NO_OWNER}table schema_migration\n"]
    assert served.stderr == f"{_NO_OWNER}table schema_migration\n"


@pytest.mark.parametrize(("engine", "kind"), [("sqlite", "table"), ("postgres", "relation")], indirect=["engine"])
def test_tables_of_another_program_are_left_alone(shell: Shell, empty_database_url: str, kind: str) -> None:
    asyncio.run(_ask(empty_database_url, "CREATE TABLE tenant (flat INT)"))
    shell.use(empty_database_url)
    done = shell("migrate")

    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    in_the_way = "tables of another program are in the way: give Gatehouse a database of its own: "
    assert done.err.startswith(f"gatehouse: {in_the_way}{kind} ")
    assert done.err.endswith("already exists\n")


_LOOKS = [
    ("tenant", "list"),
    ("tenant", "show", "acme"),
    ("tenant", "update", "acme", "--name", "x", "--dry-run"),
    ("token", "list", "acme"),
    ("token", "rejected"),
    ("oauth-client", "list", "acme"),
    ("api-key", "list"),
]


@pytest.mark.parametrize("arguments", _LOOKS, ids=" ".join)
def test_a_look_makes_no_file_of_sqlite_nor_migrates_it(
    shell: Shell, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "gatehouse.db"
    shell.use(f"sqlite:///{file}")
    missing = shell(*arguments)
    made = file.exists()
    asyncio.run(_ask(f"sqlite:///{file}", "CREATE TABLE other (flat INT)"))
    before = file.read_bytes()
    behind = shell(*arguments)

    assert (missing.code, missing.out, made) == (1, "", False)
    assert missing.err == (
        f"gatehouse: there is no database at {file}: set GATEHOUSE_DATABASE_URL, or run gatehouse serve\n"
    )
    assert (behind.code, behind.out) == (1, "")
    assert behind.err == "gatehouse: the database is not up to date: run gatehouse migrate first\n"
    assert file.read_bytes() == before


def test_demo_is_a_living_system(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    done = _run("sqlite:///unused.db", "demo", "--users", "12", "--leave", "--port", str(port))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "SCIM token     gth_scim_" in done.stdout
    assert "PASSED" in done.stdout


def test_help_names_every_command() -> None:
    done = _run("sqlite:///unused.db", "--help")

    assert done.returncode == 0
    for command in ("serve", "migrate", "schema", "tenant", "token", "api-key"):
        assert re.search(rf"^  {command} ", done.stdout, re.MULTILINE)
