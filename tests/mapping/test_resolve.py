"""Which access a user gets."""

from __future__ import annotations

import json
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, strategies as st
from tests.mapping.samples import AGENT, MANAGER, NORTH, SOUTH, VALUES, VIP, mapping, mappings

from gatehouse.errors import InvalidValue
from gatehouse.mapping.resolve import Access, GroupDecision, Outcome, RoleDecision, resolve
from gatehouse.mapping.rules import Mapping, MappingSettings, Policy, normalise, segments

KEEP, DEFAULT, REJECT = Policy.KEEP_PREVIOUS, Policy.USE_DEFAULT, Policy.REJECT_REQUEST


@pytest.mark.parametrize(
    ("_case", "title", "role_id", "outcome", "unmatched"),
    [
        ("rule", "Property Manager", MANAGER, Outcome.MAPPED, ()),
        ("rule in another spelling", "  property   MANAGER ", MANAGER, Outcome.MAPPED, ()),
        ("no rule", "Foo ", None, Outcome.UNMAPPED, ("Foo ",)),
        ("part of a rule is no rule", "Property", None, Outcome.UNMAPPED, ("Property",)),
        (
            "titles are not split",
            "Property Manager-Leasing Agent",
            None,
            Outcome.UNMAPPED,
            ("Property Manager-Leasing Agent",),
        ),
        ("absent", None, None, Outcome.EMPTY, ()),
        ("empty", "", None, Outcome.EMPTY, ()),
        ("blank", "  ", None, Outcome.EMPTY, ()),
    ],
)
def test_role_from_title(
    _case: str, title: str | None, role_id: UUID | None, outcome: Outcome, unmatched: tuple[str, ...]
) -> None:
    access = resolve(title, "north", mapping(), previous=None)

    assert (access.role_id, access.role_outcome, access.unmatched) == (role_id, outcome, unmatched)


@pytest.mark.parametrize(
    ("_case", "user_type", "group_ids", "unmatched"),
    [
        ("one segment", "north", (NORTH,), ()),
        ("order kept", "south-north", (SOUTH, NORTH), ()),
        ("no repeats among the groups", "north-vip", (NORTH, VIP), ()),
        ("a rule's own order", "vip-north", (VIP, NORTH), ()),
        ("whole-string rule beats splitting", "North-West", (SOUTH, VIP), ()),
        ("whole string only: more text is split", "north-west-vip", (NORTH, VIP), ("west",)),
        ("unknown segment reported as typed", "north-Foo", (NORTH,), ("Foo",)),
        ("nothing known", "Foo-Bar", (), ("Foo", "Bar")),
        ("delimiters around", "-north-", (NORTH,), ()),
        ("only delimiters", "--", (), ("--",)),
        ("absent", None, (), ()),
        ("blank", " \t", (), ()),
    ],
)
def test_groups_from_user_type(
    _case: str, user_type: str | None, group_ids: tuple[UUID, ...], unmatched: tuple[str, ...]
) -> None:
    access = resolve("leasing agent", user_type, mapping(), previous=None)

    assert (access.group_ids, access.unmatched) == (group_ids, unmatched)


def test_decisions_carry_their_reasons() -> None:
    access = resolve("Leasing Agent", " VIP -foo", mapping(), previous=None)

    assert access.role == RoleDecision(Outcome.MAPPED, AGENT, "Leasing Agent", "leasing agent", UUID(int=100))
    assert access.groups == (
        GroupDecision(Outcome.MAPPED, "VIP", 0, "vip", (VIP, NORTH), UUID(int=202)),
        GroupDecision(Outcome.UNMAPPED, "foo", 1, "foo", (), policy=Policy.ASSIGN_NONE),
    )


@pytest.mark.parametrize(
    ("_case", "delimiter", "user_type", "group_ids"),
    [
        ("slash", "/", "north/south", (NORTH, SOUTH)),
        ("a dot is no wildcard", ".", "north.south", (NORTH, SOUTH)),
        ("the old delimiter is text now", "/", "north-south", ()),
        ("several characters", " + ", "north + south", (NORTH, SOUTH)),
        ("several characters, all of them", " + ", "north+south", ()),
        ("whole-string rule still wins", "/", "north-west", (SOUTH, VIP)),
    ],
)
def test_delimiter(_case: str, delimiter: str, user_type: str, group_ids: tuple[UUID, ...]) -> None:
    assert resolve(None, user_type, mapping(delimiter=delimiter), previous=None).group_ids == group_ids


