"""What deserves a second look in a proposed mapping: rules that do nothing, values that fall apart anew, privileges.

Pure: what the users of the tenant have comes in as the set of their values.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping as Lookup
from dataclasses import dataclass
from typing import Final

from gatehouse.mapping.findings import Finding, FindingCode, Severity
from gatehouse.mapping.merge import RuleLines
from gatehouse.mapping.reading import Word
from gatehouse.mapping.rules import GroupRule, Mapping, RoleRule, normalise, segments
from gatehouse.mapping.similar import near_duplicates

_NAMED: Final = 5  # values named in a message
_PAIRS_COMPARED: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Values:
    """The distinct values, normalised, that users of the tenant have now; None where they are not known."""

    titles: frozenset[str] | None = None
    user_types: frozenset[str] | None = None


def review(before: Mapping, after: Mapping, lines: RuleLines, values: Values) -> tuple[Finding, ...]:
    """Look at what a proposal does to rules and values; nothing found here keeps it from being applied.

    :param lines: where the document, if there is one, speaks of the rules.
    """
    return (
        *_resplit(before, after, lines, values.user_types),
        *_whole_only(before, after, lines, values.user_types),
        *_shadowed(before, after, lines, values.user_types),
        *_idle_titles(before, after, lines, values.titles),
        *_near_duplicates(
            before.role_rule_by_value, after.role_rule_by_value, lines.role_rules, values.titles or frozenset()
        ),
        *_near_duplicates(
            before.group_rule_by_value,
            after.group_rule_by_value,
            lines.group_rules,
            _with_pieces(values.user_types or frozenset(), after.settings.delimiter),
        ),
    )


def gains_and_losses(
    *, gain_privileged: int, lose_privileged: int, become_unmapped: int, roles_gained: Collection[str] = ()
) -> Iterator[Finding]:
    """What a proposal does to people, as far as it deserves a second look.

    :param roles_gained: the keys of the privileged roles that somebody gains.
    """
    if gain_privileged:
        names = _listed(sorted(roles_gained))
        yield _warning(FindingCode.PRIVILEGED_GAIN, f"{_users(gain_privileged)} would gain a privileged role: {names}")
    if lose_privileged:
        yield Finding(
            Severity.INFO, FindingCode.PRIVILEGED_LOSS, f"{_users(lose_privileged)} would lose a privileged role"
        )
    if become_unmapped:
        message = f"{_users(become_unmapped)} would come to have a value without a rule"
        yield _warning(FindingCode.BECOMES_UNMAPPED, message)


def _resplit(before: Mapping, after: Mapping, lines: RuleLines, user_types: frozenset[str] | None) -> Iterator[Finding]:
    old, new = before.settings.delimiter, after.settings.delimiter
    if old == new:
        return
    whole = after.group_rule_by_value
    apart = sorted(
        value for value in user_types or () if value not in whole and segments(value, old) != segments(value, new)
    )
    if apart:
        message = f"with “{new}” in place of “{old}” {_values(apart)} would be split otherwise"
        yield _at(lines.settings.get("delimiter"), Severity.WARNING, FindingCode.DELIMITER_RESPLITS, message)


def _whole_only(
    before: Mapping, after: Mapping, lines: RuleLines, user_types: frozenset[str] | None
) -> Iterator[Finding]:
    """A rule with the delimiter in its value matches whole values only, never a segment."""
    delimiter = after.settings.delimiter
    moved = before.settings.delimiter != delimiter
    for key, rule in after.group_rule_by_value.items():
        if delimiter not in rule.value or not (moved or _is_new(rule, before.group_rule_by_value.get(key))):
            continue
        if user_types is None or key in user_types:
            severity, end = Severity.INFO, "it applies to users whose whole value this is"
        else:
            severity, end = Severity.WARNING, "it applies to whole values only, and no user has this one"
        message = f"the value “{rule.value.strip()}” contains the delimiter “{delimiter}”: {end}"
        yield _at(lines.group_rules.get(key), severity, FindingCode.SEGMENT_HAS_DELIMITER, message)


def _shadowed(
    before: Mapping, after: Mapping, lines: RuleLines, user_types: frozenset[str] | None
) -> Iterator[Finding]:
    """A rule whose segment occurs only within values that a whole-string rule decides never gets to speak."""
    if user_types is None:
        return
    rules, delimiter = after.group_rule_by_value, after.settings.delimiter
    heard = {piece for value in user_types if value not in rules for piece in _pieces(value, delimiter)}
    covered = {piece: value for value in sorted(user_types & rules.keys()) for piece in _pieces(value, delimiter)}
    for key, rule in rules.items():
        if delimiter in rule.value or key in heard or key in user_types:
            continue
        place, fresh = lines.group_rules.get(key), _is_new(rule, before.group_rule_by_value.get(key))
        if key in covered and (fresh or covered[key] not in before.group_rule_by_value):
            message = f"the rule for “{rule.value.strip()}” is never asked: a rule for the whole value"
            message += f" “{rules[covered[key]].value.strip()}” decides wherever it occurs"
            yield _at(place, Severity.WARNING, FindingCode.RULE_NEVER_MATCHES, message)
        elif fresh and key not in covered:
            yield _at(place, Severity.INFO, FindingCode.RULE_MATCHES_NOBODY, _nobody("segment", rule.value))


def _idle_titles(before: Mapping, after: Mapping, lines: RuleLines, titles: frozenset[str] | None) -> Iterator[Finding]:
    for key, rule in after.role_rule_by_value.items():
        if titles is not None and key not in titles and _is_new(rule, before.role_rule_by_value.get(key)):
            place = lines.role_rules.get(key)
            yield _at(place, Severity.INFO, FindingCode.RULE_MATCHES_NOBODY, _nobody("value", rule.value))


def _near_duplicates(
    before: Lookup[str, RoleRule | GroupRule],
    after: Lookup[str, RoleRule | GroupRule],
    lines: Lookup[str, Word],
    heard: frozenset[str],
) -> Iterator[Finding]:
    """A new rule that may be meant for a value that has one already; what is new is not compared with what else is.

    :param heard: what users have: whoever maps such a value means it, however it is spelled.
    """
    known, new = (
        [key for key in after if key in before],
        [key for key in after if key not in before and key not in heard],
    )
    if len(known) * len(new) > _PAIRS_COMPARED:
        return
    for key in new:
        near = near_duplicates(key, known)
        if near:
            others = _listed([f"“{after[other].value.strip()}”" for other in near])
            message = f"the value “{after[key].value.strip()}” is spelled almost like that of another rule: {others}"
            yield _at(lines.get(key), Severity.WARNING, FindingCode.NEAR_DUPLICATE, message)


def _with_pieces(user_types: frozenset[str], delimiter: str) -> frozenset[str]:
    return user_types.union(*(_pieces(value, delimiter) for value in user_types))


def _is_new(rule: RoleRule | GroupRule, earlier: RoleRule | GroupRule | None) -> bool:
    return earlier is None or rule.since_version != earlier.since_version


def _pieces(value: str, delimiter: str) -> tuple[str, ...]:
    return tuple(normalise(piece) for piece in segments(value, delimiter))


def _nobody(what: str, value: str) -> str:
    return f"no user has the {what} “{value.strip()}” now"


def _at(word: Word | None, severity: Severity, code: FindingCode, message: str) -> Finding:
    return word.finding(code, message, severity) if word else Finding(severity, code, message)


def _warning(code: FindingCode, message: str) -> Finding:
    return Finding(Severity.WARNING, code, message)


def _users(count: int) -> str:
    return "1 user" if count == 1 else f"{count} users"


def _values(values: list[str]) -> str:
    count = "1 value" if len(values) == 1 else f"{len(values)} values"
    return f"{count} ({_listed([f'“{value}”' for value in values])})"


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
