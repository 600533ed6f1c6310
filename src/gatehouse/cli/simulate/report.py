"""What Entra would have concluded, for people and for scripts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from gatehouse.cli.simulate.compare import Difference
from gatehouse.cli.simulate.inspect import Comparison
from gatehouse.cli.simulate.quarantine import Quarantine
from gatehouse.cli.simulate.tally import Cycle, Failure, Tally, rate

_RETRIES: Final = "to be retried after 6, 12 and 24 hours, then daily for 28 days"
_SHOWN: Final = 15  # failures and differences in the text; JSON has all
_ACTION_ORDER: Final = (
    *("create user", "link user", "skip disabled user", "update user", "disable user", "restore user", "delete user"),
    *("set manager", "clear manager"),
    *("create group", "link group", "update group", "delete group", "add member", "remove member"),
)


@dataclass(frozen=True)
class Report:
    """The outcome of a run; ``passed`` only without failure, quarantine and difference."""

    url: str
    seed: str
    dialect: str
    people: int
    tally: Tally
    quarantine: Quarantine | None
    unresolved: int
    comparison: Comparison | None
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def passed(self) -> bool:
        """Whether everything is as it should be."""
        differs = self.comparison is not None and bool(self.comparison.differences)
        return not (self.tally.failures or self.quarantine or self.unresolved or differs)

    def to_json(self) -> dict[str, Any]:
        """Everything, for scripts; times in seconds, latencies in milliseconds."""
        tally = self.tally
        return {
            "url": self.url,
            "seed": self.seed,
            "dialect": self.dialect,
            "people": self.people,
            "passed": self.passed,
            "quarantine": asdict(self.quarantine) if self.quarantine else None,
            "unresolved": self.unresolved,
            "actions": dict(tally.actions),
            "requests": tally.requests,
            "seconds": round(tally.seconds, 2),
            "requestsPerSecond": rate(tally.requests, tally.seconds),
            "throttled": tally.throttled,
            "retried": tally.retried,
            "latencyMs": tally.latency_ms(),
            "cycles": [_cycle_to_json(cycle) for cycle in tally.cycles],
            "failures": [asdict(failure) for failure in tally.failures],
            "comparison": _comparison_to_json(self.comparison),
            "notes": list(self.notes),
        }

    def to_text(self) -> str:
        """Everything that a person wants to know, on one page."""
        tally = self.tally
        parts = [
            f"Entra ID against {self.url}\n{self.people:,} people, {self.dialect} dialect, seed {self.seed}",
            *_actions(tally.cycles),
            f"{_number(tally.requests, 'request')} in {tally.seconds:.1f} s:"
            f" {rate(tally.requests, tally.seconds):,} a second"
            + (f", {tally.throttled} answered 429" if tally.throttled else "")
            + (f", {tally.retried} tried again" if tally.retried else ""),
            _latencies(tally),
            *_failures(tally.failures),
            *_differences(self.comparison),
            *(f"Note: {note}" for note in self.notes),
            self._verdict(),
        ]
        return "\n\n".join(parts)

    def _verdict(self) -> str:
        tally, lines = self.tally, list[str]()
        if self.quarantine:
            lines.append(f"QUARANTINE: {self.quarantine.reason}: {self.quarantine.explanation}")
        else:
            lines.append("Entra would not put the job into quarantine.")
        if tally.failures:
            waiting = f"{_number(self.unresolved, 'change')} in escrow, {_RETRIES}"
            lines.append(f"FAILURES: {len(tally.failures)}; {waiting if self.unresolved else 'all were made good'}.")
        elif not self.quarantine:
            lines.append("No failure.")
        lines.append(_comparison_in_words(self.comparison))
        lines.append("PASSED" if self.passed else "NOT PASSED")
        return "\n".join(lines)


def _cycle_to_json(cycle: Cycle) -> dict[str, Any]:
    return {
        "number": cycle.number,
        "kind": cycle.kind,
        "actions": dict(cycle.actions),
        "events": cycle.events,
        "failures": cycle.failures,
        "referenceFailures": cycle.reference_failures,
        "requests": cycle.requests,
        "seconds": round(cycle.seconds, 2),
        "requestsPerSecond": rate(cycle.requests, cycle.seconds),
    }


def _comparison_to_json(comparison: Comparison | None) -> dict[str, Any] | None:
    if comparison is None:
        return None
    return {
        "people": comparison.people,
        "groups": comparison.groups,
        "withAccess": comparison.with_access,
        "differences": [asdict(difference) for difference in comparison.differences],
    }


def _actions(cycles: Sequence[Cycle]) -> Iterator[str]:
    """One row an action, one column a cycle; several cycles of a kind share a column when there are many."""
    columns: dict[str, Counter[str]] = {}
    for cycle in cycles:
        columns.setdefault(cycle.kind, Counter()).update(cycle.actions)
    total = sum(columns.values(), Counter[str]())
    names = [name for name in _ACTION_ORDER if name in total]
    rows = [[name, *(f"{counts[name]:,}" if counts[name] else "·" for counts in columns.values())] for name in names]
    times = Counter(cycle.kind for cycle in cycles)
    heads = [kind if times[kind] == 1 else f"{kind} x{times[kind]}" for kind in columns]
    if rows:
        yield _table(["action", *heads], rows)


def _latencies(tally: Tally) -> str:
    rows = [
        [name, f"{values['count']:,}", *(f"{values[part]:,.1f}" for part in ("p50", "p95", "p99", "max"))]
        for name, values in tally.latency_ms().items()
    ]
    return _table(["latency in ms", "count", "p50", "p95", "p99", "max"], rows)


def _failures(failures: Sequence[Failure]) -> Iterator[str]:
    if failures:
        cycles: dict[tuple[object, ...], list[str]] = {}
        for f in failures:
            cycles.setdefault((f.operation, f.name, f.code, f.status, f.detail), []).append(str(f.cycle))
        lines = [
            f"  {operation} {name}: {code}{f' ({status})' if status else ''}: {detail} [cycle {', '.join(numbers)}]"
            for (operation, name, code, status, detail), numbers in cycles.items()
        ]
        yield "\n".join([_number(len(failures), "failure"), *lines[:_SHOWN], *_more(len(lines))])


def _differences(comparison: Comparison | None) -> Iterator[str]:
    found: Sequence[Difference] = comparison.differences if comparison else ()
    if found:
        lines = [
            f"  {d.name}: {d.path}: expected {_shown(d.expected)}, stored {_shown(d.stored)}" for d in found[:_SHOWN]
        ]
        yield "\n".join([_number(len(found), "difference"), *lines, *_more(len(found))])


def _comparison_in_words(comparison: Comparison | None) -> str:
    if comparison is None:
        return "Nothing was compared."
    what = "attributes, role and employee groups" if comparison.with_access else "attributes"
    scope = f"{comparison.people:,} people ({what}) and {_number(comparison.groups, 'group')}"
    if comparison.differences:
        return f"DIFFERENCES: {len(comparison.differences)} in {scope}."
    return f"No difference in {scope}."


def _number(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _shown(value: object) -> str:
    return "nothing" if value is None or value == [] else f"{value!r}"


def _more(count: int) -> Iterator[str]:
    if count > _SHOWN:
        yield f"  … and {count - _SHOWN} more; --json has all"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Left-aligned names, right-aligned numbers."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = []
    for row in (head, *rows):
        numbers = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        lines.append("  ".join((row[0].ljust(widths[0]), *numbers)).rstrip())
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])
