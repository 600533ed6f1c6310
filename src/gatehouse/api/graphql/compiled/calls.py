"""Resolvers bound to one execution: arguments are converted once, however many objects a field is asked of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import GraphQLField, GraphQLResolveInfo
from strawberry.schema.schema_converter import GraphQLCoreConverter, get_arguments
from strawberry.types.field import StrawberryField

DEFINITION: Final = GraphQLCoreConverter.DEFINITION_BACKREF
_OBJECT: Final = object()  # stands for the object that is asked

Call = Callable[[Any], Any]
"""The object that is asked → the field's value, or what to await for it; or several objects → to await: a value each."""


def bind(
    definition: GraphQLField,
    info: GraphQLResolveInfo[Any],
    arguments: Mapping[str, Any],
    together: Callable[..., Any] | None = None,
) -> Call:
    """Make the resolver a function of the object alone.

    :param arguments: as the executor coerces them. What they are converted to is shared by all calls.
    :param together: answers for several objects at once, in place of the resolver, whose arguments it takes.
    """
    field: StrawberryField = definition.extensions[DEFINITION]
    resolve: Callable[..., Any] = definition.resolve  # type: ignore[assignment]  # what has none was sorted out
    method = field.base_resolver
    if method is None or field.extensions or not method.self_parameter:
        return lambda source: resolve(source, info, **arguments)
    converter = info.schema._strawberry_schema.schema_converter  # type: ignore[attr-defined]  # noqa: SLF001 Strawberry's own link
    _, named = get_arguments(
        field=field,
        source=_OBJECT,
        info=converter.config.info_class(_raw_info=info, _field=field),
        kwargs=dict(arguments),
        config=converter.config,
        scalar_registry=converter.scalar_registry,
    )
    function: Callable[..., Any] = together or method.wrapped_func  # type: ignore[assignment]  # asks for self
    return lambda source: function(source, **named)
