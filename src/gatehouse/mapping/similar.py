"""Values that look alike: what an unmapped value may have meant, and rules that are one typing error apart.

RapidFuzz does the comparing; here is decided what counts as alike. It takes 3 MB, and is imported when something is compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping as Lookup, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from gatehouse.mapping.rules import Mapping, MappingKind, normalise

MAX_SUGGESTIONS: Final = 5
LEAST_SCORE: Final = 0.6
# Ways to compare, and what a full score by each is worth: letter by letter, words in any order, some of the words
_SCORERS: Final = (("ratio", 1.0), ("token_sort_ratio", 0.98), ("token_set_ratio", 0.85))
_COMPARED_CHARACTERS: Final = 256
_ONE_ERROR_FROM: Final = 4  # characters; in shorter values one character makes another word
_TWO_ERRORS_FROM: Final = 10


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a value could be mapped to: a role, or the groups of one rule; ``score`` is 0 to 1."""

    label: str
    score: float
    reason: str
    role_id: UUID | None = None
    group_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    text: str
    reason: str
    target: UUID | tuple[UUID, ...]


def suggest(
    value: str, kind: MappingKind, mapping: Mapping, names: Lookup[UUID, str], *, limit: int = MAX_SUGGESTIONS
) -> tuple[Suggestion, ...]:
    """What the value could be mapped to, most similar first: by the values of rules, and by names and keys.

    :param names: of the roles, or of the employee groups, that rules may give.
    """
    candidates = list(_candidates(kind, mapping, names))
    found = scores(normalise(value), [candidate.text for candidate in candidates])
    best: dict[UUID | tuple[UUID, ...], tuple[float, _Candidate]] = {}
    for index, score in found.items():
        candidate = candidates[index]
        if score > best.get(candidate.target, (0.0, candidate))[0]:
            best[candidate.target] = (score, candidate)
    suggestions = [_suggestion(candidate, score, names) for score, candidate in best.values()]
    return tuple(sorted(suggestions, key=lambda suggestion: (-suggestion.score, suggestion.label)))[:limit]


def near_duplicates(key: str, known: Sequence[str]) -> tuple[str, ...]:
    """Which of the known values differ from this one by a slip of typing, nearest first; all of them normalised.

    One letter missing, added, changed or swapped with its neighbour; in long values two.

    >>> near_duplicates("leasing agnet", ["leasing agent", "leasing agents lead", "leasing agnet"])
    ('leasing agent',)
    """
    allowed = (len(key) >= _ONE_ERROR_FROM) + (len(key) >= _TWO_ERRORS_FROM)
    if not allowed:
        return ()
    from rapidfuzz import process  # noqa: PLC0415
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    found = process.extract(key, known, scorer=OSA.distance, score_cutoff=allowed, limit=None)
    return tuple(text for text, distance, _ in found if distance)


def _candidates(kind: MappingKind, mapping: Mapping, names: Lookup[UUID, str]) -> Iterator[_Candidate]:
    """Texts to compare with, for targets that may still be given."""
    what = "role" if kind is MappingKind.ROLE else "employee group"
    keys = mapping.roles if kind is MappingKind.ROLE else mapping.groups
    if kind is MappingKind.ROLE:
        for role_rule in mapping.role_rules:
            if role_rule.role_id in names:
                yield _by_rule(role_rule.value, role_rule.role_id)
    else:
        for group_rule in mapping.group_rules:
            if names.keys() >= set(group_rule.group_ids):
                yield _by_rule(group_rule.value, group_rule.group_ids)
    for target, name in names.items():
        one = target if kind is MappingKind.ROLE else (target,)
        yield _Candidate(normalise(name), f"resembles the name of the {what} “{name}”", one)
        key = keys.get(target, "")
        words = normalise(key.replace("-", " ").replace("_", " "))
        yield _Candidate(words, f"resembles the key of the {what} “{key}”", one)


def _by_rule(value: str, target: UUID | tuple[UUID, ...]) -> _Candidate:
    return _Candidate(normalise(value), f"resembles the rule “{value.strip()}”", target)


def scores(wanted: str, texts: list[str]) -> dict[int, float]:
    """The best score of each text that is alike, by its index.

    :param wanted: normalised, as are the texts.
    """
    from rapidfuzz import fuzz, process  # noqa: PLC0415

    choices = {index: text[:_COMPARED_CHARACTERS] for index, text in enumerate(texts)}
    best: dict[int, float] = {}
    for scorer, worth in _SCORERS:
        cutoff = 100 * LEAST_SCORE / worth
        for _, score, index in process.extract(
            wanted[:_COMPARED_CHARACTERS], choices, scorer=getattr(fuzz, scorer), score_cutoff=cutoff, limit=None
        ):
            best[index] = max(best.get(index, 0.0), round(score * worth / 100, 3))
    return best


def _suggestion(candidate: _Candidate, score: float, names: Lookup[UUID, str]) -> Suggestion:
    if isinstance(candidate.target, tuple):
        label = ", ".join(names[group_id] for group_id in candidate.target)
        return Suggestion(label, score, candidate.reason, group_ids=candidate.target)
    return Suggestion(names[candidate.target], score, candidate.reason, role_id=candidate.target)
