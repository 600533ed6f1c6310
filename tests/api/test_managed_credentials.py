"""Bearer tokens and API keys by API: shown once, rotated with an overlap, revoked within a second, sent twice done once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.api.graphql.people import viewer
from tests.world import BASE, ORIGIN, TESTER, Client, World

from gatehouse.api.graphql.ids import global_id
from gatehouse.records import Grant, Permission, iso_milliseconds
from gatehouse.services import managed_keys, tenants
from gatehouse.services.clock import now
from gatehouse.store import audit
from gatehouse.store.database import as_uuid, execute, fetch
from gatehouse.store.ids import uuid7

ERRORS = "userErrors { code path message }"
ISSUED = "credential { id label lastFour status expiresAt }"
KEY = "apiKey { id name preset anyDocument status grants { allTenants permissions tenant { slug } } }"


def soon(days: int = 30) -> str:
    return iso_milliseconds(now() + timedelta(days=days))


async def run(world: World, key: str, name: str, answer: str, /, **given: Any) -> dict[str, Any]:
    kind = name[0].upper() + name[1:] + "Input!"
    query = f"mutation($input: {kind}) {{ result: {name}(input: $input) {{ {answer} {ERRORS} }} }}"
    result: dict[str, Any] = (await world.graphql(key, query, input=given))["result"]
    return result


async def works(world: World, token: str) -> bool:
    response = await world.http.get(f"{BASE}/scim/v2/Users", headers={"Authorization": f"Bearer {token}"})
    assert response.status_code in {200, 401}
    return response.status_code == 200


async def signs_in(world: World, key: str) -> bool:
    response = await world.http.post(
        f"{BASE}/graphql", json={"query": "{ viewer { id } }"}, headers={"Authorization": f"Bearer {key}"}
    )
    assert response.status_code in {200, 401}
    return response.status_code == 200


@pytest.fixture
async def acme(world: World) -> Client:
    return await world.client("acme")


WHO = """query($slug: String!) { tenant(by: {slug: $slug}) { connection { tokens {
  label createdBy { kind display } revokedBy { kind display } } } } }"""


async def test_who_issued_and_who_revoked(world: World, acme: Client) -> None:
    """By the command line, by API, by rotation; and of another tenant at the same time."""
    other = await world.client("other")
    admin, tenant = await world.api_key("connection-admin", acme.tenant.id), global_id("Tenant", acme.tenant.id)
    made = await run(world, admin, "credentialCreate", ISSUED, tenantId=tenant, label="made", expiresAt=soon())
    old = made["credential"]["id"]
    rotated = await run(world, admin, "credentialRotate", ISSUED, credentialId=old, overlapHours=1, label="rotated")
    owner = await world.api_key("owner")
    new = rotated["credential"]["id"]
    for key, credential in ((owner, new), (owner, old), (admin, new)):  # again changes nothing
        wish = {"credentialId": credential, "confirmLast": True, "reason": "leaked"}
        assert (await run(world, key, "credentialRevoke", "requestId", **wish))["userErrors"] == []
    await execute(
        "INSERT INTO credential (id, tenant_id, label, token_hash, last_four, created_at) VALUES ($1, $2, $3, $4, $5, 1)",
        *(uuid7(), acme.tenant.id, "of old", "0" * 64, "0000"),
    )

    tokens = (await world.graphql(admin, WHO, slug="acme"))["tenant"]["connection"]["tokens"]
    theirs = (await world.graphql(owner, WHO, slug="other"))["tenant"]["connection"]["tokens"]

    issuer = {"kind": TESTER.kind.value, "display": TESTER.display}
    connection_admin, everybody = (
        {"kind": "API_KEY", "display": f"{name} key"} for name in ("connection-admin", "owner")
    )
    assert {token["label"]: (token["createdBy"], token["revokedBy"]) for token in tokens} == {
        "rotated": (connection_admin, everybody),
        "made": (connection_admin, everybody),
        tokens[2]["label"]: (issuer, None),
        "of old": (None, None),
    }
    assert [(token["createdBy"], token["revokedBy"]) for token in theirs] == [(issuer, None)]
    assert other.tenant.slug == "other"


async def test_life_of_a_token(world: World, acme: Client) -> None:
    key = await world.api_key("connection-admin", acme.tenant.id)
    tenant = global_id("Tenant", acme.tenant.id)

    made = await run(
        world, key, "credentialCreate", f"{ISSUED} secret", tenantId=tenant, label=" Entra, prod ", expiresAt=soon()
    )
    assert (made["userErrors"], made["credential"]["label"], made["credential"]["status"]) == (
        [],
        "Entra, prod",
        "ACTIVE",
    )
    assert made["credential"]["lastFour"] == made["secret"][-4:]
    assert await works(world, made["secret"])

    rotated = await run(
        world,
        key,
        "credentialRotate",
        f"{ISSUED} secret",
        credentialId=made["credential"]["id"],
        overlapHours=1,
        reason="yearly",
    )
    assert rotated["credential"]["label"] == "Entra, prod"
    assert [await works(world, token) for token in (made["secret"], rotated["secret"])] == [True, True]
    await execute("UPDATE credential SET expires_at = 1 WHERE last_four = $1", made["secret"][-4:])  # the hour is over
    assert [await works(world, token) for token in (made["secret"], rotated["secret"])] == [False, True]

    ended = await run(world, key, "credentialRevoke", ISSUED, credentialId=rotated["credential"]["id"], reason="leaked")
    assert ended["credential"]["status"] == "REVOKED"
    assert not await works(world, rotated["secret"])

    listed = await world.graphql(
        key,
        "query($id: ID!) { tenant(by: {id: $id}) { connection { tokens { label status lastUsedAt } } } }",
        id=tenant,
    )
    tokens = listed["tenant"]["connection"]["tokens"]
    assert [token["status"] for token in tokens] == ["REVOKED", "EXPIRED", "ACTIVE"]
    assert tokens[0]["lastUsedAt"] is not None
    entries = await audit.newest(acme.tenant.id)
    assert [(entry.action, entry.reason) for entry in entries][:3] == [
        ("credentialRevoke", "leaked"), ("credentialRotate", "yearly"), ("credentialCreate", None),
    ]  # fmt: skip
    stored = str([tuple(row) for row in await fetch("SELECT * FROM credential")] + [entry.changes for entry in entries])
    assert made["secret"] not in stored and rotated["secret"] not in stored


async def test_the_end_of_an_old_token_is_never_put_off(world: World, acme: Client) -> None:
    key = await world.api_key("owner")
    made = await run(
        world,
        key,
        "credentialCreate",
        ISSUED,
        tenantId=global_id("Tenant", acme.tenant.id),
        label="x",
        expiresAt=soon(1),
    )
    old = made["credential"]

    await run(world, key, "credentialRotate", ISSUED, credentialId=old["id"], overlapHours=240)

    after = await world.graphql(
        key, "query($id: ID!) { node(id: $id) { ... on Credential { expiresAt } } }", id=old["id"]
    )
    assert after["node"]["expiresAt"] == old["expiresAt"]


async def test_the_last_live_token_is_not_ended_by_mistake(world: World, acme: Client) -> None:
    key = await world.api_key("owner")
    [[token_id]] = [tuple(row) for row in await fetch("SELECT id FROM credential")]
    given = {"credentialId": global_id("Credential", as_uuid(token_id)), "reason": "tidying up"}

    refused = await run(world, key, "credentialRevoke", ISSUED, **given)
    assert [error["code"] for error in refused["userErrors"]] == ["IN_USE"]
    assert await works(world, acme.token)

    assert (await run(world, key, "credentialRevoke", ISSUED, **given, confirmLast=True))["userErrors"] == []
    assert not await works(world, acme.token)
    again = await run(world, key, "credentialRotate", f"{ISSUED} secret", credentialId=given["credentialId"])
    assert ([error["code"] for error in again["userErrors"]], again["secret"]) == (["IN_USE"], None)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"label": ""}, "label"),
        ({"label": "x" * 201}, "label"),
        ({"label": "a\nb"}, "label"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2999-01-01T00:00:00Z"}, "expiresAt"),
        ({"reason": " "}, "reason"),
        ({"idempotencyKey": ""}, "idempotencyKey"),
        ({"idempotencyKey": "x" * 201}, "idempotencyKey"),
    ],
)  # fmt: skip
async def test_what_is_refused_issues_nothing(world: World, acme: Client, given: dict[str, Any], path: str) -> None:
    key = await world.api_key("owner")
    before = [tuple(row) for row in await fetch("SELECT * FROM credential")]

    result = await run(
        world,
        key,
        "credentialCreate",
        f"{ISSUED} secret",
        **{"tenantId": global_id("Tenant", acme.tenant.id), "label": "x", **given},
    )

    assert [(error["code"], error["path"]) for error in result["userErrors"]] == [("INVALID", ["input", path])]
    assert (result["secret"], [tuple(row) for row in await fetch("SELECT * FROM credential")]) == (None, before)


async def test_a_request_sent_again_is_carried_out_once(world: World, acme: Client) -> None:
    key, other = await world.api_key("owner"), await world.api_key("owner")
    given = {"tenantId": global_id("Tenant", acme.tenant.id), "label": "x", "expiresAt": soon(), "idempotencyKey": "k1"}

    first = await run(world, key, "credentialCreate", f"{ISSUED} secret", **given)
    again = await run(world, key, "credentialCreate", f"{ISSUED} secret", **given, clientMutationId="c")
    changed = await run(world, key, "credentialCreate", f"{ISSUED} secret", **{**given, "label": "y"})
    elsewhere = await run(world, other, "credentialCreate", f"{ISSUED} secret", **given)

    assert again["credential"] == first["credential"]
    assert (first["secret"] is None, again["secret"]) == (False, None)
    assert [error["code"] for error in changed["userErrors"]] == ["IDEMPOTENCY_MISMATCH"]
    assert elsewhere["credential"]["id"] != first["credential"]["id"]  # keys belong to whoever sends them
    await execute("UPDATE idempotency_key SET expires_at = 1")  # a day later
    later = await run(world, key, "credentialCreate", f"{ISSUED} secret", **given)
    assert later["secret"] is not None
    assert len(await fetch("SELECT id FROM credential WHERE label = 'x'")) == 3


async def test_a_rotation_sent_many_times_at_once_is_carried_out_once(world: World, acme: Client) -> None:
    """Those that come late find the old token ended, by the very request that they are."""
    key = await world.api_key("owner")
    [[token_id]] = [tuple(row) for row in await fetch("SELECT id FROM credential")]
    given = {"credentialId": global_id("Credential", as_uuid(token_id)), "overlapHours": 0, "idempotencyKey": "k"}

    results = await asyncio.gather(
        *(run(world, key, "credentialRotate", f"{ISSUED} secret", **given) for _ in range(5))
    )

    assert [result["userErrors"] for result in results] == [[]] * 5
    assert len({result["credential"]["id"] for result in results}) == 1
    assert [result["secret"] is None for result in results].count(False) == 1
    assert len(await fetch("SELECT id FROM credential")) == 2


async def test_life_of_a_key(world: World, acme: Client) -> None:
    owner = await world.api_key("owner", acme.tenant.id)
    tenant = global_id("Tenant", acme.tenant.id)
    grants = [{"tenantId": tenant, "preset": "ACCOUNT_MANAGER"}]

    made = await run(
        world,
        owner,
        "apiKeyCreate",
        f"{KEY} secret",
        name="report",
        grants=grants,
        expiresAt=soon(),
        idempotencyKey="k",
    )
    again = await run(
        world,
        owner,
        "apiKeyCreate",
        f"{KEY} secret",
        name="report",
        grants=grants,
        expiresAt=soon(),
        idempotencyKey="k2",
    )
    assert made["apiKey"] == {
        "id": made["apiKey"]["id"], "name": "report", "preset": "ACCOUNT_MANAGER", "anyDocument": False, "status": "ACTIVE",
        "grants": [{"allTenants": False, "permissions": ["READ_DIRECTORY", "READ_PII"], "tenant": {"slug": "acme"}}],
    }  # fmt: skip
    assert again["apiKey"]["id"] != made["apiKey"]["id"]
    assert await signs_in(world, made["secret"])

    rotated = await run(
        world, owner, "apiKeyRotate", f"{KEY} secret", apiKeyId=made["apiKey"]["id"], expiresAt=soon(), overlapHours=0
    )
    assert rotated["apiKey"]["grants"] == made["apiKey"]["grants"]
    assert [await signs_in(world, secret) for secret in (made["secret"], rotated["secret"])] == [False, True]

    ended = await run(world, owner, "apiKeyRevoke", KEY, apiKeyId=rotated["apiKey"]["id"], reason="over")
    assert ended["apiKey"]["status"] == "REVOKED"
    assert not await signs_in(world, rotated["secret"])
    listed = (await world.graphql(owner, "{ apiKeys { name status } }"))["apiKeys"]
    assert [item["status"] for item in listed] == ["REVOKED", "ACTIVE", "EXPIRED", "ACTIVE"]
    actions = [entry.action for entry in await audit.newest(acme.tenant.id)]
    assert actions[:4] == ["apiKeyRevoke", "apiKeyRotate", "apiKeyCreate", "apiKeyCreate"]


async def test_no_key_grants_more_than_its_maker_holds(world: World, acme: Client) -> None:
    """Each of these would let somebody reach further than they do."""
    beta = await tenants.create("beta", name="Beta", actor=TESTER, origin=ORIGIN)
    own, other = global_id("Tenant", acme.tenant.id), global_id("Tenant", beta.id)
    owner_of_acme = await world.api_key("owner", acme.tenant.id)
    editor = await world.api_key("mapping-editor", acme.tenant.id)
    partial, _ = await issue_with(acme.tenant.id, {"READ_DIRECTORY", "MANAGE_ADMINS"})
    before = await _keys()
    attempts = [
        (owner_of_acme, [{"preset": "VIEWER"}], "FORBIDDEN"),
        (owner_of_acme, [{"tenantId": other, "preset": "VIEWER"}], "NOT_FOUND"),
        (owner_of_acme, [{"tenantId": own, "preset": "VIEWER"}, {"preset": "VIEWER"}], "FORBIDDEN"),
        (editor, [{"tenantId": own, "preset": "VIEWER"}], "FORBIDDEN"),
        (partial, [{"tenantId": own, "permissions": ["READ_DIRECTORY", "EXPORT"]}], "FORBIDDEN"),
        (owner_of_acme, [{"tenantId": own}], "INVALID"),
        (owner_of_acme, [{"tenantId": own, "preset": "VIEWER", "permissions": ["EXPORT"]}], "INVALID"),
        (owner_of_acme, [{"tenantId": own, "permissions": []}], "INVALID"),
        (owner_of_acme, [], "INVALID"),
        (owner_of_acme, [{"tenantId": own, "preset": "VIEWER"}] * 2, "INVALID"),
    ]

    for key, grants, code in attempts:
        result = await run(world, key, "apiKeyCreate", f"{KEY} secret", name="more", grants=grants, expiresAt=soon())
        assert ([error["code"] for error in result["userErrors"]], result["secret"]) == ([code], None), grants

    exempt = await run(
        world, owner_of_acme, "apiKeyCreate", f"{KEY} secret", name="any", expiresAt=soon(), anyDocument=True,
        grants=[{"tenantId": own, "preset": "VIEWER"}],
    )  # fmt: skip
    assert [error["code"] for error in exempt["userErrors"]] == ["FORBIDDEN"]
    assert await _keys() == before


async def test_keys_of_others_are_not_there(world: World, acme: Client) -> None:
    """A key that reaches further than one may manage can be neither seen, nor replaced, nor ended."""
    owner_of_acme, everywhere = await world.api_key("owner", acme.tenant.id), await world.api_key("owner")
    ids = {row[1]: global_id("ApiKey", as_uuid(row[0])) for row in await fetch("SELECT id, last_four FROM api_key")}
    target = ids[everywhere[-4:]]

    listed = (await world.graphql(owner_of_acme, "{ apiKeys { id } }"))["apiKeys"]
    node = await world.graphql(owner_of_acme, "query($id: ID!) { node(id: $id) { id } }", id=target)
    rotated = await run(world, owner_of_acme, "apiKeyRotate", f"{KEY} secret", apiKeyId=target, expiresAt=soon())
    revoked = await run(world, owner_of_acme, "apiKeyRevoke", KEY, apiKeyId=target, reason="mine now")

    assert listed == [{"id": ids[owner_of_acme[-4:]]}]
    assert node == {"node": None}
    assert [result["userErrors"][0]["code"] for result in (rotated, revoked)] == ["NOT_FOUND", "NOT_FOUND"]
    assert await signs_in(world, everywhere)


async def issue_with(tenant_id: UUID, rights: set[str]) -> tuple[str, Any]:
    """A key with permissions that no preset has."""
    made = await managed_keys.create(
        viewer(),
        ORIGIN,
        name="partial",
        grants=[Grant(tenant_id, frozenset(Permission(right) for right in rights))],
        expires_at=now() + timedelta(days=1),
    )
    assert made.secret is not None
    return made.secret, made.key


async def _keys() -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await fetch("SELECT id FROM api_key ORDER BY id")]
