"""HAProxy on 127.0.0.1 before several servers, asking each whether it is ready."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.smoke.server import free_port

from drills.patroni import PACKAGES

# A request is given to another server only if the first could not be connected to: it may have been carried out else.
_CONFIGURATION: Final = """
defaults
    mode http
    timeout connect 1s
    timeout client 70s
    timeout server 70s
    retries 3
    option redispatch 1
    retry-on conn-failure
frontend entra
    bind 127.0.0.1:{port}
    default_backend gatehouse
backend gatehouse
    option httpchk GET /readyz
    default-server check inter 300ms fall 1 rise 1
"""


@contextmanager
def proxying(ports: list[int]) -> Iterator[str]:
    """Start a proxy before the servers on these ports; its address."""
    port = free_port()
    servers = "".join(f"    server s{number} 127.0.0.1:{number}\n" for number in ports)
    with tempfile.TemporaryDirectory(prefix="gatehouse-proxy-") as directory:
        file = Path(directory) / "haproxy.cfg"
        file.write_text(_CONFIGURATION.format(port=port) + servers)
        process = subprocess.Popen(  # noqa: S603 our own arguments
            [PACKAGES["haproxy"], "-db", "-q", "-f", str(file)], start_new_session=True
        )
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()
            process.wait(10)
