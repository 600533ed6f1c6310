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
    place = [sys.executable, "-P", "-m", "gatehouse.serving"]  # -P: what lies in the current directory is not imported
    os.execv(sys.executable, [*place, host, str(port), str(workers), *wishes])  # noqa: S606 - our own arguments
