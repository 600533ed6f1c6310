"""The scripting guide tells the truth: its examples run, in its order, and do what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.remote import Made, Remote, RemoteTenant, remote
from tests.world import ORIGIN, TESTER, add_rules

from gatehouse.services import api_keys, catalogue, managed_credentials, tenants

_GUIDE: Final = Path(__file__).parents[2] / "docs" / "scripting-guide.md"
_BLOCK: Final = re.compile(r"<!-- run: ([\w ]+) -->\n```(\w+)\n(.*?)```", re.DOTALL)
_BLOCKS: Final = {name: (language, code) for name, language, code in _BLOCK.findall(_GUIDE.read_text("utf-8"))}


@pytest.fixture(scope="module")
def contoso(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteTenant]:
    """The tenant of the guide, with its four people."""
    with remote(f"sqlite:///{tmp_path_factory.mktemp('guide') / 'gatehouse.db'}") as server:
        made = _contoso(server)
        for name, title in {"ana": "Leasing Agent", "ben": "Leasing Agent", "cem": "Leasing Agnet", "dot": ""}.items():
            made.provision(f"{name}@contoso.example", **({"title": title} if title else {}))
        yield made


def _contoso(server: Remote) -> RemoteTenant:
    async def make() -> Made:
        tenant = await tenants.create("contoso", name="Contoso", delimiter="-", actor=TESTER, origin=ORIGIN)
        roles = {"Leasing Agent": "leasing-agent", "Property Manager": "property-manager"}
        await add_rules(tenant, roles=roles, groups={})
        await catalogue.upsert_role(
            TESTER, ORIGIN, tenant.id, key="regional-manager", name="Regional Manager", privileged=True
        )
        _, key = await api_keys.issue_api_key(
            name="script", preset="mapping-editor", tenant_ids=[tenant.id], actor=TESTER, origin=ORIGIN
        )
        _, token = await managed_credentials.issue_token(
            tenant.id, label="Entra ID", expires_in_days=1, actor=TESTER, origin=ORIGIN
        )
        return tenant, key, key, token

    return server.made_by(make)


def _run(name: str, contoso: RemoteTenant, where: Path, **variables: str) -> list[str]:
    """Run an example as its reader would; what each of its commands printed."""
    language, text = _BLOCKS[name]
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:] if language == "console" else [text]
    printed = []
    for part in parts:
        command = [sys.executable, "-c", part] if language == "python" else ["/bin/sh", "-c", part]
        done = _start(command, contoso, where, **variables)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        printed.append(done.stdout)
    return printed


def _start(
    command: list[str], contoso: RemoteTenant, where: Path, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "GATEHOUSE_URL": contoso.server.base,
        "GATEHOUSE_API_KEY": contoso.key,
        **variables,
    }
    return subprocess.run(  # noqa: S603 - our own guide
        command, env=environment, cwd=where, check=False, capture_output=True, text=True, timeout=60
    )


@pytest.mark.heavy
@pytest.mark.timeout(120)
def test_examples(contoso: RemoteTenant, tmp_path: Path) -> None:
    (tmp_path / "titles.csv").write_text("title,role\nLeasing Agnet,leasing-agent\nHead Porter,property-manager\n")

    def run(name: str, **options: str) -> list[str]:
        played.append(name)
        return _run(name, contoso, tmp_path, **options)

    played: list[str] = []
    assert run("without a role") == ["cem@contoso.example\tLeasing Agnet\ndot@contoso.example\t(no title)\n"]
    assert run("unmapped titles") == ["Leasing Agnet\t1 users\tleasing-agent\n"]
    (csv,) = run("titles from csv")
    assert csv.splitlines()[-2:] == ["cem@contoso.example becomes leasing-agent", "version 4"]
    (tried,) = run("try")
    assert "→" in tried and "Leasing Agent" in tried.partition("→")[2]
    assert run("privileged")[2] == "".join(
        f"{name}@contoso.example regional-manager\n" for name in ("ana", "ben", "cem")
    )
    applied, history, back = run("apply and back")
    assert applied.splitlines()[-1] == "Applied: version 5"
    assert history.splitlines()[0].split("\t")[3:] == ["FILE", "3", "Agents manage"]
    assert back.splitlines()[-1] == "Applied: version 6"
    assert run("drift")[1:] == ["No change.\n", "No change.\n"]
    why, why_not, long_ago = run("why")
    assert "Leasing Agent" in why and "It would come by:" in why_not and long_ago.startswith("At 2026-01-01T08:00:00")
    assert run("override") == ["property-manager\n"]
    events = [json.loads(line) for line in run("history")[0].splitlines()]
    assert [event["did"] for event in events][-1] == "CREATE"
    assert "role" in events[0]["changes"]
    assert run("ci plan")[0].endswith("The mapping stays as it is.\n")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(mapping.read_text().replace('"Head Porter"', '"Porter"'))
    assert run("ci plan")[0].endswith("Merging changes the mapping as shown above.\n")
    assert run("ci apply", COMMIT="a1b2c3")[0].endswith("Applied: version 7\n")
    assert run("ci apply", COMMIT="a1b2c3") == ["No change.\n"]
    assert set(played) == _BLOCKS.keys()


@pytest.mark.heavy
def test_a_broken_document_fails_the_pull_request(contoso: RemoteTenant, tmp_path: Path) -> None:
    (tmp_path / "mapping.yaml").write_text("roleRules: nonsense\n")
    done = _start(["/bin/sh", "-c", _BLOCKS["ci plan"][1]], contoso, tmp_path)

    assert (done.returncode, done.stdout) == (1, "")
    assert "mapping.yaml:1:" in done.stderr
