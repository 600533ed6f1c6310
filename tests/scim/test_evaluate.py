"""What filters mean: two-valued, the same element between brackets, case as the schema says (RFC 7644 §3.4.2.2)."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from gatehouse.errors import InvalidFilter
from gatehouse.scim.attribute import Attribute, AttributeType
from gatehouse.scim.evaluate import matches, selects
from gatehouse.scim.filter import parse_filter
from gatehouse.scim.filter_tree import ValuePath
from gatehouse.scim.schema import ENTERPRISE_SCHEMA, USER, USER_SCHEMA, ResourceType

CASES = [json.loads(line) for line in Path(__file__).with_name("filters.jsonl").read_text().splitlines()]
USERS = json.loads(Path(__file__).with_name("filter-users.json").read_text())
META = {"resourceType": "User", "created": "2026-11-25T09:30:00.123Z", "lastModified": "2026-11-25T09:30:00.123Z"}

ANN: dict[str, Any] = {
    "schemas": [USER_SCHEMA, ENTERPRISE_SCHEMA],
    "id": "26",
    "userName": "Ann@Contoso.example",
    "externalId": "E-100",
    "active": True,
    "title": "",
    "name": {"familyName": "Lee"},
    "emails": [
        {"type": "work", "value": "ann@a.example", "primary": True},
        {"type": "home", "value": "ann@b.example"},
        {"type": "other"},
    ],
    "x509Certificates": [{"value": "AAEC"}],
    "meta": META | {"version": 'W/"3"'},
    ENTERPRISE_SCHEMA: {"department": "Leasing", "manager": {"value": "7"}},
}


@pytest.mark.parametrize("lenient", [True, False], ids=["entra", "strict"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_filter_cases_hold(case: dict[str, Any], lenient: bool) -> None:
    strict = case["class"] == "rfc" or "allow" not in case
    expected = [{"match": case["match"]} if case["valid"] else {"error": 400}] if strict else case["allow"]
    try:
        tree = parse_filter(case["filter"], USER, lenient=lenient)
    except InvalidFilter:
        answer: dict[str, Any] = {"error": 400}
    else:
        answer = {"match": [user["key"] for user in USERS if matches(tree, {**user, "id": user["key"], "meta": META})]}

    assert answer in expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # case
        ('userName eq "ANN@contoso.EXAMPLE"', True),
        ('externalId eq "e-100"', False),
        ('x509Certificates eq "aaec"', False),
        ('x509Certificates eq "AAEC"', True),
        # absent attributes
        ('nickName eq "x"', False),
        ('nickName ne "x"', True),
        ('nickName co ""', False),
        ('nickName lt "x"', False),
        ("nickName eq null", True),
        ("nickName ne null", False),
        ("nickName pr", False),
        ('not (nickName eq "x")', True),
        # the empty string is a value, but not one that is present
        ('title eq ""', True),
        ("title eq null", False),
        ("title pr", False),
        ('title co ""', True),
        # multi-valued
        ('emails.type eq "home"', True),
        ('emails.type ne "home"', False),
        ('emails.type ne "fax"', True),
        ('emails.type eq "home" and emails.value eq "ann@a.example"', True),
        ('emails[type eq "home" and value eq "ann@a.example"]', False),
        ('emails[type ne "work"]', True),
        ("emails.value eq null", False),
        ("emails[value eq null]", True),
        ("phoneNumbers.value eq null", True),
        ("emails pr", True),
        ("phoneNumbers pr", False),
        ("phoneNumbers.value pr", False),
        ("emails.value pr", True),
        ("emails[not (value pr)]", True),
        ('phoneNumbers[not (type eq "work")]', False),
        # an absent primary is false
        ('emails[type eq "home" and primary eq false]', True),
        ('emails[type eq "home" and primary pr]', True),
        ("emails[primary eq null]", False),
        ("emails.primary ne true", False),
        # complex
        ("name pr", True),
        ('name[not (givenName eq "x")]', True),
        ("name.givenName pr", False),
        ("manager pr", True),
        ('manager eq "7"', True),
        (f'{ENTERPRISE_SCHEMA}:department sw "lea"', True),
        ("meta pr", True),
        # order
        ('userName gt "ann"', True),
        ('userName le "ANN@CONTOSO.EXAMPLE"', True),
        ('externalId lt "e"', True),
        # times
        ('meta.created eq "2026-11-25T10:30:00.123+01:00"', True),
        ('meta.created gt "2026-11-25T09:30:00.1229Z"', True),
        ('meta.created le "2026-11-25T09:30:00.122999Z"', False),
        # schemas
        (f'schemas eq "{ENTERPRISE_SCHEMA}"', True),
        ('schemas[value ew "core:2.0:User"]', True),
        ('schemas ne "x"', True),
        ("schemas pr", True),
    ],
    ids=map(str, count(1)),
)
def test_meaning(text: str, expected: bool) -> None:
    tree = parse_filter(text, USER)

    assert matches(tree, ANN) is expected
    assert matches(parse_filter(f"not ({text})", USER), ANN) is not expected


def test_selects_one_element() -> None:
    tree = parse_filter('emails[type eq "work" and value co "a"]', USER)
    assert isinstance(tree, ValuePath)

    assert [selects(tree.filter, email) for email in ANN["emails"]] == [True, False, False]


def test_selects_a_simple_value() -> None:
    tree = parse_filter(f'schemas[value eq "{USER_SCHEMA}"]', USER)
    assert isinstance(tree, ValuePath)

    assert [selects(tree.filter, urn) for urn in ANN["schemas"]] == [True, False]


WEIGHED = ResourceType(
    "Weighed",
    "/Weighed",
    "With numbers, which no schema of ours has.",
    "urn:example:Weighed",
    {"weight": Attribute("weight", AttributeType.DECIMAL), "age": Attribute("age", AttributeType.INTEGER)},
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            ("weight eq 1.5", True),
            ("weight gt 1", True),
            ("weight lt -2", False),
            ("weight ne 1.50", False),
            ("age le 40", True),
        ),
        *(("age gt 4.0e1", False), ("age ne 41", True), ("weight pr", True), ("age eq null", False)),
    ],
)
def test_numbers(text: str, expected: bool) -> None:
    assert matches(parse_filter(text, WEIGHED), {"weight": 1.5, "age": 40}) is expected


@pytest.mark.parametrize("text", ['weight eq "1.5"', "weight eq true", "weight co 1", "age sw 4"])
def test_numbers_are_compared_with_numbers(text: str) -> None:
    with pytest.raises(InvalidFilter):
        parse_filter(text, WEIGHED)


@pytest.mark.parametrize(
    ("text", "resource"),
    [
        ('userName eq "x"', {"userName": 5}),
        ('externalId eq "x"', {"externalId": ["x", 5][1:]}),
        ("active eq true", {"active": "true"}),
        ('meta.created gt "2026-11-25T09:30:00Z"', {"meta": {"created": 5}}),
        ('meta.created gt "2026-11-25T09:30:00Z"', {"meta": {"created": "yesterday"}}),
        ('emails.value eq "x"', {"emails": ["x"]}),
        ('name.familyName eq "x"', {"name": "x"}),
        ('department eq "x"', {ENTERPRISE_SCHEMA: None}),
    ],
    ids=map(str, count(1)),
)
def test_a_value_of_another_type_equals_nothing(text: str, resource: dict[str, Any]) -> None:
    assert not matches(parse_filter(text, USER), resource)


def test_a_boolean_is_no_number() -> None:
    assert not matches(parse_filter("age eq 1", WEIGHED), {"age": True})
