"""What a refused PATCH says: Entra shows it to the administrator as it is (entra-client.md §6)."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from tests.bodies import ENTERPRISE, PATCH_OP, USER as USER_URN, patch_op, person

from gatehouse.errors import InvalidRequest
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim.patch import MAX_SELECTORS, apply_patch, parse_patch
from gatehouse.scim.resource import read_resource
from gatehouse.scim.schema import USER

_ENTRA, _STRICT = ScimMode.ENTRA, ScimMode.STRICT
_PHONES = [{"type": "work", "value": "1"}, {"type": "mobile", "value": "2"}]
_EMAILS = [{"type": "work", "value": "w@x"}, {"type": "home", "value": "h@x"}]
_BEFORE = read_resource(
    person("w@x", emails=_EMAILS, phoneNumbers=_PHONES), USER, mode=_STRICT, unknown=UnknownAttributes.REJECT
).resource


def _op(op: str, path: str | None = None, *value: Any) -> dict[str, Any]:
    return {"op": op} | ({"path": path} if path is not None else {}) | ({"value": value[0]} if value else {})


_OPERATIONS: list[tuple[Any, str, str]] = [
    ("replace", "Each operation must be an object", "Operations"),
    (_op("move", "title", "N"), "op must be add, remove or replace", "op"),
    ({"op": "add", "path": 5, "value": "N"}, "path must be a string", "path"),
    (_op("remove"), "remove needs a path", "path"),
    (_op("add", None, "N"), "add without a path needs an object of attributes as its value", "value"),
    (_op("remove", USER_URN), "remove needs the path of an attribute", USER_URN),
    (_op("replace", ENTERPRISE, "x"), f"{ENTERPRISE} needs an object of attributes as its value", ENTERPRISE),
    (_op("replace", "meta.created", "x"), "meta.created is read-only", "meta.created"),
    (_op("add", "schemas", [5]), "schemas holds URNs of schemas", "schemas"),
    (_op("replace", "schemas", [ENTERPRISE]), f"schemas must keep {USER_URN}", "schemas"),
    (_op("replace", "title"), "replace needs a value", "title"),
    (_op("remove", "name.givenName"), "name.givenName is required and cannot be removed", "name.givenName"),
    (_op("add", "name", {"familyName": None}), "name.familyName is required and cannot be removed", "name.familyName"),
    (_op("remove", "active"), "active is required and cannot be removed", "active"),
    (_op("add", 'emails[type eq "home"].primary', "x"), "emails.primary must be true or false", "emails.primary"),
    (_op("add", 'emails[type eq "home"]', {"primary": "x"}), "emails.primary must be true or false", "emails.primary"),
    (_op("add", f"{ENTERPRISE}:manager.value", {}), f"{ENTERPRISE}:manager.value must be a string", f"{ENTERPRISE}:manager.value"),
    (_op("add", f"{ENTERPRISE}:department", {}), f"{ENTERPRISE}:department must be a string", f"{ENTERPRISE}:department"),
    (_op("add", f'phoneNumbers[type eq "{"東" * 683}"].value', "3"), "phoneNumbers.type is longer than 2,048 bytes in UTF-8", "phoneNumbers.type"),
    (_op("replace", "phoneNumbers.value", "N"), 'There are several phoneNumbers: say which, as in phoneNumbers[type eq "work"].value', "phoneNumbers"),
    (_op("replace", 'phoneNumbers[value co "zz"].value', "N"), "No value of phoneNumbers matches the filter in the path", "phoneNumbers"),
    (_op("replace", 'phoneNumbers[value eq "9"].value', "N"), "No value of phoneNumbers matches the filter in the path", "phoneNumbers"),
    (_op("add", 'phoneNumbers[type eq "fax"]', {"type": "pager", "value": "3"}), "The value contradicts the filter in the path", "phoneNumbers"),
    (_op("add", 'phoneNumbers[display eq ""].value', "3"), "The value contradicts the filter in the path", "phoneNumbers"),
    (_op("replace", "emails[value pr].primary", True), "Only one value can be primary", "primary"),
    (_op("add", "phoneNumbers", [{"value": str(n)} for n in range(3, 102)]), "phoneNumbers has more than 20 values", "phoneNumbers"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "message", "path"), _OPERATIONS, ids=map(str, count(1)))
def test_operation(operation: Any, message: str, path: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        apply_patch(_BEFORE, _parsed(patch_op(operation)), USER)

    assert (refused.value.message, refused.value.path) == (message, path)


_TITLE, _FAX = _op("add", "title", "N"), _op("remove", 'phoneNumbers[type eq "fax"]')
_MESSAGES: list[tuple[dict[str, Any], ScimMode, str, str]] = [
    ({"schemas": [USER_URN], "Operations": [_TITLE]}, _ENTRA, f"schemas must name {PATCH_OP}", "schemas"),
    (patch_op(), _ENTRA, "Operations must be a list of at least one operation", "Operations"),
    (patch_op(*[_TITLE] * 101), _ENTRA, "more than 100 operations", "Operations"),
    (patch_op(*[_FAX | {"path": _FAX["path"].ljust(2_000)}] * 50), _ENTRA, f"more than {MAX_SELECTORS:,} characters of paths with filters", "Operations"),
    (patch_op(_op("remove", "phoneNumbers", [{"value": "1"}])), _STRICT, "remove takes no value; select the elements in the path", "phoneNumbers"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "mode", "message", "path"), _MESSAGES, ids=map(str, count(1)))
def test_message(body: dict[str, Any], mode: ScimMode, message: str, path: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        _parsed(body, mode)

    assert (refused.value.message, refused.value.path) == (message, path)


def _parsed(body: dict[str, Any], mode: ScimMode = _ENTRA) -> Any:
    return parse_patch(body, USER, mode=mode, unknown=UnknownAttributes.IGNORE)
