"""What looks alike: suggestions for unmapped values, and slips of typing."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st
from tests.mapping.samples import AGENT, GROUP_NAMES, MANAGER, NORTH, REGIONAL, ROLE_NAMES, SOUTH, VIP, mapping

from gatehouse.mapping.rules import MappingKind, normalise
from gatehouse.mapping.similar import LEAST_SCORE, MAX_SUGGESTIONS, Suggestion, near_duplicates, suggest


@pytest.mark.parametrize(
    ("_case", "value", "best", "reason"),
    [
        ("a letter swapped", "Leasing Agnet", AGENT, "resembles the rule “leasing agent”"),
        ("words swapped", "MANAGER, property", MANAGER, "resembles the rule “property manager”"),
        ("one word of two", "Regional", REGIONAL, "resembles the name of the role “Regional Manager”"),
        ("more words", "Senior Leasing Agent", AGENT, "resembles the rule “leasing agent”"),
    ],
)
def test_the_best_suggestion_for_a_title(_case: str, value: str, best: object, reason: str) -> None:
    found = suggest(value, MappingKind.ROLE, mapping(), ROLE_NAMES)

    assert (found[0].role_id, found[0].reason, found[0].group_ids) == (best, reason, ())
    assert found[0].label == ROLE_NAMES[best]  # type: ignore[index]


def test_suggestions_for_a_segment_are_the_groups_of_rules_and_single_groups() -> None:
    found = suggest("north-wes", MappingKind.GROUP, mapping(), GROUP_NAMES)

    assert found[0] == Suggestion(
        "South, VIP", 0.947, "resembles the rule “north-west”", role_id=None, group_ids=(SOUTH, VIP)
    )
    assert [suggestion.group_ids for suggestion in found[1:]] == [(NORTH,)]


def test_what_resembles_nothing_has_no_suggestion() -> None:
    assert suggest("Zyx", MappingKind.ROLE, mapping(), ROLE_NAMES) == ()


def test_archived_targets_are_not_suggested() -> None:
    names = {role_id: name for role_id, name in ROLE_NAMES.items() if role_id != AGENT}
    groups = {group_id: name for group_id, name in GROUP_NAMES.items() if group_id != VIP}

    assert all(s.role_id != AGENT for s in suggest("Leasing Agent", MappingKind.ROLE, mapping(), names))
    assert all(VIP not in s.group_ids for s in suggest("north-west", MappingKind.GROUP, mapping(), groups))


@given(st.text(max_size=40), st.sampled_from(MappingKind))
def test_suggestions_are_ranked_and_few(value: str, kind: MappingKind) -> None:
    found = suggest(value, kind, mapping(), ROLE_NAMES if kind is MappingKind.ROLE else GROUP_NAMES)

    scores = [suggestion.score for suggestion in found]
    assert scores == sorted(scores, reverse=True)
    assert all(LEAST_SCORE <= score <= 1 for score in scores)
    assert len(found) <= MAX_SUGGESTIONS
    assert len({suggestion.role_id or suggestion.group_ids for suggestion in found}) == len(found)


@pytest.mark.parametrize(
    ("_case", "value", "known", "near"),
    [
        ("letter missing", "Leasing Agnt", ["Leasing Agent"], ("Leasing Agent",)),
        ("letters swapped", "Leasing Agnet", ["Leasing Agent"], ("Leasing Agent",)),
        ("letter more", "Agentt", ["Agent"], ("Agent",)),
        ("two slips in a long value", "Laesing Agnet", ["Leasing Agent"], ("Leasing Agent",)),
        ("two slips in a short value", "Aegtn", ["Agent"], ()),
        ("nearest first", "Leasing Agents", ["Leasing Agnest", "Leasing  AGENT"], ("Leasing  AGENT", "Leasing Agnest")),
        ("the same", " leasing  agent", ["Leasing Agent"], ()),
        ("too short to tell", "VP", ["VIP", "MP"], ()),
        ("another word", "Porter", ["Agent"], ()),
        ("blank", " ", ["a"], ()),
        ("none known", "Agent", [], ()),
    ],
)
def test_near_duplicates(_case: str, value: str, known: list[str], near: tuple[str, ...]) -> None:
    assert near_duplicates(normalise(value), [normalise(text) for text in known]) == tuple(map(normalise, near))
