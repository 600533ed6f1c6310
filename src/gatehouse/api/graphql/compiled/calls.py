"""Resolvers bound to one execution: arguments are converted once, however many objects a field is asked of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import GraphQLField, GraphQLResolveInfo
from strawberry.types.field import StrawberryField

from gatehouse.api.graphql.compiled.arguments import DEFINITION, converter

Call = Callable[[Any], Any]
"""The object that is asked → the field's value, or what to await for it; or several objects → to await: a value each."""

Bind = Callable[[GraphQLResolveInfo[Any], Mapping[str, Any]], Call]
"""The execution, and the arguments as the executor coerces them → the call; all calls share what those are converted to."""


def binder(definition: GraphQLField, together: Callable[..., Any] | None = None) -> Bind:
    """Make the resolver a function of the object alone, for one execution after the other.

    :param together: answers for several objects at once, in place of the resolver, whose arguments it takes.
    :raises Uncompilable: an argument is of a kind that makes its own value.
    """
    field: StrawberryField = definition.extensions[DEFINITION]
    method = field.base_resolver
    if method is None or field.extensions or not method.self_parameter:
        return _plain(definition.resolve)
    convert = converter(definition)
    function: Callable[..., Any] = together or method.wrapped_func  # type: ignore[assignment]  # asks for self
    wants_info = method.info_parameter

    def bind(info: GraphQLResolveInfo[Any], arguments: Mapping[str, Any]) -> Call:
        named = convert(arguments)
        if wants_info is not None:
            schema = info.schema._strawberry_schema  # type: ignore[attr-defined]  # noqa: SLF001 Strawberry's own link
            named[wants_info.name] = schema.config.info_class(_raw_info=info, _field=field)
        return lambda source: function(source, **named)

    return bind


def _plain(resolve: Any) -> Bind:
    return lambda info, arguments: lambda source: resolve(source, info, **arguments)
