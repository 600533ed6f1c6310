"""Two tenants: whatever takes or gives an id of the other one reads as if there were nothing.

The table below is held against the schema: a field or mutation that takes an id must appear in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from graphql import GraphQLInputObjectType, GraphQLSchema, build_schema, get_named_type
from tests.api.graphql.people import OWNER, READER, Api, Community, new_community, viewer
from tests.api.graphql.request_rows import log
from tests.api.graphql.test_live import OF_A_TENANT

from gatehouse.api.graphql.ids import global_id
from gatehouse.api.graphql.schema import print_admin_schema
from gatehouse.records import Origin, Permission, iso_milliseconds
from gatehouse.services import exports, plan_create
from gatehouse.services.clock import now
from gatehouse.services.proposal import PatchChange, RemoveRole
from gatehouse.store import audit
from gatehouse.store.database import Database, fetch_one
from gatehouse.store.mapping_plans import MappingPlan

NOTHING = {"totalCount": 0, "nodes": []}

# field → the query that reaches for another tenant through it, and what must come back
QUERIES: dict[str, tuple[str, object]] = {
    "Query.node": (
        """{ a: node(id: $user) { id } b: node(id: $tenant) { id } c: node(id: $role) { id }
             d: node(id: $group) { id } e: node(id: $event) { id } f: node(id: $plan) { id }
             g: node(id: $version) { id } h: node(id: $entry) { id } i: node(id: $request) { id }
             j: node(id: $job) { id } }""",
        dict.fromkeys("abcdefghij"),
    ),
    "Query.nodes": (
        "{ nodes(ids: [$user, $tenant, $own]) { __typename } }",
        {"nodes": [None, None, {"__typename": "User"}]},
    ),
    "Query.tenant": (
        "{ a: tenant(by: {id: $tenant}) { id } b: tenant(by: {slug: $slug}) { id } }",
        dict.fromkeys("ab"),
    ),
    "Query.tenants": (
        "{ tenants { totalCount nodes { slug } } }",
        {"tenants": {"totalCount": 1, "nodes": [{"slug": "acme"}]}},
    ),
    "Query.user": (
        """{ a: user(by: {id: $user}) { id } b: user(by: {scimId: $scimId}) { id }
             c: user(by: {userName: {tenantId: $tenant, value: $name}}) { id }
             d: user(by: {externalId: {tenantId: $tenant, value: $externalId}}) { id }
             e: user(by: {email: {tenantId: $tenant, value: $name}}) { id } }""",
        dict.fromkeys("abcde"),
    ),
    "Query.users": (
        """{ a: users(where: {tenantId: {eq: $tenant}}) { totalCount nodes { id } }
             b: users(where: {roleId: {eq: $role}}) { totalCount nodes { id } }
             c: users(where: {or: [{tenantId: {eq: $tenant}}, {groupId: {in: [$group]}}]}) { totalCount nodes { id } }
             d: users(where: {not: {tenantId: {eq: $ownTenant}}}) { totalCount nodes { id } }
             e: users(search: $name) { totalCount nodes { id } } }""",
        dict.fromkeys("abcde", NOTHING),
    ),
    "Query.provisioningEvents": (
        """{ a: provisioningEvents(where: {tenantId: {eq: $tenant}}) { totalCount nodes { id } }
             b: provisioningEvents(where: {userId: {eq: $user}}) { totalCount nodes { id } }
             c: provisioningEvents(where: {not: {tenantId: {eq: $ownTenant}}}) { totalCount nodes { id } } }""",
        dict.fromkeys("abc", NOTHING),
    ),
    "Query.scimRequests": (
        """{ a: scimRequests(where: {tenantId: {eq: $tenant}}) { totalCount nodes { id } }
             b: scimRequests(where: {userId: {eq: $user}}) { totalCount nodes { id } }
             c: scimRequests(where: {not: {tenantId: {eq: $ownTenant}}}) { totalCount nodes { id } } }""",
        dict.fromkeys("abc", NOTHING),
    ),
    "Query.trace": (
        "{ a: trace(requestId: $requestId) { requestId } b: trace(requestId: $eventRequest) { requestId } }",
        dict.fromkeys("ab"),
    ),
    "Trace.events": (
        "{ trace(requestId: $ownRequest) { events(where: {userId: {eq: $user}}) { totalCount nodes { id } } } }",
        {"trace": {"events": NOTHING}},
    ),
    "Query.auditEntries": (
        """{ a: auditEntries(where: {tenantId: {eq: $tenant}}) { totalCount nodes { id } }
             b: auditEntries(where: {not: {tenantId: {eq: $ownTenant}}}) { totalCount nodes { id } }
             c: auditEntries(where: {action: {eq: "mappingPlanCreate"}}) { totalCount nodes { id } } }""",
        dict.fromkeys("abc", NOTHING),
    ),
    "Query.job": ("{ job(id: $job) { id } }", {"job": None}),
    "Query.mappingPlan": ("{ mappingPlan(id: $plan) { id } }", {"mappingPlan": None}),
    "MappingPlan.affectedUsers": (
        "{ mappingPlan(id: $plan) { affectedUsers(where: {userId: $user}) { totalCount } } }",
        {"mappingPlan": None},
    ),
    "Query.roles": ("{ roles(tenantId: $tenant) { key } }", {"roles": []}),
    "Query.evaluateMapping": (
        '{ evaluateMapping(input: {tenantId: $tenant, samples: [{title: "x"}]}) { version } }',
        {"evaluateMapping": None},
    ),
    "Query.employeeGroups": ("{ employeeGroups(tenantId: $tenant) { key } }", {"employeeGroups": []}),
    "Tenant.users": (
        """{ tenant(by: {id: $ownTenant}) {
             users(where: {tenantId: {eq: $tenant}}) { totalCount nodes { id } } } }""",
        {"tenant": {"users": NOTHING}},
    ),
    "User.timeline": (
        "{ user(by: {id: $own}) { timeline(where: {userId: {eq: $user}}) { totalCount nodes { id } } } }",
        {"user": {"timeline": NOTHING}},
    ),
    "User.whyNot": (
        "{ user(by: {id: $own}) { a: whyNot(roleId: $role) { granted } b: whyNot(groupId: $group) { granted } } }",
        {"user": {"a": None, "b": None}},
    ),
    "Viewer.permissions": ("{ viewer { permissions(tenantId: $tenant) } }", {"viewer": {"permissions": []}}),
}

MUTATIONS: dict[str, str] = {
    "roleUpsert": 'key: "new", name: "New"',
    "employeeGroupUpsert": 'key: "new", name: "New"',
    "roleRuleSet": 'expectedVersion: 1, titleValue: "Boss", roleKey: "agent"',
    "roleRuleRemove": 'expectedVersion: 1, value: "Agent"',
    "groupRuleSet": 'expectedVersion: 1, segmentValue: "east", groupKeys: ["north"]',
    "groupRuleRemove": 'expectedVersion: 1, value: "north"',
    "mappingSettingsUpdate": 'expectedVersion: 1, delimiter: "/"',
    "mappingPlanCreate": 'baseVersion: 1, change: {patch: [{removeRole: "Agent"}]}',
    "mappingRollback": 'toVersion: 1, message: "back"',
    "mappingPlanApply": 'expectedDigest: "$digest"',
    "mappingPlanDiscard": 'comment: "no"',
    "userOverrideSet": f'roleKey: "manager", reason: "cover", expiresAt: "{iso_milliseconds(now() + timedelta(days=1))}"',
    "userOverrideClear": "dryRun: false",
    "tenantUpdate": 'expectedVersion: 1, name: "New"',
    "exportCreate": "subject: USERS, format: CSV",
    "jobCancel": "",
}
NEEDED = {
    "tenantUpdate": Permission.MANAGE_TENANTS,
    "exportCreate": Permission.EXPORT,
    "jobCancel": Permission.EXPORT,
}
# They name a thing of a tenant, or several tenants: test_unmapped_values, test_managed_credentials
BY_NODE = {
    "unmappedValueIgnore", "unmappedValueUnignore", "credentialCreate", "credentialRotate", "credentialRevoke",
    "apiKeyCreate", "apiKeyRotate", "apiKeyRevoke",
}  # fmt: skip


# They name nothing that there is: test_tenant_create
OF_THE_SERVER = {"tenantCreate"}


def _place(mutation: str) -> str:
    """The field of its input that says what a mutation is about."""
    if mutation in {"mappingPlanApply", "mappingPlanDiscard"}:
        return "planId"
    if mutation == "jobCancel":
        return "jobId"
    return "userId" if mutation.startswith("user") else "tenantId"


@dataclass
class Two:
    """Two tenants and a client that sees the first."""

    own: Community
    other: Community
    plan: MappingPlan
    job: exports.Job
    api: Api

    def mutation(self, name: str, target: str | None = None) -> str:
        """A mutation of the table on the other tenant, or on its plan.

        :param target: another id in place of theirs.
        """
        places = {"planId": global_id("MappingPlan", self.plan.id), "userId": self.other.person_id(0)}
        places["jobId"] = global_id("Job", self.job.id)
        own = places.get(_place(name), self.other.id)
        fields = MUTATIONS[name].replace("$digest", self.plan.digest)
        return MUTATION.format(name=name, place=_place(name), target=own if target is None else target, fields=fields)

    async def variables(self) -> dict[str, str]:
        """The other tenant's ids, and our own tenant and user for comparison."""
        other = self.other
        event = await fetch_one("SELECT id, request_id FROM provisioning_event WHERE tenant_id = $1", other.tenant.id)
        mine = await fetch_one("SELECT request_id FROM provisioning_event WHERE tenant_id = $1", self.own.tenant.id)
        request = await fetch_one("SELECT id FROM request_log WHERE tenant_id = $1", other.tenant.id)
        assert event and mine and request
        return {
            "user": other.person_id(0),
            "tenant": other.id,
            "role": global_id("Role", other.roles["agent"].id),
            "group": global_id("EmployeeGroup", other.groups["north"].id),
            "event": global_id("ProvisioningEvent", event[0]),
            "plan": global_id("MappingPlan", self.plan.id),
            "job": global_id("Job", self.job.id),
            "version": global_id("MappingVersion", other.tenant.id),
            "entry": global_id("AuditEntry", (await audit.newest(other.tenant.id))[0].id),
            "request": global_id("ScimRequest", request[0]),
            "requestId": "request-7",
            "eventRequest": event[1],
            "ownRequest": mine[0],
            "scimId": str(other.people[0].id),
            "slug": "beta",
            "name": "zoe@contoso.example",
            "externalId": "Ext-Zoe",
            "own": self.own.person_id(0),
            "ownTenant": self.own.id,
        }


