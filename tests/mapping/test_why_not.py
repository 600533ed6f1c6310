"""Why somebody does not have a role or an employee group, and what would give it, in sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.mapping.samples import (
    AGENT,
    EVERYBODY,
    GROUP_NAMES,
    MANAGER,
    NORTH,
    OVERRIDE,
    REGIONAL,
    ROLE_NAMES,
    SOUTH,
    VIP,
    mapping,
)

from gatehouse.mapping.explain import Names, Standing, explain
from gatehouse.mapping.override import Override
from gatehouse.mapping.resolve import resolve
from gatehouse.mapping.why_not import Target, WhyNot, why_not

ANA = Names("Ana", ROLE_NAMES, GROUP_NAMES)
INSTEAD, WITHHELD = replace(OVERRIDE, role_id=MANAGER), replace(OVERRIDE, removed=(NORTH,))

HAS_AGENT = "title “Leasing Agent” matches the rule “leasing agent” → role Leasing Agent (mapping version 4)"
HAS_NORTH = "userType part “north” matches the rule “north” → employee group North (mapping version 4)"
NO_ROLE = "matches no rule; policy ASSIGN_NONE leaves Ana without a role (mapping version 4)"
NO_GROUP = "matches no rule; policy ASSIGN_NONE gives Ana no group for it (mapping version 4)"
SENDS_SOUTH = "Entra sends as userType, or as a part of it between “-”, “south” or “north-west”"
GIVES_MANAGER_INSTEAD = (
    "an override gives role Property Manager instead until 2026-12-01T00:00:00.000Z (“covers for Bo”)"
)
ENDS = "the override ends, at 2026-12-01T00:00:00.000Z or when it is cleared"


def target(item: UUID, *, archived: bool = False) -> Target:
    is_role = item in ROLE_NAMES
    return Target(item, ROLE_NAMES[item] if is_role else GROUP_NAMES[item], is_role=is_role, archived=archived)


def ask(
    wanted: Target,
    title: str = "Leasing Agent",
    user_type: str = "north",
    *,
    status: Standing = Standing.ACTIVE,
    override: Override | None = None,
    names: Names | None = ANA,
    **settings: Any,
) -> WhyNot:
    rules = mapping(**settings)
    access = replace(resolve(title, user_type, rules, previous=None), override=override)
    explanation = explain(access, rules, status=status, names=names)
    return why_not(wanted, access, rules, explanation, status=status, names=names)


def for_a_time(called: str) -> str:
    return f"an override gives Ana {called} for a time"


@pytest.mark.parametrize("item", [AGENT, NORTH])
def test_who_has_it_needs_no_reasons(item: UUID) -> None:
    assert ask(target(item)) == WhyNot(granted=True)


@pytest.mark.parametrize(
    ("_case", "wanted", "case", "blockers", "would_grant_if"),
    [
        ("disabled", target(AGENT), {"status": Standing.DISABLED}, ["Ana is disabled: no access is in force"], ["Entra enables Ana"]),
        ("deleted", target(NORTH), {"status": Standing.DELETED}, ["Ana is deleted: no access is in force"], ["Entra provisions Ana again"]),
        (
            "disabled, and not on record",
            target(MANAGER),
            {"status": Standing.DISABLED},
            ["Ana is disabled: no access is in force", f"{HAS_AGENT}; not in force: Ana is disabled"],
            [
                "Entra enables Ana, and one of the following holds",
                "Entra sends as title “property manager”",
                for_a_time("role Property Manager"),
            ],
        ),
        (
            "deleted, and not on record",
            target(SOUTH),
            {"status": Standing.DELETED},
            ["Ana is deleted: no access is in force", f"{HAS_NORTH}; not in force: Ana is deleted"],
            [
                "Entra provisions Ana again, and one of the following holds",
                SENDS_SOUTH,
                for_a_time("employee group South"),
            ],
        ),
        ("not created", target(AGENT), {"status": Standing.NOT_CREATED}, ["Ana was not provisioned yet"], []),
        (
            "not recorded",
            target(AGENT),
            {"status": Standing.NOT_RECORDED},
            ["Ana existed, but what access followed is not recorded: the record begins later"],
            [],
        ),
        (
            "another title",
            target(MANAGER),
            {},
            [HAS_AGENT],
            ["Entra sends as title “property manager”", for_a_time("role Property Manager")],
        ),
        (
            "nearly the title",
            target(MANAGER),
            {"title": "Manager Property "},
            [f"title “Manager Property” {NO_ROLE}"],
            [
                "Entra sends as title “property manager”",
                "a role rule gives role Property Manager for title “Manager Property”",
                "title “Manager Property” is mended: the rule “property manager” looks alike (98%)",
                for_a_time("role Property Manager"),
            ],
        ),
        (
            "no rule gives the role",
            target(REGIONAL),
            {"title": "Foo"},
            [f"title “Foo” {NO_ROLE}"],
            [
                "a role rule gives role Regional Manager: there is none yet",
                "a role rule gives role Regional Manager for title “Foo”",
                for_a_time("role Regional Manager"),
            ],
        ),
        (
            "the default role",
            target(AGENT),
            {"title": "Foo", "default_role_id": AGENT},
            [f"title “Foo” {NO_ROLE}"],
            [
                "Entra sends as title “leasing agent”",
                "a role rule gives role Leasing Agent for title “Foo”",
                "the policy for values without a rule is USE_DEFAULT: role Leasing Agent is the default",
                for_a_time("role Leasing Agent"),
            ],
        ),
        ("another group", target(SOUTH), {}, [HAS_NORTH], [SENDS_SOUTH, for_a_time("employee group South")]),
        (
            "nearly the segment",
            target(VIP),
            {"user_type": "north-vipp"},
            [HAS_NORTH, f"userType part “vipp” {NO_GROUP}"],
            [
                "Entra sends as userType, or as a part of it between “-”, “vip” or “north-west”",
                "a group rule gives employee group VIP for userType “vipp”",
                "userType “vipp” is mended: the rule “vip” looks alike (86%)",
                for_a_time("employee group VIP"),
            ],
        ),
        (
            "no rule gives the group, which is the default",
            target(EVERYBODY),
            {"user_type": "Foo", "default_group_ids": (EVERYBODY,)},
            [f"userType part “Foo” {NO_GROUP}"],
            [
                "a group rule gives employee group Everybody: there is none yet",
                "a group rule gives employee group Everybody for userType “Foo”",
                "the policy for values without a rule is USE_DEFAULT: employee group Everybody is the default",
                for_a_time("employee group Everybody"),
            ],
        ),
        (
            "archived",
            target(MANAGER, archived=True),
            {},
            ["role Property Manager is archived: nothing can give it any more", HAS_AGENT],
            [],
        ),
        (
            "an override gives another role",
            target(AGENT),
            {"override": INSTEAD},
            [GIVES_MANAGER_INSTEAD],
            [ENDS, for_a_time("role Leasing Agent")],
        ),
        (
            "an override gives another role, and no rule this one",
            target(REGIONAL),
            {"override": INSTEAD},
            [
                GIVES_MANAGER_INSTEAD,
                ("an override gives role Property Manager until 2026-12-01T00:00:00.000Z (“covers for Bo”, Kim); "
                f"without it: {HAS_AGENT}"),
            ],
            [
                f"{ENDS}; and a rule gives role Regional Manager",
                "a role rule gives role Regional Manager: there is none yet",
                for_a_time("role Regional Manager"),
            ],
        ),
        (
            "an override withholds the group",
            target(NORTH),
            {"override": WITHHELD},
            ["an override withholds employee group North until 2026-12-01T00:00:00.000Z (“covers for Bo”)"],
            [ENDS, for_a_time("employee group North")],
        ),
        (
            "an override about something else",
            target(SOUTH),
            {"override": INSTEAD},
            [HAS_NORTH],
            [SENDS_SOUTH, for_a_time("employee group South")],
        ),
    ],
)  # fmt: skip
def test_why_not(
    _case: str, wanted: Target, case: dict[str, Any], blockers: list[str], would_grant_if: list[str]
) -> None:
    found = ask(wanted, **case)

    assert not found.granted
    assert list(found.blockers) == blockers
    assert list(found.would_grant_if) == would_grant_if


def test_keys_stand_in_for_names() -> None:
    assert ask(target(AGENT), override=INSTEAD, names=None).blockers == (
        GIVES_MANAGER_INSTEAD.replace("Property Manager", "property-manager"),
    )


def test_many_rules_are_not_all_named() -> None:
    rules = mapping({f"title {n}": MANAGER for n in range(12)} | {"leasing agent": AGENT})
    access = resolve("Leasing Agent", None, rules, previous=None)
    explanation = explain(access, rules, status=Standing.ACTIVE)

    ways = why_not(target(MANAGER), access, rules, explanation, status=Standing.ACTIVE).would_grant_if

    assert ways[0].startswith("Entra sends as title “title 0”, “title 1”, ")
    assert ways[0].endswith("“title 8” or “title 9” (and 2 more)")
