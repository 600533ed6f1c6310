"""``POST /Bulk`` (RFC 7644 §3.7) over HTTP, on both engines: order, references, errors, limits, and what is left behind."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest
from tests.bodies import BULK_REQUEST, ENTERPRISE, GROUP, person
from tests.world import ORIGIN, SCIM, TESTER, Client, World, running

from gatehouse.services import managed_credentials
from gatehouse.store.database import Database, execute, fetch

_BULK_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"


@pytest.fixture
async def entra(world: World) -> Client:
    return await world.client()


def message(*operations: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"schemas": [BULK_REQUEST], "Operations": list(operations), **fields}


def post_user(bulk_id: str, **attributes: Any) -> dict[str, Any]:
    return {
        "method": "POST",
        "path": "/Users",
        "bulkId": bulk_id,
        "data": person(f"{bulk_id}@corp.example", **attributes),
    }


def post_group(bulk_id: str, *members: str) -> dict[str, Any]:
    data = {"schemas": [GROUP], "displayName": bulk_id, "members": [{"value": member} for member in members]}
    return {"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": data}


def _managed_by(value: str) -> dict[str, Any]:
    return {ENTERPRISE: {"manager": {"value": value}}}


async def _bulk(client: Client, *operations: dict[str, Any], **fields: Any) -> list[dict[str, Any]]:
    """The outcomes of a bulk request that is answered as one."""
    response = await client.post("/Bulk", message(*operations, **fields))
    assert response.status_code == 200, response.text
    assert response.json()["schemas"] == [_BULK_RESPONSE]
    return response.json()["Operations"]  # type: ignore[no-any-return]


async def _user_names(client: Client) -> list[str]:
    listed = (await client.get("/Users?attributes=userName&count=200")).json()
    return sorted(user["userName"].partition("@")[0] for user in listed["Resources"])


async def _someone_is_there() -> None:
    for _ in range(500):
        if await fetch("SELECT 1 FROM scim_user"):
            return
        await asyncio.sleep(0.01)
    raise AssertionError("nobody was created")


def _id(outcome: dict[str, Any]) -> str:
    return str(outcome["location"].rpartition("/")[2])


def _statuses(outcomes: list[dict[str, Any]]) -> list[str]:
    return [outcome["status"] for outcome in outcomes]


async def test_every_method_on_users_and_groups(entra: Client) -> None:
    user = (await entra.create("ada@corp.example"))["id"]
    gone = (await entra.create("bob@corp.example"))["id"]
    group = (await entra.post("/Groups", {"schemas": [GROUP], "displayName": "Crew"})).json()["id"]

    outcomes = await _bulk(
        entra,
        post_user("eve"),
        {"method": "PUT", "path": f"/Users/{user}", "data": person("ada@corp.example", title="Boss")},
        {"method": "PATCH", "path": f"/Users/{user}", "bulkId": "patch", "version": 'W/"2"', "data": [{"op": "replace", "path": "title", "value": "Chief"}]},
        {"method": "DELETE", "path": f"/Users/{gone}", "version": 'W/"1"'},
        post_group("Staff", user),
        {"method": "PUT", "path": f"Groups/{group}", "data": {"schemas": [GROUP], "displayName": "Team"}},
        {"method": "PATCH", "path": f"/Groups/{group}", "data": {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "add", "path": "members", "value": [{"value": user}]}]}},
        {"method": "DELETE", "path": f"/Groups/{group}"},
    )  # fmt: skip

    eve, staff = _id(outcomes[0]), _id(outcomes[4])
    assert outcomes == [
        {"method": "POST", "bulkId": "eve", "version": 'W/"1"', "location": f"{SCIM}/Users/{eve}", "status": "201"},
        {"method": "PUT", "version": 'W/"2"', "location": f"{SCIM}/Users/{user}", "status": "200"},
        {"method": "PATCH", "bulkId": "patch", "version": 'W/"3"', "location": f"{SCIM}/Users/{user}", "status": "200"},
        {"method": "DELETE", "location": f"{SCIM}/Users/{gone}", "status": "204"},
        {
            "method": "POST",
            "bulkId": "Staff",
            "version": 'W/"1"',
            "location": f"{SCIM}/Groups/{staff}",
            "status": "201",
        },
        {"method": "PUT", "version": 'W/"2"', "location": f"{SCIM}/Groups/{group}", "status": "200"},
        {"method": "PATCH", "version": 'W/"3"', "location": f"{SCIM}/Groups/{group}", "status": "204"},
        {"method": "DELETE", "location": f"{SCIM}/Groups/{group}", "status": "204"},
    ]
    assert (await entra.get(f"/Users/{user}")).json()["title"] == "Chief"
    assert [m["value"] for m in (await entra.get(f"/Groups/{staff}")).json()["members"]] == [user]
    assert [(await entra.get(path)).status_code for path in (f"/Users/{gone}", f"/Groups/{group}")] == [404, 404]


async def test_references_are_found_wherever_they_stand(entra: Client) -> None:
    outcomes = await _bulk(
        entra,
        post_group("Crew", "bulkId:ada", "bulkId:bob"),
        {"method": "PATCH", "path": "/Groups/bulkId:Crew", "data": [{"op": "remove", "path": 'members[value eq "bulkId:bob"]'}]},
        post_user("ada", **{ENTERPRISE: {"manager": {"value": "bulkId:bob", "$ref": "../Users/bulkId:bob"}}}),
        post_user("bob"),
        {"method": "DELETE", "path": "/Users/bulkId:cid"},
        post_user("cid"),
    )  # fmt: skip

    assert _statuses(outcomes) == ["201", "204", "201", "201", "204", "201"]
    ada, bob = _id(outcomes[2]), _id(outcomes[3])
    group = (await entra.get(f"/Groups/{_id(outcomes[0])}")).json()
    assert [member["value"] for member in group["members"]] == [ada]
    manager = (await entra.get(f"/Users/{ada}")).json()[ENTERPRISE]["manager"]
    assert manager == {"value": bob, "$ref": f"../Users/{bob}"}
    assert await _user_names(entra) == ["ada", "bob"]


async def test_circles_are_completed(entra: Client) -> None:
    outcomes = await _bulk(
        entra,
        post_user("ada", **_managed_by("bulkId:bob")),
        post_user("bob", **_managed_by("bulkId:ada")),
        post_user("own", **_managed_by("bulkId:own")),
    )

    assert [(o["status"], o["version"]) for o in outcomes] == [("201", 'W/"1"'), ("201", 'W/"2"'), ("201", 'W/"2"')]
    ada, bob, own = map(_id, outcomes)
    found = [(await entra.get(f"/Users/{user}")).json() for user in (ada, bob, own)]
    assert [user[ENTERPRISE]["manager"]["value"] for user in found] == [bob, ada, own]
    assert [user["meta"]["version"] for user in found] == [o["version"] for o in outcomes]


@pytest.mark.parametrize("unknown", ["ignore", "reject"])
async def test_circles_of_fully_qualified_attributes_are_completed(entra: Client, unknown: str) -> None:
    await execute("UPDATE tenant SET unknown_attributes = $1 WHERE id = $2", unknown, entra.tenant.id)
    manager = f"{ENTERPRISE}:manager"

    outcomes = await _bulk(
        entra,
        post_user("ada", **{manager: {"value": "bulkId:bob"}}),
        post_user("bob", **{manager: {"value": "bulkId:ada"}}),
    )

    assert _statuses(outcomes) == ["201", "201"]
    ada, bob = map(_id, outcomes)
    found = [(await entra.get(f"/Users/{user}")).json() for user in (ada, bob)]
    assert [user[ENTERPRISE] for user in found] == [{"manager": {"value": bob}}, {"manager": {"value": ada}}]


async def test_a_circle_with_a_failure_leaves_nothing(entra: Client) -> None:
    await entra.create("taken@corp.example")

    outcomes = await _bulk(
        entra,
        post_user("taken", **_managed_by("bulkId:ada")),
        post_user("ada", **_managed_by("bulkId:bob")),
        post_user("bob", **_managed_by("bulkId:taken")),
        post_group("Crew", "bulkId:ada"),
        post_group("Free"),
    )

    assert _statuses(outcomes) == ["409", "409", "409", "409", "201"]
    details = [outcome["response"]["detail"] for outcome in outcomes[:4]]
    circle = "It belongs to a circle of references in which the operation bulkId:taken failed"
    assert details == [
        'A user with userName "taken@corp.example" exists already',
        circle,
        circle,
        "It refers to bulkId:ada, whose operation failed",
    ]
    assert ["location" in outcome for outcome in outcomes] == [False, False, False, False, True]
    assert await _user_names(entra) == ["taken"]
    listed = (await entra.get("/Groups")).json()["Resources"]
    assert [group["displayName"] for group in listed] == ["Free"]


async def test_groups_in_a_circle_are_refused_since_members_are_users(entra: Client) -> None:
    outcomes = await _bulk(entra, post_group("A", "bulkId:B"), post_group("B", "bulkId:A"))

    assert sorted(_statuses(outcomes)) == ["400", "409"]
    assert (await entra.get("/Groups")).json()["totalResults"] == 0


async def test_unresolved_references_fail_with_what_needs_them(entra: Client) -> None:
    outcomes = await _bulk(
        entra,
        post_group("Crew", "bulkId:nobody"),
        {"method": "DELETE", "path": "/Groups/bulkId:Crew"},
        {"method": "PATCH", "path": "/Users/bulkId:nobody", "data": [{"op": "remove", "path": "title"}]},
        post_user("ada"),
    )

    assert _statuses(outcomes) == ["409", "409", "409", "201"]
    assert [o["response"] for o in outcomes[:2]] == [
        {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "409", "detail": detail}
        for detail in (
            "It refers to bulkId:nobody, which no operation of this request creates",
            "It refers to bulkId:Crew, whose operation failed",
        )
    ]
    events = await fetch(
        "SELECT resource_kind, resource_name, action, outcome, http_status FROM provisioning_event ORDER BY id"
    )
    assert [tuple(row) for row in events if row[3] == "failure"] == [
        ("Group", "Crew", "create", "failure", 409),
        ("Group", None, "delete", "failure", 409),
        ("User", None, "update", "failure", 409),
    ]


@pytest.mark.parametrize(("most", "statuses"), [(None, ["201", "409", "201", "409", "201"]), (1, ["201", "409"]), (2, ["201", "409", "201", "409"])])  # fmt: skip
async def test_errors_stop_the_rest_only_when_asked_to(entra: Client, most: int | None, statuses: list[str]) -> None:
    await entra.create("taken@corp.example")

    operations = [post_user("a"), {**post_user("taken"), "bulkId": "1"}, post_user("b"), {**post_user("taken"), "bulkId": "2"}, post_user("c")]  # fmt: skip
    outcomes = await _bulk(entra, *operations, failOnErrors=most)

    assert _statuses(outcomes) == statuses
    assert await _user_names(entra) == [*("a", "b", "c")[: statuses.count("201")], "taken"]


@pytest.mark.parametrize(
    ("_case", "operation", "status", "scim_type"),
    [
        ("bulk in bulk", {"method": "POST", "path": "/Bulk", "bulkId": "x", "data": {}}, "400", "invalidPath"),
        ("search", {"method": "POST", "path": "/Users/.search", "bulkId": "x", "data": {}}, "400", "invalidPath"),
        ("me", {"method": "DELETE", "path": "/Me"}, "400", "invalidPath"),
        ("discovery", {"method": "PUT", "path": "/Schemas", "data": {}}, "405", None),
        ("nowhere", {"method": "DELETE", "path": "/Nowhere/1"}, "404", None),
        ("whole collection", {"method": "DELETE", "path": "/Users"}, "405", None),
        ("no id", {"method": "DELETE", "path": "/Users/1"}, "404", None),
        ("deleted or foreign", {"method": "DELETE", "path": "/Users/0192f0c1-7d5e-7cc2-a3a5-6d9b1f1f2a33"}, "404", None),
        ("no path", {"method": "DELETE"}, "400", "invalidSyntax"),
        ("no data", {"method": "POST", "path": "/Users", "bulkId": "x"}, "400", "invalidSyntax"),
        ("bad data", {"method": "POST", "path": "/Users", "bulkId": "x", "data": {"userName": "x"}}, "400", "invalidValue"),
        ("bad query", {"method": "POST", "path": "/Users?a=%zz", "bulkId": "x", "data": {}}, "400", "invalidValue"),
        ("bad patch", {"method": "PATCH", "path": "/Users/{id}", "data": [{"op": "move"}]}, "400", "invalidSyntax"),
        ("bad path", {"method": "PATCH", "path": "/Users/{id}", "data": [{"op": "remove", "path": "nosuch["}]}, "400", "invalidPath"),
        ("stale version", {"method": "DELETE", "path": "/Users/{id}", "version": 'W/"7"'}, "412", None),
        ("version no text", {"method": "DELETE", "path": "/Users/{id}", "version": 1}, "400", "invalidSyntax"),
        ("too many values", {"method": "PUT", "path": "/Users/{id}", "data": {"x": [0] * 6_000}}, "400", "invalidValue"),
    ],
)  # fmt: skip
async def test_an_operation_fails_as_the_request_would(
    entra: Client, _case: str, operation: dict[str, Any], status: str, scim_type: str | None
) -> None:
    user = await entra.create("ada@corp.example")
    if "path" in operation:
        operation = {**operation, "path": operation["path"].replace("{id}", user["id"])}

    failed, sound = await _bulk(entra, operation, post_user("bob"))

    assert (failed["status"], failed["response"]["status"], failed["response"].get("scimType")) == (status, status, scim_type)  # fmt: skip
    assert sound["status"] == "201"
    assert (await entra.get(f"/Users/{user['id']}")).json() == user


@pytest.mark.parametrize(
    ("_case", "body", "scim_type"),
    [
        ("no operations", message(), "invalidSyntax"),
        ("other schemas", {**message(post_user("a")), "schemas": [GROUP]}, "invalidSyntax"),
        ("bulkId twice", message(post_user("a"), {**post_user("b"), "bulkId": "a"}), "invalidSyntax"),
        ("no bulkId", message({**post_user("a"), "bulkId": None}), "invalidSyntax"),
        ("no method", message({"path": "/Users"}), "invalidSyntax"),
        ("a list", [post_user("a")], "invalidSyntax"),
        ("failOnErrors 0", message(post_user("a"), failOnErrors=0), "invalidValue"),
        ("too deep", message(post_user("a", x=json.loads("[" * 20 + "]" * 20))), "invalidSyntax"),
        ("more values than any request has", message(post_user("a", x=[0] * 100_000)), "invalidValue"),
    ],
)
async def test_a_message_that_cannot_be_answered_changes_nothing(
    entra: Client, _case: str, body: Any, scim_type: str
) -> None:
    response = await entra.post("/Bulk", body)

    assert (response.status_code, response.json()["scimType"]) == (400, scim_type)
    assert response.headers["content-type"] == "application/scim+json"
    assert await _user_names(entra) == []


async def test_another_tenants_people_are_out_of_reach(world: World, entra: Client) -> None:
    other = await world.client("umbrella")
    theirs = await other.create("ada@corp.example")

    outcomes = await _bulk(
        entra,
        {"method": "DELETE", "path": f"/Users/{theirs['id']}"},
        post_group("Crew", theirs["id"]),
        post_user("ada"),
    )

    assert _statuses(outcomes) == ["404", "400", "201"]
    assert (await other.get(f"/Users/{theirs['id']}")).json() == theirs


async def test_it_needs_a_token_and_only_takes_posts(world: World, entra: Client) -> None:
    nobody = await world.http.post(f"{SCIM}/Bulk", json=message(post_user("a")))
    read = await entra.get("/Bulk")

    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, 'Bearer realm="scim"')
    assert (read.status_code, read.headers["allow"]) == (405, "POST, OPTIONS")
    assert await _user_names(entra) == []


async def test_each_operation_leaves_its_event_and_its_log_entry(database: Database, migrated_url: str) -> None:
    async with running(migrated_url, request_log_flush_s=3_600.0) as world:
        entra = await world.client()
        response = await entra.post(
            "/Bulk",
            message(post_user("ada", password="hunter2"), {**post_user("ada"), "bulkId": "2"}),  # noqa: S106 - on purpose
            headers={"client-request-id": "abc-123", "User-Agent": "test"},
        )
    request_id = response.headers["x-request-id"]

    events = await fetch("SELECT resource_name, outcome, http_status, request_id, correlation_id FROM provisioning_event ORDER BY id")  # fmt: skip
    assert [tuple(row) for row in events] == [
        ("ada@corp.example", "warning", 201, request_id, "abc-123"),
        ("ada@corp.example", "failure", 409, request_id, "abc-123"),
    ]
    entries = await fetch("SELECT * FROM request_log ORDER BY received_at, id")
    assert [(r["path"], r["operation"], r["status"], r["request_id"], r["user_agent"]) for r in entries] == [
        ("/Users", "CREATE_USER", 201, request_id, "test"),
        ("/Users", "CREATE_USER", 409, request_id, "test"),
        ("/Bulk", "BULK", 200, request_id, "test"),
    ]
    assert "ada@corp.example" in entries[1]["body"]
    assert entries[0]["body"] is None
    assert "hunter2" not in " ".join(str(value) for row in entries for value in tuple(row))


async def test_limits_are_published_and_kept(database: Database, migrated_url: str) -> None:
    settings = {"max_bulk_operations": 2, "max_bulk_payload_bytes": 1_000}
    async with running(migrated_url, **settings) as world:
        entra = await world.client()
        published = (await entra.get("/ServiceProviderConfig")).json()["bulk"]
        many = await entra.post("/Bulk", message(*({"method": "DELETE", "path": f"/Users/{n}"} for n in range(3))))
        large = await entra.post("/Bulk", message(post_user("a", title="x" * 1_000)))
        streamed = await entra.request("POST", "/Bulk", content=_stream(), headers={"Content-Type": "application/json"})
        names = await _user_names(entra)

    assert published == {"supported": True, "maxOperations": 2, "maxPayloadSize": 1_000}
    assert [r.status_code for r in (many, large, streamed)] == [413, 413, 413]
    assert many.json()["detail"] == "The bulk request has 3 operations: more than maxOperations (2)"
    assert large.json()["detail"] == "The request body is larger than maxPayloadSize (1,000 bytes)"
    assert streamed.json() == large.json()
    assert names == []


async def _stream() -> AsyncIterator[bytes]:
    for _ in range(20):
        yield b" " * 100


async def test_at_the_time_limit_what_was_done_is_told(database: Database, migrated_url: str) -> None:
    """The rate lets the message and two operations through; a circle that is begun is undone."""
    settings = {"tenant_rate_per_s": 0.001, "tenant_rate_burst": 5, "request_timeout_s": 1.0}
    async with running(migrated_url, **settings) as world:
        entra = await world.client()
        outcomes = await _bulk(
            entra,
            post_user("ada"),
            post_user("bob", **_managed_by("bulkId:cid")),
            post_user("cid", **_managed_by("bulkId:bob")),
            post_user("dan"),
            {"method": "DELETE", "path": "/Users/1"},
        )
        names = await _user_names(entra)

    assert _statuses(outcomes) == ["201", "503", "409", "503", "503"]
    assert all("send it again" in outcomes[index]["response"]["detail"] for index in (1, 3, 4))
    assert names == ["ada"]


async def test_a_token_that_is_revoked_meanwhile_does_no_more(database: Database, migrated_url: str) -> None:
    async with running(migrated_url, tenant_rate_per_s=20.0, tenant_rate_burst=2) as world:
        entra = await world.client()
        running_bulk = asyncio.create_task(_bulk(entra, *(post_user(f"p{n}") for n in range(20))))
        await _someone_is_there()
        token = (await managed_credentials.tenant_tokens(entra.tenant.id))[0]
        await managed_credentials.revoke_token(entra.tenant.id, token.id, actor=TESTER, origin=ORIGIN)
        statuses = _statuses(await running_bulk)

    done = statuses.count("201")
    assert 1 <= done < 20
    assert statuses == ["201"] * done + ["401"] * (20 - done)
    assert len(await fetch("SELECT 1 FROM scim_user")) == done


async def test_of_two_bulks_with_the_same_people_each_person_is_created_once(
    database: Database, migrated_url: str
) -> None:
    """Two servers: one server lets only one bulk request of a tenant run at a time."""
    async with AsyncExitStack() as servers:
        one, two = [await servers.enter_async_context(running(migrated_url)) for _ in range(2)]
        first = await one.client()
        second = Client(two.http, first.tenant, first.token)
        operations = [post_group("Crew", *(f"bulkId:p{n}" for n in range(30))), *(post_user(f"p{n}") for n in range(30))]  # fmt: skip
        answers = await asyncio.gather(_bulk(first, *operations), _bulk(second, *reversed(operations)))
        names = await _user_names(first)

    created = Counter(o["bulkId"] for outcomes in answers for o in outcomes if o["status"] == "201")
    refused = Counter(o["bulkId"] for outcomes in answers for o in outcomes if o["status"] == "409")
    assert all(created[f"p{n}"] == 1 and refused[f"p{n}"] == 1 for n in range(30))
    assert created["Crew"] == (1 if any(_all_created(outcomes) for outcomes in answers) else 0)
    assert names == sorted(f"p{n}" for n in range(30))


def _all_created(outcomes: list[dict[str, Any]]) -> bool:
    return all(o["status"] == "201" for o in outcomes if o["bulkId"] != "Crew")


async def test_one_server_runs_one_bulk_of_a_tenant_at_a_time(database: Database, migrated_url: str) -> None:
    settings = {"tenant_rate_per_s": 0.001, "tenant_rate_burst": 4, "request_timeout_s": 1.0, "queue_timeout_s": 0.1}
    async with running(migrated_url, **settings) as world:
        entra, other = await world.client(), await world.client("umbrella")
        waiting = asyncio.create_task(_bulk(entra, *(post_user(f"p{n}") for n in range(9))))
        await _someone_is_there()
        second: httpx.Response = await entra.post("/Bulk", message(post_user("late")))
        others = await _bulk(other, post_user("ada"))
        first = await waiting

    assert (second.status_code, second.headers["retry-after"]) == (429, "5")
    assert _statuses(others) == ["201"]
    assert "201" in _statuses(first)
