"""Whoever reads access reads the same before and after a large mapping change is carried over to the users' rows.

Everything that answers is asked: each field of the admin API (made from the schema, so that a new one is here at once), each
filter and each facet of its lists, each filter and order by access of SCIM, each export. It is asked before the change, when
nothing, when half and when all of it is carried over: the last three answers must be the same, and what shows access must
differ from the first.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import orjson
import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, GraphQLSchema
from tests.api.graphql.documents import call, selection
from tests.api.graphql.people import Api, viewer
from tests.bodies import ENTERPRISE, GATEHOUSE
from tests.world import ORIGIN, Client, World, add_rules

from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.schema import schema
from gatehouse.records import iso_milliseconds
from gatehouse.services import exports, settling
from gatehouse.services.clock import now
from gatehouse.services.due_work import DueWork
from gatehouse.services.export_run import ExportRunner
from gatehouse.services.exports import ExportFormat, ExportSubject, Wish
from gatehouse.store import database, jobs
from gatehouse.store.sort_columns import SORTS

PEOPLE = 42
SCHEMA: GraphQLSchema = schema._schema
# They tell of requests, of who asked, or of the moment; nothing of anybody's access
EXEMPT = {"Query.scimRequests", "Query.auditEntries", "Query.liveCursor", "Tenant.jobs", "Tenant.connection"}
EXEMPT |= {"Query.trace", "Query.apiKeys", "Query.viewer", "Tenant.insights"}
PATCH = [
    {"setRole": {"titleValue": "Agent", "roleKey": "lead"}},
    {"setRole": {"titleValue": "Unheard of", "roleKey": "agent"}},
    {"removeRole": "Manager"},
    {"setGroup": {"segmentValue": "moon", "groupKeys": ["vip"]}},
    {"removeGroup": "south"},
]
_PLAN = """mutation($input: MappingPlanCreateInput!) { result: mappingPlanCreate(input: $input) {
  plan { id proposedDigest } userErrors { message } } }"""
_APPLY = """mutation($input: MappingPlanApplyInput!) { result: mappingPlanApply(input: $input) {
  impact { usersChanged } userErrors { message } } }"""
_OVERRIDE = """mutation($input: UserOverrideSetInput!) { result: userOverrideSet(input: $input) {
  userErrors { message } } }"""

pytestmark = pytest.mark.parametrize("engine", ["postgres"], indirect=True)

Answers = dict[str, Any]


@dataclass
class Place:
    """A tenant with people of every kind, its admin API and its SCIM API."""

    entra: Client
    api: Api
    people: list[str]
    ids: dict[str, str]

    @property
    def tenant_id(self) -> UUID:
        return self.entra.tenant.id

    async def change(self) -> None:
        """Apply a plan that touches most people; nothing of it is carried over by itself."""
        tenant = self.ids["tenantId"]
        version = (await database.fetch("SELECT mapping_version FROM tenant WHERE id = $1", self.tenant_id))[0][0]
        made = (
            await self.api.data(_PLAN, input={"tenantId": tenant, "baseVersion": version, "change": {"patch": PATCH}})
        )["result"]
        assert made["userErrors"] == []
        given = {"planId": made["plan"]["id"], "expectedDigest": made["plan"]["proposedDigest"]}
        done = (await self.api.data(_APPLY, input={**given, "maxUsersChanged": 1_000}))["result"]
        assert done["userErrors"] == []
        await database.execute("UPDATE outbox SET available_at = available_at + 3600000000")

    async def unsettled(self) -> list[UUID]:
        rows = await database.fetch("SELECT user_id FROM unsettled_access WHERE tenant_id = $1", self.tenant_id)
        return sorted(database.as_uuid(row[0]) for row in rows)


@pytest.fixture
async def place(world: World) -> AsyncIterator[Place]:
    entra, api = await world.client(), Api.of(viewer(), max_cost=10**9)
    await add_rules(
        entra.tenant,
        roles={"Agent": "agent", "Manager": "manager", "Lead": "lead"},
        groups={"north": ["north"], "south": ["south"], "VIP": ["vip", "south"]},
    )
    titles = ("Agent", "Manager", "Unheard of", "")
    types = ("north-moon", "south", "vip-north", "")
    people = []
    for n in range(PEOPLE):
        given = {"title": titles[n % 4], "userType": types[n // 4 % 4]}
        enterprise = {ENTERPRISE: {"department": f"Department {n % 3}", "employeeNumber": str(n)}}
        active = {"active": n % 9 != 8}
        given = {name: value for name, value in given.items() if value}
        people.append((await entra.create(f"p{n:02}@corp.example", **given, **enterprise, **active))["id"])
    for user_id in people[20:22]:
        await entra.delete(f"/Users/{user_id}")
    for user_id, role in ((people[4], "manager"), (people[6], "agent")):
        until = iso_milliseconds(now() + timedelta(days=1))
        wish = {"userId": global_id("User", UUID(user_id)), "roleKey": role, "reason": "covers", "expiresAt": until}
        assert (await api.data(_OVERRIDE, input=wish))["result"]["userErrors"] == []
    await database.execute(  # as if they had been here for some days
        "UPDATE scim_user SET access_since = access_since - $2 WHERE tenant_id = $1 AND access_since = created_at",
        entra.tenant.id,
        3 * 86_400_000_000,
    )
    place = Place(entra, api, people, await _ids(entra.tenant.id, people))
    yield place
    await settling.settle(entra.tenant.id)


async def _ids(tenant_id: UUID, people: list[str]) -> dict[str, str]:
    """Something of each kind; of what nobody has made, an id of nothing."""
    found: dict[str, Any] = {"Tenant": tenant_id, "User": UUID(people[0])}
    for name, table in {
        "Role": "role",
        "EmployeeGroup": "employee_group",
        "ProvisioningEvent": "provisioning_event",
        "UnmappedValue": "unmapped_value",
        "MappingVersion": "mapping_version",
    }.items():
        rows = await database.fetch(f"SELECT id FROM {table} WHERE tenant_id = $1 ORDER BY id LIMIT 1", tenant_id)
        found[name] = database.as_uuid(rows[0][0])
    kinds = [kind.name for kind in SCHEMA.get_possible_types(cast("Any", SCHEMA.type_map["Node"]))]
    ids = {f"{kind[:1].lower()}{kind[1:]}Id": global_id(kind, found.get(kind, UUID(int=1))) for kind in kinds}
    return ids | {"planId": ids["mappingPlanId"]}


async def read_fields(place: Place) -> Answers:
    """Each field at the root, and each of a tenant, a person, a role and so on."""
    answers: Answers = {}
    roots = SCHEMA.query_type.fields if SCHEMA.query_type else {}
    for name, definition in roots.items():
        if f"Query.{name}" not in EXEMPT:
            answers[f"Query.{name}"] = await place.api.ask(f"{{ {call('Query', name, definition, place.ids)} }}")
    for kind in SCHEMA.get_possible_types(cast("Any", SCHEMA.type_map["Node"])):
        node = place.ids[f"{kind.name[:1].lower()}{kind.name[1:]}Id"]
        for name, definition in kind.fields.items():
            if f"{kind.name}.{name}" not in EXEMPT:
                field = call(kind.name, name, definition, place.ids)
                query = f'{{ node(id: "{node}") {{ ... on {kind.name} {{ {field} }} }} }}'
                answers[f"{kind.name}.{name}"] = await place.api.ask(query)
    return answers


def wheres(place: Place, roles: dict[str, str], groups: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Filters of users, by the field that they use."""
    text = {"contains": "o"}
    since = {"gte": "2020-01-01T00:00:00Z"}
    return {
        "active": [{"active": True}],
        "createdAt": [{"createdAt": since}],
        "department": [{"department": text}],
        "displayName": [{"displayName": text}],
        "email": [{"email": text}],
        "employeeNumber": [{"employeeNumber": {"eq": "4"}}],
        "externalId": [{"externalId": text}],
        "familyName": [{"familyName": text}],
        "givenName": [{"givenName": {"contains": "p"}}],
        "groupId": [
            *({"groupId": {"eq": group}} for group in groups.values()),
            {"not": {"groupId": {"eq": groups["vip"]}}},
            {"groupId": {"in": [groups["north"], groups["south"]]}},
        ],
        "hasOverride": [{"hasOverride": True}],
        "hasUnmappedSegments": [{"hasUnmappedSegments": value} for value in (True, False)],
        "lastProvisionedAt": [{"lastProvisionedAt": since}],
        "phone": [{"phone": text}],
        "roleId": [
            *({"roleId": {"eq": role}} for role in roles.values()),
            {"roleId": {"in": [roles["lead"], roles["agent"]]}},
            {"not": {"roleId": {"eq": roles["lead"]}}},
            {"or": [{"roleId": {"eq": roles["lead"]}}, {"hasUnmappedSegments": True}, {"title": {"eq": "manager"}}]},
            {"roleId": {"eq": roles["agent"]}, "status": ["ACTIVE", "DISABLED", "DELETED"]},
        ],
        "roleOutcome": [
            *({"roleOutcome": [outcome]} for outcome in cast("GraphQLEnumType", SCHEMA.type_map["Outcome"]).values),
            {"not": {"roleOutcome": ["MAPPED", "INACTIVE"]}},
        ],
        "status": [{"status": [status]} for status in cast("GraphQLEnumType", SCHEMA.type_map["UserStatus"]).values],
        "tenantId": [{"tenantId": {"eq": place.ids["tenantId"]}}],
        "title": [{"title": text}],
        "updatedAt": [{"updatedAt": since}],
        "userName": [{"userName": text}],
        "userType": [{"userType": text}],
    }


