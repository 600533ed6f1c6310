"""Rules that a value nearly matches."""

from __future__ import annotations

import pytest
from tests.mapping.samples import AGENT, MANAGER, REGIONAL, mapping

from gatehouse.mapping.near import SHOWN, near_misses

RULES = mapping({"leasing agent": AGENT, "property manager": MANAGER, "agent": REGIONAL}).role_rules


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, []),
        ("  ", []),
        ("zzz", []),
        (
            "Agent  Leasing",
            [
                ("leasing agent", 0.98, "the rule “leasing agent” looks alike (98%)"),
                ("agent", 0.85, "the rule “agent” looks alike (85%)"),
            ],
        ),
        ("Leasing Agnt", [("leasing agent", 0.96, "the rule “leasing agent” looks alike (96%)")]),
        ("manager", [("property manager", 0.85, "the rule “property manager” looks alike (85%)")]),
        ("leasing agent", [("agent", 0.85, "the rule “agent” looks alike (85%)")]),
    ],
)
def test_near_misses(value: str | None, expected: list[tuple[str, float, str]]) -> None:
    assert [(near.rule.value, near.similarity, near.reason) for near in near_misses(value, RULES)] == expected


def test_only_the_nearest_are_shown() -> None:
    rules = mapping({f"aaaa{number}": AGENT for number in range(9)}).role_rules

    assert [near.rule.value for near in near_misses("aaaa", rules)] == ["aaaa0", "aaaa1", "aaaa2"][:SHOWN]
