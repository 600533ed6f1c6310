"""Reading documents: what they say with lines, and all their faults of form."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from gatehouse.mapping.findings import Finding, FindingCode, Severity
from gatehouse.mapping.reading import MAX_FINDINGS, GroupEntry, MappingDocument, RoleEntry, Word, read_document
from gatehouse.mapping.syntax import MAX_CHARACTERS, DocumentFormat
from gatehouse.mapping.tree import Place

YAML, JSON = DocumentFormat.YAML, DocumentFormat.JSON
EXAMPLE = """\
roleRules:
- {title: Leasing Agent, role: agent}   # plain text is text
- title: >-
    Property
    Manager
  role: 'manager'
  note: ~
groupRules:
settings: {defaultRole: null, defaultGroups: []}
"""
EXAMPLE_JSON = """{"roleRules": [
  {"title": "Leasing \\ud83d\\ude00", "role": "agent", "note": null}],
 "groupRules": [{"segment": "a\\/b", "groups": ["x",
   "y"]}]}"""


def test_yaml() -> None:
    document, faults = read_document(EXAMPLE, YAML)

    assert faults == ()
    assert document.role_rules == (
        RoleEntry(
            _word("Leasing Agent", "roleRules[0].title", 2, 11), _word("agent", "roleRules[0].role", 2, 32), None
        ),
        RoleEntry(
            _word("Property Manager", "roleRules[1].title", 3, 10), _word("manager", "roleRules[1].role", 6, 9), None
        ),
    )
    assert document.group_rules == ()
    settings = document.settings
    assert (settings.default_role, settings.default_groups) == (_word("", "settings.defaultRole", 9, 25), ())
    assert settings.texts == {}


def test_json() -> None:
    document, faults = read_document(EXAMPLE_JSON, JSON)

    assert faults == ()
    assert document == MappingDocument(
        role_rules=(
            RoleEntry(
                _word("Leasing 😀", "roleRules[0].title", 2, 13), _word("agent", "roleRules[0].role", 2, 45), None
            ),
        ),
        group_rules=(
            GroupEntry(
                _word("a/b", "groupRules[0].segment", 3, 29),
                (_word("x", "groupRules[0].groups[0]", 3, 48), _word("y", "groupRules[0].groups[1]", 4, 4)),
                _word("", "groupRules[0].groups", 3, 47),
                None,
            ),
        ),
    )


def test_all_faults_at_once() -> None:
    text = """\
settings:
  delimiter: 1
  emptyTitle: assign_none
  delimiter: "-"
  colour: red
roleRules:
  - title: no
    role: agent
  - title: [a]
  - just text
groupRules:
  - segment: "a"
    groups: north
    note: 2024-01-31
  - groups: [~, 1e3]
