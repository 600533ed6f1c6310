"""What the parts of a SCIM request cost that need no database: CPU microseconds for each, the best of several rounds."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
from entra_load import patch_body, user_body

from gatehouse.api.scim.responses import user_bytes
from gatehouse.limits import DEFAULT_LIMITS
from gatehouse.records import ScimMode, ShownUser, UnknownAttributes
from gatehouse.scim.changes import changes
from gatehouse.scim.evaluate import matches
from gatehouse.scim.filter import parse_filter
from gatehouse.scim.json_text import parse_json
from gatehouse.scim.patch import apply_patch, parse_patch
from gatehouse.scim.project import Projection
from gatehouse.scim.resource import read_resource
from gatehouse.scim.schema import USER
from gatehouse.store import value_index

_TIMES = 300
_ROUNDS = 15
_FILTER = 'userName eq "u1@contoso.example" and (active eq true or emails[type eq "work"].value sw "u")'


def main() -> None:
    """Measure and print."""
    print("\nparts of a request: CPU us")  # noqa: T201
    for name, part in _parts().items():
        print(f"{name:32}{_best_us(part):>8.1f}")  # noqa: T201


def _parts() -> dict[str, Callable[[], object]]:
    body = user_body("u", 1)
    rules: dict[str, Any] = {"mode": ScimMode.ENTRA, "unknown": UnknownAttributes.IGNORE, "limits": DEFAULT_LIMITS}
    resource = read_resource(json.loads(body), USER, **rules).resource
    tree = parse_filter(_FILTER, USER, DEFAULT_LIMITS, lenient=True)
    message = json.loads(patch_body(1, ["title", "userType", "active"], legacy=True))
    request = parse_patch(message, USER, **rules)
    patched = apply_patch(resource, request, USER, server={})
    shown = ShownUser(
        str(UUID(int=1)), 3, orjson.dumps(resource).decode(), 1_764_000_000_000_000, 1_764_000_001_000_000
    )
    base_url, some = "http://127.0.0.1:8080/scim/v2", Projection.parse(["userName", "emails"], [], USER)
    return {
        "parse the JSON of a user": lambda: parse_json(body, DEFAULT_LIMITS),
        "read a user": lambda: read_resource(json.loads(body), USER, **rules),
        "index a user": lambda: (value_index.columns(resource), value_index.rows(resource)),
        "parse a filter": lambda: parse_filter(_FILTER, USER, DEFAULT_LIMITS, lenient=True),
        "evaluate a filter": lambda: matches(tree, resource),
        "parse a PATCH of 3 attributes": lambda: parse_patch(message, USER, **rules),
        "apply it": lambda: apply_patch(resource, request, USER, server={}),
        "tell what it changed": lambda: changes(resource, patched),
        "render a user": lambda: user_bytes(shown, base_url, Projection()),
        "render 2 attributes of a user": lambda: user_bytes(shown, base_url, some),
    }


def _best_us(part: Callable[[], object]) -> float:
    rounds: list[float] = []
    for _ in range(_ROUNDS):
        begun = time.process_time_ns()
        for _ in range(_TIMES):
            part()
        rounds.append((time.process_time_ns() - begun) / _TIMES / 1_000)
    return min(rounds)


if __name__ == "__main__":
    main()
