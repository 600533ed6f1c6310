"""Objects of which few queries want every field: a value is made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar


class Made:
    """Has in ``MADE`` a function of the object for each field that is not an attribute of it, by its name in Python."""

    MADE: ClassVar[Mapping[str, Callable[[Any], object]]] = {}

    def __getattr__(self, name: str) -> Any:
        """Make the value of a field."""
        make = self.MADE.get(name)
        if make is None:
            raise AttributeError(name)
        return make(self)


class Written:
    """A function of an object that is one expression: who makes many values writes it out, and saves a call for each.

    :param text: the expression; the object is ``it``. Our own text: nothing of a request gets into it.
    :param names: what else the expression names.

    >>> Written("shout(it.name)", shout=str.upper)(type("Person", (), {"name": "ada"}))
    'ADA'
    """

    __slots__ = ("_function", "names", "text")

    def __init__(self, text: str, **names: Any) -> None:
        self.text = text
        self.names = names
        self._function: Callable[[Any], object] = eval(f"lambda it: {text}", dict(names))  # noqa: S307 - as said above

    def __call__(self, it: Any) -> object:
        """The value."""
        return self._function(it)
