"""From text to a mapping document: what it says, each word with its line, and everything that is wrong with its form.

The document has three sections, all optional::

    settings:
      delimiter: "-"
      roleAttribute: title
      groupAttribute: userType
      emptyTitle: ASSIGN_NONE
      unmappedTitle: ASSIGN_NONE
      unmappedGroup: ASSIGN_NONE
      defaultRole: null
      defaultGroups: []
    roleRules:
      - title: "Leasing Agent"
        role: leasing-agent
        note: "asked by Ben"
    groupRules:
      - segment: "north"
        groups: [north]

What keys, attributes and values mean is for :mod:`gatehouse.mapping.merge` to find out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from gatehouse.mapping.findings import Finding, FindingCode, Severity
from gatehouse.mapping.rules import Policy
from gatehouse.mapping.syntax import DocumentFormat, parse
from gatehouse.mapping.tree import Node, Place, Scalar, Sequence, Table

MAX_FINDINGS: Final = 200
SECTIONS: Final = ("settings", "roleRules", "groupRules")
TEXT_SETTINGS: Final = ("delimiter", "roleAttribute", "groupAttribute", "emptyTitle", "unmappedTitle", "unmappedGroup")
POLICY_SETTINGS: Final = ("emptyTitle", "unmappedTitle", "unmappedGroup")
SETTINGS: Final = (*TEXT_SETTINGS, "defaultRole", "defaultGroups")


@dataclass(frozen=True, slots=True)
class Word:
    """A text of the document, where it stands, and the path to it: ``roleRules[3].role``."""

    text: str
    path: str
    place: Place

    def finding(self, code: FindingCode, message: str, severity: Severity = Severity.ERROR) -> Finding:
        """A finding that points here."""
        return Finding(severity, code, message, self.path or None, self.place.line, self.place.column)


@dataclass(frozen=True, slots=True)
class RoleEntry:
    """A rule of the section ``roleRules``."""

    title: Word
    role: Word  # a key
    note: Word | None


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """A rule of the section ``groupRules``; ``at`` is where its list of groups begins."""

    segment: Word
    groups: tuple[Word, ...]  # keys
    at: Word
    note: Word | None


@dataclass(frozen=True, slots=True)
class SettingsEntry:
    """The settings that the document speaks of; the others stay as they are."""

    texts: dict[str, Word] = field(default_factory=dict)  # by the names in TEXT_SETTINGS
    default_role: Word | None = None  # an empty text takes the default away
    default_groups: tuple[Word, ...] | None = None
    places: dict[str, Word] = field(default_factory=dict)  # of all of them, by the names in SETTINGS


@dataclass(frozen=True, slots=True)
class MappingDocument:
    """What a text says about a mapping; None for a section that it does not have."""

    settings: SettingsEntry = field(default_factory=SettingsEntry)
    role_rules: tuple[RoleEntry, ...] | None = None
    group_rules: tuple[GroupEntry, ...] | None = None


def read_document(text: str, language: DocumentFormat) -> tuple[MappingDocument, tuple[Finding, ...]]:
    """Read a YAML or JSON text; never raises, whatever the text.

    :return: what could be understood, and all faults of form in order of their lines, at most ``MAX_FINDINGS``.
    """
    root = parse(text, language)
    if isinstance(root, tuple):
        return MappingDocument(), root
    reader = _Reader()
    document = reader.document(root)
    return document, in_order(reader.findings)


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings by line; when there are too many the last one says so."""
    findings = sorted(findings, key=lambda finding: (finding.line or 0, finding.column or 0))
    if len(findings) <= MAX_FINDINGS:
        return tuple(findings)
    severity = max((f.severity for f in findings[MAX_FINDINGS:]), key=list(Severity).index)
    more = Finding(severity, FindingCode.MORE_FAULTS, f"{len(findings) - MAX_FINDINGS} more are not listed")
    return (*findings[:MAX_FINDINGS], more)


