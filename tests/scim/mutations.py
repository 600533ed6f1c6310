"""Valid text and JSON with something wrong in it: what reaches deeper than noise."""

from __future__ import annotations

from random import Random
from typing import Any

_PIECES = (
    *('"', "\\", "(", ")", "[", "]", ".", ":", " ", ",", "{", "}", "null", "true", "not ", " and ", " or ", " pr", " eq ", " ne "),
    *("\\u0000", "\\ud800", "%", "'", "\u0000", "\n", "ä", "😀", "1e999", "-", "$ref", "urn:", "value", "0001-01-01T00:00:00Z"),
)  # fmt: skip
_ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1.5, 10**17, "", " ", "x" * 2_000, "東" * 700, "\u200b", [], {}, [[]], [None], {"": 1}),
    *({"value": "x"}, [{"value": "x", "primary": True}] * 2, {"a": {"b": {"c": 1}}}, "True", ["x"] * 101),
)


def mutated(random: Random, text: str) -> str:
    """The text with a few pieces cut, doubled, swapped or put in."""
    for _ in range(random.randint(1, 3)):
        at, to = sorted(random.randint(0, len(text)) for _ in range(2))
        text = random.choice(
            (
                text[:at] + text[to:],
                text[:at] + text[at:to] * 2 + text[to:],
                text[:at] + random.choice(_PIECES) + text[at:],
                text[:at] + random.choice(_PIECES) + text[at + 1 :],
                text[to:] + text[:at],
                text[:at] + text[at:to].swapcase() + text[to:],
            )
        )
    return text


def mutated_json(random: Random, value: Any) -> Any:
    """The value with one of its parts, at any depth, replaced, renamed, doubled, dropped or mutated; a new value."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        name = random.choice(list(value))
        return _renamed(random, value, name) if random.random() < 0.2 else _changed(random, value, name)
    if isinstance(value, list) and value and random.random() < 0.9:
        at = random.randrange(len(value))
        parts = [mutated_json(random, value[at])] if random.random() < 0.8 else random.choice(([], [value[at]] * 2))
        return [*value[:at], *parts, *value[at + 1 :]]
    if isinstance(value, str) and random.random() < 0.5:
        return mutated(random, value)
    return random.choice(_ODD)


def _changed(random: Random, value: dict[str, Any], name: str) -> dict[str, Any]:
    return {**value, name: mutated_json(random, value[name])}


def _renamed(random: Random, value: dict[str, Any], name: str) -> dict[str, Any]:
    """One name gone, or written otherwise."""
    rest = {other: part for other, part in value.items() if other != name}
    if random.random() < 0.3:
        return rest
    return {**rest, random.choice((name.swapcase(), mutated(random, name), "nosuch", f"{name}.value")): value[name]}
