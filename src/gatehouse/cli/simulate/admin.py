"""What the admin API of Gatehouse says of a tenant: its mapping, and everybody's access in force."""

from __future__ import annotations

from collections.abc import Mapping as Lookup
from dataclasses import dataclass
from typing import Any, Final, Self
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx

from gatehouse.mapping.rules import GroupRule, Mapping, MappingSettings, Policy, RoleRule

_SETTINGS: Final = """settings { delimiter roleAttribute groupAttribute emptyTitle unmappedTitle unmappedGroup
    defaultRole { key } defaultGroups { key } }"""
_TENANT: Final = f"""query Tenant($by: TenantBy!) {{ tenant(by: $by) {{ id slug mapping {{ version {_SETTINGS}
    roleRules {{ titleValue role {{ key }} }} groupRules {{ segmentValue groups {{ key }} }} }} }} }}"""
_TENANT_OF: Final = "query TenantOf($scimId: UUID!) { user(by: {scimId: $scimId}) { tenant { id } } }"
_USERS: Final = """query Users($tenantId: ID!, $after: Cursor) { users(first: 100, after: $after,
    where: {tenantId: {eq: $tenantId}}) { pageInfo { endCursor hasNextPage }
    nodes { scimId active title userType department role { key } groups { key } } } }"""


@dataclass(frozen=True, slots=True)
class StoredAccess:
    """One user as the admin API shows it."""

    active: bool
    title: str | None
    user_type: str | None
    department: str | None
    role: str | None  # key; None also while disabled
    groups: frozenset[str]  # keys


class AdminApi:
    """Reads over GraphQL with an API key."""

    def __init__(self, url: str, api_key: str, *, timeout_s: float) -> None:
        self._url = url
        headers = {"Authorization": f"Bearer {api_key}"}
        self._http = httpx.AsyncClient(timeout=timeout_s, trust_env=False, headers=headers)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def check(self) -> None:
        """Find out before a long run whether it answers.

        :raises ValueError: it does not, or it refuses the key.
        """
        await self._ask("{ viewer { id } }")

    async def tenant(self, *, slug: str | None, scim_id: str | None) -> tuple[str, Mapping]:
        """The tenant's id and mapping: by slug, or as the tenant of a user.

        :raises ValueError: there is no such tenant in sight of the key, or nothing to find it by.
        """
        if slug is not None:
            by = {"slug": slug}
        elif scim_id is not None:
            by = {"id": await self._tenant_of(scim_id)}
        else:
            raise ValueError("no user was provisioned: say with --tenant which tenant to compare")
        found = (await self._ask(_TENANT, by=by))["tenant"]
        if found is None:
            raise ValueError("the API key does not see the tenant")
        return found["id"], to_mapping(found["mapping"])

    async def access(self, tenant_id: str) -> dict[str, StoredAccess]:
        """Everybody of the tenant but the deleted, by SCIM id."""
        found = dict[str, StoredAccess]()
        after: str | None = None
        while True:
            page = (await self._ask(_USERS, tenantId=tenant_id, after=after))["users"]
            found |= {node["scimId"]: _access(node) for node in page["nodes"]}
            if not page["pageInfo"]["hasNextPage"]:
                return found
            after = page["pageInfo"]["endCursor"]

    async def _tenant_of(self, scim_id: str) -> str:
        user = (await self._ask(_TENANT_OF, scimId=scim_id))["user"]
        if user is None:
            raise ValueError("the API key does not see the users of this SCIM address; is --graphql-url right?")
        return str(user["tenant"]["id"])

    async def _ask(self, query: str, **variables: object) -> dict[str, Any]:
        try:
            response = await self._http.post(self._url, json={"query": query, "variables": variables})
        except httpx.TransportError as exc:
            raise ValueError(f"the admin API does not answer: {str(exc) or type(exc).__name__}") from None
        try:
            body = response.json()
        except ValueError:
            body = None
        if not isinstance(body, dict) or not isinstance(body.get("data"), dict) or body.get("errors"):
            raise ValueError(f"the admin API answered {response.status_code}: {_first_error(body)}")
        data: dict[str, Any] = body["data"]
        return data


def to_mapping(found: Lookup[str, Any]) -> Mapping:
    """Rebuild the pure mapping from GraphQL's ``Mapping``; ids are made from the keys, which are unique in a tenant."""
    settings = found["settings"]
    default_role = settings["defaultRole"]
    rules = [(rule["titleValue"], rule["role"]["key"]) for rule in found["roleRules"] if rule["role"]]
    segments = [(rule["segmentValue"], [group["key"] for group in rule["groups"]]) for rule in found["groupRules"]]
    defaults = [group["key"] for group in settings["defaultGroups"]]
    role_keys = {key for _, key in rules} | ({default_role["key"]} if default_role else set())
    group_keys = {key for _, keys in segments for key in keys} | set(defaults)
    return Mapping(
        version=found["version"],
        settings=MappingSettings(
            delimiter=settings["delimiter"],
            role_attribute=settings["roleAttribute"],
            group_attribute=settings["groupAttribute"],
            empty_title=Policy(settings["emptyTitle"]),
            unmapped_title=Policy(settings["unmappedTitle"]),
            unmapped_group=Policy(settings["unmappedGroup"]),
            default_role_id=_id("role", default_role["key"]) if default_role else None,
            default_group_ids=tuple(_id("group", key) for key in defaults),
        ),
        role_rules=tuple(RoleRule(_id("role rule", value), value, _id("role", key)) for value, key in rules),
        group_rules=tuple(
            GroupRule(_id("group rule", value), value, tuple(_id("group", key) for key in keys))
            for value, keys in segments
        ),
        roles={_id("role", key): key for key in role_keys},
        groups={_id("group", key): key for key in group_keys},
    )


def _id(kind: str, key: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"{kind}:{key}")


def _access(node: Lookup[str, Any]) -> StoredAccess:
    return StoredAccess(
        active=node["active"],
        title=node["title"],
        user_type=node["userType"],
        department=node["department"],
        role=node["role"]["key"] if node["role"] else None,
        groups=frozenset(group["key"] for group in node["groups"]),
    )


def _first_error(body: object) -> str:
    errors = body.get("errors") if isinstance(body, dict) else None
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        return str(errors[0].get("message"))
    return "no GraphQL"
