"""Personal data without READ_PII: masked wherever it shows, and of no use for finding people."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest
from graphql import GraphQLObjectType, build_schema, get_named_type
from tests.api.graphql.people import ACCOUNT_MANAGER, READER, Api, Community, new_community, viewer

from gatehouse.api.graphql.schema import print_admin_schema
from gatehouse.records import Change, EventOutcome
from gatehouse.services.masking import mask, mask_body, mask_change, mask_sentence, texts_of_body
from gatehouse.store.database import Database

PERSONAL = ("ana@", "Ana", "Silva", "1234567", "Ext-Ana", "Quartz")
PERSON = """
{ users { nodes { userName externalId displayName givenName familyName title userType workEmail mobilePhone
  emails { value type } phoneNumbers { value type } role { key } groups { key } access { summary }
  timeline { nodes { resourceName reason outcome changes { path before after redacted } } } } } }
"""


@pytest.fixture
async def acme(database: Database) -> Community:
    community = await new_community("acme")
    address = {"type": "work", "streetAddress": "1 Quartz Road"}
    await community.add("Ana", "Silva", title="Agent", userType="north", addresses=[address])
    await community.happen(
        0,
        1,
        outcome=EventOutcome.FAILURE,
        reason='userName "ana@contoso.example" is taken by Ana Silva; title "Agent" matches no rule',
        changes=(
            Change("name", {"givenName": "Ana"}, {"givenName": "Ana", "familyName": "Silva"}),
            Change("emails", [{"type": "work", "value": "ana@contoso.example", "primary": True}], None),
            Change("title", "Agent", "Manager"),
            Change("active", before=True, after=False),
            Change('addresses[type eq "work"].streetAddress', None, "1 Quartz Road"),
        ),
    )
    return community


async def test_everything_personal_is_masked(acme: Community) -> None:
    api = Api.of(viewer((acme.tenant.id, READER)))

    data = await api.data(PERSON)

    [user] = data["users"]["nodes"]
    [failed, created] = user.pop("timeline")["nodes"]
    assert user == {
        "userName": "a***@contoso.example",
        "externalId": "E***",
        "displayName": "A***",
        "givenName": "A***",
        "familyName": "S***",
        "title": "Agent",
        "userType": "north",
        "workEmail": "A***@Contoso.Example",
        "mobilePhone": "***67",
        "emails": [{"value": "A***@Contoso.Example", "type": "work"}],
        "phoneNumbers": [{"value": "***67", "type": "mobile"}],
        "role": {"key": "agent"},
        "groups": [{"key": "north"}],
        "access": {"summary": "A*** has role Leasing Agent and employee group North (mapping version 1)."},
    }
    assert failed["resourceName"] == created["resourceName"] == "a***@contoso.example"
    assert failed["changes"] == [
        {
            "path": "name",
            "before": {"givenName": "A***"},
            "after": {"givenName": "A***", "familyName": "S***"},
            "redacted": True,
        },
        {
            "path": "emails",
            "before": [{"type": "work", "value": "a***@contoso.example", "primary": True}],
            "after": None,
            "redacted": True,
        },
        {"path": "title", "before": "Agent", "after": "Manager", "redacted": False},
        {"path": "active", "before": True, "after": False, "redacted": False},
        {"path": 'addresses[type eq "work"].streetAddress', "before": None, "after": "1***", "redacted": True},
    ]
    assert failed["reason"].startswith('userName "a***@contoso.example" is taken')
    assert 'title "Agent" matches no rule' in failed["reason"]


async def test_nothing_personal_gets_through_anywhere(acme: Community) -> None:
    masked = json.dumps(await Api.of(viewer((acme.tenant.id, READER))).data(PERSON))
    plain = json.dumps(await Api.of(viewer((acme.tenant.id, ACCOUNT_MANAGER))).data(PERSON))

    assert [text for text in PERSONAL if text in masked] == []
    assert [text for text in PERSONAL if text not in plain] == []


@pytest.mark.parametrize(
    "arguments",
    [
        'search: "ana"',
        'where: {userName: {eq: "ana@contoso.example"}}',
        'where: {not: {or: [{familyName: {startsWith: "s"}}]}}',
        'where: {email: {contains: "ana"}}',
        'where: {phone: {startsWith: "+49"}}',
        "where: {employeeNumber: {isNull: false}}",
        "where: {externalId: {isNull: true}}",
        "where: {displayName: {isNull: true}}",
        'where: {givenName: {ne: "ana"}}',
        "orderBy: {field: USER_NAME}",
        "orderBy: [{field: CREATED_AT}, {field: FAMILY_NAME}]",
    ],
)
async def test_masked_fields_find_and_order_nobody(acme: Community, arguments: str) -> None:
    api = Api.of(viewer((acme.tenant.id, READER)))
    tenant = f'tenant(by: {{id: "{acme.id}"}})'

    errors = [
        await api.error(f"{{ users({arguments}) {{ nodes {{ id }} }} }}"),
        await api.error(f"{{ users({arguments}) {{ nodes {{ title }} pageInfo {{ endCursor }} }} }}"),
        await api.error(f"{{ {tenant} {{ users({arguments}) {{ nodes {{ id }} }} }} }}"),
    ]

    for error in errors:
        assert error["extensions"]["code"] == "FORBIDDEN"
        assert "needs READ_PII in every tenant searched" in error["message"]
        assert error["extensions"]["hint"] == "Narrow the search with tenantId to tenants where you hold READ_PII."


@pytest.mark.parametrize("field", ["userName", "externalId", "email"])
async def test_masked_fields_are_no_look_up(acme: Community, field: str) -> None:
    api = Api.of(viewer((acme.tenant.id, READER)))
    query = "query($by: UserBy!) { user(by: $by) { id } }"

    own = await api.error(query, by={field: {"tenantId": acme.id, "value": "ana"}})
    elsewhere = await api.data(query, by={field: {"tenantId": acme.person_id(0), "value": "ana"}})

    assert own["extensions"]["code"] == "FORBIDDEN"
    assert elsewhere == {"user": None}


def _nested() -> list[tuple[str, str, str]]:
    """Every connection below a node of the schema: its type, its field and its filter."""
    schema = build_schema(print_admin_schema())
    return [
        (name, field, get_named_type(definition.args["where"].type).name)
        for name, type_ in schema.type_map.items()
        if isinstance(type_, GraphQLObjectType) and type_ not in {schema.query_type, schema.subscription_type}
        for field, definition in type_.fields.items()
        if "where" in definition.args
    ]


PERSONAL_FILTERS = {
    "UserWhere": (
        "userName",
        "externalId",
        "displayName",
        "givenName",
        "familyName",
        "email",
        "phone",
        "employeeNumber",
    ),
    "ProvisioningEventWhere": ("resourceName",),
    "AffectedWhere": (),  # ids and flags only
}
NESTED = {
    "Tenant.users": ("UserWhere", "tenant(by: {id: $tenant})"),
    "User.timeline": ("ProvisioningEventWhere", "user(by: {id: $user})"),
    "Trace.events": ("ProvisioningEventWhere", 'trace(requestId: "request-1")'),
    "MappingPlan.affectedUsers": ("AffectedWhere", "mappingPlan(id: $plan)"),
}


def test_every_nested_connection_is_in_the_table() -> None:
    assert {f"{name}.{field}": where for name, field, where in _nested()} == {
        name: where for name, (where, _) in NESTED.items()
    }


_COMPARISONS = ('startsWith: "a"', 'contains: "a"', 'eq: "a"', 'ne: "a"', "isNull: true")
_SELECTED = ("nodes { id }", "totalCount", "edges { cursor }", "pageInfo { hasPreviousPage }")


@pytest.mark.parametrize(
    ("connection", "field"), [(name, field) for name, (where, _) in NESTED.items() for field in PERSONAL_FILTERS[where]]
)
async def test_nested_connections_find_nobody_by_personal_fields(
    acme: Community, subtests: pytest.Subtests, connection: str, field: str
) -> None:
    parent = NESTED[connection][1].replace("$tenant", f'"{acme.id}"').replace("$user", f'"{acme.person_id(0)}"')
    for comparison, selected in product(_COMPARISONS, _SELECTED):
        where = f"{{not: {{or: [{{{field}: {{{comparison}}}}}]}}}}"
        query = f"{{ {parent} {{ {connection.split('.')[1]}(where: {where}) {{ {selected} }} }} }}"
        with subtests.test(comparison=comparison, selected=selected):
            error = await Api.of(viewer((acme.tenant.id, READER))).error(query)
            await Api.of(viewer((acme.tenant.id, ACCOUNT_MANAGER))).data(query)

            assert error["extensions"]["code"] == "FORBIDDEN"


async def test_timelines_of_users_of_several_tenants(acme: Community) -> None:
    """A connection in a list is refused as soon as one of its owners is in a tenant without READ_PII."""
    other = await new_community("beta")
    await other.add("Zoe")
    api = Api.of(viewer((acme.tenant.id, READER), (other.tenant.id, ACCOUNT_MANAGER)))
    query = "query($where: UserWhere) { users(where: $where) { nodes {"
    query += ' timeline(where: {resourceName: {startsWith: "zoe"}}) { totalCount } } } }'

    mixed = await api.ask(query)
    allowed = await api.data(query, where={"tenantId": {"eq": other.id}})

    assert {error["extensions"]["code"] for error in mixed["errors"]} == {"FORBIDDEN"}
    assert allowed == {"users": {"nodes": [{"timeline": {"totalCount": 1}}]}}


async def test_events_are_not_found_by_name(acme: Community) -> None:
    api = Api.of(viewer((acme.tenant.id, READER)))

    error = await api.error('{ provisioningEvents(where: {resourceName: {contains: "ana"}}) { nodes { id } } }')

    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_narrowing_to_where_read_pii_is_held(acme: Community) -> None:
    other = await new_community("beta")
    await other.add("Ana")
    api = Api.of(viewer((acme.tenant.id, READER), (other.tenant.id, ACCOUNT_MANAGER)))
    query = "query($where: UserWhere) { users(where: $where) { nodes { givenName } } }"
    by_name: dict[str, Any] = {"givenName": {"eq": "ana"}}

    wide = await api.error(query, where=by_name)
    narrow = await api.data(query, where={"and": [{"tenantId": {"eq": other.id}}], **by_name})
    mixed = await api.data(query)

    assert wide["extensions"]["code"] == "FORBIDDEN"
    assert narrow["users"]["nodes"] == [{"givenName": "Ana"}]
    assert mixed["users"]["nodes"] == [{"givenName": "A***"}, {"givenName": "Ana"}]


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("", ""),
        ("a", "a***"),
        ("Ünal", "Ü***"),
        ("@x", "@***"),
        ("a@b@c.example", "a***"),
        ("a@b Maria Quill", "a***"),
        ("asked by boss@contoso.example: Maria is ill", "a***"),
        ("guest_x.example#EXT#@corp.example", "g***@corp.example"),
        ("0170/1234567", "***67"),
        ("12345", "***45"),
        ("+1 (555) 010-9988", "***88"),
        ("1234", "1***"),
    ],
)
def test_masks(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("path", "is_masked"),
    [
        ("userName", True),
        ("USERNAME", True),
        ("name.familyName", True),
        ("title", False),
        ("title.x", False),
        ("employeeGroups", False),
        ("photos", True),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber", True),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName", True),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:costCenter", False),
        ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", True),
        ("urn:ietf:params:scim:schemas:core:2.0:User:title", False),
        ("somethingNew", True),
        ("members", False),
        ('members[value eq "7"]', False),
        ('members[value eq "7"].value', False),
        ('members[value eq "7"].display', True),
        ("members.display", True),
    ],
)
def test_paths_are_masked_unless_known_to_be_harmless(path: str, is_masked: bool) -> None:
    assert mask_change(Change(path, None, "Value")).after == ("V***" if is_masked else "Value")


@pytest.mark.parametrize(
    ("sentence", "masked"),
    [
        ("nothing to hide", "nothing to hide"),
        ("Ana Silva was refused", "A*** was refused"),
        ("write to bob@x.example, please", "write to b***@x.example, please"),
        ("displayName 'Bob' is odd", "displayName 'B***' is odd"),
        ("userType part “north” matches no rule", "userType part “north” matches no rule"),
        ("“Bob” has no rule", "“B***” has no rule"),
        ('emails[type eq "work"].value is missing', 'emails[type eq "work"].value is missing'),
        ('emails[type eq "work"].value "Bob" is odd', 'emails[type eq "work"].value "B***" is odd'),
        ('emails[type eq "work"].value: “Bob”', 'emails[type eq "work"].value: “B***”'),
        ('roles[type eq "x"].value "agent" is odd', 'roles[type eq "x"].value "agent" is odd'),
        ('emails[value eq "Bob"] is missing', 'emails[value eq "B***"] is missing'),
        ('userName "Pat O\'Neil" exists already', 'userName "P***" exists already'),
        ("userName 'Pat \"Rocky\" Neil' is odd, 'x'", "userName 'P***' is odd, 'x***'"),
        (r'userName "Pat \"Rocky\" Neil" exists already', 'userName "P***" exists already'),
        (r'nickName[value eq "O\"Hara Scarlett"].x', 'nickName[value eq "O***"].x'),
        ('userName "Bob *** Balboa" exists', 'userName "B***" exists'),
        ("Entra's user's name is Ana Silva's", "Entra's user's name is A***'s"),
        ('Switch([IsSoftDeleted], , "False", "True")', 'Switch([IsSoftDeleted], , "False", "True")'),
    ],
)
def test_sentences(sentence: str, masked: str) -> None:
    assert mask_sentence(sentence, "Ana Silva", None) == masked


ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


@pytest.mark.parametrize(
    ("body", "masked", "texts"),
    [
        ({"userName": "ana", "title": "Agent", "active": True}, {"userName": "a***", "title": "Agent", "active": True}, ["ana"]),
        ({"op": "Replace", "path": "title", "value": "Boss"}, {"op": "Replace", "path": "title", "value": "Boss"}, []),
        ({"op": "add", "path": "nickName", "value": "Ann"}, {"op": "add", "path": "nickName", "value": "A***"}, ["Ann"]),
        ({"path": "title", "userName": "ana"}, {"path": "title", "userName": "a***"}, ["ana"]),
        ({"OP": "remove", "Path": 'emails[value eq "ana"]'}, {"OP": "remove", "Path": 'emails[value eq "a***"]'}, []),
        ({"value": {"title": "Boss", "name": {"givenName": "Ana"}}}, {"value": {"title": "Boss", "name": {"givenName": "A***"}}}, ["Ana"]),
        ({"emails": [{"type": "work", "value": "a@b.example"}]}, {"emails": [{"type": "work", "value": "a***@b.example"}]}, ["a@b.example"]),
        (
            {"schemas": [ENTERPRISE], ENTERPRISE: {"department": "Sales", "employeeNumber": "E77"}},
            {"schemas": [ENTERPRISE], ENTERPRISE: {"department": "Sales", "employeeNumber": "E***"}},
            ["E77"],
        ),
        ({"path": "members", "value": [{"value": "id-1"}]}, {"path": "members", "value": [{"value": "id-1"}]}, []),
        (["ana", 7, None], ["a***", 7, None], ["ana"]),
        (
            {"displayName": "Team", "members": [{"value": "id-1", "type": "User", "display": "Ana", "other": "Silva"}]},
            {"displayName": "T***", "members": [{"value": "id-1", "type": "User", "display": "A***", "other": "S***"}]},
            ["Team", "Ana", "Silva"],
        ),
        (
            {"op": "add", "path": "members", "value": [{"value": "id-1", "display": "Ana"}]},
            {"op": "add", "path": "members", "value": [{"value": "id-1", "display": "A***"}]},
            ["Ana"],
        ),
        ({"path": 'members[value eq "1"].display', "value": "Ana"}, {"path": 'members[value eq "1***"].display', "value": "A***"}, ["Ana"]),
    ],
)  # fmt: skip
def test_bodies(body: object, masked: object, texts: list[str]) -> None:
    assert mask_body(body) == masked
    assert list(texts_of_body(body)) == texts
