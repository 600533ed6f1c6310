"""Attributes, bodies and both PATCH dialects, in the shapes of Entra's documentation."""

from __future__ import annotations

from typing import Any

import pytest

from gatehouse.cli.simulate import dialect as patches
from gatehouse.cli.simulate.attributes import (
    ENTERPRISE,
    MANAGER,
    USER,
    create_body,
    differences,
    known_values,
    stored_value,
    wanted,
)
from gatehouse.cli.simulate.dialect import Dialect
from gatehouse.cli.simulate.source import Person

_ANA = Person(
    "0f6a", "ana@contoso.example", "Ana", "Silva", "Ana Silva", "ana.s@contoso.example", "ana", job_title="Agent",
    department="Leasing", employee_id="0042", street_address="Rua 1", city="Porto", country="PT",
    business_phone="+351 1", mobile_phone="+351 2",
)  # fmt: skip
_MOBILE = 'phoneNumbers[type eq "mobile"].value'


def test_create_body_is_the_documented_one() -> None:
    assert create_body(wanted(_ANA)) == {
        "schemas": [USER, ENTERPRISE],
        "userName": "ana@contoso.example",
        "active": True,
        "displayName": "Ana Silva",
        "title": "Agent",
        "emails": [{"primary": True, "type": "work", "value": "ana.s@contoso.example"}],
        "name": {"givenName": "Ana", "familyName": "Silva", "formatted": "Ana Silva"},
        "addresses": [
            {
                "type": "work",
                "formatted": "Rua 1, Porto, PT",
                "streetAddress": "Rua 1",
                "locality": "Porto",
                "country": "PT",
            }
        ],
        "phoneNumbers": [{"type": "work", "value": "+351 1"}, {"type": "mobile", "value": "+351 2"}],
        "externalId": "ana",
        ENTERPRISE: {"employeeNumber": "0042", "department": "Leasing"},
        "meta": {"resourceType": "User"},
        "roles": [],
    }


@pytest.mark.parametrize("cause", ["assigned", "soft_deleted"])
def test_out_of_scope_only_the_disabling_is_told(cause: str) -> None:
    person = Person("1", "a@b.example", "A", "B", **{cause: cause == "soft_deleted"})

    assert wanted(person) == {"active": False}


def test_disabled_account_stays_in_scope() -> None:
    person = Person("1", "a@b.example", "A", "B", account_enabled=False)

    assert wanted(person)["active"] is False
    assert wanted(person)["userName"] == "a@b.example"


def test_what_is_read_back_is_what_was_sent() -> None:
    assert known_values(create_body(wanted(_ANA)), wanted(_ANA)) == wanted(_ANA)


@pytest.mark.parametrize(
    ("resource", "path", "value"),
    [
        ({}, "title", None),
        ({"name": {}}, "name.givenName", None),
        ({"emails": [{"type": "home", "value": "x"}]}, 'emails[type eq "work"].value', None),
        ({"emails": [{"type": "Work", "value": "x"}]}, 'emails[type eq "work"].value', "x"),
        ({ENTERPRISE: {"manager": {"value": "m"}}}, MANAGER, "m"),
        ({ENTERPRISE: {"manager": "m"}}, MANAGER, "m"),
        ({ENTERPRISE: {}}, MANAGER, None),
        ({ENTERPRISE: {"department": "d"}}, f"{ENTERPRISE}:department", "d"),
    ],
)
def test_stored_value(resource: dict[str, Any], path: str, value: object) -> None:
    assert stored_value(resource, path) == value


def test_a_cleared_value_is_not_sent() -> None:
    assert differences({"title": "B"}, {"title": "A", "userType": "x"}) == {"title": "B"}


@pytest.mark.parametrize(
    ("changed", "form", "operations"),
    [
        ({"active": False}, Dialect.DEFAULT, [{"op": "Replace", "path": "active", "value": "False"}]),
        ({"active": True}, Dialect.DEFAULT, [{"op": "Replace", "path": "active", "value": "True"}]),
        ({"active": False}, Dialect.FLAG, [{"op": "replace", "path": "active", "value": False}]),
        (
            {"title": "B", "userType": "x", _MOBILE: "1"},
            Dialect.DEFAULT,
            [
                {"op": "Replace", "path": "title", "value": "B"},
                {"op": "Add", "path": "userType", "value": "x"},
                {"op": "Add", "path": _MOBILE, "value": "1"},
            ],
        ),
        (
            {"title": "B", _MOBILE: "1", "name.givenName": "C", f"{ENTERPRISE}:department": "D"},
            Dialect.FLAG,
            [
                {"op": "add", "path": _MOBILE, "value": "1"},
                {"op": "replace", "value": {"title": "B", "name.givenName": "C", f"{ENTERPRISE}:department": "D"}},
            ],
        ),
    ],
)
def test_update(changed: dict[str, str | bool], form: Dialect, operations: list[dict[str, Any]]) -> None:
    assert patches.update(changed, {"active": True, "title": "A"}, form) == operations


@pytest.mark.parametrize(
    ("anchor", "known", "form", "operation"),
    [
        ("m", False, Dialect.DEFAULT, {"op": "Add", "path": MANAGER, "value": "m"}),
        ("m", True, Dialect.DEFAULT, {"op": "Replace", "path": MANAGER, "value": "m"}),
        (None, True, Dialect.DEFAULT, {"op": "Replace", "path": MANAGER, "value": ""}),
        ("m", False, Dialect.FLAG, {"op": "add", "path": MANAGER, "value": "m"}),
        ("m", True, Dialect.FLAG, {"op": "replace", "path": MANAGER, "value": "m"}),
        (None, True, Dialect.FLAG, {"op": "remove", "path": MANAGER}),
    ],
)
def test_manager(anchor: str | None, known: bool, form: Dialect, operation: dict[str, Any]) -> None:
    assert patches.set_manager(anchor, known=known, dialect=form) == [operation]


def test_members() -> None:
    references = [{"$ref": None, "value": "a"}, {"$ref": None, "value": "b"}]
    default, flag = Dialect.DEFAULT, Dialect.FLAG

    assert patches.add_members(["a", "b"], default) == [{"op": "Add", "path": "members", "value": references}]
    assert patches.add_members(["a", "b"], flag) == [{"op": "add", "path": "members", "value": references}]
    assert patches.remove_members(["a", "b"], default) == [{"op": "Remove", "path": "members", "value": references}]
    assert patches.remove_members(["a", "b"], flag) == [
        {"op": "remove", "path": 'members[value eq "a"]'},
        {"op": "remove", "path": 'members[value eq "b"]'},
    ]


def test_members_come_in_batches() -> None:
    anchors = [str(number) for number in range(45)]

    assert [len(batch) for batch in patches.batches(anchors)] == [20, 20, 5]
    assert not list(patches.batches([]))


def test_mixed_dialect_uses_both_and_does_not_waver() -> None:
    forms = {Dialect.MIXED.of(f"person {n}", 1) for n in range(50)}

    assert forms == {Dialect.DEFAULT, Dialect.FLAG}
    assert Dialect.MIXED.of("a", 1) is Dialect.MIXED.of("a", 1)
    assert Dialect.FLAG.of("a", 1) is Dialect.FLAG


def test_group_body_names_the_additional_schema() -> None:
    body = patches.create_group_body("Leasing", "0f6a")

    assert "members" not in body
    assert body["schemas"][1] == "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"
