"""One process that serves, or the one above several that do."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

from gatehouse import logs, tracing
from gatehouse.api.front import server
from gatehouse.app import create_app
from gatehouse.services import demo, metrics_directory, runtime
from gatehouse.settings import PREFIX, Settings
from gatehouse.store.location import parse_url

_DEMO: Final = """
A demo tenant has been created. These secrets are shown only now:

  SCIM base URL  {base}/scim/v2
  SCIM token     {token}
  API key        {api_key}
  Dashboard      {base}/admin/
  GraphiQL       {base}/graphiql
"""


def serve(host: str, port: int, workers: int, wishes: list[str]) -> None:
    """Serve until told to end.

    :param wishes: ``migrate``, ``demo``.
    :raises SettingsError: a setting is not what it must be.
    :raises ValueError: the URL of the database is malformed.
    :raises OSError: the address is in use, or not of this machine: nothing is migrated then.
    :raises Unavailable: the database, which is to be migrated, cannot be reached.
    """
    settings = Settings.load()
    parse_url(settings.database_url)
    if settings.otlp_endpoint:
        tracing.check_installed()
    shown_host = f"[{host}]" if ":" in host else host
    base = settings.public_url or f"http://{shown_host}:{port}"
    os.environ[PREFIX + "PUBLIC_URL"] = base  # every worker builds the same links
    create_app(settings)  # what is wrong with the settings is told once, here, not by every worker
    bound = server.bind(host, port)
    asyncio.run(_prepare(settings, base, migrate="migrate" in wishes, with_demo="demo" in wishes))
    print(f"Gatehouse listens on {base}", file=sys.stderr)  # noqa: T201
    logs.configure(settings.log_level)
    with metrics_directory.shared_directory(workers):
        server.run(settings, "gatehouse.app:from_environment", bound=bound, workers=workers)


async def _prepare(settings: Settings, base: str, *, migrate: bool, with_demo: bool) -> None:
    if migrate or settings.database_url.startswith("sqlite:"):
        await runtime.migrate(settings)
    if with_demo:
        async with runtime.database(settings):
            created = await demo.create_demo_if_empty()
        if created is not None:
            print(_DEMO.format(base=base, token=created.token, api_key=created.api_key), flush=True)  # noqa: T201