async def read_lists(place: Place) -> Answers:
    """Users by each filter, as the whole directory and as those of the tenant: rows, counts and each facet."""
    roles, groups = await _by_key("Role", "role", place), await _by_key("EmployeeGroup", "employee_group", place)
    fields = ", ".join(cast("GraphQLEnumType", SCHEMA.type_map["UserFacetField"]).values)
    access = selection(cast("GraphQLObjectType", SCHEMA.type_map["User"]).fields["access"].type, 2)
    shown = (
        f"totalCount nodes {{ {_plain('User')} role {{ key }} groups {{ key }} override {{ reason }} access {access} }}"
        f" facets(by: [{fields}], values: 50) {{ field values {{ value label count }} }}"
    )
    query = (
        f"query($where: UserWhere, $tenant: ID!) {{ users(where: $where, first: 100) {{ {shown} }}"
        " tenant(by: {id: $tenant}) { users(where: $where, first: 100) { totalCount nodes { id role { key } }"
        " facets(by: [ROLE, GROUP, ROLE_OUTCOME]) { field values { value count } } } } }"
    )
    cases = {"": [None], **wheres(place, roles, groups)}
    known = cast("GraphQLInputObjectType", SCHEMA.type_map["UserWhere"]).fields
    assert cases.keys() - {""} == known.keys() - {"and", "or", "not"}
    answers: Answers = {}
    for given in cases.values():
        for where in given:
            answers[f"users by {where}"] = await place.api.data(query, where=where, tenant=place.ids["tenantId"])
    for wanted in (True, False):
        answers[f"tenants by unmapped values {wanted}"] = await place.api.data(
            f"{{ tenants(where: {{hasUnmappedValues: {str(wanted).lower()}}}) {{ totalCount nodes {{ slug }} }} }}"
        )
    return answers


