"""The sentences that say why."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from tests.mapping.samples import AGENT, EVERYBODY, GROUP_NAMES, NORTH, ROLE_NAMES, VALUES, VIP, mapping, mappings

from gatehouse.mapping.explain import Names, UserStatus, explain, matched_role_rule
from gatehouse.mapping.resolve import Access, Outcome, resolve
from gatehouse.mapping.rules import Mapping, Policy

ACTIVE, DISABLED, DELETED = UserStatus
KEEP, DEFAULT, REJECT = Policy.KEEP_PREVIOUS, Policy.USE_DEFAULT, Policy.REJECT_REQUEST
ANA = Names("Ana", ROLE_NAMES, GROUP_NAMES)
BEFORE = resolve("Leasing Agent", "vip", mapping(), previous=None)


@pytest.mark.parametrize(
    ("_case", "title", "settings", "sentence"),
    [
        (
            "rule",
            " Property  Manager",
            {},
            "title “Property  Manager” matches the rule “property manager” → role Property Manager (mapping version 4)",
        ),
        (
            "nothing",
            "Foo",
            {},
            "title “Foo” matches no rule; policy ASSIGN_NONE leaves Ana without a role (mapping version 4)",
        ),
        (
            "empty",
            None,
            {},
            "title is empty; policy ASSIGN_NONE leaves Ana without a role (mapping version 4)",
        ),
        (
            "default",
            "Foo",
            {"unmapped_title": DEFAULT, "default_role_id": AGENT},
            "title “Foo” matches no rule; policy USE_DEFAULT gives Ana the default role Leasing Agent (mapping version 4)",
        ),
        (
            "kept",
            "",
            {"empty_title": KEEP},
            "title is empty; policy KEEP_PREVIOUS leaves Ana the previous role Leasing Agent (mapping version 4)",
        ),
        (
            "another attribute",
            "Foo",
            {"role_attribute": "nickName", "unmapped_title": REJECT},
            "nickName “Foo” matches no rule; policy REJECT_REQUEST leaves Ana without a role (mapping version 4)",
        ),
    ],
)
def test_role(_case: str, title: str | None, settings: dict[str, object], sentence: str) -> None:
    rules = mapping(**settings)
    access = resolve(title, None, rules, previous=BEFORE, refuse=False)

    assert explain(access, rules, status=ACTIVE, names=ANA).role.sentence == sentence


@pytest.mark.parametrize(
    ("_case", "user_type", "settings", "sentences"),
    [
        (
            "rules",
            "vip-North",
            {},
            (
                "userType part “vip” matches the rule “vip” → employee groups VIP and North (mapping version 4)",
                "userType part “North” matches the rule “north” → employee group North (mapping version 4)",
            ),
        ),
        (
            "nothing beside a match",
            "north-Foo",
            {"unmapped_group": KEEP},
            (
                "userType part “north” matches the rule “north” → employee group North (mapping version 4)",
                "userType part “Foo” matches no rule; policy ASSIGN_NONE gives Ana no group for it (mapping version 4)",
            ),
        ),
        (
            "empty",
            "",
            {},
            ("userType is empty; policy ASSIGN_NONE gives Ana no group for it (mapping version 4)",),
        ),
        (
            "default",
            "Foo",
            {"unmapped_group": DEFAULT, "default_group_ids": (EVERYBODY,)},
            (
                "userType part “Foo” matches no rule; policy USE_DEFAULT gives Ana the default employee group Everybody (mapping version 4)",
            ),
        ),
        (
            "kept",
            None,
            {"unmapped_group": KEEP},
            (
                "userType is empty; policy KEEP_PREVIOUS leaves Ana the previous employee groups VIP and North (mapping version 4)",
            ),
        ),
    ],
)
def test_groups(_case: str, user_type: str | None, settings: dict[str, object], sentences: tuple[str, ...]) -> None:
    rules = mapping(**settings)
    access = resolve(None, user_type, rules, previous=BEFORE)

    assert tuple(group.sentence for group in explain(access, rules, status=ACTIVE, names=ANA).groups) == sentences


@pytest.mark.parametrize(
    ("_case", "title", "user_type", "status", "summary"),
    [
        (
            "all",
            "leasing agent",
            "vip",
            ACTIVE,
            "Ana has role Leasing Agent and employee groups VIP and North (mapping version 4).",
        ),
        (
            "unmatched",
            "Foo",
            "north-Bar-Baz",
            ACTIVE,
            "Ana has no role and employee group North; no rule for “Foo”, “Bar” and “Baz” (mapping version 4).",
        ),
        ("nothing", None, None, ACTIVE, "Ana has no role and no employee groups (mapping version 4)."),
        (
            "disabled",
            "leasing agent",
            "north",
            DISABLED,
            "Ana is disabled: role Leasing Agent and employee group North are on record but not in force.",
        ),
        (
            "deleted",
            None,
            "vip",
            DELETED,
            "Ana is deleted: no role and employee groups VIP and North are on record but not in force.",
        ),
    ],
)
def test_summary(_case: str, title: str | None, user_type: str | None, status: UserStatus, summary: str) -> None:
    access = resolve(title, user_type, mapping(), previous=None)

    assert explain(access, mapping(), status=status, names=ANA).summary == summary


def test_a_disabled_user() -> None:
    access = resolve("leasing agent", "north", mapping(), previous=None)

    explanation = explain(access, mapping(), status=DISABLED, names=ANA)

    assert (explanation.role.outcome, explanation.groups[0].outcome) == (Outcome.INACTIVE, Outcome.INACTIVE)
    assert explanation.role.decision.role_id == AGENT
    assert explanation.role.sentence == (
        "title “leasing agent” matches the rule “leasing agent” → role Leasing Agent (mapping version 4);"
        " not in force: Ana is disabled"
    )


def test_without_names_the_keys_speak() -> None:
    access = resolve("leasing agent", "vip", mapping(), previous=None)

    assert explain(access, mapping(), status=ACTIVE).summary == (
        "The user has role leasing-agent and employee groups vip and north (mapping version 4)."
    )


def test_a_rule_that_is_gone_from_the_mapping_shows_as_it_matched() -> None:
    access = resolve("Leasing Agent", "VIP", mapping(), previous=None)

    explanation = explain(access, mapping({}, {}), status=ACTIVE, names=ANA)

    assert explanation.role.sentence == (
        "title “Leasing Agent” matches the rule “leasing agent” → role Leasing Agent (mapping version 4)"
    )
    assert explanation.groups[0].sentence.startswith("userType part “VIP” matches the rule “vip” → ")


@given(VALUES, VALUES, mappings(), st.tuples(VALUES, VALUES), st.sampled_from(UserStatus))
def test_the_explanation_equals_the_stored_access(
    title: str | None,
    user_type: str | None,
    rules: Mapping,
    old: tuple[str | None, str | None],
    status: UserStatus,
) -> None:
    previous = resolve(*old, rules, previous=None, refuse=False)
    stored = resolve(title, user_type, rules, previous=previous, refuse=False).to_text()
    access = Access.from_text(stored)

    explanation = explain(access, rules, status=status, names=ANA)

    given_groups = dict.fromkeys(g for group in explanation.groups for g in group.decision.group_ids)
    assert Access(explanation.role.decision, tuple(g.decision for g in explanation.groups)).to_text() == stored
    assert (explanation.role.decision.role_id, tuple(given_groups)) == (access.role_id, access.group_ids)
    role_name = ROLE_NAMES[access.role_id] if access.role_id else "no role"
    assert role_name in explanation.summary
    assert all(GROUP_NAMES[group_id] in explanation.summary for group_id in access.group_ids)
    assert explanation.role.outcome is (access.role_outcome if status is ACTIVE else Outcome.INACTIVE)
    for group in explanation.groups:
        assert all(GROUP_NAMES[group_id] in group.sentence for group_id in group.decision.group_ids)


def test_unknown_ids_show_as_ids() -> None:
    access = resolve("leasing agent", "vip", mapping(), previous=None)
    empty = Mapping(5, mapping().settings, (), (), {}, {})

    summary = explain(access, empty, status=ACTIVE, names=Names("Ana")).summary

    assert summary == f"Ana has role {AGENT} and employee groups {VIP} and {NORTH} (mapping version 5)."


def test_a_later_mapping_does_not_speak_for_the_version_that_decided() -> None:
    """The rule gives another role since version 4; the decision was made at version 3."""
    access = resolve("leasing agent", "vip", mapping(), previous=None)
    later = mapping()
    changed = replace(later.role_rules[0], value="LEASING AGENT", since_version=4)
    rules = replace(later, role_rules=(changed, *later.role_rules[1:]))

    role = explain(access, rules, status=DELETED, version=3, names=ANA).role

    assert role.sentence == (
        "title “leasing agent” matches the rule “leasing agent” → role Leasing Agent (mapping version 3);"
        " not in force: Ana is deleted"
    )
    assert matched_role_rule(access.role, rules, 3) is None
    assert matched_role_rule(access.role, rules, 4) == changed
