"""What a server process prints while marked people pass through it: no mark may be found in it (P10)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.bodies import patch_op, person
from tests.smoke.raw_http import connected
from tests.smoke.server import Server

from gatehouse.services import tokens
from gatehouse.services.tokens import SecretKind
from gatehouse.store.database import Dialect

pytestmark = pytest.mark.heavy

_MARK = "zqx"  # every value that is personal or secret holds it
_MARKED: dict[str, Any] = {
    "name": {"familyName": "Zqxfamily", "givenName": "Zqxgiven"},
    "displayName": "Zqx Display",
    "title": "Zqxtitle",
    "userType": "zqxtype",
    "externalId": "zqx-external",
    "phoneNumbers": [{"type": "work", "value": "+49 zqx 12345"}],
    "emails": [{"type": "work", "value": "zqx@corp.example", "primary": True}],
    "addresses": [{"type": "work", "locality": "Zqxtown"}],
}
_USERS = "{ users(first: 5, where: {search: $s}) { nodes { userName } } }"


@pytest.mark.parametrize("workers", [1, 2])
async def test_nobody_is_named(empty_database_url: str, engine: Dialect, workers: int, tmp_path: Path) -> None:
    server = Server(empty_database_url, workers=workers, settings={"GATEHOUSE_LOG_LEVEL": "INFO"})
    server.command("migrate")
    server.command("tenant", "create", "acme", "--name", "Zqx Homes")
    token = server.command("token", "issue", "acme", "--label", "zqx label")
    key = server.command("api-key", "issue", "--name", "zqx key", "--preset", "owner")
    printed, logged = tmp_path / "stdout", tmp_path / "stderr"
    server.start(stdout=printed, log=logged)
    try:
        statuses = await _exercise(server, token, key)
        await _speak_nonsense(server)
    finally:
        server.terminate()
    text = printed.read_text() + logged.read_text()

    assert {200, 201, 204, 400, 401, 404, 409, 415} <= set(statuses)
    assert _MARK not in text.lower()
    assert token not in text
    assert key not in text
    entries = [json.loads(line) for line in logged.read_text().splitlines() if not line.startswith("Gatehouse ")]
    requests = [entry for entry in entries if entry["event"] in {"scim", "graphql"}]
    assert len(requests) == len(statuses)
    assert all(entry["request_id"] and entry["status"] for entry in requests)
    assert "Invalid HTTP request received." in {entry["event"] for entry in entries}


async def _exercise(server: Server, token: str, key: str) -> list[int]:
    """Many kinds of requests, good and bad; their statuses."""
    scim = httpx.AsyncClient(base_url=f"{server.base}/scim/v2/", headers={"Authorization": f"Bearer {token}"})
    async with scim, httpx.AsyncClient(base_url=server.base) as http:
        answers = [await scim.post("Users", json=person("zqx@corp.example", **_MARKED))]
        user = "Users/" + answers[0].json()["id"]
        answers += [await scim.request(method, path, **body) for method, path, body in _scim_requests(user)]
        for secret in (tokens.mint(SecretKind.SCIM), "zqx-password", f"gth_scim_{_MARK}", key):
            answers.append(await http.get("/scim/v2/Users", headers={"Authorization": f"Bearer {secret}"}))
        answers.append(await http.get("/scim/v2/Users", headers={"Authorization": "Basic enF4OnpxeA=="}))
        for query, variables in _queries():
            answers.append(
                await http.post(
                    "/graphql",
                    json={"query": query, "variables": variables},
                    headers={"Authorization": f"Bearer {key}"},
                )
            )
        answers.append(await http.post("/graphql", content=b"zqx", headers={"Authorization": f"Bearer {key}"}))
    return [answer.status_code for answer in answers]


def _scim_requests(user: str) -> list[tuple[str, str, dict[str, Any]]]:
    patch = {"op": "replace", "path": "title", "value": "Zqxtitle2"}
    bad = {"op": "replace", "path": "zqx[", "value": "zqx"}
    filters = ('userName eq "zqx@corp.example"', 'externalId eq "zqx', 'zqx eq "zqx"', 'emails[value co "zqx"]')
    return [
        ("GET", user, {}),
        *(("GET", f"Users?filter={quote(text)}", {}) for text in filters),
        ("GET", "Users?zqx=%zz&count=zqx&attributes=zqx", {}),
        ("GET", "Users/zqx", {"headers": {"client-request-id": "5e1f", "User-Agent": "zqx agent"}}),
        ("GET", "zqx/zqx?zqx", {}),
        ("POST", "Users", {"json": person("ZQX@corp.example", **_MARKED)}),
        ("POST", "Users", {"json": {"userName": "zqx2@corp.example", "zqx": "zqx"}}),
        ("POST", "Users", {"content": b'{"userName": "zqx', "headers": {"Content-Type": "application/json"}}),
        ("POST", "Users", {"content": b"zqx", "headers": {"Content-Type": "text/zqx"}}),
        ("PATCH", user, {"json": patch_op(patch)}),
        ("PATCH", user, {"json": patch_op(bad)}),
        ("PUT", user, {"json": person("zqx3@corp.example", **_MARKED)}),
        ("POST", "Groups", {"json": {"displayName": "Zqx group", "members": [{"value": "zqx"}]}}),
        ("DELETE", user, {}),
    ]


def _queries() -> list[tuple[str, dict[str, Any]]]:
    return [
        ("query ($s: String) " + _USERS, {"s": "zqx"}),
        ('{ users(first: 5, where: {search: "zqx"}) { nodes { userName emails { value } } } }', {}),
        ('{ zqx(name: "zqx") }', {}),
        ("{ zqx zqx", {}),
        ("query ($s: Int!) { zqx(a: $s) }", {"s": "zqx"}),
    ]


async def _speak_nonsense(server: Server) -> None:
    for nonsense in (b"zqx zqx zqx\r\n\r\n", b"GET /zqx?zqx HTTP/1.1\r\nzqx: zqx\r\nContent-Length: zqx\r\n\r\n"):
        async with connected(server.port) as connection:
            await connection.send(nonsense)
            await connection.rest()
