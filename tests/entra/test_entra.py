"""Every request that Entra ID and Microsoft's validators are known to send, and the answer they need.

``cases.jsonl`` holds one case a line: a state (``given``), a request, and what must come back (``expect``, which may save
values and go on with ``then``). A support case becomes a line here first.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from tests.entra.story import Story
from tests.world import World

_CASES = [json.loads(line) for line in (Path(__file__).parent / "cases.jsonl").read_text().splitlines()]
_PACE = 5  # the pace of repeated requests: five times as fast as given, which asks more of a limit and takes less time


@pytest.mark.parametrize("case", _CASES, ids=lambda case: case["id"])
async def test_case(case: dict[str, Any], world: World) -> None:
    story = Story(await world.client())
    if case["area"] == "oauth":
        await story.arrange_client()
    await story.arrange(case["given"], world)
    repeat = case.get("repeat") or {"count": 1, "per_second": 1}
    for _ in range(repeat["count"]):
        await story.play(case)
        if repeat["count"] > 1:
            await asyncio.sleep(1 / repeat["per_second"] / _PACE)