def _plain(kind: str) -> str:
    """The fields of a type that are values, but for those that the reading itself moves."""
    return selection(SCHEMA.type_map[kind], 1).strip("{} ")


async def _by_key(kind: str, table: str, place: Place) -> dict[str, str]:
    rows = await database.fetch(f"SELECT key, id FROM {table} WHERE tenant_id = $1", place.tenant_id)
    return {row[0]: global_id(kind, database.as_uuid(row[1])) for row in rows}


async def read_tenant(place: Place) -> Answers:
    """Values without a rule, figures over time, why somebody has what they have, and what a change would do."""
    answers: Answers = {}
    for arguments in ("", "kind: ROLE", "kind: GROUP", "includeUnused: true", 'search: "mo"'):
        unmapped = f"unmappedValues(first: 50, {arguments})" if arguments else "unmappedValues"
        shown = f"totalCount nodes {{ {_plain('UnmappedValue')} sampleUsers(first: 5) {{ id }} }}"
        answers[f"unmapped {arguments}"] = await place.api.data(
            f'{{ tenant(by: {{id: "{place.ids["tenantId"]}"}}) {{ {unmapped} {{ {shown} }} }} }}'
        )
    answers["insights"] = await place.api.data(
        f'{{ tenant(by: {{id: "{place.ids["tenantId"]}"}}) {{ insights(range: MONTH)'
        " { activeUsers { at value } roleDistribution { value label count } } } }"
    )
    roles = await _by_key("Role", "role", place)
    access = cast("GraphQLObjectType", SCHEMA.type_map["User"]).fields["access"].type
    why_not = cast("GraphQLObjectType", SCHEMA.type_map["User"]).fields["whyNot"].type
    for number in (0, 1, 2, 4, 6, 8, 20):
        user = global_id("User", UUID(place.people[number]))
        long_ago = iso_milliseconds(now() - timedelta(days=400))
        for part, field in {
            "now": f"access {selection(access, 3)}",
            "before": f'access(asOf: "{long_ago[:14]}00:00.000Z") {selection(access, 2)}',
            "not": f'whyNot(roleId: "{roles["manager"]}") {selection(why_not, 3)}',
        }.items():
            asked = f'{{ node(id: "{user}") {{ ... on User {{ {field} }} }} }}'
            answers[f"why {part} {number}"] = await place.api.data(asked)
    dry = (
        "mutation($input: RoleRuleSetInput!) { roleRuleSet(input: $input) { userErrors { message }"
        f" impact {selection(SCHEMA.type_map['Impact'], 4)} }} }}"
    )
    for title, key in (("Agent", "manager"), ("Manager", "agent"), ("Unheard of", "lead")):
        version = (await database.fetch("SELECT mapping_version FROM tenant WHERE id = $1", place.tenant_id))[0][0]
        given = {"tenantId": place.ids["tenantId"], "titleValue": title, "roleKey": key, "dryRun": True}
        answers[f"dry run {title}"] = await place.api.data(dry, input={**given, "expectedVersion": version})
    return answers


