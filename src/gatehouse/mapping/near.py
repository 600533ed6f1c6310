"""Which rules does a value nearly match? For whoever wonders why it matched none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Generic, TypeVar

from gatehouse.mapping.rules import GroupRule, RoleRule, normalise

R = TypeVar("R", bound=RoleRule | GroupRule)

SHOWN: Final = 3
_ALIKE: Final = 0.75  # of 1.0
_SAME_WORDS: Final = 0.99
_COMPARED: Final = 2_000  # rules; more would take long, and no list of near misses is worth that


@dataclass(frozen=True, slots=True)
class Near(Generic[R]):
    """A rule that a value nearly matches; ``similarity`` from 0 to 1, which only an equal value has."""

    rule: R
    similarity: float
    reason: str


def near_misses(value: str | None, rules: Iterable[R]) -> tuple[Near[R], ...]:
    """The rules whose values look most like this one, the likeliest first.

    Compared as rules compare: case and blanks do not count. The same words in another order are near too, and so is a
    value that has all the words of the other.
    """
    wanted = normalise(value or "")
    if not wanted:
        return ()
    found = [near for rule in list(rules)[:_COMPARED] if (near := _near(wanted, rule))]
    return tuple(sorted(found, key=lambda near: (-near.similarity, normalise(near.rule.value)))[:SHOWN])


def _near(wanted: str, rule: R) -> Near[R] | None:
    known = normalise(rule.value)
    words, others = set(wanted.split()), set(known.split())
    if known == wanted:
        return None
    if words == others:
        return Near(rule, _SAME_WORDS, f"the rule “{rule.value}” has the same words in another order")
    similarity = _similarity(wanted, known)
    if similarity >= _ALIKE:
        return Near(rule, similarity, f"the rule “{rule.value}” looks alike ({similarity:.0%})")
    if words < others or others < words:
        return Near(rule, similarity, f"the rule “{rule.value}” shares words with it")
    return None


def _similarity(wanted: str, known: str) -> float:
    matcher = SequenceMatcher(None, wanted, known, autojunk=False)
    most = matcher.real_quick_ratio()  # which costs nothing
    return round(matcher.ratio() if most >= _ALIKE else most, 2)
