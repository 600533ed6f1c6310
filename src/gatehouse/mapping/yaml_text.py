"""The canonical YAML form of a mapping document, for files under version control.

Equal documents give equal bytes. Text that somebody typed is always in double quotes, so that ``no``, ``1e3``, ``~``, dates
and blanks stay text in every YAML reader; characters that do not show, or that readers treat as line breaks, are escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import orjson

_KEY: Final = re.compile(r"[a-z][a-z0-9_-]*")  # of a role or employee group
_CONSTANT: Final = re.compile(r"[A-Z]+(?:_[A-Z]+)*")  # a policy
_ATTRIBUTE: Final = re.compile(r"[A-Za-z]+(?:\.[A-Za-z]+)?")
# To readers of YAML 1.1 or 1.2
_NOT_TEXT: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
# Controls, the no-break and other odd spaces, line separators, marks of direction, byte order mark, non-characters
_UNSEEN: Final = re.compile(
    '["\\\\\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u2000-\u200b\u200e\u200f\u2028-\u202f\u205f-\u2069\u3000\ufeff\ufffe\uffff]'
)
_PLAIN: Final[dict[str, re.Pattern[str]]] = {
    "role": _KEY,
    "groups": _KEY,
    "defaultRole": _KEY,
    "defaultGroups": _KEY,
    "roleAttribute": _ATTRIBUTE,
    "groupAttribute": _ATTRIBUTE,
    "emptyTitle": _CONSTANT,
    "unmappedTitle": _CONSTANT,
    "unmappedGroup": _CONSTANT,
}


def to_yaml(document: str, *, heading: Iterable[str] = ()) -> str:
    """Write a canonical JSON document (:func:`gatehouse.mapping.document.to_document`) as YAML.

    :param heading: comment lines for the top; no part of the mapping, so its digest does not depend on them.
    """
    lines = [f"# {_escaped(' '.join(line.split()))}" for line in heading]
    for section, content in orjson.loads(document).items():
        lines += _settings(section, content) if isinstance(content, dict) else _rules(section, content)
    return "\n".join(lines) + "\n"


def _settings(section: str, settings: dict[str, Any]) -> Iterator[str]:
    yield f"{section}:"
    for name, value in settings.items():
        yield f"  {name}: {_value(name, value)}"


def _rules(section: str, rules: Sequence[dict[str, Any]]) -> Iterator[str]:
    yield f"{section}:" if rules else f"{section}: []"
    for rule in rules:
        bullet = "- "
        for name, value in rule.items():
            yield f"  {bullet}{name}: {_value(name, value)}"
            bullet = "  "


def _value(name: str, value: str | list[str] | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, list):
        return f"[{', '.join(_value(name, item) for item in value)}]"
    plain = _PLAIN.get(name)
    if plain and plain.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    return f'"{_escaped(value)}"'


def _escaped(text: str) -> str:
    return _UNSEEN.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    return f"\\{character}" if character in '"\\' else f"\\u{ord(character):04X}"
