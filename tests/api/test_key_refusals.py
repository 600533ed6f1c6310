"""Attempts at keys that are not one's own to make, replace or end: refused, and on record with those whom they concern."""

from __future__ import annotations

from typing import Any

import pytest
from tests.api.test_managed_credentials import issue_with, run, soon
from tests.world import World

from gatehouse.api.graphql.ids import global_id
from gatehouse.records import Permission
from gatehouse.store.database import as_uuid, execute, fetch
from gatehouse.store.ids import uuid7

DENIED = "{ auditEntries(where: {outcome: [DENIED, FAILED]}) { nodes { action reason targetId tenant { slug } } } }"
NOT_MANAGED = "no MANAGE_ADMINS in {}"
NOT_IN_ALL = "This needs the permission MANAGE_ADMINS in all tenants"
MORE = "You do not hold {} in the tenant, so no key of yours can"
EVERYTHING_ELSE = ", ".join(sorted(set(Permission) - {Permission.READ_DIRECTORY, Permission.MANAGE_ADMINS}))


@pytest.fixture
async def ids(world: World) -> dict[str, str]:
    """The ids of two tenants and of a key for each, for both and for all; and ids that name nothing."""
    acme, beta = (await world.client("acme")).tenant.id, (await world.client("beta")).tenant.id
    scopes = {"of acme": (acme,), "of beta": (beta,), "of both": (acme, beta), "of all": ()}
    keys = {name: (await world.api_key("owner", *scope))[-4:] for name, scope in scopes.items()}
    rows = {row[1]: as_uuid(row[0]) for row in await fetch("SELECT id, last_four FROM api_key")}
    return {
        "acme": global_id("Tenant", acme),
        "beta": global_id("Tenant", beta),
        "*": "*",
        **{name: global_id("ApiKey", rows[last_four]) for name, last_four in keys.items()},
        "no tenant": global_id("Tenant", uuid7()),
        "no key": global_id("ApiKey", uuid7()),
    }


def grants(ids: dict[str, str], *names: str, **given: Any) -> dict[str, Any]:
    """The input of apiKeyCreate; a star is all tenants."""
    of = [{"tenantId": None if name == "*" else ids[name], "permissions": ["READ_DIRECTORY"]} for name in names]
    return {"name": "more", "expiresAt": soon(), "grants": of, **given}


def old(key: str, **given: Any) -> dict[str, Any]:
    """The input of apiKeyRotate and apiKeyRevoke."""
    return {"apiKeyId": key, "reason": "mine now", **given}


def entry(ids: dict[str, str], action: str, slug: str | None, target: str, reason: str) -> dict[str, Any]:
    return {"action": action, "reason": reason, "targetId": ids[target], "tenant": {"slug": slug} if slug else None}


async def test_those_concerned_are_told_of_the_attempt(world: World, ids: dict[str, str]) -> None:
    """Those of the tenant, or those who see every tenant. Who tried learns nothing of what is out of sight."""
    tenant_id = (await fetch("SELECT id FROM tenant WHERE slug = 'acme'"))[0][0]
    owner, reader, everywhere = (
        await world.api_key("owner", as_uuid(tenant_id)),
        await world.api_key("viewer"),
        await world.api_key("owner"),
    )
    manager, _ = await issue_with(as_uuid(tenant_id), {"READ_DIRECTORY", "MANAGE_ADMINS"})
    more = grants(ids, "acme") | {"grants": [{"tenantId": ids["acme"], "permissions": ["EXPORT"]}]}
    cases: list[tuple[str, str, dict[str, Any], str, tuple[str | None, str, str] | None]] = [
        (owner, "Create", grants(ids, "*"), "FORBIDDEN", (None, "*", NOT_IN_ALL)),
        (owner, "Create", grants(ids, "acme", "*"), "FORBIDDEN", (None, "*", NOT_IN_ALL)),
        (reader, "Create", grants(ids, "*"), "FORBIDDEN", (None, "*", NOT_IN_ALL)),
        (reader, "Create", grants(ids, "acme"), "FORBIDDEN", ("acme", "acme", NOT_MANAGED.format("the tenant"))),
        (owner, "Create", grants(ids, "beta"), "NOT_FOUND", ("beta", "beta", "no READ_DIRECTORY in the tenant")),
        (owner, "Create", grants(ids, "no tenant"), "NOT_FOUND", None),
        (manager, "Create", more, "FORBIDDEN", ("acme", "acme", MORE.format("EXPORT"))),
        (
            *(owner, "Create", grants(ids, "acme", anyDocument=True), "FORBIDDEN"),
            ("acme", "acme", "Only a key that may send any document can make another one"),
        ),
        (
            manager,
            "Rotate",
            old(ids["of acme"], expiresAt=soon()),
            "FORBIDDEN",
            ("acme", "of acme", MORE.format(EVERYTHING_ELSE)),
        ),
        (
            owner,
            "Rotate",
            old(ids["of beta"], expiresAt=soon()),
            "NOT_FOUND",
            ("beta", "of beta", NOT_MANAGED.format("the tenant")),
        ),
        (owner, "Revoke", old(ids["of beta"]), "NOT_FOUND", ("beta", "of beta", NOT_MANAGED.format("the tenant"))),
        (owner, "Revoke", old(ids["of both"]), "NOT_FOUND", ("beta", "of both", NOT_MANAGED.format("the tenant"))),
        (owner, "Revoke", old(ids["of all"]), "NOT_FOUND", (None, "of all", NOT_MANAGED.format("all tenants"))),
        (owner, "Revoke", old(ids["no key"]), "NOT_FOUND", None),
    ]

    for who, act, given, code, told in cases:
        await execute("DELETE FROM audit_entry")
        result = await run(world, who, f"apiKey{act}", "requestId", **given)
        entries, shown = [(await world.graphql(key, DENIED))["auditEntries"]["nodes"] for key in (everywhere, who)]

        assert [error["code"] for error in result["userErrors"]] == [code], given
        assert entries == ([entry(ids, f"apiKey{act}", *told)] if told else []), given
        in_sight = who == reader or (told is not None and told[0] == "acme")
        assert shown == (entries if in_sight else []), given
