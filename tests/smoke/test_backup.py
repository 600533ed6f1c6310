"""The backup of the operator's guide, played with its own commands while writes go on; then disaster and restore."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest
from tests.bodies import GROUP, patch_op, person
from tests.guides import commands
from tests.postgres import PostgresServer
from tests.smoke.server import Server, serving

from gatehouse.store.database import Database, fetch

pytestmark = pytest.mark.heavy

_GUIDE = "operator-guide.md"
_BEFORE = 40  # people who are there before the backup begins


@dataclass
class _Place:
    """Where the database is, how it is backed up, lost, and restored."""

    url: str
    restored_url: str
    backup: list[str]
    lose: Callable[[], object]
    restore: list[str]
    environment: dict[str, str]

    def run(self, *shell: str) -> list[str]:
        """Run commands of the guide; what each printed."""
        return [
            subprocess.run(  # noqa: S603 - our own guide
                ["/bin/sh", "-c", command],
                env={**os.environ, **self.environment},
                check=True,
                capture_output=True,
                text=True,
                timeout=60,
            ).stdout.strip()
            for command in shell
        ]


def _sqlite(home: Path) -> _Place:
    def here(name: str) -> list[str]:
        paths = {"/var/lib/gatehouse/": f"{home}/live/", "/var/backups/": f"{home}/backups/"}
        found = commands(_GUIDE, name)
        for shown, real in paths.items():
            found = [command.replace(shown, real) for command in found]
        return found

    for directory in ("live", "backups"):
        (home / directory).mkdir()
    file = home / "live" / "gatehouse.db"
    url = f"sqlite:///{file}"
    return _Place(
        url, url, here("back up sqlite"), lambda: file.write_bytes(b"\0" * 65_536), here("restore sqlite"), {}
    )


@contextmanager
def _postgres(server: PostgresServer, home: Path) -> Iterator[_Place]:
    def here(name: str) -> list[str]:
        return [command.replace("/var/backups/", f"{home}/") for command in commands(_GUIDE, name)]

    live, empty = (f"gatehouse_{name}_{uuid4().hex[:12]}" for name in ("live", "empty"))
    url, restored_url = (urlsplit(server.url)._replace(path=f"/{name}").geturl() for name in (live, empty))
    environment = {
        "PATH": f"{server.binaries}{os.pathsep}{os.environ['PATH']}",
        "DATABASE_URL": url,
        "EMPTY_DATABASE_URL": restored_url,
    }
    for name in (live, empty):
        asyncio.run(_on_server(server.url, f"CREATE DATABASE {name}"))

    def drop(name: str) -> None:
        asyncio.run(_on_server(server.url, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))

    yield _Place(url, restored_url, here("back up postgres"), lambda: drop(live), here("restore postgres"), environment)
    drop(live)
    drop(empty)


async def _on_server(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[_Place]:
    if request.param == "sqlite":
        yield _sqlite(tmp_path)
        return
    with _postgres(request.getfixturevalue("private_postgres"), tmp_path) as postgres:
        yield postgres


@pytest.mark.timeout(120)
def test_backup_under_load_and_restore(place: _Place) -> None:
    with serving(place.url, GATEHOUSE_TENANT_RATE_PER_S="0") as server:
        server.command("tenant", "create", "acme", "--name", "Acme")
        token = server.command("token", "issue", "acme", "--label", "backup test")
        before, after = asyncio.run(_back_up_under_load(server, token, place))
        final = asyncio.run(_people(server, token))
    history = asyncio.run(_events(place.url))

    place.lose()
    place.run(*place.restore)
    with serving(place.restored_url) as server:
        restored = asyncio.run(_people(server, token))
        assert asyncio.run(_create(server, token, "after@corp.example")) == 201
    restored_history = asyncio.run(_events(place.restored_url))

    assert len(before) >= _BEFORE
    assert before.keys() <= restored.keys(), "what was acknowledged before the backup is in it"
    assert not restored.keys() & after, "what was begun after the backup is not"
    assert len(restored) < len(final), "writes went on meanwhile"
    assert _is_one_state(restored, restored_history)
    assert restored_history.items() <= {**history, **_newest(restored_history)}.items()
    assert all(final[user]["etag"] >= found["etag"] for user, found in restored.items())
    same = [user for user, found in restored.items() if found["etag"] == final[user]["etag"]]
    assert same
    assert [restored[user] for user in same] == [final[user] for user in same]


async def _back_up_under_load(server: Server, token: str, place: _Place) -> tuple[dict[str, str], set[str]]:
    """Who was acknowledged before the backup began, and who was created after it had ended."""
    created: dict[str, str] = {}
    stop = asyncio.Event()

    async def write(number: int, client: httpx.AsyncClient) -> None:
        step = 0
        while not stop.is_set():
            step += 1
            answer = await client.post("/Users", json=person(f"p{number}.{step}@corp.example", title="T0"))
            assert answer.status_code == 201, answer.text
            user_id = answer.json()["id"]
            created[user_id] = answer.headers["etag"]
            change = {"op": "Replace", "path": "title", "value": "T1"}
            assert (await client.patch(f"/Users/{user_id}", json=patch_op(change))).status_code == 200

    async with _client(server, token) as client:
        group = {"schemas": [GROUP], "displayName": "Everybody", "externalId": "g1"}
        assert (await client.post("/Groups", json=group)).status_code == 201
        writers = [asyncio.create_task(write(number, client)) for number in range(4)]
        await _until(lambda: len(created) >= _BEFORE, writers)
        before = dict(created)
        printed = await asyncio.to_thread(place.run, *place.backup)
        at_the_end = set(created)
        await asyncio.sleep(0.2)  # what was on its way
        settled = set(created)
        await _until(lambda: len(created) >= len(settled) + 10, writers)
        stop.set()
        await asyncio.gather(*writers)
    assert printed[1:] in ([], ["ok"])
    assert len(at_the_end) > len(before), "writes went on during the backup"
    return before, created.keys() - settled


async def _until(reached: Any, writers: list[asyncio.Task[None]]) -> None:
    while not reached():
        await asyncio.sleep(0.01)
        for writer in writers:
            if writer.done():
                writer.result()


async def _people(server: Server, token: str) -> dict[str, dict[str, Any]]:
    """Every user and group as the client sees it, by id, with its ETag."""
    found: dict[str, dict[str, Any]] = {}
    async with _client(server, token) as client:
        for endpoint in ("/Users", "/Groups"):
            start = 1
            while resources := (await client.get(endpoint, params={"startIndex": start, "count": 200})).json()[
                "Resources"
            ]:
                start += len(resources)
                for resource in resources:
                    version = resource["meta"].pop("version")
                    resource["meta"].pop("location")
                    found[resource["id"]] = {**resource, "etag": version}
    return found


async def _create(server: Server, token: str, user_name: str) -> int:
    async with _client(server, token) as client:
        return (await client.post("/Users", json=person(user_name))).status_code


def _client(server: Server, token: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.AsyncClient(base_url=f"{server.base}/scim/v2", headers=headers, timeout=30)


async def _events(database_url: str) -> dict[str, tuple[str, str, str]]:
    """The history: event → resource, action, changes."""
    database = await Database.open(database_url)
    with database.activate():
        rows = await fetch("SELECT id, resource_id, resource_name, action, changes FROM provisioning_event")
    await database.close()
    return {str(row[0]): (str(row[1]), f"{row[2]} {row[3]}", row[4]) for row in rows}


def _newest(history: dict[str, tuple[str, str, str]]) -> dict[str, tuple[str, str, str]]:
    """The event of the person created after the restore."""
    return {event: found for event, found in history.items() if found[1] == "after@corp.example create"}


def _is_one_state(people: dict[str, dict[str, Any]], history: dict[str, tuple[str, str, str]]) -> bool:
    """Whether each person has as many events as versions: nothing is half there."""
    counted: dict[str, int] = {}
    for resource_id, _, _ in history.values():
        counted[resource_id] = counted.get(resource_id, 0) + 1
    return all(found["etag"] == f'W/"{counted[user]}"' for user, found in people.items())
