"""From what Entra sends to what the admin API tells of it: the log, the history and the trail are joined by request id."""

from __future__ import annotations

from tests.api.graphql.people import Api, viewer
from tests.bodies import patch_op, person
from tests.world import add_rules, running

from gatehouse.store.database import Database

LOG = """{ scimRequests(orderBy: {field: OCCURRED_AT, direction: ASC}) { nodes {
    operation status requestId correlationId normalizedOperations { op path value } explanation { entraCode }
    events { nodes { action access { roleAfter } } } } } }"""
TRACE = """query($id: ID!) { trace(requestId: $id) { request { operation }
    requests { totalCount } events { totalCount nodes { action outcome access { roleBefore roleAfter } } } } }"""


async def test_what_entra_sent_and_what_became_of_it(database: Database, migrated_url: str) -> None:
    async with running(migrated_url, request_log_flush_s=3_600.0) as world:
        entra = await world.client()
        await add_rules(entra.tenant, roles={"Agent": "agent", "Boss": "boss"}, groups={})
        ada = await entra.create("ada@corp.example", title="Agent")
        path = f"/Users/{ada['id']}"
        await entra.patch(path, {"op": "Replace", "path": "title", "value": "Boss"})
        await entra.patch(
            path, {"op": "Replace", "path": "active", "value": "False"}, {"op": "Remove", "path": "userName"}
        )
        bulk = await entra.post(
            "/Bulk",
            {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
                "Operations": [
                    {"method": "POST", "path": "/Users", "bulkId": "b", "data": person("bob@corp.example")},
                    {
                        "method": "PATCH",
                        "path": path,
                        "data": patch_op({"op": "replace", "path": "title", "value": "Agent"}),
                    },
                ],
            },
        )
    api = Api.of(viewer())

    requests = (await api.data(LOG))["scimRequests"]["nodes"]
    by_operation = {request["operation"]: request for request in requests}
    told = [(request["operation"], request["status"]) for request in requests]
    trace = (await api.data(TRACE, id=by_operation["BULK"]["requestId"]))["trace"]

    assert bulk.status_code == 200
    assert told[:3] == [("CREATE_USER", 201), ("PATCH_USER", 200), ("PATCH_USER", 400)]
    assert told[-1] == ("BULK", 200)
    assert requests[1]["events"]["nodes"] == [{"action": "UPDATE", "access": {"roleAfter": "boss"}}]
    assert requests[2]["explanation"] == {"entraCode": "SystemForCrossDomainIdentityManagementBadRequest"}
    assert requests[2]["events"]["nodes"] == [{"action": "UPDATE", "access": None}]
    assert trace["request"] == {"operation": "BULK"}
    assert trace["requests"]["totalCount"] == len(told) - 3
    assert trace["events"]["totalCount"] == 2
    assert {event["action"]: event["access"] for event in trace["events"]["nodes"]}["UPDATE"] == {
        "roleBefore": "boss",
        "roleAfter": "agent",
    }
