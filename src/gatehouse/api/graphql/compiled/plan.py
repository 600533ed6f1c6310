"""A query as a plan: every selection bound once to the resolvers, serialisers and types that the executor would find.

A plan runs the schema's own resolvers, so it decides nothing that they do not decide; what it leaves out is the
executor's book-keeping for each field of each row. Whatever is not plain sailing — an error, a null where none may be, a
value of an unexpected type — ends in :class:`Deviation`: the ordinary executor then runs the query from the start and
tells what there is to tell. Queries change nothing, so running twice is safe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from operator import attrgetter
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
    get_argument_values,
    get_variable_values,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.pyutils import Path

from gatehouse.api.graphql.compiled.builder import Complete, Data, Part, Step, builder
from gatehouse.api.graphql.compiled.calls import DEFINITION, Call, bind
from gatehouse.api.graphql.compiled.leaves import Leaf, leaf, plain_type
from gatehouse.api.graphql.compiled.selection import Selections, Uncompilable
from gatehouse.api.graphql.context import Context
from gatehouse.errors import Unavailable


class Deviation(Exception):
    """The plan met something that only the ordinary executor can tell."""


@dataclass(slots=True)
class _Waiting:
    """A value that is still to come, and where it goes."""

    place: Data
    key: str
    value: Awaitable[Any]
    complete: Complete


@dataclass(slots=True)
class _Run:
    """One execution; what the fields of a selection share is made when the first row asks for it."""

    context: Context
    variables: Any
    calls: dict[int, Call] = field(default_factory=dict)
    waiting: list[_Waiting] = field(default_factory=list)

    async def values(self, waiting: list[_Waiting]) -> list[Any]:
        """Await them together, so that the loaders see all of their keys."""
        if len(waiting) == 1:
            return [await waiting[0].value]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_coroutine(item.value)) for item in waiting]
        return [task.result() for task in tasks]

    def abandon(self) -> None:
        """Close what nobody will await any more."""
        for item in self.waiting:
            if isinstance(item.value, Coroutine):
                item.value.close()


class Plan:
    """A compiled query operation.

    :raises Uncompilable: it is no query, introspects, or has directives.
    """

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, operation_name: str | None) -> None:
        self.document = document
        self._schema = schema
        self._operation = _operation(document, operation_name)
        self._fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self._selections = Selections(schema, self._fragments)
        root = schema.query_type
        if self._operation.operation is not OperationType.QUERY or self._operation.directives or root is None:
            raise Uncompilable
        self._root = self._object([self._operation.selection_set], root)

    async def run(self, variables: Mapping[str, Any] | None, context: Context) -> Data:
        """The data of the answer.

        :raises Deviation: run the query with the ordinary executor instead.
        :raises Unavailable: the database is away.
        """
        coerced = get_variable_values(self._schema, self._operation.variable_definitions or (), dict(variables or {}))
        if isinstance(coerced, list):
            raise Deviation
        run = _Run(context, coerced)
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
            run.abandon()

    async def _run(self, run: _Run) -> Data:
        data: Data = self._root(None, run)
        while run.waiting:
            waiting = run.waiting
            values = await run.values(waiting)
            run.waiting = []
            for item, value in zip(waiting, values, strict=True):
                item.place[item.key] = item.complete(value, run)
        return data

    def _object(self, sets: list[SelectionSetNode | None], of: GraphQLObjectType) -> Complete:
        fields = self._selections.fields(sets, of)
        return builder([self._part(key, nodes, of) for key, nodes in fields.items()])

    def _part(self, key: str, nodes: list[FieldNode], parent: GraphQLObjectType) -> Part:
        name = nodes[0].name.value
        if name == "__typename":
            return Part(key, get=lambda _source: parent.name, finish=_as_it_is)
        definition = parent.fields.get(name)
        if definition is None or definition.resolve is None:  # introspection
            raise Uncompilable
        if getattr(definition.resolve, "_is_default", False):
            return self._attribute(key, nodes, definition, parent)
        return Part(key, step=self._method(key, nodes, definition, parent))

    def _attribute(self, key: str, nodes: list[FieldNode], definition: GraphQLField, parent: GraphQLObjectType) -> Part:
        """A field that is an attribute of its object, or is made by a function of it."""
        name: str = definition.extensions[DEFINITION].python_name
        get = getattr(_origin(parent), "MADE", {}).get(name) or attrgetter(name)
        required = is_non_null_type(definition.type)
        named = definition.type.of_type if is_non_null_type(definition.type) else definition.type
        if is_leaf_type(named):
            finish = leaf(named)
            return Part(key, get=get, finish=_not_none(finish) if required else finish, plain=plain_type(named))
        complete = self._completion(definition.type, nodes)

        def step(source: Any, run: _Run, data: Data) -> None:
            data[key] = complete(get(source), run)

        return Part(key, step=step)

    def _method(self, key: str, nodes: list[FieldNode], definition: GraphQLField, parent: GraphQLObjectType) -> Step:
        """A field with a resolver, which may have arguments and may have to be awaited."""
        identity = id(nodes[0])
        complete = self._completion(definition.type, nodes)

        def step(source: Any, run: _Run, data: Data) -> None:
            call = run.calls.get(identity)
            if call is None:
                info = self._info(nodes, definition, parent, run)
                call = run.calls[identity] = bind(
                    definition, info, get_argument_values(definition, nodes[0], run.variables)
                )
            value = call(source)
            if isawaitable(value):
                data[key] = None  # keeps its place in the answer
                run.waiting.append(_Waiting(data, key, value, complete))
            else:
                data[key] = complete(value, run)

        return step

    def _info(
        self, nodes: list[FieldNode], definition: GraphQLField, parent: GraphQLObjectType, run: _Run
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
            return _required(self._completion(of.of_type, nodes))
        if is_list_type(of):
            return _each(self._completion(of.of_type, nodes))
        if is_leaf_type(of):
            finish = leaf(of)
            return lambda value, _run: finish(value)
        sets = [node.selection_set for node in nodes]
        if is_object_type(of):
            return _optional(self._object(sets, of))
        if is_abstract_type(of):
            return _by_class({_origin(kind): self._object(sets, kind) for kind in self._schema.get_possible_types(of)})
        raise Uncompilable


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


def _not_none(finish: Leaf) -> Leaf:
    def done(value: Any) -> Any:
        if value is None:
            raise Deviation
        return finish(value)

    return done


def _required(inner: Complete) -> Complete:
    def complete(value: Any, run: _Run) -> Any:
        done = inner(value, run)
        if done is None:
            raise Deviation
        return done

    return complete


def _optional(inner: Complete) -> Complete:
    def complete(value: Any, run: _Run) -> Any:
        return None if value is None else inner(value, run)

    return complete


def _each(inner: Complete) -> Complete:
    def complete(value: Any, run: _Run) -> Any:
        if value is None:
            return None
        if not isinstance(value, list | tuple):
            raise Deviation
        return [inner(item, run) for item in value]

    return complete


def _by_class(plans: Mapping[type, Complete]) -> Complete:
    def complete(value: Any, run: _Run) -> Any:
        if value is None:
            return None
        plan = plans.get(type(value))
        if plan is None:
            raise Deviation
        return plan(value, run)

    return complete


async def _coroutine(value: Awaitable[Any]) -> Any:
    return await value
