"""Null in what clients send: it leaves things as they are, takes a nullable thing away, or is refused; never a bug."""

from __future__ import annotations

import pytest
from graphql import GraphQLInputObjectType, GraphQLNonNull, get_named_type
from tests.api.graphql.every_mutation import REQUIRED, SCHEMA, input_type, mutations, required, run
from tests.api.graphql.people import Api, Community, new_community, viewer
from tests.api.graphql.request_rows import log

from gatehouse.api.graphql.ids import global_id
from gatehouse.store.database import Database

# Of a mutation that needs something beside the field that is null
BESIDE = {("userOverrideSet", "roleKey"): {"addGroupKeys": ["vip"]}}
FILTERED = {
    "users": "UserWhere",
    "tenants": "TenantWhere",
    "provisioningEvents": "ProvisioningEventWhere",
    "scimRequests": "ScimRequestWhere",
    "auditEntries": "AuditWhere",
}


def _nullable(type_: GraphQLInputObjectType) -> list[str]:
    return [name for name, field in type_.fields.items() if not isinstance(field.type, GraphQLNonNull)]


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
    return await _community("acme")


async def _community(slug: str) -> Community:
    community = await new_community(slug)
    await community.add("Ana", title="Agent", userType="north")
    await log(community.tenant)
    return community


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("mutation", [name for name in mutations() if _nullable(input_type(name))])
async def test_null_in_a_mutation(api: Api, subtests: pytest.Subtests, mutation: str) -> None:
    for field in _nullable(input_type(mutation)):
        community = await _community(f"acme-{field.lower()}")
        given = await required(community, api, mutation)
        beside = BESIDE.get((mutation, field), {})
        with subtests.test(field):
            result = await run(api, mutation, **{**given, **beside, field: None})

            assert result == {"userErrors": []}


async def test_null_leaves_settings_as_they_are_and_takes_the_default_role_away(acme: Community, api: Api) -> None:
    settings = "settings { delimiter roleAttribute unmappedTitle defaultRole { key } defaultGroups { key } }"
    read = f"query($id: ID!) {{ tenant(by: {{id: $id}}) {{ mapping {{ {settings} }} }} }}"
    names = [name for name in _nullable(input_type("mappingSettingsUpdate")) if name != "defaultRoleKey"]
    given = {"delimiter": "/", "defaultRoleKey": "agent", "defaultGroupKeys": ["vip"], "unmappedTitle": "KEEP_PREVIOUS"}

    await run(api, "mappingSettingsUpdate", tenantId=acme.id, expectedVersion=1, **given)
    await run(api, "mappingSettingsUpdate", tenantId=acme.id, expectedVersion=2, **dict.fromkeys(names))
    kept = (await api.data(read, id=acme.id))["tenant"]["mapping"]["settings"]
    await run(api, "mappingSettingsUpdate", tenantId=acme.id, expectedVersion=2, defaultRoleKey=None)
    taken = (await api.data(read, id=acme.id))["tenant"]["mapping"]["settings"]

    assert kept == {
        "delimiter": "/",
        "roleAttribute": "title",
        "unmappedTitle": "KEEP_PREVIOUS",
        "defaultRole": {"key": "agent"},
        "defaultGroups": [{"key": "vip"}],
    }
    assert taken == {**kept, "defaultRole": None}


async def test_null_and_left_out_are_the_same_request(acme: Community, api: Api) -> None:
    document = "mutation($input: ExportCreateInput!) { exportCreate(input: $input) { job { id } userErrors { code } } }"
    given = {"tenantId": acme.id, **REQUIRED["exportCreate"], "idempotencyKey": "once"}

    first = await api.data(document, input={**given, "reason": None, "from": None})
    again = await api.data(document, input=given)

    assert first["exportCreate"]["userErrors"] == []
    assert again == first


async def test_comparing_with_null_is_refused(acme: Community, api: Api, subtests: pytest.Subtests) -> None:
    for connection, field, operator in _comparisons():
        query = f"query($where: {FILTERED[connection]}) {{ {connection}(where: $where) {{ nodes {{ id }} }} }}"
        with subtests.test(connection=connection, field=field, operator=operator):
            error = await api.error(query, where={"not": {"or": [{field: {operator: None}}]}})

            assert error["extensions"]["code"] == "INVALID"
            assert "with null" in error["message"]
            is_text = operator in {"ne", "contains", "startsWith"} or (operator in {"eq", "in"} and _is_text(field))
            assert ("Use isNull" in error["extensions"]["hint"]) is is_text


def _is_text(field: str) -> bool:
    kinds = [SCHEMA.type_map[where].fields.get(field) for where in FILTERED.values()]  # type: ignore[attr-defined]
    return any(kind is not None and str(kind.type) == "StringFilter" for kind in kinds)


@pytest.mark.parametrize("connection", FILTERED)
async def test_a_whole_part_that_is_null_asks_for_nothing(acme: Community, api: Api, connection: str) -> None:
    names = SCHEMA.type_map[FILTERED[connection]].fields  # type: ignore[attr-defined]
    query = f"query($where: {FILTERED[connection]}) {{ {connection}(where: $where) {{ totalCount }} }}"

    await run(api, "roleUpsert", tenantId=acme.id, **REQUIRED["roleUpsert"])  # something to audit
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