@pytest.fixture
async def two(database: Database) -> Two:
    """A viewer that owns ``acme`` and has every right but READ_DIRECTORY in ``beta``."""
    own, other = await new_community("acme"), await new_community("beta")
    await own.add("Ana", title="Agent", userType="north")
    await other.add("Zoe", title="Agent", userType="north")
    await log(other.tenant, 7, resource_id=other.people[0].id)
    made = await plan_create.create(
        viewer().actor,
        Origin("r"),
        other.tenant.id,
        base_version=1,
        change=PatchChange((RemoveRole("Agent"),)),
    )
    assert made.plan is not None
    rights = OWNER - {Permission.READ_DIRECTORY}
    wish = exports.Wish(exports.ExportSubject.USERS, exports.ExportFormat.CSV)
    job = await exports.create(viewer(), Origin("r"), other.tenant.id, wish)
    return Two(own, other, made.plan, job, Api.of(viewer((own.tenant.id, OWNER), (other.tenant.id, rights))))


def _with_values(query: str, variables: dict[str, str]) -> str:
    for name, value in sorted(variables.items(), reverse=True):
        query = query.replace(f"${name}", f'"{value}"')
    return query


@pytest.mark.parametrize("field", [name for name in QUERIES if name != "Viewer.permissions"])
async def test_queries_do_not_see_the_other_tenant(two: Two, field: str) -> None:
    query, expected = QUERIES[field]

    data = await two.api.data(_with_values(query, await two.variables()))

    assert data == expected


