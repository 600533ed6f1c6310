"""Members of a group as set operations (RFC 7644 §3.5.2; lenient rules L11, L14, L19): the list is never loaded."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.bodies import GROUP as GROUP_URN, patch_op
from tests.scim.patch_cases import CASES, Outcome, accepts, message, outcomes

from gatehouse.errors import (
    GatehouseError,
    ImmutableAttribute,
    InvalidFilter,
    InvalidPath,
    InvalidRequest,
    InvalidValue,
    NoTarget,
)
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim.members import MemberOperation
from gatehouse.scim.patch import PatchRequest, apply_patch, members_operations, parse_patch
from gatehouse.scim.schema import GROUP

_ENTRA, _STRICT = ScimMode.ENTRA, ScimMode.STRICT


def _parse(*operations: dict[str, Any], mode: ScimMode = _ENTRA) -> PatchRequest:
    return parse_patch(patch_op(*operations), GROUP, mode=mode, unknown=UnknownAttributes.IGNORE)


@pytest.mark.parametrize(
    ("_case", "operation", "expected"),
    [
        ("add listed", {"op": "Add", "path": "Members", "value": [{"$ref": None, "value": "a"}, {"value": "b"}]}, MemberOperation("add", ("a", "b"))),
        ("add with the URN", {"op": "add", "path": f"{GROUP_URN}:members", "value": [{"value": "a"}]}, MemberOperation("add", ("a",))),
        ("add texts", {"op": "add", "path": "members", "value": ["a", "a"]}, MemberOperation("add", ("a",))),
        ("add one", {"op": "add", "path": "members", "value": {"value": "a"}}, MemberOperation("add", ("a",))),
        ("add without a path", {"op": "add", "value": {"members": [{"value": "a"}]}}, MemberOperation("add", ("a",))),
        ("add selected", {"op": "add", "path": 'members[value eq "a"]', "value": {"value": "a"}}, MemberOperation("add", ("a",))),
        ("add with all that a member has", {"op": "add", "path": "members", "value": [{"VALUE": "a", "$ref": "../Users/a", "type": "User", "display": {"any": 1}}]}, MemberOperation("add", ("a",))),
        ("add selected as text", {"op": "add", "path": 'members[value eq "a"]', "value": "a"}, MemberOperation("add", ("a",))),
        ("add selected in a list", {"op": "add", "path": 'members[value eq "a"]', "value": [{"value": "a"}]}, MemberOperation("add", ("a",))),
        ("add selected by the path alone", {"op": "add", "path": 'members[value eq "a"]', "value": {"type": "User"}}, MemberOperation("add", ("a",))),
        ("add selected null", {"op": "add", "path": 'members[value eq "a"]', "value": None}, None),
        ("add nobody", {"op": "add", "path": "members", "value": []}, None),
        ("remove listed", {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "a"}]}, MemberOperation("remove", ("a",))),
        ("remove texts", {"op": "Remove", "path": "members", "value": ["a"]}, MemberOperation("remove", ("a",))),
        ("remove one", {"op": "Remove", "path": "members", "value": {"value": "a"}}, MemberOperation("remove", ("a",))),
        ("remove in an object", {"op": "Remove", "path": "members", "value": {"members": [{"value": "a"}]}}, MemberOperation("remove", ("a",))),
        ("remove nobody", {"op": "Remove", "path": "members", "value": []}, None),
        ("remove an empty text", {"op": "Remove", "path": "members", "value": ""}, None),
        ("remove a null", {"op": "Remove", "path": "members", "value": [None]}, None),
        ("remove selected", {"op": "remove", "path": 'members[value eq "a"]'}, MemberOperation("remove", ("a",))),
        ("remove several", {"op": "remove", "path": 'members[value eq "a" or value eq "b"]'}, MemberOperation("remove", ("a", "b"))),
        ("remove with $ref", {"op": "remove", "path": 'members[$ref eq null and value eq "a"]'}, MemberOperation("remove", ("a",))),
        ("remove a user", {"op": "remove", "path": 'members[type eq "user" and value eq "a" and $ref eq null]'}, MemberOperation("remove", ("a",))),
        ("remove users", {"op": "remove", "path": 'members[type eq "User" and (value eq "a" or value eq "b")]'}, MemberOperation("remove", ("a", "b"))),
        ("remove all", {"op": "remove", "path": "members"}, MemberOperation("remove_all")),
        ("remove null", {"op": "remove", "path": "members", "value": None}, MemberOperation("remove_all")),
        ("replace", {"op": "replace", "path": "members", "value": [{"value": "a"}]}, MemberOperation("replace", ("a",))),
        ("replace a member by the same", {"op": "replace", "path": 'members[value eq "a"]', "value": [{"value": "a"}]}, MemberOperation("add", ("a",))),
        ("replace an id by the same", {"op": "replace", "path": 'members[$ref eq null and value eq "a"].value', "value": "a"}, MemberOperation("add", ("a",))),
        ("replace several by what they are", {"op": "replace", "path": 'members[value eq "a" or value eq "b"]', "value": {"type": "User"}}, MemberOperation("expect", ("a", "b"))),
        ("add an id that the path selects", {"op": "add", "path": 'members[value eq "a"].value', "value": "a"}, MemberOperation("add", ("a",))),
        ("replace by null", {"op": "Replace", "path": "members", "value": None}, MemberOperation("remove_all")),
        ("replace by nobody", {"op": "replace", "value": {"members": []}}, MemberOperation("remove_all")),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_operations(_case: str, operation: dict[str, Any], expected: MemberOperation | None) -> None:
    request = _parse(operation)

    assert members_operations(request) == (() if expected is None else (expected,))
    assert request.operations == ()


@pytest.mark.parametrize(
    ("_case", "operation", "error"),
    [
        ("by display", {"op": "remove", "path": 'members[display eq "Ann"]'}, InvalidFilter),
        ("all but one", {"op": "remove", "path": 'members[not (value eq "a")]'}, InvalidFilter),
        ("value and something", {"op": "remove", "path": 'members[value eq "a" and type eq "Group"]'}, InvalidFilter),
        ("value and no user", {"op": "remove", "path": 'members[value eq "a" and type ne "User"]'}, InvalidFilter),
        ("value and present", {"op": "remove", "path": 'members[value eq "a" and type pr]'}, InvalidFilter),
        ("all users", {"op": "remove", "path": 'members[type eq "User"]'}, InvalidFilter),
        ("all users twice", {"op": "remove", "path": 'members[type eq "User" and $ref eq null]'}, InvalidFilter),
        ("value null", {"op": "remove", "path": 'members[value eq null and value eq "a"]'}, InvalidFilter),
        ("empty object", {"op": "remove", "path": "members", "value": [{}]}, InvalidValue),
        ("nested lists", {"op": "remove", "path": "members", "value": [["a"]]}, InvalidValue),
        ("number", {"op": "add", "path": "members", "value": [5]}, InvalidValue),
        ("a group", {"op": "add", "path": "members", "value": [{"value": "g", "type": "Group"}]}, InvalidValue),
        ("value an object", {"op": "add", "path": "members", "value": [{"value": {"a": 1}}]}, InvalidValue),
        ("type an object", {"op": "add", "path": "members", "value": [{"value": "a", "type": {"a": 1}}]}, InvalidValue),
        ("$ref a list", {"op": "replace", "path": "members", "value": [{"value": "a", "$ref": ["a", "b"]}]}, InvalidValue),
        ("type an object to remove", {"op": "remove", "path": "members", "value": [{"value": "a", "type": {"a": 1}}]}, InvalidValue),
        ("no value", {"op": "add", "path": "members"}, InvalidValue),
        ("selected without a value", {"op": "add", "path": 'members[value eq "a"]'}, InvalidValue),
        ("another than selected", {"op": "add", "path": 'members[value eq "a"]', "value": {"value": "b"}}, InvalidValue),
        ("one of those selected", {"op": "add", "path": 'members[value eq "a" or value eq "b"]', "value": {"value": "b"}}, InvalidValue),
        ("a number for the selected", {"op": "add", "path": 'members[value eq "a"]', "value": 5}, InvalidValue),
        ("two for the selected", {"op": "add", "path": 'members[value eq "a"]', "value": [{"value": "a"}, {"value": "b"}]}, InvalidValue),
        ("a group for the selected", {"op": "add", "path": 'members[value eq "a"]', "value": {"type": "Group"}}, InvalidValue),
        ("value of a member", {"op": "replace", "path": 'members[value eq "a"].value', "value": "b"}, ImmutableAttribute),
        ("added value of a member", {"op": "add", "path": 'members[value eq "a"].value', "value": "b"}, ImmutableAttribute),
        ("value of a member null", {"op": "replace", "path": 'members[value eq "a"].value', "value": None}, ImmutableAttribute),
        ("value of a member removed", {"op": "remove", "path": 'members[value eq "a"].value'}, ImmutableAttribute),
        ("type of a member", {"op": "replace", "path": 'members[value eq "a"].type', "value": "Group"}, ImmutableAttribute),
        ("one of several replaced", {"op": "replace", "path": 'members[value eq "a" or value eq "b"]', "value": {"value": "a"}}, ImmutableAttribute),
        ("a member replaced by null", {"op": "replace", "path": 'members[value eq "a"]', "value": None}, ImmutableAttribute),
        ("a member replaced by no value", {"op": "replace", "path": 'members[value eq "a"]'}, InvalidValue),
        ("value of a member without a value", {"op": "replace", "path": 'members[value eq "a"].value'}, InvalidValue),
        ("a member replaced", {"op": "replace", "path": 'members[value eq "a"]', "value": {"value": "b"}}, ImmutableAttribute),
        ("values of all", {"op": "remove", "path": "members.value"}, ImmutableAttribute),
        ("no path", {"op": "remove", "value": {"members": [{"value": "a"}]}}, NoTarget),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)  # fmt: skip
def test_refused(_case: str, operation: dict[str, Any], error: type[GatehouseError]) -> None:
    with pytest.raises(error):
        _parse(operation)


def test_strict_mode_names_members_to_remove_in_the_path_only() -> None:
    with pytest.raises(InvalidValue):
        _parse({"op": "remove", "path": "members", "value": [{"value": "a"}]}, mode=_STRICT)
    with pytest.raises(InvalidValue):
        _parse({"op": "add", "path": "members", "value": ["a"]}, mode=_STRICT)


@pytest.mark.parametrize(
    ("path", "value"), [('members[value eq "a"]', {"value": "a"}), ('members[value eq "a"].value', "a")]
)
def test_to_the_letter_who_is_replaced_by_the_same_must_be_a_member(path: str, value: Any) -> None:
    request = _parse({"op": "replace", "path": path, "value": value}, mode=_STRICT)

    assert request.members == (MemberOperation("expect", ("a",)),)


@pytest.mark.parametrize("part", [{"type": 5}, {"$ref": 7}, {"value": 5}], ids=str)
def test_numbers_are_no_texts_to_the_letter(part: dict[str, Any]) -> None:
    operation = {"op": "add", "path": "members", "value": [{"value": "a", **part}]}

    assert len(_parse(operation).members) == 1
    with pytest.raises(InvalidValue):
        _parse(operation, mode=_STRICT)


@pytest.mark.parametrize("mode", [_ENTRA, _STRICT], ids=str)
def test_unknown_parts_of_a_member_are_ignored_with_a_warning_or_refused(mode: ScimMode) -> None:
    body = patch_op({"op": "add", "path": "members", "value": [{"value": "a", "since": 1}]})

    request = parse_patch(body, GROUP, mode=mode, unknown=UnknownAttributes.IGNORE)

    assert request.members == (MemberOperation("add", ("a",)),)
    assert request.warnings == ("members.since is not known here and was ignored",)
    with pytest.raises(InvalidPath):
        parse_patch(body, GROUP, mode=mode, unknown=UnknownAttributes.REJECT)


def test_operations_keep_their_order() -> None:
    request = _parse(
        {"op": "add", "path": "members", "value": ["a"]},
        {"op": "replace", "path": "displayName", "value": "Crew 2"},
        {"op": "remove", "path": 'members[value eq "a"]'},
    )

    assert [step.kind for step in request.members] == ["add", "remove"]
    assert apply_patch({"schemas": [GROUP_URN], "displayName": "Crew"}, request, GROUP)["displayName"] == "Crew 2"


@pytest.mark.parametrize("mode", [_ENTRA, _STRICT], ids=str)
@pytest.mark.parametrize("case", [c for c in CASES if c.get("resource") == "Groups"], ids=lambda case: case["id"])
def test_shared_cases(case: dict[str, Any], mode: ScimMode) -> None:
    found = _outcome(case["before"], message(case), mode)

    assert any(accepts(wanted, found, case["before"]) for wanted in outcomes(case)), f"found {found}"


def _outcome(before: dict[str, Any], body: dict[str, Any], mode: ScimMode) -> Outcome:
    members = dict.fromkeys(member["value"] for member in before.get("members", ()))
    try:
        request = parse_patch(body, GROUP, mode=mode, unknown=UnknownAttributes.IGNORE)
        after = apply_patch({name: part for name, part in before.items() if name != "members"}, request, GROUP)
    except GatehouseError as error:
        return Outcome(error=error)
    for step in request.members:
        if step.kind in {"replace", "remove_all"}:
            members.clear()
        for member in step.ids if step.kind != "expect" else ():
            members.pop(member, None)
            if step.kind != "remove":
                members[member] = None
    return Outcome(after={**after, "members": [{"value": m} for m in members]} if members else after)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "$ref", "type", "members", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)
_PATHS = st.sampled_from(
    [
        "members",
        "members.value",
        'members[value eq "a"]',
        'members[value eq "a"].type',
        "members[$ref pr]",
        "displayName",
    ]
)


@given(
    operation=st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "Replace", "remove"])}, optional={"path": _PATHS, "value": _JSON}
    ),
    mode=st.sampled_from([_ENTRA, _STRICT]),
)
def test_a_removal_with_a_value_never_removes_all(operation: dict[str, Any], mode: ScimMode) -> None:
    try:
        request = _parse(operation, mode=mode)
    except InvalidRequest:
        return

    if operation["op"] == "remove" and operation.get("value") is not None:
        assert all(step.kind == "remove" for step in request.members)
