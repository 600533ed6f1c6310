"""Leaf values on their way out: the scalar's or enum's own serialisation, left out where it would change nothing."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLLeafType, GraphQLScalarType

from gatehouse.api.graphql.compiled.selection import Uncompilable

Leaf = Callable[[Any], Any]

# Values of exactly this type are serialised as they are (GraphQL §3.5); Int also has a range.
_AS_THEY_ARE: Final[dict[str, type]] = {"String": str, "ID": str, "Boolean": bool}


def leaf(of: GraphQLLeafType) -> Leaf:
    """The function that makes a value of this type, but None, ready for JSON.

    It raises whatever the type's own serialisation raises.
    """
    if isinstance(of, GraphQLEnumType):
        return _enum(of)
    if isinstance(of, GraphQLScalarType):
        return of.serialize
    raise Uncompilable


def plain_type(of: GraphQLLeafType) -> type | None:
    """The type whose values are ready for JSON as they are; None when each value has to be looked at."""
    return _AS_THEY_ARE.get(of.name)


def _enum(of: GraphQLEnumType) -> Leaf:
    names: dict[int, str] = {}  # by id: members live as long as their class, and to hash one takes longer than the rest

    def finish(value: Any) -> Any:
        name = names.get(id(value))
        if name is None:
            name = of.serialize(value)
            if isinstance(value, Enum):
                names[id(value)] = name
        return name

    return finish
