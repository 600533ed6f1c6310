"""Leaf values on their way out: the scalar's or enum's own serialisation, left out where it would change nothing."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLLeafType, GraphQLScalarType

from gatehouse.api.graphql.compiled.selection import Uncompilable

Leaf = Callable[[Any], Any]

# Values of exactly this type are serialised as they are (GraphQL §3.5; those of our own scalars have been written already);
# Int also has a range.
_AS_THEY_ARE: Final[dict[str, type]] = {"String": str, "ID": str, "Boolean": bool, "DateTime": str, "UUID": str}


def leaf(of: GraphQLLeafType) -> Leaf:
    """The function that makes a value of this type, but None, ready for JSON.

    It raises whatever the type's own serialisation raises.
    """
    if isinstance(of, GraphQLEnumType):
        return EnumLeaf(of)
    if isinstance(of, GraphQLScalarType):
        return of.serialize
    raise Uncompilable


def plain_type(of: GraphQLLeafType) -> type | None:
    """The type whose values are ready for JSON as they are; None when each value has to be looked at."""
    return _AS_THEY_ARE.get(of.name)


class EnumLeaf:
    """Writes the values of an enum.

    :param names: of the members that have been written, by id: members live as long as their class, and to hash one takes
        longer than the rest.
    """

    __slots__ = ("_of", "names")

    def __init__(self, of: GraphQLEnumType) -> None:
        self._of = of
        self.names: dict[int, str] = {}

    def __call__(self, value: Any) -> Any:
        """The name of a value."""
        name = self.names.get(id(value))
        if name is None:
            name = self._of.serialize(value)
            if isinstance(value, Enum):
                self.names[id(value)] = name
        return name
