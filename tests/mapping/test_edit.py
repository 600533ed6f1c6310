"""Changes to a mapping as values, their canonical text, and whom they can touch."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from tests.mapping.samples import AGENT, EVERYBODY, MANAGER, NORTH, REGIONAL, SOUTH, VALUES, VIP, mapping, mappings

from gatehouse.errors import InvalidValue, NotFound
from gatehouse.mapping import edit
from gatehouse.mapping.document import digest, to_document
from gatehouse.mapping.edit import Touched, touched
from gatehouse.mapping.resolve import resolve
from gatehouse.mapping.rules import Mapping, Policy, RoleRule, normalise, segments

NEW = UUID(int=999)


def test_a_new_role_rule_takes_its_place() -> None:
    after = edit.set_role_rule(mapping(), value="Maintenance", role_id=REGIONAL, note="asked by Ben", new_id=NEW)

    assert after.version == 5
    assert [rule.value for rule in after.role_rules] == ["leasing agent", "Maintenance", "property manager"]
    assert after.role_rules[1] == RoleRule(NEW, "Maintenance", REGIONAL, "asked by Ben", since_version=5)
    assert after.group_rules == mapping().group_rules


@pytest.mark.parametrize(
    ("_case", "value", "role_id", "note", "since_version"),
    [
        ("another role", "leasing agent", MANAGER, None, 5),
        ("another note", "leasing agent", AGENT, "why", 1),
        ("another spelling", " Leasing  Agent", AGENT, None, 1),
    ],
)
def test_a_role_rule_keeps_its_id(_case: str, value: str, role_id: UUID, note: str | None, since_version: int) -> None:
    after = edit.set_role_rule(mapping(), value=value, role_id=role_id, note=note, new_id=NEW)

    assert after.role_rule_by_value["leasing agent"] == RoleRule(UUID(int=100), value, role_id, note, since_version)
    assert (after.version, len(after.role_rules)) == (5, 2)


def test_a_group_rule_keeps_its_id() -> None:
    after = edit.set_group_rule(mapping(), value="VIP", group_ids=(VIP, VIP, EVERYBODY), note=None, new_id=NEW)

    rule = after.group_rule_by_value["vip"]
    assert (rule.id, rule.value, rule.group_ids, rule.since_version) == (UUID(int=202), "VIP", (VIP, EVERYBODY), 5)


def test_what_changes_nothing_makes_no_version() -> None:
    before = mapping()

    assert edit.set_role_rule(before, value="leasing agent", role_id=AGENT, note=None, new_id=NEW) is before
    assert edit.set_group_rule(before, value="vip", group_ids=(VIP, NORTH), note=None, new_id=NEW) is before
    assert edit.set_settings(before, replace(before.settings)) is before


def test_removing() -> None:
    without_role = edit.remove_role_rule(mapping(), "LEASING  agent")
    without_group = edit.remove_group_rule(mapping(), "Vip ")

    assert [rule.value for rule in without_role.role_rules] == ["property manager"]
    assert [rule.value for rule in without_group.group_rules] == ["north", "north-west", "south"]
    with pytest.raises(NotFound):
        edit.remove_role_rule(without_role, "leasing agent")
    with pytest.raises(NotFound):
        edit.remove_group_rule(without_group, "vip")


@pytest.mark.parametrize(
    ("_case", "value", "note", "path"),
    [
        ("empty", "", None, "titleValue"),
        ("blank", " \t\N{NO-BREAK SPACE}", None, "titleValue"),
        ("too long", "x" * 1_025, None, "titleValue"),
        ("NUL", "a\0b", None, "titleValue"),
        ("lone surrogate", "a\ud800", None, "titleValue"),
        ("note too long", "a", "x" * 1_025, "note"),
        ("NUL in the note", "a", "\0", "note"),
    ],
)
def test_bad_values(_case: str, value: str, note: str | None, path: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        edit.set_role_rule(mapping(), value=value, role_id=AGENT, note=note, new_id=NEW)
    assert refused.value.path == path

    with pytest.raises(InvalidValue) as refused:
        edit.set_group_rule(mapping(), value=value, group_ids=(VIP,), note=note, new_id=NEW)
    assert refused.value.path == path.replace("titleValue", "segmentValue")


def test_a_value_of_1024_characters() -> None:
    after = edit.set_role_rule(mapping(), value="x" * 1_024, role_id=AGENT, note="n" * 1_024, new_id=NEW)

    assert len(after.role_rules) == 3


def test_a_group_rule_needs_a_group() -> None:
    with pytest.raises(InvalidValue) as refused:
        edit.set_group_rule(mapping(), value="vip", group_ids=(), note=None, new_id=NEW)

    assert refused.value.path == "groupKeys"


@pytest.mark.parametrize(
    ("_case", "settings", "path"),
    [
        ("no delimiter", {"delimiter": ""}, "delimiter"),
        ("nine characters", {"delimiter": "---------"}, "delimiter"),
        ("NUL", {"delimiter": "\0"}, "delimiter"),
        ("no default role, unmapped", {"unmapped_title": Policy.USE_DEFAULT}, "defaultRoleKey"),
        ("no default role, empty", {"empty_title": Policy.USE_DEFAULT}, "defaultRoleKey"),
        ("no default groups", {"unmapped_group": Policy.USE_DEFAULT}, "defaultGroupKeys"),
    ],
)
def test_bad_settings(_case: str, settings: dict[str, str], path: str) -> None:
    before = mapping()

    with pytest.raises(InvalidValue) as refused:
        edit.set_settings(before, replace(before.settings, **settings))
    assert refused.value.path == path


@pytest.mark.parametrize("delimiter", ["-", " ", ".*", "12345678", "→"])
def test_good_delimiters(delimiter: str) -> None:
    before = mapping(delimiter="/")

    assert edit.set_settings(before, replace(before.settings, delimiter=delimiter)).settings.delimiter == delimiter


def test_touched() -> None:
    before = mapping()

    assert touched(before, before) == Touched(everybody=False)
    assert touched(before, edit.remove_role_rule(before, "Leasing Agent")) == Touched(
        everybody=False, titles=frozenset({"leasing agent"})
    )
    assert touched(
        before, edit.set_group_rule(before, value="NEW", group_ids=(VIP,), note=None, new_id=NEW)
    ) == Touched(everybody=False, segments=frozenset({"new"}))
    assert touched(before, edit.set_settings(before, replace(before.settings, delimiter="/"))) == Touched(
        everybody=True
    )
    only_a_note = edit.set_role_rule(before, value="Leasing Agent", role_id=AGENT, note="x", new_id=NEW)
    assert touched(before, only_a_note) == Touched(everybody=False)


@given(VALUES, VALUES, mappings(), mappings())
def test_whoever_is_not_touched_keeps_everything(
    title: str | None, user_type: str | None, before: Mapping, other: Mapping
) -> None:
    after = replace(other, settings=before.settings)
    reach = touched(before, after)
    pieces = {normalise(piece) for piece in segments(user_type or "", after.settings.delimiter)}

    access = resolve(title, user_type, before, previous=None, refuse=False)
    if normalise(title or "") not in reach.titles and not reach.segments & {normalise(user_type or ""), *pieces}:
        assert resolve(title, user_type, after, previous=access, refuse=False) == access


def test_document() -> None:
    rules = mapping(
        {"B title": MANAGER, "a title": AGENT}, {"x": (VIP, NORTH)}, default_role_id=AGENT, default_group_ids=(SOUTH,)
    )

    assert json.loads(to_document(rules)) == {
        "settings": {
            "delimiter": "-",
            "roleAttribute": "title",
            "groupAttribute": "userType",
            "emptyTitle": "ASSIGN_NONE",
            "unmappedTitle": "ASSIGN_NONE",
            "unmappedGroup": "ASSIGN_NONE",
            "defaultRole": "leasing-agent",
            "defaultGroups": ["south"],
        },
        "roleRules": [
            {"title": "a title", "role": "leasing-agent"},
            {"title": "B title", "role": "property-manager"},
        ],
        "groupRules": [{"segment": "x", "groups": ["vip", "north"]}],
    }


def test_equal_mappings_have_equal_documents() -> None:
    before = mapping()
    changed = edit.set_role_rule(before, value="Foo", role_id=AGENT, note="n", new_id=NEW)
    back = edit.remove_role_rule(changed, "foo")
    shuffled = replace(before, role_rules=before.role_rules[::-1], group_rules=before.group_rules[::-1])

    assert to_document(changed) != to_document(before)
    assert '"note": "n"' in to_document(changed)
    assert to_document(back) == to_document(before) == to_document(shuffled)
    assert digest(to_document(back)) == digest(to_document(before))
    assert digest("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
