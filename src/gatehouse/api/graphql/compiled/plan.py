"""A query as a plan: every selection bound once to the resolvers, serialisers and types that the executor would find.

A plan runs the schema's own resolvers, so it decides nothing that they do not decide; what it leaves out is the
executor's book-keeping for each field of each row. Whatever is not plain sailing — an error, a null where none may be, a
value of an unexpected type — ends in :class:`Deviation`: the ordinary executor then runs the query from the start and
tells what there is to tell. Queries change nothing, so running twice is safe.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import isawaitable
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.pyutils import Path

from gatehouse.api.graphql import budget
from gatehouse.api.graphql.compiled import shown
from gatehouse.api.graphql.compiled.arguments import DEFINITION
from gatehouse.api.graphql.compiled.builder import Complete, Data, Get, Part, Step, builder, rows_builder
from gatehouse.api.graphql.compiled.calls import Call, binder
from gatehouse.api.graphql.compiled.filled_in import arguments_of
from gatehouse.api.graphql.compiled.leaves import leaf, plain_type
from gatehouse.api.graphql.compiled.run import Run, Together, Waiting
from gatehouse.api.graphql.compiled.selection import Selections, Uncompilable
from gatehouse.api.graphql.compiled.variables import Variables
from gatehouse.api.graphql.connections import Connection
from gatehouse.api.graphql.context import Context
from gatehouse.api.graphql.made import Recorded, Written
from gatehouse.errors import Unavailable


class Deviation(Exception):
    """The plan met something that only the ordinary executor can tell."""


class Plan:
    """A compiled query operation.

    :raises Uncompilable: it is no query, introspects, or has directives.
    """

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation_name: str | None) -> None:
        self.document = document
        self.page_variables = budget.measure(document).page_variables
        self._schema = schema
        self._operation = _operation(document, operation_name)
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._selections = Selections(schema, self._fragments)
        self._columns: dict[int, frozenset[str] | None] = {}
        self._variables = Variables(schema, self._operation.variable_definitions or ())
        root = schema.query_type
        if self._operation.operation is not OperationType.QUERY or self._operation.directives or root is None:
            raise Uncompilable
        self._root = self._object([self._operation.selection_set], root)

    async def run(self, variables: Mapping[str, Any] | None, context: Context) -> Data:
        """The data of the answer.

        :raises Deviation: run the query with the ordinary executor instead.
        :raises Unavailable: the database is away.
        """
        coerced = self._variables.coerced(variables or {})
        if coerced is None:
            raise Deviation
        run = Run(context, coerced)
        context.columns = self._columns
        try:
            return await self._run(run)
        except (Unavailable, Deviation):
            raise
        except ExceptionGroup as failures:
            away = failures.subgroup(Unavailable)
            raise (away.exceptions[0] if away else Deviation) from failures
        except Exception as failure:
            raise Deviation from failure
        finally:
            context.columns = {}
            run.abandon()

    async def _run(self, run: Run) -> Data:
        data: Data = self._root(None, run)
        while run.waiting:
            waiting = run.waiting
            values = await run.values(waiting)
            run.waiting, run.together = [], {}
            for item, value in zip(waiting, values, strict=True):
                item.deliver(value, run)
        return data

    def _object(self, sets: list[SelectionSetNode | None], of: GraphQLObjectType) -> Complete:
        return builder(self._parts(sets, of))

    def _parts(self, sets: list[SelectionSetNode | None], of: GraphQLObjectType) -> list[Part]:
        fields = self._selections.fields(sets, of)
        return [self._part(key, nodes, of) for key, nodes in fields.items()]

    def _part(self, key: str, nodes: list[FieldNode], parent: GraphQLObjectType) -> Part:
        name = nodes[0].name.value
        if name == "__typename":
            return Part(key, get=Written(repr(parent.name)), plain=str, finish=_as_it_is)
        definition = parent.fields.get(name)
        if definition is None or definition.resolve is None:  # introspection
            raise Uncompilable
        if getattr(definition.resolve, "_is_default", False):
            return self._attribute(key, nodes, definition, parent)
        return Part(key, step=self._method(key, nodes, definition, parent))

    def _attribute(self, key: str, nodes: list[FieldNode], definition: GraphQLField, parent: GraphQLObjectType) -> Part:
        """A field that is an attribute of its object, or is made by a function of it."""
        name: str = definition.extensions[DEFINITION].python_name
        get = getattr(_origin(parent), "MADE", {}).get(name) or Written(f"it.{name}")
        required = is_non_null_type(definition.type)
        named = definition.type.of_type if is_non_null_type(definition.type) else definition.type
        if is_leaf_type(named):
            return Part(
                key, get=get, finish=leaf(named), plain=plain_type(named), missing=_missing if required else None
            )
        listed = get_named_type(definition.type)
        if name == "nodes" and issubclass(_origin(parent), Connection) and is_object_type(listed):
            return Part(key, step=self._nodes(key, nodes, listed, get))
        complete = self._completion(definition.type, nodes)

        def step(source: Any, run: Run, data: Data) -> None:
            data[key] = complete(get(source), run)

        return Part(key, step=step)

    def _nodes(self, key: str, nodes: list[FieldNode], of: GraphQLObjectType, get: Get) -> Step:
        """What most of the time goes into: the things on a page, made of its rows without an object for each if they can be."""
        parts = self._parts([node.selection_set for node in nodes], of)
        of_rows = rows_builder(parts) if issubclass(_origin(of), Recorded) else None
        if of_rows is not None:
            make = of_rows

            def step_of_rows(source: Any, run: Run, data: Data) -> None:
                data[key] = make(source.page.rows, run)

            return step_of_rows
        complete = _each_present(builder(parts))

        def step(source: Any, run: Run, data: Data) -> None:
            data[key] = complete(get(source), run)

        return step

    def _method(self, key: str, nodes: list[FieldNode], definition: GraphQLField, parent: GraphQLObjectType) -> Step:
        """A field with a resolver, which may have arguments and may have to be awaited."""
        identity = id(nodes[0])
        complete = self._completion(definition.type, nodes)
        together = getattr(_origin(parent), "TOGETHER", {}).get(definition.extensions[DEFINITION].python_name)
        bind, arguments_for = binder(definition, together), arguments_of(definition, nodes[0])
        self._note_columns(identity, nodes, definition)

        def call_of(run: Run) -> Call:
            call = run.calls.get(identity)
            if call is None:
                info = self._info(nodes, definition, parent, run)
                call = run.calls[identity] = bind(info, arguments_for(run.variables))
            return call

        def join(source: Any, run: Run, data: Data) -> None:
            data[key] = None  # keeps its place in the answer
            waiting = run.together.get(id(complete))  # a node of a fragment may stand with others elsewhere
            if waiting is None:
                waiting = run.together[id(complete)] = Together(key, call_of(run), complete)
                run.waiting.append(waiting)
            waiting.sources.append(source)
            waiting.places.append(data)

        def step(source: Any, run: Run, data: Data) -> None:
            value = call_of(run)(source)
            if isawaitable(value):
                data[key] = None  # keeps its place in the answer
                run.waiting.append(Waiting(data, key, value, complete))
            else:
                data[key] = complete(value, run)

        return join if together else step

    def _note_columns(self, identity: int, nodes: list[FieldNode], definition: GraphQLField) -> None:
        """Note what the field's list has to read; a field that comes with several selections reads it all."""
        needed = shown.columns(self._selections, nodes, definition.type)
        if self._columns.setdefault(identity, needed) != needed:
            self._columns[identity] = None

    def _info(
        self, nodes: list[FieldNode], definition: GraphQLField, parent: GraphQLObjectType, run: Run
    ) -> GraphQLResolveInfo[Context]:
        """As the executor makes it, but for the place in the answer and the signals: no resolver of ours looks there."""
        return GraphQLResolveInfo(
            field_name=nodes[0].name.value,
            field_nodes=nodes,
            return_type=definition.type,
            parent_type=parent,
            path=Path(None, nodes[0].name.value, parent.name),
            schema=self._schema,
            fragments=self._fragments,
            root_value=None,
            operation=self._operation,
            variable_values=run.variables,
            context=run.context,
            is_awaitable=isawaitable,  # type: ignore[arg-type]  # TypeIs says more than the TypeGuard wanted
            abort_signal=None,
            async_helpers=None,  # type: ignore[arg-type]
        )

    def _completion(self, of: GraphQLOutputType, nodes: list[FieldNode]) -> Complete:
        if is_non_null_type(of):
            return self._required(of.of_type, nodes)
        if is_list_type(of):
            return self._list(of.of_type, nodes)
        if is_leaf_type(of):
            finish = leaf(of)
            return lambda value, _run: None if value is None else finish(value)
        sets = [node.selection_set for node in nodes]
        if is_object_type(of):
            return _optional(self._object(sets, of))
        if is_abstract_type(of):
            return _by_class({_origin(kind): self._object(sets, kind) for kind in self._schema.get_possible_types(of)})
        raise Uncompilable

    def _required(self, of: GraphQLOutputType, nodes: list[FieldNode]) -> Complete:
        if is_object_type(of):
            return _present(self._object([node.selection_set for node in nodes], of))
        return _required(self._completion(of, nodes))

    def _list(self, of: GraphQLOutputType, nodes: list[FieldNode]) -> Complete:
        if is_non_null_type(of) and is_object_type(of.of_type):
            return _each_present(self._object([node.selection_set for node in nodes], of.of_type))
        return _each(self._completion(of, nodes))


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode) and (
            name is None or (definition.name is not None and definition.name.value == name)
        ):
            return definition
    raise Uncompilable


