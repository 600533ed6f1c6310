"""``/metrics``: what is counted, under which labels, and who may read it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.bodies import GROUP, person
from tests.smoke.server import serving
from tests.world import BASE, ORIGIN, TESTER, World, add_rules, running

from gatehouse.errors import ImpactLimitExceeded
from gatehouse.services import managed_credentials, mapping
from gatehouse.store.database import Database, execute
from gatehouse.store.ids import uuid7

_SECRET = "scrape-me-if-you-can"  # noqa: S105 - a test's own

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def _scrape(http: httpx.AsyncClient) -> Samples:
    return _samples(await http.get(f"{BASE}/metrics"))


def _samples(answer: httpx.Response) -> Samples:
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def _value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((f"gatehouse_{name}", frozenset(labels.items())), 0.0)


async def test_requests_are_counted_by_route_template(world: World) -> None:
    acme = await world.client()
    before = await _scrape(world.http)
    user = await acme.create("ana@corp.example")
    await acme.get(f"/Users/{user['id']}")
    await acme.get("/Users/nobody")
    await acme.get("/Nonsense")
    await world.http.get(f"{BASE}/nowhere?name=ana")
    after = await _scrape(world.http)

    def counted(route: str, method: str, status: int) -> float:
        labels = {"route": route, "method": method, "status": str(status)}
        return _value(after, "requests_total", **labels) - _value(before, "requests_total", **labels)

    assert counted("/scim/v2/Users", "POST", 201) == 1
    assert counted("/scim/v2/Users/{id}", "GET", 200) == 1
    assert counted("/scim/v2/Users/{id}", "GET", 404) == 1
    assert counted("/scim/v2/(unknown)", "GET", 404) == 1
    assert counted("(unknown)", "GET", 404) == 1
    assert counted("/metrics", "GET", 200) == 1
    timed = {"route": "/scim/v2/Users/{id}", "method": "GET"}
    assert _value(after, "request_duration_seconds_count", **timed) >= 2
    assert _value(after, "request_duration_seconds_bucket", **timed, le="30.0") >= 2


async def test_failures_are_shown_before_the_first(world: World) -> None:
    await (await world.client()).get("/Users")
    samples = await _scrape(world.http)

    for status in ("401", "429", "500", "503"):
        labels = {"route": "/scim/v2/Users", "method": "GET", "status": status}
        assert ("gatehouse_requests_total", frozenset(labels.items())) in samples


async def test_events_are_counted_when_they_are_stored(world: World) -> None:
    acme = await world.client()
    before = await _scrape(world.http)
    await acme.create("ana@corp.example")
    assert (await acme.post("/Users", person("ana@corp.example"))).status_code == 409
    assert (await acme.post("/Groups", {"schemas": [GROUP]})).status_code == 400
    after = await _scrape(world.http)

    def counted(action: str, outcome: str) -> float:
        labels = {"action": action, "outcome": outcome}
        return _value(after, "events_total", **labels) - _value(before, "events_total", **labels)

    assert counted("create", "success") + counted("create", "warning") == 1
    assert counted("create", "failure") == 2
    assert counted("delete", "success") == 0


async def test_events_of_a_mapping_change_are_counted_when_it_is_committed(world: World) -> None:
    acme = await world.client()
    await add_rules(acme.tenant, roles={"Agent": "agent", "Lead": "lead"}, groups={})
    for name in ("ana", "ben"):
        await acme.create(f"{name}@corp.example", title="Agent")
    change = partial(
        mapping.set_role_rule,
        TESTER,
        ORIGIN,
        acme.tenant.id,
        expected_version=None,
        title_value="Agent",
        role_key="lead",
    )
    samples = [await _scrape(world.http)]
    with pytest.raises(ImpactLimitExceeded):
        await change(max_users_changed=1)
    samples.append(await _scrape(world.http))
    await change(max_users_changed=2)
    samples.append(await _scrape(world.http))

    def updates(found: Samples) -> float:
        outcomes = ("success", "warning")
        return sum(_value(found, "events_total", action="update", outcome=outcome) for outcome in outcomes)

    assert [updates(found) - updates(samples[0]) for found in samples] == [0, 0, 2]


async def test_cycles_are_counted_by_tenant(world: World) -> None:
    slug = f"acme-{uuid7().hex[-8:]}"
    acme = await world.client(slug)
    for _ in range(3):
        await acme.get("/Users")

    assert _value(await _scrape(world.http), "cycles_total", tenant=slug) == 1


async def test_tokens_tell_when_they_expire(world: World) -> None:
    acme = await world.client()
    await managed_credentials.issue_token(
        acme.tenant.id, label="next", expires_in_days=365, actor=TESTER, origin=ORIGIN
    )
    gone = await world.client("gone")
    yesterday = int((datetime.now(UTC) - timedelta(days=1)).timestamp() * 1_000_000)
    await execute("UPDATE credential SET expires_at = $2 WHERE tenant_id = $1", gone.tenant.id, yesterday)
    eternal = await world.client("eternal")
    await execute("UPDATE credential SET expires_at = NULL WHERE tenant_id = $1", eternal.tenant.id)
    await acme.get("/Users")
    samples = await _scrape(world.http)

    assert _value(samples, "token_expiry_seconds", tenant="acme") == pytest.approx(30 * 86_400, abs=60)
    assert _value(samples, "token_expiry_seconds", tenant="gone") == pytest.approx(-86_400, abs=60)
    assert ("gatehouse_token_expiry_seconds", frozenset({("tenant", "eternal")})) not in samples
    used = _value(samples, "token_last_used_timestamp_seconds", tenant="acme")
    assert used == pytest.approx(datetime.now(UTC).timestamp(), abs=60)


async def test_outbox_tells_its_age(world: World) -> None:
    acme = await world.client()
    an_hour_ago = int((datetime.now(UTC) - timedelta(hours=1)).timestamp() * 1_000_000)
    insert = (
        "INSERT INTO outbox (id, tenant_id, kind, payload, created_at, available_at, done_at)"
        " VALUES ($1, $2, 'mail', '{}', $3, $3, $4)"
    )
    await execute(insert, uuid7(), acme.tenant.id, an_hour_ago, None)
    await execute(insert, uuid7(), acme.tenant.id, an_hour_ago - 3_600_000_000, an_hour_ago)

    assert _value(await _scrape(world.http), "outbox_oldest_seconds") == pytest.approx(3600, abs=60)


async def test_gauges_of_the_process(world: World, database: Database) -> None:
    samples = await _scrape(world.http)

    assert _value(samples, "database_up") == 1
    assert _value(samples, "requests_in_flight") == _value(samples, "requests_queued") == 0
    build = [dict(labels) for name, labels in samples if name == "gatehouse_build_info"]
    assert [labels["database"] for labels in build] == [database.dialect]
    if database.dialect == "postgres":
        assert _value(samples, "database_pool_connections") == 8


async def test_nothing_about_people_is_in_it(world: World) -> None:
    acme = await world.client()
    user = await acme.create("marked.person@corp.example", title="Markedtitle")
    await acme.get('/Users?filter=userName eq "marked.person@corp.example"')
    text = (await world.http.get(f"{BASE}/metrics")).text

    assert not re.search(rf"marked|corp\.example|{user['id']}|{acme.token}|{acme.tenant.id}", text, re.IGNORECASE)


async def test_database_away(world: World, database: Database) -> None:
    await database.close()  # the test's own; the service has another
    async with running("postgresql://nobody@127.0.0.1:1/nothing", database_connect_timeout_s=0.5) as lost:
        samples = await _scrape(lost.http)

    assert _value(samples, "database_up") == 0
    assert not [name for name, _ in samples if "token" in name or "outbox" in name]


async def test_database_not_migrated(empty_database_url: str) -> None:
    async with running(empty_database_url) as world:
        samples = await _scrape(world.http)

    assert _value(samples, "database_up") == 0
    assert not [name for name, _ in samples if "token" in name or "outbox" in name]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"Authorization": f"Bearer {_SECRET}"}, 200)],
)
async def test_token(migrated_url: str, headers: dict[str, str], status: int) -> None:
    async with running(migrated_url, metrics_token=_SECRET) as world:
        assert (await world.http.get(f"{BASE}/metrics", headers=headers)).status_code == status


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_openmetrics_for_those_who_ask(migrated_url: str) -> None:
    async with running(migrated_url) as world:
        answer = await world.http.get(
            f"{BASE}/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"}
        )

    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_switched_off(migrated_url: str) -> None:
    async with running(migrated_url, metrics=False) as world:
        answer: Any = await world.http.get(f"{BASE}/metrics")

    assert answer.status_code == 404


@pytest.mark.heavy
@pytest.mark.timeout(60)
async def test_workers_count_together(tmp_path: Path) -> None:
    with serving(f"sqlite:///{tmp_path / 'two.db'}", workers=2) as server:
        server.command("tenant", "create", "acme", "--name", "Acme")
        token = server.command("token", "issue", "acme", "--label", "metrics test")
        for _ in range(20):  # a new connection each: both workers get some
            async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
                assert (await client.get(f"{server.base}/scim/v2/Users")).status_code == 200
        seen = []
        for _ in range(4):
            async with httpx.AsyncClient() as client:
                seen.append(_samples(await client.get(f"{server.base}/metrics")))
    counted = {"route": "/scim/v2/Users", "method": "GET", "status": "200"}

    assert [_value(samples, "requests_total", **counted) for samples in seen] == [20] * 4
    assert [_value(samples, "cycles_total", tenant="acme") for samples in seen] == [1] * 4
