"""The elements of a multi-valued attribute: when two are the same, and when one says nothing (RFC 7643 §2.4)."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any, Final

from gatehouse.errors import InvalidValue
from gatehouse.limits import Limits
from gatehouse.scim.attribute import Attribute
from gatehouse.scim.keys import key

Element = dict[str, Any]

_CONTACTS: Final = frozenset({"emails", "phoneNumbers"})
_MARKS: Final = frozenset({"type", "primary"})  # an element with nothing else tells nobody anything


def is_empty(element: Mapping[str, Any]) -> bool:
    """Whether an element says nothing: no sub-attribute, or none but ``type`` and ``primary``.

    >>> is_empty({"type": "work", "primary": True})
    True
    """
    return element.keys() <= _MARKS


def lacks_value(element: Mapping[str, Any], attribute: Attribute) -> bool:
    """Whether an element is without the value that the schema requires of each: an e-mail needs its address."""
    described = None if element.get("value") else attribute.sub("value")
    return described is not None and described.required


def identity(element: Mapping[str, Any], attribute: Attribute) -> tuple[str, str] | None:
    """What two elements must not share (RFC 7643 §2.4): value and type; None for one without a value, as an address."""
    value = element.get("value")
    if value is None:
        return None
    return comparable(value, attribute, "value"), key(element.get("type", ""))


def comparable(value: Any, attribute: Attribute, sub: str) -> Any:
    """A value of a sub-attribute as it is compared: text without case, unless the schema says ``caseExact``."""
    if not isinstance(value, str):
        return value
    described = attribute.sub(sub)
    return value if described is not None and described.case_exact else key(value)


def canonical(element: Mapping[str, Any]) -> frozenset[tuple[str, Any]]:
    """An element such that equal ones are equal: order does not matter, and not to be primary is not to say so."""
    return frozenset(item for item in element.items() if item != ("primary", False))


def merged(
    elements: Sequence[Element], added: Sequence[Element], attribute: Attribute
) -> tuple[list[Element], list[int]]:
    """The elements with others added; one that is there already is not repeated, but takes what the new one says.

    The same are: same value and type, or, without a value, equal throughout (scim-protocol.md §4.4).

    :returns: the elements, and where each of the added ones now is.
    """
    result = list(elements)
    places = {_distinction(element, attribute): index for index, element in enumerate(result)}
    touched = []
    for element in added:
        index = places.setdefault(_distinction(element, attribute), len(result))
        touched.append(index)
        if index == len(result):
            result.append(element)
        else:
            result[index] = {**result[index], **element}
    return result, touched


def collapse(elements: list[Element], attribute: Attribute) -> list[Element]:
    """The elements without repeats."""
    return merged((), elements, attribute)[0] if len(elements) > 1 else elements


def _distinction(element: Element, attribute: Attribute) -> Hashable:
    """What makes an element the same as another one, all told in the case that matters (RFC 7643 §2.4)."""
    told = {name: comparable(part, attribute, name) for name, part in element.items()}
    return identity(element, attribute) or canonical(told)


def check_size(elements: Collection[object], attribute: Attribute, limits: Limits) -> None:
    """:raises InvalidValue: more than ``limits.contacts`` e-mail addresses or phone numbers, ``limits.elements`` others."""
    most = limits.contacts if attribute.name in _CONTACTS else limits.elements
    if len(elements) > most:
        raise InvalidValue(f"{attribute.name} has more than {most} values", path=attribute.name)
