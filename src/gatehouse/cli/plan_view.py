"""A mapping plan for people to read: the rules, the numbers, what to mind, and who would change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.text import Text

from gatehouse.cli.paper import words
from gatehouse.cli.planned_change import PlannedChange, finding_line
from gatehouse.client.inputs import Severity
from gatehouse.client.results import AffectedUser, Impact, Person, Role

_LINE: Final = {"+": "green", "-": "red", "~": "yellow"}
_FINDING: Final = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}


def show_plan(console: Console, change: PlannedChange, *, origin: str) -> None:
    """Print all of it.

    :param origin: what the lines of findings count in, such as a file name.
    """
    for line in change.plan.diff.text.splitlines():
        console.print(words(line, _LINE.get(line[:1], "bold")))
    console.print()
    console.print(words(_numbers(change.plan.impact), "bold"))
    for line in _counts(change.plan.impact):
        console.print(words(f"  {line}"))
    for finding in change.plan.findings:
        console.print(words(finding_line(finding, origin=origin), _FINDING.get(finding.severity, "dim")))
    _show_users(console, change)


def _numbers(impact: Impact) -> str:
    """The impact in one line."""
    parts = [
        (impact.role_changes, "another role"),
        (impact.group_adds, "group added"),
        (impact.group_removes, "group removed"),
        (impact.gain_privileged, "gain a privileged role"),
        (impact.lose_privileged, "lose a privileged role"),
        (impact.become_mapped, "become mapped"),
        (impact.become_unmapped, "become unmapped"),
    ]
    told = ", ".join(f"{what}: {count}" for count, what in parts if count)
    return f"{impact.users_changed} of {impact.users_evaluated} users change" + (f" ({told})" if told else "")


def _counts(impact: Impact) -> Iterator[str]:
    for role in impact.by_role:
        yield f"role {role.role.key if role.role else '(none)'}: {role.before} → {role.after} users"
    for group in impact.by_group:
        yield f"group {group.group.key if group.group else '(forgotten)'}: {group.before} → {group.after} users"


def _show_users(console: Console, change: PlannedChange) -> None:
    for affected in change.affected_users:
        console.print(_user(affected))
    left = change.plan.impact.users_changed - len(change.affected_users)
    if left > 0:
        console.print(words(f"… and {left} more (--all)", "dim"))


def _user(affected: AffectedUser) -> Text:
    line = words(_person(affected.user))
    if affected.role_before != affected.role_after:
        line.append(": ").append_text(words(_key(affected.role_before), "red"))
        line.append(" → ").append_text(words(_key(affected.role_after), "green"))
    for sign, groups in (("+", affected.groups_added), ("-", affected.groups_removed)):
        for group in groups:
            line.append(" ").append_text(words(f"{sign}{group.key}", _LINE[sign]))
    if affected.gains_privileged:
        line.append(" privileged", "bold red")
    if affected.becomes_unmapped:
        line.append(" unmapped", "yellow")
    return line


def _person(user: Person | None) -> str:
    if user is None:
        return "(forgotten user)"
    return f"{user.display_name} <{user.user_name}>" if user.display_name else user.user_name


def _key(role: Role | None) -> str:
    return role.key if role else "no role"
