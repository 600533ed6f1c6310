"""Arguments as resolvers take them, converted by functions that are made once for each type of the schema.

They do what Strawberry's ``convert_arguments`` does with every request, where it looks up names and types anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryMaybe

from gatehouse.api.graphql.compiled.selection import Uncompilable

DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF

Convert = Callable[[Any], Any]
"""A value as the executor coerces it → as the resolver takes it."""


def converter(definition: GraphQLField) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """The function that converts the arguments of a field; those left out stay out.

    :raises Uncompilable: an argument is of a kind that makes its own value.
    """
    parts = [_part(name, argument) for name, argument in definition.args.items()]

    def convert(given: Mapping[str, Any]) -> dict[str, Any]:
        return {python_name: finish(given[name]) for name, python_name, finish in parts if name in given}

    return convert


def _part(name: str, given: Any) -> tuple[str, str, Convert]:
    """An argument, or a field of an input: its name in the schema, in Python, and the conversion."""
    definition = given.extensions[DEFINITION]
    if isinstance(definition.type, StrawberryMaybe):
        raise Uncompilable
    return name, definition.python_name, _of(given.type)


def _of(kind: GraphQLInputType) -> Convert:
    if is_non_null_type(kind):
        return _of(kind.of_type)
    if is_list_type(kind):
        one = _of(kind.of_type)
        return lambda value: None if value is None else [one(item) for item in value]
    return _input(kind) if is_input_object_type(kind) else _as_it_is


@lru_cache(maxsize=256)
def _input(kind: GraphQLInputObjectType) -> Convert:
    definition = kind.extensions[DEFINITION]
    if definition.from_input is not None:
        raise Uncompilable
    origin = definition.origin
    nothing = {field.python_name: None for field in definition.fields if not _has_default(field)}
    parts: list[tuple[str, str, Convert]] = []  # filled at the first use: an input may hold its own kind

    def convert(value: Any) -> Any:
        if value is None:
            return None
        if not parts:
            parts.extend(_part(name, field) for name, field in kind.fields.items())
        given = {python_name: finish(value[name]) for name, python_name, finish in parts if name in value}
        return origin(**{**nothing, **given})

    return convert


def _has_default(field: Any) -> bool:
    return field.default_value is not MISSING or field.default_factory is not MISSING


def _as_it_is(value: Any) -> Any:
    return value
