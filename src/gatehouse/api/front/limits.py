"""What one connection may take, as uvicorn's configuration carries it to every process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from uvicorn import Config


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may take.

    :param header_timeout_s: from the connection, or the first byte of a request, to the end of its headers.
    :param max_header_bytes: request line and headers together.
    :param write_timeout_s: for the client to read what was written.
    """

    header_timeout_s: float = 10.0
    max_header_bytes: int = 65_536
    write_timeout_s: float = 30.0


class FrontConfig(Config):
    """uvicorn's configuration with our limits, so that they reach every process."""

    def __init__(self, *args: Any, limits: ConnectionLimits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.limits = limits
