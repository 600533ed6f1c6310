"""What a client asks of a list: by query parameters, or by a SearchRequest message (RFC 7644 §3.4.2, §3.4.3)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gatehouse.errors import InvalidSyntax, InvalidValue
from gatehouse.scim.attribute import AttributeType, Target
from gatehouse.scim.filter import value_target
from gatehouse.scim.messages import SEARCH_REQUEST, check_schemas
from gatehouse.scim.schema import ResourceType

_LISTS = ("attributes", "excludedAttributes")
_TEXTS = ("filter", "sortBy", "sortOrder", "cursor")
_INTEGERS = ("startIndex", "count")
_ORDERS = {"ascending": False, "descending": True}
_UNSORTABLE = frozenset({AttributeType.COMPLEX, AttributeType.BINARY})


@dataclass(frozen=True, slots=True)
class ListQuery:
    """One query, decoded and within its limits.

    :param filter: None for every resource.
    :param sort_by: None for the order of creation, which always ascends.
    :param start_index: 1-based, of the first resource; without meaning beside ``cursor``.
    :param count: how many resources at most.
    :param cursor: None for paging by index; empty for the first page by cursor (RFC 9865 §2).
    :param shown: the names of ``attributes`` and ``excludedAttributes``: a cursor holds only for the same query.
    """

    filter: str | None = None
    sort_by: str | None = None
    descending: bool = False
    start_index: int = 1
    count: int = 100
    cursor: str | None = None
    shown: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @property
    def fingerprint(self) -> str:
        """What must be the same in the queries of all pages (RFC 9865 §2.3), as a text."""
        names = [sorted(name.lower() for name in part) for part in self.shown]
        sort_by = None if self.sort_by is None else self.sort_by.lower()
        return json.dumps([self.filter, sort_by, self.descending, *names])


def parse_order(text: str | None) -> bool:
    """Read ``sortOrder``: whether it is descending; ascending when absent (RFC 7644 §3.4.2.3).

    :raises InvalidValue: it is neither of the two words.
    """
    descending = _ORDERS.get((text or "ascending").lower())
    if descending is None:
        raise InvalidValue("sortOrder must be ascending or descending", path="sortOrder")
    return descending


def parse_sort(text: str, resource_type: ResourceType) -> Target:
    """Read ``sortBy``: a path in any spelling; a complex attribute stands for its ``value`` (RFC 7644 §3.4.2.3).

    :raises InvalidValue: no attribute, one that is not stored, or one without an order.

    >>> from gatehouse.scim.schema import USER
    >>> parse_sort("EMAILS", USER).path
    'emails.value'
    """
    target = resource_type.resolve(text.strip())
    if target is None or not target.supported:
        raise InvalidValue(f"sortBy: there is no attribute {text[:64]!r} of a {resource_type.name}", path="sortBy")
    target = value_target(target, resource_type)
    if target.leaf.type in _UNSORTABLE or target.path == "schemas":
        hint = "sort by one of its sub-attributes" if target.leaf.sub_attributes else None
        raise InvalidValue(f"sortBy: {target.path} has no order", path="sortBy", hint=hint)
    return target


def search_parameters(body: Mapping[str, Any], *, lenient: bool) -> dict[str, list[str]]:
    """Read a SearchRequest as the query parameters that it stands for, by lower-case name.

    Lists of names may be arrays or one text with commas; null is the same as absent; other names are ignored.

    :param lenient: ``schemas`` may be missing (L17).
    :raises InvalidSyntax: it is no SearchRequest, or names a parameter twice.
    :raises InvalidValue: a parameter has the wrong type.

    >>> search_parameters({"count": 2, "attributes": ["userName", "name"]}, lenient=True)
    {'count': ['2'], 'attributes': ['userName', 'name']}
    """
    fields = {name.lower(): value for name, value in body.items()}
    if len(fields) != len(body):
        raise InvalidSyntax("A parameter is given more than once in different case")
    check_schemas(fields.get("schemas"), SEARCH_REQUEST, lenient=lenient)
    found: dict[str, list[str]] = {}
    for name in (*_TEXTS, *_INTEGERS, *_LISTS):
        value = fields.get(name.lower())
        if value is not None:
            found[name.lower()] = _parameter(name, value)
    return found


def _parameter(name: str, value: object) -> list[str]:
    if name in _LISTS and isinstance(value, list) and all(isinstance(item, str) for item in value):
        return value
    if name in _INTEGERS and isinstance(value, int) and not isinstance(value, bool):
        return [str(value)]
    if isinstance(value, str):
        return [value]
    wanted = "an integer" if name in _INTEGERS else "a list of attribute names" if name in _LISTS else "a string"
    raise InvalidValue(f"{name} must be {wanted}", path=name)
