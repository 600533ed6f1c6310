"""``gatehouse demo``: a living system in a minute."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Final

import httpx
import typer

from gatehouse.errors import Unavailable
from gatehouse.settings import PREFIX

_COMMAND: Final = (sys.executable, "-m", "gatehouse")
_SECRET: Final = re.compile(r"gth_(scim|api)_\w+")
_START_S: Final = 30.0


def demo(
    users: Annotated[int, typer.Option(min=1, help="People in the simulated directory.")] = 60,
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Port to listen on.")] = 8080,
    stay: Annotated[bool, typer.Option("--stay/--leave", help="Go on serving after the simulation.")] = True,
) -> None:
    """Serve a fresh demo tenant, let a simulated Entra ID provision it, and stay to be looked at."""
    with tempfile.TemporaryDirectory(prefix="gatehouse-demo-") as directory:
        printed = Path(directory) / "printed"
        environment = {
            **os.environ,
            f"{PREFIX}DATABASE_URL": f"sqlite:///{directory}/demo.db",
            f"{PREFIX}LOG_LEVEL": "WARNING",
        }
        command = [*_COMMAND, "serve", "--demo", "--port", str(port)]
        with printed.open("wb") as output:
            server = subprocess.Popen(command, env=environment, stdout=output)  # noqa: S603 - our own arguments
        try:
            base = f"http://127.0.0.1:{port}"
            _wait(server, base)
            typer.echo(printed.read_text())
            code = _simulate(base, printed.read_text(), users, environment)
            if stay:
                typer.echo(f"\nServing on {base} until Ctrl-C; nothing of it is kept.", err=True)
                server.wait()
        except KeyboardInterrupt:
            code = 0
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(_START_S)
    raise typer.Exit(code)


def _wait(server: subprocess.Popen[bytes], base: str) -> None:
    deadline = time.monotonic() + _START_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{base}/readyz", timeout=1).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise Unavailable(f"the server did not start on {base}; is something else listening there?")


def _simulate(base: str, printed: str, users: int, environment: dict[str, str]) -> int:
    secrets = {match[1]: match[0] for match in _SECRET.finditer(printed)}
    command = [*_COMMAND, "simulate", "--url", f"{base}/scim/v2", "--users", str(users)]
    command += ["--graphql-url", f"{base}/graphql", "--api-key", secrets["api"]]
    return subprocess.run(command, env={**environment, "SCIM_TOKEN": secrets["scim"]}, check=False).returncode  # noqa: S603 - our own arguments
