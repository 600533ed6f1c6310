"""Objects of which few queries want every field: a value is made when it is asked for."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

if TYPE_CHECKING:
    from gatehouse.api.graphql.context import Context


class Made:
    """Has in ``MADE`` a function of the object for each field that is not an attribute of it, by its name in Python."""

    MADE: ClassVar[Mapping[str, Callable[[Any], object]]] = {}

    def __getattr__(self, name: str) -> Any:
        """Make the value of a field."""
        make = self.MADE.get(name)
        if make is None:
            raise AttributeError(name)
        return make(self)


class Recorded(Made):
    """Objects that show a viewer one record each: the record, and whether the viewer may see personal data of its tenant."""

    record: Any  # has a tenant_key
    personal: bool

    @classmethod
    def from_record(cls, record: Any, context: Context) -> Self:
        """Wrap a record; masked unless the viewer may see personal data."""
        wrapped = cls.__new__(cls)
        wrapped.record = record
        wrapped.personal = context.people[record.tenant_key]
        return wrapped


class Written:
    """A function of an object that is one expression: who makes many values writes it out, and saves a call for each.

    :param text: the expression; the object is ``it``. Our own text: nothing of a request gets into it.
    :param parts: what else the expression names of the object, each by an expression of ``it``: who makes many values of one
        object reads it once.
    :param gives: what exactly its values are, those of no subclass, so that nobody has to look.
    :param maybe: some values are None all the same.
    :param table: what the value of the expression is a code of; the object's value is what the table has for it.
    :param names: what else it names.

    >>> Written("shout(name)", parts={"name": "it.name"}, shout=str.upper)(type("Person", (), {"name": "ada"}))
    'ADA'
    >>> Written("it", table={1: "one"})(1)
    'one'
    """

    __slots__ = ("_function", "asks_object", "code", "gives", "maybe", "names", "parts", "table", "text")

    def __init__(
        self,
        text: str,
        *,
        parts: Mapping[str, str] | None = None,
        gives: type | None = None,
        maybe: bool = False,
        table: Mapping[Any, object] | None = None,
        **names: Any,
    ) -> None:
        named = {node.id for node in ast.walk(ast.parse(text, mode="eval")) if isinstance(node, ast.Name)}
        self.code = text
        self.table = table
        if table is not None:
            text, names = f"table{id(table)}[{text}]", {**names, f"table{id(table)}": table}
        self.text = text
        self.asks_object = "it" in named  # beside the parts
        self.parts = {name: part for name, part in (parts or {}).items() if name in named}
        self.gives = gives
        self.maybe = maybe
        self.names = names
        scope = dict(names)
        lines = ["def make(it):", *(f"    {name} = {part}" for name, part in self.parts.items()), f"    return {text}"]
        exec("\n".join(lines), scope)  # noqa: S102 - as said above
        self._function: Callable[[Any], object] = scope["make"]

    def __call__(self, it: Any) -> object:
        """The value."""
        return self._function(it)
