"""A server process on a database of its own, with tenants made beside it, for clients of the admin API."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from tests.bodies import person
from tests.smoke.server import Server, serving
from tests.world import ORIGIN, TESTER, add_rules

from gatehouse.records import Tenant
from gatehouse.services import api_keys, catalogue, managed_credentials, tenants
from gatehouse.store.database import Database

Made = tuple[Tenant, str, str, str]


@dataclass(frozen=True)
class Remote:
    """A running server; each test takes a tenant of its own."""

    server: Server
    _numbers: Iterator[int] = field(default_factory=count)

    def tenant(self, slug: str | None = None, *, users: int = 2) -> RemoteTenant:
        """A tenant with rules Agent → agent and north → north, a privileged role boss, and users of that title."""
        made = self.made_by(lambda: _make(slug or f"acme-{next(self._numbers)}"))
        for number in range(users):
            made.provision(
                f"agent{number}@corp.example", title="Agent", userType="north", displayName=f"Agent {number}"
            )
        return made

    def made_by(self, make: Callable[[], Coroutine[Any, Any, Made]]) -> RemoteTenant:
        """The tenant that a use case makes, with an owner's key, a viewer's key and a SCIM token."""
        return RemoteTenant(self.server, *self.beside(make))

    def beside(self, use_case: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Run a use case on the server's database."""

        async def running() -> Any:
            database = await Database.open(self.server.database_url)
            try:
                with database.activate():
                    made = await use_case()
            finally:
                await database.close()
            return made

        return asyncio.run(running())


@dataclass(frozen=True)
class RemoteTenant:
    """A tenant with an owner's API key and a SCIM token."""

    server: Server
    tenant: Tenant
    key: str
    viewer_key: str
    token: str

    def provision(self, user_name: str, **attributes: Any) -> str:
        """Create a user as Entra would; the id in SCIM."""
        answer = httpx.post(
            f"{self.server.base}/scim/v2/Users",
            json=person(user_name, **attributes),
            headers={"Authorization": f"Bearer {self.token}"},
        )
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def graphql(self, query: str, **variables: Any) -> Any:
        answer = httpx.post(
            f"{self.server.base}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self.key}"},
        ).json()
        assert "errors" not in answer, answer
        return answer["data"]


async def _make(slug: str) -> Made:
    tenant = await tenants.create(slug, name=slug.title(), delimiter="-", actor=TESTER, origin=ORIGIN)
    await add_rules(tenant, roles={"Agent": "agent"}, groups={"north": ["north"]})
    await catalogue.upsert_role(TESTER, ORIGIN, tenant.id, key="boss", name="Boss", privileged=True)
    keys = [
        (await api_keys.issue_api_key(name=preset, preset=preset, tenant_ids=[tenant.id], actor=TESTER, origin=ORIGIN))[
            1
        ]
        for preset in ("owner", "viewer")
    ]
    _, token = await managed_credentials.issue_token(
        tenant.id, label="Entra", expires_in_days=1, actor=TESTER, origin=ORIGIN
    )
    return tenant, *keys, token


@contextmanager
def remote(database_url: str) -> Iterator[Remote]:
    """A started server, stopped on leaving."""
    with serving(database_url) as server:
        yield Remote(server)
