"""``make bench-dashboard``: how soon the pages of the dashboard stand in Chromium with 50,000 users behind them.

For each page: milliseconds from the navigation until its content is there (median and worst of the rounds, with what the
browser has in its cache), how many long tasks (over 50 ms, during which nothing answers) there were and how long the
longest was, requests to the API and rows in the document. On SQLite, one worker, everything on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from playwright.async_api import Page, async_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.dashboard.browser import ARGUMENTS, chromium  # noqa: E402 - found by the line above
from tests.smoke.server import Server  # noqa: E402

PAGES = {
    "Users": ("/admin/t/demo/users", "[aria-label='Users'] tbody tr"),
    "Users, unmapped": ("/admin/t/demo/users?unmapped=yes", "[aria-label='Users'] tbody tr"),
    "Users, by userName": ("/admin/t/demo/users?sort=userName&desc=yes", "[aria-label='Users'] tbody tr"),
    "Overview": ("/admin/t/demo/overview", ".shares li"),
    "History": ("/admin/t/demo/history", "[aria-label='History'] tbody tr"),
    "Requests": ("/admin/t/demo/requests", "[aria-label='Requests'] tbody tr"),
}
_OBSERVE = "new PerformanceObserver(l => (window.long ??= []).push(...l.getEntries().map(e => e.duration))).observe({ type: 'longtask', buffered: true })"
_SECRET = re.compile(r"gth_(scim|api)_\w+")
_UNLIMITED = {"GATEHOUSE_API_KEY_RATE_PER_S": "0", "GATEHOUSE_TENANT_RATE_PER_S": "0"}


@dataclass(frozen=True)
class Visit:
    """One look at a page."""

    ms: float
    long_tasks: list[float]
    requests: int
    rows: int


def main() -> None:
    """Fill, visit, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fill", type=int, default=50_000, help="stored users")
    parser.add_argument("--rounds", type=int, default=5, help="visits of each page")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = {**_UNLIMITED, "GATEHOUSE_FRONTEND_DIR": str(ROOT / "frontend-stub" / "dist")}
        server = Server(f"sqlite:///{folder}/gatehouse.db", settings=settings)
        printed = Path(folder) / "printed"
        server.start("--demo", stdout=printed)
        try:
            secrets = {match[1]: match[0] for match in _SECRET.finditer(printed.read_text("utf-8"))}
            _fill(server, secrets["scim"], arguments.fill)
            found = asyncio.run(_visit_all(server, secrets["api"], arguments.rounds))
        finally:
            server.terminate()
    _print(arguments.fill, found)


def _fill(server: Server, token: str, users: int) -> None:
    begun = time.monotonic()
    command = [
        sys.executable,
        str(ROOT / "bench" / "entra_load.py"),
        "--base",
        f"{server.base}/scim/v2",
        "--token",
        token,
    ]
    command += ["--fill", str(users), "--phases", "", "--quiet", "--out", os.devnull]
    subprocess.run(command, check=True)  # noqa: S603 - our own arguments
    _say(f"{users:,} users created in {time.monotonic() - begun:,.0f} s")


async def _visit_all(server: Server, key: str, rounds: int) -> dict[str, list[Visit]]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        context = await browser.new_context(base_url=server.base, viewport={"width": 1280, "height": 900})
        await context.add_init_script(_OBSERVE)
        answer = await context.request.post("/admin/session", data={"key": key}, headers={"Origin": server.base})
        if not answer.ok:
            raise RuntimeError(await answer.text())
        page = await context.new_page()
        return {name: [await _visit(page, *where) for _ in range(rounds)] for name, where in PAGES.items()}


async def _visit(page: Page, path: str, content: str) -> Visit:
    asked: list[str] = []
    listen = lambda request: asked.append(request.url) if request.url.endswith("/graphql") else None  # noqa: E731
    page.on("request", listen)
    begun = time.perf_counter()
    await page.goto(path, wait_until="commit")
    # Looks before each frame; a locator waits for up to half a second between its looks
    await page.wait_for_function("wanted => document.querySelector(wanted) !== null", arg=content, timeout=60_000)
    ms = (time.perf_counter() - begun) * 1_000
    await page.wait_for_load_state("networkidle")
    page.remove_listener("request", listen)
    long_tasks = await page.evaluate("window.long ?? []")
    return Visit(ms, long_tasks, len(asked), await page.locator(content).count())


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _print(users: int, found: dict[str, list[Visit]]) -> None:
    _say(f"\n{users:,} users; {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    _say(
        f"{'page':<20}{'ms median':>10}{'ms worst':>10}{'long tasks':>12}{'longest ms':>12}{'requests':>10}{'rows':>6}"
    )
    for name, visits in found.items():
        times = [visit.ms for visit in visits]
        long_tasks = median(len(visit.long_tasks) for visit in visits)
        longest = max((task for visit in visits for task in visit.long_tasks), default=0)
        last = visits[-1]
        _say(
            f"{name:<20}{median(times):>10,.0f}{max(times):>10,.0f}{long_tasks:>12.0f}{longest:>12,.0f}{last.requests:>10}{last.rows:>6}"
        )


if __name__ == "__main__":
    main()
