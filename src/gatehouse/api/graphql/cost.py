"""What a document costs, told from its text, its variables and the schema before anything runs.

Each field costs 1. What is inside a list counts once for each element: a page for as many as ``first`` or ``last`` asks
for (25 or 50 by default), ``nodes(ids:)`` for as many ids, any other list for :data:`LIST`. Fields that mean a query of
their own over many rows weigh more (:data:`WEIGHTS`). Only the operation that is to run counts. Each fragment is priced
once for each page size around it, never expanded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    ArgumentNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    IntValueNode,
    ListValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
)

from gatehouse.api.graphql.budget import MAX_PAGE

LIST: Final = 5  # elements that a list without a page is taken to have
DEFAULT_PAGE: Final = 25
DEFAULT_PAGES: Final = {"provisioningEvents": 50, "timeline": 50, "auditEntries": 50, "scimRequests": 50}
WEIGHTS: Final = {
    "totalCount": 5,
    "userCount": 5,
    "facets": 10,
    "insights": 50,
    "trace": 10,
    "attributes": 20,
    "evaluateMapping": 25,
}
MUTATION: Final = 10
_PARTS_OF_PAGES: Final = frozenset({"nodes", "edges"})


@dataclass(slots=True)
class _Price:
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    known: dict[tuple[str, int], int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)  # variables that decide page sizes

    def selections(self, node: SelectionSetNode | None, parent: Any, page: int) -> int:
        """Price a selection set; ``page`` is how many elements the connection around it holds, 1 elsewhere."""
        total = 0
        for selection in node.selections if node else ():
            if isinstance(selection, FieldNode):
                total += self.field(selection, parent, page)
            elif isinstance(selection, FragmentSpreadNode):
                total += self.fragment(selection.name.value, page)
            else:
                condition = getattr(selection, "type_condition", None)
                inner = self.schema.get_type(condition.name.value) if condition else parent
                total += self.selections(selection.selection_set, inner, page)  # type: ignore[attr-defined]
        return total

    def fragment(self, name: str, page: int) -> int:
        """Price a fragment once; a cycle costs nothing (validation refuses it)."""
        key = (name, page)
        if key not in self.known:
            self.known[key] = 0
            found = self.fragments.get(name)
            if found is not None:
                parent = self.schema.get_type(found.type_condition.name.value)
                self.known[key] = self.selections(found.selection_set, parent, page)
        return self.known[key]

    def field(self, node: FieldNode, parent: Any, page: int) -> int:
        name = node.name.value
        definition = _definition(parent, name)
        if definition is None:  # introspection, or unknown: validation will tell
            return 1 + self.selections(node.selection_set, None, 1)
        weight = MUTATION if parent is self.schema.mutation_type else WEIGHTS.get(name, 1)
        if node.selection_set is None:
            return weight
        own = get_named_type(definition.type)
        times, inner_page = 1, 1
        if "first" in definition.args:
            inner_page = self.page(node, name)
        elif is_list_type(get_nullable_type(definition.type)) and not is_leaf_type(own):
            times = page if name in _PARTS_OF_PAGES and _is_page(parent) else self.elements(node)
        return weight + times * self.selections(node.selection_set, own, inner_page)

    def page(self, node: FieldNode, name: str) -> int:
        """How many elements a page may have: what both ends allow."""
        sizes = [self.number(argument.value) for argument in _arguments(node, "first", "last")]
        known = [size for size in sizes if size is not None]
        return max(0, min([*known, MAX_PAGE])) if known else DEFAULT_PAGES.get(name, DEFAULT_PAGE)

    def elements(self, node: FieldNode) -> int:
        for argument in _arguments(node, "ids"):
            if isinstance(argument.value, ListValueNode):
                return len(argument.value.values)
            if isinstance(argument.value, VariableNode):
                self.used.add(argument.value.name.value)
                given = self.variables.get(argument.value.name.value)
                return len(given) if isinstance(given, list) else 1
        return LIST

    def number(self, value: ValueNode) -> int | None:
        if isinstance(value, IntValueNode):
            return int(value.value[:9])
        if isinstance(value, VariableNode):
            self.used.add(value.name.value)
            given = self.variables.get(value.name.value)
            return given if isinstance(given, int) else None
        return None


def price(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any] | None, operation_name: str | None
) -> int:
    """The cost of the operation that is to run; 0 when the document holds none of that name."""
    return _priced(schema, document, variables, operation_name)[0]


class Prices:
    """Prices of documents that come again, by what of their variables decides them; knows the last ``capacity``."""

    def __init__(self, schema: GraphQLSchema, capacity: int = 256) -> None:
        self._schema = schema
        self._capacity = capacity
        self._known: dict[tuple[int, str | None], tuple[DocumentNode, tuple[str, ...], dict[tuple[object, ...], int]]]
        self._known = {}

    def of(self, document: DocumentNode, variables: Mapping[str, Any] | None, operation_name: str | None) -> int:
        """The cost of the operation that is to run."""
        key = (id(document), operation_name)  # the entry keeps the document, so its id stays its own
        found = self._known.get(key)
        if found is not None:
            sizes = _sizes(found[1], variables)
            if sizes in found[2]:
                return found[2][sizes]
        cost, used = _priced(self._schema, document, variables, operation_name)
        if found is None:
            if len(self._known) >= self._capacity:
                self._known.clear()
            found = self._known[key] = (document, used, {})
        if len(found[2]) < self._capacity:
            found[2][_sizes(found[1], variables)] = cost
        return cost


def _priced(
    schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any] | None, operation_name: str | None
) -> tuple[int, tuple[str, ...]]:
    operation = next((found for found in document.definitions if _is_meant(found, operation_name)), None)
    if not isinstance(operation, OperationDefinitionNode):
        return 0, ()
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    defaults = {
        definition.variable.name.value: int(definition.default_value.value[:9])
        for definition in operation.variable_definitions or ()
        if isinstance(definition.default_value, IntValueNode)
    }
    walk = _Price(schema, fragments, {**defaults, **(variables or {})})
    root = schema.get_root_type(operation.operation)
    return walk.selections(operation.selection_set, root, 1), tuple(sorted(walk.used))


def _sizes(names: tuple[str, ...], variables: Mapping[str, Any] | None) -> tuple[object, ...]:
    """What decides the cost: numbers, lengths of lists, and what was not given at all."""
    given = variables or {}
    return tuple(
        ("list", len(given[name]))
        if isinstance(given.get(name), list)
        else given.get(name, "")
        if isinstance(given.get(name, ""), int | str)
        else None
        for name in names
    )


def _is_meant(definition: object, name: str | None) -> bool:
    return isinstance(definition, OperationDefinitionNode) and (
        name is None or (definition.name is not None and definition.name.value == name)
    )


def _definition(parent: object, name: str) -> GraphQLField | None:
    return parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None


def _is_page(parent: GraphQLObjectType | GraphQLInterfaceType) -> bool:
    return "pageInfo" in parent.fields


def _arguments(node: FieldNode, *names: str) -> list[ArgumentNode]:
    return [argument for argument in node.arguments or () if argument.name.value in names]
