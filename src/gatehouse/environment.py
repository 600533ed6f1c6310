"""Settings as a frozen dataclass: what the value of each must be, and how text from the environment becomes one.

A field is ``Annotated[type, Meta(…), check, …]``: msgspec reads its text and holds it to the limits of its ``Meta``, whose
description is the setting's; a check takes the value and gives the one to use.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import NoneType
from typing import Annotated, Any, Final, Literal, TypeAlias, get_args, get_origin, get_type_hints
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

import msgspec
from msgspec import Meta

PREFIX: Final = "GATEHOUSE_"

Check: TypeAlias = Callable[[Any], Any]

PositiveInt: TypeAlias = Annotated[int, Meta(gt=0)]
NonNegativeInt: TypeAlias = Annotated[int, Meta(ge=0)]
PositiveFloat: TypeAlias = Annotated[float, Meta(gt=0)]
NonNegativeFloat: TypeAlias = Annotated[float, Meta(ge=0)]

_WORDS: Final = {**dict.fromkeys(("yes", "on", "y", "t"), "true"), **dict.fromkeys(("no", "off", "n", "f"), "false")}

_WITHOUT_BLANKS: Final = frozenset({bool, int, float, UUID})


class SettingsError(Exception):
    """A setting is unknown or malformed; the message names it, and never tells its value: it may be a secret."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is declared of one field.

    :param kind: its type, without None.
    :param held: the type with the limits of its ``Meta``.
    """

    name: str
    kind: Any
    held: Any
    checks: tuple[Check, ...]
    description: str
    default: Any

    @property
    def variable(self) -> str:
        """Where it is read from."""
        return PREFIX + self.name.upper()

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that there are, if they are words."""
        return get_args(self.kind) if get_origin(self.kind) is Literal else ()

    def read(self, text: str) -> Any:
        """The value that the text stands for.

        :raises ValueError: it stands for none; the message does not repeat it.
        """
        if self.kind is str and not _is_unicode(text):
            raise ValueError("not UTF-8")
        if self.kind in _WITHOUT_BLANKS:
            text = text.strip()  # a file of settings may leave one behind
        if self.kind is bool:
            text = _WORDS.get(text.lower(), text.lower())
        return self._held(text, strict=False)

    def checked(self, value: Any) -> Any:
        """The value to use.

        :raises ValueError: what is wrong with it.
        """
        return value if value is None else self._held(value, strict=True)

    def _held(self, value: Any, *, strict: bool) -> Any:
        try:
            found = msgspec.convert(value, self.held, strict=strict, dec_hook=_made)
        except msgspec.ValidationError as fault:
            expected = (
                f"Expected one of {', '.join(self.choices)}" if self.choices else str(fault).removesuffix(", got `str`")
            )
            raise ValueError(expected) from None
        if isinstance(found, float) and not math.isfinite(found):
            raise ValueError("Expected a finite `float`")
        for check in self.checks:
            found = check(found)
        return found


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
    limits = tuple(part for part in said if isinstance(part, Meta))
    [description] = [part.description for part in limits if part.description]
    if get_origin(kind) is not Literal:
        [kind] = [part for part in get_args(kind) or (kind,) if part is not NoneType]
    held = kind
    for limit in limits:
        held = Annotated[held, limit]
    return Setting(name, kind, held, tuple(part for part in said if callable(part)), description, default)


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


def split_address(text: str) -> SplitResult:
    """The parts of a URL.

    :raises ValueError: it has none; the message does not repeat it, as that of ``urlsplit`` may.
    """
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError("is no address") from None


def _is_unicode(text: str) -> bool:
    """False: it holds bytes that are no UTF-8, as the environment hands them over."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _made(kind: type, value: Any) -> Any:
    """What msgspec does not know."""
    return kind(value)  # a Path
