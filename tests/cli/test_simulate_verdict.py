"""How answers are read, when a job is quarantined, and what differs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
import pytest

from gatehouse.cli.simulate import answers
from gatehouse.cli.simulate.admin import StoredAccess, to_mapping
from gatehouse.cli.simulate.answers import Answer, Failed, Quarantined
from gatehouse.cli.simulate.attributes import ENTERPRISE, MANAGER
from gatehouse.cli.simulate.compare import (
    Expected,
    ExpectedAccess,
    compare_access,
    compare_group,
    compare_person,
    expected_access,
)
from gatehouse.cli.simulate.quarantine import by_count
from gatehouse.cli.simulate.tally import rate, summary

_EMPTY = {"totalResults": 0, "Resources": []}


def _answer(status: int, body: object = None) -> Answer:
    return Answer(status, b"" if body is None else orjson.dumps(body))


@pytest.mark.parametrize(
    ("events", "failures", "references", "reason"),
    [
        (4_000, 4_000, 0, None),
        (12_500, 5_000, 0, None),
        (12_499, 5_000, 0, "EncounteredEscrowProportionThreshold"),
        (35_000, 30_000, 0, "EncounteredEscrowProportionThreshold"),
        (120_000, 20_000, 0, None),
        (1_000_000, 40_001, 0, "EncounteredBaseEscrowThreshold"),
        (0, 0, 59_999, None),
        (1_000_000, 0, 60_000, "EncounteredTotalEscrowThreshold"),
    ],
)
def test_quarantine_by_count(events: int, failures: int, references: int, reason: str | None) -> None:
    verdict = by_count(events=events, failures=failures, reference_failures=references)

    assert (verdict and verdict.reason) == reason


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 302])
def test_refused_filter_quarantines(status: int) -> None:
    with pytest.raises(Quarantined):
        answers.resources(_answer(status, {"detail": "no"}))


@pytest.mark.parametrize("body", [None, [], {}, {"totalResults": "0"}, {"totalResults": 1, "Resources": None}])
def test_unreadable_list_quarantines(body: object) -> None:
    with pytest.raises(Quarantined, match="ServiceIncompatible"):
        answers.resources(_answer(200, body))


@pytest.mark.parametrize("status", [429, 500, 503])
def test_busy_server_does_not_quarantine(status: int) -> None:
    with pytest.raises(Failed) as caught:
        answers.resources(_answer(status))

    assert caught.value.transient


def test_lists() -> None:
    assert answers.resources(_answer(200, {"totalResults": 0})) == []
    assert answers.single(_answer(200, _EMPTY)) is None
    assert answers.single(_answer(200, {"totalResults": 1, "Resources": [{"id": "1"}]})) == {"id": "1"}
    with pytest.raises(Failed, match="DuplicateTargetEntries"):
        answers.single(_answer(200, {"totalResults": 2, "Resources": [{"id": "1"}, {"id": "2"}]}))


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"id": 1},
        {"id": "1", "active": "True"},
        {"id": "1", "emails": None},
        {"id": "1", ENTERPRISE: {"manager": "2"}},
    ],
)
def test_resource_that_no_typed_client_reads(resource: dict[str, Any]) -> None:
    with pytest.raises(Failed) as caught:
        answers.resource(_answer(200, resource))

    assert caught.value.code == answers.INCOMPATIBLE


@pytest.mark.parametrize(
    ("status", "code", "transient"),
    [
        (400, "SystemForCrossDomainIdentityManagementBadRequest", False),
        (401, "Unauthorized", False),
        (404, "InvalidAnchor", False),
        (409, "EntryConflict", False),
        (429, "TooManyRequests", True),
        (500, "InternalServerError", True),
        (503, "InternalServerError", True),
        (302, "WebExceptionProtocolError", False),
    ],
)
def test_refused_write(status: int, code: str, transient: bool) -> None:
    with pytest.raises(Failed) as caught:
        answers.success(_answer(status, {"detail": "why"}))

    assert (caught.value.code, caught.value.transient, caught.value.detail) == (code, transient, "why")


def test_successful_writes() -> None:
    answers.success(_answer(204))
    answers.success(_answer(200, {"id": "1"}))


def test_figures() -> None:
    assert summary([n / 1000 for n in range(1, 101)]) == {"count": 100, "p50": 50, "p95": 95, "p99": 99, "max": 100}
    assert rate(50, 2.0) == 25.0
    assert rate(1, 0) == 0.0


_ANA = Expected("ana", {"userName": "ana", "active": True, "title": "Leasing Agent", "userType": "north-east"}, "m1")
_STORED = {"userName": "ana", "active": True, "title": "Leasing Agent", "userType": "north-east",
           ENTERPRISE: {"manager": {"value": "m1"}}}  # fmt: skip


@pytest.mark.parametrize(
    ("stored", "paths"),
    [
        (_STORED, []),
        (None, ["id"]),
        ({**_STORED, "title": "leasing agent"}, ["title"]),
        ({**_STORED, "active": "True"}, ["active"]),
        ({**_STORED, ENTERPRISE: {}}, [MANAGER]),
        ({**_STORED, "unexpected": 1}, []),
    ],
)
def test_compare_person(stored: dict[str, Any] | None, paths: list[str]) -> None:
    assert [difference.path for difference in compare_person(_ANA, stored)] == paths


def test_compare_group() -> None:
    stored = {"displayName": "A", "members": [{"value": "1"}, {"value": "3"}]}
    found = list(compare_group("A", {"displayName": "B"}, {"1", "2"}, stored))

    assert [(d.path, d.stored) for d in found] == [("displayName", "A"), ("members", "1 missing, 1 unexpected")]
    assert not list(compare_group("A", {"displayName": "A"}, {"1", "3"}, stored))
    assert [d.path for d in compare_group("A", {}, set(), None)] == ["id"]


def _mapping(**settings: object) -> Any:
    found = {
        "delimiter": "-", "roleAttribute": "title", "groupAttribute": "userType", "emptyTitle": "ASSIGN_NONE",
        "unmappedTitle": "ASSIGN_NONE", "unmappedGroup": "ASSIGN_NONE", "defaultRole": None, "defaultGroups": [],
    }  # fmt: skip
    return to_mapping(
        {
            "version": 3,
            "settings": {**found, **settings},
            "roleRules": [{"titleValue": "leasing agent", "role": {"key": "agent"}}],
            "groupRules": [{"segmentValue": "North", "groups": [{"key": "n"}, {"key": "all"}]}],
        }
    )


def test_expected_access() -> None:
    assert expected_access(_ANA, _mapping()) == ExpectedAccess("agent", frozenset({"n", "all"}))
    assert expected_access(_ANA, _mapping(delimiter="/")) == ExpectedAccess("agent", frozenset())
    assert expected_access(_ANA, _mapping(roleAttribute="userType")).role is None


def test_nothing_is_in_force_while_disabled() -> None:
    disabled = Expected("ana", {**_ANA.attributes, "active": False})

    assert expected_access(disabled, _mapping()) == ExpectedAccess(None, frozenset())


def test_history_counts_where_the_policy_looks_back() -> None:
    moved = Expected("ana", {**_ANA.attributes, "title": "Diver"}, None, [_ANA.attributes])

    assert expected_access(moved, _mapping()).role is None
    assert expected_access(moved, _mapping(unmappedTitle="KEEP_PREVIOUS")).role == "agent"
    assert expected_access(moved, _mapping(unmappedTitle="USE_DEFAULT", defaultRole={"key": "other"})).role == "other"


def test_compare_access() -> None:
    right = StoredAccess(True, "Leasing Agent", "north-east", None, "agent", frozenset({"n", "all"}))
    wrong = StoredAccess(True, "Leasing Agent", "north-east", None, None, frozenset({"n"}))

    assert not list(compare_access(_ANA, _mapping(), right))
    assert [d.path for d in compare_access(_ANA, _mapping(), wrong)] == ["role", "employee groups"]
    assert [d.stored for d in compare_access(_ANA, _mapping(), None)] == ["absent"]


def test_ids_are_made_from_keys() -> None:
    mapping = _mapping()

    assert all(isinstance(role_id, UUID) for role_id in mapping.roles)
    assert set(mapping.groups.values()) == {"n", "all"}
