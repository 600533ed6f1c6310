"""Read-only attributes in a PATCH without a path (lenient rule L10): a client that sends a whole resource sends them too.

A tenant in mode ``entra`` ignores them. To the letter they must be as they are: then nothing is asked for. So it is with
``schemas``, which follows from the rest of the value: the order of its names must not matter (RFC 7643 §2.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gatehouse.errors import ImmutableAttribute
from gatehouse.scim.attribute import Target

_ADDRESSES: Final = frozenset({"location", "$ref"})


@dataclass(frozen=True, slots=True)
class Stated:
    """What a message says of a read-only attribute; of ``schemas`` the set of URNs in lower case."""

    target: Target
    value: Any


def check_stated(stated: Iterable[Stated], resource: Mapping[str, Any]) -> None:
    """Compare with what there is; of ``meta`` and each group only what is stated. Addresses depend on who asks: all pass.

    ``schemas`` must name all that there is. An extension that is not there may be named: the value may bring it.

    :param resource: with the attributes that the server sets.
    :raises ImmutableAttribute: something is not as stated (RFC 7644 §3.5.2: scimType ``mutability``).
    """
    for statement in stated:
        target = statement.target
        found = resource.get(target.attribute.name)
        if target.sub is not None:
            found = found.get(target.sub.name) if isinstance(found, dict) else None
        if target.path == "schemas":
            _check_schemas(statement.value, resource["schemas"])
        elif target.path != "meta.location" and not _same(statement.value, found):
            raise ImmutableAttribute(f"{target.path} is read-only", path=target.path)


def _check_schemas(named: frozenset[str], found: Iterable[str]) -> None:
    missing = [urn for urn in found if urn.lower() not in named]
    if missing:
        raise ImmutableAttribute(f"schemas is read-only without a path, and names no {missing[0]}", path="schemas")


def _by_value(elements: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """Elements, in whatever order, by their ``value``; without those that have none."""
    parts = [
        {name.lower(): part for name, part in element.items()} for element in elements if isinstance(element, dict)
    ]
    return {element["value"]: element for element in parts if isinstance(element.get("value"), str)}


def _same(value: Any, found: Any) -> bool:
    if isinstance(value, dict) and isinstance(found, dict):
        parts = {name.lower(): part for name, part in found.items()}
        return all(name.lower() in _ADDRESSES or _same(part, parts.get(name.lower())) for name, part in value.items())
    if isinstance(value, list) and isinstance(found, list):
        stated, known = _by_value(value), _by_value(found)
        alike = len(value) == len(stated) and stated.keys() == known.keys()
        return alike and all(_same(element, known[name]) for name, element in stated.items())
    return value == found or (found is None and value in ([], {}))
