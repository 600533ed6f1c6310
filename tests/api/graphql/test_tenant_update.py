"""``tenantUpdate``: what comes back, who may, what is refused; and that SCIM goes by it at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.api.graphql.people import ACCOUNT_MANAGER, EDITOR, OWNER, Api, Community, new_community, viewer
from tests.bodies import person
from tests.world import World

from gatehouse.api.graphql.ids import global_id
from gatehouse.store.database import Database, fetch_one

_FIELDS = "slug name version settings { scimMode unknownAttributes }"
_UPDATE = f"""mutation($input: TenantUpdateInput!) {{ result: tenantUpdate(input: $input) {{
  tenant {{ {_FIELDS} }} changes {{ path before after redacted }} dryRun clientMutationId
  userErrors {{ code path message }} }} }}"""
_READ = f"query($id: ID!) {{ tenant(by: {{id: $id}}) {{ {_FIELDS} }} }}"
_ACME = {
    "slug": "acme",
    "name": "Acme",
    "version": 1,
    "settings": {"scimMode": "ENTRA", "unknownAttributes": "IGNORE"},
}


@pytest.fixture
async def acme(database: Database) -> Community:
    return await new_community("acme")


async def _update(api: Api, **given: Any) -> dict[str, Any]:
    result: dict[str, Any] = (await api.data(_UPDATE, input=given))["result"]
    return result


async def test_rename_and_settings(acme: Community) -> None:
    api = Api.of(viewer())
    settings = {"scimMode": "STRICT", "unknownAttributes": "REJECT"}

    first = await _update(
        api, tenantId=acme.id, expectedVersion=1, settings=settings, reason="audit", clientMutationId="m-1"
    )
    second = await _update(api, tenantId=acme.id, expectedVersion=2, name="Acme Inc", settings={"scimMode": None})

    assert first == {
        "tenant": {**_ACME, "version": 2, "settings": settings},
        "changes": [
            {"path": "settings.scimMode", "before": "ENTRA", "after": "STRICT", "redacted": False},
            {"path": "settings.unknownAttributes", "before": "IGNORE", "after": "REJECT", "redacted": False},
        ],
        "dryRun": False,
        "clientMutationId": "m-1",
        "userErrors": [],
    }
    assert second["changes"] == [{"path": "name", "before": "Acme", "after": "Acme Inc", "redacted": False}]
    read = (await api.data(_READ, id=acme.id))["tenant"]
    assert read == second["tenant"] == {**_ACME, "name": "Acme Inc", "version": 3, "settings": settings}


async def test_a_dry_run_tells_and_changes_nothing(acme: Community) -> None:
    api = Api.of(viewer())

    result = await _update(api, tenantId=acme.id, expectedVersion=1, settings={"scimMode": "STRICT"}, dryRun=True)

    assert (result["dryRun"], result["tenant"]) == (True, _ACME)
    assert [change["path"] for change in result["changes"]] == ["settings.scimMode"]
    assert (await api.data(_READ, id=acme.id))["tenant"] == _ACME


async def test_a_request_sent_again_is_carried_out_once(acme: Community) -> None:
    api = Api.of(viewer())
    given = {"tenantId": acme.id, "expectedVersion": 1, "name": "New", "settings": {"eventRetentionDays": 90}}
    given["idempotencyKey"] = "k"

    first = await _update(api, **given)
    await _update(api, tenantId=acme.id, expectedVersion=2, settings={"scimMode": "STRICT"})
    again = await _update(api, **given)
    changed = await _update(api, **given | {"expectedVersion": 3})

    assert [change["path"] for change in first["changes"]] == ["name", "settings.eventRetentionDays"]
    assert (again["userErrors"], again["changes"], again["dryRun"]) == ([], first["changes"], False)
    assert (again["tenant"]["name"], again["tenant"]["version"]) == ("New", 3)  # as it is by now
    assert [error["code"] for error in changed["userErrors"]] == ["IDEMPOTENCY_MISMATCH"]
    row = await fetch_one("SELECT count(*) FROM audit_entry")
    assert row is not None and row[0] == 2


async def test_the_same_request_many_times_at_once(acme: Community) -> None:
    api = Api.of(viewer())
    given = {"tenantId": acme.id, "expectedVersion": 1, "name": "New", "idempotencyKey": "k"}

    results = await asyncio.gather(*(_update(api, **given) for _ in range(6)))

    assert [result["userErrors"] for result in results] == [[]] * 6
    assert {result["tenant"]["version"] for result in results} == {2}
    assert [result["changes"] for result in results] == [results[0]["changes"]] * 6


async def test_a_dry_run_does_not_use_the_key_up(acme: Community) -> None:
    api = Api.of(viewer())
    given = {"tenantId": acme.id, "expectedVersion": 1, "name": "New", "idempotencyKey": "k"}

    tried = await _update(api, **given, dryRun=True)
    done = await _update(api, **given)

    assert (tried["changes"], tried["tenant"]["version"]) == (done["changes"], 1)
    assert (done["userErrors"], done["tenant"]["version"]) == ([], 2)


@pytest.mark.parametrize(
    ("_case", "given", "code", "path"),
    [
        ("stale version", {"expectedVersion": 7}, "STALE_VERSION", ["input", "expectedVersion"]),
        ("blank name", {"name": " "}, "INVALID", ["input", "name"]),
        ("long reason", {"reason": "x" * 501}, "INVALID", ["input", "reason"]),
        ("long key", {"idempotencyKey": "x" * 201}, "INVALID", ["input", "idempotencyKey"]),
        ("unknown tenant", {"tenantId": "VGVuYW50OjE="}, "NOT_FOUND", ["input", "tenantId"]),
    ],
)
async def test_refusals_are_data(
    acme: Community, _case: str, given: dict[str, Any], code: str, path: list[str]
) -> None:
    api = Api.of(viewer())

    result = await _update(api, **{"tenantId": acme.id, "expectedVersion": 1, "name": "New"} | given)

    assert [(error["code"], error["path"]) for error in result["userErrors"]] == [(code, path)]
    assert (result["tenant"], result["changes"]) == (None, [])
    assert (await api.data(_READ, id=acme.id))["tenant"] == _ACME


@pytest.mark.parametrize(
    ("permissions", "code"),
    [(OWNER, None), (EDITOR, "FORBIDDEN"), (ACCOUNT_MANAGER, "FORBIDDEN"), (frozenset(), "NOT_FOUND")],
)
async def test_it_takes_manage_tenants(acme: Community, permissions: Any, code: str | None) -> None:
    api = Api.of(viewer((acme.tenant.id, permissions)))

    result = await _update(api, tenantId=acme.id, expectedVersion=1, name="New")

    assert [error["code"] for error in result["userErrors"]] == ([code] if code else [])
    row = await fetch_one("SELECT name, (SELECT max(outcome) FROM audit_entry) FROM tenant")
    assert row is not None
    assert tuple(row) == (("Acme", "DENIED") if code else ("New", "SUCCEEDED"))


async def test_scim_goes_by_it_at_once(world: World) -> None:
    entra = await world.client()
    body = {**person("ada@corp.example"), "active": "True", "favouriteColour": "blue"}
    key = await world.api_key("owner")

    async def update(version: int, **settings: str) -> None:
        given = {"tenantId": global_id("Tenant", entra.tenant.id), "expectedVersion": version, "settings": settings}
        assert (await world.graphql(key, _UPDATE, input=given))["result"]["userErrors"] == []

    await update(1, unknownAttributes="REJECT")
    rejected = await entra.post("/Users", body)
    await update(2, unknownAttributes="IGNORE", scimMode="STRICT")
    strict = await entra.post("/Users", body)
    await update(3, scimMode="ENTRA")
    accepted = await entra.post("/Users", body)

    assert (rejected.status_code, rejected.json()["scimType"]) == (400, "invalidSyntax")
    assert (strict.status_code, strict.json()["scimType"]) == (400, "invalidValue")
    assert accepted.status_code == 201
