"""Tokens of Entra ID: real keys, a real JWKS server, and everything that must not get in."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.fixtures import new_tenant
from tests.world import BASE, World, running

from gatehouse.api.graphql.ids import global_id
from gatehouse.errors import Forbidden, Unauthorized, Unavailable
from gatehouse.records import PRESETS, Actor, ActorKind, Grant
from gatehouse.services.entra_grants import parse_grants
from gatehouse.services.entra_tokens import EntraSignIn, EntraTokens
from gatehouse.services.jwks import SigningKeys
from gatehouse.settings import Settings, SettingsError
from gatehouse.store import audit
from gatehouse.store.database import Database

DIRECTORY = UUID("6f3c1d0a-0000-4000-8000-000000000001")
ISSUER = f"https://login.microsoftonline.com/{DIRECTORY}/v2.0"
AUDIENCE = "api://gatehouse"
PERSON = UUID("6f3c1d0a-0000-4000-8000-00000000abcd")
GROUP = "11111111-2222-4333-8444-555555555555"
KEYS = {name: RSAKey.generate_key(2_048, {"kid": name}, private=True) for name in ("one", "two")}


@dataclass
class Jwks:
    """A server of public keys that can be told what to say."""

    keys: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    asked: int = 0
    url: str = ""
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request on a connection of its own."""
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        await self.answering.wait()
        body = self.body if self.body is not None else json.dumps({"keys": self.keys}).encode()
        head = f"HTTP/1.1 {self.status} X\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    def publish(self, *names: str) -> None:
        """Sign with these from now on."""
        self.keys = [KEYS[name].as_dict(private=False, use="sig", kid=name) for name in names]


