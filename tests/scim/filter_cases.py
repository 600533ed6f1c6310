"""The shared filter cases (``filters.jsonl``) and the users whom they look for (``filter-users.json``)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent

CASES: list[dict[str, Any]] = [json.loads(line) for line in (_HERE / "filters.jsonl").read_text().splitlines()]
USERS: list[dict[str, Any]] = json.loads((_HERE / "filter-users.json").read_text())
"""SCIM users; ``key`` is what the cases call them by."""


def accepted(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers that pass: ``{"match": keys}`` or ``{"error": 400}``; several where the RFCs leave it open."""
    if case["class"] != "rfc" and "allow" in case:
        allowed: list[dict[str, Any]] = case["allow"]
        return allowed
    return [{"match": case["match"]} if case["valid"] else {"error": 400}]
