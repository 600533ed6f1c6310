"""Cost, trusted documents, rates, time-outs, and what is written nowhere."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from graphql import GraphQLSchema, parse
from tests.api.graphql.people import Api, new_community, viewer
from tests.fixtures import new_tenant
from tests.world import ORIGIN, TESTER

from gatehouse.api.front.gate import Gate
from gatehouse.api.front.rate_limit import RateLimit
from gatehouse.api.graphql import cost
from gatehouse.api.graphql.schema import schema
from gatehouse.api.graphql.trusted import TrustedDocuments
from gatehouse.records import Grant, Viewer
from gatehouse.services.clock import now
from gatehouse.services.managed_credentials import issue_token
from gatehouse.store.database import Database, DatabaseOptions, dialect, execute, fetch

SCHEMA: GraphQLSchema = schema._schema
NAME = "{ viewer { name } }"


@pytest.mark.parametrize(
    ("document", "variables", "expected"),
    [
        ("{ viewer { name } }", {}, 2),
        ("{ __typename }", {}, 1),
        ("{ users { nodes { id title } } }", {}, 1 + 1 + 25 * 2),
        ("{ users(first: 10) { nodes { id } } }", {}, 1 + 1 + 10),
        ("{ users(first: 10, last: 3) { nodes { id } } }", {}, 1 + 1 + 3),
        ("{ users(first: 0) { totalCount } }", {}, 1 + 5),
        ("{ users(first: 2) { edges { node { id } cursor } pageInfo { hasNextPage } } }", {}, 1 + (1 + 2 * 3) + 2),
        ("query($n: Int) { users(first: $n) { nodes { id } } }", {"n": 7}, 1 + 1 + 7),
        ("query($n: Int) { users(first: $n) { nodes { id } } }", {}, 1 + 1 + 25),
        ("query($n: Int = 4) { users(first: $n) { nodes { id } } }", {}, 1 + 1 + 4),
        ("{ users(first: 3) { nodes { groups { key } } } }", {}, 1 + 1 + 3 * (1 + 5)),
        ("{ users(first: 20) { nodes { timeline(first: 5) { nodes { id } } } } }", {}, 1 + 1 + 20 * (1 + 1 + 5)),
        ("{ provisioningEvents { nodes { id } } }", {}, 1 + 1 + 50),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', {}, 1 + 3),
        ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["a", "b"]}, 1 + 2),
        ("{ users(first: 3) { nodes { ...a ...a } } } fragment a on User { id title }", {}, 1 + 1 + 3 * 4),
        ('{ node(id: "x") { ... on User { id title } } }', {}, 1 + 2),
        ('mutation { roleUpsert(input: {tenantId: "x", key: "a", name: "b"}) { requestId } }', {}, 10 + 1),
        ("{ a { b { c } } }", {}, 3),
        ("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a viewer { name } }", {}, 2),
    ],
)
def test_what_documents_cost(document: str, variables: dict[str, Any], expected: int) -> None:
    assert cost.price(SCHEMA, parse(document), variables, None) == expected


def test_only_the_operation_that_runs_counts() -> None:
    document = parse("query A { viewer { name } } query B { users { nodes { id } } }")

    assert [cost.price(SCHEMA, document, {}, name) for name in ("A", "B", "C")] == [2, 27, 0]


def test_prices_are_remembered_by_what_decides_them() -> None:
    prices = cost.Prices(SCHEMA, capacity=2)
    document = parse("query($n: Int, $s: String) { users(first: $n, search: $s) { nodes { id } } }")
    sizes: list[Any] = [3, 5, 3, None, "x", [1, 2], True, 5]

    for _ in range(2):
        found = [prices.of(document, {"n": size, "s": "any"}, None) for size in sizes]
        assert found == [cost.price(SCHEMA, document, {"n": size}, None) for size in sizes]


def test_fragments_are_priced_once() -> None:
    """Expanded, these would be more selections than there are atoms."""
    spreads = " ".join(f"fragment F{n} on Query {{ {f'...F{n + 1} ' * 20}}}" for n in range(18))

    assert (
        cost.price(SCHEMA, parse(f"{{ ...F0 }} {spreads} fragment F18 on Query {{ __typename }}"), {}, None) == 20**18
    )


async def test_the_cost_is_told_whoever_answers() -> None:
    """The executor answers the first, a plan the second."""
    api = Api.of(viewer())

    answers = [await api.ask(NAME) for _ in range(3)]

    assert [answer["extensions"] for answer in answers] == [{"cost": {"requested": 2, "maximum": 50_000}}] * 3


async def test_too_dear_is_refused_before_it_runs() -> None:
    """Without a database: had it run, it would have failed otherwise."""
    api = Api.of(viewer(), max_cost=100)
    query = "query($n: Int) { users(first: $n) { nodes { id } } }"

    error = await api.error(query, n=99)

    assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert error["extensions"]["cost"] == {"requested": 101, "maximum": 100}
    assert "costs 101; 100 are allowed" in error["message"]


async def test_too_dear_is_refused_by_plans_too(database: Database) -> None:
    api = Api.of(viewer(), max_cost=100)
    query = "query($n: Int) { users(first: $n) { nodes { id } } }"

    bodies = [await api.ask(query, n=n) for n in (1, 1, 99, 1)]

    assert ["errors" in body for body in bodies] == [False, False, True, False]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _manifest(tmp_path: Path, documents: dict[str, str]) -> Path:
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps(documents))
    return file


TRUSTED = TrustedDocuments({_sha256(NAME): NAME})
ID = "{ viewer { id } }"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"documentId": f"sha256:{_sha256(NAME)}"}, 200),
        ({"documentId": _sha256(NAME)}, 200),
        ({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": _sha256(NAME)}}}, 200),
        ({"query": NAME}, 200),
        ({"query": NAME, "documentId": _sha256(NAME)}, 200),
        ({"query": ID}, 403),
        ({"query": ID, "documentId": _sha256(ID)}, 403),
        ({"query": NAME + " "}, 403),
        ({"documentId": _sha256(ID)}, 403),
        ({"documentId": "sha256:" + "0" * 63}, 400),
        ({"documentId": 7}, 400),
        ({}, 400),
    ],
)
async def test_only_trusted_documents_are_run(body: dict[str, Any], status: int) -> None:
    api = Api.of(viewer(), trusted=TRUSTED)

    response = await api.http.post("/graphql", json=body, headers={"Authorization": "Bearer secret"})

    assert response.status_code == status
    if status == 403:
        assert response.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
    if status == 200:
        assert response.json()["data"] == {"viewer": {"name": "script"}}


async def test_a_key_for_scripts_may_send_any_document() -> None:
    who = viewer()
    script = Viewer(who.id, who.name, who.kind, (Grant(None, frozenset()),), any_document=True)

    assert (await Api.of(script, trusted=TRUSTED).data(ID))["viewer"]["id"]


async def test_without_a_manifest_names_mean_nothing() -> None:
    body = {"documentId": _sha256(NAME)}

    response = await Api.of(viewer()).http.post("/graphql", json=body, headers={"Authorization": "Bearer secret"})

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (403, "DOCUMENT_NOT_TRUSTED")


def test_a_manifest_is_held_to_its_hashes(tmp_path: Path) -> None:
    good = TrustedDocuments.read(_manifest(tmp_path, {f"sha256:{_sha256(NAME)}": NAME}))
    assert good.query(None, _sha256(NAME), any_document=False) == NAME

    for documents in ({_sha256(NAME): ID}, {"x": NAME}, {_sha256(NAME): 7}, [NAME]):
        with pytest.raises(ValueError, match=r"manifest\.json"):
            TrustedDocuments.read(_manifest(tmp_path, documents))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="none"):
        TrustedDocuments.read(tmp_path / "none")


async def test_rates_are_told_by_key() -> None:
    clock = [0.0]
    rate = RateLimit(per_s=0.5, burst=3, clock=lambda: clock[0])
    api = Api.of(viewer(), gate=Gate(rate=rate))

    answers = [await api.post(NAME) for _ in range(4)]
    clock[0] = 2.0
    answers.append(await api.post(NAME))

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 200]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"default";q=3;w=6'}
    assert [answer.headers["ratelimit"] for answer in answers] == [
        '"default";r=2;t=2', '"default";r=1;t=4', '"default";r=0;t=6', '"default";r=0;t=6', '"default";r=0;t=6',
    ]  # fmt: skip
    assert answers[3].headers["retry-after"] == "2"


async def test_the_viewer_can_ask_how_it_stands() -> None:
    """The same numbers as in the header fields of the same answer, by the executor and by a plan."""
    rate = RateLimit(per_s=0.5, burst=3, clock=lambda: 0.0)
    api = Api.of(viewer(), gate=Gate(rate=rate))
    query = "{ viewer { rateLimit { limit remaining used restoreRatePerSecond resetAt cost } } }"

    for remaining, full_in_s in ((2, 2), (1, 4)):
        before = now()
        answer = await api.post(query)
        told = answer.json()["data"]["viewer"]["rateLimit"]

        reset_at = datetime.fromisoformat(told.pop("resetAt")) - timedelta(seconds=full_in_s)
        assert before - timedelta(milliseconds=1) <= reset_at <= now()
        assert answer.headers["ratelimit"] == f'"default";r={remaining};t={full_in_s}'
        assert told == {
            "limit": 3,
            "remaining": remaining,
            "used": 3 - remaining,
            "restoreRatePerSecond": 0.5,
            "cost": answer.json()["extensions"]["cost"]["requested"],
        }


async def test_strangers_and_unlimited_keys_are_told_no_rates() -> None:
    api = Api.of(viewer())
    stranger = await api.http.post("/graphql", json={"query": NAME}, headers={"Authorization": "Bearer x"})

    assert "ratelimit" not in stranger.headers
    assert "ratelimit" not in (await api.post(NAME)).headers
    assert await api.data("{ viewer { rateLimit { limit } } }") == {"viewer": {"rateLimit": None}}


ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) "


@pytest.fixture
async def patient(database: Database, migrated_url: str) -> AsyncIterator[Database]:
    """The same database, opened by somebody who would let a statement run for an hour."""
    opened = await Database.open(migrated_url, options=DatabaseOptions(statement_timeout_s=3_600.0))
    with opened.activate():
        yield opened
    await opened.close()


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    "query",
    [
        "{ rejectedCredentials { reason } }",
        "{ tenants { nodes { connection { rejectedCredentials { prefix } } } } }",  # by a loader, which works on its own
    ],
)
async def test_at_the_time_limit_the_statement_is_ended(patient: Database, query: str) -> None:
    """The table becomes a view that never ends; its readers do, in the database too."""
    acme = await new_tenant()
    await issue_token(acme.id, label="Entra ID", expires_in_days=30, actor=TESTER, origin=ORIGIN)
    columns = "fingerprint, prefix, reason, attempts, first_seen_at, last_seen_at, last_ip"
    values = "'f' || n, 'p', 'r', 1, 1, 9223372036854775807, 'ip'"
    if dialect() == "postgres":
        values = "'f' || n, 'p'::text, 'r'::text, 1, 1::bigint, 9223372036854775807, 'ip'::text"
    api = Api.of(viewer(), execution_timeout_s=0.3)
    await execute("ALTER TABLE rejected_credential RENAME TO kept_aside")
    await execute(f"CREATE VIEW rejected_credential ({columns}) AS {ENDLESS} SELECT {values} FROM c WHERE n < 0")
    spent_s = time.process_time()
    try:
        response = await api.post(query)

        assert time.process_time() - spent_s < 10  # SQLite runs in this very process: without an end, until pytest's
        assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert not await _still_running()
        assert (await api.data(NAME))["viewer"] == {"name": "script"}
    finally:
        await execute("DROP VIEW rejected_credential")
        await execute("ALTER TABLE kept_aside RENAME TO rejected_credential")


async def _still_running() -> bool:
    """Whether PostgreSQL is still at it; it hears of the end a moment after us. SQLite runs in this very thread."""
    if dialect() == "sqlite":
        return False
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%rejected_credential%'"
        " AND pid <> pg_backend_pid() AND datname = current_database()"
    )
    for _ in range(100):
        if [tuple(row) for row in await fetch(sql)] == [(0,)]:
            return False
        await asyncio.sleep(0.05)
    return True


MARK = "zmarkus-9731"


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (f'{{ users(search: "{MARK}") {{ totalCount }} }}', {}),
        ("query($s: String) { users(search: $s) { totalCount } }", {"s": MARK}),
        (f'{{ users(search: "{MARK}") {{ nonsense }} }}', {}),
        ("query($s: Int) { users(first: $s) { totalCount } }", {"s": MARK}),
        (f'{{ user(by: {{scimId: "{MARK}"}}) {{ id }} }}', {}),
        (f'{{ "{MARK}', {}),
    ],
)
async def test_nothing_of_a_question_is_logged(
    database: Database, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, query: str, variables: Any
) -> None:
    await new_community()
    caplog.set_level(logging.DEBUG)
    api = Api.of(viewer())

    for _ in range(3):  # by the executor, then by a plan
        await api.ask(query, **variables)

    written = "".join(capfd.readouterr()) + caplog.text
    assert "graphql" in written
    assert MARK not in written
