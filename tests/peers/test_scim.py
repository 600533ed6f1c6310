"""What other people's suites find at ``/scim/v2``, on both engines and in both modes: scim2-tester and scim-sanity."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server
from scim_sanity.probe.runner import run_probe_api
from tests.postgres import new_database
from tests.smoke.server import Server, serving
from tests.world import ORIGIN, TESTER

from gatehouse.services import managed_credentials, tenants
from gatehouse.store.database import Database, execute


@dataclass(frozen=True)
class _Tenant:
    """What a SCIM client is told."""

    base_url: str
    token: str


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One process for all suites, which ask faster than one tenant may."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('peers') / 'gatehouse.db'}"
        else:
            url = stack.enter_context(new_database(request.getfixturevalue("postgres_url")))
        yield stack.enter_context(serving(url, GATEHOUSE_TENANT_RATE_PER_S="0"))


@pytest.fixture(params=["entra", "strict"])
def tenant(server: Server, request: pytest.FixtureRequest) -> _Tenant:
    slug = f"{request.param}-{request.function.__name__.replace('_', '-')}"
    return asyncio.run(_new_tenant(server, slug, mode=request.param))


async def _new_tenant(server: Server, slug: str, *, mode: str) -> _Tenant:
    database = await Database.open(server.database_url)
    with database.activate():
        created = await tenants.create(slug, name=slug, actor=TESTER, origin=ORIGIN)
        await execute("UPDATE tenant SET scim_mode = $1 WHERE id = $2", mode, created.id)
        _, token = await managed_credentials.issue_token(
            created.id, label="suite", expires_in_days=1, actor=TESTER, origin=ORIGIN
        )
    await database.close()
    return _Tenant(f"{server.base}/scim/v2", token)


def test_scim2_tester(tenant: _Tenant) -> None:
    headers = {"Authorization": f"Bearer {tenant.token}"}
    with httpx2.Client(base_url=tenant.base_url, headers=headers, timeout=30) as http:
        results = check_server(SyncSCIMClient(http))

    assert [(result.title, result.reason) for result in results if result.status is not Status.SUCCESS] == []
    assert len(results) == 127


def test_scim_sanity(tenant: _Tenant) -> None:
    report = run_probe_api(tenant.base_url, token=tenant.token, strict=True)

    found = {(result["status"], result["name"], result.get("message")) for result in report["results"]}
    assert {row for row in found if row[0] != "pass"} == {
        # Adds somebody who does not exist, and wants a 200.
        ("fail", "PATCH /Groups/{id} add member", "Expected 200, got 400"),
        # Of a draft that is not about people.
        ("skip", "Agent CRUD Lifecycle", "Agent not supported by server"),
        ("skip", "AgenticApplication CRUD Lifecycle", "AgenticApplication not supported by server"),
        ("skip", "Agent Rapid Lifecycle", "Agent not supported or not in scope"),
    }
    assert report["summary"]["passed"] == 27
