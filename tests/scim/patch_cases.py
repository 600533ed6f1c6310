"""The shared PATCH cases (``patches.jsonl``): ``before``, ``ops``, and ``after`` or ``error``; any of ``allow`` passes too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bodies import PATCH_OP

from gatehouse.api.scim.responses import STATUS
from gatehouse.errors import GatehouseError
from gatehouse.scim.patch import unchanged

CASES: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "patches.jsonl").read_text().splitlines()
]


@dataclass(frozen=True)
class Outcome:
    """What came of a PATCH."""

    after: dict[str, Any] | None = None
    error: GatehouseError | None = None


def message(case: dict[str, Any]) -> dict[str, Any]:
    """The PatchOp message of a case."""
    return case.get("body") or {"schemas": [PATCH_OP], "Operations": case["ops"]}  # type: ignore[no-any-return]


def outcomes(case: dict[str, Any]) -> list[dict[str, Any]]:
    """The outcomes that pass: the one given, and those allowed."""
    return [case, *case.get("allow", ())]


def accepts(wanted: dict[str, Any], found: Outcome, before: dict[str, Any]) -> bool:
    """Whether the outcome is the wanted one."""
    if "error" in wanted:
        return found.error is not None and accepts_error(wanted["error"], *STATUS[type(found.error)])
    if found.after is None:
        return False
    if wanted["after"] == "unchanged":
        return unchanged(before, found.after)
    return same(wanted["after"], found.after)


def same(wanted: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether two resources hold the same; ``schemas`` follows from the rest and is left out of some cases."""
    return unchanged({**wanted, "schemas": []}, {**found, "schemas": []})


def accepts_error(wanted: dict[str, Any], status: int, scim_type: str | None) -> bool:
    """Whether an error has the wanted status and one of the wanted scimTypes."""
    types = wanted.get("scimType")
    return status == wanted["status"] and (
        types is None or scim_type in (types if isinstance(types, list) else [types])
    )
