"""What a server imports stays in its memory for as long as it runs: it imports what it serves with, and no more."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from tests.bodies import person
from tests.smoke.server import Server

# A package, and why a server does without it; of those that are looked for in vain a module, since the try is told too
_ABSENT = {
    "gatehouse.cli": "the command line",
    "gatehouse.client": "the client of the admin API",
    "typer": "the command line",
    "rich.console": "the command line prints with it",
    "httpx": "clients ask with it; a server only for the keys of Entra ID",
    "pydantic_core": "Typer needs it, and Tortoise takes it where it is",
    "cryptography": "tokens of Entra ID, where they may sign in",
    "joserfc": "tokens of Entra ID, where they may sign in",
    "opentelemetry": "traces, where a collector is named",
    "asyncpg": "PostgreSQL",
    "rapidfuzz": "when something is compared",
    "yaml": "mapping documents in YAML",
    "greenlet._greenlet": "nobody",
    "pygments": "nobody",
}
_IMPORTED = re.compile(r"^import time: .*\| +(\S+)$", re.MULTILINE)


@pytest.mark.parametrize("workers", [1, 2])
def test_a_server_imports_what_it_serves_with(workers: int, tmp_path: Path) -> None:
    server = Server(
        f"sqlite:///{tmp_path / 'gatehouse.db'}", workers=workers, settings={"PYTHONPROFILEIMPORTTIME": "1"}
    )
    server.command("tenant", "create", "acme", "--name", "Acme")
    token = server.command("token", "issue", "acme", "--label", "Entra ID")
    key = server.command("api-key", "issue", "--name", "script", "--preset", "owner")
    log = tmp_path / "stderr"
    server.start(log=log)
    try:
        users = f"{server.base}/scim/v2/Users"
        created = httpx.post(users, json=person("ana@corp.example"), headers={"Authorization": f"Bearer {token}"})
        listed = httpx.post(
            f"{server.base}/graphql",
            json={"query": "{ users(first: 5) { nodes { userName timeline(first: 2) { nodes { id } } } } }"},
            headers={"Authorization": f"Bearer {key}"},
        )
    finally:
        server.terminate()
    # the command line is gone from the moment when this process becomes one that serves
    imported = _IMPORTED.findall(log.read_text("utf-8").rpartition(" gatehouse.serving\n")[2])
    packages = {name for module in imported for name in (module, *_parents(module))}

    assert (created.status_code, listed.json()["data"]["users"]["nodes"][0]["userName"]) == (201, "ana@corp.example")
    assert {"gatehouse.app", "uvicorn", "strawberry", "tortoise", "sqlite3"} <= packages
    assert packages & _ABSENT.keys() == set()


def _parents(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]
