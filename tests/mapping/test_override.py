"""An override stands above the rules for a time, and is stored with the access."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.mapping.samples import (
    AGENT,
    EVERYBODY,
    GROUP_NAMES,
    MANAGER,
    NORTH,
    OVERRIDE,
    ROLE_NAMES,
    SOUTH,
    VIP,
    mapping,
)

from gatehouse.mapping.explain import Names, Standing, explain
from gatehouse.mapping.override import Override
from gatehouse.mapping.resolve import Access, Outcome, resolve
from gatehouse.mapping.unmapped import MappingKind, UnmappedValue, unmapped_values

RULED = resolve("Leasing Agent", "north-vip", mapping(), previous=None)
WHOLE = replace(OVERRIDE, role_id=MANAGER, added=(EVERYBODY,), removed=(NORTH,))
UNTIL = "until 2026-12-01T00:00:00.000Z (“covers for Bo”, Kim)"


@pytest.mark.parametrize("override", [OVERRIDE, WHOLE, replace(OVERRIDE, set_by=replace(OVERRIDE.set_by, id=None))])
def test_what_is_stored_is_read_again(override: Override) -> None:
    access = replace(RULED, override=override)

    assert Access.from_text(access.to_text()) == access


def test_it_decides_while_it_lasts() -> None:
    access = replace(RULED, override=WHOLE)

    assert (access.role_id, access.role_outcome) == (MANAGER, Outcome.OVERRIDDEN)
    assert access.group_ids == (VIP, EVERYBODY)
    assert access.at(OVERRIDE.expires_at - timedelta(microseconds=1)) == access
    assert access.at(OVERRIDE.expires_at) == RULED
    assert RULED.at(OVERRIDE.expires_at) is RULED


def test_one_that_only_withholds() -> None:
    access = replace(RULED, override=replace(OVERRIDE, removed=(NORTH,)))

    assert (access.role_id, access.group_ids) == (AGENT, (VIP,))
    assert [decision.outcome for decision in access.group_decisions] == [Outcome.OVERRIDDEN, Outcome.OVERRIDDEN]


def test_it_is_explained() -> None:
    access = replace(resolve("Foo", "south-vip", mapping(), previous=None), override=WHOLE)

    explained = explain(access, mapping(), status=Standing.ACTIVE, names=Names("Ana", ROLE_NAMES, GROUP_NAMES))

    assert explained.summary == (
        f"Ana has role Property Manager and employee groups South, VIP and Everybody, by an override {UNTIL}; "
        "no rule for “Foo” (mapping version 4)."
    )
    assert explained.role.sentence == (
        f"an override gives role Property Manager {UNTIL}; without it: title “Foo” matches no rule; "
        "policy ASSIGN_NONE leaves Ana without a role (mapping version 4)"
    )
    assert [(group.outcome, group.sentence) for group in explained.groups] == [
        (Outcome.MAPPED, "userType part “south” matches the rule “south” → employee group South (mapping version 4)"),
        (
            Outcome.OVERRIDDEN,
            (
                "userType part “vip” matches the rule “vip” → employee groups VIP and North (mapping version 4); "
                f"an override withholds employee group North {UNTIL}"
            ),
        ),
        (Outcome.OVERRIDDEN, f"an override adds employee group Everybody {UNTIL}"),
    ]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (Standing.NOT_CREATED, "was not provisioned yet"),
        (Standing.NOT_RECORDED, "existed, but what access followed is not recorded: the record begins later"),
    ],
)
def test_of_a_time_without_a_record_nothing_is_claimed(status: Standing, sentence: str) -> None:
    explained = explain(RULED, mapping(), status=status, as_of=OVERRIDE.set_at)

    assert explained.summary == f"At 2026-11-01T00:00:00.000Z: The user {sentence}."
    assert {explained.role.sentence, *(group.sentence for group in explained.groups)} == {f"The user {sentence}"}
    unknown = Outcome.UNKNOWN if status is Standing.NOT_RECORDED else Outcome.INACTIVE
    assert {explained.role.outcome, *(group.outcome for group in explained.groups)} == {unknown}


def test_the_history_shows_keys_and_not_the_reason() -> None:
    assert WHOLE.shown(mapping()) == {
        "role": "property-manager",
        "groupsAdded": ["everybody"],
        "groupsRemoved": ["north"],
        "expiresAt": "2026-12-01T00:00:00.000Z",
    }
    assert OVERRIDE.shown(mapping())["role"] is None


def test_values_without_a_rule() -> None:
    access = resolve("Foo", "north-Bar- ", mapping(), previous=None)

    assert list(unmapped_values(access)) == [
        UnmappedValue(MappingKind.ROLE, "foo", "Foo"),
        UnmappedValue(MappingKind.GROUP, "bar", "Bar"),
    ]
    assert list(unmapped_values(resolve(None, "south", mapping(), previous=None))) == []
    assert SOUTH in resolve(None, "south", mapping(), previous=None).group_ids
