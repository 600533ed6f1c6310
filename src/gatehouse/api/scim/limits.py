"""What one request may take."""

from __future__ import annotations

from dataclasses import dataclass

from gatehouse.limits import DEFAULT_LIMITS, Limits


@dataclass(frozen=True, slots=True)
class ScimLimits:
    """The size of a body, the times, and what may be in it."""

    max_body_bytes: int = 1_048_576
    body_timeout_s: float = 15.0
    request_timeout_s: float = 30.0
    content: Limits = DEFAULT_LIMITS
