"""What one request may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ScimLimits:
    """Sizes and times; those of bulk requests are published in ServiceProviderConfig (RFC 7643 §5)."""

    max_body_bytes: int = 1_048_576
    body_timeout_s: float = 15.0
    request_timeout_s: float = 30.0
    bulk_max_operations: int = 1_000
    bulk_max_payload_bytes: int = 1_048_576
