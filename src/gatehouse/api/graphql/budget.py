"""What one document may ask for, decided before anything runs.

One walk over the document, each fragment measured once: nested fragments that would expand to millions of selections
cost no more to refuse than to read. (The limiters that come with Strawberry walk every expansion: a document of one
kilobyte keeps them busy for a minute.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

MAX_TOKENS: Final = 1_000
MAX_DEPTH: Final = 12
MAX_INTROSPECTION_DEPTH: Final = 15  # what tools ask first: types of arguments, unwrapped nine times
MAX_SELECTIONS: Final = 400
MAX_ALIASES: Final = 15
MAX_DIRECTIVES: Final = 10
MAX_FRAGMENTS: Final = 20
MAX_OPERATIONS: Final = 5
MAX_PAGE: Final = 100
CACHED_DOCUMENTS: Final = 256
_PAGE_ARGUMENTS: Final = frozenset({"first", "last"})
_INTROSPECTION_LEVELS: Final = dict.fromkeys(("__schema", "__type"), 1 - (MAX_INTROSPECTION_DEPTH - MAX_DEPTH))


@dataclass(frozen=True, slots=True)
class Expense:
    """What a selection set amounts to with its fragments expanded; ``depth`` counts fields."""

    selections: int = 0
    depth: int = 0
    aliases: int = 0
    directives: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """A document's verdict: the first limit it breaks, its operations, and the variables that give page sizes."""

    fault: str | None
    operations: frozenset[str]  # names
    operation_count: int
    page_variables: frozenset[str]


@dataclass(slots=True)
class _Walk:
    fragments: dict[str, FragmentDefinitionNode]
    known: dict[str, Expense] = field(default_factory=dict)
    page_variables: set[str] = field(default_factory=set)
    page_fault: str | None = None

    def fragment(self, name: str) -> Expense:
        """Each fragment is measured once; a cycle counts as nothing (validation refuses it)."""
        if name not in self.known:
            self.known[name] = Expense()
            if name in self.fragments:
                self.known[name] = self.selection_set(self.fragments[name].selection_set)
        return self.known[name]

    def selection_set(self, node: SelectionSetNode | None) -> Expense:
        selections = depth = aliases = directives = 0
        for selection in node.selections if node else ():
            part = self.selection(selection)
            selections += part.selections
            depth = max(depth, part.depth)
            aliases += part.aliases
            directives += part.directives
        return Expense(selections, depth, aliases, directives)

    def selection(self, node: SelectionNode) -> Expense:
        directives = len(node.directives or ())
        if isinstance(node, FieldNode):
            inner = self.selection_set(node.selection_set)
            self.page_arguments(node)
            own, deeper, alias = 1, _INTROSPECTION_LEVELS.get(node.name.value, 1), int(node.alias is not None)
        else:
            spread = isinstance(node, FragmentSpreadNode)
            inner = self.fragment(node.name.value) if spread else self.selection_set(node.selection_set)  # type: ignore[attr-defined]
            own = deeper = alias = 0
        return Expense(
            inner.selections + own, inner.depth + deeper, inner.aliases + alias, inner.directives + directives
        )

    def page_arguments(self, node: FieldNode) -> None:
        for argument in node.arguments or ():
            if argument.name.value in _PAGE_ARGUMENTS:
                self.page_value(argument.name.value, argument.value)

    def page_value(self, name: str, value: ValueNode | None) -> None:
        if isinstance(value, VariableNode):
            self.page_variables.add(value.name.value)
        elif isinstance(value, IntValueNode):
            self.page_fault = self.page_fault or page_fault(name, int(value.value[:20]))


def page_fault(name: str, size: object) -> str | None:
    """The complaint about a page size outside 0..100, if there is one to make."""
    if isinstance(size, int) and not isinstance(size, bool) and not 0 <= size <= MAX_PAGE:
        return f"`{name}` is {size}; it must be between 0 and {MAX_PAGE}."
    return None


@lru_cache(maxsize=CACHED_DOCUMENTS)
def measure(document: DocumentNode) -> Measure:
    """Measure a parsed document; the verdict is remembered with it."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    walk = _Walk(fragments)
    faults = list(_document_faults(document, operations, fragments))
    if not faults:
        faults = [fault for operation in operations for fault in _operation_faults(walk, operation)]
    names = frozenset(operation.name.value for operation in operations if operation.name)
    return Measure(next(iter(faults), walk.page_fault), names, len(operations), frozenset(walk.page_variables))


def _document_faults(
    document: DocumentNode, operations: Sequence[OperationDefinitionNode], fragments: Sized
) -> Iterator[str]:
    if not operations:
        yield "The document holds no operation."
    if len(operations) > MAX_OPERATIONS:
        yield f"The document holds {len(operations)} operations; {MAX_OPERATIONS} are allowed."
    if len(fragments) > MAX_FRAGMENTS:
        yield f"The document holds {len(fragments)} fragments; {MAX_FRAGMENTS} are allowed."
    token = document.loc.start_token if document.loc else None
    while token:
        if token.value and "\0" in token.value:
            yield "A text in the document holds a NUL character."
        token = token.next


def _operation_faults(walk: _Walk, operation: OperationDefinitionNode) -> Iterator[str]:
    expense = walk.selection_set(operation.selection_set)
    for variable in operation.variable_definitions or ():
        if variable.variable.name.value in walk.page_variables:
            walk.page_value(f"${variable.variable.name.value}", variable.default_value)
    for amount, limit, what in (
        (expense.depth, MAX_DEPTH, "levels of fields"),
        (expense.selections, MAX_SELECTIONS, "fields, fragments expanded"),
        (expense.aliases, MAX_ALIASES, "aliases"),
        (expense.directives + len(operation.directives or ()), MAX_DIRECTIVES, "directives"),
    ):
        if amount > limit:
            yield f"The operation has more than the {limit} {what} that are allowed."


def variables_fault(names: Iterable[str], variables: Mapping[str, object] | None) -> str | None:
    """The complaint about the page sizes that variables give, if there is one to make.

    :param names: of the variables, as :class:`Measure` knows them.
    """
    faults = (page_fault(f"${name}", (variables or {}).get(name)) for name in sorted(names))
    return next(filter(None, faults), None)


def check(document: DocumentNode, variables: Mapping[str, object] | None, operation_name: str | None) -> None:
    """Refuse a document over budget, page sizes out of range in its variables, or an operation that it does not name.

    :raises GraphQLError: a request error, before validation and execution.
    """
    verdict = measure(document)
    fault = verdict.fault or variables_fault(verdict.page_variables, variables)
    if fault:
        raise GraphQLError(fault, extensions={"code": "LIMIT_EXCEEDED"})
    if operation_name is None and verdict.operation_count > 1:
        raise GraphQLError("The document holds several operations: say which one with `operationName`.")
    if operation_name is not None and operation_name not in verdict.operations:
        raise GraphQLError("The document holds no operation of the name given as `operationName`.")
