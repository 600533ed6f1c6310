"""The variables of an operation, whose types are looked up once instead of with every request."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLError,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    VariableValues,
    coerce_input_value,
    get_variable_values,
    is_non_null_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import VariableValueSource

from gatehouse.api.graphql.compiled.selection import Uncompilable


@dataclass(frozen=True, slots=True)
class _Variable:
    """What is known of a variable; ``left_out`` is its value then, Undefined if it has none."""

    signature: GraphQLVariableSignature
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
                value = coerce_input_value(given[name], signature.type)
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
    if definition.default_value is None:
        return _Variable(signature, is_non_null_type(signature.type), Undefined)
    alone = get_variable_values(schema, [definition], {})
    if isinstance(alone, list):
        raise Uncompilable
    return _Variable(signature, required=False, left_out=alone.coerced.get(signature.name, Undefined))
