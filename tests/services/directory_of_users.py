"""A tenant with a catalogue, rules and users whose stored access is right, for tests of mapping changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
from tests.fixtures import insert, new_employee_group, new_group_rule, new_role, new_role_rule, new_tenant, new_user
from tests.store.introspection import tables

from gatehouse.mapping import edit
from gatehouse.mapping.resolve import Access, resolve
from gatehouse.mapping.rules import Mapping, mapping_inputs
from gatehouse.records import Actor, ActorKind, EmployeeGroup, Origin, Role, UserRecord
from gatehouse.scim.keys import key
from gatehouse.services import mapping
from gatehouse.services.catalogue import Catalogue
from gatehouse.services.impact import Impact
from gatehouse.services.mapping_change import Edit, Terms, carry_out
from gatehouse.services.reach import Pace
from gatehouse.store import database, mapping as mappings
from gatehouse.store.database import Row
from gatehouse.store.ids import uuid7

ADMIN = Actor(ActorKind.API_KEY, UUID(int=7), "terraform")
ORIGIN = Origin("req-1", "corr-1")


@dataclass(frozen=True)
class World:
    """Roles ``agent``, ``manager`` (privileged), ``lead``; groups ``north``, ``south``, ``vip``.

    Rules: "Agent" → agent, "Manager" → manager; "north" → north, "south" → south, "north-vip" → vip, south.
    """

    tenant_id: UUID
    roles: dict[str, Role]
    groups: dict[str, EmployeeGroup]

    async def user(self, name: str, title: str | None, user_type: str | None, **columns: Any) -> UserRecord:
        """A user with the access that the mapping in force gives."""
        rules = await mappings.read(self.tenant_id)
        document = {
            "userName": name,
            **({"title": title} if title is not None else {}),
            **({"userType": user_type} if user_type is not None else {}),
            **columns.pop("document", {}),
        }
        access = resolve(*mapping_inputs(document, rules.settings), rules, previous=None)
        user = await new_user(
            self.tenant_id,
            name,
            title=title,
            title_key=None if title is None else key(title),
            user_type=user_type,
            user_type_key=None if user_type is None else key(user_type),
            role_id=access.role_id,
            role_outcome=str(access.role_outcome),
            access=access.to_text(),
            mapping_version=rules.version,
            document=orjson.dumps(document).decode(),
            **columns,
        )
        for group_id in access.group_ids:
            await insert("user_employee_group", user_id=user.id, employee_group_id=group_id, tenant_id=self.tenant_id)
        return user


async def new_world(slug: str = "acme") -> World:
    tenant = await new_tenant(slug)
    roles = {
        "agent": await new_role(tenant.id, "agent", name="Agent"),
        "manager": await new_role(tenant.id, "manager", name="Manager", privileged=True),
        "lead": await new_role(tenant.id, "lead", name="Team Lead"),
    }
    groups = {name: await new_employee_group(tenant.id, name) for name in ("north", "south", "vip")}
    await new_role_rule(tenant.id, "Agent", roles["agent"].id)
    await new_role_rule(tenant.id, "Manager", roles["manager"].id)
    await new_group_rule(tenant.id, "north", groups["north"].id)
    await new_group_rule(tenant.id, "south", groups["south"].id)
    await new_group_rule(tenant.id, "north-vip", groups["vip"].id, groups["south"].id)
    return World(tenant.id, roles, groups)


async def row(user: UserRecord) -> Row:
    """The stored user."""
    found = await database.fetch_one("SELECT * FROM user_now WHERE id = $1", user.id)
    assert found is not None
    return found


async def role_key(user: UserRecord) -> str | None:
    """The key of the role in the column, which must be the one in the stored access."""
    stored = await row(user)
    access = Access.from_text(stored["access"])
    assert (database.as_uuid(stored["role_id"]) if stored["role_id"] else None) == access.role_id
    assert stored["role_outcome"] == str(access.role_outcome)
    found = await database.fetch_one("SELECT key FROM role WHERE id = $1", stored["role_id"])
    return found[0] if found else None


async def group_keys(user: UserRecord) -> set[str]:
    """The keys of the user's employee groups, which must be those in the stored access."""
    rows = await database.fetch(
        "SELECT g.id, g.key FROM user_employee_group_now u JOIN employee_group g ON g.id = u.employee_group_id"
        " WHERE u.user_id = $1",
        user.id,
    )
    stored = await row(user)
    assert {database.as_uuid(r[0]) for r in rows} == set(Access.from_text(stored["access"]).group_ids)
    return {r[1] for r in rows}


async def events(world: World) -> list[Row]:
    return await database.fetch("SELECT * FROM provisioning_event WHERE tenant_id = $1 ORDER BY id", world.tenant_id)


async def fingerprint() -> dict[str, str]:
    """A hash of every table: equal fingerprints, nothing changed."""
    found = {}
    for table in sorted(await tables()):
        rows = await database.fetch(f"SELECT * FROM {table}")
        found[table] = hashlib.sha256("\n".join(sorted(str(tuple(r)) for r in rows)).encode()).hexdigest()
    return found


def counted(impact: Impact) -> Impact:
    """The counts of users alone."""
    return replace(impact, by_role=(), by_group=())


async def set_role(world: World, title: str, role: str, **terms: Any) -> mapping.MappingChange:
    """Whatever version is in force, unless the terms name one."""
    terms = {"expected_version": None, **terms}
    return await mapping.set_role_rule(ADMIN, ORIGIN, world.tenant_id, title_value=title, role_key=role, **terms)


async def change_at(world: World, pace: Pace, after: Callable[[Mapping], Mapping]) -> mapping.MappingChange:
    """Change the mapping at another pace than the service's own."""

    def decide(before: Mapping, _: Catalogue) -> Edit:
        return Edit(after(before), "change", "Mapping", "0", (), "why")

    return await carry_out(ADMIN, ORIGIN, world.tenant_id, decide, Terms(), pace=pace)


def titled(world: World, title: str, role: str) -> Callable[[Mapping], Mapping]:
    """The mapping with another role for a title."""
    role_id = world.roles[role].id
    return lambda before: edit.set_role_rule(before, value=title, role_id=role_id, note=None, new_id=uuid7())


async def set_group(world: World, segment: str, *groups: str, **terms: Any) -> mapping.MappingChange:
    """Whatever version is in force, unless the terms name one."""
    terms = {"expected_version": None, **terms}
    return await mapping.set_group_rule(
        ADMIN, ORIGIN, world.tenant_id, segment_value=segment, group_keys=groups, **terms
    )
