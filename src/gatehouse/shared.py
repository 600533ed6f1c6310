"""What the edges have in common: one account of who asks how much, in one process."""

from __future__ import annotations

from dataclasses import dataclass

from gatehouse.api.front.admission import Admission
from gatehouse.api.front.drain import Drain
from gatehouse.api.front.rate_limit import RateLimit
from gatehouse.api.ops.metrics import Sampler
from gatehouse.services.live import Bell
from gatehouse.services.rejected_credentials import RejectedCredentials
from gatehouse.services.request_log import RequestLog


@dataclass(frozen=True, slots=True)
class Shared:
    """What the edges have in common."""

    drain: Drain
    admission: Admission
    guesses: RateLimit
    rejected: RejectedCredentials
    request_log: RequestLog
    bell: Bell

    @property
    def sampler(self) -> Sampler:
        """Reads their state for ``/metrics``."""
        return Sampler(self.admission, self.request_log)
