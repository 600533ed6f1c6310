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


# A service for some of them, in which each has a tenant of its own; one that is repeated has the service for itself
_REPEATED = [case for case in _CASES if "repeat" in case]
_ONCE = [case for case in _CASES if "repeat" not in case]
_PORTIONS = [*([case] for case in _REPEATED), *(_ONCE[start : start + 10] for start in range(0, len(_ONCE), 10))]


@pytest.mark.parametrize("cases", _PORTIONS, ids=lambda cases: " ".join(case["id"] for case in cases))
async def test_cases(cases: list[dict[str, Any]], world: World, subtests: pytest.Subtests) -> None:
    for case in cases:
        with subtests.test(case["id"]):
            await _check(case, world)


async def _check(case: dict[str, Any], world: World) -> None:
    story = Story(await world.client(case["id"].lower()))
    if case["area"] == "oauth":
        await story.arrange_client()
    await story.arrange(case["given"], world)
    repeat = case.get("repeat") or {"count": 1, "per_second": 1}
    for _ in range(repeat["count"]):
        await story.play(case)
        if repeat["count"] > 1:
            await asyncio.sleep(1 / repeat["per_second"] / _PACE)
