"""Which fields a selection asks for on one object type (GraphQL §6.3.2), known once and for all: without directives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLAbstractType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    SelectionNode,
    SelectionSetNode,
    is_abstract_type,
)


class Uncompilable(Exception):
    """The document holds something that is decided anew at each execution."""


class Selections:
    """Collects the fields of selection sets of one document.

    :param fragments: the document's fragments by name.
    """

    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments

    def fields(self, sets: Iterable[SelectionSetNode | None], of: GraphQLObjectType) -> dict[str, list[FieldNode]]:
        """Response key → the field nodes that stand under it, in order of appearance.

        :raises Uncompilable: a directive stands at a selection.
        """
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for selection_set in sets:
            if selection_set is not None:
                self._collect(selection_set.selections, of, found, seen)
        return found

    def _collect(
        self,
        selections: Iterable[SelectionNode],
        of: GraphQLObjectType,
        found: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        for node in selections:
            if node.directives:
                raise Uncompilable
            if isinstance(node, FieldNode):
                found.setdefault((node.alias or node.name).value, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                if self._applies(node.type_condition, of):
                    self._collect(node.selection_set.selections, of, found, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                fragment = self._fragments[node.name.value]
                if self._applies(fragment.type_condition, of):
                    self._collect(fragment.selection_set.selections, of, found, seen)

    def _applies(self, condition: NamedTypeNode | None, of: GraphQLObjectType) -> bool:
        if condition is None or condition.name.value == of.name:
            return True
        named = self._schema.type_map[condition.name.value]
        return is_abstract_type(named) and self._schema.is_sub_type(_abstract(named), of)


def _abstract(named: object) -> GraphQLAbstractType:
    return named  # type: ignore[return-value]  # is_abstract_type has just said so
