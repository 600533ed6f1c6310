"""What holds of every PATCH (RFC 7644 §3.5.2), on random users and operations; a failure names its seed."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from tests.bodies import patch_op
from tests.scim.random_patches import random_operation, random_operations, random_stored_user

from gatehouse.errors import InvalidRequest
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim.attribute import Attribute, Target
from gatehouse.scim.evaluate import selects
from gatehouse.scim.filter_tree import And, Compare, Filter, Not, Or, Present
from gatehouse.scim.patch import apply_patch, parse_patch, unchanged
from gatehouse.scim.path import Path, SchemaPath, parse_path
from gatehouse.scim.required import missing
from gatehouse.scim.resource import read_resource
from gatehouse.scim.schema import USER

pytestmark = pytest.mark.seeded

_SEEDS = range(1_500)
_WORK_EMAIL = 'emails[type eq "work"].value'


def _random(seed: int) -> tuple[Random, ScimMode, dict[str, Any]]:
    random = Random(seed)  # noqa: S311 - repeatable, not secret
    mode = random.choice(list(ScimMode))
    return random, mode, random_stored_user(random, mode)


def _patched(before: dict[str, Any], operations: list[dict[str, Any]], mode: ScimMode) -> dict[str, Any] | None:
    """The resource after the operations; None when they are refused. Neither the resource nor the message is touched."""
    kept = copy.deepcopy((before, operations))
    try:
        request = parse_patch(patch_op(*operations), USER, mode=mode, unknown=UnknownAttributes.IGNORE)
        after = apply_patch(before, request, USER)
    except InvalidRequest:
        after = None
    assert (before, operations) == kept
    return after


def test_the_result_is_a_resource_again() -> None:
    accepted = 0
    for seed in _SEEDS:
        random, mode, before = _random(seed)
        operations = random_operations(random, before)
        after = _patched(before, operations, mode)
        if after is None:
            continue

        accepted += 1
        if list(missing(after, USER)) == [_WORK_EMAIL]:  # the same address goes on under another type
            assert {e.get("value") for e in before["emails"]} & {e.get("value") for e in after["emails"]}, seed
            after["emails"].append({"type": "work", "value": "still@work.example"})
        again = read_resource(after, USER, mode=mode, unknown=UnknownAttributes.REJECT).resource
        assert again == after, (seed, operations)
    assert accepted > len(_SEEDS) // 3


def test_operations_take_effect_all_or_none() -> None:
    for seed in _SEEDS:
        random, mode, before = _random(seed)
        operations = random_operations(random, before)
        odd = [random_operation(random, before, odd=1) for _ in range(2)]
        static = [{"op": "replace", "path": "nosuch[", "value": 1}, {"op": "move", "path": "title"}, {"op": "remove"}]
        for bad in [*static, *(operation for operation in odd if not _is_readable(operation, mode))]:
            place = random.randint(0, len(operations))
            assert _patched(before, [*operations[:place], bad, *operations[place:]], mode) is None, (seed, bad)


def _is_readable(operation: dict[str, Any], mode: ScimMode) -> bool:
    try:
        parse_patch(patch_op(operation), USER, mode=mode, unknown=UnknownAttributes.IGNORE)
    except InvalidRequest:
        return False
    return True


@pytest.mark.parametrize("op", ["replace", "add"])
def test_twice_is_once(op: str) -> None:
    compared = 0
    for seed in _SEEDS:
        random, mode, before = _random(seed)
        operation = random_operation(random, before, op=op)
        once = _patched(before, [operation], mode)
        if once is None or _changes_its_own_choice(operation, before, once):
            continue

        compared += 1
        twice = _patched(once, [operation], mode)
        assert twice is not None, (seed, operation)
        assert unchanged(once, twice), (seed, operation)
    assert compared > len(_SEEDS) // 3


def test_what_was_added_can_be_removed() -> None:
    compared = 0
    for seed in _SEEDS:
        random, mode, before = _random(seed)
        operation = random_operation(random, before, op="add", odd=0)
        if "path" not in operation or _patched(before, [operation], mode) is None:
            continue
        after = _patched(before, [operation, {"op": "remove", "path": operation["path"]}], mode)
        if after is None:
            continue  # a required attribute

        compared += 1
        left = [value for value in _found(after, parse_path(operation["path"], USER)) if value is not False]
        assert left == [], (seed, operation)  # a primary of false says as much as none
    assert compared > len(_SEEDS) // 3


def _found(resource: dict[str, Any], path: Path | SchemaPath) -> Iterator[Any]:
    """What a resource has at a path."""
    if isinstance(path, SchemaPath):
        yield from [resource[path.urn]] if path.urn in resource else []
        return
    value = _block(resource, path.target).get(path.target.attribute.name)
    elements = value if isinstance(value, list) else [] if value is None else [value]
    for element in elements:
        if path.selector is None or selects(path.selector, element):
            yield from [element] if path.sub is None else [element[path.sub.name]] if path.sub.name in element else []


def _block(resource: dict[str, Any], target: Target) -> dict[str, Any]:
    return resource.get(target.urn, {}) if target.urn else resource  # type: ignore[no-any-return]


def _changes_its_own_choice(operation: dict[str, Any], before: dict[str, Any], once: dict[str, Any]) -> bool:
    """Whether the operation writes that by which it chose the element: it then chooses otherwise the second time."""
    path = parse_path(operation["path"], USER) if "path" in operation else None
    if not isinstance(path, Path) or not path.target.attribute.multi_valued:
        return False
    written = {path.sub.name} if path.sub else _names(operation["value"], path.target.attribute)
    if path.selector is None:
        return path.sub is not None and (path.sub.name == "primary" or not operation["value"])
    name = path.target.attribute.name
    if len(once.get(name, [])) < len(before.get(name, [])):
        return True  # made equal to another one, it is gone
    by_equality = isinstance(path.selector, Compare) and path.selector.op == "eq"
    replaced = operation["op"] == "replace" and path.sub is None and not by_equality
    return replaced or bool(written & set(_mentioned(path.selector)))


def _names(value: Any, attribute: Attribute) -> set[str]:
    return set(value) if isinstance(value, dict) else {sub.name for sub in attribute.sub_attributes}


def _mentioned(tree: Filter) -> Iterator[str]:
    match tree:
        case Compare(target) | Present(target):
            yield target.leaf.name
        case And(terms) | Or(terms):
            for term in terms:
                yield from _mentioned(term)
        case Not(term):
            yield from _mentioned(term)
