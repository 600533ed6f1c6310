"""What Entra ID does while somebody looks: requests to the server that the pages show."""

from __future__ import annotations

import httpx
from playwright.async_api import Locator, Page
from tests.dashboard.browser import settle
from tests.dashboard.conftest import Gatehouse


def scim(gatehouse: Gatehouse, method: str, path: str, body: object = None) -> httpx.Response:
    """Ask with the token of tenant ``demo``."""
    headers = {"Authorization": f"Bearer {gatehouse.scim_token}", "Content-Type": "application/scim+json"}
    return httpx.request(method, f"{gatehouse.base}/scim/v2{path}", json=body, headers=headers)


async def until_there(page: Page, wanted: Locator) -> None:
    """Reload until something is on the page: the request log is written with a delay of a second."""
    for _ in range(10):
        await settle(page)
        if await wanted.count():
            return
        await page.reload()
