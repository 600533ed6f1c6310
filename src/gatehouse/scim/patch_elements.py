"""Operations on the elements of a multi-valued attribute (RFC 7644 §3.5.2; scim-protocol.md §4.2-4.4).

Nothing is changed in place: each function gives a new list, with new elements where they differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gatehouse.errors import InvalidPath, InvalidValue, NoTarget
from gatehouse.limits import Limits
from gatehouse.scim.attribute import Attribute
from gatehouse.scim.elements import Element, check_size, collapse, comparable, is_empty, lacks_value, merged
from gatehouse.scim.entra import stand_in_for_primary
from gatehouse.scim.evaluate import selects
from gatehouse.scim.filter_tree import Filter
from gatehouse.scim.operation import Operation


def apply(elements: Sequence[Element], operation: Operation, *, lenient: bool) -> list[Element]:
    """The elements after one operation.

    :raises NoTarget: a selector matches nothing where something is needed.
    :raises InvalidPath: a sub-attribute of several elements without saying of which.
    :raises InvalidValue: two primary elements, or a value that contradicts its selector.
    """
    path = operation.path
    if path.selector is not None:
        return _apply_to_selected(elements, operation, path.selector, lenient=lenient)
    if path.sub is not None:
        return _apply_to_sub(elements, operation, path.sub.name)
    if operation.op == "remove":
        return _without(elements, operation.value, path.target.attribute)
    if operation.op == "replace":
        return operation.value or []
    result, touched = merged(elements, operation.value, path.target.attribute)
    return _with_one_primary(result, [index for index in touched if result[index].get("primary") is True])


def tidy(elements: list[Element], attribute: Attribute, limits: Limits) -> list[Element]:
    """The elements as they are stored: none that says nothing or lacks the value that it needs, none twice.

    Only after all operations: Entra sets the sub-attributes of a new element one at a time (entra-client.md §3.4).

    :raises InvalidValue: there are too many.
    """
    telling = [element for element in elements if not is_empty(element) and not lacks_value(element, attribute)]
    kept = collapse(telling, attribute)
    check_size(kept, attribute, limits)
    return kept


def _without(elements: Sequence[Element], listed: Sequence[Element] | None, attribute: Attribute) -> list[Element]:
    """All gone, or those that a lenient ``remove`` lists by value (L11): every sub-attribute given must be equal."""
    if listed is None:
        return []
    return [e for e in elements if not any(_agrees(e, wanted, attribute) for wanted in listed)]


def _agrees(element: Element, wanted: Element, attribute: Attribute) -> bool:
    telling = {name: part for name, part in wanted.items() if name != "display"}
    return bool(telling) and all(
        comparable(element.get(name, False), attribute, name) == comparable(part, attribute, name)
        for name, part in telling.items()
    )


def _apply_to_sub(elements: Sequence[Element], operation: Operation, sub: str) -> list[Element]:
    """``emails.value``: of all for ``remove``; else of the only element, or of the primary one, or of a new one."""
    if operation.op == "remove":
        return [{name: part for name, part in element.items() if name != sub} for element in elements]
    if not elements:
        return [] if operation.value is None else [{sub: operation.value}]
    chosen = [index for index, e in enumerate(elements) if len(elements) == 1 or e.get("primary") is True]
    if len(chosen) != 1:
        name = operation.path.target.attribute.name
        raise InvalidPath(f'There are several {name}: say which, as in {name}[type eq "work"].{sub}', path=name)
    return _write(elements, chosen, operation, {})


def _apply_to_selected(
    elements: Sequence[Element], operation: Operation, selector: Filter, *, lenient: bool
) -> list[Element]:
    chosen = [index for index, element in enumerate(elements) if selects(selector, element)]
    fixed = operation.described
    if operation.op == "remove":
        return _unassign(elements, chosen, operation)
    if operation.value is None and (chosen or lenient):
        return _unassign(elements, chosen, operation)
    if chosen:
        return _write(elements, chosen, operation, fixed or {})
    if lenient:
        index = stand_in_for_primary(selector, elements)
        if index is not None:
            marked = [{**e, "primary": True} if at == index else e for at, e in enumerate(elements)]
            return _write(marked, [index], operation, fixed or {})
    name, adds = operation.path.target.path, operation.op == "add"
    if fixed is None or not (lenient or adds):
        raise _no_target(name)
    result = _write([*elements, fixed], [len(elements)], operation, fixed)
    if not selects(selector, result[-1]):
        raise InvalidValue("The value contradicts the filter in the path", path=name) if adds else _no_target(name)
    return result


def _no_target(name: str) -> NoTarget:
    return NoTarget(f"No value of {name} matches the filter in the path", path=name)


def _unassign(elements: Sequence[Element], chosen: Sequence[int], operation: Operation) -> list[Element]:
    """Nothing chosen is no error: what should be gone is gone (our reading D11)."""
    sub = operation.path.sub
    if sub is None:
        return [element for index, element in enumerate(elements) if index not in chosen]
    return [
        {name: part for name, part in element.items() if name != sub.name} if index in chosen else element
        for index, element in enumerate(elements)
    ]


def _write(elements: Sequence[Element], chosen: Sequence[int], operation: Operation, fixed: Element) -> list[Element]:
    """Write the value to the chosen elements; one that is primary then takes the mark from the others."""
    result = list(elements)
    for index in chosen:
        result[index] = _written(result[index], operation, fixed)
    return _with_one_primary(result, [index for index in chosen if result[index].get("primary") is True])


def _written(element: Element, operation: Operation, fixed: Element) -> Element:
    """One element with the value; of a replaced one stays what the selector fixes (our reading D8). Null removes."""
    sub, value = operation.path.sub, operation.value
    if sub is not None:
        value = {sub.name: value}
    elif operation.op == "replace":
        element = {name: part for name, part in element.items() if name in fixed}
    return {name: part for name, part in {**element, **value}.items() if part is not None}


def _with_one_primary(elements: list[Element], marked: Sequence[int]) -> list[Element]:
    """A new primary element takes the mark from the others (RFC 7644 §3.5.2)."""
    if not marked:
        return elements
    if len(set(marked)) > 1:
        raise InvalidValue("Only one value can be primary", path="primary")
    return [_demoted(element) if index != marked[0] else element for index, element in enumerate(elements)]


def _demoted(element: dict[str, Any]) -> dict[str, Any]:
    return {**element, "primary": False} if element.get("primary") is True else element