@pytest.fixture
async def jwks() -> AsyncIterator[Jwks]:
    found = Jwks()
    found.publish("one")
    found.answering.set()
    server = await asyncio.start_server(found.answer, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
    async with server:
        yield found


class Clock:
    """Goes when it is told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def entra(jwks: Jwks, clock: Clock | None = None, grants: str = "Owner=owner") -> EntraTokens:
    wanted = EntraSignIn(ISSUER, AUDIENCE, DIRECTORY, parse_grants(grants))
    keys = SigningKeys(jwks.url, clock=clock or Clock())
    return EntraTokens(wanted, keys, cache_s=0)


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    given = {
        "iss": ISSUER, "aud": AUDIENCE, "tid": str(DIRECTORY), "oid": str(PERSON), "sub": "pairwise",
        "name": "Ana Silva", "iat": now, "nbf": now, "exp": now + 3_600, "roles": ["Owner"],
    }  # fmt: skip
    return {name: value for name, value in (given | more).items() if value is not None}


def token(key: str = "one", header: dict[str, Any] | None = None, **more: Any) -> str:
    return jwt.encode(header or {"alg": "RS256", "kid": key, "typ": "JWT"}, claims(**more), KEYS[key], ["RS256"])


def _part(value: object) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _forged(algorithm: str, secret: bytes | None) -> str:
    """Signed with what everybody knows, or not at all."""
    text = f"{_part({'alg': algorithm, 'kid': 'one', 'typ': 'JWT'})}.{_part(claims())}"
    signature = hmac.new(secret, text.encode(), hashlib.sha256).digest() * 8 if secret else b""
    return f"{text}.{urlsafe_b64encode(signature).rstrip(b'=').decode()}"


async def test_a_person_signs_in(database: Database, jwks: Jwks) -> None:
    viewer = await entra(jwks).authenticate(token())

    assert (viewer.id, viewer.name, viewer.kind) == (PERSON, "Ana Silva", ActorKind.ADMIN)
    assert viewer.grants == (Grant(None, PRESETS["owner"]),)
    assert jwks.asked == 1


async def test_roles_and_groups_become_grants_in_tenants(database: Database, jwks: Jwks) -> None:
    acme = await new_tenant("acme")
    rules = f"{GROUP}=account-manager@acme,gone; Reader=viewer; Other=owner"

    viewer = await entra(jwks, grants=rules).authenticate(token(roles=["Reader"], groups=[GROUP]))

    assert set(viewer.grants) == {Grant(acme.id, PRESETS["account-manager"]), Grant(None, PRESETS["viewer"])}


@pytest.mark.parametrize(
    "more", [{"roles": []}, {"roles": None}, {"roles": "Owner"}, {"roles": ["owner"]}, {"roles": [["Owner"]]}]
)
async def test_what_grants_nothing_is_forbidden(database: Database, jwks: Jwks, more: dict[str, Any]) -> None:
    with pytest.raises(Forbidden):
        await entra(jwks).authenticate(token(**more))


async def test_too_many_groups_are_told(database: Database, jwks: Jwks) -> None:
    with pytest.raises(Forbidden) as refused:
        await entra(jwks).authenticate(token(roles=None, _claim_names={"groups": "src1"}))

    assert "too many groups" in (refused.value.hint or "")


NOW = int(time.time())


FORGED: list[tuple[str, Callable[[], str]]] = [
    ("expired", lambda: token(exp=NOW - 61)),
    ("not yet valid", lambda: token(nbf=NOW + 600)),
    ("too long a life", lambda: token(exp=NOW + 10 * 86_400)),
    ("no times", lambda: token(exp=None)),
    ("no times", lambda: token(exp="tomorrow")),
    ("no times", lambda: token(exp=True)),
    ("wrong issuer", lambda: token(iss=ISSUER + "/")),
    ("wrong issuer", lambda: token(iss=None)),
    ("wrong audience", lambda: token(aud="api://other")),
    ("wrong audience", lambda: token(aud=[AUDIENCE, "api://other"])),
    ("wrong directory", lambda: token(tid=str(UUID(int=1)))),
    ("wrong directory", lambda: token(tid=None)),
    ("wrong algorithm", lambda: _forged("HS256", KEYS["one"].as_pem(private=False))),
    ("wrong algorithm", lambda: _forged("HS256", KEYS["one"].as_dict(private=False)["n"].encode())),
    ("wrong algorithm", lambda: _forged("none", b"x")),
    ("wrong algorithm", lambda: _forged("RS512", b"x")),
    ("wrong algorithm", lambda: jwt.encode({"alg": "PS256", "kid": "one"}, claims(), KEYS["one"], ["PS256"])),
    ("wrong algorithm", lambda: f"{_part({'alg': 'RS256', 'kid': 'one', 'crit': ['exp']})}.{_part(claims())}.{'A' * 342}"),
    ("malformed", lambda: _forged("none", None)),
    ("malformed", lambda: "eyJ.eyJ.sig"),
    ("malformed", lambda: f"{'eyJ' + 'A' * 40}.{_part(claims())}.{'A' * 342}"),
    ("malformed", lambda: token(more="x" * 20_000)),
    ("bad signature", lambda: _forged("RS256", b"x")),
    ("bad signature", lambda: jwt.encode({"alg": "RS256", "kid": "one"}, claims(), KEYS["two"], ["RS256"])),
    ("bad signature", lambda: token()[:-6] + "AAAAAA"),
    ("no key id", lambda: token(header={"alg": "RS256"})),
    ("no key id", lambda: token(header={"alg": "RS256", "kid": "x" * 300})),
    ("unknown key", lambda: token("two")),
    ("unknown key", lambda: token(header={"alg": "RS256", "kid": "http://127.0.0.1:1/keys"})),
]  # fmt: skip


@pytest.mark.parametrize(
    ("reason", "forged"), FORGED, ids=[f"{reason} {number}" for number, (reason, _) in enumerate(FORGED)]
)
async def test_what_does_not_get_in(jwks: Jwks, reason: str, forged: Callable[[], str]) -> None:
    with pytest.raises(Unauthorized) as refused:
        await entra(jwks).authenticate(forged())

    assert (refused.value.reason, refused.value.code) == (reason, "invalid_token")
    assert str(refused.value) == "The token is not valid here"


async def test_a_little_leeway(database: Database, jwks: Jwks) -> None:
    now = int(time.time())

    for more in ({"exp": now - 30}, {"nbf": now + 30}):
        assert (await entra(jwks).authenticate(token(**more))).id == PERSON


async def test_the_token_never_says_where_keys_are(database: Database, jwks: Jwks) -> None:
    other = Jwks()
    other.publish("two")
    server = await asyncio.start_server(other.answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/keys"
    header = {"alg": "RS256", "kid": "two", "jku": url, "x5u": url, "jwk": KEYS["two"].as_dict(private=False)}

    async with server:
        with pytest.raises(Unauthorized):
            await entra(jwks).authenticate(token("two", header))

    assert other.asked == 0


async def test_keys_are_rotated(database: Database, jwks: Jwks) -> None:
    clock = Clock()
    tokens = entra(jwks, clock)
    await tokens.authenticate(token("one"))
    jwks.publish("one", "two")

    with pytest.raises(Unauthorized):  # too soon to ask again
        await tokens.authenticate(token("two"))
    clock.now += 31
    viewers = await asyncio.gather(*(tokens.authenticate(token("two")) for _ in range(5)))

    assert {viewer.id for viewer in viewers} == {PERSON}
    assert jwks.asked == 2


async def test_made_up_key_ids_do_not_flood_the_server(database: Database, jwks: Jwks) -> None:
    tokens = entra(jwks)
    await tokens.authenticate(token())

    for number in range(20):
        with pytest.raises(Unauthorized):
            await tokens.authenticate(token(header={"alg": "RS256", "kid": f"made-up-{number}"}))

    assert jwks.asked == 1


async def test_a_withdrawn_key_ends_within_the_hour(database: Database, jwks: Jwks) -> None:
    clock = Clock()
    tokens = entra(jwks, clock)
    await tokens.authenticate(token("one"))
    jwks.publish("two")
    clock.now += 3_601

    with pytest.raises(Unauthorized):
        await tokens.authenticate(token("one"))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, None),
        (404, None),
        (302, None),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b'{"keys": 1}'),
        (200, b" " * 300_000),
    ],
)
async def test_without_its_keys_it_is_our_failure(
    database: Database, jwks: Jwks, status: int, body: bytes | None
) -> None:
    clock = Clock()
    jwks.status, jwks.body = status, body
    tokens = entra(jwks, clock)

    with pytest.raises(Unavailable):
        await tokens.authenticate(token())
    jwks.status, jwks.body = 200, None
    clock.now += 31

    assert (await tokens.authenticate(token())).id == PERSON


async def test_so_it_is_after_a_fetch_that_was_given_up(database: Database, jwks: Jwks) -> None:
    """By a caller who went away."""
    clock = Clock()
    tokens = entra(jwks, clock)
    await tokens.authenticate(token("one"))
    jwks.publish("one", "two")
    jwks.answering.clear()
    clock.now += 31
    gone = asyncio.create_task(tokens.authenticate(token("two")))
    while jwks.asked < 2:  # noqa: ASYNC110 - the server is asked over a socket
        await asyncio.sleep(0.01)
    gone.cancel()
    await asyncio.wait({gone})
    jwks.answering.set()
    clock.now += 1

    with pytest.raises(Unavailable):
        await tokens.authenticate(token("two"))
    assert (await tokens.authenticate(token("one"))).id == PERSON
    clock.now += 31
    assert (await tokens.authenticate(token("two"))).id == PERSON


async def test_known_keys_go_on_for_a_day_without_the_server(database: Database, jwks: Jwks) -> None:
    clock = Clock()
    tokens = entra(jwks, clock)
    await tokens.authenticate(token())
    jwks.status = 503
    clock.now += 3_601

    assert (await tokens.authenticate(token())).id == PERSON
    clock.now += 86_400
    with pytest.raises(Unavailable):
        await tokens.authenticate(token())


@pytest.mark.filterwarnings("ignore:Key size")
async def test_weak_and_foreign_keys_are_passed_over(database: Database, jwks: Jwks) -> None:
    weak = RSAKey.generate_key(1_024, {"kid": "weak"}, private=True)
    jwks.keys += [
        weak.as_dict(private=False, kid="weak"),
        {"kty": "oct", "kid": "oct", "k": "c2VjcmV0"},
        7,
        {"kty": "RSA"},
    ]
    tokens = entra(jwks)
    signed = jwt.encode({"alg": "RS256", "kid": "weak"}, claims(), weak, ["RS256"])

    assert (await tokens.authenticate(token())).id == PERSON
    with pytest.raises(Unauthorized):
        await tokens.authenticate(signed)


async def test_the_whole_way(database: Database, migrated_url: str, jwks: Jwks) -> None:
    """Settings, the door of /graphql, the audit trail's actor; and 401, 403 and 503 for what they mean."""
    acme = await new_tenant("acme")
    settings = {
        "entra_issuer": ISSUER, "entra_audience": AUDIENCE, "entra_directory_id": DIRECTORY, "entra_jwks_url": jwks.url,
        "entra_grants": "Owner=owner@acme",
    }  # fmt: skip
    tenant = global_id("Tenant", acme.id)
    change = f'mutation {{ tenantUpdate(input: {{tenantId: "{tenant}", expectedVersion: 1, name: "New"}}) {{ userErrors {{ code }} }} }}'

    async with running(migrated_url, **settings) as world:
        jwks.status = 500
        assert await status_of(world, token()) == 503
        jwks.status = 200
        signed = token(groups=[str(UUID(int=n)) for n in range(200)])
    async with running(migrated_url, **settings) as world:
        assert (await world.graphql(signed, "{ viewer { kind name } }"))["viewer"] == {
            "kind": "ADMIN",
            "name": "Ana Silva",
        }
        assert (await world.graphql(signed, change))["tenantUpdate"]["userErrors"] == []
        assert [await status_of(world, sent) for sent in (token(roles=[]), token(exp=NOW - 99), "eyJh.eyJi.c2ln")] == [
            403,
            401,
            401,
        ]
        assert (await world.graphql(await world.api_key(), "{ viewer { kind } }"))["viewer"] == {"kind": "API_KEY"}

    [entry] = await audit.newest(acme.id)
    assert entry.actor == Actor(ActorKind.ADMIN, PERSON, "Ana Silva")


async def status_of(world: World, sent: str) -> int:
    headers = {"Authorization": f"Bearer {sent}"}
    return (await world.http.post(f"{BASE}/graphql", json={"query": "{ viewer { id } }"}, headers=headers)).status_code


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"entra_issuer": ISSUER}, "belong together"),
        ({"entra_jwks_url": "http://login.example/keys"}, "https"),
        ({"entra_jwks_url": "ftp://127.0.0.1/keys"}, "https"),
    ],
)
def test_settings_that_would_not_be_safe(given: dict[str, str], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        Settings(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "expected"), [("eyJh.eyJi.c2ln", True), ("gth_api_x_y", False), ("eyJh.eyJi", False)])
def test_what_looks_like_a_token(text: str, expected: bool) -> None:
    assert EntraTokens.recognises(text) is expected


@pytest.mark.parametrize("text", ["Owner", "Owner=boss", "=owner", "Owner=owner@", "Owner=owner@a,,b", "O wner=owner"])
def test_rules_that_cannot_be_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"VALUE=PRESET|without a name"):
        parse_grants(text)
