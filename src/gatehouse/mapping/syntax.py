"""YAML and JSON text as a tree of nodes that know their lines, or the faults that keep it from being one.

One tree for both languages: a table has names, a scalar is text, nothing, or something else (a number, yes or no, a date).
Nothing is converted and no object is ever made from the text. Anchors, aliases and tags are refused, as they are how small
YAML texts become huge or mean something.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Final

from gatehouse.mapping.edit import NOT_STORABLE, is_storable
from gatehouse.mapping.findings import Finding, FindingCode, Severity
from gatehouse.mapping.tree import Event, Fault, Node, Place, Scalar, Sequence, Table

MAX_CHARACTERS: Final = 1_000_000
MAX_DEPTH: Final = 20

_JSON_LEXEME: Final = re.compile(r'\n|"(?:[^"\\]|\\.)*"|[\[\]{}]|[^\s\[\]{}:,"]+')


class DocumentFormat(StrEnum):
    """The language of a mapping document."""

    YAML = "YAML"
    JSON = "JSON"


def parse(text: str, language: DocumentFormat) -> Node | tuple[Finding, ...]:
    """Read a text; never raises.

    :return: its root, or why there is none, with line and column.
    """
    if len(text) > MAX_CHARACTERS:
        message = f"the document has {len(text)} characters; at most {MAX_CHARACTERS} are read"
        return (Finding(Severity.ERROR, FindingCode.TOO_LARGE, message),)
    text = text.removeprefix("\ufeff")
    try:
        return _compose(_yaml_events(text) if language is DocumentFormat.YAML else _json_events(text))
    except Fault as fault:
        return (fault.finding,)


def _compose(events: Iterable[Event]) -> Node:
    """Put a tree together; collections are open on the way down, without recursion."""
    root: Node | None = None
    opened: list[Sequence | Table] = []
    names: list[Node | None] = []  # of each open table: the name that waits for its value
    for event in events:
        if event is None:
            opened.pop()
            names.pop()
            continue
        if isinstance(event, Scalar) and not is_storable(event.text):
            raise Fault(event.place, NOT_STORABLE, FindingCode.INVALID_VALUE)
        if not opened:
            root = event
        else:
            names[-1] = _put(opened[-1], names[-1], event)
        if not isinstance(event, Scalar):
            if len(opened) == MAX_DEPTH:
                raise Fault(event.place, f"nested deeper than {MAX_DEPTH} levels", FindingCode.TOO_LARGE)
            opened.append(event)
            names.append(None)
    if root is None:
        raise Fault(Place(1, 1), "the document is empty")
    return root


def _put(parent: Sequence | Table, name: Node | None, node: Node) -> Node | None:
    """Give a node to its parent; a name is kept until its value comes."""
    if isinstance(parent, Sequence):
        parent.items.append(node)
        return None
    if name is None:
        return node
    parent.entries.append((name, node))
    return None


def _yaml_events(text: str) -> Iterator[Event]:
    from gatehouse.mapping import yaml_events  # noqa: PLC0415 - PyYAML: when there is YAML

    return yaml_events.events(text)


def _json_events(text: str) -> Iterator[Event]:
    try:
        json.loads(text, parse_int=str, parse_float=str)  # str: the digits do not matter, however many
    except json.JSONDecodeError as error:
        raise Fault(Place(error.lineno, error.colno), f"this is not JSON: {error.msg}") from None
    except RecursionError:
        raise Fault(None, f"nested deeper than {MAX_DEPTH} levels", FindingCode.TOO_LARGE) from None
    line, line_start = 1, 0
    for found in _JSON_LEXEME.finditer(text):
        lexeme, place = found[0], Place(line, found.start() - line_start + 1)
        if lexeme == "\n":
            line, line_start = line + 1, found.end()
        elif lexeme in "{[":
            yield Table(place) if lexeme == "{" else Sequence(place)
        elif lexeme in "}]":
            yield None
        elif lexeme.startswith('"'):
            yield Scalar(place, json.loads(lexeme))
        else:
            yield Scalar(place, lexeme, "nothing" if lexeme == "null" else "other")
