"""The arguments of a field in a document: coerced once, so that an execution has only to fill in its variables.

graphql-core coerces them once with a mark in place of each variable: it takes the value of a variable as it is, so what it
makes of the marks is the shape of what it makes of any values. Where a variable is left out or null, defaults and refusals
come in: then it coerces the arguments itself, as it does where marks do not pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    VariableNode,
    VariableValues,
    Visitor,
    get_argument_values,
    visit,
)

Arguments = Callable[[VariableValues], Mapping[str, Any]]
"""The variables of an execution, coerced → the arguments, coerced."""

_Fill = Callable[[Mapping[str, Any]], Any]


def arguments_of(definition: GraphQLField, node: FieldNode) -> Arguments:
    """What ``graphql.get_argument_values`` gives for the field, as a function of the variables.

    :raises GraphQLError: arguments without variables do not fit.
    """
    names = _variables(node)
    if not names:
        constant = get_argument_values(definition, node)
        return lambda _variables: constant
    try:
        marked = get_argument_values(definition, node, VariableValues({}, {name: _Mark(name) for name in names}))
    except GraphQLError:
        return lambda variables: get_argument_values(definition, node, variables)
    fill = _filling(marked)

    def arguments(variables: VariableValues) -> Mapping[str, Any]:
        values = variables.coerced
        for name in names:
            if values.get(name) is None:
                return get_argument_values(definition, node, variables)
        filled: Mapping[str, Any] = fill(values)
        return filled

    return arguments


class _Mark:
    """Stands for the value of a variable."""

    def __init__(self, name: str) -> None:
        self.name = name


def _variables(node: FieldNode) -> list[str]:
    found: dict[str, None] = {}

    class Collector(Visitor):
        def enter_variable(self, variable: VariableNode, *_rest: Any) -> None:
            found[variable.name.value] = None

    for argument in node.arguments or ():
        visit(argument, Collector())
    return list(found)


def _filling(marked: Any) -> _Fill:
    """The value, with the marks in it replaced."""
    if isinstance(marked, _Mark):
        name = marked.name
        return lambda values: values[name]
    if isinstance(marked, list) and _has_marks(marked):
        items = [_filling(item) for item in marked]
        return lambda values: [fill(values) for fill in items]
    if isinstance(marked, dict) and _has_marks(marked):
        fields = [(key, _filling(value)) for key, value in marked.items()]
        return lambda values: {key: fill(values) for key, fill in fields}
    return lambda _values: marked


def _has_marks(value: Any) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    return any(map(_has_marks, value)) if isinstance(value, list) else isinstance(value, _Mark)