@pytest.mark.parametrize("field", list(QUERIES))
async def test_queries_of_a_stranger(two: Two, field: str) -> None:
    """The same questions see the tenant when it is one's own: the table asks for what is there."""
    query, expected = QUERIES[field]
    stranger = Api.of(viewer((two.own.tenant.id, OWNER)))
    insider = Api.of(viewer())
    document = _with_values(query, await two.variables())

    assert await stranger.data(document) == expected
    assert (
        field in {"User.timeline", "User.whyNot", "Tenant.users", "Trace.events"}
        or await insider.data(document) != expected
    )


def test_every_field_that_takes_an_id_is_in_the_table() -> None:
    schema = build_schema(print_admin_schema())

    fields = {name for name in _fields_with_ids(schema) if not name.startswith(("Mutation.", "Subscription."))}
    subscriptions = {name for name in _fields_with_ids(schema) if name.startswith("Subscription.")}
    mutations = {name.removeprefix("Mutation.") for name in _fields_with_ids(schema) if name.startswith("Mutation.")}

    assert fields | {"Query.tenants"} == set(QUERIES)
    assert subscriptions == {f"Subscription.{field}" for field, _ in OF_A_TENANT}
    everything = set(schema.mutation_type.fields if schema.mutation_type else ())
    assert mutations == set(MUTATIONS) | BY_NODE == everything - OF_THE_SERVER


