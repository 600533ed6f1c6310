"""Who is shown which refused credentials: a tenant's managers its own tokens, those over all tenants everything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.world import BASE, SCIM, Client, World, running

from gatehouse.services import tokens
from gatehouse.services.tokens import SecretKind
from gatehouse.store import rejected_credentials
from gatehouse.store.database import Database, execute
from gatehouse.store.ids import uuid7
from gatehouse.store.rejected_credentials import Rejected

_FIELDS = "{ fingerprint prefix reason attempts label lastIp tenant { slug } }"
_OF_TENANT = (
    'query($since: DateTime) { tenant(by: {slug: "acme"}) { connection { rejectedCredentials(since: $since) %s } } }'
)
_OF_ALL = "query($since: DateTime) { rejectedCredentials(since: $since) %s }"
_NEEDED = "This needs the permission MANAGE_CREDENTIALS in"


@dataclass(frozen=True)
class Tried:
    """A service where these secrets were refused."""

    world: World
    acme: Client
    globex: Client
    stranger: str
    key: str


@pytest.fixture
async def tried(database: Database, migrated_url: str) -> AsyncIterator[Tried]:
    async with running(migrated_url) as world:
        acme, globex = await world.client("acme"), await world.client("globex")
        key = await world.api_key("viewer", acme.tenant.id)
        await execute("UPDATE credential SET revoked_at = 1 WHERE tenant_id = $1", acme.tenant.id)
        await execute("UPDATE credential SET expires_at = 1 WHERE tenant_id = $1", globex.tenant.id)
        stranger = tokens.mint(SecretKind.SCIM)
        for secret in (acme.token, globex.token, acme.token, stranger, key):
            answer = await world.http.get(f"{SCIM}/Users", headers={"Authorization": f"Bearer {secret}"})
            assert answer.status_code == 401
    async with running(migrated_url) as world:  # at the end of the first everything was stored
        yield Tried(world, acme, globex, stranger, key)


async def _ask(tried: Tried, key: str, query: str, **variables: Any) -> dict[str, Any]:
    answer = await tried.world.http.post(
        f"{BASE}/graphql",
        json={"query": query % _FIELDS, "variables": variables},
        headers={"Authorization": f"Bearer {key}"},
    )
    return answer.json()  # type: ignore[no-any-return]


def _row(secret: str, reason: str, attempts: int, label: str | None, slug: str | None) -> dict[str, Any]:
    return {
        "fingerprint": tokens.digest(secret)[:16],
        "prefix": secret[: secret.index("_", 4) + 1],
        "reason": reason,
        "attempts": attempts,
        "label": label,
        "lastIp": "127.0.0.1",
        "tenant": slug and {"slug": slug},
    }


async def test_a_tenant_is_shown_its_own_tokens(tried: Tried) -> None:
    manager = await tried.world.api_key("connection-admin", tried.acme.tenant.id)

    answer = await _ask(tried, manager, _OF_TENANT)

    assert answer["data"]["tenant"]["connection"]["rejectedCredentials"] == [
        _row(tried.acme.token, "revoked", 2, "Entra ID", "acme")
    ]


async def test_whoever_manages_all_tenants_is_shown_strangers_too(tried: Tried) -> None:
    answer = await _ask(tried, await tried.world.api_key("connection-admin"), _OF_ALL)

    assert answer["data"]["rejectedCredentials"] == [
        _row(tried.key, "wrong kind", 1, "viewer key", None),
        _row(tried.stranger, "unknown", 1, None, None),
        _row(tried.acme.token, "revoked", 2, "Entra ID", "acme"),
        _row(tried.globex.token, "expired", 1, "Entra ID", "globex"),
    ]


@pytest.mark.parametrize(
    ("_case", "preset", "own_tenant", "query", "needed"),
    [
        ("no right in the tenant", "mapping-editor", True, _OF_TENANT, f"{_NEEDED} the tenant"),
        ("no right anywhere", "mapping-editor", False, _OF_ALL, f"{_NEEDED} all tenants"),
        ("the right in one tenant", "connection-admin", True, _OF_ALL, f"{_NEEDED} all tenants"),
    ],
)
async def test_others_are_shown_nothing(
    tried: Tried, _case: str, preset: str, own_tenant: bool, query: str, needed: str
) -> None:
    key = await tried.world.api_key(preset, *([tried.acme.tenant.id] if own_tenant else []))

    answer = await _ask(tried, key, query)

    assert tried.stranger[-6:] not in str(answer)
    assert [(error["message"], error["extensions"]["code"]) for error in answer["errors"]] == [(needed, "FORBIDDEN")]
    assert not (answer["data"] or {}).get("tenant")


async def test_many_tenants_are_shown_each_its_own(tried: Tried) -> None:
    owner = await tried.world.api_key("owner")
    query = "{ tenants { nodes { slug connection { rejectedCredentials %s } } } }"

    answer = await _ask(tried, owner, query)

    shown = {node["slug"]: node["connection"]["rejectedCredentials"] for node in answer["data"]["tenants"]["nodes"]}
    assert shown == {
        "acme": [_row(tried.acme.token, "revoked", 2, "Entra ID", "acme")],
        "globex": [_row(tried.globex.token, "expired", 1, "Entra ID", "globex")],
    }


async def test_the_latest_of_each_tenant_are_read(tried: Tried) -> None:
    tenant_ids = [tried.acme.tenant.id, tried.globex.tenant.id]
    hashes = [tokens.digest(f"older {number}") for number in range(2)]
    for tenant_id, token_hash in zip(tenant_ids, hashes, strict=True):
        await execute(
            "INSERT INTO credential (id, tenant_id, kind, label, token_hash, last_four, created_at)"
            " SELECT $1, tenant_id, kind, 'older', $2, '0000', 1 FROM credential WHERE tenant_id = $3",
            uuid7(), token_hash, tenant_id,
        )  # fmt: skip
        seen = datetime(2001, 1, 1, tzinfo=UTC)
        await rejected_credentials.count([Rejected(token_hash[:16], "", "revoked", 1, seen, seen, None)])
    since = datetime(2000, 1, 1, tzinfo=UTC)

    found = await rejected_credentials.of_tenants(tenant_ids, since=since, limit=1)
    all_of_them = await rejected_credentials.of_tenants(tenant_ids, since=since, limit=9)

    assert {key: [one.label for one in rows] for key, rows in found.items()} == {
        key: ["Entra ID"] for key in tenant_ids
    }
    expected = {key: ["Entra ID", "older"] for key in tenant_ids}
    assert {key: [one.label for one in rows] for key, rows in all_of_them.items()} == expected


async def test_another_tenant_is_not_there(tried: Tried) -> None:
    answer = await _ask(tried, await tried.world.api_key("owner", tried.globex.tenant.id), _OF_TENANT)

    assert answer["data"] == {"tenant": None} and "errors" not in answer


async def test_since(tried: Tried) -> None:
    owner = await tried.world.api_key("owner")
    numbers = []
    for age in (timedelta(hours=1), timedelta(hours=-1)):
        since = (datetime.now(UTC) - age).isoformat()
        of_all = (await _ask(tried, owner, _OF_ALL, since=since))["data"]["rejectedCredentials"]
        of_acme = (await _ask(tried, owner, _OF_TENANT, since=since))["data"]["tenant"]["connection"]
        numbers.append((len(of_all), len(of_acme["rejectedCredentials"])))

    assert numbers == [(4, 1), (0, 0)]
