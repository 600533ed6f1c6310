"""A process that serves, as ``gatehouse serve`` becomes one: ``python -m gatehouse.serving HOST PORT WORKERS [WISH]…``.

Wishes are ``migrate`` and ``demo``. Beside the command line, because a server keeps in memory all that it has imported,
for as long as it runs. Named ``__main__``, so that the processes of ``--workers`` do not run it again.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Final

from gatehouse import logs, tracing
from gatehouse.api.front import server
from gatehouse.app import create_app
from gatehouse.ending import in_words
from gatehouse.services import demo, metrics_directory, runtime
from gatehouse.settings import PREFIX, Settings

_DEMO: Final = """
A demo tenant has been created. These secrets are shown only now:

  SCIM base URL  {base}/scim/v2
  SCIM token     {token}
  API key        {api_key}
  Dashboard      {base}/admin/
  GraphiQL       {base}/graphiql
"""


def main() -> None:
    """Serve until told to end."""
    host, port, workers, *wishes = sys.argv[1:]
    with in_words():
        _serve(host, int(port), int(workers), wishes)


def _serve(host: str, port: int, workers: int, wishes: list[str]) -> None:
    settings = Settings.load()
    if settings.otlp_endpoint:
        tracing.check_installed()
    shown_host = f"[{host}]" if ":" in host else host
    base = settings.public_url or f"http://{shown_host}:{port}"
    os.environ[PREFIX + "PUBLIC_URL"] = base  # every worker builds the same links
    create_app(settings)  # what is wrong with the settings is told once, here, not by every worker
    asyncio.run(_prepare(settings, base, migrate="migrate" in wishes, with_demo="demo" in wishes))
    print(f"Gatehouse listens on {base}", file=sys.stderr)  # noqa: T201
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
            print(_DEMO.format(base=base, token=created.token, api_key=created.api_key), flush=True)  # noqa: T201


main()
