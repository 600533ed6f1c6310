"""The schema: types put together, and what guards each operation before it runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import strawberry
from graphql import (
    DocumentNode,
    GraphQLError,
    NoSchemaIntrospectionCustomRule,
    OperationType,
    get_operation_ast,
)
from strawberry.extensions import MaxTokensLimiter, ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from gatehouse.api.graphql import budget, words
from gatehouse.api.graphql.context import Context
from gatehouse.api.graphql.cost import Prices
from gatehouse.api.graphql.mutations import Mutation
from gatehouse.api.graphql.printed import printed
from gatehouse.api.graphql.queries import Query
from gatehouse.api.graphql.scalars import SCALARS
from gatehouse.api.graphql.subscriptions import Subscription


class DocumentBudget(SchemaExtension):
    """Refuses a document over budget as soon as it is parsed, before validation looks at it."""

    def on_parse(self) -> Iterator[None]:
        """Comes after the parser cache, which has left the document."""
        execution = self.execution_context
        if execution.graphql_document is not None:
            wanted = execution._provided_operation_name  # noqa: SLF001 - the public one names the first operation
            budget.check(execution.graphql_document, execution.variables, wanted)
            _refuse_subscription(execution.graphql_document, wanted)
            charge(execution.context, execution.graphql_document, execution.variables, wanted)
        yield


def _refuse_subscription(document: DocumentNode, name: str | None) -> None:
    """Here is one answer to one request; :mod:`gatehouse.api.graphql.live_operation` has the others."""
    operation = get_operation_ast(document, name)
    if operation is not None and operation.operation is OperationType.SUBSCRIPTION:
        raise GraphQLError("Subscriptions go by WebSocket, in the protocol graphql-transport-ws.")


class IntrospectionGate(SchemaExtension):
    """Closes introspection where the service is set so."""

    def on_operation(self) -> Iterator[None]:
        """Add the rule to those of this operation."""
        execution = self.execution_context
        if not execution.context.introspection:
            execution.validation_rules = (*execution.validation_rules, NoSchemaIntrospectionCustomRule)
        yield


class AdminSchema(strawberry.Schema):
    """Leaves logging to the view: Strawberry's own would write whole queries, with the names and addresses in them."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing."""


schema: Final = AdminSchema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    config=StrawberryConfig(disable_field_suggestions=True, scalar_map=SCALARS),
    extensions=[
        IntrospectionGate,
        lambda: MaxTokensLimiter(max_token_count=budget.MAX_TOKENS),
        lambda: ParserCache(maxsize=budget.CACHED_DOCUMENTS),
        DocumentBudget,
        lambda: ValidationCache(maxsize=budget.CACHED_DOCUMENTS),
    ],
)


words.describe(schema._schema)  # noqa: SLF001 - as below

PRICES: Final = Prices(schema._schema)  # noqa: SLF001 - Strawberry has no public way to graphql-core's schema


def charge(context: Context, document: DocumentNode, variables: Mapping[str, Any] | None, name: str | None) -> None:
    """Tell the request's context what the operation costs.

    :raises GraphQLError: a request error: it costs more than allowed.
    """
    context.cost = PRICES.of(document, variables, name)
    if context.cost > context.max_cost:
        message = f"The operation costs {context.cost}; {context.max_cost} are allowed. Ask for smaller pages or fewer fields."
        cost = {"requested": context.cost, "maximum": context.max_cost}
        raise GraphQLError(message, extensions={"code": "LIMIT_EXCEEDED", "cost": cost})


def print_admin_schema() -> str:
    """Print the schema for ``schema.graphql``, in alphabetical order."""
    return printed(schema)
