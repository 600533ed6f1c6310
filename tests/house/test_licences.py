"""What is installed with the service may be passed on with it."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

_PERMISSIVE = re.compile(
    r"(?:0BSD|Apache(?: Software License|-2\.0)?|BSD(?: License|-[23]-Clause)?|3-Clause BSD License|ISC(?: License)?(?: \(ISCL\))?"
    r"|MIT(?:-0| License)?|PSF-2\.0|Python Software Foundation License|Unlicense)"
)
_FILE_LEVEL_COPYLEFT = {  # MPL-2.0: binds changes to their own files, which we do not change
    "certifi": "the certificates of Mozilla",
    "orjson": "the part that writes JSON; the rest is Apache-2.0 or MIT",
}
_MPL = re.compile(r"MPL-2\.0|Mozilla Public License 2\.0 \(MPL 2\.0\)")


def _installed(name: str = "gatehouse", extras: frozenset[str] = frozenset()) -> dict[str, Distribution]:
    """All distributions that ``name`` needs here, by name."""
    found: dict[str, Distribution] = {}
    for text in distribution(name).requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras | {""}):
            found[canonicalize_name(requirement.name)] = distribution(requirement.name)
            found |= _installed(requirement.name, frozenset(requirement.extras))
    return found


_INSTALLED = _installed(extras=frozenset({"tracing"}))


def test_the_tree_is_walked_to_the_leaves() -> None:
    assert {"starlette", "anyio", "idna", "pypika-tortoise", "uvloop"} <= _INSTALLED.keys()


@pytest.mark.parametrize("name", sorted(_INSTALLED.keys() - _FILE_LEVEL_COPYLEFT.keys()))
def test_licence_is_permissive(name: str) -> None:
    assert all(_PERMISSIVE.fullmatch(licence) for licence in _licences(_INSTALLED[name]))


@pytest.mark.parametrize("name", sorted(_FILE_LEVEL_COPYLEFT))
def test_licence_binds_only_its_own_files(name: str) -> None:
    licences = _licences(_INSTALLED[name])

    assert all(_PERMISSIVE.fullmatch(licence) or _MPL.fullmatch(licence) for licence in licences)


def _licences(installed: Distribution) -> list[str]:
    """Each licence named: by SPDX expression (PEP 639), else by classifiers, else by the old free field."""
    metadata = installed.metadata
    expression = next(iter(metadata.get_all("License-Expression") or []), "")
    classifiers = metadata.get_all("Classifier") or []
    old = [text.rpartition(" :: ")[2] for text in classifiers if text.startswith("License :: OSI Approved :: ")]
    named = re.split(r"[()\s]*\b(?:AND|OR)\b[()\s]*|[()]+$", expression)
    return [name for name in named if name] or old or [metadata["License"]]
