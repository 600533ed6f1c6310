"""YAML and JSON text as a tree of nodes that know their lines, or the faults that keep it from being one.

One tree for both languages: a table has names, a scalar is text, nothing, or something else (a number, yes or no, a date).
Nothing is converted and no object is ever made from the text. Anchors, aliases and tags are refused, as they are how small
YAML texts become huge or mean something.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal, TypeAlias

import yaml
from yaml.resolver import Resolver

from gatehouse.mapping.edit import NOT_STORABLE, is_storable
from gatehouse.mapping.findings import Finding, FindingCode, Severity

MAX_CHARACTERS: Final = 1_000_000
MAX_DEPTH: Final = 20

# libyaml is some 10 times as fast; PyYAML has it wherever there are wheels of it
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NO_YAML: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_NUMBER_OF_YAML_1_2: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+")
_JSON_LEXEME: Final = re.compile(r'\n|"(?:[^"\\]|\\.)*"|[\[\]{}]|[^\s\[\]{}:,"]+')


class DocumentFormat(StrEnum):
    """The language of a mapping document."""

    YAML = "YAML"
    JSON = "JSON"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something begins: 1-based, in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value; ``kind`` says what it is in YAML 1.1 or 1.2, ``text`` how it reads."""

    place: Place
    text: str
    kind: Literal["text", "nothing", "other"] = "text"


@dataclass(slots=True)
class Sequence:
    """Values in order."""

    place: Place
    items: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Table:
    """Names and values in order; a name may be there twice, and may be no name at all."""

    place: Place
    entries: list[tuple[Node, Node]] = field(default_factory=list)


Node: TypeAlias = Scalar | Sequence | Table


class _Fault(Exception):
    """The text is no tree; reading ends here."""

    def __init__(self, place: Place | None, message: str, code: FindingCode = FindingCode.SYNTAX) -> None:
        super().__init__(message)
        line, column = (place.line, place.column) if place else (None, None)
        self.finding = Finding(Severity.ERROR, code, message, line=line, column=column)


_Event: TypeAlias = Scalar | Sequence | Table | None
"""A value, the beginning of a collection, or None: the end of one."""


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
    except _Fault as fault:
        return (fault.finding,)


def _compose(events: Iterable[_Event]) -> Node:
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
            raise _Fault(event.place, NOT_STORABLE, FindingCode.INVALID_VALUE)
        if not opened:
            root = event
        else:
            names[-1] = _put(opened[-1], names[-1], event)
        if not isinstance(event, Scalar):
            if len(opened) == MAX_DEPTH:
                raise _Fault(event.place, f"nested deeper than {MAX_DEPTH} levels", FindingCode.TOO_LARGE)
            opened.append(event)
            names.append(None)
    if root is None:
        raise _Fault(Place(1, 1), "the document is empty")
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


def _yaml_events(text: str) -> Iterator[_Event]:
    bad = _NO_YAML.search(text)
    if bad:
        code = f"{ord(bad[0]):04X}"
        message = f'the character U+{code} must be written as "\\u{code}" within double quotes'
        raise _Fault(_place(text, bad.start()), message)
    try:
        for event in _of_one_document(yaml.parse(text, _LOADER)):
            place = _marked(event.start_mark)
            _refuse_references(event, place)
            if isinstance(event, yaml.ScalarEvent):
                yield Scalar(place, event.value, _kind(event.value) if event.implicit[0] else "text")
            elif isinstance(event, yaml.CollectionStartEvent):
                yield Table(place) if isinstance(event, yaml.MappingStartEvent) else Sequence(place)
            else:
                yield None
    except (yaml.YAMLError, RecursionError) as error:  # mostly a MarkedYAMLError, which says where
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        parts = (getattr(error, "context", None), getattr(error, "problem", None))
        what = ", ".join(part for part in parts if part) or str(error)
        raise _Fault(_marked(mark) if mark else None, f"this is not YAML: {what}") from None


def _of_one_document(events: Iterable[yaml.Event]) -> Iterator[yaml.Event]:
    """The events of nodes, as long as there is no second document."""
    documents = 0
    for event in events:
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Fault(_marked(event.start_mark), "a second document begins here; only one is read")


def _refuse_references(event: yaml.Event, place: Place) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise _Fault(place, "an alias (*) is not allowed; write the value out")
    if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
        raise _Fault(place, "an anchor (&) is not allowed")
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
        raise _Fault(place, "a tag (!) is not allowed; what must be text goes into double quotes")


def _kind(plain: str) -> Literal["text", "nothing", "other"]:
    """What YAML 1.1 or 1.2 makes of a scalar without quotes."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, plain, (True, False))  # type: ignore[no-untyped-call]
    if tag == "tag:yaml.org,2002:null":
        return "nothing"
    return "text" if tag == "tag:yaml.org,2002:str" and not _NUMBER_OF_YAML_1_2.fullmatch(plain) else "other"


_RESOLVER: Final = Resolver()


def _json_events(text: str) -> Iterator[_Event]:
    try:
        json.loads(text, parse_int=str, parse_float=str)  # str: the digits do not matter, however many
    except json.JSONDecodeError as error:
        raise _Fault(Place(error.lineno, error.colno), f"this is not JSON: {error.msg}") from None
    except RecursionError:
        raise _Fault(None, f"nested deeper than {MAX_DEPTH} levels", FindingCode.TOO_LARGE) from None
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


def _marked(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _place(text: str, offset: int) -> Place:
    return Place(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
