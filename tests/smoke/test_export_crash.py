"""Exports outlive the processes that make them: kill -9 in the middle, and another one goes on."""

from __future__ import annotations

import csv
import hashlib
import io
import time
from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from tests.bodies import person
from tests.postgres import new_database
from tests.smoke.server import Server

NUMBER: Final = 20_000
USERS: Final = """
INSERT INTO scim_user (id, tenant_id, version, document, user_name, user_name_key, active, created_at, last_modified_at,
    role_outcome, mapping_version, access)
SELECT gen_random_uuid(), t.id, 1, '{"userName":"u' || n || '@corp.example","displayName":"U ' || n || '"}',
    'u' || n || '@corp.example', 'u' || n || '@corp.example', true, n, n, 'EMPTY', 1,
    (SELECT access FROM scim_user LIMIT 1)
FROM tenant t, generate_series(1, $1::int) n
"""
QUICK: Final = {"GATEHOUSE_DUE_WORK_POLL_S": "0.1", "GATEHOUSE_DUE_WORK_LEASE_S": "3"}


@pytest.fixture
def two(postgres_url: str) -> Iterator[tuple[Server, Server]]:
    with new_database(postgres_url) as url:
        servers = (Server(url, settings=QUICK), Server(url, settings=QUICK))
        servers[0].command("migrate")
        servers[0].command("tenant", "create", "acme", "--name", "Acme")
        yield servers
        for server in servers:
            server.kill()


class Admin:
    """An owner of everything, at one of the processes."""

    def __init__(self, key: str) -> None:
        self._headers = {"Authorization": f"Bearer {key}"}

    def ask(self, server: Server, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        answer = httpx.post(f"{server.base}/graphql", json=body, headers=self._headers, timeout=30).json()
        assert "errors" not in answer, answer
        return answer["data"]

    def job(self, server: Server, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(
            server, "query($id: ID!) { job(id: $id) { status processed total sha256 byteSize error } }", id=job_id
        )["job"]
        return found

    def wait(self, server: Server, job_id: str, *, rows: int | None = None) -> dict[str, Any]:
        """Until so many rows are written, or the job has ended."""
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            job = self.job(server, job_id)
            if job["status"] not in {"QUEUED", "RUNNING"} or (rows is not None and job["processed"] >= rows):
                return job
            time.sleep(0.02)
        raise AssertionError(f"the export does not come to an end: {job}")

    def file(self, server: Server, job_id: str) -> httpx.Response:
        url = self.ask(server, "query($id: ID!) { job(id: $id) { downloadUrl } }", id=job_id)["job"]["downloadUrl"]
        return httpx.get(server.base + "/exports/" + url.rpartition("/")[2], headers=self._headers, timeout=60)


@pytest.mark.heavy
@pytest.mark.timeout(240)
def test_killed_in_the_middle(two: tuple[Server, Server]) -> None:
    one, other = two
    one.start()
    token = one.command("token", "issue", "acme", "--label", "x")
    admin = Admin(one.command("api-key", "issue", "--name", "x", "--preset", "owner"))
    answer = httpx.post(
        f"{one.base}/scim/v2/Users",
        json=person("ana@corp.example"),
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 201
    _fill(one)
    tenant = admin.ask(one, '{ tenant(by: {slug: "acme"}) { id } }')["tenant"]["id"]
    wish = {"tenantId": tenant, "subject": "USERS", "format": "CSV", "redactPii": False}
    create = (
        "mutation($input: ExportCreateInput!) { exportCreate(input: $input) { job { id } userErrors { message } } }"
    )

    job_id = admin.ask(one, create, input=wish)["exportCreate"]["job"]["id"]
    first = admin.wait(one, job_id, rows=1_000)
    one.kill()
    other.start()
    second = admin.wait(other, job_id, rows=first["processed"] + 3_000)
    other.kill()
    one.start()  # alone again: it goes on with what the other one left
    done = admin.wait(one, job_id)
    file = admin.file(one, job_id)

    assert [job["status"] for job in (first, second, done)] == ["RUNNING", "RUNNING", "SUCCEEDED"], (first, second)
    assert (done["processed"], done["total"]) == (NUMBER + 1, NUMBER + 1)
    assert done["sha256"] == hashlib.sha256(file.content).hexdigest()
    assert done["byteSize"] == len(file.content)
    names = [row["userName"] for row in csv.DictReader(io.StringIO(file.text, newline=""))]
    assert names == [*(f"u{n}@corp.example" for n in range(1, NUMBER + 1)), "ana@corp.example"]


def _fill(server: Server) -> None:
    import asyncio  # noqa: PLC0415

    import asyncpg  # noqa: PLC0415

    async def insert() -> None:
        connection = await asyncpg.connect(server.database_url)
        try:
            await connection.execute(USERS, NUMBER)
            await connection.execute("ANALYZE scim_user")
        finally:
            await connection.close()

    asyncio.run(insert())
