"""Gives the titles and segments of the load roles and groups, so that access is really computed.

Run with the sources of the checkout that is measured on the path, and its settings in the environment.
"""

from __future__ import annotations

import asyncio

from entra_load import TITLES, TYPES
from tests.world import add_rules

from gatehouse.services import runtime, tenants
from gatehouse.settings import Settings


async def main() -> None:
    """Add the rules to the tenant ``bench``."""
    segments = {segment for value in TYPES for segment in value.split("-")}
    async with runtime.database(Settings.load()):
        await add_rules(
            await tenants.by_slug("bench"),
            roles={title: title.lower().replace(" ", "-") for title in TITLES},
            groups={segment: [segment.lower()] for segment in sorted(segments)},
        )


if __name__ == "__main__":
    asyncio.run(main())
