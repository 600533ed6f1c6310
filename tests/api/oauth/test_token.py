"""``POST /oauth/token``: who gets a token, what it opens and for how long, and what everybody else is told."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.bodies import person
from tests.world import BASE, ORIGIN, TESTER, Client, World, running

from gatehouse.errors import NotFound
from gatehouse.records import CredentialKind, to_microseconds
from gatehouse.services import managed_credentials, tokens
from gatehouse.services.clock import now
from gatehouse.services.rejected_credentials import recently_rejected
from gatehouse.store.database import Database, execute, fetch, fetch_one

URL = f"{BASE}/oauth/token"
GRANT = {"grant_type": "client_credentials"}


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


async def ask(world: World, client_id: str, secret: str) -> httpx.Response:
    return await world.http.post(URL, data=GRANT | {"client_id": client_id, "client_secret": secret})


async def read(client: Client, token: str) -> int:
    response = await client.get("/Users?count=1", headers={"Authorization": f"Bearer {token}"})
    return response.status_code


async def test_a_token_opens_the_tenant_of_its_client_and_no_other(world: World) -> None:
    ours, other = await world.client("ours"), await world.client("other")
    await other.create("olga@other.example")
    client_id, secret = await ours.oauth_client()

    given = (await ask(world, client_id, secret)).json()

    assert given | {"access_token": ""} == {
        "access_token": "", "token_type": "Bearer", "expires_in": 3600, "scope": "scim",
    }  # fmt: skip
    signed_in = {"Authorization": f"Bearer {given['access_token']}"}
    found = await ours.get("/Users", headers=signed_in)
    made = await ours.post("/Users", person("ana@ours.example"), headers=signed_in)
    assert found.json()["totalResults"] == 0
    assert made.status_code == 201
    cause = await fetch_one(
        "SELECT actor_kind, actor_id, actor_display FROM provisioning_event WHERE tenant_id = $1", ours.tenant.id
    )
    assert cause is not None
    assert (str(cause[1]), cause[2]) == (client_id, "Entra ID")


async def test_tokens_are_many_and_keep_their_hour_and_only_hashes_are_stored(world: World) -> None:
    client = await world.client()
    client_id, secret = await client.oauth_client()
    given = [(await ask(world, client_id, secret)).json()["access_token"] for _ in range(3)]

    assert len(set(given)) == 3
    assert [await read(client, token) for token in given] == [200] * 3
    stored = await fetch("SELECT token_hash FROM access_token WHERE tenant_id = $1", client.tenant.id)
    assert {row[0] for row in stored} == {tokens.digest(token) for token in given}


async def test_a_token_that_has_ended_opens_nothing_and_is_forgotten(world: World) -> None:
    client = await world.client()
    client_id, secret = await client.oauth_client()
    token = (await ask(world, client_id, secret)).json()["access_token"]
    await execute(
        "UPDATE access_token SET expires_at = $2 WHERE tenant_id = $1", client.tenant.id, to_microseconds(now())
    )

    assert await read(client, token) == 401
    await ask(world, client_id, secret)
    assert len(await fetch("SELECT 1 FROM access_token WHERE tenant_id = $1", client.tenant.id)) == 1


async def test_a_token_lives_no_longer_than_its_client(world: World) -> None:
    client = await world.client()
    client_id, secret = await client.oauth_client()
    soon = to_microseconds(now() + timedelta(minutes=10))
    await execute("UPDATE credential SET expires_at = $2 WHERE id = $1", UUID(client_id), soon)

    assert 590 <= (await ask(world, client_id, secret)).json()["expires_in"] <= 600


async def test_revoking_the_client_ends_its_tokens(world: World) -> None:
    client = await world.client()
    client_id, secret = await client.oauth_client()
    token = (await ask(world, client_id, secret)).json()["access_token"]
    await managed_credentials.revoke_token(
        client.tenant.id, UUID(client_id), actor=TESTER, origin=ORIGIN, kind=CredentialKind.CLIENT
    )

    assert await read(client, token) == 401
    refused = await ask(world, client_id, secret)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_clients_and_tokens_are_listed_and_ended_apart(world: World) -> None:
    client = await world.client()
    client_id, _ = await client.oauth_client()

    clients = await managed_credentials.tenant_tokens(client.tenant.id, CredentialKind.CLIENT)
    assert [str(one.id) for one in clients] == [client_id]
    assert client_id not in {str(one.id) for one in await managed_credentials.tenant_tokens(client.tenant.id)}
    with pytest.raises(NotFound, match=r"^token "):
        await managed_credentials.revoke_token(client.tenant.id, UUID(client_id), actor=TESTER, origin=ORIGIN)


async def test_no_secret_opens_what_another_kind_opens(world: World) -> None:
    client = await world.client()
    client_id, secret = await client.oauth_client()
    token = (await ask(world, client_id, secret)).json()["access_token"]
    api_key = await world.api_key()

    assert await read(client, secret) == 401
    for wrong in (token, client.token, api_key, "x"):
        assert (await ask(world, client_id, wrong)).status_code == 401
    answer = await world.http.post(
        f"{BASE}/graphql", json={"query": "{ __typename }"}, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.status_code == 401


async def test_a_paused_tenant_gets_no_tokens(world: World) -> None:
    client = await world.client()
    client_id, secret = await client.oauth_client()
    await execute("UPDATE tenant SET status = 'PAUSED' WHERE id = $1", client.tenant.id)

    refused = await ask(world, client_id, secret)
    assert (refused.status_code, refused.json()["error"]) == (400, "unauthorized_client")


BAD: dict[str, tuple[dict[str, Any], int, str]] = {
    "no form": ({"json": GRANT}, 400, "invalid_request"),
    "no grant type": ({"data": {"client_id": "i"}}, 400, "invalid_request"),
    "empty grant type": ({"data": {"grant_type": ""}}, 400, "invalid_request"),
    "another grant": ({"data": {"grant_type": "password"}}, 400, "unsupported_grant_type"),
    "no credentials": ({"data": GRANT}, 401, "invalid_client"),
    "no secret": ({"data": GRANT | {"client_id": "i"}}, 401, "invalid_client"),
    "unknown": ({"data": GRANT | {"client_id": "i", "client_secret": "s"}}, 401, "invalid_client"),
    "NUL": ({"data": GRANT | {"client_id": "\0", "client_secret": "\0"}}, 401, "invalid_client"),
    "twice": ({"content": b"grant_type=client_credentials&grant_type=client_credentials"}, 400, "invalid_request"),
    "not UTF-8": ({"content": b"grant_type=%ff"}, 400, "invalid_request"),
    "raw bytes": ({"content": b"\xff\xfe"}, 400, "invalid_request"),
    "too many fields": ({"content": b"&".join(b"a%d=1" % n for n in range(100))}, 400, "invalid_request"),
    "too long": ({"content": b"a=" + b"x" * 9_000}, 413, "invalid_request"),
    "bearer": ({"data": GRANT, "headers": {"Authorization": "Bearer x"}}, 401, "invalid_client"),
    "not base64": ({"data": GRANT, "headers": {"Authorization": "Basic ???"}}, 401, "invalid_client"),
    "no colon": ({"data": GRANT, "headers": {"Authorization": "Basic eHg="}}, 401, "invalid_client"),
    "two headers": ({"data": GRANT, "headers": [("Authorization", "Basic eDp4")] * 2}, 401, "invalid_client"),
    "both places": ({"data": GRANT | {"client_id": "x", "client_secret": "x"}, "headers": basic("x", "x")}, 400, "invalid_request"),
    "two ids": ({"data": GRANT | {"client_id": "y"}, "headers": basic("x", "x")}, 400, "invalid_request"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
async def test_what_is_refused(world: World, name: str) -> None:
    request, status, error = BAD[name]
    if "content" in request:
        request = {**request, "headers": {"Content-Type": "application/x-www-form-urlencoded"}}
    answer = await world.http.post(URL, **request)

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"].isascii()
    assert answer.headers["cache-control"] == "no-store"
    assert ("www-authenticate" in answer.headers) == (status == 401)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_only_post(world: World, method: str) -> None:
    answer = await world.http.request(method, URL)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_the_right_secret_with_another_id_is_refused(world: World) -> None:
    client = await world.client()
    _, secret = await client.oauth_client()
    other_id, _ = await client.oauth_client()

    assert (await ask(world, other_id, secret)).status_code == 401
    assert (await ask(world, "not-an-id", secret)).status_code == 401


async def test_a_client_gone_wild_is_slowed_down(world: World) -> None:
    client = await world.client()
    client_id, secret = await client.oauth_client()
    answers = [await ask(world, client_id, secret) for _ in range(40)]

    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused
    assert {(answer.status_code, answer.json()["error"]) for answer in refused} == {(429, "temporarily_unavailable")}
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)


async def test_a_right_secret_with_the_id_of_another_client_is_counted(database: Database, migrated_url: str) -> None:
    async with running(migrated_url) as world:
        client = await world.client()
        (_, secret), (other_id, _) = await client.oauth_client(), await client.oauth_client()
        assert (await ask(world, other_id, secret)).status_code == 401

    (row,) = await recently_rejected()
    assert (row.fingerprint, row.reason, row.attempts) == (tokens.digest(secret)[:16], "wrong id", 1)
