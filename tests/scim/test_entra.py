"""Entra's deviations from the RFCs, each by itself (entra-client.md §3.4), and every PATCH it is known to send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gatehouse.errors import InvalidRequest
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim import entra
from gatehouse.scim.patch import parse_patch
from gatehouse.scim.path import Path as AttributePath, parse_path
from gatehouse.scim.schema import GROUP, USER

_LINES = (Path(__file__).parents[1] / "entra" / "cases.jsonl").read_text().splitlines()
_PATCHES = [case for case in map(json.loads, _LINES) if case["method"] == "PATCH" and isinstance(case["body"], dict)]


@pytest.mark.parametrize("case", _PATCHES, ids=lambda case: case["id"])
def test_patches_of_entra_are_read(case: dict[str, Any]) -> None:
    resource_type = GROUP if case["path"].startswith("/Groups") else USER
    refused = False
    try:
        parse_patch(case["body"], resource_type, mode=ScimMode.ENTRA, unknown=UnknownAttributes.IGNORE)
    except InvalidRequest:
        refused = True

    assert refused == (case["expect"]["status"] == 400)


@pytest.mark.parametrize(
    ("before", "after"),
    [("True", True), ("FALSE", False), ("false", False), ("maybe", "maybe"), (" True", " True"), (1, 1), (None, None)],
)
def test_boolean_text(before: object, after: object) -> None:
    assert entra.boolean_text(before) is after


@pytest.mark.parametrize(("before", "after"), [(7, "7"), (1.5, "1.5"), (True, "true"), ("x", "x"), ([7], [7])])
def test_number_as_text(before: object, after: object) -> None:
    assert entra.number_as_text(before) == after


@pytest.mark.parametrize(("before", "after"), [(["x"], "x"), (["x", "y"], ["x", "y"]), ([], []), ("x", "x")])
def test_single_in_list(before: object, after: object) -> None:
    assert entra.single_in_list(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([{"$ref": None, "value": "x"}], "x"),
        ([{"VALUE": "x"}], "x"),
        ([{"value": "x", "type": "work"}], {"value": "x", "type": "work"}),
        ([{"$ref": "x"}], {"$ref": "x"}),
        ("x", "x"),
    ],
)
def test_wrapped_simple(before: object, after: object) -> None:
    assert entra.wrapped_simple(before) == after


@pytest.mark.parametrize(
    ("before", "after"), [("m", {"value": "m"}), ("", None), ({"value": "m"}, {"value": "m"}), (5, 5)]
)
def test_bare_value(before: object, after: object) -> None:
    assert entra.bare_value(before) == after


@pytest.mark.parametrize(
    ("_case", "before", "after"),
    [
        ("role", {"value": '{"id":"1","value":"agent","displayName":"Agent"}'}, {"value": "agent", "display": "Agent"}),
        ("no display", {"Value": ' {"value":"agent"}', "type": "t"}, {"Value": "agent", "type": "t"}),
        ("plain text", {"value": "agent"}, None),
        ("not a text", {"value": 5}, None),
        ("no value", {"type": "t"}, None),
        ("not an object", "agent", None),
        ("broken", {"value": '{"value":'}, None),
        ("without a value inside", {"value": '{"id":"1"}'}, None),
        ("nested too deep", {"value": '{"a":' + "[" * 5_000}, None),
        ("NUL inside", {"value": '{"value":"a\\u0000b"}'}, None),
        ("lone surrogate inside", {"value": '{"value":"\\ud800"}'}, None),
        ("lone surrogate", {"value": '{"value":"\ud800"}'}, None),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_json_in_value(_case: str, before: Any, after: Any) -> None:
    assert entra.json_in_value(before) == (before if after is None else after)


@pytest.mark.parametrize(
    ("selector", "element"),
    [
        ('type eq "mobile"', {"type": "mobile"}),
        ('type eq "work" and primary eq "True"', {"type": "work", "primary": True}),
        ('type eq "work" or type eq "home"', None),
        ('value sw "+1"', None),
        ("not (primary eq true)", None),
        ("type eq null", None),
    ],
)
def test_element_of(selector: str, element: dict[str, Any] | None) -> None:
    path = parse_path(f"phoneNumbers[{selector}].value", USER)

    assert isinstance(path, AttributePath)
    assert path.selector is not None
    assert entra.element_of(path.selector) == element


@pytest.mark.parametrize(
    ("selector", "elements", "index"),
    [
        ("primary eq true", [{"type": "home"}], 0),
        ("primary eq true", [{"type": "home"}, {"type": "Work"}], 1),
        ("primary eq true", [{"value": "a"}, {"value": "b"}], 0),
        ("primary eq true", [], None),
        ("primary eq false", [{"type": "home"}], None),
        ('type eq "home"', [{"type": "work"}], None),
    ],
)
def test_stand_in_for_primary(selector: str, elements: list[dict[str, Any]], index: int | None) -> None:
    path = parse_path(f"emails[{selector}].value", USER)

    assert isinstance(path, AttributePath)
    assert path.selector is not None
    assert entra.stand_in_for_primary(path.selector, elements) == index