@dataclass(slots=True)
class _Reader:
    """Walks down the tree, takes what fits, and notes what does not."""

    findings: list[Finding] = field(default_factory=list)

    def document(self, root: Node) -> MappingDocument:
        sections = self._fields(root, "", SECTIONS)
        settings = sections.get("settings")
        role_rules, group_rules = sections.get("roleRules"), sections.get("groupRules")
        return MappingDocument(
            self._settings(settings) if settings and not _is_nothing(settings) else SettingsEntry(),
            tuple(self._role_rules(role_rules)) if role_rules else None,
            tuple(self._group_rules(group_rules)) if group_rules else None,
        )

    def _settings(self, node: Node) -> SettingsEntry:
        fields = self._fields(node, "settings", SETTINGS)
        texts = {}
        for name in TEXT_SETTINGS:
            word = self._text(fields[name], f"settings.{name}") if name in fields else None
            if word and (name not in POLICY_SETTINGS or self._is_policy(word)):
                texts[name] = word
        role, groups = fields.get("defaultRole"), fields.get("defaultGroups")
        return SettingsEntry(
            texts,
            self._text_or_nothing(role, "settings.defaultRole") if role else None,
            self._texts(groups, "settings.defaultGroups") if groups else None,
            {name: Word("", f"settings.{name}", value.place) for name, value in fields.items()},
        )

    def _role_rules(self, node: Node) -> Iterator[RoleEntry]:
        for item, path in self._items(node, "roleRules"):
            fields = self._fields(item, path, ("title", "role", "note"), required=("title", "role"))
            title, role, note = (self._text_in(fields, name, path) for name in ("title", "role", "note"))
            if title and role:
                yield RoleEntry(title, role, note)

    def _group_rules(self, node: Node) -> Iterator[GroupEntry]:
        for item, path in self._items(node, "groupRules"):
            fields = self._fields(item, path, ("segment", "groups", "note"), required=("segment", "groups"))
            segment, note = (self._text_in(fields, name, path) for name in ("segment", "note"))
            groups = self._texts(fields["groups"], f"{path}.groups") if "groups" in fields else None
            if segment and groups is not None:
                at = Word("", f"{path}.groups", fields["groups"].place)
                yield GroupEntry(segment, groups, at, note)

    def _text_in(self, fields: dict[str, Node], name: str, path: str) -> Word | None:
        """The text of a field; a note may be nothing."""
        node = fields.get(name)
        if node is None or (name == "note" and _is_nothing(node)):
            return None
        return self._text(node, f"{path}.{name}")

    def _fields(
        self, node: Node, path: str, known: tuple[str, ...], *, required: tuple[str, ...] = ()
    ) -> dict[str, Node]:
        """The fields of a table by name, each once, known ones only."""
        if not isinstance(node, Table):
            self._note(node, path, FindingCode.WRONG_TYPE, f"expected {_listed(known)} here, not {_what(node)}")
            return {}
        found: dict[str, Node] = {}
        for name, value in node.entries:
            text = name.text if isinstance(name, Scalar) else ""
            here = f"{path}.{text}" if path else text
            if text not in known:
                message = f"unknown name {_shown(name)}; known are {_listed(known)}"
                self._note(name, path, FindingCode.UNKNOWN_KEY, message)
            elif text in found:
                self._note(name, here, FindingCode.DUPLICATE_KEY, f"{text} is given twice")
            else:
                found[text] = value
        for missing in (name for name in required if name not in found):
            self._note(node, path, FindingCode.MISSING_KEY, f"{missing} is missing")
        return found

    def _items(self, node: Node, path: str) -> Iterator[tuple[Node, str]]:
        if isinstance(node, Sequence):
            yield from ((item, f"{path}[{index}]") for index, item in enumerate(node.items))
        elif not _is_nothing(node):
            self._note(node, path, FindingCode.WRONG_TYPE, f"expected a list, not {_what(node)}")

    def _texts(self, node: Node, path: str) -> tuple[Word, ...]:
        words = [self._text(item, item_path) for item, item_path in self._items(node, path)]
        return tuple(word for word in words if word)

    def _text_or_nothing(self, node: Node, path: str) -> Word | None:
        return Word("", path, node.place) if _is_nothing(node) else self._text(node, path)

    def _text(self, node: Node, path: str) -> Word | None:
        if isinstance(node, Scalar) and node.kind == "text":
            return Word(node.text, path, node.place)
        hint = f"; if text is meant, write {_shown(node)}" if isinstance(node, Scalar) and node.text else ""
        self._note(node, path, FindingCode.WRONG_TYPE, f"expected text, not {_what(node)}{hint}")
        return None

    def _is_policy(self, word: Word) -> bool:
        if word.text in list(Policy):
            return True
        message = f'"{_cut(word.text)}" is no policy; there are {_listed(tuple(Policy))}'
        self.findings.append(word.finding(FindingCode.INVALID_VALUE, message))
        return False

    def _note(self, node: Node, path: str, code: FindingCode, message: str) -> None:
        self.findings.append(Word("", path, node.place).finding(code, message))


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and node.kind == "nothing"


def _what(node: Node) -> str:
    if isinstance(node, Scalar):
        return {"text": "text", "nothing": "nothing", "other": f"{_cut(node.text)} (a number, yes or no, or a date)"}[
            node.kind
        ]
    return "a list" if isinstance(node, Sequence) else "names and values"


def _shown(node: Node) -> str:
    return f'"{_cut(node.text)}"' if isinstance(node, Scalar) else _what(node)


def _cut(text: str, limit: int = 80) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names)
