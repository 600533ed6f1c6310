"""``gatehouse serve``: this process becomes one that serves, without the command line in its memory."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on.")] = 8080,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 1,
    migrate: Annotated[
        bool, typer.Option("--migrate", help="Bring PostgreSQL up to date first (SQLite always is).")
    ] = False,
    demo_tenant: Annotated[
        bool, typer.Option("--demo", help="Create a demo tenant if there is no tenant yet.")
    ] = False,
) -> None:
    """Serve SCIM, GraphQL and the pages."""
    wishes = [wish for wish, wished in (("migrate", migrate), ("demo", demo_tenant)) if wished]
    place = [sys.executable, *_safe_path(), "-m", "gatehouse.serving"]
    os.execv(sys.executable, [*place, host, str(port), str(workers), *wishes])  # noqa: S606 - our own arguments


def _safe_path() -> list[str]:
    """``-P``: the server imports what lies in the current directory only if the command did, by ``python -m gatehouse``."""
    return [] if sys.path[0] == os.getcwd() else ["-P"]  # noqa: PTH109 - as Python wrote it there
