"""What is wrong, or worth a second look, in a proposed mapping: data to show beside the text that caused it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs: what has an ``ERROR`` cannot be applied."""

    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class FindingCode(StrEnum):
    """What was found."""

    SYNTAX = "SYNTAX"  # neither YAML nor JSON as they are read here: no anchors, aliases, tags, or second document
    TOO_LARGE = "TOO_LARGE"  # too long or too deep
    DUPLICATE_KEY = "DUPLICATE_KEY"  # a name twice in one place
    UNKNOWN_KEY = "UNKNOWN_KEY"
    MISSING_KEY = "MISSING_KEY"
    WRONG_TYPE = "WRONG_TYPE"
    INVALID_VALUE = "INVALID_VALUE"  # the right type, but blank, too long, not storable, not one of the choices
    DUPLICATE_RULE = "DUPLICATE_RULE"  # two rules for one normalised value
    UNKNOWN_ROLE = "UNKNOWN_ROLE"
    UNKNOWN_GROUP = "UNKNOWN_GROUP"
    SECTION_MISSING = "SECTION_MISSING"  # pruning removes all rules of a kind that the document does not speak of
    DELIMITER_RESPLITS = "DELIMITER_RESPLITS"  # another delimiter: values of users fall apart otherwise
    SEGMENT_HAS_DELIMITER = "SEGMENT_HAS_DELIMITER"  # a group rule that matches whole values only
    RULE_NEVER_MATCHES = "RULE_NEVER_MATCHES"  # rules for whole values decide wherever its segment occurs
    RULE_MATCHES_NOBODY = "RULE_MATCHES_NOBODY"  # no user has its value now
    NEAR_DUPLICATE = "NEAR_DUPLICATE"  # a new rule whose value is a slip of typing away from that of another
    PRIVILEGED_GAIN = "PRIVILEGED_GAIN"
    PRIVILEGED_LOSS = "PRIVILEGED_LOSS"
    BECOMES_UNMAPPED = "BECOMES_UNMAPPED"
    MORE_FAULTS = "MORE_FAULTS"  # the list ends here, the faults do not


@dataclass(frozen=True, slots=True)
class Finding:
    """One of them; ``line`` and ``column`` are 1-based, in characters, and None where there is no text to point at."""

    severity: Severity
    code: FindingCode
    message: str
    path: str | None = None  # roleRules[3].role
    line: int | None = None
    column: int | None = None


def has_errors(findings: tuple[Finding, ...]) -> bool:
    """Whether something must be mended before the mapping can be applied."""
    return any(finding.severity is Severity.ERROR for finding in findings)
