"""``gatehouse serve``."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer

from gatehouse import logs, tracing
from gatehouse.services import demo, metrics_directory, runtime
from gatehouse.settings import PREFIX, Settings

_DEMO = """
A demo tenant has been created. These secrets are shown only now:

  SCIM base URL  {base}/scim/v2
  SCIM token     {token}
  API key        {api_key}
  Dashboard      {base}/admin/
  GraphiQL       {base}/graphiql
"""


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
    from gatehouse.api.front import server  # noqa: PLC0415 - uvicorn: only needed here
    from gatehouse.app import create_app  # noqa: PLC0415 - the whole application: only needed here

    settings = Settings.load()
    if settings.otlp_endpoint:
        tracing.check_installed()
    shown_host = f"[{host}]" if ":" in host else host
    base = settings.public_url or f"http://{shown_host}:{port}"
    os.environ[PREFIX + "PUBLIC_URL"] = base  # every worker builds the same links
    create_app(settings)  # what is wrong with the settings is told once, here, not by every worker
    asyncio.run(_prepare(settings, base, migrate=migrate, with_demo=demo_tenant))
    typer.echo(f"Gatehouse listens on {base}", err=True)
    logs.configure(settings.log_level)
    with metrics_directory.shared_directory(workers):
        server.run(settings, "gatehouse.app:from_environment", host=host, port=port, workers=workers)


async def _prepare(settings: Settings, base: str, *, migrate: bool, with_demo: bool) -> None:
    if migrate or settings.database_url.startswith("sqlite:"):
        await runtime.migrate(settings)
    if with_demo:
        async with runtime.database(settings):
            created = await demo.create_demo_if_empty()
        if created is not None:
            typer.echo(_DEMO.format(base=base, token=created.token, api_key=created.api_key))
