"""Relay connections over keyset pages (https://relay.dev/graphql/connections.htm)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Generic, Self, TypeVar

import strawberry

from gatehouse.api.graphql.budget import MAX_PAGE, page_fault
from gatehouse.api.graphql.fields import resolver
from gatehouse.api.graphql.made import Made
from gatehouse.errors import InvalidValue
from gatehouse.services.directory import Condition, Page, PageRequest, Position, Sort
from gatehouse.services.facets import Count, FacetField

T = TypeVar("T")
R = TypeVar("R")

DEFAULT_PAGE: Final = 25
DEFAULT_EVENTS: Final = 50

_FIRST: Final = f"How many from the start, 0 to {MAX_PAGE}, {{default}} by default."

First = Annotated[int | None, strawberry.argument(description=_FIRST.format(default=DEFAULT_PAGE))]
FirstEvents = Annotated[int | None, strawberry.argument(description=_FIRST.format(default=DEFAULT_EVENTS))]
Last = Annotated[
    int | None,
    strawberry.argument(description=f"How many from the end, 0 to {MAX_PAGE}; with `first`: from the end of those."),
]
After = Annotated[Position | None, strawberry.argument(description="Only what comes after this cursor.")]
Before = Annotated[Position | None, strawberry.argument(description="Only what comes before this cursor.")]


@dataclass(slots=True)
class Slice:
    """The four arguments of a connection; what was left out counts as null."""

    first: int | None
    after: Position | None
    last: int | None
    before: Position | None

    def __post_init__(self) -> None:
        for name in ("first", "after", "last", "before"):
            if getattr(self, name) is strawberry.UNSET:
                setattr(self, name, None)

    def request(
        self,
        sort: Sequence[Sort],
        condition: Condition | None = None,
        *,
        default: int = DEFAULT_PAGE,
        columns: frozenset[str] | None = None,
    ) -> PageRequest:
        """Make the request for a page.

        :param columns: as :class:`gatehouse.store.keyset.PageRequest` takes them.
        :raises InvalidValue: a size is out of range.
        """
        fault = page_fault("first", self.first) or page_fault("last", self.last)
        if fault:
            raise InvalidValue(fault)
        backwards = self.last is not None and self.first is None
        limit = self.last if backwards else self.first
        return PageRequest(
            limit=default if limit is None else limit,
            sort=tuple(sort),
            condition=condition,
            after=self.after,
            before=self.before,
            backwards=backwards,
            tail=None if backwards else self.last,
            columns=columns,
        )


@dataclass(slots=True)  # not frozen: a list of users with their timelines makes one for each
class Source(Generic[R]):
    """Where a connection reads from: its pages, and how many rows there are in all.

    :param counting: how many rows have which value, where the list can tell.
    """

    page: Callable[[PageRequest], Awaitable[Page[R]]]
    count: Callable[[Condition | None], Awaitable[int]]
    counting: Callable[[FacetField, Condition | None, int], Awaitable[list[Count]]] | None = None


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Says exactly whether the list goes on; the side that the page does not tell is asked for when it is selected."""

    start_cursor: Position | None = strawberry.field(description="Cursor of the first edge.")
    end_cursor: Position | None = strawberry.field(description="Cursor of the last edge.")
    source: strawberry.Private[Source[object]]
    request: strawberry.Private[PageRequest]
    more: strawberry.Private[bool]
    cut: strawberry.Private[bool]

    @classmethod
    def of(cls, page: Page[Any], source: Source[Any], request: PageRequest) -> Self:
        """Tell where a page lies."""
        places = page.positions
        return cls(
            start_cursor=places[0] if places else None,
            end_cursor=places[-1] if places else None,
            source=source,
            request=request,
            more=page.more,
            cut=page.cut,
        )

    @resolver("Whether anything follows the last edge.")
    async def has_next_page(self) -> bool:
        """Tell from the page when walking on; else look beyond ``before``."""
        return (self.more and not self.request.backwards) or await self._lies_beyond(self.request.following())

    @resolver("Whether anything precedes the first edge.")
    async def has_previous_page(self) -> bool:
        """Tell from the page when walking back, or when rows were cut off; else look before ``after``."""
        return self.cut or (self.more and self.request.backwards) or await self._lies_beyond(self.request.preceding())

    async def _lies_beyond(self, question: PageRequest | None) -> bool:
        return question is not None and (await self.source.page(question)).more


@strawberry.type(description="A node and its place in the list.")
class Edge(Generic[T]):
    """One row of a connection."""

    node: T = strawberry.field(description="The thing listed.")
    cursor: Position = strawberry.field(description="Its place: give it to `after` or `before`.")


@strawberry.type(description="A page of a list.")
class Connection(Made, Generic[T]):
    """Nodes with what is needed to walk on."""

    nodes: list[T] = strawberry.field(description="The things listed.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in its list.")
    page: strawberry.Private[Page[Any]]
    source: strawberry.Private[Source[Any]]
    request: strawberry.Private[PageRequest]
    node: strawberry.Private[Callable[[Any], Any]]

    MADE: ClassVar[Mapping[str, Callable[[Connection[Any]], object]]] = {
        "nodes": lambda connection: list(map(connection.node, connection.page.rows)),
        "page_info": lambda connection: PageInfo.of(connection.page, connection.source, connection.request),
    }

    @resolver("The things listed, each with its cursor.")
    def edges(self) -> list[Edge[T]]:
        """Pair nodes and positions."""
        return [Edge(node=node, cursor=place) for node, place in zip(self.nodes, self.page.positions, strict=True)]

    @resolver("How many there are in all, filters applied; counted only when asked for.")
    async def total_count(self) -> int:
        """Count."""
        return await self.source.count(self.request.condition)

    @classmethod
    async def read(cls, source: Source[R], request: PageRequest, node: Callable[[R], T]) -> Self:
        """Read a page and wrap its rows."""
        return cls.of(await source.page(request), source, request, node)

    @classmethod
    def of(cls, page: Page[R], source: Source[R], request: PageRequest, node: Callable[[R], T]) -> Self:
        """Wrap a page that has been read; its rows when they are asked for."""
        wrapped = cls.__new__(cls)
        wrapped.page, wrapped.source, wrapped.request, wrapped.node = page, source, request, node
        return wrapped
