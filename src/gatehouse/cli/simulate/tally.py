"""What happened, in numbers: actions per cycle, latency per operation, failures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

_PERCENTILES: Final = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True, slots=True)
class Failure:
    """One object that could not be brought over in one cycle, as the provisioning log shows it."""

    cycle: int
    operation: str
    name: str  # userPrincipalName or displayName
    code: str
    status: int | None
    detail: str


@dataclass
class Cycle:
    """One cycle: ``initial``, ``incremental``, ``on demand`` or ``retry``."""

    number: int
    kind: str
    actions: Counter[str] = field(default_factory=Counter)
    events: int = 0
    failures: int = 0
    reference_failures: int = 0
    requests: int = 0
    seconds: float = 0.0

    @property
    def title(self) -> str:
        """Its name for people."""
        name = self.kind if self.kind == "on demand" else f"{self.kind} cycle"
        return f"{name} {self.number}" if self.number else name


@dataclass
class Tally:
    """The whole run."""

    cycles: list[Cycle] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    latencies_s: dict[str, list[float]] = field(default_factory=dict)
    throttled: int = 0  # answers 429
    retried: int = 0  # tries after a transient failure, within a cycle

    @property
    def actions(self) -> Counter[str]:
        """All cycles together."""
        return sum((cycle.actions for cycle in self.cycles), Counter[str]())

    @property
    def requests(self) -> int:
        """All requests that were sent, answered or not."""
        return sum(cycle.requests for cycle in self.cycles)

    @property
    def seconds(self) -> float:
        """The time of all cycles, on the wall."""
        return sum(cycle.seconds for cycle in self.cycles)

    def latency_ms(self) -> dict[str, dict[str, float]]:
        """Count, percentiles and maximum for each operation in order of first use, and for ``all``."""
        everything = [seconds for values in self.latencies_s.values() for seconds in values]
        return {name: summary(values) for name, values in {**self.latencies_s, "all": everything}.items() if values}


def summary(seconds: Sequence[float]) -> dict[str, float]:
    """Count, and p50, p95, p99 and max in milliseconds (nearest rank).

    >>> summary([0.001, 0.002, 0.003, 0.004])
    {'count': 4, 'p50': 2.0, 'p95': 4.0, 'p99': 4.0, 'max': 4.0}
    """
    ordered = sorted(seconds)
    count = len(ordered)
    ranks = {name: ordered[max(0, -(-count * int(share * 100) // 100) - 1)] for name, share in _PERCENTILES.items()}
    values = {**ranks, "max": ordered[-1]}
    return {"count": count, **{name: round(value * 1000, 2) for name, value in values.items()}}


def rate(count: int, seconds: float) -> float:
    """So many per second, to one decimal."""
    return round(count / seconds, 1) if seconds > 0 else 0.0
