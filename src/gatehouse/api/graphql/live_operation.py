"""One subscription: checked like any document, then executed once for every event."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from functools import lru_cache
from typing import Any, Final

from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationType,
    create_source_event_stream,
    execute_subscription_event,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)

from gatehouse.api.graphql import budget
from gatehouse.api.graphql.context import Context
from gatehouse.api.graphql.errors import unavailable
from gatehouse.api.graphql.parameters import Parameters
from gatehouse.api.graphql.schema import charge, schema

_SCHEMA: Final = schema._schema  # noqa: SLF001 - Strawberry has no public way to graphql-core's schema


class Refused(Exception):
    """The subscription does not begin, or cannot go on."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors[0].message)
        self.errors = errors


async def results(
    query: str, parameters: Parameters, context: Context, work: Callable[[], AbstractAsyncContextManager[object]]
) -> AsyncGenerator[ExecutionResult, None]:
    """The result for every event; an event is only asked for when the result before has been taken.

    :param query: the document: the one that was sent, or that was named.
    :param work: a slot for executing one event, with its deadline.
    :raises Refused: the document is no subscription, is over budget or not valid; or the events cannot be read.
    :raises Unavailable: a part of a result could not be had; the event has not been delivered.
    """
    executor = _executor(query, parameters, context)
    async with aclosing(await _source(executor)) as events:
        async for event in events:
            async with work():
                try:
                    result = await _result(executor.build_per_event_executor(event))
                finally:
                    context.loaders.end()
            away = unavailable(result.errors)
            if away is not None:
                raise away
            yield result


async def _source(executor: Executor[Any]) -> AsyncGenerator[Any, None]:
    source: Any = create_source_event_stream(executor)
    source = await source if executor.is_awaitable(source) else source
    if isinstance(source, ExecutionResult):
        raise Refused(source.errors or [])
    generator: AsyncGenerator[Any, None] = source  # as all of :mod:`gatehouse.api.graphql.subscriptions`
    return generator


async def _result(executor: Executor[Any]) -> ExecutionResult:
    result: Any = execute_subscription_event(executor)
    found: ExecutionResult = await result if executor.is_awaitable(result) else result
    return found


def _executor(query: str, parameters: Parameters, context: Context) -> Executor[Any]:
    try:
        document = parse(query, max_tokens=budget.MAX_TOKENS)
        budget.check(document, parameters.variables, parameters.operation_name)
        charge(context, document, parameters.variables, parameters.operation_name)
    except GraphQLError as error:
        raise Refused([error]) from error
    faults = _faults(document, context.introspection)
    if faults:
        raise Refused(list(faults))
    operation = get_operation_ast(document, parameters.operation_name)
    if operation is None or operation.operation is not OperationType.SUBSCRIPTION:
        raise Refused([GraphQLError("Here are only subscriptions; send queries and mutations by POST.")])
    built = Executor.build(
        _SCHEMA,
        document,
        context_value=context,
        raw_variable_values=parameters.variables,
        operation_name=parameters.operation_name,
        hide_suggestions=True,
    )
    if isinstance(built, list):
        raise Refused(built)
    return built


@lru_cache(maxsize=budget.CACHED_DOCUMENTS)
def _faults(document: DocumentNode, introspection: bool) -> tuple[GraphQLError, ...]:
    rules = specified_rules if introspection else (*specified_rules, NoSchemaIntrospectionCustomRule)
    return tuple(validate(_SCHEMA, document, rules, hide_suggestions=True))
