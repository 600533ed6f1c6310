"""What is bundled into the pages may be passed on with them; tools that only build them stay behind."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

_PERMISSIVE = {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "PSF-2.0"}
_LOCK = Path(__file__).parents[2] / "frontend-stub" / "package-lock.json"
_BUNDLED: dict[str, dict[str, Any]] = {
    name.removeprefix("node_modules/"): package
    for name, package in json.loads(_LOCK.read_text("utf-8"))["packages"].items()
    if name and not package.get("dev", False)
}


def test_the_lock_is_read_to_the_leaves():
    assert {"graphiql", "monaco-editor", "react", "react-aria-components", "urql", "zustand"} <= _BUNDLED.keys()


@pytest.mark.parametrize("name", sorted(_BUNDLED))
def test_licence_is_permissive(name: str):
    assert set(_BUNDLED[name]["license"].split(" AND ")) <= _PERMISSIVE
