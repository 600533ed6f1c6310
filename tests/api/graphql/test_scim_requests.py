"""The request log through the admin API: who may read it, what is found, what a refusal means, and one request end to end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.api.graphql.people import ACCOUNT_MANAGER, ENTRA, OWNER, READER, Api, Community, new_community, viewer
from tests.api.graphql.request_rows import TOKEN, log
from tests.fixtures import NOW

from gatehouse.api.graphql.ids import global_id
from gatehouse.records import Change, EventAction, EventOutcome, Origin, Permission, ScimOperation, iso_milliseconds
from gatehouse.store import audit, database as db
from gatehouse.store.database import Database

RAW = frozenset({Permission.READ_DIRECTORY, Permission.READ_RAW_REQUESTS})
FOUND = "query($where: ScimRequestWhere) { scimRequests(where: $where) { totalCount nodes { requestId } } }"
PATCH = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": 'emails[type eq "work"].value', "value": "ana@contoso.example"},
        {"op": "replace", "value": {"title": "Boss", "name.givenName": "Ana"}},
    ],
}


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    ana = await community.add("Ana", "Silva", title="Agent", userType="north")
    await log(community.tenant, 1, resource_id=ana.id)
    await log(
        community.tenant,
        2,
        method="PATCH",
        operation=ScimOperation.PATCH_USER,
        status=409,
        scim_type="uniqueness",
        detail='userName "ana@contoso.example" is taken by Ana',
        duration_us=25_900,
        resource_id=ana.id,
        body=json.dumps(PATCH),
    )
    await log(community.tenant, 3, method="POST", path="/Users", operation=ScimOperation.CREATE_USER, status=500)
    await log(None, 4, status=401, detail="The token is not valid")
    return community


async def _found(api: Api, where: dict[str, Any]) -> list[str]:
    found = (await api.data(FOUND, where=where))["scimRequests"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["requestId"].removeprefix("request-") for node in found["nodes"]]


async def test_filters(acme: Community) -> None:
    api, ana = Api.of(viewer()), acme.people[0]
    table: list[tuple[dict[str, Any], str]] = [
        ({}, "4321"),
        ({"tenantId": {"eq": acme.id}}, "321"),
        ({"operation": ["PATCH_USER", "CREATE_USER"]}, "32"),
        ({"status": {"gte": 401, "lt": 500}}, "42"),
        ({"statusClass": [4, 5]}, "432"),
        ({"statusClass": [2]}, "1"),
        ({"statusClass": []}, ""),
        ({"statusClass": [2_000_000_000, -1, 0, 6]}, ""),
        ({"statusClass": [5, 2_000_000_000]}, "3"),
        ({"scimType": ["uniqueness", "mutability"]}, "2"),
        ({"userId": {"eq": acme.person_id(0)}}, "21"),
        ({"scimId": [str(ana.id)]}, "21"),
        ({"credentialId": {"eq": global_id("Credential", TOKEN)}}, "321"),
        ({"credentialId": {"eq": global_id("User", TOKEN)}}, ""),
        ({"durationMs": {"gt": 1}}, "2"),
        ({"durationMs": {"eq": 25}}, "2"),
        ({"rejected": True}, "4"),
        ({"rejected": False}, "321"),
        ({"not": {"rejected": True}, "statusClass": [5]}, "3"),
        ({"requestId": {"eq": "request-3"}}, "3"),
        ({"correlationId": {"startsWith": "entra-"}}, "4321"),
        ({"correlationId": {"in": ["entra-1", "entra-4"]}}, "41"),
        ({"receivedAt": {"gt": iso_milliseconds(NOW)}, "or": [{"status": {"eq": 200}}, {"status": {"eq": 500}}]}, "31"),
    ]

    for where, expected in table:
        assert "".join(await _found(api, where)) == expected, where


async def test_a_walk_both_ways(acme: Community) -> None:
    api = Api.of(viewer())
    query = """query($first: Int, $after: Cursor, $last: Int, $before: Cursor) {
        scimRequests(first: $first, after: $after, last: $last, before: $before) {
            nodes { requestId } pageInfo { endCursor startCursor hasNextPage hasPreviousPage } } }"""

    head = (await api.data(query, first=2))["scimRequests"]
    tail = (await api.data(query, first=2, after=head["pageInfo"]["endCursor"]))["scimRequests"]
    back = (await api.data(query, last=2, before=tail["pageInfo"]["startCursor"]))["scimRequests"]

    assert [node["requestId"] for node in head["nodes"] + tail["nodes"]] == [f"request-{n}" for n in (4, 3, 2, 1)]
    assert back["nodes"] == head["nodes"]
    assert [head["pageInfo"]["hasNextPage"], tail["pageInfo"]["hasNextPage"]] == [True, False]


async def test_a_refusal_says_what_it_means(acme: Community) -> None:
    query = """query($where: ScimRequestWhere) { scimRequests(where: $where) { nodes {
        operation method path status scimType detail durationMs rejected credentialId scimId ip
        explanation { entraCode meaning remedy } normalizedOperations { op path value }
        tenant { slug } user { userName } body } } }"""

    [refused] = (await Api.of(viewer()).data(query, where={"scimType": ["uniqueness"]}))["scimRequests"]["nodes"]
    [stranger] = (await Api.of(viewer()).data(query, where={"rejected": True}))["scimRequests"]["nodes"]
    [fine] = (await Api.of(viewer()).data(query, where={"statusClass": [2]}))["scimRequests"]["nodes"]

    assert json.loads(refused.pop("body")) == PATCH
    assert refused == {
        "operation": "PATCH_USER",
        "method": "PATCH",
        "path": "/Users/{id}",
        "status": 409,
        "scimType": "uniqueness",
        "detail": 'userName "ana@contoso.example" is taken by Ana',
        "durationMs": 25,
        "rejected": False,
        "credentialId": global_id("Credential", TOKEN),
        "scimId": str(acme.people[0].id),
        "ip": "203.0.113.7",
        "explanation": {
            "entraCode": "EntryConflict",
            "meaning": "Another user or group of the tenant already has this name.",
            "remedy": "Find who has the name. If it is the same person, let Entra match on it and restart provisioning;"
            " else rename one.",
        },
        "normalizedOperations": [
            {"op": "replace", "path": "active", "value": False},
            {"op": "add", "path": 'emails[type eq "work"].value', "value": "ana@contoso.example"},
            {"op": "replace", "path": "title", "value": "Boss"},
            {"op": "replace", "path": "name.givenName", "value": "Ana"},
        ],
        "tenant": {"slug": "acme"},
        "user": {"userName": "ana@contoso.example"},
    }
    assert stranger["explanation"]["entraCode"] == "Unauthorized"
    assert [stranger[name] for name in ("rejected", "tenant", "user", "credentialId", "body")] == [True] + [None] * 4
    assert [fine["explanation"], fine["normalizedOperations"]] == [None, None]


async def test_personal_values_are_masked(acme: Community) -> None:
    query = '{ scimRequests(where: {scimType: ["uniqueness"]}) { nodes { detail body normalizedOperations { path value } } } }'

    [masked] = (await Api.of(viewer((acme.tenant.id, RAW))).data(query))["scimRequests"]["nodes"]

    assert masked["detail"] == 'userName "a***@contoso.example" is taken by A***'
    assert json.loads(masked["body"]) == {
        "schemas": PATCH["schemas"],
        "Operations": [
            {"op": "Replace", "path": "active", "value": "False"},
            {"op": "Add", "path": 'emails[type eq "work"].value', "value": "a***@contoso.example"},
            {"op": "replace", "value": {"title": "Boss", "name.givenName": "A***"}},
        ],
    }
    assert [operation["value"] for operation in masked["normalizedOperations"]] == [
        False,
        "a***@contoso.example",
        "Boss",
        "A***",
    ]


async def test_a_body_that_was_cut_off_is_not_shown_masked(acme: Community) -> None:
    await log(acme.tenant, 9, status=400, operation=ScimOperation.PATCH_USER, body='{"userName": "ana@contoso.exa')
    query = '{ scimRequests(where: {requestId: {eq: "request-9"}}) { nodes { body normalizedOperations { op } } } }'

    plain = await Api.of(viewer()).data(query)
    masked = await Api.of(viewer((acme.tenant.id, RAW))).data(query)

    assert plain["scimRequests"]["nodes"] == [{"body": '{"userName": "ana@contoso.exa', "normalizedOperations": None}]
    assert masked["scimRequests"]["nodes"] == [{"body": None, "normalizedOperations": None}]


async def test_who_may_read(acme: Community) -> None:
    other = await new_community("other")
    entry = await log(other.tenant, 5)
    node = 'query($id: ID!) { node(id: $id) { id } trace(requestId: "request-5") { request { id } } }'
    entry_id = global_id("ScimRequest", entry.id)
    own = viewer((acme.tenant.id, RAW))
    mixed = viewer((acme.tenant.id, OWNER), (other.tenant.id, ACCOUNT_MANAGER))
    blind = viewer((acme.tenant.id, OWNER), (other.tenant.id, OWNER - {Permission.READ_DIRECTORY}))

    for who in (own, mixed, blind):
        assert await _found(Api.of(who), {}) == ["3", "2", "1"]
        assert await _found(Api.of(who), {"rejected": True}) == []
        assert await Api.of(who).data(node, id=entry_id) == {"node": None, "trace": None}
    assert await _found(Api.of(viewer((None, RAW))), {}) == ["5", "4", "3", "2", "1"]
    assert await Api.of(viewer()).data(node, id=entry_id) == {
        "node": {"id": entry_id},
        "trace": {"request": {"id": entry_id}},
    }


@pytest.mark.parametrize("where", [{}, {"tenantId": {"eq": "acme"}}])
async def test_without_the_permission(acme: Community, where: dict[str, Any]) -> None:
    given = {"tenantId": {"eq": acme.id}} if where else {}

    error = await Api.of(viewer((acme.tenant.id, ACCOUNT_MANAGER))).error(FOUND, where=given)

    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["message"] == "Reading requests needs READ_RAW_REQUESTS in the tenant"


TRACE = """query($id: ID!, $after: Cursor) { trace(requestId: $id) {
    requestId
    request { operation status }
    requests { nodes { operation } }
    events(first: 2, after: $after) { totalCount pageInfo { endCursor hasNextPage } nodes {
        resourceName severity changes { path after } access { roleChanged roleBefore roleAfter groupsAdded groupsRemoved } } }
    auditEntries { nodes { action } }
} }"""


async def test_a_trace(acme: Community) -> None:
    """A bulk request: the whole and its parts, three events in two pages, and an entry of the audit trail."""
    origin = Origin("bulk-1")
    for minute, operation in ((10, "CREATE_USER"), (11, "PATCH_USER"), (12, "BULK")):
        await log(acme.tenant, minute, operation=ScimOperation(operation), request_id="bulk-1")
    access = (Change("role", "agent", None), Change("employeeGroups", ["north", "vip"], ["vip", "south"]))
    await acme.happen(0, 10, origin=origin, action=EventAction.CREATE)
    await acme.happen(0, 11, origin=origin, changes=(Change("title", "Agent", "Boss"), *access))
    await acme.happen(0, 12, origin=origin, outcome=EventOutcome.FAILURE, reason="no")
    entry = audit.act("tokenIssue", ("Tenant", acme.tenant.id), acme.tenant.id, actor=ENTRA, origin=origin, at=NOW)
    await db.write([entry])

    first = (await Api.of(viewer()).data(TRACE, id="bulk-1"))["trace"]
    end = first["events"]["pageInfo"]["endCursor"]
    second = (await Api.of(viewer()).data(TRACE, id="bulk-1", after=end))["trace"]
    events = first["events"].pop("nodes")

    assert first == {
        "requestId": "bulk-1",
        "request": {"operation": "BULK", "status": 200},
        "requests": {"nodes": [{"operation": name} for name in ("BULK", "PATCH_USER", "CREATE_USER")]},
        "events": {"totalCount": 3, "pageInfo": {"endCursor": end, "hasNextPage": True}},
        "auditEntries": {"nodes": [{"action": "tokenIssue"}]},
    }
    assert [(event["severity"], event["access"]) for event in (*events, *second["events"]["nodes"])] == [
        ("ERROR", None),
        (
            "INFO",
            {
                "roleChanged": True,
                "roleBefore": "agent",
                "roleAfter": None,
                "groupsAdded": ["south"],
                "groupsRemoved": ["north"],
            },
        ),
        ("INFO", None),
    ]
    assert second["events"]["pageInfo"]["hasNextPage"] is False


async def test_a_trace_without_the_request(acme: Community) -> None:
    """Without READ_RAW_REQUESTS the history and the audit trail still answer."""
    await acme.happen(0, 2)
    query = '{ trace(requestId: "request-2") { request { id } events { nodes { action } } } }'
    reader = Api.of(viewer((acme.tenant.id, READER)))

    assert await reader.data(query) == {"trace": {"request": None, "events": {"nodes": [{"action": "UPDATE"}]}}}
    refused = await reader.ask('{ trace(requestId: "request-2") { requests { totalCount } events { totalCount } } }')
    assert refused["data"] == {"trace": {"requests": None, "events": {"totalCount": 1}}}
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["FORBIDDEN"]
    assert await reader.data('{ trace(requestId: "request-1") { requestId } }') == {"trace": None}
    assert await reader.data('{ trace(requestId: "nothing") { requestId } }') == {"trace": None}


async def test_the_events_of_requests(acme: Community) -> None:
    await acme.happen(0, 2)
    await acme.happen(0, 7, origin=Origin("request-2"), outcome=EventOutcome.WARNING)
    query = "{ scimRequests { nodes { requestId events { totalCount nodes { severity } } } } }"

    nodes = (await Api.of(viewer()).data(query))["scimRequests"]["nodes"]

    assert {node["requestId"]: [event["severity"] for event in node["events"]["nodes"]] for node in nodes} == {
        "request-1": [],
        "request-2": ["WARNING", "INFO"],
        "request-3": [],
        "request-4": [],
    }
    assert [node["events"]["totalCount"] for node in nodes] == [0, 0, 2, 0]


async def test_severity_is_a_filter(acme: Community) -> None:
    await acme.happen(0, 1, outcome=EventOutcome.WARNING)
    await acme.happen(0, 2, outcome=EventOutcome.FAILURE)
    await acme.happen(0, 3, outcome=EventOutcome.SKIPPED)
    query = "query($severity: [Severity!]) { provisioningEvents(where: {severity: $severity}) { nodes { outcome } } }"
    expected = {"INFO": ["SKIPPED", "SUCCESS"], "WARNING": ["WARNING"], "ERROR": ["FAILURE"]}

    for severity, outcomes in expected.items():
        found = (await Api.of(viewer()).data(query, severity=[severity]))["provisioningEvents"]["nodes"]
        assert [event["outcome"].upper() for event in found] == outcomes


async def test_when_a_tenant_was_heard_of_last(acme: Community) -> None:
    other = await new_community("other")
    await acme.happen(0, 6, outcome=EventOutcome.FAILURE)
    query = "{ tenants { nodes { slug connection { lastContactAt lastSuccessAt lastWriteAt } } } }"

    found = {node["slug"]: node["connection"] for node in (await Api.of(viewer()).data(query))["tenants"]["nodes"]}

    assert found == {
        "acme": {
            "lastContactAt": "2026-11-25T09:33:00.123Z",
            "lastSuccessAt": "2026-11-25T09:31:00.123Z",
            "lastWriteAt": "2026-11-25T09:30:00.123Z",
        },
        other.tenant.slug: dict.fromkeys(("lastContactAt", "lastSuccessAt", "lastWriteAt")),
    }
