"""A small tenant to look at: what ``serve`` puts into an empty database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gatehouse.records import Actor, ActorKind, Origin, Tenant
from gatehouse.services import api_keys, catalogue, managed_credentials, mapping, tenants
from gatehouse.services.identifiers import new_request_id

_ROLES: Final = (
    ("leasing-agent", "Leasing Agent", False),
    ("property-manager", "Property Manager", False),
    ("regional-manager", "Regional Manager", True),
)
_GROUPS: Final = (("leasing", "Leasing"), ("accounting", "Accounting"), ("north", "North"), ("south", "South"))
_TOKEN_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class Demo:
    """The new tenant and its secrets, shown once."""

    tenant: Tenant
    token: str
    api_key: str


async def create_demo_if_empty() -> Demo | None:
    """Create tenant ``demo`` with a catalogue, rules, a bearer token and an API key, unless there is any tenant."""
    if await tenants.list_all():
        return None
    actor, origin = Actor(ActorKind.SYSTEM, None, "gatehouse serve"), Origin(new_request_id())
    tenant = await tenants.create("demo", name="Demo Community", actor=actor, origin=origin)
    for key, name, privileged in _ROLES:
        await catalogue.upsert_role(actor, origin, tenant.id, key=key, name=name, privileged=privileged)
    for key, name in _GROUPS:
        await catalogue.upsert_employee_group(actor, origin, tenant.id, key=key, name=name)
    for key, name, _ in _ROLES:
        await mapping.set_role_rule(actor, origin, tenant.id, expected_version=None, title_value=name, role_key=key)
    for key, name in _GROUPS:
        await mapping.set_group_rule(
            actor, origin, tenant.id, expected_version=None, segment_value=name, group_keys=[key]
        )
    _, token = await managed_credentials.issue_token(
        tenant.id, label="Demo", expires_in_days=_TOKEN_DAYS, actor=actor, origin=origin
    )
    _, api_key = await api_keys.issue_api_key(name="Demo owner", preset="owner", actor=actor, origin=origin)
    return Demo(await tenants.get(tenant.id), token, api_key)
