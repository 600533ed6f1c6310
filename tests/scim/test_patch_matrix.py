"""Each cell of the matrix of operations and targets (RFC 7644 §3.5.2.1-3, scim-protocol.md §4.2), in both modes."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.bodies import ENTERPRISE, USER as USER_URN, patch_op, person

from gatehouse.errors import (
    GatehouseError,
    ImmutableAttribute,
    InvalidFilter,
    InvalidPath,
    InvalidSyntax,
    InvalidValue,
    NoTarget,
    TooMany,
)
from gatehouse.limits import DEFAULT_LIMITS
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim.patch import MAX_SELECTORS, PatchRequest, apply_patch, parse_patch, unchanged
from gatehouse.scim.resource import read_resource
from gatehouse.scim.schema import GATEHOUSE_SCHEMA, GROUP, USER

_ENTRA, _STRICT = ScimMode.ENTRA, ScimMode.STRICT
_WORK = {"type": "work", "value": "w@x", "primary": True}
_HOME = {"type": "home", "value": "h@x"}
_MANAGER = {"value": "m", "$ref": "../Users/m"}
_P1, _P2 = {"type": "work", "value": "1"}, {"type": "mobile", "value": "2"}
_BODY = person(
    "w@x",
    title="T",
    emails=[_WORK, _HOME],
    phoneNumbers=[_P1, _P2],
    addresses=[{"type": "work", "locality": "A"}],
    **{ENTERPRISE: {"department": "D", "manager": _MANAGER}},
)
_BEFORE = read_resource(_BODY, USER, mode=_STRICT, unknown=UnknownAttributes.REJECT).resource


def _parse(
    *operations: Any, mode: ScimMode = _ENTRA, unknown: UnknownAttributes = UnknownAttributes.IGNORE
) -> PatchRequest:
    return parse_patch(patch_op(*operations), USER, mode=mode, unknown=unknown)


def _patched(*operations: Any, mode: ScimMode = _ENTRA) -> dict[str, Any]:
    kept = copy.deepcopy(_BEFORE)
    after = apply_patch(_BEFORE, _parse(*operations, mode=mode), USER)
    assert kept == _BEFORE
    return after


def _op(op: str, path: str | None = None, *value: Any) -> dict[str, Any]:
    return {"op": op} | ({"path": path} if path is not None else {}) | ({"value": value[0]} if value else {})


_BOTH = [
    ("add simple", _op("add", "title", "N"), "title", "N"),
    ("replace by null", _op("replace", "title", None), "title", None),
    ("remove simple", _op("remove", "title"), "title", None),
    ("remove what is not there", _op("remove", "nickName"), "nickName", None),
    ("complex merges", _op("replace", "name", {"givenName": "G", "middleName": None}), "name", {"givenName": "G", "familyName": "Okafor"}),
    ("complex of nothing", _op("replace", "name", {}), "name", _BEFORE["name"]),
    ("sub creates its parent", _op("add", f"{ENTERPRISE}:manager.value", "n"), ENTERPRISE, {"department": "D", "manager": {"value": "n"}}),
    ("another manager with its $ref", _op("replace", f"{ENTERPRISE}:manager", {"value": "n", "$ref": "../Users/n"}), ENTERPRISE, {"department": "D", "manager": {"value": "n", "$ref": "../Users/n"}}),
    ("same manager keeps $ref", _op("replace", f"{ENTERPRISE}:manager", {"value": "m"}), ENTERPRISE, _BEFORE[ENTERPRISE]),
    ("another manager drops $ref", _op("replace", f"{ENTERPRISE}:manager", {"value": "n"}), ENTERPRISE, {"department": "D", "manager": {"value": "n"}}),
    ("read-only part alone", _op("replace", f"{ENTERPRISE}:manager", {"displayName": "N"}), ENTERPRISE, _BEFORE[ENTERPRISE]),
    ("remove complex", _op("remove", f"{ENTERPRISE}:manager"), ENTERPRISE, {"department": "D"}),
    ("remove sub", _op("remove", f"{ENTERPRISE}:manager.$ref"), ENTERPRISE, {"department": "D", "manager": {"value": "m"}}),
    ("remove extension", _op("remove", ENTERPRISE), ENTERPRISE, None),
    ("add extension", _op("add", ENTERPRISE, {"division": "V"}), ENTERPRISE, {**_BEFORE[ENTERPRISE], "division": "V"}),
    ("extension without a path", _op("replace", None, {ENTERPRISE: {"department": "E"}}), ENTERPRISE, {"department": "E", "manager": _MANAGER}),
    ("extension null without a path", _op("replace", None, {ENTERPRISE: None}), ENTERPRISE, None),
    ("nothing added to an extension", _op("add", None, {ENTERPRISE: None}), ENTERPRISE, _BEFORE[ENTERPRISE]),
    ("core URN replaces", _op("replace", USER_URN, {"phoneNumbers": [_P2]}), "phoneNumbers", [_P2]),
    ("core URN adds", _op("add", USER_URN, {"phoneNumbers": [{"value": "3"}]}), "phoneNumbers", [_P1, _P2, {"value": "3"}]),
    ("primary created takes the mark", _op("add", 'emails[type eq "other" and primary eq true].value', "o@x"), "emails", [{**_WORK, "primary": False}, _HOME, {"type": "other", "primary": True, "value": "o@x"}]),
    ("core URN as path", _op("add", USER_URN, {"title": "N"}), "title", "N"),
    ("append", _op("add", "phoneNumbers", [{"value": "3"}]), "phoneNumbers", [_P1, _P2, {"value": "3"}]),
    ("append one", _op("add", "phoneNumbers", {"value": "3"}), "phoneNumbers", [_P1, _P2, {"value": "3"}]),
    ("append null", _op("add", "phoneNumbers", None), "phoneNumbers", [_P1, _P2]),
    ("append what is there", _op("add", "phoneNumbers", [_P2]), "phoneNumbers", [_P1, _P2]),
    ("append an address of the same type", _op("add", "addresses", [{"type": "work", "locality": "B"}]), "addresses", [{"type": "work", "locality": "A"}, {"type": "work", "locality": "B"}]),
    ("append a primary", _op("add", "emails", [{"value": "n@x", "primary": True}]), "emails", [{**_WORK, "primary": False}, _HOME, {"value": "n@x", "primary": True}]),
    ("replace list", _op("replace", "phoneNumbers", [_P2]), "phoneNumbers", [_P2]),
    ("replace list by nothing", _op("replace", "phoneNumbers", []), "phoneNumbers", None),
    ("remove list", _op("remove", "phoneNumbers"), "phoneNumbers", None),
    ("sub of the primary element", _op("replace", "emails.value", "n@x"), "emails", [{**_WORK, "value": "n@x"}, _HOME]),
    ("sub of the only element", _op("add", "addresses.region", "R"), "addresses", [{"type": "work", "locality": "A", "region": "R"}]),
    ("sub of no element", _op("add", "ims.value", "i"), "ims", [{"value": "i"}]),
    ("sub of no element null", _op("replace", "ims.value", None), "ims", None),
    ("address of an e-mail that has more", [_op("add", 'emails[type eq "home"].display', "H"), _op("remove", 'emails[type eq "home"].value')], "emails", [_WORK]),
    ("address of a replaced e-mail null", _op("replace", 'emails[type eq "home"]', {"value": None, "display": "H"}), "emails", [_WORK]),
    ("address of an e-mail null for a while", [_op("add", 'emails[type eq "home"]', {"value": None}), _op("add", 'emails[type eq "home"].value', "n@x")], "emails", [_WORK, {"type": "home", "value": "n@x"}]),
    ("e-mail created without an address", _op("add", 'emails[type eq "other"].display', "O"), "emails", [_WORK, _HOME]),
    ("sub primary", _op("replace", "addresses.primary", True), "addresses", [{"type": "work", "locality": "A", "primary": True}]),
    ("remove sub of all", _op("remove", "phoneNumbers.value"), "phoneNumbers", None),
    ("remove type of all", _op("remove", "phoneNumbers.type"), "phoneNumbers", [{"value": "1"}, {"value": "2"}]),
    ("selected merges", _op("add", 'emails[type eq "home"]', {"display": "H"}), "emails", [_WORK, {**_HOME, "display": "H"}]),
    ("selected becomes primary", _op("add", 'emails[type eq "home"]', {"primary": True}), "emails", [{**_WORK, "primary": False}, {**_HOME, "primary": True}]),
    ("selected loses a part", _op("add", 'phoneNumbers[value eq "2"]', {"type": None}), "phoneNumbers", [_P1, {"value": "2"}]),
    ("selected with null", _op("add", 'emails[type eq "home"]', None), "emails", [_WORK, _HOME]),
    ("selected in a list of one", _op("replace", 'phoneNumbers[type eq "mobile"]', [{"value": "9"}]), "phoneNumbers", [_P1, {"type": "mobile", "value": "9"}]),
    ("selected replaced", _op("replace", 'phoneNumbers[value sw "2"]', {"value": "9"}), "phoneNumbers", [_P1, {"value": "9"}]),
    ("selected replaced by null", _op("replace", 'phoneNumbers[type eq "mobile"]', None), "phoneNumbers", [_P1]),
    ("selected created", _op("add", 'phoneNumbers[type eq "fax"]', {"value": "3"}), "phoneNumbers", [_P1, _P2, {"type": "fax", "value": "3"}]),
    ("selected sub created", _op("add", 'phoneNumbers[type eq "fax"].value', "3"), "phoneNumbers", [_P1, _P2, {"type": "fax", "value": "3"}]),
    ("primary created", _op("add", 'phoneNumbers[type eq "fax" and primary eq true].value', "3"), "phoneNumbers", [_P1, _P2, {"type": "fax", "primary": True, "value": "3"}]),
    ("two made the same", _op("replace", 'phoneNumbers[type eq "mobile"]', {"type": "work", "value": "1"}), "phoneNumbers", [_P1]),
    ("selected sub null", _op("replace", 'phoneNumbers[type eq "mobile"].value', None), "phoneNumbers", [_P1]),
    ("selected removed", _op("remove", 'phoneNumbers[type eq "mobile"]'), "phoneNumbers", [_P1]),
    ("selected sub removed", _op("remove", 'phoneNumbers[value eq "1"].type'), "phoneNumbers", [{"value": "1"}, _P2]),
    ("none selected to remove", _op("remove", 'phoneNumbers[type eq "fax"]'), "phoneNumbers", [_P1, _P2]),
    ("value of another remove is of no interest", _op("remove", "title", "X"), "title", None),
    ("add known schemas", _op("add", "schemas", [ENTERPRISE, USER_URN]), "schemas", _BEFORE["schemas"]),
    ("add schemas null", _op("add", "schemas", None), "schemas", _BEFORE["schemas"]),
    ("replace schemas", _op("replace", "schemas", [USER_URN]), ENTERPRISE, None),
    ("replace schemas by the same", _op("replace", "schemas", [USER_URN, ENTERPRISE]), ENTERPRISE, _BEFORE[ENTERPRISE]),
    ("remove from schemas", _op("remove", f'schemas[value eq "{ENTERPRISE}"]'), ENTERPRISE, None),
    ("remove from schemas by a comparison", _op("remove", f'schemas eq "{ENTERPRISE}"'), "schemas", [USER_URN]),
    ("remove listed schemas", _op("remove", "schemas", [ENTERPRISE]), ENTERPRISE, None),
    ("schemas behind their extension", _op("replace", None, {ENTERPRISE: {"department": "E"}, "schemas": [ENTERPRISE, USER_URN]}), ENTERPRISE, {"department": "E", "manager": _MANAGER}),
    ("schemas before their extension", _op("replace", None, {"schemas": [USER_URN, ENTERPRISE], ENTERPRISE: {"department": "E"}}), ENTERPRISE, {"department": "E", "manager": _MANAGER}),
    ("schemas added without a path", _op("add", None, {"schemas": [USER_URN], "title": "N"}), ENTERPRISE, _BEFORE[ENTERPRISE]),
    ("names in any case", {"OP": "add", "Path": " TITLE ", "VALUE": "N"}, "title", "N"),
]  # fmt: skip


@pytest.mark.parametrize("mode", [_ENTRA, _STRICT], ids=str)
@pytest.mark.parametrize(("_case", "operation", "name", "expected"), _BOTH, ids=[row[0] for row in _BOTH])
def test_both_modes(_case: str, operation: Any, name: str, expected: Any, mode: ScimMode) -> None:
    operations = operation if isinstance(operation, list) else [operation]

    assert _patched(*operations, mode=mode).get(name) == expected


_LENIENT = [
    ("selected sub created by replace", _op("Replace", 'phoneNumbers[type eq "fax"].value', "3"), "phoneNumbers", [_P1, _P2, {"type": "fax", "value": "3"}], NoTarget),
    ("selected created by replace", _op("replace", 'phoneNumbers[type eq "fax"]', {"value": "3"}), "phoneNumbers", [_P1, _P2, {"type": "fax", "value": "3"}], NoTarget),
    ("stand-in replaced keeps what the selector says", _op("replace", "phoneNumbers[primary eq true]", {"value": "9"}), "phoneNumbers", [{"primary": True, "value": "9"}, _P2], NoTarget),
    ("nothing there to clear", _op("replace", 'phoneNumbers[type eq "fax"].value', None), "phoneNumbers", [_P1, _P2], NoTarget),
    ("stand-in for the primary", _op("replace", "phoneNumbers[primary eq true].value", "9"), "phoneNumbers", [{**_P1, "value": "9", "primary": True}, _P2], NoTarget),
    ("quoted boolean in the brackets", _op("replace", 'emails[primary eq "True"].value', "9@x"), "emails", [{**_WORK, "value": "9@x"}, _HOME], InvalidFilter),
    ("empty text", _op("replace", "title", ""), "title", None, None),
    ("remove listed", _op("remove", "phoneNumbers", [{"value": "2", "display": "any"}]), "phoneNumbers", [_P1], InvalidValue),
    ("remove listed by type", _op("remove", "phoneNumbers", [{"type": "WORK"}]), "phoneNumbers", [_P2], InvalidValue),
    ("remove listed not primary", _op("remove", "phoneNumbers", {"value": "2", "primary": False}), "phoneNumbers", [_P1], InvalidValue),
    ("remove listed by text", _op("remove", "phoneNumbers", ["2", None]), "phoneNumbers", [_P1], InvalidValue),
    ("remove nothing listed", _op("remove", "phoneNumbers", []), "phoneNumbers", [_P1, _P2], InvalidValue),
    ("remove an empty element", _op("remove", "phoneNumbers", [{}]), "phoneNumbers", [_P1, _P2], InvalidValue),
    ("remove what says nothing", _op("remove", "phoneNumbers", [{"display": "any"}]), "phoneNumbers", [_P1, _P2], InvalidValue),
    ("read-only keys", _op("replace", None, {"id": "x", "meta": {}, "groups": [], "schemas": [], f"{ENTERPRISE}:manager.displayName": "M", "title": "N"}), "title", "N", ImmutableAttribute),
    ("text boolean", _op("Replace", "active", "False"), "active", False, InvalidValue),
    ("manager as text", _op("add", "manager", "n"), ENTERPRISE, {"department": "D", "manager": {"value": "n"}}, InvalidValue),
    ("manager as empty text", _op("replace", f"{ENTERPRISE}:manager", ""), ENTERPRISE, {"department": "D"}, InvalidValue),
    ("listed e-mail without an address", _op("replace", "emails", [_WORK, {"type": "home", "display": "H"}]), "emails", [_WORK], InvalidValue),
    ("list as empty text", _op("replace", "phoneNumbers", ""), "phoneNumbers", None, InvalidValue),
]  # fmt: skip


@pytest.mark.parametrize(
    ("_case", "operation", "name", "expected", "error"), _LENIENT, ids=[row[0] for row in _LENIENT]
)
def test_only_entra(
    _case: str, operation: dict[str, Any], name: str, expected: Any, error: type[GatehouseError] | None
) -> None:
    assert _patched(operation).get(name) == expected
    if error is not None:
        with pytest.raises(error):
            _patched(operation, mode=_STRICT)


_CREW, _SALES = ({"value": name[0], "display": name, "type": "direct"} for name in ("Crew", "Sales"))


def _stating(value: dict[str, Any], *groups: dict[str, Any]) -> dict[str, Any]:
    """What a message that also states read-only attributes makes of a user whose ``id``, ``meta`` and groups are known."""
    request = _parse(_op("replace", None, {**value, "title": "N"}), mode=_STRICT)
    server = {"id": "7", "meta": {"resourceType": "User", "version": 'W/"3"'}, "groups": list(groups) or None}
    return apply_patch(_BEFORE, request, USER, server=server)


@pytest.mark.parametrize(
    "value",
    [
        {"id": "7"},
        {"ID": "7", "meta": {"ResourceType": "User", "version": 'W/"3"', "location": "https://x.example/Users/7"}},
        {"meta": {}, "groups": [], "meta.version": 'W/"3"', "meta.location": "any"},
        {"groups": None, "meta.created": None},
        {"schemas": [ENTERPRISE.upper(), USER_URN]},
        {f"{USER_URN}:schemas": [USER_URN, ENTERPRISE, GATEHOUSE_SCHEMA]},
        {USER_URN: {"schemas": [USER_URN, ENTERPRISE]}},
        {"schemas": [USER_URN, ENTERPRISE, "urn:x"]},
    ],
    ids=str,
)
def test_to_the_letter_read_only_attributes_may_be_stated_as_they_are(value: dict[str, Any]) -> None:
    assert _stating(value)["title"] == "N"


@pytest.mark.parametrize(
    "value",
    [
        {"id": "8"},
        {"id": None},
        {"meta": {"version": 'W/"2"'}},
        {"meta": {"nosuch": 1}},
        {"meta": 7},
        {"meta.resourceType": "Group"},
        {"groups": [{"value": "9"}]},
        {"groups.value": "9"},
        {"schemas": [USER_URN]},
        {"schemas": [ENTERPRISE]},
        {"schemas": USER_URN},
        {"schemas": None},
        {USER_URN: {"schemas": [USER_URN]}},
        {"schemas": [USER_URN], ENTERPRISE: {"department": "E"}},
        {ENTERPRISE: {"department": "E"}, "schemas": [USER_URN]},
    ],
    ids=str,
)
def test_to_the_letter_read_only_attributes_may_not_be_changed(value: dict[str, Any]) -> None:
    with pytest.raises(ImmutableAttribute, match="read-only"):
        _stating(value)


@pytest.mark.parametrize(
    "groups",
    [
        [_CREW, _SALES],
        [_SALES, {"VALUE": "C", "$ref": "https://x.example/Groups/C"}],
    ],
    ids=str,
)
def test_to_the_letter_groups_may_be_stated_as_they_are(groups: Any) -> None:
    assert _stating({"groups": groups}, _CREW, _SALES)["title"] == "N"


@pytest.mark.parametrize(
    "groups",
    [
        [],
        None,
        "C",
        [_CREW],
        [_CREW, _CREW],
        [_CREW, _SALES, _SALES],
        [_CREW, "S"],
        [_CREW, {"value": ["S"]}],
        [_CREW, {"display": "Sales"}],
        [_CREW, {**_SALES, "display": "Others"}],
        [_CREW, {**_SALES, "since": 1}],
    ],
    ids=str,
)
def test_to_the_letter_groups_may_not_be_stated_otherwise(groups: Any) -> None:
    with pytest.raises(ImmutableAttribute, match="groups is read-only"):
        _stating({"groups": groups}, _CREW, _SALES)


def test_to_the_letter_stated_schemas_are_urns_and_known() -> None:
    with pytest.raises(InvalidValue):
        _parse(_op("replace", None, {"schemas": [5]}), mode=_STRICT)
    with pytest.raises(InvalidPath):
        _parse(_op("replace", None, {"schemas": ["urn:x"]}), mode=_STRICT, unknown=UnknownAttributes.REJECT)


def test_an_empty_text_is_a_text_to_the_letter() -> None:
    assert _patched(_op("replace", "title", ""), mode=_STRICT)["title"] == ""
    with pytest.raises(ImmutableAttribute):
        _patched(_op("replace", "userName", ""), mode=_STRICT)


_REFUSED: list[tuple[str, Any, type[GatehouseError]]] = [
    ("no object", "replace", InvalidSyntax),
    ("no op", {"path": "title", "value": "N"}, InvalidSyntax),
    ("unknown op", _op("move", "title", "N"), InvalidSyntax),
    ("path a number", {"op": "add", "path": 5, "value": "N"}, InvalidPath),
    ("path empty", _op("add", "", "N"), InvalidPath),
    ("path broken", _op("add", "nosuch[", "N"), InvalidPath),
    ("path of blanks", _op("add", "na me", "N"), InvalidPath),
    ("path too long", _op("add", "x" * 3_000, "N"), InvalidPath),
    ("sub of a simple attribute", _op("add", "title.sub", "N"), InvalidPath),
    ("brackets on a simple attribute", _op("add", 'title[type eq "x"]', "N"), InvalidPath),
    ("brackets on a complex attribute", _op("add", 'name[givenName eq "x"].nosuch', "N"), InvalidPath),
    ("unknown in brackets", _op("replace", "emails[nosuch eq 1].value", "N"), InvalidFilter),
    ("no path, no object", _op("add", None, "N"), InvalidValue),
    ("no path, no value", _op("add"), InvalidValue),
    ("no value", _op("replace", "title"), InvalidValue),
    ("wrong value", _op("replace", "title", {"a": 1}), InvalidValue),
    ("extension, no object", _op("replace", ENTERPRISE, "x"), InvalidValue),
    ("core schema null", _op("replace", USER_URN, None), InvalidValue),
    ("schemas of numbers", _op("add", "schemas", [5]), InvalidValue),
    ("schemas without a value", _op("add", "schemas"), InvalidValue),
    ("two primaries", _op("add", "emails", [{"value": "a", "primary": True}, {"value": "b", "primary": True}]), InvalidValue),
    ("two selected primaries", _op("replace", "emails[value pr].primary", True), InvalidValue),
    ("two selected primaries as objects", _op("add", "emails[value pr]", {"primary": True}), InvalidValue),
    ("value against the selector", _op("add", 'phoneNumbers[type eq "fax"]', {"type": "pager", "value": "3"}), InvalidValue),
    ("too many elements", _op("add", "phoneNumbers", [{"value": str(n)} for n in range(3, 102)]), InvalidValue),
    ("several elements", _op("replace", "phoneNumbers.value", "N"), InvalidPath),
    ("several elements, null", _op("replace", "phoneNumbers.value", None), InvalidPath),
    ("nothing selected, no equality", _op("replace", 'phoneNumbers[value co "zz"].value', "N"), NoTarget),
    ("nothing selected, sub against the selector", _op("replace", 'phoneNumbers[value eq "9"].value', "N"), NoTarget),
    ("nothing selected, value against the selector", _op("replace", 'phoneNumbers[type eq "fax"]', {"type": "pager", "value": "3"}), NoTarget),
    ("remove without a path", _op("remove"), NoTarget),
    ("remove the core schema", _op("remove", USER_URN), NoTarget),
    ("read-only extension", _op("replace", GATEHOUSE_SCHEMA, {"role": "x"}), ImmutableAttribute),
    ("read-only", _op("replace", "id", "x"), ImmutableAttribute),
    ("read-only sub", _op("replace", "meta.created", "x"), ImmutableAttribute),
    ("read-only and not stored", _op("replace", "groups", []), ImmutableAttribute),
    ("read-only part of a complex", _op("replace", f"{ENTERPRISE}:manager.displayName", "x"), ImmutableAttribute),
    ("remove userName", _op("remove", "userName"), ImmutableAttribute),
    ("userName null", _op("add", "userName", None), ImmutableAttribute),
    ("remove name", _op("remove", "name"), ImmutableAttribute),
    ("remove name.givenName", _op("remove", "name.givenName"), ImmutableAttribute),
    ("name.familyName null", _op("replace", "name", {"familyName": None}), ImmutableAttribute),
    ("remove active", _op("remove", "active"), ImmutableAttribute),
    ("active null", _op("replace", "active", None), ImmutableAttribute),
    ("active null without a path", _op("replace", None, {"active": None}), ImmutableAttribute),
    ("remove emails", _op("remove", "emails"), ImmutableAttribute),
    ("address of the work e-mail null", _op("replace", 'emails[type eq "work"]', {"value": None, "display": "W"}), ImmutableAttribute),
    ("remove the work e-mail", _op("remove", 'emails[type eq "work"]'), ImmutableAttribute),
    ("replace emails by others", _op("replace", "emails", [{"type": "home", "value": "z@x"}]), ImmutableAttribute),
    ("remove schemas", _op("remove", "schemas"), ImmutableAttribute),
    ("remove the core URN", _op("remove", f'schemas[value eq "{USER_URN}"]'), ImmutableAttribute),
    ("replace schemas without the core URN", _op("replace", "schemas", [ENTERPRISE]), ImmutableAttribute),
    ("replace schemas without a value", _op("replace", "schemas"), ImmutableAttribute),
]  # fmt: skip


@pytest.mark.parametrize("mode", [_ENTRA, _STRICT], ids=str)
@pytest.mark.parametrize(("_case", "operation", "error"), _REFUSED, ids=[row[0] for row in _REFUSED])
def test_refused(_case: str, operation: Any, error: type[GatehouseError], mode: ScimMode) -> None:
    with pytest.raises(error):
        _patched(operation, mode=mode)


def test_static_errors_come_before_the_first_change() -> None:
    with pytest.raises(InvalidFilter):
        _parse(_op("remove", 'phoneNumbers[type eq "fax"]'), _op("replace", "emails[nosuch eq 1]", {}))


@pytest.mark.parametrize(
    "body",
    [
        {"schemas": [], "Operations": [_op("add", "title", "N")]},
        {"schemas": [USER_URN], "Operations": [_op("add", "title", "N")]},
        patch_op(),
        {**patch_op(), "Operations": {"op": "add"}},
        {**patch_op(), "Operations": None},
        {"schemas": patch_op()["schemas"]},
    ],
    ids=str,
)
def test_messages_that_are_no_patch_op(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidSyntax):
        parse_patch(body, USER, mode=_ENTRA, unknown=UnknownAttributes.IGNORE)


@pytest.mark.parametrize("urns", [{}, {"schemas": None}, {"schemas": [*patch_op()["schemas"], "urn:x"]}], ids=str)
def test_schemas_of_the_message_may_be_missing_or_more_only_for_entra(urns: dict[str, Any]) -> None:
    body = {**urns, "operations": [_op("add", "title", "N")]}

    assert len(parse_patch(body, USER, mode=_ENTRA, unknown=UnknownAttributes.IGNORE).operations) == 1
    with pytest.raises(InvalidSyntax):
        parse_patch(body, USER, mode=_STRICT, unknown=UnknownAttributes.IGNORE)


def test_limits() -> None:
    operation, selecting = _op("add", "title", "N"), _op("remove", 'phoneNumbers[type eq "fax"]')

    most = DEFAULT_LIMITS.patch_operations

    assert len(_parse(*[operation] * most).operations) == most
    with pytest.raises(TooMany):
        _parse(*[operation] * (most + 1))
    some = [selecting | {"path": selecting["path"].ljust(MAX_SELECTORS // most)}] * most
    rest = some[0] | {"path": some[0]["path"] + " " * (MAX_SELECTORS % most)}
    assert len(_parse(*some[1:], rest).operations) == most
    with pytest.raises(TooMany):
        _parse(*some[1:], rest | {"path": rest["path"] + " "})


def test_only_filters_weigh() -> None:
    most = DEFAULT_LIMITS.patch_operations
    spelled = _op("add", "title".ljust(MAX_SELECTORS // most + 1), "N")

    assert len(_parse(*[spelled] * most).operations) == most


def test_members_are_selected_without_limit() -> None:
    most = DEFAULT_LIMITS.patch_operations
    long = "u" * (MAX_SELECTORS // most)
    operations = [_op("remove", f'members[value eq "{long}{number}"]') for number in range(most)]

    request = parse_patch(patch_op(*operations), GROUP, mode=_ENTRA, unknown=UnknownAttributes.IGNORE)

    assert len(request.members) == most


def test_what_is_required_cannot_be_taken_away_even_for_a_moment() -> None:
    with pytest.raises(ImmutableAttribute):
        _patched(_op("replace", "name", {"familyName": None}), _op("replace", "name.familyName", "N"))


def test_an_extension_is_taken_away_by_removals() -> None:
    assert {operation.op for operation in _parse(_op("remove", ENTERPRISE)).operations} == {"remove"}


@pytest.mark.parametrize(
    ("before", "after"), [({"emails": ["x"]}, {"emails": "x"}), ({"emails": "x"}, {"emails": ["x"]})]
)
def test_a_list_is_not_a_text(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert not unchanged(before, after)


@pytest.mark.parametrize(
    ("path", "warning"),
    [
        ("shoeSize", "shoeSize is not known here and was ignored"),
        ("urn:custom:2.0:User:shoeSize", "urn:custom:2.0:User:shoeSize is not known here and was ignored"),
        (f"{ENTERPRISE}:shoeSize", f"{ENTERPRISE}:shoeSize is not known here and was ignored"),
        ("name.pronouns", "name.pronouns is not known here and was ignored"),
        ('shoes[type eq "x"].size', 'shoes[type eq "x"].size is not known here and was ignored'),
        ('emails[type eq "work"].size', 'emails[type eq "work"].size is not known here and was ignored'),
    ],
)
def test_unknown_attribute_does_not_hold_up_the_rest(path: str, warning: str) -> None:
    operations = (_op("add", path, 42), _op("replace", "title", "N"))

    request = _parse(*operations)

    assert request.warnings == (warning,)
    assert apply_patch(_BEFORE, request, USER) == {**_BEFORE, "title": "N"}
    with pytest.raises(InvalidPath):
        _parse(*operations, unknown=UnknownAttributes.REJECT)


def test_unknown_parts_of_a_value_are_ignored_with_a_warning_or_refused() -> None:
    operation = _op("replace", None, {"name": {"pronouns": "they"}, "title": "N"})

    request = _parse(operation)

    assert request.warnings == ("name.pronouns is not known here and was ignored",)
    assert apply_patch(_BEFORE, request, USER) == {**_BEFORE, "title": "N"}
    with pytest.raises(InvalidPath):
        _parse(operation, unknown=UnknownAttributes.REJECT)


def test_schemas_that_are_not_known() -> None:
    operation = _op("add", "schemas", "urn:x")

    assert _parse(operation).warnings == ("urn:x is not known here and was ignored",)
    with pytest.raises(InvalidPath):
        _parse(operation, unknown=UnknownAttributes.REJECT)


def test_attribute_that_is_not_stored_is_noted() -> None:
    assert _parse(_op("replace", "password", "hunter2")).warnings == ("password is not stored here and was ignored",)


def test_user_who_never_had_a_required_value_can_be_deactivated() -> None:
    imported = {"schemas": [USER_URN], "userName": "old", "active": True}

    after = apply_patch(imported, _parse(_op("Replace", "active", "False")), USER)

    assert after == {**imported, "active": False}


def test_work_address_may_go_on_under_another_type() -> None:
    after = _patched(_op("replace", 'emails[value eq "w@x"].type', "other"))

    assert after["emails"] == [{**_WORK, "type": "other"}, _HOME]


def test_sub_attributes_set_one_at_a_time_end_in_one_element() -> None:
    path = 'ims[type eq "xmpp"]'

    after = _patched(
        _op("Add", f"{path}.primary", "True"), _op("Add", f"{path}.type", "xmpp"), _op("Add", f"{path}.value", "i")
    )

    assert after["ims"] == [{"type": "xmpp", "primary": True, "value": "i"}]


def test_element_that_says_nothing_is_not_kept() -> None:
    assert _patched(_op("add", 'ims[type eq "xmpp"].primary', True)) == _BEFORE


def test_cleared_element_keeps_its_marks_until_the_end() -> None:
    value = 'emails[type eq "work"].value'

    after = _patched(_op("remove", value), _op("add", value, "n@x"))

    assert after["emails"] == [{"type": "work", "primary": True, "value": "n@x"}, _HOME]


def test_text_of_a_primary_element_changes_without_touching_the_mark() -> None:
    after = _patched(_op("replace", "emails[value pr].display", "E"))

    assert after["emails"] == [{**_WORK, "display": "E"}, {**_HOME, "display": "E"}]


@pytest.mark.parametrize(
    "operation",
    [
        _op("replace", "title", "T"), _op("replace", "emails", [_HOME, {**_WORK, "type": "work"}]), _op("replace", None, {}),
        _op("replace", 'emails[type eq "home"].primary', False), _op("remove", "nickName"), _op("add", "emails", [_HOME]),
    ],
    ids=str,
)  # fmt: skip
def test_nothing_changes(operation: dict[str, Any]) -> None:
    assert _patched(operation) == _BEFORE


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ({"title": "A"}, {"title": "a"}, False),
        ({"title": "A"}, {}, False),
        ({"emails": [_WORK, _HOME]}, {"emails": [_HOME, _WORK]}, True),
        ({"emails": [_WORK, _HOME]}, {"emails": [_WORK]}, False),
        ({"emails": [_HOME]}, {"emails": [{**_HOME, "primary": False}]}, True),
        ({"emails": [_HOME]}, {"emails": [{**_HOME, "primary": True}]}, False),
        ({"schemas": ["a", "b"]}, {"schemas": ["b", "a"]}, True),
    ],
)
def test_unchanged(before: dict[str, Any], after: dict[str, Any], same: bool) -> None:
    assert unchanged(before, after) is same