def test_text() -> None:
    access = resolve("Leasing Agent", "vip-Ü", mapping(), previous=None)

    assert Access.from_text(access.to_text()) == access
    assert json.loads(access.to_text()) == {
        "role": {
            "outcome": "MAPPED",
            "roleId": str(AGENT),
            "value": "Leasing Agent",
            "normalised": "leasing agent",
            "ruleId": str(UUID(int=100)),
        },
        "groups": [
            {
                "outcome": "MAPPED",
                "segment": "vip",
                "index": 0,
                "normalised": "vip",
                "groupIds": [str(VIP), str(NORTH)],
                "ruleId": str(UUID(int=202)),
            },
            {
                "outcome": "UNMAPPED",
                "segment": "Ü",
                "index": 1,
                "normalised": "ü",
                "groupIds": [],
                "policy": "ASSIGN_NONE",
            },
        ],
    }
    assert " " not in access.to_text().replace("Leasing Agent", "").replace("leasing agent", "")


def test_an_empty_object_reads_as_nothing_decided() -> None:
    assert Access.from_text("{}") == Access(RoleDecision(Outcome.EMPTY), ())


def _decide(title: str | None, user_type: str | None, rules: Mapping, previous: Access | None) -> Access:
    return resolve(title, user_type, rules, previous=previous, refuse=False)


@given(VALUES, VALUES, mappings(), st.tuples(VALUES, VALUES), mappings())
def test_deciding_again_changes_nothing(
    title: str | None, user_type: str | None, rules: Mapping, old: tuple[str | None, str | None], old_rules: Mapping
) -> None:
    previous = _decide(*old, old_rules, None)
    access = _decide(title, user_type, rules, previous)

    assert _decide(title, user_type, rules, access) == access
    assert resolve(title, user_type, rules, previous=access) == access


@given(VALUES, VALUES, mappings())
def test_text_comes_back(title: str | None, user_type: str | None, rules: Mapping) -> None:
    access = _decide(title, user_type, rules, None)

    assert Access.from_text(access.to_text()) == access


@given(VALUES, VALUES, mappings())
def test_every_group_comes_from_a_rule_or_the_default_once(
    title: str | None, user_type: str | None, rules: Mapping
) -> None:
    access = _decide(title, user_type, rules, None)

    assert len(set(access.group_ids)) == len(access.group_ids)
    assert [group.index for group in access.groups] == list(range(len(access.groups)))
    for group in access.groups:
        if group.outcome is Outcome.MAPPED:
            assert group.group_ids == rules.group_rule_by_value[normalise(group.segment)].group_ids
        elif group.outcome is Outcome.DEFAULTED:
            assert set(group.group_ids) == set(rules.settings.default_group_ids)
        else:
            assert group.group_ids == ()


@given(VALUES.filter(lambda value: bool(value and normalise(value))), mappings())
def test_a_rule_of_the_whole_value_stands_alone(user_type: str, rules: Mapping) -> None:
    access = _decide(None, user_type, rules, None)

    whole = rules.group_rule_by_value.get(normalise(user_type))
    if whole is not None:
        assert [group.rule_id for group in access.groups] == [whole.id]
        assert set(access.group_ids) == set(whole.group_ids)
    else:
        pieces = segments(user_type, rules.settings.delimiter) or (user_type.strip(),)
        assert tuple(group.segment for group in access.groups) == pieces


@given(st.lists(st.sampled_from(["north", "south", "vip"]), unique=True, min_size=1))
def test_order_follows_the_segments(names: list[str]) -> None:
    one_each = mapping({}, {"north": (NORTH,), "south": (SOUTH,), "vip": (VIP,)})
    ids = {"north": NORTH, "south": SOUTH, "vip": VIP}

    access = resolve(None, "-".join(names), one_each, previous=None)

    assert access.group_ids == tuple(ids[name] for name in names)
    assert all(before.index < after.index for before, after in pairwise(access.groups))


@given(VALUES, VALUES, mappings())
def test_a_refusal_is_the_only_difference_that_refusing_makes(
    title: str | None, user_type: str | None, rules: Mapping
) -> None:
    lenient = _decide(title, user_type, rules, None)
    policies = {lenient.role.policy, *(group.policy for group in lenient.groups)}

    if REJECT in policies:
        with pytest.raises(InvalidValue):
            resolve(title, user_type, rules, previous=None)
    else:
        assert resolve(title, user_type, rules, previous=None) == lenient


def test_default_settings_are_those_of_a_new_tenant() -> None:
    assert MappingSettings() == MappingSettings(
        delimiter="-",
        role_attribute="title",
        group_attribute="userType",
        empty_title=Policy.ASSIGN_NONE,
        unmapped_title=Policy.ASSIGN_NONE,
        unmapped_group=Policy.ASSIGN_NONE,
        default_role_id=None,
        default_group_ids=(),
    )