def _fields_with_ids(schema: GraphQLSchema) -> set[str]:
    found = set()
    for name, type_ in schema.type_map.items():
        for field, definition in getattr(type_, "fields", {}).items():
            arguments = getattr(definition, "args", {}).values()
            if any(_takes_id(argument.type, seen=set()) for argument in arguments) and not name.startswith("__"):
                found.add(f"{name}.{field}")
    return found


def _takes_id(type_: Any, seen: set[str]) -> bool:
    named = get_named_type(type_)
    if not isinstance(named, GraphQLInputObjectType):
        return named.name == "ID"
    if named.name in seen:
        return False
    seen.add(named.name)
    return any(_takes_id(field.type, seen) for field in named.fields.values())


MUTATION = 'mutation {{ {name}(input: {{ {place}: "{target}", {fields} }}) {{ __typename userErrors {{ code path message }} }} }}'


async def _versions(community: Community) -> tuple[Any, ...]:
    row = await fetch_one(
        "SELECT t.mapping_version, (SELECT count(*) FROM role r WHERE r.tenant_id = t.id),"
        " (SELECT count(*) FROM employee_group g WHERE g.tenant_id = t.id),"
        " (SELECT count(*) FROM audit_entry a WHERE a.tenant_id = t.id AND a.outcome <> 'DENIED'),"
        " (SELECT count(*) FROM mapping_plan p WHERE p.tenant_id = t.id AND p.status = 'READY')"
        " FROM tenant t WHERE t.id = $1",
        community.tenant.id,
    )
    assert row is not None
    return tuple(row)


@pytest.mark.parametrize("name", list(MUTATIONS))
@pytest.mark.parametrize(
    ("_case", "rights", "code"),
    [
        ("out of sight", None, "NOT_FOUND"),
        ("every right but to see it", OWNER - {Permission.READ_DIRECTORY}, "NOT_FOUND"),
        ("may only read", READER, "FORBIDDEN"),
        (
            "every right but to change anything",
            OWNER - {Permission.EDIT_MAPPING, Permission.MANAGE_TENANTS, Permission.EXPORT},
            "FORBIDDEN",
        ),
    ],
)
async def test_mutations_without_the_permission_change_nothing(
    two: Two, name: str, _case: str, rights: frozenset[Permission] | None, code: str
) -> None:
    grants = [(two.own.tenant.id, OWNER), *([(two.other.tenant.id, rights)] if rights else [])]
    before = await _versions(two.other)

    api = Api.of(viewer(*grants, name="curious"))
    data = [await api.data(two.mutation(name)) for _ in range(2)]

    for answer in data:
        [error] = answer[name]["userErrors"]
        assert (error["code"], error["path"]) == (code, ["input", _place(name)])
    assert await _versions(two.other) == before
    [tried] = [entry for entry in await audit.newest(two.other.tenant.id) if entry.outcome == "DENIED"]
    assert (tried.action, tried.actor.display, tried.attempts) == (name, "curious", 2)
    assert tried.last_at is not None
    assert tried.last_at > tried.occurred_at


@pytest.mark.parametrize("name", list(MUTATIONS))
async def test_mutations_with_the_permission(two: Two, name: str) -> None:
    needed = NEEDED.get(name, Permission.EDIT_MAPPING)
    api = Api.of(viewer((two.other.tenant.id, READER | {needed})))
    before = await _versions(two.other)

    if name == "userOverrideClear":
        await api.data(two.mutation("userOverrideSet"))
    data = await api.data(two.mutation(name))

    assert data[name]["userErrors"] == []
    assert await _versions(two.other) != before


@pytest.mark.parametrize("name", list(MUTATIONS))
@pytest.mark.parametrize("tenant", ["", "nonsense", "VGVuYW50OjE", global_id("User", UUID(int=1))])
async def test_mutations_on_no_tenant(two: Two, name: str, tenant: str) -> None:
    data = await Api.of(viewer()).data(two.mutation(name, target=tenant))

    assert [error["code"] for error in data[name]["userErrors"]] == ["NOT_FOUND"]
