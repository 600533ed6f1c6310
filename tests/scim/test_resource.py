"""POST and PUT bodies (RFC 7644 §3.3, §3.5.1): what is stored of them, what is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.bodies import ENTERPRISE, GROUP as GROUP_URN, USER as USER_URN, person

from gatehouse.errors import InvalidRequest, InvalidSyntax, InvalidValue
from gatehouse.limits import DEFAULT_LIMITS
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim.attribute import Attribute, AttributeType
from gatehouse.scim.coerce import MAX_INDEXED, Dialect, coerce_value
from gatehouse.scim.members import resource_members
from gatehouse.scim.resource import Reading, read_resource
from gatehouse.scim.schema import GROUP, USER

_WORK = {"type": "work", "value": "w@x.example", "primary": True}
_MAX = DEFAULT_LIMITS
_ENTRA, _STRICT = ScimMode.ENTRA, ScimMode.STRICT


def _read(body: dict[str, Any], mode: ScimMode = _ENTRA, **options: Any) -> Reading:
    return read_resource(body, USER, **{"mode": mode, "unknown": UnknownAttributes.IGNORE, **options})


def test_body_of_entra_is_read_as_sent() -> None:
    body = person("ann@x.example", title=" Agent ", phoneNumbers=[{"type": "work", "value": "55555555555"}])

    reading = _read({**body, "roles": [], "meta": {"resourceType": "User"}, "id": 5})

    assert reading == Reading(body, ())


@pytest.mark.parametrize("address", [{}, {"value": None}, {"value": ""}], ids=str)
def test_an_email_without_its_address_is_left_out_with_a_warning_or_refused(address: dict[str, Any]) -> None:
    body = person("ann@x.example", emails=[_WORK, {"type": "home", "display": "H", **address}])

    reading = _read(body)

    assert reading.resource["emails"] == [_WORK]
    assert reading.warnings == ("emails holds an element without value, which was ignored",)
    with pytest.raises(InvalidValue, match=r"emails\.value is missing"):
        _read(body, _STRICT)


def test_attributes_come_in_the_order_of_the_schema() -> None:
    body = {ENTERPRISE: {"manager": {"value": "m"}, "employeeNumber": "7"}, "title": "T", **person("ann@x.example")}

    resource = _read(body).resource

    assert list(resource) == ["schemas", "externalId", "userName", "name", "title", "active", "emails", ENTERPRISE]
    assert resource["schemas"] == [USER_URN, ENTERPRISE]
    assert list(resource[ENTERPRISE]) == ["employeeNumber", "manager"]


@pytest.mark.parametrize(
    ("_case", "attributes", "name", "expected"),
    [
        ("names in any case", {"TITLE": "T"}, "title", "T"),
        ("sub-attributes in any case", {"phonenumbers": [{"TYPE": "work", "Value": "1"}]}, "phoneNumbers", [{"type": "work", "value": "1"}]),
        ("null", {"title": None}, "title", None),
        ("empty string", {"title": ""}, "title", None),
        ("empty list", {"phoneNumbers": []}, "phoneNumbers", None),
        ("list as empty string", {"phoneNumbers": ""}, "phoneNumbers", None),
        ("element of null", {"phoneNumbers": [None]}, "phoneNumbers", None),
        ("element of nulls", {"phoneNumbers": [{"type": "work", "value": None}]}, "phoneNumbers", None),
        ("object of nulls", {ENTERPRISE: {"manager": {"value": None}}}, ENTERPRISE, None),
        ("extension of null", {ENTERPRISE: None}, ENTERPRISE, None),
        ("text boolean", {"active": "False"}, "active", False),
        ("text boolean in an element", {"roles": [{"value": "a", "primary": "True"}]}, "roles", [{"value": "a", "primary": True}]),
        ("number for a string", {"title": 7}, "title", "7"),
        ("boolean for a string", {"title": True}, "title", "true"),
        ("list of one", {"title": ["T"]}, "title", "T"),
        ("wrapped in the form of 2017", {"title": [{"$ref": None, "value": "T"}]}, "title", "T"),
        ("manager as text", {ENTERPRISE: {"manager": "m"}}, ENTERPRISE, {"manager": {"value": "m"}}),
        ("manager in a list", {ENTERPRISE: {"manager": [{"$ref": None, "value": "m"}]}}, ENTERPRISE, {"manager": {"value": "m"}}),
        ("manager as empty text", {ENTERPRISE: {"manager": ""}}, ENTERPRISE, None),
        ("read-only part", {ENTERPRISE: {"manager": {"value": "m", "displayName": 5}}}, ENTERPRISE, {"manager": {"value": "m"}}),
        ("extension attribute by its bare name", {"department": "D"}, ENTERPRISE, {"department": "D"}),
        ("URN of the core schema before the name", {f"{USER_URN}:userType": "X"}, "userType", "X"),
        ("block of the core schema", {USER_URN: {"userType": "X"}}, "userType", "X"),
        ("texts for elements", {"phoneNumbers": ["1"]}, "phoneNumbers", [{"value": "1"}]),
        ("object for a list", {"phoneNumbers": {"value": "1"}}, "phoneNumbers", [{"value": "1"}]),
        ("phone without a number", {"phoneNumbers": [{"type": "home", "display": "H"}]}, "phoneNumbers", [{"type": "home", "display": "H"}]),
        ("repeated element", {"emails": [_WORK, {"type": "WORK", "value": "W@x.example"}]}, "emails", [{"type": "WORK", "value": "W@x.example", "primary": True}]),
        ("repeated address", {"addresses": [{"locality": "A"}, {"locality": "A", "primary": False}]}, "addresses", [{"locality": "A", "primary": False}]),
        ("addresses of one type", {"addresses": [{"type": "work", "locality": "A"}, {"type": "work", "locality": "B"}]}, "addresses", [{"type": "work", "locality": "A"}, {"type": "work", "locality": "B"}]),
        ("values that differ in case where case matters", {"x509Certificates": [{"value": "QUJD"}, {"value": "qujd"}]}, "x509Certificates", [{"value": "QUJD"}, {"value": "qujd"}]),
        ("password", {"password": "hunter2"}, "password", None),
        ("groups", {"groups": "any"}, "groups", None),
        ("foreign schema", {"schemas": [USER_URN, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"]}, "schemas", [USER_URN]),
        ("schemas in another order", {"schemas": [ENTERPRISE, USER_URN]}, "schemas", [USER_URN]),
        ("schemas null", {"schemas": None}, "schemas", [USER_URN]),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else None,
)  # fmt: skip
def test_read_leniently(_case: str, attributes: dict[str, Any], name: str, expected: Any) -> None:
    reading = _read(person("ann@x.example", **attributes))

    assert reading.resource.get(name) == expected
    discarded = ("password is not stored here and was ignored",)
    assert reading.warnings == (discarded if name == "password" else ())


@pytest.mark.parametrize(
    ("_case", "attributes", "path"),
    [
        ("other text for a boolean", {"active": "maybe"}, "active"),
        ("number for a boolean", {"active": 1}, "active"),
        ("object for a string", {"title": {"a": 1}}, "title"),
        ("list for a string", {"title": ["a", "b"]}, "title"),
        ("text for an object", {"name": "Ann Lee"}, "name"),
        ("number in a list", {"emails": [_WORK, 5]}, "emails"),
        ("text for an element without a value", {"addresses": ["Main Street 1"]}, "addresses"),
        ("list for a sub-attribute", {"name": {"givenName": ["a", "b"]}}, "name.givenName"),
        ("text for an extension", {ENTERPRISE: "x"}, ENTERPRISE),
        ("wrong type in an extension", {ENTERPRISE: {"department": {}}}, f"{ENTERPRISE}:department"),
        ("two primaries", {"emails": [_WORK, {"value": "b@x", "primary": True}]}, "emails"),
        ("long title", {"title": "x" * (_MAX.text + 1)}, "title"),
        ("title of too many bytes", {"title": "東" * 683}, "title"),
        ("displayName of too many bytes as compared", {"displayName": "\U0001d160" * 171}, "displayName"),
        ("caseExact of too many bytes", {"profileUrl": "東" * 683}, "profileUrl"),
        ("blank name", {"displayName": " "}, "displayName"),
        ("name with a direction character", {"userName": "ann\u202e@x.example"}, "userName"),
        ("long userName", {"userName": "x" * (_MAX.user_name + 1)}, "userName"),
        ("too many numbers", {"phoneNumbers": [{"value": str(n)} for n in range(_MAX.contacts + 1)]}, "phoneNumbers"),
        ("too many roles", {"roles": [{"value": str(n)} for n in range(_MAX.elements + 1)]}, "roles"),
        ("long externalId", {"externalId": "x" * (MAX_INDEXED + 1)}, "externalId"),
        ("userName empty", {"userName": ""}, "userName"),
        ("no family name", {"name": {"givenName": "Ann"}}, "name.familyName"),
        ("no work e-mail", {"emails": [{"type": "home", "value": "h@x"}]}, 'emails[type eq "work"].value'),
        ("work e-mail without value", {"emails": [{"type": "work"}]}, 'emails[type eq "work"].value'),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else None,
)  # fmt: skip
@pytest.mark.parametrize("mode", [_ENTRA, _STRICT], ids=str)
def test_values_refused(_case: str, attributes: dict[str, Any], path: str, mode: ScimMode) -> None:
    with pytest.raises(InvalidValue) as refused:
        _read(person("ann@x.example", **attributes), mode)

    assert refused.value.path == path
    assert path in refused.value.message


def test_limits_are_inclusive() -> None:
    longest = {
        "externalId": "😀" * MAX_INDEXED,
        "userName": "x" * _MAX.user_name,
        "title": "x" * _MAX.text,
        "nickName": "東" * 682 + "ab",
        "displayName": "\U0001d160" * 170,
        "phoneNumbers": [{"value": str(n)} for n in range(_MAX.contacts)],
        "roles": [{"value": str(n)} for n in range(_MAX.elements)],
    }

    resource = _read(person("ann@x.example", **longest)).resource

    assert {name: resource[name] for name in longest} == longest


@pytest.mark.parametrize(
    "attributes",
    [
        {"active": "False"}, {"title": 7}, {"title": ["T"]}, {ENTERPRISE: {"manager": "m"}}, {"phoneNumbers": ["1"]},
        {"profileUrl": "two words"}, {"x509Certificates": [{"value": "not base64!"}]},
    ],
    ids=str,
)  # fmt: skip
def test_strict_mode_takes_no_deviation(attributes: dict[str, Any]) -> None:
    body = person("ann@x.example", **attributes)

    with pytest.raises(InvalidValue):
        _read(body, _STRICT)
    assert _read(body, _ENTRA).warnings == ()


def test_strict_mode_reads_what_the_letter_allows() -> None:
    body = person(
        "ann@x.example",
        profileUrl="https://people.example/ann",
        x509Certificates=[{"value": "QUJD"}],
        schemas=[ENTERPRISE.upper(), USER_URN],
        **{ENTERPRISE: {"department": "D"}},
    )

    assert _read(body, _STRICT).resource == {**body, "schemas": [USER_URN, ENTERPRISE]}


@pytest.mark.parametrize(
    ("_case", "schemas", "modes"),
    [
        ("a text", USER_URN, {_ENTRA, _STRICT}),
        ("not texts", [5], {_ENTRA, _STRICT}),
        ("one twice", [USER_URN, USER_URN.upper()], {_ENTRA, _STRICT}),
        ("a foreign one", [USER_URN, "urn:x"], {_STRICT}),
        ("without the core schema", [ENTERPRISE], {_STRICT}),
        ("null", None, {_STRICT}),
    ],
)
def test_schemas_refused(_case: str, schemas: Any, modes: set[ScimMode]) -> None:
    for mode in modes:
        with pytest.raises(InvalidSyntax):
            _read(person("ann@x.example", schemas=schemas), mode)


def test_schemas_may_be_missing_only_for_entra() -> None:
    body = person("ann@x.example")
    del body["schemas"]

    assert _read(body).resource["schemas"] == [USER_URN]
    assert _read({**body, "schemas": None}).resource["schemas"] == [USER_URN]
    with pytest.raises(InvalidSyntax):
        _read(body, _STRICT)


@pytest.mark.parametrize(
    ("attributes", "warned"),
    [
        ({"shoeSize": 42}, "shoeSize"),
        ({"name": {"givenName": "A", "familyName": "B", "pronouns": "they"}}, "name.pronouns"),
        ({"urn:custom:2.0:User": {"a": 1}}, "urn:custom:2.0:User"),
        ({ENTERPRISE: {"shoeSize": 42}}, f"{ENTERPRISE}:shoeSize"),
        ({"name.givenName": "A"}, "name.givenName"),
    ],
)
def test_unknown_attributes_are_ignored_with_a_warning_or_refused(attributes: dict[str, Any], warned: str) -> None:
    body = person("ann@x.example", **attributes)

    assert _read(body).warnings == (f"{warned} is not known here and was ignored",)
    with pytest.raises(InvalidSyntax) as refused:
        _read(body, unknown=UnknownAttributes.REJECT)
    assert refused.value.path == warned


@pytest.mark.parametrize(
    ("_case", "attributes", "path"),
    [
        ("with and without its schema", {f"{USER_URN}:userName": "other"}, "userName"),
        ("equal both times", {f"{USER_URN.upper()}:USERNAME": "ann@x.example"}, "userName"),
        ("null the second time", {f"{USER_URN}.externalId": None}, "externalId"),
        ("outside the block and in it", {USER_URN: {"emails": [_WORK]}}, "emails"),
        ("before the block and in it", {"department": "A", ENTERPRISE: {"department": "B"}}, f"{ENTERPRISE}:department"),
        ("behind the block", {ENTERPRISE: {"manager": {"value": "m"}}, f"{ENTERPRISE}:manager": {"value": "n"}}, f"{ENTERPRISE}:manager"),
        ("schemas", {f"{USER_URN}:schemas": [USER_URN]}, "schemas"),
    ],
)  # fmt: skip
def test_an_attribute_comes_once_however_it_is_spelled(_case: str, attributes: dict[str, Any], path: str) -> None:
    for mode in (_ENTRA, _STRICT):
        with pytest.raises(InvalidSyntax, match=r" appears more than once$") as refused:
            _read(person("ann@x.example", **attributes), mode)
        assert refused.value.path == path


def test_attributes_beside_the_block_of_their_schema_join_it() -> None:
    body = {
        **person("ann@x.example"),
        f"{ENTERPRISE}:department": "D",
        ENTERPRISE: {"division": "V"},
        "costCenter": "C",
        USER_URN: {"title": "T"},
    }

    resource = _read(body).resource

    assert resource[ENTERPRISE] == {"costCenter": "C", "division": "V", "department": "D"}
    assert (resource["userName"], resource["title"]) == ("ann@x.example", "T")


def test_warnings_stay_few_and_short() -> None:
    warnings = _read(person("ann@x.example", **{f"{'x' * 5_000}{n}": n for n in range(500)})).warnings

    assert len(warnings) == 21
    assert max(map(len, warnings)) < 200


def test_every_missing_value_is_named_with_its_source_in_entra() -> None:
    with pytest.raises(InvalidValue) as refused:
        _read({"schemas": [USER_URN]})

    assert refused.value.message == (
        "userName is missing: map it from userPrincipalName in Entra; "
        "name.givenName is missing: map it from givenName in Entra; "
        "name.familyName is missing: map it from surname in Entra; "
        'emails[type eq "work"].value is missing: map it from mail or userPrincipalName in Entra'
    )


@pytest.mark.parametrize(
    ("given", "previous", "expected"),
    [
        ({}, None, True),
        ({"active": None}, None, True),
        ({}, {"active": False}, False),
        ({"active": None}, {"active": False}, False),
        ({"active": "True"}, {"active": False}, True),
    ],
)
def test_active(given: dict[str, Any], previous: dict[str, Any] | None, expected: bool) -> None:
    body = {name: value for name, value in person("ann@x.example").items() if name != "active"}

    assert _read({**body, **given}, previous=previous).resource["active"] is expected


def test_group() -> None:
    body = {
        "schemas": [GROUP_URN, "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"],
        "externalId": "e",
        "displayName": "Crew",
        "members": [{"value": "u1", "$ref": None, "display": "Ann"}, "u2", {"VALUE": "u1"}],
        "meta": {"resourceType": "Group"},
    }

    resource = read_resource(body, GROUP, mode=_ENTRA, unknown=UnknownAttributes.IGNORE).resource

    assert list(resource) == ["schemas", "externalId", "displayName", "members"]
    assert resource_members(resource) == ("u1", "u2")
    with pytest.raises(InvalidSyntax, match="displayName appears more than once"):
        read_resource(
            {**body, f"{GROUP_URN}:displayName": "Team"}, GROUP, mode=_ENTRA, unknown=UnknownAttributes.IGNORE
        )
    with pytest.raises(InvalidValue, match="displayName is missing: map it from displayName in Entra"):
        read_resource({"schemas": [GROUP_URN]}, GROUP, mode=_ENTRA, unknown=UnknownAttributes.IGNORE)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (AttributeType.INTEGER, [0, -5], [1.5, True, "5"]),
        (AttributeType.DECIMAL, [0, 1.5], [True, "1.5"]),
        (AttributeType.DATE_TIME, ["2026-11-25T10:00:00Z", "2015-10-10T14:38:21.8617979-07:00"], ["2026-11-25", "soon", 5]),
    ],
)  # fmt: skip
def test_types_that_users_do_not_have(kind: AttributeType, good: list[Any], bad: list[Any]) -> None:
    attribute, dialect = Attribute("weight", kind), Dialect(_STRICT, UnknownAttributes.IGNORE)

    assert [coerce_value(value, attribute, dialect) for value in good] == good
    for value in bad:
        with pytest.raises(InvalidValue):
            coerce_value(value, attribute, dialect)


@pytest.mark.parametrize("name", [" ", "a\nb", "Ann\u202eeel"])
@pytest.mark.parametrize("mode", [_ENTRA, _STRICT], ids=str)
def test_names_can_be_seen(name: str, mode: ScimMode) -> None:
    with pytest.raises(InvalidValue, match="a name that people can see"):
        _read({**person("ann@x.example"), "displayName": name}, mode)


_NAMES = st.sampled_from(
    [*USER.attributes, *USER.common, ENTERPRISE, USER_URN, "value", "type", "primary", "givenName"]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6) | _NAMES, inner, max_size=4),
    max_leaves=8,
)


@given(attributes=st.dictionaries(_NAMES, _JSON, max_size=5), mode=st.sampled_from([_ENTRA, _STRICT]))
def test_any_json_is_read_or_refused(attributes: dict[str, Any], mode: ScimMode) -> None:
    body = {**person("ann@x.example"), **attributes}
    kept = copy.deepcopy(body)
    try:
        resource = _read(body, mode).resource
    except InvalidRequest:
        resource = None

    assert body == kept
    if resource is not None:
        assert _read(resource, mode, unknown=UnknownAttributes.REJECT).resource == resource
