"""The page for client developers: its commands run, and give what it says."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.bodies import GATEHOUSE, GROUP, person
from tests.guides import blocks, commands, shell
from tests.smoke.server import Server, serving
from tests.world import add_rules

from gatehouse.services import tenants
from gatehouse.store.database import Database

_GUIDE = "scim.md"


@pytest.mark.heavy
@pytest.mark.timeout(60)
def test_its_commands(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path / 'guide.db'}") as server:
        server.command("tenant", "create", "contoso", "--name", "Contoso")
        token = server.command("token", "issue", "contoso", "--label", "guide")
        asyncio.run(_map_agents(server.database_url))
        _provision(server, token)

        def answer(name: str, number: int = 0, **variables: str) -> dict[str, Any]:
            command = commands(_GUIDE, name)[number]
            text = shell(command, server, SCIM=f"{server.base}/scim/v2", TOKEN=token, **variables)
            return json.loads(text)  # type: ignore[no-any-return]

        found, by_role, searched = answer("find people"), answer("who has a role"), answer("search")
        everything, first = answer("search everything"), answer("walk")
        second = answer("walk", 1, CURSOR=first["nextCursor"])

    assert [user["userName"] for user in found["Resources"]] == ["ana@contoso.example"]
    (ana,) = by_role["Resources"]
    assert (ana["groups"][0]["display"], ana[GATEHOUSE]) == ("All", {"role": "agent"})
    assert searched["Resources"][0].keys() == {"id", "schemas", "userName", "title"}
    assert [r.get("userName") or r["displayName"] for r in everything["Resources"]] == [
        "ana@contoso.example", "ben@contoso.example", "All"
    ]  # fmt: skip
    assert [page["Resources"][0]["userName"] for page in (first, second)] == [
        "ana@contoso.example",
        "ben@contoso.example",
    ]
    assert (first["totalResults"], "totalResults" in second, "nextCursor" in second) == (2, False, False)
    assert blocks(_GUIDE).keys() == {"find people", "who has a role", "search", "search everything", "walk"}


async def _map_agents(database_url: str) -> None:
    database = await Database.open(database_url)
    with database.activate():
        await add_rules(await tenants.by_slug("contoso"), roles={"Agent": "agent"}, groups={})
    await database.close()


def _provision(server: Server, token: str) -> None:
    """Ana, an agent, in a group; Ben."""
    with httpx.Client(base_url=f"{server.base}/scim/v2", headers={"Authorization": f"Bearer {token}"}) as http:
        ana = http.post("/Users", json=person("ana@contoso.example", title="Agent")).json()
        http.post("/Users", json=person("ben@contoso.example"))
        http.post("/Groups", json={"schemas": [GROUP], "displayName": "All", "members": [{"value": ana["id"]}]})
