"""One filter over resources of several types (RFC 7644 §3.4.2.1): at the base URI, ``/`` and ``/.search``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.scim.attribute import Target
from gatehouse.scim.filter import parse_filter
from gatehouse.scim.filter_tree import Filter
from gatehouse.scim.schema import ResourceType


def parse_shared_filter(
    text: str, resource_types: Sequence[ResourceType], limits: Limits = DEFAULT_LIMITS, *, lenient: bool = True
) -> list[Filter]:
    """Parse a filter once for each resource type; what a type lacks has no value there.

    :raises InvalidFilter: as :func:`gatehouse.scim.filter.parse_filter`; an attribute is unknown if no type has it.

    >>> from gatehouse.scim.filter import print_filter
    >>> from gatehouse.scim.schema import GROUP, USER
    >>> [print_filter(tree) for tree in parse_shared_filter("members pr", [USER, GROUP])]
    ['urn:ietf:params:scim:schemas:core:2.0:Group:members pr', 'members pr']
    """
    return [
        parse_filter(
            text, _Seen(own, tuple(other for other in resource_types if other is not own)), limits, lenient=lenient
        )
        for own in resource_types
    ]


@dataclass(frozen=True, slots=True)
class _Seen:
    """The attributes of several resource types, seen from one of them.

    Those of the others are bound under the URN of their schema, under which a resource of this type has nothing.
    """

    own: ResourceType
    others: tuple[ResourceType, ...]

    def resolve(self, path: str) -> Target | None:
        found = self.own.resolve(path)
        if found is not None:
            return found
        for other in self.others:
            foreign = other.resolve(path)
            if foreign is not None:
                return Target(foreign.attribute, foreign.sub, foreign.urn or other.schema)
        return None
