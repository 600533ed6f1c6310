"""``gatehouse serve``."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer

from gatehouse.services import demo, runtime
from gatehouse.settings import PREFIX, Settings

_DEMO = """
A demo tenant has been created. These secrets are shown only now:

  SCIM base URL  {base}/scim/v2
  SCIM token     {token}
  API key        {api_key}
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
    settings = Settings.load()
    shown_host = f"[{host}]" if ":" in host else host
    base = settings.public_url or f"http://{shown_host}:{port}"
    os.environ[PREFIX + "PUBLIC_URL"] = base  # every worker builds the same links
    asyncio.run(_prepare(settings, base, migrate=migrate, with_demo=demo_tenant))
    typer.echo(f"Gatehouse listens on {base}", err=True)
    _run(settings, host, port, workers)


async def _prepare(settings: Settings, base: str, *, migrate: bool, with_demo: bool) -> None:
    if migrate or settings.database_url.startswith("sqlite:"):
        await runtime.migrate(settings)
    if with_demo:
        async with runtime.database(settings):
            created = await demo.create_demo_if_empty()
        if created is not None:
            typer.echo(_DEMO.format(base=base, token=created.token, api_key=created.api_key))


def _run(settings: Settings, host: str, port: int, workers: int) -> None:
    import uvicorn  # noqa: PLC0415 - only needed here

    uvicorn.run(
        "gatehouse.app:from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        timeout_keep_alive=settings.keep_alive_s,
        timeout_graceful_shutdown=settings.drain_timeout_s,
    )
