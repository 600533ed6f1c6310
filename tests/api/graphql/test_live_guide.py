"""The client of docs/graphql-live.md, as its reader would run it."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest
from tests.api.graphql.live_client import present, served
from tests.api.graphql.people import new_community
from tests.world import ORIGIN, TESTER

from gatehouse.environment import declared
from gatehouse.services import api_keys
from gatehouse.settings import Settings
from gatehouse.store.database import Database

GUIDE = (Path(__file__).parents[3] / "docs" / "graphql-live.md").read_text("utf-8")
(PROGRAM,) = re.findall(r"<!-- run: follow -->\n```python\n(.*?)```", GUIDE, re.DOTALL)


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_the_client_goes_on_where_it_was(database: Database, migrated_url: str, tmp_path: Path) -> None:
    acme = await new_community("acme")
    await acme.add("Ana", title="Agent")
    _, key = await api_keys.issue_api_key(name="guide", preset="owner", actor=TESTER, origin=ORIGIN)
    async with served(migrated_url) as server:
        url = server.url.replace("ws:", "http:").removesuffix("/graphql")
        variables = {**os.environ, "GATEHOUSE_URL": url, "GATEHOUSE_API_KEY": key}
        place = tmp_path / "gatehouse.cursor"
        place.write_text(await present(server.url, key))
        lines = []
        for minute in range(2):
            await acme.happen(0, minute)
            client = await asyncio.create_subprocess_exec(
                sys.executable, "-c", PROGRAM, cwd=tmp_path, env=variables, stdout=asyncio.subprocess.PIPE
            )
            assert client.stdout is not None
            before = place.read_text()
            lines.append((await asyncio.wait_for(client.stdout.readline(), 20)).decode())
            while place.read_text() in {before, ""}:  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(0.02)
            client.kill()
            await client.communicate()

    assert [line.split()[0] for line in lines] == ["UPDATE", "UPDATE"]


def test_settings_exist() -> None:
    known = {setting.variable for setting in declared(Settings).values()} | {"GATEHOUSE_URL", "GATEHOUSE_API_KEY"}

    assert not set(re.findall(r"GATEHOUSE_[A-Z_]+", GUIDE)) - known
