"""Leaf values on their way out: the scalar's or enum's own serialisation, left out where it would change nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from graphql import GraphQLEnumType, GraphQLLeafType, GraphQLScalarType

from gatehouse.api.graphql.compiled.selection import Uncompilable

Leaf = Callable[[Any], Any]

# Values of exactly this type are serialised as they are (GraphQL §3.5); Int also has a range.
_AS_THEY_ARE: Final[dict[str, type]] = {"String": str, "ID": str, "Boolean": bool}


def leaf(of: GraphQLLeafType) -> Leaf:
    """The function that makes a value of this type ready for JSON; None stays None.

    It raises whatever the type's own serialisation raises.
    """
    if isinstance(of, GraphQLEnumType):
        return _enum(of)
    if isinstance(of, GraphQLScalarType):
        return _scalar(of)
    raise Uncompilable


def plain_type(of: GraphQLLeafType) -> type | None:
    """The type whose values are ready for JSON as they are; None when each value has to be looked at."""
    return _AS_THEY_ARE.get(of.name)


def _scalar(of: GraphQLScalarType) -> Leaf:
    serialise = of.serialize

    def finish(value: Any) -> Any:
        return None if value is None else serialise(value)

    return finish


def _enum(of: GraphQLEnumType) -> Leaf:
    names: dict[Any, str] = {}

    def finish(value: Any) -> Any:
        if value is None:
            return None
        name = names.get(value)
        if name is None:
            name = names[value] = of.serialize(value)
        return name

    return finish
