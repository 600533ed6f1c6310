"""Dependencies are pinned by content, and the pins name no server: they install from whichever mirror is at hand."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_TOP = Path(__file__).parents[2]
_NPM_LOCKS = [
    _TOP / "frontend-stub/package-lock.json",
    _TOP / "tests/peers/package-lock.json",
    _TOP / "bench/peers/package-lock.json",
]
_LOCKS = [*sorted((_TOP / "requirements").glob("*.txt")), *_NPM_LOCKS]
_PYTHON_LOCKS = [file for file in _LOCKS if file.suffix == ".txt"]
_ADDRESS = re.compile(r"\b(?:https?|file|git|ssh)\b:|//|--(?:extra-)?index-url|--find-links")
_PINNED = re.compile(r"^([a-z0-9-]+)==\S+( ; .+)? \\(\n    --hash=sha256:[0-9a-f]{64}( \\)?)+$", re.MULTILINE)
_PROJECT = tomllib.loads((_TOP / "pyproject.toml").read_text("utf-8"))


def _name(file: Path) -> str:
    return str(file.relative_to(_TOP))


@pytest.mark.parametrize("file", _PYTHON_LOCKS, ids=_name)
def test_lock_names_no_server(file: Path) -> None:
    assert not _ADDRESS.findall(file.read_text("utf-8"))


@pytest.mark.parametrize("file", _NPM_LOCKS, ids=_name)
def test_npm_lock_names_no_server(file: Path) -> None:
    text = file.read_text("utf-8")
    packages = json.loads(text)["packages"]

    assert "://" not in text, "run `make locks`"
    assert not [name for name, package in packages.items() if "resolved" in package]
    assert not [name for name, package in packages.items() if name and "integrity" not in package]


@pytest.mark.parametrize("file", _PYTHON_LOCKS, ids=_name)
def test_every_line_is_a_pin_with_hashes(file: Path) -> None:
    assert not _PINNED.sub("", file.read_text("utf-8")).strip()


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("run", _PROJECT["project"]["dependencies"]),
        ("build", _PROJECT["dependency-groups"]["build"]),
        ("clairvoyance", _PROJECT["dependency-groups"]["clairvoyance"]),
        ("dev", [*_PROJECT["project"]["dependencies"], *_PROJECT["dependency-groups"]["dev"]]),
    ],
    ids=["run", "build", "clairvoyance", "dev"],
)
def test_lock_has_what_the_project_asks_for(lock: str, wanted: list[str]) -> None:
    pins = _pins(lock)

    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), f"{requirement}: `make locks`"


@pytest.mark.parametrize("lock", ["build", "dev"])
def test_locks_agree(lock: str) -> None:
    one, other = _pins("run"), _pins(lock)

    assert not [name for name in one.keys() & other.keys() if one[name] != other[name]]


@pytest.mark.parametrize("file", ["Makefile", "docker/Dockerfile"])
def test_locks_are_installed_as_they_are(file: str) -> None:
    """pip, resolving, looks for `coverage[toml]` beside the pinned `coverage`: a new release then breaks the install."""
    text = (_TOP / file).read_text("utf-8")
    pip = re.search(r"^PIP := (.+)$", text, re.MULTILINE)
    expanded = text.replace("$(PIP)", pip[1]) if pip else text
    installs = [line for line in expanded.splitlines() if "--require-hashes" in line]

    assert len(installs) == (3 if pip else 2)
    assert [line for line in installs if "--no-deps" not in line] == []


def _pins(lock: str) -> dict[str, str]:
    text = (_TOP / "requirements" / f"{lock}.txt").read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))
