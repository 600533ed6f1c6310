"""What the clients were told: every answer, and every write that was acknowledged."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal

from gatehouse.cli.simulate.quarantine import by_count

Operation = Literal["filter", "create", "update"]
NO_ANSWER: Final = 0

_MAY_BE: Final = {
    "filter": {200, 503, NO_ANSWER},
    "create": {201, 409, 503, NO_ANSWER},  # 409: the create before it was carried out, but its answer was lost
    "update": {200, 503, NO_ANSWER},
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One request's end; times are those of ``time.monotonic``."""

    operation: Operation
    began: float
    ended: float
    status: int  # NO_ANSWER: the connection was refused, closed or timed out
    retry_after: bool
    text: str

    @property
    def succeeded(self) -> bool:
        """Whether it was acknowledged."""
        return self.status in {200, 201}


@dataclass(frozen=True, slots=True)
class Fault:
    """When a fault began and when its cause was gone: the process being started again, or going on.

    A failover has no such end: there both are the moment at which it was brought about.
    """

    began: float
    ended: float


@dataclass
class Ledger:
    """Filled by the load while it runs."""

    answers: list[Answer] = field(default_factory=list)
    acknowledged: dict[str, int] = field(default_factory=dict)  # step of each userName, 0 = created
    forgotten: list[str] = field(default_factory=list)  # read back while running, and not found as acknowledged

    @property
    def writes(self) -> list[Answer]:
        """The writes that were acknowledged, in the order of their answers."""
        return [answer for answer in self.answers if answer.succeeded and answer.operation != "filter"]

    @property
    def failures(self) -> list[Answer]:
        """The requests that were not carried out, as far as their client knows."""
        return [answer for answer in self.answers if not answer.succeeded]

    def kinds(self) -> str:
        """Failures by kind, as in ``12 x 503, 3 x no answer``."""
        counts = Counter(answer.status or "no answer" for answer in self.failures)
        return ", ".join(f"{count} x {kind}" for kind, count in counts.most_common()) or "none"

    def improper(self) -> list[str]:
        """Answers that Entra must never get, or that lack Retry-After."""
        return [
            f"{answer.operation}: {answer.status} {answer.text}"
            for answer in self.answers
            if answer.status not in _MAY_BE[answer.operation] or (answer.status == 503 and not answer.retry_after)  # noqa: PLR2004 the status itself
        ]

    def quarantine(self) -> str | None:
        """Why Entra would have suspended the job (entra-client §4), if it would have."""
        for answer in self.answers:
            if answer.status in {401, 403} or (answer.operation == "filter" and answer.status == 404):  # noqa: PLR2004
                return f"{answer.status} on {answer.operation}"
        found = by_count(events=len(self.answers), failures=len(self.failures))
        return found.explanation if found else None

    def longest_gap(self, fault: Fault) -> tuple[float, float]:
        """The longest time without an acknowledged write since the fault began: its beginning and its end."""
        ends = [answer.ended for answer in self.writes]
        before = max((end for end in ends if end <= fault.began), default=fault.began)
        after = [end for end in ends if end > fault.began]
        return max(pairwise([before, *after]), key=lambda gap: gap[1] - gap[0])
