"""``make pictures``: the pictures of docs/pictures/, of a demo tenant that a simulated Entra ID has filled.

A page more is a line more in PICTURES: its address, the theme, and what must be there before it is taken; ``person``
stands for the address of somebody who has a role.
"""

from __future__ import annotations

import asyncio
import base64
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.async_api import BrowserContext, Page, async_playwright
from tests.dashboard.browser import ARGUMENTS, chromium, settle
from tests.dashboard.conftest import fill, sign_in

_FOLDER: Final = Path(__file__).parents[2] / "docs" / "pictures"
_MOST_BYTES: Final = 150_000
_QUALITY: Final = 82
_SIZE: Final = {"width": 1280, "height": 860}


@dataclass(frozen=True)
class Picture:
    """One page as it is shown in the README."""

    name: str
    address: str
    shows: str
    theme: str = "light"


PICTURES: Final = (
    Picture("overview", "/admin/t/demo/overview", "figure.chart svg.recharts-surface"),
    Picture("person", "person", ".summary"),
    Picture("history", "/admin/t/demo/history?outcome=WARNING", "[aria-label='History'] tbody tr", theme="dark"),
    Picture("mapping", "/admin/t/demo/mapping", "main table tbody tr"),
)


def main() -> None:
    """Start a server, fill it, take every picture."""
    with tempfile.TemporaryDirectory() as folder, fill(Path(folder)) as gatehouse:
        asyncio.run(_take_all(gatehouse.base, gatehouse.api_key))


async def _take_all(base: str, key: str) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        context = await browser.new_context(base_url=base, viewport=_SIZE, locale="en-GB", timezone_id="UTC")  # type: ignore[arg-type]
        await sign_in(context, key, base)
        page = await context.new_page()
        for picture in PICTURES:
            await _take(context, page, picture)
        await browser.close()


async def _take(context: BrowserContext, page: Page, picture: Picture) -> None:
    await page.goto(await _somebody(page) if picture.address == "person" else picture.address)
    await page.evaluate("theme => { document.documentElement.dataset.theme = theme }", picture.theme)
    await page.locator(picture.shows).first.wait_for()
    await settle(page)
    await page.mouse.move(0, 0)
    session = await context.new_cdp_session(page)
    shot = await session.send("Page.captureScreenshot", {"format": "webp", "quality": _QUALITY})
    content = base64.b64decode(shot["data"])
    assert len(content) < _MOST_BYTES, f"{picture.name} has {len(content):,} bytes"
    _FOLDER.mkdir(exist_ok=True)
    (_FOLDER / f"{picture.name}.webp").write_bytes(content)


async def _somebody(page: Page) -> str:
    """The address of a person with a role."""
    await page.goto("/admin/t/demo/users?outcome=MAPPED&status=ACTIVE")
    row = page.get_by_role("grid", name="Users").locator("tbody").get_by_role("row").first
    await row.click()
    await page.wait_for_url("**/users/*")
    return page.url


if __name__ == "__main__":
    main()