ROLE, GROUPS = f"{GATEHOUSE}:role", f"{GATEHOUSE}:employeeGroups"
FILTERS = [
    *(f'{ROLE} {operator} "{key}"' for operator in ("eq", "ne", "gt", "le") for key in ("agent", "lead", "manager")),
    *(f'{ROLE} {operator} "a"' for operator in ("co", "sw", "ew")),
    *(f'{GROUPS} {operator} "{key}"' for operator in ("eq", "ne", "co") for key in ("north", "south", "vip")),
    *(f"{path} pr" for path in (ROLE, GROUPS)),
    *(f"not ({path} pr)" for path in (ROLE, GROUPS)),
    f'schemas eq "{GATEHOUSE}"',
    f'{ROLE} eq "lead" and {GROUPS} eq "vip"',
    f'title eq "Manager" or {ROLE} eq "lead"',
    f'active eq true and not ({ROLE} eq "lead") and {ROLE} pr',
    'title eq "Agent"',
]


async def read_scim(place: Place) -> Answers:
    """Lists by each filter and in each order, with what the extension shows; and single users."""
    answers: Answers = {}
    shown = f"attributes=userName,{ROLE},{GROUPS},meta.version"
    for text in FILTERS:
        answer = await place.entra.get("/Users", params={"filter": text, "count": "100", "attributes": shown[11:]})
        assert answer.status_code == 200, answer.text
        answers[f"filter {text}"] = answer.json()
        sort = {"sortBy": GROUPS, "sortOrder": "descending"}
        ordered = await place.entra.get(
            "/Users", params={"filter": text, "count": "100", "attributes": "userName", **sort}
        )
        answers[f"filter and order {text}"] = ordered.json()
    by_access = (path for path, column in SORTS["User"].items() if re.search(r"role_id|employee_group", column.name))
    for path in (*by_access, "userName"):
        answer = await place.entra.get(f"/Users?{shown}&count=100&sortBy={path.replace('$', '%24')}")
        assert answer.status_code == 200, answer.text
        answers[f"order {path}"] = answer.json()
    for user_id in place.people[::3]:
        answers[f"user {user_id}"] = (await place.entra.get(f"/Users/{user_id}?{shown}")).json()
    return answers


