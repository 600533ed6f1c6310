"""Null in what clients send: it leaves things as they are, takes a nullable thing away, or is refused; never a bug."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLNonNull, build_schema, get_named_type
from tests.api.graphql.people import Api, Community, new_community, viewer
from tests.api.graphql.request_rows import log

from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.schema import print_admin_schema
from gatehouse.records import Origin, iso_milliseconds
from gatehouse.services import exports
from gatehouse.services.clock import now
from gatehouse.store.database import Database

SCHEMA = build_schema(print_admin_schema())
SOON = iso_milliseconds(now() + timedelta(days=1))
REQUIRED: dict[str, dict[str, Any]] = {
    "roleUpsert": {"key": "new", "name": "New"},
    "employeeGroupUpsert": {"key": "new", "name": "New"},
    "roleRuleSet": {"expectedVersion": 1, "titleValue": "Boss", "roleKey": "agent"},
    "roleRuleRemove": {"expectedVersion": 1, "value": "Agent"},
    "groupRuleSet": {"expectedVersion": 1, "segmentValue": "east", "groupKeys": ["north"]},
    "groupRuleRemove": {"expectedVersion": 1, "value": "north"},
    "mappingSettingsUpdate": {"expectedVersion": 1},
    "tenantUpdate": {"expectedVersion": 1},
    "mappingPlanCreate": {"baseVersion": 1, "change": {"patch": [{"removeRole": "Agent"}]}},
    "mappingRollback": {"toVersion": 1, "message": "back"},
    "credentialCreate": {"label": "Entra"},
    "userOverrideSet": {"reason": "cover", "expiresAt": SOON},
    "userOverrideClear": {},
    "exportCreate": {"subject": "AUDIT", "format": "CSV"},
}
# Of a mutation that needs something beside the field that is null
BESIDE = {("userOverrideSet", "roleKey"): {"addGroupKeys": ["vip"]}}
OF_A_PLAN = {"mappingPlanApply", "mappingPlanDiscard"}
OF_A_SECRET = {"credentialRotate", "credentialRevoke", "apiKeyCreate", "apiKeyRotate", "apiKeyRevoke"}
OF_A_VALUE = {"unmappedValueIgnore", "unmappedValueUnignore"}  # see test_unmapped_values
FILTERED = {
    "users": "UserWhere",
    "tenants": "TenantWhere",
    "provisioningEvents": "ProvisioningEventWhere",
    "scimRequests": "ScimRequestWhere",
    "auditEntries": "AuditWhere",
}


def _input_type(mutation: str) -> GraphQLInputObjectType:
    assert SCHEMA.mutation_type is not None
    named = get_named_type(SCHEMA.mutation_type.fields[mutation].args["input"].type)
    assert isinstance(named, GraphQLInputObjectType)
    return named


def _nullable(type_: GraphQLInputObjectType) -> list[str]:
    return [name for name, field in type_.fields.items() if not isinstance(field.type, GraphQLNonNull)]


def _mutations() -> list[str]:
    assert SCHEMA.mutation_type is not None
    return [name for name in SCHEMA.mutation_type.fields if name not in OF_A_VALUE]


def _comparisons() -> list[tuple[str, str, str]]:
    """Every (connection, filter, operator) of the schema that takes a null."""
    found = []
    for connection, where in FILTERED.items():
        for name, field in SCHEMA.type_map[where].fields.items():  # type: ignore[attr-defined]
            kind = get_named_type(field.type)
            if isinstance(kind, GraphQLInputObjectType) and kind.name != where:
                found += [(connection, name, operator) for operator in _nullable(kind)]
    return found


@pytest.fixture
def api() -> Api:
    return Api.of(viewer())


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    await community.add("Ana", title="Agent", userType="north")
    await log(community.tenant)
    return community


async def _run(api: Api, mutation: str, **given: Any) -> dict[str, Any]:
    document = f"mutation($input: {_input_type(mutation).name}!) {{ result: {mutation}(input: $input) "
    document += "{ userErrors { code message path } } }"
    result: dict[str, Any] = (await api.data(document, input=given))["result"]
    return result


async def _secret(acme: Community, api: Api, mutation: str) -> dict[str, Any]:
    """What a mutation of a token or key must be given, with one to replace or end."""
    kind = "credential" if mutation.startswith("credential") else "apiKey"
    given: dict[str, Any] = {"tenantId": acme.id, "label": "Entra"}
    if kind == "apiKey":
        given = {"name": "key", "expiresAt": SOON, "grants": [{"tenantId": acme.id, "preset": "VIEWER"}]}
    if mutation == "apiKeyCreate":
        return given
    document = f"mutation($input: {_input_type(f'{kind}Create').name}!) {{ {kind}Create(input: $input) {{ {kind} {{ id }} }} }}"
    made = (await api.data(document, input=given))[f"{kind}Create"][kind]["id"]
    more = {"credentialRevoke": {"reason": "x", "confirmLast": True}, "apiKeyRotate": {"expiresAt": SOON}}
    return {f"{kind}Id": made, **more.get(mutation, {"reason": "x"} if mutation == "apiKeyRevoke" else {})}


async def _required(acme: Community, api: Api, mutation: str) -> dict[str, Any]:
    """What a mutation must be given, with a plan for those that take one."""
    if mutation.startswith("user"):
        before = {"userId": acme.person_id(0), **REQUIRED["userOverrideSet"], "roleKey": "manager"}
        await _run(api, "userOverrideSet", **before)
        other = {"roleKey": "agent"} if mutation == "userOverrideSet" else {}
        return {"userId": acme.person_id(0), **other, **REQUIRED[mutation]}
    if mutation == "jobCancel":
        wish = exports.Wish(exports.ExportSubject.USERS, exports.ExportFormat.CSV)
        job = await exports.create(viewer(), Origin("r"), acme.tenant.id, wish)
        return {"jobId": global_id("Job", job.id)}
    if mutation == "tenantCreate":
        return {"slug": "beta", "name": "Beta"}
    if mutation in OF_A_SECRET:
        return await _secret(acme, api, mutation)
    if mutation not in OF_A_PLAN:
        return {"tenantId": acme.id, **REQUIRED[mutation]}
    made = await api.data(
        """mutation($input: MappingPlanCreateInput!) { mappingPlanCreate(input: $input) { plan { id proposedDigest } } }""",
        input={"tenantId": acme.id, **REQUIRED["mappingPlanCreate"]},
    )
    plan = made["mappingPlanCreate"]["plan"]
    digest = {"expectedDigest": plan["proposedDigest"]} if mutation == "mappingPlanApply" else {}
    return {"planId": plan["id"], **digest}


@pytest.mark.parametrize(
    ("mutation", "field"), [(name, field) for name in _mutations() for field in _nullable(_input_type(name))]
)
async def test_null_in_a_mutation(acme: Community, api: Api, mutation: str, field: str) -> None:
    given = await _required(acme, api, mutation)
    beside = BESIDE.get((mutation, field), {})

    result = await _run(api, mutation, **{**given, **beside, field: None})

    assert result == {"userErrors": []}


async def test_null_leaves_settings_as_they_are_and_takes_the_default_role_away(acme: Community, api: Api) -> None:
    settings = "settings { delimiter roleAttribute unmappedTitle defaultRole { key } defaultGroups { key } }"
    read = f"query($id: ID!) {{ tenant(by: {{id: $id}}) {{ mapping {{ {settings} }} }} }}"
    names = [name for name in _nullable(_input_type("mappingSettingsUpdate")) if name != "defaultRoleKey"]
    given = {"delimiter": "/", "defaultRoleKey": "agent", "defaultGroupKeys": ["vip"], "unmappedTitle": "KEEP_PREVIOUS"}

    await _run(api, "mappingSettingsUpdate", tenantId=acme.id, expectedVersion=1, **given)
    await _run(api, "mappingSettingsUpdate", tenantId=acme.id, expectedVersion=2, **dict.fromkeys(names))
    kept = (await api.data(read, id=acme.id))["tenant"]["mapping"]["settings"]
    await _run(api, "mappingSettingsUpdate", tenantId=acme.id, expectedVersion=2, defaultRoleKey=None)
    taken = (await api.data(read, id=acme.id))["tenant"]["mapping"]["settings"]

    assert kept == {
        "delimiter": "/",
        "roleAttribute": "title",
        "unmappedTitle": "KEEP_PREVIOUS",
        "defaultRole": {"key": "agent"},
        "defaultGroups": [{"key": "vip"}],
    }
    assert taken == {**kept, "defaultRole": None}


@pytest.mark.parametrize(("connection", "field", "operator"), _comparisons())
async def test_comparing_with_null_is_refused(
    acme: Community, api: Api, connection: str, field: str, operator: str
) -> None:
    query = f"query($where: {FILTERED[connection]}) {{ {connection}(where: $where) {{ nodes {{ id }} }} }}"

    error = await api.error(query, where={"not": {"or": [{field: {operator: None}}]}})

    assert error["extensions"]["code"] == "INVALID"
    assert "with null" in error["message"]
    is_text = operator in {"ne", "contains", "startsWith"}
    assert ("Use isNull" in error["extensions"]["hint"]) is (is_text or (operator in {"eq", "in"} and _is_text(field)))


def _is_text(field: str) -> bool:
    kinds = [SCHEMA.type_map[where].fields.get(field) for where in FILTERED.values()]  # type: ignore[attr-defined]
    return any(kind is not None and str(kind.type) == "StringFilter" for kind in kinds)


@pytest.mark.parametrize("connection", FILTERED)
async def test_a_whole_part_that_is_null_asks_for_nothing(acme: Community, api: Api, connection: str) -> None:
    names = SCHEMA.type_map[FILTERED[connection]].fields  # type: ignore[attr-defined]
    query = f"query($where: {FILTERED[connection]}) {{ {connection}(where: $where) {{ totalCount }} }}"

    await _run(api, "roleUpsert", tenantId=acme.id, **REQUIRED["roleUpsert"])  # something to audit
    every = await api.data(query)

    assert await api.data(query, where=dict.fromkeys(names)) == every
    assert every[connection]["totalCount"] > 0


async def test_every_comparison_of_events_is_answered(acme: Community, api: Api) -> None:
    """Each operator that the schema offers has its SQL."""
    values = {"String": "x", "ID": acme.id, "Int": 1, "Boolean": False, "DateTime": "2026-11-25T09:30:00Z"}
    for connection, field, operator in _comparisons():
        kind = get_named_type(SCHEMA.type_map[FILTERED[connection]].fields[field].type)  # type: ignore[attr-defined]
        wanted = kind.fields[operator].type
        value = values[get_named_type(wanted).name]
        query = f"query($where: {FILTERED[connection]}) {{ {connection}(where: $where) {{ totalCount }} }}"
        await api.data(query, where={field: {operator: [value] if str(wanted).startswith("[") else value}})


async def test_a_null_id_finds_nobody(acme: Community, api: Api) -> None:
    error = await api.error("{ users(where: {tenantId: {eq: null}}) { nodes { id } } }")
    found = await api.data(
        "query($id: ID!) { users(where: {tenantId: {eq: $id}}) { totalCount } }", id=global_id("Role", acme.tenant.id)
    )

    assert error["extensions"]["code"] == "INVALID"
    assert found == {"users": {"totalCount": 0}}
