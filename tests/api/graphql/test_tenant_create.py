"""``tenantCreate``: what comes back, who may, what is refused; sent twice done once; and that SCIM is served at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.api.graphql.people import OWNER, READER, Api, viewer
from tests.bodies import person
from tests.fixtures import new_tenant
from tests.world import BASE, World

from gatehouse.records import PRESETS, ActorKind, Change, Grant, Permission, Viewer
from gatehouse.store import audit
from gatehouse.store.database import Database, as_uuid, execute, fetch
from gatehouse.store.ids import uuid7
from gatehouse.store.keyset import PageRequest

_FIELDS = "slug name status version settings { scimMode } mapping { version settings { delimiter } }"
_CREATE = f"""mutation($input: TenantCreateInput!) {{ result: tenantCreate(input: $input) {{
  tenant {{ id {_FIELDS} }} clientMutationId userErrors {{ code message path }} }} }}"""
_ACME = {"slug": "acme", "name": "Acme"}


def _everywhere(*permissions: Permission) -> Api:
    """Somebody who holds these in all tenants."""
    return Api.of(Viewer(uuid7(), "curious", ActorKind.API_KEY, (Grant(None, frozenset(permissions)),)))


async def _create(api: Api, **given: Any) -> dict[str, Any]:
    result: dict[str, Any] = (await api.data(_CREATE, input=given))["result"]
    return result


async def _slugs() -> list[str]:
    return [row[0] for row in await fetch("SELECT slug FROM tenant ORDER BY slug")]


async def test_a_tenant_and_what_the_audit_trail_says(database: Database) -> None:
    api = Api.of(viewer())

    made = await _create(
        api, slug="acme", name=" Acme Living ", delimiter="/", reason=" contract 7 ", clientMutationId="m-1"
    )

    tenant_id = made["tenant"].pop("id")
    assert made == {
        "tenant": {
            "slug": "acme", "name": "Acme Living", "status": "ACTIVE", "version": 1, "settings": {"scimMode": "ENTRA"},
            "mapping": {"version": 1, "settings": {"delimiter": "/"}},
        },
        "clientMutationId": "m-1",
        "userErrors": [],
    }  # fmt: skip
    read = await api.data(f"query($id: ID!) {{ tenant(by: {{id: $id}}) {{ {_FIELDS} }} }}", id=tenant_id)
    assert read == {"tenant": made["tenant"]}
    [row] = await fetch("SELECT id FROM tenant")
    [entry] = await audit.newest(as_uuid(row[0]))
    assert (entry.action, entry.target_type, entry.target_id) == ("tenantCreate", "Tenant", str(as_uuid(row[0])))
    assert (entry.reason, entry.outcome) == ("contract 7", "SUCCEEDED")
    assert entry.changes == (
        Change("slug", None, "acme"),
        Change("name", None, "Acme Living"),
        Change("mapping.settings.delimiter", None, "/"),
    )


async def test_what_is_left_out(database: Database) -> None:
    made = await _create(Api.of(viewer()), **_ACME)

    assert made["tenant"]["mapping"]["settings"] == {"delimiter": "-"}
    [row] = await fetch("SELECT reason FROM audit_entry")
    assert row[0] is None


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"slug": "beta"}, "NOT_UNIQUE", "slug"),
        ({"slug": "Acme"}, "INVALID", "slug"),
        ({"slug": ""}, "INVALID", "slug"),
        ({"slug": "-acme"}, "INVALID", "slug"),
        ({"slug": "a" * 64}, "INVALID", "slug"),
        ({"name": " "}, "INVALID", "name"),
        ({"name": "a\u202eb"}, "INVALID", "name"),
        ({"name": "x" * 201}, "INVALID", "name"),
        ({"delimiter": ""}, "INVALID", "delimiter"),
        ({"delimiter": " "}, "INVALID", "delimiter"),
        ({"delimiter": "123456789"}, "INVALID", "delimiter"),
        ({"reason": "x" * 501}, "INVALID", "reason"),
        ({"idempotencyKey": ""}, "INVALID", "idempotencyKey"),
    ],
)
async def test_what_is_refused_makes_nothing(database: Database, given: dict[str, Any], code: str, path: str) -> None:
    await new_tenant("beta")

    result = await _create(Api.of(viewer()), **{**_ACME, **given})

    assert [(error["code"], error["path"]) for error in result["userErrors"]] == [(code, ["input", path])]
    assert (result["tenant"], await _slugs()) == (None, ["beta"])
    assert await fetch("SELECT id FROM audit_entry") == []


@pytest.mark.parametrize("preset", PRESETS)
async def test_it_takes_manage_tenants_in_all_tenants(database: Database, preset: str) -> None:
    """Where a key of a tenant gets nowhere: test_permission_matrix."""
    result = await _create(_everywhere(*PRESETS[preset]), **_ACME)

    errors = [(error["code"], error["message"]) for error in result["userErrors"]]
    refused = ("FORBIDDEN", "This needs the permission MANAGE_TENANTS in all tenants")
    assert (errors, await _slugs()) == (([], ["acme"]) if preset == "owner" else ([refused], []))


@pytest.mark.parametrize(
    ("_case", "held", "missing"),
    [
        ("all but to manage", OWNER - {Permission.MANAGE_TENANTS}, "MANAGE_TENANTS"),
        ("all but to see", OWNER - {Permission.READ_DIRECTORY}, "READ_DIRECTORY"),
        ("nothing", frozenset(), "MANAGE_TENANTS and READ_DIRECTORY"),
    ],
)
async def test_refused_attempts_are_told_to_those_who_see_every_tenant(
    database: Database, _case: str, held: frozenset[Permission], missing: str
) -> None:
    api, beta = _everywhere(*held), await new_tenant("beta")

    results = [await _create(api, slug=slug, name="X") for slug in ("acme", "beta", "x" * 500)]

    message = f"This needs the permission {missing} in all tenants"
    for result in results:  # whether a slug is taken is not told
        assert result["userErrors"] == [{"code": "FORBIDDEN", "message": message, "path": None}]
    assert await _slugs() == ["beta"]
    [entry] = (await audit.page(None, PageRequest(10, audit.NEWEST_FIRST))).rows
    assert (entry.action, entry.actor.display, entry.outcome) == ("tenantCreate", "curious", "DENIED")
    assert (entry.tenant_id, entry.target_type, entry.target_id, entry.attempts) == (None, "Tenant", "acme", 3)
    assert await audit.newest(beta.id) == ()
    seen = "{ auditEntries { nodes { action targetId tenant { slug } summary } } }"
    told = {
        "action": "tenantCreate", "targetId": "acme", "tenant": None,
        "summary": f"curious was refused tenantCreate 3 times: no {missing.replace(' and', ',')} in all tenants",
    }  # fmt: skip
    assert await Api.of(viewer()).data(seen) == {"auditEntries": {"nodes": [told]}}
    assert await Api.of(viewer((beta.id, OWNER))).data(seen) == {"auditEntries": {"nodes": []}}


async def test_a_request_sent_again_is_carried_out_once(database: Database) -> None:
    api, other = Api.of(viewer()), _everywhere(*READER, Permission.MANAGE_TENANTS)

    first = await _create(api, **_ACME, idempotencyKey="k", clientMutationId="a")
    again = await _create(api, **_ACME, idempotencyKey="k", clientMutationId="b")
    changed = await _create(api, slug="acme", name="Other", idempotencyKey="k")
    others = await _create(other, **_ACME, idempotencyKey="k")
    keyless = await _create(api, **_ACME)

    assert (again["userErrors"], again["tenant"]) == ([], first["tenant"])
    codes = [result["userErrors"][0]["code"] for result in (changed, others, keyless)]
    assert codes == ["IDEMPOTENCY_MISMATCH", "NOT_UNIQUE", "NOT_UNIQUE"]
    assert len(await fetch("SELECT id FROM audit_entry")) == 1
    await execute("UPDATE idempotency_key SET expires_at = 1")  # a day later
    assert (await _create(api, **_ACME, idempotencyKey="k"))["userErrors"][0]["code"] == "NOT_UNIQUE"


async def test_the_same_request_many_times_at_once(database: Database) -> None:
    api = Api.of(viewer())

    results = await asyncio.gather(*(_create(api, **_ACME, idempotencyKey="k") for _ in range(6)))

    assert [result["userErrors"] for result in results] == [[]] * 6
    assert len({result["tenant"]["id"] for result in results}) == 1
    assert await _slugs() == ["acme"]


async def test_entra_is_served_at_once(world: World) -> None:
    key = await world.api_key("owner")

    made = (await world.graphql(key, _CREATE, input=_ACME))["result"]["tenant"]
    issued = await world.graphql(
        key,
        'mutation($id: ID!) { credentialCreate(input: {tenantId: $id, label: "Entra ID"}) { secret } }',
        id=made["id"],
    )
    token = issued["credentialCreate"]["secret"]
    created = await world.http.post(
        f"{BASE}/scim/v2/Users", json=person("ada@corp.example"), headers={"Authorization": f"Bearer {token}"}
    )

    assert created.status_code == 201
    counted = await world.graphql(key, '{ tenant(by: {slug: "acme"}) { users { totalCount } } }')
    assert counted == {"tenant": {"users": {"totalCount": 1}}}