async def read_exports(place: Place) -> Answers:
    """The file of each export."""
    answers: Answers = {}
    runner = ExportRunner(exports.DEFAULT_LIMITS)
    users, values = ExportSubject.USERS, ExportSubject.UNMAPPED_VALUES
    for subject, kind in ((users, ExportFormat.NDJSON), (users, ExportFormat.CSV), (values, ExportFormat.NDJSON)):
        job = await exports.create(viewer(), ORIGIN, place.tenant_id, Wish(subject, kind, redacted=False))
        while await DueWork({exports.RUN: runner.do_export}, at_once=1).do_due():
            pass
        done = await jobs.get(place.tenant_id, job.id)
        assert done.status is exports.JobStatus.SUCCEEDED
        answers[f"export {subject} {kind}"] = b"".join([piece async for piece in exports.read(done)]).decode()
    return answers


MOMENTS = re.compile(r'"(asOf|last(Contact|Success|Read|Write)At)":"[^"]*",?')  # of the reading itself
READERS = [read_fields, read_lists, read_tenant, read_scim, read_exports]
# What has to tell of the change: else it is not access that it reads, and agrees with itself for nothing
MOVED = re.compile(
    r"users by (None|.*(groupId|roleId|hasUnmapped|'MAPPED'|'UNMAPPED').*)$|unmapped |insights$|why now [012]$"
    rf'|order .*:(role|employeeGroups)$|filter {GATEHOUSE}:\w+ (eq|ne) "(agent|lead|manager|south|vip)"$|export '
)


async def read(place: Place) -> Answers:
    answers: Answers = {}
    for reader in READERS:
        answers |= await reader(place)
    return {name: MOMENTS.sub("", orjson.dumps(answer).decode()) for name, answer in answers.items()}


@pytest.mark.timeout(300)
async def test_answers_do_not_tell_what_is_carried_over(place: Place) -> None:
    before = await read(place)
    await place.change()
    waiting = await place.unsettled()
    nothing = await read(place)
    assert await place.unsettled() == waiting
    for user_id in waiting[::2]:
        await settling.settle_user(place.tenant_id, user_id)
    half = await read(place)
    left = await place.unsettled()
    await settling.settle(place.tenant_id)
    everything = await read(place)

    assert len(waiting) >= 20
    assert 0 < len(left) < len(waiting)
    assert await place.unsettled() == []
    for answers in (nothing, half):
        assert {name: answer for name, answer in answers.items() if answer != everything[name]} == {}
        assert answers.keys() == everything.keys()
    assert [name for name in nothing if MOVED.match(name) and nothing[name] == before.get(name)] == []
