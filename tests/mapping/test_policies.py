"""What happens to empty values and to values without a rule."""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.mapping.samples import AGENT, EVERYBODY, MANAGER, NORTH, SOUTH, VIP, mapping

from gatehouse.errors import InvalidValue
from gatehouse.mapping.resolve import Access, Outcome, resolve
from gatehouse.mapping.rules import Policy

KEEP, DEFAULT, REJECT = Policy.KEEP_PREVIOUS, Policy.USE_DEFAULT, Policy.REJECT_REQUEST

PREVIOUS = resolve("property manager", "south", mapping(), previous=None)
NOTHING = resolve(None, None, mapping(), previous=None)


@pytest.mark.parametrize(
    ("_case", "settings", "title", "previous", "role_id", "outcome"),
    [
        ("keep, unmapped", {"unmapped_title": KEEP}, "Foo", PREVIOUS, MANAGER, Outcome.KEPT_PREVIOUS),
        ("keep, empty", {"empty_title": KEEP}, None, PREVIOUS, MANAGER, Outcome.KEPT_PREVIOUS),
        ("each policy for its own case", {"empty_title": KEEP}, "Foo", PREVIOUS, None, Outcome.UNMAPPED),
        ("keep, a new user has nothing", {"unmapped_title": KEEP}, "Foo", None, None, Outcome.UNMAPPED),
        ("keep, there was nothing", {"empty_title": KEEP}, "", NOTHING, None, Outcome.EMPTY),
        ("a rule beats keeping", {"unmapped_title": KEEP}, "leasing agent", PREVIOUS, AGENT, Outcome.MAPPED),
        ("default", {"unmapped_title": DEFAULT, "default_role_id": AGENT}, "Foo", PREVIOUS, AGENT, Outcome.DEFAULTED),
        ("default, empty", {"empty_title": DEFAULT, "default_role_id": AGENT}, " ", None, AGENT, Outcome.DEFAULTED),
        ("default without any", {"unmapped_title": DEFAULT}, "Foo", PREVIOUS, None, Outcome.UNMAPPED),
        ("none", {}, "Foo", PREVIOUS, None, Outcome.UNMAPPED),
    ],
)
def test_role_policies(
    _case: str,
    settings: dict[str, object],
    title: str | None,
    previous: Access | None,
    role_id: UUID | None,
    outcome: Outcome,
) -> None:
    access = resolve(title, None, mapping(**settings), previous=previous)

    assert (access.role_id, access.role_outcome) == (role_id, outcome)


@pytest.mark.parametrize(
    ("_case", "settings", "user_type", "previous", "group_ids", "outcomes"),
    [
        ("keep, empty", {"unmapped_group": KEEP}, None, PREVIOUS, (SOUTH,), (Outcome.KEPT_PREVIOUS,)),
        ("keep, nothing known", {"unmapped_group": KEEP}, "a-b", PREVIOUS, (SOUTH,), (Outcome.KEPT_PREVIOUS,) * 2),
        (
            "keep, beside a match",
            {"unmapped_group": KEEP},
            "north-b",
            PREVIOUS,
            (NORTH,),
            (Outcome.MAPPED, Outcome.UNMAPPED),
        ),
        ("keep, a new user", {"unmapped_group": KEEP}, "a", None, (), (Outcome.UNMAPPED,)),
        ("keep, there was nothing", {"unmapped_group": KEEP}, "", NOTHING, (), (Outcome.EMPTY,)),
        (
            "default",
            {"unmapped_group": DEFAULT, "default_group_ids": (EVERYBODY, VIP)},
            "a",
            None,
            (EVERYBODY, VIP),
            (Outcome.DEFAULTED,),
        ),
        (
            "default, empty",
            {"unmapped_group": DEFAULT, "default_group_ids": (VIP,)},
            "",
            None,
            (VIP,),
            (Outcome.DEFAULTED,),
        ),
        (
            "default, beside a match",
            {"unmapped_group": DEFAULT, "default_group_ids": (VIP,)},
            "a-north",
            None,
            (NORTH,),
            (Outcome.UNMAPPED, Outcome.MAPPED),
        ),
        ("default without any", {"unmapped_group": DEFAULT}, "a", None, (), (Outcome.UNMAPPED,)),
        ("none", {}, "a-b", PREVIOUS, (), (Outcome.UNMAPPED,) * 2),
        ("none, empty", {}, None, PREVIOUS, (), (Outcome.EMPTY,)),
    ],
)
def test_group_policies(
    _case: str,
    settings: dict[str, object],
    user_type: str | None,
    previous: Access | None,
    group_ids: tuple[UUID, ...],
    outcomes: tuple[Outcome, ...],
) -> None:
    access = resolve(None, user_type, mapping(**settings), previous=previous)

    assert (access.group_ids, tuple(group.outcome for group in access.groups)) == (group_ids, outcomes)


@pytest.mark.parametrize(
    ("_case", "settings", "title", "user_type", "message", "path"),
    [
        (
            "title",
            {"unmapped_title": REJECT},
            "Foo",
            None,
            'title "Foo" matches no role rule; known values: "leasing agent", "property manager"',
            "title",
        ),
        (
            "empty title",
            {"empty_title": REJECT},
            " ",
            None,
            'title is empty; known values: "leasing agent", "property manager"',
            "title",
        ),
        (
            "one unknown segment is enough",
            {"unmapped_group": REJECT},
            None,
            "north-Foo",
            'userType "Foo" matches no group rule; known values: "north", "north-west", "south", "vip"',
            "userType",
        ),
        (
            "empty userType",
            {"unmapped_group": REJECT, "group_attribute": "nickName"},
            None,
            None,
            'nickName is empty; known values: "north", "north-west", "south", "vip"',
            "nickName",
        ),
    ],
)
def test_refusal(
    _case: str, settings: dict[str, object], title: str | None, user_type: str | None, message: str, path: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        resolve(title, user_type, mapping(**settings), previous=None)

    assert (refused.value.message, refused.value.path) == (message, path)


def test_a_refusal_names_twenty_known_values() -> None:
    many = mapping({f"title {n:03}": AGENT for n in range(25)}, unmapped_title=REJECT)

    with pytest.raises(InvalidValue) as refused:
        resolve("Foo", None, many, previous=None)

    assert refused.value.message.endswith('"title 018", "title 019" and 5 more')


def test_a_refusal_without_any_rule() -> None:
    with pytest.raises(InvalidValue) as refused:
        resolve("Foo", None, mapping({}, unmapped_title=REJECT), previous=None)

    assert refused.value.message == 'title "Foo" matches no role rule; known values: none'


def test_a_value_that_the_user_has_already_is_not_refused_again() -> None:
    before = resolve("Foo", "north-Bar", mapping(), previous=None)
    strict = mapping(unmapped_title=REJECT, unmapped_group=REJECT)

    after = resolve(" FOO", "bar-north", strict, previous=before)

    assert (after.role_outcome, after.role.policy, after.group_ids) == (Outcome.UNMAPPED, REJECT, (NORTH,))
    with pytest.raises(InvalidValue):
        resolve("Other", "north-Bar", strict, previous=before)
    with pytest.raises(InvalidValue):
        resolve("Foo", "north-Other", strict, previous=before)


def test_nothing_is_refused_where_there_is_no_request() -> None:
    strict = mapping(unmapped_title=REJECT, unmapped_group=REJECT)

    access = resolve("Foo", "north-Bar", strict, previous=None, refuse=False)

    assert (access.role_outcome, access.group_ids, access.unmatched) == (Outcome.UNMAPPED, (NORTH,), ("Foo", "Bar"))
