"""What a document makes of a mapping: kept, replaced, pruned, refused."""

from __future__ import annotations

import pytest
from tests.mapping.documents import SampleVocabulary, new_ids
from tests.mapping.samples import AGENT, MANAGER, NORTH, SOUTH, VIP, mapping

from gatehouse.mapping.findings import Finding, FindingCode, Severity
from gatehouse.mapping.merge import Merged, merge
from gatehouse.mapping.reading import read_document
from gatehouse.mapping.rules import Mapping, Policy
from gatehouse.mapping.syntax import DocumentFormat

TWO_RULES = """\
roleRules:
- {title: " Leasing  AGENT", role: property-manager, note: asked by Ben}
- {title: Porter, role: leasing-agent}
groupRules:
- {segment: vip, groups: [vip, vip]}
"""


def test_absent_rules_stay_without_prune() -> None:
    merged = _merge(TWO_RULES, prune=False)

    after = merged.after
    assert merged.findings == ()
    assert after.version == 5
    assert [(r.value, r.role_id, r.note, r.id.int, r.since_version) for r in after.role_rules] == [
        (" Leasing  AGENT", MANAGER, "asked by Ben", 100, 5),
        ("Porter", AGENT, None, 901, 5),
        ("property manager", MANAGER, None, 101, 1),
    ]
    assert [(r.value, r.group_ids) for r in after.group_rules] == [
        ("north", (NORTH,)),
        ("north-west", (SOUTH, VIP)),
        ("south", (SOUTH,)),
        ("vip", (VIP,)),
    ]


def test_absent_rules_go_with_prune() -> None:
    merged = _merge(TWO_RULES, prune=True)

    assert merged.findings == ()
    assert [rule.value for rule in merged.after.role_rules] == [" Leasing  AGENT", "Porter"]
    assert [rule.value for rule in merged.after.group_rules] == ["vip"]


def test_lines_of_rules() -> None:
    lines = _merge(TWO_RULES + "settings:\n  delimiter: /\n").lines

    assert {value: word.place.line for value, word in lines.role_rules.items()} == {"leasing agent": 2, "porter": 3}
    assert {value: word.place.line for value, word in lines.group_rules.items()} == {"vip": 5}
    assert {name: word.place.line for name, word in lines.settings.items()} == {"delimiter": 7}


def test_a_missing_section_is_pruned_with_a_warning() -> None:
    merged = _merge("groupRules: []", prune=True)

    assert merged.findings == (
        Finding(
            Severity.WARNING,
            FindingCode.SECTION_MISSING,
            "the document has no roleRules, and pruning removes all 2 rules of it",
            "roleRules",
        ),
    )
    assert (merged.after.role_rules, merged.after.group_rules, merged.after.version) == ((), (), 5)


def test_absent_settings_stay_whether_pruned_or_not() -> None:
    base = mapping(unmapped_title=Policy.KEEP_PREVIOUS, default_role_id=AGENT)
    for prune in (False, True):
        after = _merge("settings: {delimiter: /, defaultGroups: [vip]}", base, prune=prune).after

        assert after.settings.delimiter == "/"
        assert after.settings.unmapped_title is Policy.KEEP_PREVIOUS
        assert (after.settings.default_role_id, after.settings.default_group_ids) == (AGENT, (VIP,))


def test_taking_the_default_role_away() -> None:
    assert (
        _merge("settings: {defaultRole: null}", mapping(default_role_id=AGENT)).after.settings.default_role_id is None
    )


def test_what_changes_nothing_is_the_base_itself() -> None:
    base = mapping()

    assert _merge("{}", base).after is base
    assert _merge("roleRules: [{title: leasing agent, role: leasing-agent}]", base).after is base


