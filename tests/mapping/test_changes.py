"""What the history records when access changes."""

from __future__ import annotations

from uuid import UUID

from tests.mapping.samples import NORTH, VIP, mapping

from gatehouse.mapping.changes import access_changes
from gatehouse.mapping.resolve import Access, GroupDecision, Outcome, RoleDecision, resolve
from gatehouse.records import Change


def _access(title: str | None, user_type: str | None) -> Access:
    return resolve(title, user_type, mapping(), previous=None)


def test_a_new_user() -> None:
    assert access_changes(None, _access("leasing agent", "vip"), mapping()) == (
        Change("role", None, "leasing-agent"),
        Change("employeeGroups", [], ["vip", "north"]),
    )


def test_a_user_who_is_gone() -> None:
    assert access_changes(_access("leasing agent", "vip"), None, mapping()) == (
        Change("role", "leasing-agent", None),
        Change("employeeGroups", ["vip", "north"], []),
    )


def test_only_what_differs() -> None:
    before = _access("leasing agent", "north")

    assert access_changes(before, _access("property manager", "north"), mapping()) == (
        Change("role", "leasing-agent", "property-manager"),
    )
    assert access_changes(before, _access("leasing agent", "foo"), mapping()) == (
        Change("employeeGroups", ["north"], []),
    )
    assert access_changes(before, before, mapping()) == ()
    assert access_changes(None, None, mapping()) == ()


def test_order_and_reasons_are_no_change() -> None:
    role = RoleDecision(Outcome.EMPTY)
    before = Access(role, (GroupDecision(Outcome.MAPPED, "a", group_ids=(VIP, NORTH)),))
    after = Access(role, (GroupDecision(Outcome.DEFAULTED, "b", group_ids=(NORTH, VIP)),))

    assert access_changes(before, after, mapping()) == ()


def test_unknown_ids_show_as_ids() -> None:
    stranger = UUID(int=77)
    after = Access(RoleDecision(Outcome.MAPPED, stranger), ())

    assert access_changes(None, after, mapping()) == (Change("role", None, str(stranger)),)
