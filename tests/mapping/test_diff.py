"""The difference of two mappings: equal ones have none, and the text names every one."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from tests.mapping.samples import AGENT, MANAGER, NORTH, SOUTH, VIP, mapping, mappings

from gatehouse.mapping import edit
from gatehouse.mapping.diff import MappingDiff, RuleChange, diff
from gatehouse.mapping.document import to_document
from gatehouse.mapping.rules import Mapping, MappingKind
from gatehouse.records import Change

NEW = UUID(int=900)


def compare(before: Mapping, after: Mapping) -> MappingDiff:
    return diff(to_document(before), to_document(after))


def test_every_kind_of_change() -> None:
    before = mapping({"Agent": AGENT, "Gone": AGENT, "Noted": AGENT}, {"north": (NORTH,), "vip": (VIP,)})
    draft = edit.Draft(before)
    draft.set_role_rule("AGENT", MANAGER, "spring", new_id=NEW)
    draft.remove_role_rule("gone")
    draft.set_role_rule("Noted", AGENT, "why", new_id=NEW)
    draft.set_role_rule('New\n- "Forged', AGENT, None, new_id=NEW)
    draft.set_group_rule("north", (SOUTH, NORTH), None, new_id=NEW)
    draft.set_settings(replace(before.settings, delimiter="/", default_role_id=AGENT))

    found = compare(before, draft.result())

    assert [change.key for change in found.added] == ['new - "forged']
    assert [change.key for change in found.removed] == ["gone"]
    assert [(change.kind, change.key) for change in found.changed] == [
        (MappingKind.ROLE, "agent"),
        (MappingKind.ROLE, "noted"),
        (MappingKind.GROUP, "north"),
    ]
    assert found.changed[2] == RuleChange(
        MappingKind.GROUP,
        "north",
        {"segment": "north", "groups": ["north"]},
        {"segment": "north", "groups": ["south", "north"]},
    )
    assert found.settings == (
        Change("settings.delimiter", "-", "/"),
        Change("settings.defaultRole", None, "leasing-agent"),
    )
    assert found.text.split("\n") == [
        "settings",
        '~ delimiter: "-" → "/"',
        '~ defaultRole: none → "leasing-agent"',
        "role rules",
        '~ "AGENT": leasing-agent → property-manager (spelt "Agent" before); note none → "spring"',
        '- "Gone" → leasing-agent',
        '+ "New\\n- \\"Forged" → leasing-agent',
        '~ "Noted": leasing-agent; note none → "why"',
        "group rules",
        '~ "north": north → south, north',
    ]


def test_notes_and_defaults_are_shown() -> None:
    before = mapping({}, {})
    draft = edit.Draft(before)
    draft.set_role_rule("Agent", AGENT, "asked by Ben", new_id=NEW)
    draft.set_settings(replace(before.settings, default_group_ids=(NORTH, VIP)))

    assert compare(before, draft.result()).text.split("\n") == [
        "settings",
        "~ defaultGroups: none → north, vip",
        "role rules",
        '+ "Agent" → leasing-agent  # "asked by Ben"',
    ]


def test_rules_alone() -> None:
    before = mapping({}, {})
    draft = edit.Draft(before)
    draft.set_role_rule("Agent", AGENT, None, new_id=NEW)

    assert compare(before, draft.result()).text == 'role rules\n+ "Agent" → leasing-agent'
    assert not compare(before, draft.result()).is_empty
    assert compare(before, before).is_empty


@given(mappings(), mappings())
def test_a_difference_is_one_exactly_when_documents_differ(before: Mapping, after: Mapping) -> None:
    there, back = compare(before, after), compare(after, before)

    assert there.is_empty == (to_document(before) == to_document(after)) == (there.text == "")
    assert (len(there.added), len(there.removed), len(there.changed)) == (
        len(back.removed),
        len(back.added),
        len(back.changed),
    )
