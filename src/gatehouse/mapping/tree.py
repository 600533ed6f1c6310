"""What a document consists of: a tree of nodes that know their lines; or the one fault that keeps it from being a tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from gatehouse.mapping.findings import Finding, FindingCode, Severity


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


class Fault(Exception):
    """The text is no tree; reading ends here."""

    def __init__(self, place: Place | None, message: str, code: FindingCode = FindingCode.SYNTAX) -> None:
        super().__init__(message)
        line, column = (place.line, place.column) if place else (None, None)
        self.finding = Finding(Severity.ERROR, code, message, line=line, column=column)


Event: TypeAlias = Scalar | Sequence | Table | None
"""A value, the beginning of a collection, or None: the end of one."""
