"""What the history says of values that matched nothing."""

from __future__ import annotations

import pytest
from tests.mapping.samples import AGENT, EVERYBODY, mapping

from gatehouse.mapping.resolve import resolve
from gatehouse.mapping.rules import Policy
from gatehouse.mapping.warnings import warnings

PREVIOUS = resolve("property manager", "south", mapping(), previous=None)
KEEP, DEFAULT = Policy.KEEP_PREVIOUS, Policy.USE_DEFAULT


@pytest.mark.parametrize(
    ("_case", "settings", "title", "user_type", "expected"),
    [
        ("all matched", {}, "Leasing Agent", "north-vip", ()),
        (
            "nothing matched",
            {},
            "Foo",
            "north-Bar",
            ('title "Foo" matches no role rule: no role is given', 'userType "Bar" matches no group rule: no employee group is given'),
        ),
        ("empty title", {}, " ", "north", ("title is empty: no role is given",)),
        (
            "defaults",
            {"unmapped_title": DEFAULT, "default_role_id": AGENT, "unmapped_group": DEFAULT, "default_group_ids": (EVERYBODY,)},
            "Foo",
            "Bar",
            ('title "Foo" matches no role rule: the default role is given', 'userType "Bar" matches no group rule: the default employee groups are given'),
        ),
        (
            "what was before",
            {"unmapped_title": KEEP, "unmapped_group": KEEP},
            "Foo",
            "Bar",
            ('title "Foo" matches no role rule: the role stays', 'userType "Bar" matches no group rule: the employee groups stay'),
        ),
        ("another attribute", {"role_attribute": "nickName"}, "Foo", "north", ('nickName "Foo" matches no role rule: no role is given',)),
    ],
)  # fmt: skip
def test_warnings(
    _case: str, settings: dict[str, object], title: str, user_type: str, expected: tuple[str, ...]
) -> None:
    rules = mapping(**settings)

    assert warnings(resolve(title, user_type, rules, previous=PREVIOUS), rules) == expected
