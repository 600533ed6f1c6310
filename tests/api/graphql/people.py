"""Tenants with people whose stored access is right, and a client that asks the admin API about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson
from tests.fixtures import NOW, new_employee_group, new_group_rule, new_role, new_role_rule, new_tenant

from gatehouse.api.front.sign_in import SignIn
from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.view import create_graphql_app
from gatehouse.errors import Unauthorized
from gatehouse.mapping.resolve import Access, resolve
from gatehouse.records import (
    Actor,
    ActorKind,
    Change,
    EmployeeGroup,
    EventAction,
    EventOutcome,
    Grant,
    Origin,
    Permission,
    ProvisioningEvent,
    ResourceKind,
    Role,
    Tenant,
    UserRecord,
    Viewer,
)
from gatehouse.store import database, history, mapping as mappings, users
from gatehouse.store.ids import uuid7

ENTRA = Actor(ActorKind.SCIM_TOKEN, UUID(int=5), "Entra ID")
READER = frozenset({Permission.READ_DIRECTORY})
ACCOUNT_MANAGER = READER | {Permission.READ_PII}
EDITOR = ACCOUNT_MANAGER | {Permission.EDIT_MAPPING}
OWNER = frozenset(Permission)


@dataclass
class Community:
    """Roles ``agent`` and ``manager`` (privileged), groups ``north``, ``south``, ``vip``, and a rule for each."""

    tenant: Tenant
    roles: dict[str, Role]
    groups: dict[str, EmployeeGroup]
    people: list[UserRecord] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The tenant's global id."""
        return global_id("Tenant", self.tenant.id)

    def person_id(self, index: int) -> str:
        """A user's global id."""
        return global_id("User", self.people[index].id)

    async def add(
        self, given: str, family: str | None = "Okafor", *, active: bool = True, minute: int = 0, **attributes: Any
    ) -> UserRecord:
        """A user as Entra provisions one, with the event of the creation ``minute`` minutes after NOW."""
        user_name = attributes.pop("userName", f"{given.lower()}@contoso.example")
        resource: dict[str, Any] = {
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": user_name,
            "externalId": f"Ext-{given}",
            "name": {"givenName": given, **({"familyName": family} if family else {})},
            "displayName": f"{given} {family or ''}".strip(),
            "active": active,
            "emails": [{"type": "work", "value": user_name.title(), "primary": True}],
            "phoneNumbers": [{"type": "mobile", "value": "+49 170 1234567"}],
            **attributes,
        }
        mapping = await mappings.read(self.tenant.id)
        access = resolve(resource.get("title"), resource.get("userType"), mapping, previous=None)
        moment = NOW + timedelta(minutes=minute)
        user = UserRecord(
            id=uuid7(),
            tenant_id=self.tenant.id,
            version=1,
            document=orjson.dumps(resource).decode(),
            active=active,
            created_at=moment,
            last_modified_at=moment,
            mapping_version=mapping.version,
            access=access.to_text(),
        )
        event = _created(user, resource, access)
        await database.write([*users.insert(user, resource, access), history.add(event)])
        self.people.append(user)
        return user

    async def delete(self, index: int) -> None:
        """Leave a tombstone."""
        user, moment = self.people[index], NOW + timedelta(days=1)
        version = (await mappings.read(self.tenant.id)).version
        async with database.transaction():
            await database.write(users.delete(user, mapping_version=version, deleted_at=moment))
            await database.write(users.forget(user, deleted_at=moment))

    async def happen(self, index: int, minute: int, **details: Any) -> ProvisioningEvent:
        """Another event of a user."""
        user = self.people[index]
        fields: dict[str, Any] = {
            "id": uuid7(),
            "tenant_id": self.tenant.id,
            "occurred_at": NOW + timedelta(minutes=minute),
            "resource_kind": ResourceKind.USER,
            "resource_id": user.id,
            "resource_name": orjson.loads(user.document)["userName"],
            "action": EventAction.UPDATE,
            "outcome": EventOutcome.SUCCESS,
            "actor": ENTRA,
            "origin": Origin(f"request-{minute}", f"entra-{minute}"),
            **details,
        }
        event = ProvisioningEvent(**fields)
        await database.write([history.add(event)])
        return event


def _created(user: UserRecord, resource: dict[str, Any], access: Access) -> ProvisioningEvent:
    changes = [
        Change("userName", None, resource["userName"]),
        Change("name.givenName", None, resource["name"]["givenName"]),
        Change('emails[type eq "work"].value', None, resource["emails"][0]["value"]),
        *(Change(path, None, resource[path]) for path in ("title", "userType") if path in resource),
    ]
    return ProvisioningEvent(
        id=uuid7(),
        tenant_id=user.tenant_id,
        occurred_at=user.created_at,
        resource_kind=ResourceKind.USER,
        resource_id=user.id,
        resource_name=resource["userName"],
        action=EventAction.CREATE,
        outcome=EventOutcome.WARNING if access.unmatched else EventOutcome.SUCCESS,
        actor=ENTRA,
        origin=Origin(f"request-{user.id}", "entra-1"),
        changes=tuple(changes),
        mapping_version=user.mapping_version,
        http_status=201,
    )


async def new_community(slug: str = "acme") -> Community:
    """A tenant without people yet."""
    tenant = await new_tenant(slug)
    roles = {
        "agent": await new_role(tenant.id, "agent", name="Leasing Agent"),
        "manager": await new_role(tenant.id, "manager", name="Property Manager", privileged=True),
    }
    groups = {name: await new_employee_group(tenant.id, name) for name in ("north", "south", "vip")}
    await new_role_rule(tenant.id, "Agent", roles["agent"].id)
    await new_role_rule(tenant.id, "Property Manager", roles["manager"].id)
    for name, group in groups.items():
        await new_group_rule(tenant.id, name.title(), group.id)
    return Community(tenant, roles, groups)


def viewer(*grants: tuple[UUID | None, frozenset[Permission]], name: str = "script") -> Viewer:
    """An API key with these grants; an owner of everything without any."""
    given = grants or ((None, OWNER),)
    return Viewer(UUID(int=9), name, ActorKind.API_KEY, tuple(Grant(tenant, rights) for tenant, rights in given))


@dataclass(frozen=True)
class Api:
    """A client that is signed in as one viewer."""

    http: httpx.AsyncClient

    @classmethod
    def of(cls, who: Viewer, **settings: Any) -> Api:
        """Make the application and a client of it; the only key is ``secret``."""

        async def authenticate(key: str) -> Viewer:
            if key != "secret":
                raise Unauthorized("The API key is not valid", code="invalid_token")
            return who

        app = create_graphql_app(sign_in=SignIn(authenticate), **settings)
        transport = httpx.ASGITransport(app=app)
        return cls(httpx.AsyncClient(transport=transport, base_url="http://gatehouse.test"))

    async def post(self, query: str, **variables: Any) -> httpx.Response:
        """Ask, and give the whole response."""
        body = {"query": query, "variables": variables}
        return await self.http.post("/graphql", json=body, headers={"Authorization": "Bearer secret"})

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask, and give the body."""
        body: dict[str, Any] = (await self.post(query, **variables)).json()
        return body

    async def data(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask what must be answered without errors."""
        body = await self.ask(query, **variables)
        assert "errors" not in body, body["errors"]
        data: dict[str, Any] = body["data"]
        return data

    async def error(self, query: str, **variables: Any) -> dict[str, Any]:
        """Ask what must fail with one error."""
        body = await self.ask(query, **variables)
        assert len(body["errors"]) == 1, body
        error: dict[str, Any] = body["errors"][0]
        return error
