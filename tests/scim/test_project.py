"""``attributes`` and ``excludedAttributes`` (RFC 7644 §3.9, RFC 7643 §7 ``returned``)."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from tests.bodies import ENTERPRISE, USER as USER_URN, person

from gatehouse.errors import InvalidValue
from gatehouse.scim.project import Projection
from gatehouse.scim.schema import GROUP, USER

_USER: dict[str, Any] = {
    "id": "1",
    **person("ann@x.example", title="T", addresses=[{"type": "work", "locality": "A"}, {"locality": "B"}]),
    ENTERPRISE: {"department": "D", "manager": {"value": "m", "$ref": "r"}},
    "meta": {"resourceType": "User", "version": 'W/"1"'},
}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        (["USERNAME"], {"userName": "ann@x.example"}),
        ([" title ", "nosuch"], {"title": "T"}),
        (["nosuch"], {}),
        (["id"], {}),
        (["name"], {"name": _USER["name"]}),
        (["name.familyName"], {"name": {"familyName": "Okafor"}}),
        (["name", "name.familyName"], {"name": _USER["name"]}),
        (["name.familyName", "name"], {"name": _USER["name"]}),
        (["emails.value"], {"emails": [{"value": "ann@x.example"}]}),
        (["addresses.type"], {"addresses": [{"type": "work"}]}),
        (["phoneNumbers.value"], {}),
        ([f"{USER_URN}:title"], {"title": "T"}),
        ([ENTERPRISE.upper()], {ENTERPRISE: _USER[ENTERPRISE]}),
        ([f"{ENTERPRISE}:department"], {ENTERPRISE: {"department": "D"}}),
        (["manager.value"], {ENTERPRISE: {"manager": {"value": "m"}}}),
        (["meta.version"], {"meta": {"version": 'W/"1"'}}),
        ([USER_URN], {n: v for n, v in _USER.items() if n not in {"id", "schemas", "externalId", "meta", ENTERPRISE}}),
    ],
    ids=str,
)
def test_attributes(attributes: list[str], expected: dict[str, Any]) -> None:
    shown = Projection.parse(attributes, [], USER).apply(_USER)

    assert shown == {"id": "1", "schemas": _USER["schemas"], **expected}


@pytest.mark.parametrize(
    ("excluded", "gone", "changed"),
    [
        (["TITLE", "nosuch"], ["title"], {}),
        (["id", "schemas"], [], {}),
        (["meta"], ["meta"], {}),
        (["name.familyName"], [], {"name": {"givenName": "Ann"}}),
        (["name.familyName", "name.givenName"], ["name"], {}),
        (["name.familyName", "name"], ["name"], {}),
        (["emails.value", "emails.type", "emails.primary"], ["emails"], {}),
        (["addresses.locality"], [], {"addresses": [{"type": "work"}]}),
        ([ENTERPRISE], [ENTERPRISE], {}),
        (["manager"], [], {ENTERPRISE: {"department": "D"}}),
        ([f"{ENTERPRISE}:manager.$ref"], [], {ENTERPRISE: {"department": "D", "manager": {"value": "m"}}}),
    ],
    ids=str,
)
def test_excluded_attributes(excluded: list[str], gone: list[str], changed: dict[str, Any]) -> None:
    kept = copy.deepcopy(_USER)

    shown = Projection.parse([], excluded, USER).apply(_USER)

    assert shown == {name: value for name, value in {**_USER, **changed}.items() if name not in gone}
    assert kept == _USER


def test_nothing_asked_shows_everything() -> None:
    projection = Projection.parse([], [], USER)

    assert projection.everything
    assert projection.apply(_USER) is _USER


def test_both_exclude_each_other() -> None:
    with pytest.raises(InvalidValue):
        Projection.parse(["title"], ["name"], USER)


@pytest.mark.parametrize(
    ("attributes", "excluded", "wanted"),
    [
        ([], [], True),
        (["members"], [], True),
        (["members.value"], [], True),
        (["displayName"], [], False),
        ([], ["members"], False),
        ([], ["members.display"], True),
        ([], ["displayName"], True),
    ],
)
def test_members_are_wanted(attributes: list[str], excluded: list[str], wanted: bool) -> None:
    projection = Projection.parse(attributes, excluded, GROUP)

    assert projection.wants("members") is wanted
    assert projection.everything is not bool(attributes or excluded)


def test_what_is_returned_only_on_request_may_be_named_in_part() -> None:
    assert Projection.parse(["groups.value"], [], USER).requests("groups")
    assert not Projection.parse(["title"], [], USER).requests("groups")
    assert not Projection().requests("groups")
