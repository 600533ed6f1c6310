"""The plans of the documents that come again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from graphql import GraphQLError, GraphQLSchema, parse

from gatehouse.api.graphql import budget
from gatehouse.api.graphql.compiled.plan import Deviation, Plan
from gatehouse.api.graphql.compiled.selection import Uncompilable
from gatehouse.api.graphql.context import Context

_Key = tuple[str, str | None]  # the document's text, and the operation's name

_PROVED: Final = "proved"  # was answered once by the executor: parsed, within budget, valid
_HOPELESS: Final = "hopeless"


class Plans:
    """Remembers the documents asked last; compiles those that come a second time."""

    def __init__(self, schema: GraphQLSchema, capacity: int = budget.CACHED_DOCUMENTS) -> None:
        self._schema = schema
        self._capacity = capacity
        self._known: OrderedDict[_Key, Plan | str] = OrderedDict()

    def find(self, query: str, operation_name: str | None) -> Plan | None:
        """The plan of a document that has been answered before; None: let the executor answer."""
        key = (query, operation_name)
        known = self._known.get(key)
        if known is None:
            return None
        self._known.move_to_end(key)
        if known is _PROVED:
            known = self._known[key] = self._compile(query, operation_name)
        return known if isinstance(known, Plan) else None

    def proved(self, query: str, operation_name: str | None) -> None:
        """Remember that the executor answered this document without an error."""
        key = (query, operation_name)
        if key not in self._known:
            self._known[key] = _PROVED
            if len(self._known) > self._capacity:
                self._known.popitem(last=False)

    def _compile(self, query: str, operation_name: str | None) -> Plan | str:
        try:
            return Plan(self._schema, parse(query), operation_name)
        except (Uncompilable, GraphQLError):
            return _HOPELESS


async def answer(plan: Plan, variables: Mapping[str, Any] | None, context: Context) -> dict[str, Any] | None:
    """The data by plan; None when the executor has to answer.

    :raises Unavailable: the database is away.
    """
    if budget.variables_fault(plan.page_variables, variables):
        return None
    try:
        return await plan.run(variables, context)
    except Deviation:
        return None
