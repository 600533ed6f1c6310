"""Which fields of the things in a list a query shows: what none of them needs is not read."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import FieldNode, GraphQLObjectType, get_named_type, is_object_type

from gatehouse.api.graphql.compiled.arguments import DEFINITION
from gatehouse.api.graphql.compiled.selection import Selections

_LISTS = {"nodes": False, "edges": True}  # by the name of the field: whether the thing is one level further down


def columns(selections: Selections, nodes: Iterable[FieldNode], of: object) -> frozenset[str] | None:
    """The columns that a connection's things need for what is selected of them; None: all of them.

    :param nodes: the nodes of the field that answers with the connection.
    :param of: its type; the type of what it lists says in ``COLUMNS`` what each field needs.
    """
    connection = get_named_type(of)  # type: ignore[call-overload]
    if not is_object_type(connection) or "pageInfo" not in connection.fields:
        return None
    found: set[str] = set()
    for part in _fields(selections, nodes, connection):
        name = part[0].name.value
        if name in _LISTS:
            listed = get_named_type(connection.fields[name].type)
            needed = _of_edges(selections, part, listed) if _LISTS[name] else _of_things(selections, part, listed)
            if needed is None:
                return None
            found |= needed
    return frozenset(found)


def _of_edges(selections: Selections, nodes: Iterable[FieldNode], edge: GraphQLObjectType) -> set[str] | None:
    found: set[str] = set()
    for part in _fields(selections, nodes, edge):
        if part[0].name.value == "node":
            needed = _of_things(selections, part, get_named_type(edge.fields["node"].type))
            if needed is None:
                return None
            found |= needed
    return found


def _of_things(selections: Selections, nodes: Iterable[FieldNode], thing: object) -> set[str] | None:
    if not is_object_type(thing):
        return None
    needs = getattr(thing.extensions[DEFINITION].origin, "COLUMNS", {})
    found: set[str] = set()
    for part in _fields(selections, nodes, thing):
        field = thing.fields.get(part[0].name.value)  # None: __typename
        if field is not None:
            needed = needs.get(field.extensions[DEFINITION].python_name)
            if needed is None:
                return None
            found.update(needed)
    return found


def _fields(selections: Selections, nodes: Iterable[FieldNode], of: GraphQLObjectType) -> Iterable[list[FieldNode]]:
    return selections.fields([node.selection_set for node in nodes], of).values()
