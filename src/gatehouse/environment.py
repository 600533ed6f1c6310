"""Settings as a frozen dataclass: what the value of each must be, and how text from the environment becomes one.

A field is ``Annotated[type, check, …, "description"]``. Types are str, int, float, bool, Path, UUID and Literal, each with
``| None`` where nothing is the default. A check takes a value and gives the one to use.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args, get_origin, get_type_hints
from uuid import UUID

PREFIX: Final = "GATEHOUSE_"

Check: TypeAlias = Callable[[Any], Any]


class SettingsError(Exception):
    """A setting is unknown or malformed; the message names it, and never tells its value: it may be a secret."""


def above(limit: float) -> Check:
    """More than that."""
    return _must(lambda value: value > limit, f"must be greater than {limit}")


def at_least(limit: float) -> Check:
    """That or more."""
    return _must(lambda value: value >= limit, f"must be at least {limit}")


def at_most(limit: float) -> Check:
    """That or less."""
    return _must(lambda value: value <= limit, f"must be at most {limit}")


def _must(holds: Callable[[Any], bool], otherwise: str) -> Check:
    def check(value: Any) -> Any:
        if not holds(value):
            raise ValueError(otherwise)
        return value

    return check


PositiveInt: TypeAlias = Annotated[int, above(0)]
NonNegativeInt: TypeAlias = Annotated[int, at_least(0)]
PositiveFloat: TypeAlias = Annotated[float, above(0)]
NonNegativeFloat: TypeAlias = Annotated[float, at_least(0)]


@dataclass(frozen=True, slots=True)
class Setting:
    """What is declared of one field; ``kind`` is its type, without None."""

    name: str
    kind: Any
    checks: tuple[Check, ...]
    description: str
    default: Any

    @property
    def variable(self) -> str:
        """Where it is read from."""
        return PREFIX + self.name.upper()

    def read(self, text: str) -> Any:
        """The value that the text stands for.

        :raises ValueError: it stands for none; the message does not repeat it.
        """
        if get_origin(self.kind) is Literal:
            return _choice(text, get_args(self.kind))
        return self.checked(_READ[self.kind](text))

    def checked(self, value: Any) -> Any:
        """The value to use.

        :raises ValueError: what is wrong with it.
        """
        if value is not None:
            for check in self.checks:
                value = check(value)
        return value


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Settings; those given by name are checked as those that are read."""

    def __post_init__(self) -> None:
        """:raises SettingsError: a value is not what it must be."""
        for setting in declared(type(self)).values():
            try:
                value = setting.checked(getattr(self, setting.name))
            except ValueError as fault:
                raise SettingsError(f"{setting.variable}: {fault}") from None
            object.__setattr__(self, setting.name, value)  # frozen for others


def declared(settings: type[Environment]) -> Mapping[str, Setting]:
    """The settings of a class by name, in the order of their fields."""
    hints = get_type_hints(settings, include_extras=True)
    return {each.name: _declared(each.name, hints[each.name], each.default) for each in fields(settings)}


def _declared(name: str, hint: Any, default: Any) -> Setting:
    kind, *said = get_args(hint)
    [kind] = (
        [kind] if get_origin(kind) is Literal else [part for part in get_args(kind) or (kind,) if part is not NoneType]
    )
    [description] = [part for part in said if isinstance(part, str)]
    return Setting(name, kind, tuple(part for part in said if callable(part)), description, default)


def read(settings: type[Environment], texts: Mapping[str, str]) -> dict[str, Any]:
    """The values of those that are set.

    :param texts: by the names of the fields.
    :raises SettingsError: naming every malformed one.
    """
    values, faults = {}, []
    for name, setting in declared(settings).items():
        if name in texts:
            try:
                values[name] = setting.read(texts[name])
            except ValueError as fault:
                faults.append(f"{setting.variable}: {fault}")
    if faults:
        raise SettingsError("; ".join(faults))
    return values


def _choice(text: str, choices: tuple[str, ...]) -> str:
    if text not in choices:
        raise ValueError(f"must be one of {', '.join(choices)}")
    return text


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("must be a whole number") from None


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError("must be a number")
    return number


def _yes_or_no(text: str) -> bool:
    word = text.lower()
    if word not in _YES | _NO:
        raise ValueError("must be true or false")
    return word in _YES


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise ValueError("must be a UUID") from None


_YES: Final = frozenset({"true", "1", "yes", "on", "t", "y"})
_NO: Final = frozenset({"false", "0", "no", "off", "f", "n"})
_READ: Final[Mapping[Any, Callable[[str], Any]]] = {
    str: str,
    int: _whole_number,
    float: _number,
    bool: _yes_or_no,
    Path: Path,
    UUID: _uuid,
}
