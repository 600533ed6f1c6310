"""PATCH against the shared cases: ``before`` and operations give ``after`` or the error, and the input stays as it was.

The rows whose outcome depends on another user, and those about bytes rather than messages, are played over HTTP in
``tests/api/scim/test_patch_cases.py``.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.bodies import ENTERPRISE, PATCH_OP, person
from tests.scim.patch_cases import CASES, Outcome, accepts, message, outcomes

from gatehouse.errors import GatehouseError, InvalidRequest
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim.patch import apply_patch, parse_patch, unchanged
from gatehouse.scim.resource import read_resource
from gatehouse.scim.schema import GROUP, USER

_PURE = [case for case in CASES if "raw" not in case and "others" not in case and case.get("resource") != "Groups"]


@pytest.mark.parametrize("mode", [ScimMode.ENTRA, ScimMode.STRICT], ids=str)
@pytest.mark.parametrize("case", _PURE, ids=lambda case: case["id"])
def test_case(case: dict[str, Any], mode: ScimMode) -> None:
    before = _read(case["before"]) if "before" in case else _read(person("pat.doe@contoso.example"))
    kept = copy.deepcopy(before)

    found = _outcome(before, message(case), mode)

    assert before == kept
    assert any(accepts(wanted, found, before) for wanted in outcomes(case)), f"found {found}"


_WORK = {"type": "work", "value": "w@x.example", "primary": True}
_HOME = {"type": "home", "value": "h@x.example"}


@pytest.mark.parametrize(
    ("_case", "operations", "attribute", "expected"),
    [
        ("text boolean", [{"op": "Replace", "path": "active", "value": "False"}], "active", False),
        (
            "replace creates a typed entry",
            [{"op": "Replace", "path": 'phoneNumbers[type eq "mobile"].value', "value": "2"}],
            "phoneNumbers",
            [{"type": "work", "value": "1"}, {"type": "mobile", "value": "2"}],
        ),
        (
            "add with a match updates",
            [{"op": "Add", "path": 'emails[type eq "work"].value', "value": "n@x.example"}],
            "emails",
            [{"type": "work", "value": "n@x.example", "primary": True}, _HOME],
        ),
        (
            "text boolean in the selector",
            [{"op": "Replace", "path": 'emails[primary eq "true"].value', "value": "p@x.example"}],
            "emails",
            [{"type": "work", "value": "p@x.example", "primary": True}, _HOME],
        ),
        (
            "same value and type merges",
            [{"op": "add", "path": "emails", "value": [{"value": "W@X.example", "type": "work"}]}],
            "emails",
            [{"type": "work", "value": "W@X.example", "primary": True}, _HOME],
        ),
        (
            "replaced element keeps what the selector says",
            [{"op": "replace", "path": 'emails[type eq "home"]', "value": {"value": "z@x.example"}}],
            "emails",
            [_WORK, {"type": "home", "value": "z@x.example"}],
        ),
        (
            "a new primary takes the mark",
            [{"op": "replace", "path": 'emails[type eq "home"].primary', "value": True}],
            "emails",
            [{**_WORK, "primary": False}, {**_HOME, "primary": True}],
        ),
        ("cleared list", [{"op": "replace", "path": "phoneNumbers", "value": []}], "phoneNumbers", None),
        ("cleared element leaves no shell", [{"op": "replace", "path": 'phoneNumbers[type eq "work"].value', "value": ""}], "phoneNumbers", None),
        ("legacy list of one", [{"op": "Replace", "path": "title", "value": [{"$ref": None, "value": "T"}]}], "title", "T"),
        ("number as text", [{"op": "add", "path": f"{ENTERPRISE}:employeeNumber", "value": 7}], ENTERPRISE, {"employeeNumber": "7"}),
        ("bare manager", [{"op": "add", "path": f"{ENTERPRISE}:manager", "value": "m1"}], ENTERPRISE, {"manager": {"value": "m1"}}),
        ("legacy dot before the attribute", [{"op": "add", "path": f"{ENTERPRISE}.manager", "value": "m1"}], ENTERPRISE, {"manager": {"value": "m1"}}),
        (
            "dotted and URN keys without a path",
            [{"op": "replace", "value": {"name.givenName": "G", f"{ENTERPRISE}:department": "D"}}],
            ENTERPRISE,
            {"department": "D"},
        ),
        (
            "role as JSON in the value",
            [{"op": "Add", "path": "roles", "value": [{"value": '{"id":"1","value":"agent","displayName":"Agent"}'}]}],
            "roles",
            [{"value": "agent", "display": "Agent"}],
        ),
        ("listed removal", [{"op": "Remove", "path": "emails", "value": [{"value": "H@x.example"}]}], "emails", [_WORK]),
        ("unknown attribute is passed over", [{"op": "Add", "path": "shoeSize", "value": 42}], "shoeSize", None),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else None,
)  # fmt: skip
def test_lenient_examples(_case: str, operations: list[dict[str, Any]], attribute: str, expected: Any) -> None:
    before = _read(person("w@x.example", emails=[_WORK, _HOME], phoneNumbers=[{"type": "work", "value": "1"}]))

    after = _patched(before, operations)

    assert after.get(attribute) == expected


def test_extension_urn_comes_and_goes_with_its_attributes() -> None:
    before = _read(person("a@x.example"))

    filled = _patched(before, [{"op": "add", "path": f"{ENTERPRISE}:department", "value": "D"}])
    emptied = _patched(filled, [{"op": "remove", "path": ENTERPRISE.upper()}])

    assert filled["schemas"] == [*before["schemas"], ENTERPRISE]
    assert emptied == before


@pytest.mark.parametrize(
    ("_case", "operation", "kind", "ids"),
    [
        ("add", {"op": "Add", "path": "members", "value": [{"$ref": None, "value": "a"}, {"value": "b"}]}, "add", ("a", "b")),
        ("add texts", {"op": "add", "path": "members", "value": ["a"]}, "add", ("a",)),
        ("remove listed", {"op": "Remove", "path": "members", "value": [{"value": "a"}]}, "remove", ("a",)),
        ("remove selected", {"op": "remove", "path": 'members[value eq "a"]'}, "remove", ("a",)),
        ("remove selected with $ref", {"op": "remove", "path": 'members[$ref eq null and value eq "a"]'}, "remove", ("a",)),
        ("remove several", {"op": "remove", "path": 'members[value eq "a" or value eq "b"]'}, "remove", ("a", "b")),
        ("remove all", {"op": "remove", "path": "members"}, "remove_all", ()),
        ("replace with null", {"op": "Replace", "path": "members", "value": None}, "remove_all", ()),
        ("replace", {"op": "replace", "value": {"members": [{"value": "a"}]}}, "replace", ("a",)),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_member_operations(_case: str, operation: dict[str, Any], kind: str, ids: tuple[str, ...]) -> None:
    body = {"schemas": [PATCH_OP], "Operations": [operation]}

    request = parse_patch(body, GROUP, mode=ScimMode.ENTRA, unknown=UnknownAttributes.IGNORE)

    assert [(step.kind, step.ids) for step in request.members] == [(kind, ids)]
    assert request.operations == ()


def test_removal_of_an_empty_list_removes_nobody() -> None:
    body = {"schemas": [PATCH_OP], "Operations": [{"op": "Remove", "path": "members", "value": []}]}

    assert parse_patch(body, GROUP, mode=ScimMode.ENTRA, unknown=UnknownAttributes.IGNORE).members == ()


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "type", "primary", "$ref", "name", "title", "x"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
_PATHS = st.sampled_from(
    ["title", "active", "name", "name.familyName", "emails", "emails.value", 'emails[type eq "work"]', "id", "schemas",
     'emails[type eq "work"].value', 'phoneNumbers[type eq "mobile"].primary', "manager", f"{ENTERPRISE}:manager", ENTERPRISE,
     "nosuch", "userName", "roles", "addresses", "password", "groups", "members", "title[", "emails[x eq 1]", "", "."]
)  # fmt: skip
_OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "Replace", "remove", "move"])}, optional={"path": _PATHS | _JSON, "value": _JSON}
)


@given(operations=st.lists(_OPERATIONS | _JSON, max_size=3), mode=st.sampled_from(list(ScimMode)))
def test_any_json_is_applied_or_refused(operations: list[Any], mode: ScimMode) -> None:
    before = _read(person("a@x.example", title="Agent"))
    kept = copy.deepcopy(before)
    try:
        request = parse_patch(
            {"schemas": [PATCH_OP], "Operations": operations}, USER, mode=mode, unknown=UnknownAttributes.IGNORE
        )
        after = apply_patch(before, request, USER)
    except InvalidRequest:
        after = before

    assert before == kept
    assert after["userName"]
    assert read_resource(after, USER, mode=mode, unknown=UnknownAttributes.REJECT).resource == after


@given(
    path=st.sampled_from(["title", "name", "emails", 'phoneNumbers[type eq "mobile"].value', "manager", "active"]),
    value=_JSON,
)
def test_replacing_twice_is_replacing_once(path: str, value: Any) -> None:
    before = _read(person("a@x.example", title="Agent"))
    operation = {"op": "replace", "path": path, "value": value}
    try:
        once = _patched(before, [operation])
    except InvalidRequest:
        return

    assert unchanged(once, _patched(once, [operation]))


def _read(body: dict[str, Any]) -> dict[str, Any]:
    return read_resource(body, USER, mode=ScimMode.ENTRA, unknown=UnknownAttributes.IGNORE).resource


def _patched(before: dict[str, Any], operations: list[dict[str, Any]]) -> dict[str, Any]:
    body = {"schemas": [PATCH_OP], "Operations": operations}
    request = parse_patch(body, USER, mode=ScimMode.ENTRA, unknown=UnknownAttributes.IGNORE)
    return apply_patch(before, request, USER)


def _outcome(before: dict[str, Any], body: dict[str, Any], mode: ScimMode) -> Outcome:
    try:
        request = parse_patch(body, USER, mode=mode, unknown=UnknownAttributes.IGNORE)
        return Outcome(after=apply_patch(before, request, USER))
    except GatehouseError as error:
        return Outcome(error=error)
