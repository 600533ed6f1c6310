"""Signing in at the dashboard: a cookie in place of the key, for our own pages only, and no longer than the key."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from tests.world import BASE, ORIGIN, TESTER, World, running

from gatehouse.services import api_keys, tokens
from gatehouse.services.tokens import SecretKind
from gatehouse.store.database import execute, fetch

SESSION = f"{BASE}/admin/session"
OURS = {"Origin": BASE}
ME = {"query": "{ viewer { name } }"}


def cookies(answer: httpx.Response) -> list[str]:
    return answer.headers.get_list("set-cookie")


async def sign_in(world: World, key: str) -> str:
    answer = await world.http.post(SESSION, json={"key": key}, headers=OURS)
    assert answer.status_code == 200, answer.text
    return cookies(answer)[0].partition("=")[2].partition(";")[0]


async def ask(world: World, secret: str, **headers: str) -> httpx.Response:
    world.http.cookies.clear()
    return await world.http.post(
        f"{BASE}/graphql", json=ME, headers={"Cookie": f"gatehouse_session={secret}", **OURS, **headers}
    )


async def test_a_key_becomes_a_cookie_that_asks_in_its_place(world: World) -> None:
    key = await world.api_key("viewer")

    answer = await world.http.post(SESSION, json={"key": key}, headers=OURS)

    assert answer.json()["viewer"]["name"] == "viewer key"
    assert [cookie.partition("; ")[2] for cookie in cookies(answer)] == [
        "Path=/graphql; HttpOnly; SameSite=Strict",
        "Path=/admin/session; HttpOnly; SameSite=Strict",
        "Path=/exports; HttpOnly; SameSite=Strict",
    ]
    assert key not in answer.text + str(answer.headers)
    secret = cookies(answer)[0].partition("=")[2].partition(";")[0]
    assert (await ask(world, secret)).json()["data"] == {"viewer": {"name": "viewer key"}}
    told = await world.http.get(SESSION, headers={"Cookie": f"gatehouse_session={secret}"})
    assert told.json()["viewer"]["name"] == "viewer key"
    rows = await fetch("SELECT secret_hash FROM dashboard_session")
    assert [row[0] for row in rows] == [tokens.digest(secret)]


async def test_with_tls_the_cookie_is_for_tls_only(migrated_url: str, database: object) -> None:
    async with running(migrated_url, public_url="https://gatehouse.example") as world:
        key = await world.api_key("viewer")

        answer = await world.http.post(SESSION, json={"key": key}, headers={"Origin": "https://gatehouse.example"})

        for cookie in cookies(answer):
            assert cookie.startswith("__Secure-gatehouse_session=gth_session_")
            assert cookie.endswith("; Secure")


@pytest.mark.parametrize(
    ("_case", "headers"),
    [
        ("another site", {"Origin": "https://evil.example"}),
        ("another port", {"Origin": "http://gatehouse.test:81"}),
        ("a sandboxed frame", {"Origin": "null"}),
        ("nobody says who", {}),
    ],
)
async def test_only_our_own_pages_may_use_it(world: World, _case: str, headers: dict[str, str]) -> None:
    key = await world.api_key("owner")
    secret = await sign_in(world, key)
    world.http.cookies.clear()
    cookie = {"Cookie": f"gatehouse_session={secret}"}

    asked = await world.http.post(f"{BASE}/graphql", json=ME, headers={**cookie, **headers})
    begun = await world.http.post(SESSION, json={"key": key}, headers=headers)
    ended = await world.http.delete(SESSION, headers={**cookie, **headers})

    assert [answer.status_code for answer in (asked, begun, ended)] == [403, 403, 403]
    assert "data" not in asked.json()
    assert not cookies(begun)
    assert (await ask(world, secret)).status_code == 200


async def test_a_form_of_another_site_cannot_send_it(world: World) -> None:
    secret = await sign_in(world, await world.api_key("owner"))

    assert (await ask(world, secret, **{"Content-Type": "text/plain"})).status_code == 415


async def test_it_ends_with_signing_out(world: World) -> None:
    secret = await sign_in(world, await world.api_key("owner"))
    world.http.cookies.clear()

    answer = await world.http.delete(SESSION, headers={"Cookie": f"gatehouse_session={secret}", **OURS})

    assert answer.json() == {"viewer": None}
    assert all("=; Max-Age=0; " in cookie for cookie in cookies(answer))
    refused = await ask(world, secret)
    assert (refused.status_code, refused.json()["errors"][0]["message"]) == (
        401,
        "The session has ended: sign in again",
    )
    rows = await fetch("SELECT actor_display, action, target_type FROM audit_entry ORDER BY id")
    assert [tuple(row) for row in rows if row[1].startswith("dashboard")] == [
        ("owner key", "dashboardSignIn", "ApiKey"),
        ("owner key", "dashboardSignOut", "ApiKey"),
    ]


async def test_it_ends_with_its_key(world: World) -> None:
    secret = await sign_in(world, await world.api_key("owner"))
    (key,) = await api_keys.all_api_keys()

    await api_keys.revoke_api_key(key.id, actor=TESTER, origin=ORIGIN)

    assert (await ask(world, secret)).status_code == 401
    world.http.cookies.clear()
    told = await world.http.get(SESSION, headers={"Cookie": f"gatehouse_session={secret}"})
    assert told.json() == {"viewer": None}


async def test_it_ends_by_itself_and_is_forgotten(world: World) -> None:
    key = await world.api_key("owner")
    secret = await sign_in(world, key)
    await execute(
        "UPDATE dashboard_session SET expires_at = expires_at - $1", int(timedelta(hours=12).total_seconds() * 1e6)
    )

    assert (await ask(world, secret)).status_code == 401
    await sign_in(world, key)
    assert len(await fetch("SELECT id FROM dashboard_session")) == 1


@pytest.mark.parametrize(
    ("_case", "body", "status"),
    [
        ("an unknown key", {"key": tokens.mint(SecretKind.API)}, 401),
        ("a token of Entra's", {"key": tokens.mint(SecretKind.SCIM)}, 401),
        ("a typing error", {"key": "gth_api_nonsense"}, 401),
        ("no key", {"name": "x"}, 400),
        ("no object", ["key"], 400),
        ("a number", {"key": 7}, 400),
    ],
)
async def test_what_is_no_key_begins_nothing(world: World, _case: str, body: object, status: int) -> None:
    answer = await world.http.post(SESSION, json=body, headers=OURS)

    assert (answer.status_code, cookies(answer)) == (status, [])
    assert await fetch("SELECT id FROM dashboard_session") == []


async def test_the_secret_of_a_session_is_no_bearer_token(world: World) -> None:
    secret = await sign_in(world, await world.api_key("owner"))
    world.http.cookies.clear()

    answer = await world.http.post(f"{BASE}/graphql", json=ME, headers={"Authorization": f"Bearer {secret}"})

    assert answer.status_code == 401


async def test_a_bearer_token_wins_over_the_cookie(world: World) -> None:
    secret = await sign_in(world, await world.api_key("owner"))
    viewer = await world.api_key("viewer")

    answer = await ask(world, secret, Authorization=f"Bearer {viewer}")

    assert answer.json()["data"]["viewer"]["name"] == "viewer key"


async def test_other_methods_are_refused(world: World) -> None:
    answer = await world.http.put(SESSION, json={}, headers=OURS)

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST, DELETE")
