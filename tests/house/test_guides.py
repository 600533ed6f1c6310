"""The guides tell the truth: their commands run, their metrics and settings exist, their error texts are ours."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.bodies import GROUP, person
from tests.guides import blocks, commands, shell
from tests.smoke.server import Server, serving
from tests.world import BASE, ORIGIN, SCIM, TESTER, Client, World, add_rules, running

from gatehouse.environment import declared
from gatehouse.mapping.rules import Policy
from gatehouse.records import to_microseconds
from gatehouse.services import mapping
from gatehouse.settings import Settings
from gatehouse.store.database import Database, as_uuid, execute, fetch, fetch_one

_DOCS = Path(__file__).parents[2] / "docs"
_OPERATOR, _ENTRA = "operator-guide.md", "entra-admin-guide.md"
_RUN_ELSEWHERE = {"back up sqlite", "restore sqlite", "back up postgres", "restore postgres"}  # smoke/test_backup.py
_RUN_HERE = {
    *("first tenant", "oauth client", "rotate", "one person", "someone deleted"),
    *("shorten request log postgres", "shorten request log sqlite"),
}


def _text(guide: str) -> str:
    return (_DOCS / guide).read_text("utf-8")


def test_every_block_is_run_somewhere() -> None:
    assert blocks(_OPERATOR).keys() | blocks(_ENTRA).keys() == _RUN_ELSEWHERE | _RUN_HERE


@pytest.mark.parametrize("guide", [_OPERATOR, _ENTRA])
def test_settings_exist(guide: str) -> None:
    known = {setting.variable for setting in declared(Settings).values()}

    assert not set(re.findall(r"GATEHOUSE_[A-Z_]+", _text(guide))) - known


async def test_metrics_are_those_of_the_service(world: World) -> None:
    acme = await world.client()
    await acme.create("ana@corp.example")
    families = text_string_to_metric_families((await world.http.get(f"{BASE}/metrics")).text)
    shown = {_family(sample.name) for family in families for sample in family.samples}
    named = {_family(name) for name in re.findall(r"gatehouse_[a-z_]+[a-z]", _text(_OPERATOR))}

    assert not named - shown
    assert not {name for name in shown if name.startswith("gatehouse_")} - named


def _family(sample: str) -> str:
    return re.sub(r"_(total|bucket|sum|count)$", "", sample)


@pytest.mark.heavy
@pytest.mark.timeout(60)
def test_commands_of_the_command_line(tmp_path: Path) -> None:
    server = Server(f"sqlite:///{tmp_path / 'guide.db'}")
    first = [shell(command, server) for command in commands(_OPERATOR, "first tenant")]
    rotated = [shell(command, server) for command in commands(_ENTRA, "rotate")]

    assert first[2].startswith("gth_scim_") and first[3].startswith("gth_api_")
    assert rotated[0].startswith("gth_scim_")
    assert len(rotated[1].splitlines()) == 2, "both tokens live"
    issued, listed = (shell(command, server) for command in commands(_ENTRA, "oauth client"))
    client_id, _, secret = issued.partition("\t")
    assert secret.startswith("gth_client_")
    assert listed.startswith(client_id) and len(listed.splitlines()) == 1


@pytest.mark.heavy
@pytest.mark.timeout(60)
def test_questions_about_one_person(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path / 'guide.db'}") as server:
        for command in commands(_OPERATOR, "first tenant")[1:2]:
            shell(command, server)
        token = server.command("token", "issue", "contoso", "--label", "guide")
        key = server.command("api-key", "issue", "--name", "guide", "--preset", "owner")
        _provision(server, token)
        (present,) = commands(_OPERATOR, "one person")
        (deleted,) = commands(_OPERATOR, "someone deleted")
        ana = json.loads(shell(present, server, BASE=server.base, KEY=key))["data"]["users"]["nodes"]
        ben = json.loads(shell(deleted, server, BASE=server.base, KEY=key))["data"]["provisioningEvents"]["nodes"]

    assert [event["action"] for event in ana[0]["timeline"]["nodes"]] == ["CREATE"]
    assert sorted(event["action"] for event in ben) == ["CREATE", "DELETE"]


def _provision(server: Server, token: str) -> None:
    """Ana, who stays, and Ben, who is deleted: with the tools of the guide's reader."""
    send = 'curl -sS --fail-with-body -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/scim+json"'
    users = f"{server.base}/scim/v2/Users"
    ids = [
        json.loads(shell(f"{send} -d '{json.dumps(person(f'{name}@contoso.example'))}' {users}", server, TOKEN=token))[
            "id"
        ]
        for name in ("ana", "ben")
    ]
    shell(f"{send} -X DELETE {users}/{ids[1]}", server, TOKEN=token)


