"""When does Entra put a job into quarantine? The arithmetic of entra-client §4, as published.

Credential and compliance failures count at once; failures of single objects only in great numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BASE_FAILURES: Final = 5_000
MANY_FAILURES: Final = 40_000
TOTAL_FAILURES: Final = 60_000
PROPORTION: Final = 0.4


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Why the job is in quarantine; ``reason`` is the word of Graph's ``synchronizationQuarantine``."""

    reason: str
    explanation: str


def by_count(*, events: int, failures: int, reference_failures: int = 0) -> Quarantine | None:
    """Judge one cycle.

    :param events: objects that were to be brought over, failed ones included.
    :param failures: those that failed; references (manager, members) are counted apart.

    >>> by_count(events=4_000, failures=4_000)
    >>> by_count(events=35_000, failures=30_000).reason
    'EncounteredEscrowProportionThreshold'
    >>> by_count(events=120_000, failures=20_000)
    """
    total = failures + reference_failures
    if total >= TOTAL_FAILURES:
        return Quarantine("EncounteredTotalEscrowThreshold", f"{total:,} failures of any kind")
    if failures < BASE_FAILURES:
        return None
    if failures > MANY_FAILURES:
        return Quarantine("EncounteredBaseEscrowThreshold", f"{failures:,} failures")
    if failures > PROPORTION * events:
        return Quarantine("EncounteredEscrowProportionThreshold", f"{failures:,} of {events:,} events failed")
    return None


def at_once(code: str, detail: str) -> Quarantine:
    """Judge a failure of credentials or of compliance: its number does not matter."""
    return Quarantine("EncounteredQuarantineException", f"{code}: {detail}")
