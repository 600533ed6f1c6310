"""What the history says has changed: paths in SCIM spelling, values before and after."""

from __future__ import annotations

from typing import Any

import pytest
from tests.bodies import ENTERPRISE, person

from gatehouse.scim.changes import changes

_W, _H = {"type": "work", "value": "w@x"}, {"type": "home", "value": "h@x"}


def _triples(before: dict[str, Any] | None, after: dict[str, Any] | None) -> list[tuple[str, object, object]]:
    return [(change.path, change.before, change.after) for change in changes(before, after)]


def test_created_and_deleted_resources_name_every_attribute() -> None:
    user = person("ann@x.example", **{ENTERPRISE: {"department": "D", "manager": {"value": "m"}}})
    values = [
        ("userName", "ann@x.example"),
        ("externalId", "ext-ann@x.example"),
        ("active", True),
        ("name.givenName", "Ann"),
        ("name.familyName", "Okafor"),
        ('emails[type eq "work"].value', "ann@x.example"),
        ('emails[type eq "work"].primary', True),
        (f"{ENTERPRISE}:department", "D"),
        (f"{ENTERPRISE}:manager.value", "m"),
    ]

    assert _triples(None, user) == [(path, None, value) for path, value in values]
    assert _triples(user, None) == [(path, value, None) for path, value in values]


@pytest.mark.parametrize(
    ("_case", "before", "after", "expected"),
    [
        ("nothing", {"title": "T", "emails": [_W, _H]}, {"title": "T", "emails": [_W, _H]}, []),
        ("simple", {"title": "A"}, {"title": "B"}, [("title", "A", "B")]),
        ("unassigned", {"title": "A"}, {}, [("title", "A", None)]),
        ("boolean", {"active": True}, {"active": False}, [("active", True, False)]),
        ("complex", {"name": {"givenName": "A", "familyName": "L"}}, {"name": {"familyName": "L", "middleName": "M"}}, [("name.middleName", None, "M"), ("name.givenName", "A", None)]),
        ("order", {"emails": [_W, _H]}, {"emails": [_H, _W]}, []),
        ("element", {"emails": [_W, _H]}, {"emails": [{**_W, "value": "n@x"}, _H]}, [('emails[type eq "work"].value', "w@x", "n@x")]),
        ("element added", {"emails": [_W]}, {"emails": [_W, _H]}, [('emails[type eq "home"].value', None, "h@x")]),
        ("element removed", {"emails": [_W, _H]}, {"emails": [_W]}, [('emails[type eq "home"].value', "h@x", None)]),
        ("spelling of the type", {"emails": [_W]}, {"emails": [{**_W, "type": "Work"}]}, [('emails[type eq "Work"].type', "work", "Work")]),
        ("not primary", {"emails": [_W]}, {"emails": [{**_W, "primary": False}]}, []),
        ("primary moves", {"emails": [{**_W, "primary": True}, _H]}, {"emails": [{**_W, "primary": False}, {**_H, "primary": True}]}, [('emails[type eq "work"].primary', True, False), ('emails[type eq "home"].primary', None, True)]),
        ("without a type", {"roles": [{"value": "a"}]}, {"roles": [{"value": "b"}]}, [("roles.value", "a", "b")]),
        ("a second of one type", {"emails": [_W]}, {"emails": [{"type": "work", "value": "n@x"}, _W]}, [('emails[type eq "work"]', None, {"type": "work", "value": "n@x"})]),
        ("one of two of one type", {"emails": [_W, {**_W, "value": "n@x"}]}, {"emails": [{**_W, "value": "n@x", "display": "N"}]}, [('emails[type eq "work"]', {"type": "work", "value": "n@x"}, {"type": "work", "value": "n@x", "display": "N"}), ('emails[type eq "work"]', _W, None)]),
        ("addresses of one type", {"addresses": [{"type": "work", "locality": "A"}]}, {"addresses": [{"type": "work", "locality": "A"}, {"type": "work", "locality": "B"}]}, [('addresses[type eq "work"]', None, {"type": "work", "locality": "B"})]),
        ("quotes in a type", {}, {"ims": [{"type": 'a"b', "value": "x"}]}, [('ims[type eq "a\\"b"].value', None, "x")]),
        ("extension", {ENTERPRISE: {"department": "A"}}, {}, [(f"{ENTERPRISE}:department", "A", None)]),
        ("untold", {"schemas": ["a"], "id": "1", "meta": {"version": "1"}, "password": "p"}, {"schemas": ["b"], "id": "2", "meta": {"version": "2"}, "password": "q"}, []),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_differences(_case: str, before: dict[str, Any], after: dict[str, Any], expected: list[Any]) -> None:
    assert _triples(before, after) == expected
