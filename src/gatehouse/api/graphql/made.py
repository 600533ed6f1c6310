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
