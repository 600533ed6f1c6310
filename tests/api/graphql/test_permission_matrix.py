"""Every operation by every preset in the own and in another tenant: exactly what the field declares.

The documents are made from the schema (:mod:`tests.api.graphql.documents`), so that a new field is in the matrix at once: a
root field that declares nothing fails, and so does a field of an object that refuses, or tells a name, without saying so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import orjson
import pytest
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema
from strawberry.schema.schema_converter import GraphQLCoreConverter
from tests.api.graphql.documents import call
from tests.api.graphql.people import Api, Community, new_community, viewer
from tests.api.graphql.request_rows import log
from tests.fixtures import new_tenant
from tests.world import ORIGIN, TESTER

from gatehouse.api.graphql.fields import NEEDS
from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.needs import Needs, Otherwise
from gatehouse.api.graphql.schema import schema
from gatehouse.records import PRESETS, Grant, Permission, iso_milliseconds
from gatehouse.services import exports, managed_credentials, managed_keys, plan_create
from gatehouse.services.clock import now
from gatehouse.services.exports import ExportFormat, ExportSubject
from gatehouse.services.proposal import RollbackChange
from gatehouse.store.database import Database, Dialect, fetch_one

SCHEMA: GraphQLSchema = schema._schema
MARK = "zmarkus"  # names a person: seen by nobody without READ_PII
ROOTS = [kind for kind in (SCHEMA.query_type, SCHEMA.mutation_type, SCHEMA.subscription_type) if kind]
OPERATIONS = [(root, name, definition) for root in ROOTS for name, definition in root.fields.items()]
EVERY_PRESET: dict[str, frozenset[Permission]] = {"nothing": frozenset(), **PRESETS}
NODE = SCHEMA.type_map["Node"]
NODES = sorted(SCHEMA.get_possible_types(NODE), key=lambda kind: kind.name)  # type: ignore[arg-type]


@pytest.fixture
def engine() -> Dialect:
    """One is enough: what is permitted is decided before the database is asked."""
    return "sqlite"


def declared(definition: GraphQLField) -> Needs | None:
    needs: Needs | None = definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].metadata.get(NEEDS)
    return needs


@dataclass
class Place:
    """A tenant ``acme`` with one of everything, and ``beta``, which is empty."""

    acme: Community
    beta: Any
    ids: dict[str, str] = field(default_factory=dict)

    def api(self, preset: str, *, own: bool) -> Api:
        """Somebody with the preset in acme, or in beta only."""
        return Api.of(viewer(((self.acme.tenant if own else self.beta).id, EVERY_PRESET[preset])))


@pytest.fixture
async def place(database: Database) -> Place:
    acme, beta = await new_community("acme"), await new_tenant("beta")
    tenant = acme.tenant.id
    person = await acme.add(MARK.title(), MARK.title(), title="Unheard of", userType="north")
    await acme.happen(0, 5)
    request = await log(
        acme.tenant, 5, resource_id=person.id, detail=f"{MARK} was read", body=f'{{"userName": "{MARK}"}}'
    )
    until = now() + timedelta(days=30)
    token = await managed_credentials.create_token(TESTER, ORIGIN, tenant, label="Entra", expires_at=until)
    key = await managed_keys.create(
        viewer(), ORIGIN, name="key", grants=[Grant(tenant, PRESETS["viewer"])], expires_at=until
    )
    await Api.of(viewer()).data(
        f'mutation {{ mappingSettingsUpdate(input: {{tenantId: "{acme.id}", expectedVersion: 1, delimiter: "/"}})'
        " { userErrors { message } } }"
    )
    await Api.of(viewer()).data(
        f'mutation {{ userOverrideSet(input: {{userId: "{global_id("User", person.id)}", roleKey: "agent", reason: "x",'
        f' expiresAt: "{iso_milliseconds(until)}"}}) {{ userErrors {{ message }} }} }}'
    )
    made = await plan_create.create(TESTER, ORIGIN, tenant, base_version=2, change=RollbackChange(1), message=None)
    assert made.plan is not None
    rows = {
        "ProvisioningEvent": "SELECT id FROM provisioning_event WHERE tenant_id = $1 LIMIT 1",
        "MappingVersion": "SELECT id FROM mapping_version WHERE tenant_id = $1 LIMIT 1",
        "AuditEntry": "SELECT id FROM audit_entry WHERE tenant_id = $1 LIMIT 1",
        "UnmappedValue": "SELECT id FROM unmapped_value WHERE tenant_id = $1 LIMIT 1",
    }
    job = await exports.create(viewer(), ORIGIN, tenant, exports.Wish(ExportSubject.USERS, ExportFormat.CSV))
    found = {
        "Tenant": tenant,
        "Job": job.id,
        "User": person.id,
        "Role": acme.roles["agent"].id,
        "EmployeeGroup": acme.groups["north"].id,
        "Credential": token.credential.id,
        "ApiKey": key.key.id,
        "MappingPlan": made.plan.id,
        "ScimRequest": request.id,
    }
    for name, sql in rows.items():
        row = await fetch_one(sql, tenant)
        assert row is not None, name
        found[name] = row[0]
    place = Place(acme, beta)
    for name, row_id in found.items():
        place.ids[name[:1].lower() + name[1:] + "Id"] = global_id(name, row_id)
    place.ids["planId"] = place.ids["mappingPlanId"]
    return place


@pytest.mark.parametrize("own", [True, False], ids=["own", "other"])
@pytest.mark.parametrize("preset", EVERY_PRESET)
async def test_every_operation(place: Place, preset: str, own: bool) -> None:
    api = place.api(preset, own=own)
    surprises = {}

    for root, name, definition in OPERATIONS:
        if root is SCHEMA.subscription_type:
            continue  # spoken over another protocol
        kind = "query" if root is SCHEMA.query_type else "mutation"
        answer = await api.ask(f"{kind} {{ {call(root.name, name, definition, place.ids)} }}")
        outcome, expected = _outcome(answer, name), _expected(root, definition, EVERY_PRESET[preset], own=own)
        if outcome not in expected:
            surprises[f"{root.name}.{name}"] = (outcome, expected, answer)

    assert surprises == {}


def _outcome(answer: dict[str, Any], name: str) -> str:
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    if codes:
        return "FORBIDDEN" if codes == {"FORBIDDEN"} else f"errors {answer['errors']}"
    value = answer["data"][name]
    if isinstance(value, dict) and "userErrors" in value:
        refused = [error for error in value["userErrors"] if error["code"] in {"FORBIDDEN", "NOT_FOUND"}]
        about_the_target = [
            e for e in refused if not e["path"] or e["path"][-1].endswith("Id") or e["path"][-1] == "grants"
        ]
        return about_the_target[0]["code"] if about_the_target else "PASSED"
    if isinstance(value, dict) and "pageInfo" in value:
        value = value["nodes"]
    return "ANSWERED" if value and value != [None] else "NOTHING"


def _expected(root: GraphQLObjectType, definition: GraphQLField, held: frozenset[Permission], *, own: bool) -> set[str]:
    """What the declaration says; a list that the viewer may see need not hold anything."""
    needs = declared(definition)
    assert needs is not None, f"{root.name} has a field without `needs`: {definition.description}"
    passed = needs.permission is None or (needs.permission in held and not needs.everywhere)
    if root is SCHEMA.mutation_type:
        return _expected_of_a_change(needs, held, passed=passed, own=own)
    if needs.permission is None:
        return {"ANSWERED"}
    if needs.otherwise is Otherwise.HIDDEN:
        return {"ANSWERED"} if passed and own else {"NOTHING"}
    if not passed:
        return {"FORBIDDEN"}
    return {"ANSWERED"} if own else {"NOTHING"}


def _expected_of_a_change(needs: Needs, held: frozenset[Permission], *, passed: bool, own: bool) -> set[str]:
    if needs.everywhere:
        return {"FORBIDDEN"}  # nobody here holds anything in all tenants: see test_tenant_create
    if not own or Permission.READ_DIRECTORY not in held:
        return {"FORBIDDEN", "NOT_FOUND"} if not held else {"NOT_FOUND"}
    return {"PASSED"} if passed else {"NOT_FOUND" if needs.otherwise is Otherwise.HIDDEN else "FORBIDDEN"}


def test_every_operation_declares_what_it_needs() -> None:
    assert [f"{root.name}.{name}" for root, name, definition in OPERATIONS if declared(definition) is None] == []


def test_what_is_declared_is_told_in_the_description() -> None:
    for root, name, definition in OPERATIONS:
        needs = declared(definition)
        assert needs is not None and (definition.description or "").endswith(needs.words), f"{root.name}.{name}"


@pytest.mark.parametrize("preset", EVERY_PRESET)
async def test_every_field_of_every_node(place: Place, preset: str) -> None:
    """Refused, or without anything that names a person, exactly where it is declared."""
    api, held = place.api(preset, own=True), EVERY_PRESET[preset]
    surprises = {}

    for kind in [*NODES, SCHEMA.type_map["Connection"]]:
        assert isinstance(kind, GraphQLObjectType)
        for name, definition in kind.fields.items():
            answer = await api.ask(_inside(kind, call(kind.name, name, definition, place.ids), place.ids))
            needs = declared(definition)
            codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
            refused = bool(needs and needs.otherwise is Otherwise.REFUSED and needs.permission not in held)
            seen = Permission.READ_DIRECTORY in held
            if codes != ({"FORBIDDEN"} if refused and seen else set()):
                surprises[f"{kind.name}.{name}"] = codes
            if Permission.READ_PII not in held and MARK in orjson.dumps(answer).decode().lower():
                surprises[f"{kind.name}.{name}"] = {"tells a name"}

    assert surprises == {}


async def test_what_is_declared_as_masked_is_there_for_those_who_may_see_it(place: Place) -> None:
    """Else the test above would see nothing to mask."""
    masked = [
        (kind, name, definition)
        for kind in NODES
        for name, definition in kind.fields.items()
        if (needs := declared(definition)) and needs.otherwise is Otherwise.MASKED
    ]
    told = set()

    for kind, name, definition in masked:
        document = _inside(kind, call(kind.name, name, definition, place.ids), place.ids)
        plain, hidden = [await place.api(p, own=True).ask(document) for p in ("account-manager", "viewer")]
        if plain["data"] != hidden["data"]:
            told.add(f"{kind.name}.{name}")

    assert told >= {f"User.{name}" for name in ("userName", "externalId", "displayName", "emails", "phoneNumbers")}


def _inside(kind: GraphQLObjectType, text: str, ids: dict[str, str]) -> str:
    if kind.name == "Connection":
        return f'{{ node(id: "{ids["tenantId"]}") {{ ... on Tenant {{ connection {{ {text} }} }} }} }}'
    key = kind.name[:1].lower() + kind.name[1:] + "Id"
    assert key in ids, f"the fixture `place` has no {kind.name}"
    return f'{{ node(id: "{ids[key]}") {{ ... on {kind.name} {{ {text} }} }} }}'
