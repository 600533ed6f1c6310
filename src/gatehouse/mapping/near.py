"""Which rules does a value nearly match? For whoever wonders why it matched none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from gatehouse.mapping.rules import GroupRule, RoleRule, normalise
from gatehouse.mapping.similar import scores

R = TypeVar("R", bound=RoleRule | GroupRule)

SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Near(Generic[R]):
    """A rule that a value nearly matches; ``similarity`` is 0 to 1, as of a suggestion for an unmapped value."""

    rule: R
    similarity: float
    reason: str


def near_misses(value: str | None, rules: Sequence[R]) -> tuple[Near[R], ...]:
    """The rules whose values look most like this one, the likeliest first; none for a blank value."""
    wanted = normalise(value or "")
    if not wanted:
        return ()
    found = [
        Near(rules[index], score, f"the rule “{rules[index].value}” looks alike ({score:.0%})")
        for index, score in scores(wanted, [normalise(rule.value) for rule in rules]).items()
        if normalise(rules[index].value) != wanted
    ]
    return tuple(sorted(found, key=lambda near: (-near.similarity, normalise(near.rule.value)))[:SHOWN])