async def test_request_log_can_be_shortened(database: Database, migrated_url: str) -> None:
    now = datetime.now(UTC)
    for number, days in enumerate([20, *[15] * 999, 13, 2]):
        await execute(
            "INSERT INTO request_log (id, received_at, method, path, operation, status, duration_us, request_id)"
            " VALUES ($1, $2, 'GET', $3, 'LIST_USERS', 200, 1, 'guide')",
            UUID(int=number),
            to_microseconds(now - timedelta(days=days)),
            "/Users?" + "x" * 500,
        )
    before = await _size(database)
    await database.close()
    for statement in blocks(_OPERATOR)[f"shorten request log {database.dialect}"].strip().split("\n"):
        await _as_an_administrator(migrated_url, statement)
    reopened = await Database.open(migrated_url)
    with reopened.activate():
        after = await _size(reopened)
        kept = await fetch("SELECT id FROM request_log ORDER BY id")
    await reopened.close()

    assert [as_uuid(row["id"]).int for row in kept] == [1000, 1001]
    assert after < before - 400_000


async def _size(database: Database) -> int:
    pages = "SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()"
    table = "SELECT pg_total_relation_size('request_log') AS bytes"
    row = await fetch_one(pages if database.dialect == "sqlite" else table)
    return int(row["bytes"]) if row else 0


async def _as_an_administrator(url: str, statement: str) -> None:
    """In the database's own shell: each statement by itself, in no transaction."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as file:
            file.execute(statement)
        return
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_errors_read_as_the_service_writes_them(database: object, migrated_url: str) -> None:
    async with running(migrated_url, scim_max_body_bytes=20_000, tenant_rate_per_s=0.01, tenant_rate_burst=16) as world:
        told = await _provoke(world, await world.client())
    quoted = [_pattern(status, words) for status, words in _quoted_errors()]

    unexplained = [answer for answer in told if not any(q.fullmatch(answer) for q in quoted)]
    assert unexplained == []
    unheard = [q.pattern for q in quoted if not any(q.fullmatch(answer) for answer in told)]
    assert {pattern[:3] for pattern in unheard} <= {"403", "500", "503"}, unheard  # other tests provoke these


def _quoted_errors() -> list[tuple[str, str]]:
    """Status and quoted words of each row of the error table."""
    table = _text(_ENTRA).partition("## What each error means")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (\d{3})[^|]*\|([^|]*)\|", table, re.MULTILINE)
    return [(status, words) for status, cell in rows for words in re.findall(r"`([^`]+)`", cell)]


def _pattern(status: str, words: str) -> re.Pattern[str]:
    """``… `` stands for anything, and what follows the quotation may go on."""
    return re.compile(f"{status} .*{'.*'.join(map(re.escape, words.split('…')))}.*", re.DOTALL)


async def _provoke(world: World, acme: Client) -> list[str]:
    """Every error of the table that a client can cause: its status and detail."""
    await add_rules(acme.tenant, roles={"Agent": "agent"}, groups={})
    await mapping.change_settings(
        TESTER, ORIGIN, acme.tenant.id, expected_version=None, unmapped_title=Policy.REJECT_REQUEST
    )
    user = await acme.create("ana@corp.example", title="Agent")
    member = {"op": "Add", "path": "members", "value": [{"value": user["id"][:-1] + "x"}]}
    group: dict[str, Any] = (await acme.post("/Groups", {"schemas": [GROUP], "displayName": "All"})).json()
    nameless = person("bo@corp.example", title="Agent", name={"givenName": "Bo"})
    change = {"op": "Replace", "path": "nickName", "value": "A"}
    answers = [
        await acme.post("/Users", person("ana@corp.example", title="Agent")),
        await acme.post("/Users", nameless),
        await acme.post("/Users", person("bo@corp.example", title={"en": "Agent"})),
        await acme.post("/Users", person("bo@corp.example", title="Agent", active="perhaps")),
        await acme.post("/Users", person("bo@corp.example", title="x" * 1_025)),
        await acme.post("/Users", person("bo@corp.example", title="Agent", phoneNumbers=["1"] * 21)),
        await acme.post("/Users", person("bo@corp.example", title="Pilot")),
        await acme.post("/Users", person("bo@corp.example", nickName="x" * 21_000)),
        await acme.patch(f"/Users/{user['id']}", change, headers={"If-Match": 'W/"9"'}),
        await acme.patch(f"/Groups/{group['id']}", member),
        await acme.get('/Users?filter=userName eq "o"neill"'),
        await acme.get("/Users/01a210de-13f4-7030-85b6-fe0f59250160"),
        await acme.get("/Users", headers={"Authorization": "Bearer gth_scim_unknown"}),
        await world.http.get(f"{SCIM}/Users", headers={"Authorization": "Bearer Bearer gth_scim_unknown"}),
        *[await acme.get("/Users") for _ in range(6)],
    ]
    return [f"{answer.status_code} {answer.json()['detail']}" for answer in answers if answer.status_code >= 400]
