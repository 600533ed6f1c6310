"""Enumerations of an API that may grow."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class OpenEnum(StrEnum):
    """Takes a value that is newer than this client as what it is: a word.

    >>> class Colour(OpenEnum):
    ...     RED = "RED"
    >>> Colour("RED") is Colour.RED, Colour("TEAL") == "TEAL", Colour("TEAL").value
    (True, True, 'TEAL')
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        newer = str.__new__(cls, value)
        newer._name_ = newer._value_ = value
        return newer
