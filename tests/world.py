"""The whole service in one process, for tests: the real application on a real database, spoken to over ASGI."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from tests.bodies import patch_op, person

from gatehouse.app import create_app
from gatehouse.records import Actor, ActorKind, CredentialKind, Origin, Tenant
from gatehouse.services import api_keys, catalogue, managed_credentials, mapping, tenants
from gatehouse.settings import Settings
from gatehouse.store.database import execute

BASE = "http://gatehouse.test"
SCIM = f"{BASE}/scim/v2"
TESTER = Actor(ActorKind.ADMIN, None, "test")
ORIGIN = Origin("test-request")


@dataclass(frozen=True)
class Client:
    """A SCIM client that signs in for one tenant."""

    http: httpx.AsyncClient
    tenant: Tenant
    token: str

    async def request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **kwargs: Any
    ) -> httpx.Response:
        """``path`` is relative to the SCIM base, encoded as sent."""
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return await self.http.request(method, SCIM + path, headers=sent, **kwargs)

    async def get(self, path: str, **kwargs: Any) -> httpx.Response:
        return await self.request("GET", path, **kwargs)

    async def post(self, path: str, body: object, **kwargs: Any) -> httpx.Response:
        return await self.request("POST", path, json=body, **kwargs)

    async def put(self, path: str, body: object, **kwargs: Any) -> httpx.Response:
        return await self.request("PUT", path, json=body, **kwargs)

    async def patch(self, path: str, *operations: dict[str, Any], **kwargs: Any) -> httpx.Response:
        return await self.request("PATCH", path, json=patch_op(*operations), **kwargs)

    async def delete(self, path: str, **kwargs: Any) -> httpx.Response:
        return await self.request("DELETE", path, **kwargs)

    async def oauth_client(self, *, expires_in_days: int = 30) -> tuple[str, str]:
        """A new OAuth client of the tenant: id and secret."""
        client, secret = await managed_credentials.issue_token(
            self.tenant.id,
            label="Entra ID",
            expires_in_days=expires_in_days,
            actor=TESTER,
            origin=ORIGIN,
            kind=CredentialKind.CLIENT,
        )
        return str(client.id), secret

    async def create(self, user_name: str, **attributes: Any) -> dict[str, Any]:
        """A new user; the body of the 201."""
        response = await self.post("/Users", person(user_name, **attributes))
        assert response.status_code == 201, response.text
        return response.json()  # type: ignore[no-any-return]


@dataclass(frozen=True)
class World:
    """A running service."""

    http: httpx.AsyncClient

    async def client(self, slug: str = "acme", *, delimiter: str = "-", strict: bool = False) -> Client:
        """A new tenant with a token.

        :param strict: held to the letter of the RFCs, instead of read as Entra writes.
        """
        tenant = await tenants.create(slug, name=slug.title(), delimiter=delimiter, actor=TESTER, origin=ORIGIN)
        if strict:
            await execute("UPDATE tenant SET scim_mode = 'strict' WHERE id = $1", tenant.id)
        _, token = await managed_credentials.issue_token(
            tenant.id, label="Entra ID", expires_in_days=30, actor=TESTER, origin=ORIGIN
        )
        return Client(self.http, tenant, token)

    async def api_key(self, preset: str = "owner", *tenant_ids: Any) -> str:
        """A new API key."""
        _, secret = await api_keys.issue_api_key(
            name=f"{preset} key", preset=preset, tenant_ids=tenant_ids, actor=TESTER, origin=ORIGIN
        )
        return secret

    async def graphql(self, key: str, query: str, **variables: Any) -> dict[str, Any]:
        """The ``data`` of a query that must succeed."""
        response = await self.http.post(
            f"{BASE}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {key}"},
        )
        body = response.json()
        assert response.status_code == 200 and "errors" not in body, body
        return body["data"]  # type: ignore[no-any-return]


async def add_rules(tenant: Tenant, *, roles: dict[str, str], groups: dict[str, list[str]]) -> None:
    """Catalogue and rules: title → role key, userType segment → group keys."""
    for key in dict.fromkeys(roles.values()):
        await catalogue.upsert_role(TESTER, ORIGIN, tenant.id, key=key, name=key.replace("-", " ").title())
    for key in dict.fromkeys(key for keys in groups.values() for key in keys):
        await catalogue.upsert_employee_group(TESTER, ORIGIN, tenant.id, key=key, name=key.title())
    for title, key in roles.items():
        await mapping.set_role_rule(TESTER, ORIGIN, tenant.id, expected_version=None, title_value=title, role_key=key)
    for segment, keys in groups.items():
        await mapping.set_group_rule(
            TESTER, ORIGIN, tenant.id, expected_version=None, segment_value=segment, group_keys=keys
        )


@asynccontextmanager
async def running(database_url: str, **settings: Any) -> AsyncIterator[World]:
    """The application with its lifespan; the database must be migrated."""
    given = {"credential_cache_s": 0, "sqlite_synchronous": "NORMAL"} | settings
    app = create_app(Settings(database_url=database_url, **given), served_at=BASE)
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": dict(state or {})}, receive, send)

        transport = httpx.ASGITransport(app=with_state, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport) as http:
            yield World(http)