@pytest.mark.parametrize(
    ("_case", "text", "code", "path", "line", "says"),
    [
        (
            "unknown role",
            "roleRules:\n- {title: a, role: x}",
            "UNKNOWN_ROLE",
            "roleRules[0].role",
            2,
            'no role has the key "x" (Known keys: leasing-agent, property-manager, regional-manager.)',
        ),
        (
            "archived role",
            "roleRules:\n- {title: a, role: archived-role}",
            "UNKNOWN_ROLE",
            "roleRules[0].role",
            2,
            'role "archived-role" is archived',
        ),
        (
            "unknown group",
            "groupRules:\n- segment: a\n  groups:\n  - vip\n  - x",
            "UNKNOWN_GROUP",
            "groupRules[0].groups[1]",
            5,
            'no employee group has the key "x" (Known keys: north, south, vip, everybody.)',
        ),
        (
            "no groups",
            "groupRules:\n- segment: a\n  groups: []",
            "INVALID_VALUE",
            "groupRules[0].groups",
            3,
            "a group rule needs at least one employee group",
        ),
        (
            "blank",
            "roleRules:\n- {title: ' ', role: leasing-agent}",
            "INVALID_VALUE",
            "roleRules[0].title",
            2,
            "the value is blank; blank values are for the policies",
        ),
        (
            "long note",
            "roleRules:\n- title: a\n  role: leasing-agent\n  note: " + "x" * 1_025,
            "INVALID_VALUE",
            "roleRules[0].note",
            4,
            "the note has 1025 characters; at most 1024 are allowed",
        ),
        (
            "same value after normalisation",
            "roleRules:\n- {title: A  B, role: leasing-agent}\n- {title: a b , role: leasing-agent}",
            "DUPLICATE_RULE",
            "roleRules[1].title",
            3,
            "line 2 has a rule for this value already: “A  B”",
        ),
        (
            "same segment after normalisation",
            "groupRules:\n- {segment: North, groups: [north]}\n- {segment: ' north', groups: [south]}",
            "DUPLICATE_RULE",
            "groupRules[1].segment",
            3,
            "line 2 has a rule for this value already: “North”",
        ),
        (
            "delimiter",
            "settings:\n  delimiter: ''",
            "INVALID_VALUE",
            "settings.delimiter",
            2,
            "the delimiter must have 1 to 8 characters",
        ),
        (
            "attribute",
            "settings:\n  roleAttribute: emails",
            "INVALID_VALUE",
            "settings.roleAttribute",
            2,
            '"emails" is not a single-valued string attribute of User',
        ),
        (
            "default without a role",
            "settings:\n  emptyTitle: USE_DEFAULT",
            "INVALID_VALUE",
            "settings.emptyTitle",
            2,
            "policy USE_DEFAULT for titles needs a default role",
        ),
        (
            "default without groups",
            "settings:\n  unmappedGroup: USE_DEFAULT\n  defaultGroups: []",
            "INVALID_VALUE",
            "settings.defaultGroups",
            3,
            "policy USE_DEFAULT for groups needs default groups",
        ),
        (
            "unknown default",
            "settings:\n  unmappedTitle: USE_DEFAULT\n  defaultRole: x",
            "UNKNOWN_ROLE",
            "settings.defaultRole",
            3,
            'no role has the key "x" (Known keys: leasing-agent, property-manager, regional-manager.)',
        ),
    ],
)
def test_refused(_case: str, text: str, code: str, path: str, line: int, says: str) -> None:
    base = mapping()
    merged = _merge(text, base)

    assert [(f.severity, f.code, f.path, f.line, f.message) for f in merged.findings] == [
        ("ERROR", code, path, line, says)
    ]
    assert merged.after is base


def test_faults_of_form_and_of_meaning_come_together() -> None:
    merged = _merge("roleRules:\n- {title: a, role: x}\n- {title: 1, role: x}\n- {title: b, role: y}")

    assert [(f.line, f.code) for f in merged.findings] == [
        (2, FindingCode.UNKNOWN_ROLE),
        (3, FindingCode.WRONG_TYPE),
        (4, FindingCode.UNKNOWN_ROLE),
    ]


def _merge(text: str, base: Mapping | None = None, *, prune: bool = False) -> Merged:
    document, faults = read_document(text, DocumentFormat.YAML)
    return merge(
        base or mapping(), document, prune=prune, vocabulary=SampleVocabulary(), new_id=new_ids(), faults=faults
    )
