"""Clients of the last release still work: the schema only grows, but for what was decided on purpose."""

from __future__ import annotations

import pytest
from tests.house.breaking_changes import ACCEPTED, RELEASED, accepted, breaking_changes

from gatehouse.api.graphql.schema import print_admin_schema

OLD = "type Query { user(id: ID!): User } type User { name: String title: String } enum E { A B } input I { a: Int }"


def test_nothing_breaks_unless_it_was_decided() -> None:
    found = breaking_changes(RELEASED.read_text("utf-8"), print_admin_schema())

    assert found == sorted(accepted(ACCEPTED.read_text("utf-8"))), "see tests/house/breaking_changes.py"


def test_every_decision_has_its_reason() -> None:
    assert all(accepted(ACCEPTED.read_text("utf-8")).values())


@pytest.mark.parametrize(
    ("was", "becomes", "expected"),
    [
        ("title: String", "", ["FIELD_REMOVED: User.title was removed."]),
        ("name: String", "name: Int", ["FIELD_CHANGED_KIND: User.name changed type from String to Int."]),
        ("A B", "A", ["VALUE_REMOVED_FROM_ENUM: B was removed from enum type E."]),
        ("a: Int", "a: Int b: Int!", ["REQUIRED_INPUT_FIELD_ADDED: A required field I.b was added."]),
        ("id: ID!", "id: ID!, x: Int!", ["REQUIRED_ARG_ADDED: A required argument Query.user(x:) was added."]),
        ("title: String", "title: String more: Int", []),
        ("A B", "A B C", []),
    ],
)
def test_the_gate_closes(was: str, becomes: str, expected: list[str]) -> None:
    found = breaking_changes(OLD, OLD.replace(was, becomes))

    assert [line.split(":")[0] for line in found] == [line.split(":")[0] for line in expected]


def test_decisions_are_read() -> None:
    assert accepted("# why\n\nFIELD_REMOVED: User.title was removed.  # nobody used it\n") == {
        "FIELD_REMOVED: User.title was removed.": "nobody used it"
    }
