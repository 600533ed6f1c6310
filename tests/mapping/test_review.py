"""What deserves a second look in a proposed mapping."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from tests.mapping.samples import AGENT, MANAGER, NORTH, SOUTH, VIP, mapping

from gatehouse.mapping.edit import Draft, set_role_rule
from gatehouse.mapping.findings import Finding, FindingCode, Severity
from gatehouse.mapping.merge import RuleLines
from gatehouse.mapping.reading import Word, read_document
from gatehouse.mapping.review import Values, gains_and_losses, review
from gatehouse.mapping.rules import Mapping
from gatehouse.mapping.syntax import DocumentFormat
from gatehouse.mapping.tree import Place

NEW = UUID(int=900)
BEFORE = mapping({"Agent": AGENT}, {"north": (NORTH,), "south": (SOUTH,)})


def proposed(*, segments: dict[str, tuple[UUID, ...]], titles: tuple[str, ...] = (), **settings: Any) -> Mapping:
    draft = Draft(BEFORE)
    for value, groups in segments.items():
        draft.set_group_rule(value, groups, None, new_id=NEW)
    for value in titles:
        draft.set_role_rule(value, AGENT, None, new_id=NEW)
    draft.set_settings(replace(BEFORE.settings, **settings))
    return draft.result()


@pytest.mark.parametrize(
    ("_case", "change", "user_types", "found"),
    [
        ("a segment that users have", {"segments": {"vip": (VIP,)}}, {"north-vip"}, []),
        (
            "a segment that nobody has",
            {"segments": {"vip": (VIP,)}},
            {"north"},
            [("INFO", "RULE_MATCHES_NOBODY", "no user has the segment “vip” now")],
        ),
        (
            "a whole value that somebody has",
            {"segments": {"North-South": (VIP,)}},
            {"north-south", "north", "south"},
            [
                (
                    "INFO",
                    "SEGMENT_HAS_DELIMITER",
                    "the value “North-South” contains the delimiter “-”: it applies to users whose whole value this is",
                )
            ],
        ),
        (
            "a whole value that nobody has",
            {"segments": {"north-vip": (VIP,)}},
            {"vip-north"},
            [
                (
                    "WARNING",
                    "SEGMENT_HAS_DELIMITER",
                    (
                        "the value “north-vip” contains the delimiter “-”: it applies to whole values only,"
                        " and no user has this one"
                    ),
                )
            ],
        ),
        (
            "a segment behind a rule for the whole value",
            {"segments": {"north-vip": (VIP,), "vip": (VIP,)}},
            {"north-vip", "north", "south"},
            [
                (
                    "INFO",
                    "SEGMENT_HAS_DELIMITER",
                    "the value “north-vip” contains the delimiter “-”: it applies to users whose whole value this is",
                ),
                (
                    "WARNING",
                    "RULE_NEVER_MATCHES",
                    (
                        "the rule for “vip” is never asked: a rule for the whole value “north-vip” decides wherever it"
                        " occurs"
                    ),
                ),
            ],
        ),
        (
            "a new rule for a whole value silences an old one",
            {"segments": {"north-x": (VIP,)}},
            {"north-x", "south"},
            [
                (
                    "INFO",
                    "SEGMENT_HAS_DELIMITER",
                    "the value “north-x” contains the delimiter “-”: it applies to users whose whole value this is",
                ),
                (
                    "WARNING",
                    "RULE_NEVER_MATCHES",
                    (
                        "the rule for “north” is never asked: a rule for the whole value “north-x” decides wherever it"
                        " occurs"
                    ),
                ),
            ],
        ),
        (
            "another delimiter",
            {"segments": {}, "delimiter": "/"},
            {"north-south", "north/south", "north", "south"},
            [
                (
                    "WARNING",
                    "DELIMITER_RESPLITS",
                    "with “/” in place of “-” 2 values (“north-south”, “north/south”) would be split otherwise",
                )
            ],
        ),
        ("another delimiter that nobody has", {"segments": {}, "delimiter": "/"}, {"north", "south"}, []),
    ],
)
def test_group_rules(
    _case: str, change: dict[str, Any], user_types: set[str], found: list[tuple[str, str, str]]
) -> None:
    values = Values(titles=frozenset({"agent"}), user_types=frozenset(user_types))

    findings = review(BEFORE, proposed(**change), RuleLines(), values)

    assert [(f.severity, f.code, f.message) for f in findings] == found


def test_titles() -> None:
    after = proposed(segments={}, titles=("Boss", "Pilot"))

    findings = review(BEFORE, after, RuleLines(), Values(frozenset({"pilot"}), frozenset({"north", "south"})))

    assert findings == (Finding(Severity.INFO, FindingCode.RULE_MATCHES_NOBODY, "no user has the value “Boss” now"),)


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert review(BEFORE, proposed(segments={"vip": (VIP,)}, titles=("Boss",)), RuleLines(), Values()) == ()


def test_findings_point_at_the_document() -> None:
    text = 'settings: {delimiter: "/"}\nroleRules:\n- {title: Boss, role: leasing-agent}\n'
    document, _ = read_document(text, DocumentFormat.YAML)
    assert document.role_rules
    lines = RuleLines(role_rules={"boss": document.role_rules[0].title}, settings=document.settings.places)
    values = Values(frozenset(), frozenset({"north", "south", "a-b"}))

    findings = review(BEFORE, proposed(segments={}, titles=("Boss",), delimiter="/"), lines, values)

    assert [(f.code, f.path, f.line) for f in findings] == [
        (FindingCode.DELIMITER_RESPLITS, "settings.delimiter", 1),
        (FindingCode.RULE_MATCHES_NOBODY, "roleRules[0].title", 3),
    ]


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ((0, 0, 0), []),
        (
            (1, 2, 3),
            [
                ("WARNING", "1 user would gain a privileged role: a, b, c, d, e and 1 more"),
                ("INFO", "2 users would lose a privileged role"),
                ("WARNING", "3 users would come to have a value without a rule"),
            ],
        ),
    ],
)
def test_people(counts: tuple[int, int, int], found: list[tuple[str, str]]) -> None:
    gain, lose, unmapped = counts

    findings = gains_and_losses(
        gain_privileged=gain, lose_privileged=lose, become_unmapped=unmapped, roles_gained=list("fedcba")
    )

    assert [(finding.severity, finding.message) for finding in findings] == found


def test_a_new_rule_that_is_a_slip_of_typing_away_from_another() -> None:
    lines = RuleLines(role_rules={"agnet": Word("Agnet", "roleRules[0].title", Place(3, 9))})

    findings = review(BEFORE, proposed(segments={"Nrth": (VIP,)}, titles=("Agnet",)), lines, Values())

    assert findings == (
        Finding(
            Severity.WARNING,
            FindingCode.NEAR_DUPLICATE,
            "the value “Agnet” is spelled almost like that of another rule: “Agent”",
            "roleRules[0].title",
            3,
            9,
        ),
        Finding(
            Severity.WARNING,
            FindingCode.NEAR_DUPLICATE,
            "the value “Nrth” is spelled almost like that of another rule: “north”",
        ),
    )


def test_a_slip_that_users_have_is_meant() -> None:
    before = mapping({"Agent": AGENT}, {"north": (NORTH,)})
    draft = Draft(before)
    draft.set_role_rule("Agnet", MANAGER, None, new_id=NEW)
    draft.set_group_rule("Nrth", (NORTH,), None, new_id=NEW)

    values = Values(titles=frozenset({"agnet"}), user_types=frozenset({"nrth-x"}))
    assert review(before, draft.result(), RuleLines(), values) == ()


def test_a_rule_that_was_there_is_no_news() -> None:
    before = mapping({"Agent": AGENT, "Agnet": AGENT}, {})

    assert (
        review(
            before, set_role_rule(before, value="Agnet", role_id=MANAGER, note=None, new_id=NEW), RuleLines(), Values()
        )
        == ()
    )


def test_too_many_pairs_are_not_compared() -> None:
    before = mapping({f"title {number:04}": AGENT for number in range(1_000)}, {})
    draft = Draft(before)
    for number in range(1_001):
        draft.set_role_rule(f"titles {number:04}", AGENT, None, new_id=NEW)

    assert review(before, draft.result(), RuleLines(), Values()) == ()