rules: {}
"""

    document, faults = read_document(text, YAML)

    assert [(fault.line, fault.column, fault.code, fault.path) for fault in faults] == [
        (2, 14, FindingCode.WRONG_TYPE, "settings.delimiter"),
        (3, 15, FindingCode.INVALID_VALUE, "settings.emptyTitle"),
        (4, 3, FindingCode.DUPLICATE_KEY, "settings.delimiter"),
        (5, 3, FindingCode.UNKNOWN_KEY, "settings"),
        (7, 12, FindingCode.WRONG_TYPE, "roleRules[0].title"),
        (9, 5, FindingCode.MISSING_KEY, "roleRules[1]"),
        (9, 12, FindingCode.WRONG_TYPE, "roleRules[1].title"),
        (10, 5, FindingCode.WRONG_TYPE, "roleRules[2]"),
        (13, 13, FindingCode.WRONG_TYPE, "groupRules[0].groups"),
        (14, 11, FindingCode.WRONG_TYPE, "groupRules[0].note"),
        (15, 5, FindingCode.MISSING_KEY, "groupRules[1]"),
        (15, 14, FindingCode.WRONG_TYPE, "groupRules[1].groups[0]"),
        (15, 17, FindingCode.WRONG_TYPE, "groupRules[1].groups[1]"),
        (16, 1, FindingCode.UNKNOWN_KEY, None),
    ]
    assert {fault.severity for fault in faults} == {Severity.ERROR}
    assert faults[4].message == 'expected text, not no (a number, yes or no, or a date); if text is meant, write "no"'
    assert document.role_rules == ()


@pytest.mark.parametrize(
    ("_case", "language", "text", "code", "line", "column"),
    [
        ("empty", YAML, "", "SYNTAX", 1, 1),
        ("only a comment", YAML, "# nothing\n", "SYNTAX", 1, 1),
        ("nothing", YAML, "~", "WRONG_TYPE", 1, 1),
        ("open bracket", YAML, "roleRules:\n  - [", "SYNTAX", 3, 1),
        ("tab as indent", YAML, "settings:\n\tdelimiter: x", "SYNTAX", 2, 1),
        ("anchor", YAML, "a: &x b", "SYNTAX", 1, 4),
        ("anchor of a list", YAML, "a: &x [b]", "SYNTAX", 1, 4),
        ("alias", YAML, "a: *x", "SYNTAX", 1, 4),
        ("tag", YAML, "a: !!str 1", "SYNTAX", 1, 4),
        ("tag of Python", YAML, "!!python/object:os.system {}", "SYNTAX", 1, 1),
        ("second document", YAML, "--- {}\n--- {}", "SYNTAX", 2, 1),
        ("too deep", YAML, "a: " + "[" * 30, "TOO_LARGE", 1, 23),
        ("line separator", YAML, "a:\n  b\u2028c", "SYNTAX", 2, 4),
        ("NUL", YAML, "a: \0", "SYNTAX", 1, 4),
        ("lone surrogate", YAML, "a: \ud800", "SYNTAX", 1, 4),
        ("escaped NUL", YAML, 'a: "\\0"', "INVALID_VALUE", 1, 4),
        ("escaped lone surrogate", YAML, 'a: "\\ud800"', "SYNTAX", 1, 7),
        ("merge", YAML, "<<: {}", "UNKNOWN_KEY", 1, 1),
        ("a list as name", YAML, "? [a]\n: b", "UNKNOWN_KEY", 1, 3),
        ("empty", JSON, " ", "SYNTAX", 1, 2),
        ("a list", JSON, "[]", "WRONG_TYPE", 1, 1),
        ("comma", JSON, '{"settings": {}\n,,}', "SYNTAX", 2, 2),
        ("YAML", JSON, "settings: {}", "SYNTAX", 1, 1),
        ("rather deep", JSON, '{"a":' + "[" * 30 + "]" * 30 + "}", "TOO_LARGE", 1, 25),
        ("too deep for any reader", JSON, "[" * 100_000, "TOO_LARGE", None, None),
        ("twice", JSON, '{"settings": {},\n "settings": {}}', "DUPLICATE_KEY", 2, 2),
        ("number", JSON, '{"settings":\n {"delimiter": ' + "9" * 5_000 + "}}", "WRONG_TYPE", 2, 16),
        ("escaped lone surrogate", JSON, '{"\\ud800": 1}', "INVALID_VALUE", 1, 2),
        ("too large", JSON, " " * (MAX_CHARACTERS + 1), "TOO_LARGE", None, None),
    ],
)
def test_one_fault(
    _case: str, language: DocumentFormat, text: str, code: str, line: int | None, column: int | None
) -> None:
    _, faults = read_document(text, language)

    assert [(fault.severity, fault.code, fault.line, fault.column) for fault in faults] == [
        ("ERROR", code, line, column)
    ]


def test_too_many_faults_end_with_a_word_of_it() -> None:
    _, faults = read_document("roleRules:\n" + "- 1\n" * 300, YAML)

    assert len(faults) == MAX_FINDINGS + 1
    assert faults[-1] == Finding(Severity.ERROR, FindingCode.MORE_FAULTS, "100 more are not listed")


_PIECES = st.sampled_from(
    [
        *"[]{}:,-?&*!|>'\"%@`#~\n\t \\",
        "settings",
        "roleRules",
        "title",
        "role",
        "- ",
        ": ",
        "\n  ",
        "null",
        "1",
        "\\u",
        "---",
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=40).map("".join)), st.sampled_from(DocumentFormat))
def test_no_text_is_too_strange(text: str, language: DocumentFormat) -> None:
    document, faults = read_document(text, language)

    assert isinstance(document, MappingDocument)
    assert all(fault.severity is Severity.ERROR and fault.message.encode() for fault in faults)


def _word(text: str, path: str, line: int, column: int) -> Word:
    return Word(text, path, Place(line, column))
