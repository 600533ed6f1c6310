"""What names a person is not told without READ_PII, however it came to be written down."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.world import World, add_rules

from gatehouse.records import iso_milliseconds
from gatehouse.services.clock import now

SECRETS = ("Neil", "Rocky", "Quill")
EVERYTHING = """{
  users { nodes { displayName override { reason } access { summary shareText } } }
  provisioningEvents { nodes { resourceName reason changes { before after } } }
  auditEntries { nodes { action reason summary changes { before after } } }
}"""
EXPORT = "mutation($i: ExportCreateInput!) { exportCreate(input: $i) { userErrors { message } } }"
OVERRIDE = "mutation($i: UserOverrideSetInput!) { userOverrideSet(input: $i) { userErrors { message } } }"


async def test_names_do_not_slip_through(world: World) -> None:
    """Among quotation marks, beside addresses, and in the words of whoever made an exception or asked for an export."""
    acme = await world.client()
    await add_rules(acme.tenant, roles={}, groups={"north": ["north"]})
    owner, viewer = await world.api_key(), await world.api_key("viewer")
    await acme.create('Pat "Rocky" O\'Neil', displayName="a@b Maria Quill")
    mary = await acme.create("mary@x.example")
    refused = [
        await acme.patch(f"/Users/{mary['id']}", {"op": "replace", "path": "userName", "value": 'Pat "Rocky" O\'Neil'}),
        await acme.patch(f"/Users/{mary['id']}", {"op": "remove", "path": 'nickName[value eq "O\'Neil \\"Rocky"]'}),
    ]
    assert [response.status_code for response in refused] == [409, 400], [r.text for r in refused]
    global_id = (await world.graphql(owner, '{ users(search: "mary") { nodes { id } } }'))["users"]["nodes"][0]["id"]
    wish = {
        "userId": global_id,
        "reason": "asked by boss@x.example: Maria Quill is away",
        "addGroupKeys": ["north"],
        "expiresAt": iso_milliseconds(now() + timedelta(days=1)),
    }
    made = (await world.graphql(owner, OVERRIDE, i=wish))["userOverrideSet"]
    assert not made["userErrors"], made
    of_one = {
        "tenantId": (await world.graphql(owner, "{ tenants { nodes { id } } }"))["tenants"]["nodes"][0]["id"],
        "subject": "USERS",
        "format": "CSV",
        "userWhere": {"userName": {"eq": "mary@x.example"}},
        "reason": "access request of Maria Quill",
    }
    asked = (await world.graphql(owner, EXPORT, i=of_one))["exportCreate"]
    assert not asked["userErrors"], asked

    plain = json.dumps(await world.graphql(owner, EVERYTHING))
    masked = json.dumps(await world.graphql(viewer, EVERYTHING))

    assert all(secret in plain for secret in SECRETS)
    assert not [secret for secret in SECRETS if secret in masked], masked
