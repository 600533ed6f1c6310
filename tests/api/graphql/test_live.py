"""graphql-transport-ws, message by message, and what connections and subscriptions may take."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from tests.api.graphql.live_client import EVENTS, Served, connected, present, served
from tests.api.graphql.people import Community, new_community, viewer
from tests.api.graphql.request_rows import log
from tests.world import ORIGIN, TESTER
from websockets.exceptions import InvalidStatus

from gatehouse.api.graphql.ids import global_id, row_id
from gatehouse.services import api_keys, exports, mapping
from gatehouse.store.database import Database

INIT = {"type": "connection_init", "payload": {"Authorization": "Bearer KEY"}}
on_sqlite = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    await community.add("Ana", title="Agent", userType="north")
    return community


@pytest.fixture
async def server(database: Database, migrated_url: str) -> AsyncIterator[Served]:
    async with served(migrated_url, allowed_origins="https://dashboard.example") as running:
        yield running


@pytest.fixture
async def key(database: Database) -> str:
    return await _key("owner")


async def _key(preset: str, *tenant_ids: Any) -> str:
    _, secret = await api_keys.issue_api_key(
        name=preset, preset=preset, tenant_ids=tenant_ids, actor=TESTER, origin=ORIGIN
    )
    return secret


async def _write(community: Community, minute: int, **details: Any) -> str:
    return global_id("ProvisioningEvent", (await community.happen(0, minute, **details)).id)


def _subscribe(payload: object, **more: object) -> dict[str, object]:
    return {"type": "subscribe", "id": "1", "payload": payload, **more}


def _init(**payload: str) -> dict[str, object]:
    return {"type": "connection_init", "payload": payload}


OF_A_TENANT = [
    (
        "provisioningEvents",
        (
            "subscription($tenant: ID!, $after: Cursor) {"
            " provisioningEvents(where: {tenantId: {eq: $tenant}}, after: $after) { cursor } }"
        ),
    ),
    (
        "scimRequests",
        (
            "subscription($tenant: ID!, $after: Cursor) {"
            " scimRequests(where: {tenantId: {eq: $tenant}}, after: $after) { cursor } }"
        ),
    ),
    ("mappingVersions", "subscription($tenant: ID!) { mappingVersions(tenantId: $tenant) { cursor } }"),
    ("jobProgress", "subscription($job: ID!) { jobProgress(jobId: $job) { id } }"),
]
_MISSING = {"mappingVersions": "There is no such tenant", "jobProgress": "There is no such job"}
_GOOD = _subscribe({"query": EVENTS})
_NO_OBJECT = "A message must be one JSON object, as text"


@pytest.mark.parametrize(
    ("_case", "sent", "code", "reason"),
    [
        ("no JSON", ["{"], 4400, _NO_OBJECT),
        ("binary", [b"{}"], 4400, _NO_OBJECT),
        ("a list", ["[]"], 4400, _NO_OBJECT),
        ("deeply nested", ["[" * 5_000], 4400, _NO_OBJECT),
        ("one name twice", ['{"type": "ping", "type": "pong"}'], 4400, _NO_OBJECT),
        ("two secrets", [_init(authorization="Bearer secret", Authorization="Bearer secret")], 4403, None),
        ("no type", [{}], 4400, "The type of the message is unknown"),
        ("a message of servers", [{"type": "next", "id": "1"}], 4400, "The type of the message is unknown"),
        ("type of another type", [{"type": ["ping"]}], 4400, "The type of the message is unknown"),
        ("payload of another type", [{"type": "ping", "payload": 1}], 4400, "`payload` must be an object"),
        ("subscribe unasked", [_GOOD], 4401, "Unauthorized"),
        ("no secret", [{"type": "connection_init"}], 4403, None),
        ("another scheme", [_init(Authorization="Basic YTpi")], 4403, None),
        ("an unknown key", [_init(Authorization="Bearer gth_api_no")], 4403, "The API key is not valid: it is unknown, expired or revoked"),
        ("init twice", [INIT, INIT], 4429, "Too many initialisation requests"),
        ("no id", [INIT, {"type": "subscribe", "payload": {"query": EVENTS}}], 4400, "`id` must be a text of 1 to 200 characters"),
        ("an empty id", [INIT, _subscribe({"query": EVENTS}, id="")], 4400, None),
        ("a number as id", [INIT, _subscribe({"query": EVENTS}, id=1)], 4400, None),
        ("no payload", [INIT, {"type": "subscribe", "id": "1"}], 4400, None),
        ("no query", [INIT, _subscribe({})], 4400, "`query` must be a text that holds a GraphQL document"),
        ("variables as text", [INIT, _subscribe({"query": EVENTS, "variables": "{}"})], 4400, None),
        ("the same id twice", [INIT, _GOOD, _GOOD], 4409, "Subscriber for 1 already exists"),
        ("a flood", [{"type": "ping"}] * 150, 4429, "There are too many messages"),
        ("too large", ['"' + "x" * 200_000 + '"'], 1009, None),
    ],
)  # fmt: skip
@on_sqlite
async def test_what_ends_a_connection(
    server: Served, key: str, _case: str, sent: Any, code: int, reason: str | None
) -> None:
    async with connected(server.url) as client:
        for message in sent:
            await client.send(json.dumps(message).replace("KEY", key) if isinstance(message, dict) else message)

        end = await client.closed()

    assert end == (code, end[1] if reason is None else reason)


@pytest.mark.parametrize(
    ("_case", "query", "message", "code"),
    [
        ("no GraphQL", "subscription {", None, "BAD_REQUEST"),
        ("a query", "{ viewer { name } }", "Here are only subscriptions; send queries and mutations by POST.", "BAD_REQUEST"),
        ("unknown field", "subscription { nothing }", "Cannot query field 'nothing' on type 'Subscription'.", "BAD_REQUEST"),
        ("two fields", "subscription { a: provisioningEvents { cursor } b: provisioningEvents { cursor } }", None, "BAD_REQUEST"),
        ("too deep", "subscription { provisioningEvents { node " + "{ user " * 12 + "{ id }" + " }" * 14, None, "LIMIT_EXCEEDED"),
        ("no cursor", 'subscription { provisioningEvents(after: "x") { cursor } }', None, "BAD_REQUEST"),
        ("unknown tenant", 'subscription { mappingVersions(tenantId: "x") { cursor } }', "There is no such tenant", "NOT_FOUND"),
        (
            "a cursor of a list",
            'subscription { provisioningEvents(after: "WyItT0NDVVJSRURfQVQiLDUsIjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMSJd") { cursor } }',
            "The cursor belongs to another list or order",
            "INVALID",
        ),
    ],
)  # fmt: skip
@on_sqlite
async def test_what_is_refused(
    server: Served, key: str, _case: str, query: str, message: str | None, code: str
) -> None:
    if _case == "a cursor of a list":
        await (await new_community("listed")).add("Ana")
    async with connected(server.url) as client:
        await client.sign_in(key)
        await client.subscribe("1", query)
        error = await client.refusal()
        await client.alive()

    assert error["extensions"]["code"] == code, error
    assert message is None or error["message"] == message


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        (None, True),
        ("http://gatehouse.test", True),
        ("https://dashboard.example", True),
        ("https://gatehouse.test", False),
        ("https://evil.example", False),
        ("null", False),
    ],
)
@on_sqlite
async def test_pages_of_other_sites_cannot_connect(server: Served, key: str, origin: str | None, may: bool) -> None:
    if may:
        async with connected(server.url, origin=origin) as client:
            await client.sign_in(key)
        return
    with pytest.raises(InvalidStatus) as refused:
        async with connected(server.url, origin=origin):
            pass

    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("origin", "code"), [("http://127.0.0.1:{port}", None), ("http://gatehouse.test", None), (None, 4403)]
)
@on_sqlite
async def test_the_dashboard_signs_in_by_its_cookie(
    server: Served, key: str, origin: str | None, code: int | None
) -> None:
    base = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient() as http:
        begun = await http.post(f"{base}/admin/session", json={"key": key}, headers={"Origin": base})
    cookie = begun.headers["set-cookie"].partition(";")[0]
    ours = origin.format(port=server.port) if origin else None

    async with connected(server.url, origin=ours, additional_headers={"Cookie": cookie}) as client:
        await client.send({"type": "connection_init"})
        if code is None:
            assert await client.get() == {"type": "connection_ack"}
        else:
            assert (await client.closed())[0] == code
    async with connected(server.url) as client:  # what the cookie holds is no bearer token
        secret = cookie.partition("=")[2]
        await client.send({"type": "connection_init", "payload": {"Authorization": f"Bearer {secret}"}})
        assert (await client.closed())[0] == 4403


@on_sqlite
async def test_an_id_is_free_again_at_once(server: Served, key: str) -> None:
    community = await new_community("again")
    async with connected(server.url) as client:
        await client.sign_in(key)
        for _ in range(5):
            await client.subscribe("1")
            await client.send({"type": "complete", "id": "1"})
        await client.subscribe("1")
        await client.alive()
        await community.add("Ana")

        edge = await client.edge()

        assert edge["node"]["resourceName"] == "ana@contoso.example"
        await client.alive()


@on_sqlite
async def test_other_subprotocols_paths_and_long_headers(server: Served) -> None:
    async with connected(server.url, subprotocol=None) as client:
        assert await client.closed() == (4406, "The subprotocol is graphql-transport-ws")
    with pytest.raises(InvalidStatus) as elsewhere:
        async with connected(server.url.replace("graphql", "scim/v2")):
            pass
    with pytest.raises(InvalidStatus) as too_long:
        async with connected(server.url, additional_headers={"X-Long": "x" * 70_000}):
            pass

    assert elsewhere.value.response.status_code == 403
    assert too_long.value.response.status_code == 431


@on_sqlite
async def test_who_does_nothing_is_sent_away(migrated_url: str, database: Database, key: str) -> None:
    async with served(migrated_url, live_init_timeout_s=0.2, live_idle_s=0.5) as server:
        async with connected(server.url) as silent:
            assert await silent.closed() == (4408, "Connection initialisation timeout")
        async with connected(server.url) as idle:
            await idle.sign_in(key)
            assert await idle.closed() == (1000, "There was nothing to do for too long")


@on_sqlite
async def test_floods_of_subscriptions_and_connections(migrated_url: str, database: Database, key: str) -> None:
    limits = {"live_max_subscriptions": 3, "live_max_subscriptions_per_key": 4, "live_max_connections": 2}
    async with served(migrated_url, **limits) as server, connected(server.url) as one, connected(server.url) as two:
        for client in (one, two):
            await client.sign_in(key)
        for n in range(4):
            await one.subscribe(str(n))
        of_connection = await one.refusal()
        for n in range(2):
            await two.subscribe(str(n))
        of_key = await two.refusal()
        await two.send({"type": "complete", "id": "0"})
        await two.alive()
        await two.subscribe("again")
        await two.alive()  # no refusal came before: there is room again
        async with connected(server.url) as three:
            end = await three.closed()

    assert of_connection["message"] == "A connection may have 3 subscriptions."
    assert of_key["message"] == "An API key may have 4 subscriptions."
    assert of_key["extensions"]["code"] == "LIMIT_EXCEEDED"
    assert end == (1013, "There are too many connections; try again later")


async def test_events_come_live_and_once_over_reconnects(acme: Community, server: Served, key: str) -> None:
    seen: list[str] = []
    written: list[str] = []
    cursor = await present(server.url, key)
    for round_ in range(3):
        async with connected(server.url) as client:
            await client.sign_in(key)
            await client.subscribe("1", after=cursor)
            for minute in range(2):  # the first one finds also what was written while nobody was connected
                written.append(await _write(acme, 10 * round_ + minute))
                while len(seen) < len(written):
                    edge = await client.edge()
                    seen.append(edge["node"]["id"])
                    cursor = edge["cursor"]
        written.append(await _write(acme, 10 * round_ + 5))

    assert seen == written[:-1]


async def test_only_what_is_asked_for_and_in_sight(acme: Community, server: Served, key: str) -> None:
    other = await new_community("other")
    await other.add("Bo", title="Agent")
    query = """subscription($after: Cursor) { provisioningEvents(after: $after, where: {outcome: WARNING}) {
        node { id resourceName tenant { slug } user { userName } } } }"""
    cursor = await present(server.url, key)
    async with connected(server.url) as client:
        await client.sign_in(await _key("viewer", acme.tenant.id))
        await client.subscribe("1", query, after=cursor)
        await other.happen(0, 1, outcome="warning")
        await acme.happen(0, 2)
        wanted = await _write(acme, 3, outcome="warning")

        node = (await client.edge())["node"]

    assert (node["id"], node["tenant"]) == (wanted, {"slug": "acme"})
    assert "ana" not in (node["resourceName"] + node["user"]["userName"]).lower()


@pytest.mark.parametrize(("field", "query"), OF_A_TENANT)
@on_sqlite
async def test_another_tenant_is_as_if_not_there(
    acme: Community, server: Served, key: str, field: str, query: str
) -> None:
    other = await new_community("other")
    await other.add("Bo", title="Agent")
    after = await present(server.url, key) if "$after" in query else None
    async with connected(server.url) as client:
        await client.sign_in(await _key("owner", acme.tenant.id))
        await client.subscribe("1", query, tenant=other.id, job=await _job(other), after=after)
        await other.happen(0, 1)
        await _new_rule(other, "Boss")
        if field in _MISSING:
            assert (await client.refusal())["message"] == _MISSING[field]
        await asyncio.sleep(0.3)

        await client.alive()


async def _job(acme: Community) -> str:
    wish = exports.Wish(exports.ExportSubject.USERS, exports.ExportFormat.CSV)
    return global_id("Job", (await exports.create(viewer(), ORIGIN, acme.tenant.id, wish)).id)


async def test_a_job_is_followed_to_its_end(acme: Community, server: Served, key: str) -> None:
    """The worker of the server makes the file meanwhile; what is told never goes back."""
    query = (
        "subscription($job: ID!) { jobProgress(jobId: $job) { status progress processed total sha256 downloadUrl } }"
    )
    seen: list[dict[str, Any]] = []
    async with connected(server.url) as client:
        await client.sign_in(key)
        job_id = await _job(acme)
        await client.subscribe("1", query, job=job_id)
        while not seen or seen[-1]["status"] != "SUCCEEDED":
            seen.append(await client.edge("jobProgress"))
        assert await client.get() == {"id": "1", "type": "complete"}

    order = ["QUEUED", "RUNNING", "SUCCEEDED"]
    places = [(order.index(job["status"]), job["processed"]) for job in seen]
    assert places == sorted(places)
    assert (seen[-1]["progress"], seen[-1]["processed"], seen[-1]["total"]) == (1.0, 1, 1)
    assert len(seen[-1]["sha256"]) == 64
    assert seen[-1]["downloadUrl"] == f"http://gatehouse.test/exports/{row_id('Job', job_id)}"  # as by HTTP


@on_sqlite
async def test_filters_on_personal_fields_need_the_permission(acme: Community, server: Served) -> None:
    query = 'subscription { provisioningEvents(where: {resourceName: {startsWith: "a"}}) { cursor } }'
    async with connected(server.url) as client:
        await client.sign_in(await _key("viewer"))
        await client.subscribe("1", query)
        error = await client.refusal()

    assert error["extensions"]["code"] == "FORBIDDEN"


@on_sqlite
async def test_a_revoked_key_ends_the_connection(acme: Community, server: Served) -> None:
    issued, secret = await api_keys.issue_api_key(name="gone", preset="owner", actor=TESTER, origin=ORIGIN)
    async with connected(server.url) as client:
        await client.sign_in(secret)
        await client.subscribe("1")
        await client.alive()
        await api_keys.revoke_api_key(issued.id, actor=TESTER, origin=ORIGIN)

        code, _ = await client.closed()

    assert code == 4401


@pytest.mark.parametrize(("preset", "sees"), [("owner", True), ("connection-admin", True), ("viewer", False)])
async def test_requests_are_for_who_may_read_them(
    acme: Community, server: Served, key: str, preset: str, sees: bool
) -> None:
    query = """subscription($after: Cursor) { scimRequests(after: $after, where: {statusClass: [4]}) {
        cursor node { requestId status tenant { slug } } } }"""
    after = await present(server.url, key)
    async with connected(server.url) as client:
        await client.sign_in(await _key(preset, acme.tenant.id))
        await client.subscribe("1", query, after=after)
        await log(acme.tenant, 1)
        await log(None, 2, status=401)
        await log(acme.tenant, 3, status=404)
        if not sees:
            assert (await client.refusal())["extensions"]["code"] == "FORBIDDEN"
            return
        edge = await client.edge("scimRequests")
        assert edge["node"] == {"requestId": "request-3", "status": 404, "tenant": {"slug": "acme"}}
        await client.subscribe("2", query, after=edge["cursor"])
        await log(acme.tenant, 4, status=409)
        both = [(await client.edge("scimRequests"))["node"]["requestId"] for _ in range(2)]

    assert both == ["request-4", "request-4"]


async def test_mapping_versions(acme: Community, server: Served, key: str) -> None:
    query = """subscription($tenant: ID!, $after: Cursor) {
        mappingVersions(tenantId: $tenant, after: $after) { cursor node { number } } }"""
    await _new_rule(acme, "Boss")
    async with connected(server.url) as client:
        await client.sign_in(key)
        listed = "WyItTlVNQkVSIiwxLCJmZmZmZmZmZi1mZmZmLWZmZmYtZmZmZi1mZmZmZmZmZmZmZmYiXQ"  # behind version 1
        await client.subscribe("1", query, tenant=acme.id, after=listed)
        first = await client.edge("mappingVersions")
    await _new_rule(acme, "Chief")
    async with connected(server.url) as client:
        await client.sign_in(key)
        await client.subscribe("1", query, tenant=acme.id, after=first["cursor"])
        second = await client.edge("mappingVersions")

    assert (first["node"]["number"], second["node"]["number"]) == (2, 3)


async def _new_rule(acme: Community, title: str) -> None:
    await mapping.set_role_rule(
        TESTER, ORIGIN, acme.tenant.id, expected_version=None, title_value=title, role_key="agent"
    )


@on_sqlite
async def test_who_does_not_read_is_cut_off(acme: Community, migrated_url: str, key: str) -> None:
    """What is not read is not kept: events wait in the database, and the connection ends."""
    query = "subscription($after: Cursor) { provisioningEvents(after: $after) { cursor node { id reason } } }"
    async with served(migrated_url, write_timeout_s=0.5) as server:
        after = await present(server.url, key)
        for minute in range(60):
            await acme.happen(0, minute, reason="x" * 50_000)
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        raw.connect(("127.0.0.1", server.port))
        async with connected(server.url, sock=raw, max_queue=1, ping_interval=None, close_timeout=0.1) as client:
            await client.sign_in(key)
            for n in range(5):
                await client.subscribe(str(n), query, after=after)
            live = _live(server)
            async with asyncio.timeout(10):
                while live._connections:  # noqa: ASYNC110 - the server has no event for it
                    await asyncio.sleep(0.05)

            assert live.subscriptions == {}


def _live(server: Served) -> Any:
    return next(route.app for route in server.app.routes if type(route).__name__ == "WebSocketRoute")  # type: ignore[attr-defined]


@on_sqlite
async def test_the_end_of_the_server_is_announced(server: Served, key: str) -> None:
    async with connected(server.url) as client, connected(server.url) as late:
        await client.sign_in(key)
        await client.subscribe("1")
        await client.alive()
        _live(server).close()

        assert await client.closed() == (1001, "The server is going away; connect again")
        assert (await late.closed())[0] == 1001