def _origin(kind: GraphQLObjectType) -> type:
    """The Python class behind an object type."""
    origin: type = kind.extensions[DEFINITION].origin
    return origin


def _as_it_is(value: Any) -> Any:
    return value


def _missing() -> Any:
    raise Deviation


def _required(inner: Complete) -> Complete:
    def complete(value: Any, run: Run) -> Any:
        done = inner(value, run)
        if done is None:
            raise Deviation
        return done

    return complete


def _optional(inner: Complete) -> Complete:
    def complete(value: Any, run: Run) -> Any:
        return None if value is None else inner(value, run)

    return complete


def _present(build: Complete) -> Complete:
    def complete(value: Any, run: Run) -> Any:
        return _missing() if value is None else build(value, run)

    return complete


def _each_present(build: Complete) -> Complete:
    """No call for an object but the one that builds it."""

    def complete(value: Any, run: Run) -> Any:
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise Deviation
        return [_missing() if item is None else build(item, run) for item in value]

    return complete


def _each(inner: Complete) -> Complete:
    def complete(value: Any, run: Run) -> Any:
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise Deviation
        return [inner(item, run) for item in value]

    return complete


def _by_class(plans: Mapping[type, Complete]) -> Complete:
    def complete(value: Any, run: Run) -> Any:
        if value is None:
            return None
        plan = plans.get(type(value))
        if plan is None:
            raise Deviation
        return plan(value, run)

    return complete
