"""The variables of an operation, whose types are looked up once instead of with every request."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    VariableValues,
    coerce_input_value,
    get_variable_values,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValueSource

from gatehouse.api.graphql.compiled.selection import Uncompilable


@dataclass(frozen=True, slots=True)
class _Variable:
    """What is known of a variable; ``left_out`` is its value then, Undefined if it has none."""

    signature: GraphQLVariableSignature
    coerce: Callable[[Any], Any]  # Undefined: the value does not fit
    required: bool
    left_out: Any


class Variables:
    """Coerces them as ``graphql.get_variable_values`` does (GraphQL §6.1.2).

    :raises Uncompilable: a type that takes no input, or a default value that does not fit.
    """

    def __init__(self, schema: GraphQLSchema, definitions: Collection[VariableDefinitionNode]) -> None:
        self._variables = [_variable(schema, definition) for definition in definitions]

    def coerced(self, given: Mapping[str, Any]) -> VariableValues | None:
        """The values; None when one of them does not fit."""
        try:
            return self._coerced(given)
        except GraphQLError:  # Strawberry refuses an input of its own accord
            return None

    def _coerced(self, given: Mapping[str, Any]) -> VariableValues | None:
        sources: dict[str, VariableValueSource] = {}
        found: dict[str, Any] = {}
        for variable in self._variables:
            signature = variable.signature
            name = signature.name
            if name in given:
                sources[name] = VariableValueSource(signature, given[name])
                value = variable.coerce(given[name])
            else:
                sources[name] = VariableValueSource(signature)
                value = variable.left_out
                if value is Undefined and not variable.required:
                    continue
            if value is Undefined:
                return None
            found[name] = value
        return VariableValues(sources, found)


def _variable(schema: GraphQLSchema, definition: VariableDefinitionNode) -> _Variable:
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        raise Uncompilable
    coerce = _coercion(signature.type)
    if definition.default_value is None:
        return _Variable(signature, coerce, is_non_null_type(signature.type), Undefined)
    alone = get_variable_values(schema, [definition], {})
    if isinstance(alone, list):
        raise Uncompilable
    return _Variable(signature, coerce, required=False, left_out=alone.coerced.get(signature.name, Undefined))


def _coercion(kind: GraphQLInputType) -> Callable[[Any], Any]:
    """``graphql.coerce_input_value`` to one type; required leaves, such as ids, come with nearly every request."""
    leaf = kind.of_type if is_non_null_type(kind) else None
    if leaf is None or not is_leaf_type(leaf):
        return lambda value: coerce_input_value(value, kind)
    coerce_leaf = leaf.coerce_input_value

    def coerce(value: Any) -> Any:
        try:
            return Undefined if value is None else coerce_leaf(value)
        except Exception:  # noqa: BLE001 - whatever a scalar raises, the value does not fit
            return Undefined

    return coerce
