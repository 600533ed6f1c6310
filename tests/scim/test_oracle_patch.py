"""PATCH does what scim2-models, another reading of the RFCs, makes of it, but for the differences in a table.

It is asked in the manner that Entra needs (``ScimPolicy``). A difference is no licence: it applies to certain operations on
certain users, and says which operations of theirs come to the same as ours; so written both must agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from pydantic import ValidationError
from scim2_models import Context, EnterpriseUser, PatchOp, SCIMException, ScimPolicy, User
from tests.bodies import patch_op
from tests.scim.random_patches import random_operation, random_stored_user

from gatehouse.errors import ImmutableAttribute, InvalidPath, InvalidRequest, InvalidValue
from gatehouse.records import ScimMode, UnknownAttributes
from gatehouse.scim.attribute import Target
from gatehouse.scim.evaluate import selects
from gatehouse.scim.filter_tree import And, Compare, Not, Present, ValuePath, print_filter
from gatehouse.scim.keys import key
from gatehouse.scim.patch import apply_patch, parse_patch
from gatehouse.scim.path import Path, parse_path
from gatehouse.scim.required import missing
from gatehouse.scim.schema import ENTERPRISE_SCHEMA, USER

pytestmark = pytest.mark.seeded

_SEEDS = [range(800), pytest.param(range(800, 4_000), marks=pytest.mark.heavy)]
_POLICY = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
_MARKS = {"type", "primary"}
_READ_ONLY = {"id", "meta", "groups", "schemas"}

Json = dict[str, Any]
Outcome = Json | type[InvalidRequest] | None
"""The user after the operation; of a refusal, ours by its kind, theirs as None."""


@dataclass(frozen=True)
class Difference:
    """Where the two differ.

    :param ours: how we read it, and why.
    :param as_theirs: what they have to be told for the same to come out; None where it does not apply.
    :param explains: for our refusals: whether what they make of it is what we refuse.
    """

    ours: str
    as_theirs: Callable[[Json, Json], list[Json] | None] = lambda operation, before: None
    explains: Callable[[Json, Json, Outcome, Json], bool] = lambda operation, before, ours, theirs: False


def _selected(operation: Json) -> Path | None:
    path = parse_path(operation["path"], USER) if "path" in operation else None
    return path if isinstance(path, Path) and path.selector is not None else None


def _several(operation: Json, before: Json) -> tuple[Path, list[Json]] | None:
    """The path and the elements, where a sub-attribute is written without saying of which element."""
    path = parse_path(operation["path"], USER) if "path" in operation else None
    if not isinstance(path, Path) or path.selector or path.sub is None or operation["op"] == "remove":
        return None
    return (path, before.get(path.target.attribute.name, [])) if path.target.attribute.multi_valued else None


def _replaced_element(operation: Json, before: Json) -> list[Json] | None:
    path = _selected(operation)
    if path is None or path.sub is not None or operation["op"] != "replace":
        return None
    name = path.target.attribute.name
    gone = {part for e in before.get(name, []) if selects(path.selector, e) for part in e}
    gone -= {*operation["value"], *(term.target.sub.name for term in _terms(path.selector))}
    return [*({"op": "remove", "path": f"{operation['path']}.{part}"} for part in sorted(gone)), operation]


def _terms(tree: Any) -> tuple[Compare, ...]:
    return tree.terms if isinstance(tree, And) else (tree,)


def _first_element(operation: Json, before: Json) -> list[Json] | None:
    found = _several(operation, before)
    if found is None or found[1]:
        return None
    path = found[0]
    return [{"op": "add", "path": path.target.attribute.name, "value": [{path.sub.name: operation["value"]}]}]


def _primary_element(operation: Json, before: Json) -> list[Json] | None:
    found = _several(operation, before)
    if found is None or sum(element.get("primary") is True for element in found[1]) != 1:
        return None
    path = found[0]
    return [operation | {"path": f"{path.target.attribute.name}[primary eq true].{path.sub.name}"}]


def _which_element(operation: Json, before: Json, ours: Outcome, theirs: Json) -> bool:
    found = _several(operation, before)
    if found is None or len(found[1]) < 2 or any(element.get("primary") for element in found[1]):
        return False
    path, value = found[0], operation["value"]
    written = [element.get(path.sub.name, False) for element in theirs.get(path.target.attribute.name, [])]
    return ours is InvalidPath and all(str(item).lower() == str(value).lower() for item in written)


def _stand_in(operation: Json, before: Json) -> list[Json] | None:
    path = _selected(operation)
    if path is None or [(t.target.leaf.name, t.value) for t in _terms(path.selector)] != [("primary", True)]:
        return None
    name = path.target.attribute.name
    elements = before.get(name, [])
    if operation["op"] == "remove" or not elements or any(element.get("primary") for element in elements):
        return None
    chosen = next((e for e in elements if e.get("type", "").lower() == "work"), elements[0])
    attribute = path.target.attribute
    subs = [Target(attribute, sub) for sub in attribute.sub_attributes if sub.name != "primary"]
    likeness = [
        Compare(sub, "eq", chosen[sub.leaf.name]) if sub.leaf.name in chosen else Not(Present(sub)) for sub in subs
    ]
    which = print_filter(ValuePath(path.target, And(tuple(likeness))))
    whole = operation["op"] == "replace" and path.sub is None
    gone = sorted(chosen.keys() - operation["value"].keys() - {"primary"}) if whole else []
    cleared = [{"op": "remove", "path": f"{operation['path']}.{part}"} for part in gone]
    return [{"op": "add", "path": f"{which}.primary", "value": True}, *cleared, operation]


def _part_of_manager(operation: Json, before: Json) -> list[Json] | None:
    path = parse_path(operation["path"], USER) if "path" in operation else None
    if (
        not isinstance(path, Path)
        or path.target.attribute.name != "manager"
        or not path.sub
        or operation["op"] != "remove"
    ):
        return None
    stored = before.get(ENTERPRISE_SCHEMA, {}).get("manager", {})
    left = {"value": stored["value"]} if path.sub.name == "$ref" and "value" in stored else None  # $ref goes with value
    manager = f"{ENTERPRISE_SCHEMA}:manager"
    return [{"op": "remove", "path": manager}, *([{"op": "add", "path": manager, "value": left}] if left else [])]


def _another_manager(operation: Json, before: Json) -> list[Json] | None:
    manager = f"{ENTERPRISE_SCHEMA}:manager"
    if "$ref" not in before.get(ENTERPRISE_SCHEMA, {}).get("manager", {}) or operation["op"] == "remove":
        return None
    written = str(operation.get("path")) + repr(operation["value"])
    return None if "$ref" in written else [{"op": "remove", "path": manager}, operation]


def _read_only_keys(operation: Json, before: Json) -> list[Json] | None:
    if "path" in operation or not _READ_ONLY & operation["value"].keys():
        return None
    return [operation | {"value": {k: v for k, v in operation["value"].items() if k not in _READ_ONLY}}]


def _several_primary(operation: Json, before: Json, ours: Outcome, theirs: Json) -> bool:
    path = _selected(operation)
    if path is None or ours is not InvalidValue:
        return False
    chosen = [element for element in before.get(path.target.attribute.name, []) if selects(path.selector, element)]
    marked = operation["value"] is True if path.sub else operation["value"].get("primary") is True
    return marked and len(chosen) > 1


def _is_spelling(operation: Json, before: Json, ours: Outcome, theirs: Json) -> bool:
    if operation["op"] == "remove" or not isinstance(ours, dict):
        return False
    return _comparable(_folded(ours)) == _comparable(_folded(theirs))


def _folded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _folded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_folded(part) for part in value]
    return key(value) if isinstance(value, str) else value


def _said(operation: Json, before: Json) -> list[Json] | None:
    """The operation without elements that say nothing."""
    value = operation.get("value")
    if isinstance(value, dict) and "path" not in operation:
        return [operation | {"value": {name: _telling(part) for name, part in value.items()}}]
    return [operation | {"value": _telling(value)}] if operation["op"] != "remove" else None


def _telling(value: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(element, dict) for element in value):
        return value
    return [element for element in value if not element.keys() <= _MARKS]


def _with_address(operation: Json, before: Json) -> list[Json] | None:
    """The operation without e-mails that have no address; then those go that it leaves without one."""
    value = operation.get("value")
    told = operation
    if isinstance(value, dict) and "emails" in value:
        told = operation | {"value": {**value, "emails": _addressed(value["emails"])}}
    elif operation.get("path") == "emails" and operation["op"] != "remove":
        told = operation | {"value": _addressed(value)}
    elif not operation.get("path", "").startswith("emails"):
        return None
    return [told, {"op": "remove", "path": "emails[not (value pr)]"}]


def _addressed(emails: Any) -> Any:
    return [email for email in emails if "value" in email]


def _listed_by_value(operation: Json, before: Json) -> list[Json] | None:
    if operation["op"] != "remove" or "value" not in operation:
        return None
    telling = [{k: v for k, v in item.items() if k != "display"} for item in operation["value"]]
    return [operation | {"value": telling}] if all(telling) else []


def _is_required(operation: Json, before: Json, ours: Outcome, theirs: Json) -> bool:
    gone = {*missing(theirs, USER)} - {*missing(before, USER)}
    return ours is ImmutableAttribute and (bool(gone) or "active" not in theirs)


DIFFERENCES = {
    "read-only keys in a value": Difference(
        "Okta sends the id along: such keys are passed over (L10). They refuse them.", _read_only_keys
    ),
    "replaced element": Difference(
        "RFC 7644 §3.5.2.3: the values that match are replaced; what the selector fixes stays (D8). They merge.",
        _replaced_element,
    ),
    "sub-attribute of no element": Difference(
        "RFC 7644 §3.5.2.3: what does not exist is added. They do nothing.", _first_element
    ),
    "sub-attribute of several elements": Difference(
        "The primary one is meant, if there is one. They write to all.", _primary_element
    ),
    "sub-attribute of whichever element": Difference(
        "Nothing says which one is meant, and to write to all would make them the same: invalidPath. They write to all.",
        explains=_which_element,
    ),
    "stand-in for the primary": Difference(
        "Microsoft's validator writes to the primary element of several of which none is primary (L7). They add one.",
        _stand_in,
    ),
    "another manager": Difference(
        "manager.$ref goes with manager.value, or it would go on naming the previous one. They keep it.",
        _another_manager,
    ),
    "part of the manager": Difference(
        "Neither part of manager is required (erratum 8472, and $ref is but a convenience); to them both are.",
        _part_of_manager,
    ),
    "several primary ones": Difference(
        "To make several elements primary at once is invalidValue (scim-protocol.md §4.3). They look at those newly marked.",
        explains=_several_primary,
    ),
    "spelling of an element": Difference(
        "An element written again in other case is written anew; a case-only change is a change. They keep the old one.",
        explains=_is_spelling,
    ),
    "elements that say nothing": Difference(
        "A type alone is no value (entra-client.md §3.4): it is passed over. They take the mark of primary to it.",
        _said,
    ),
    "removal by value": Difference(
        "display does not tell elements apart (L11); to them it has to be equal too.", _listed_by_value
    ),
    "e-mail without its address": Difference(
        "An address is required of each e-mail: one without is not kept. They keep it.", _with_address
    ),
    "required here": Difference(
        "Names, the work e-mail address and active are required by this service; by the RFC only userName is.",
        explains=_is_required,
    ),
}


@pytest.mark.parametrize("seeds", _SEEDS, ids=["some", "many"])
def test_patch_does_the_same_as_scim2_models(seeds: range) -> None:
    used: Counter[str] = Counter()
    for seed in seeds:
        random = Random(seed)  # noqa: S311 - repeatable, not secret
        before = random_stored_user(random)
        operation = _operation(random, before)
        ours = _ours(before, operation)
        plain = _theirs(before, [operation])
        if _agree(ours, plain):
            used["none"] += 1
            continue

        alone = [name for name in DIFFERENCES if _explain([name], operation, before, ours)]
        assert alone or _explain(list(DIFFERENCES), operation, before, ours), (seed, operation)
        used.update(alone)
    assert used.keys() >= DIFFERENCES.keys(), "a difference that explains no case is none"
    assert used["none"] > len(seeds) * 0.8


def _operation(random: Random, before: Json) -> Json:
    """An operation; what differs but is rare more often than it comes by itself."""
    if random.random() < 0.9:
        return random_operation(random, before, odd=0, any_selector=0)
    stored = [name for name, value in before.items() if isinstance(value, list) and name not in {"schemas", "emails"}]
    if not stored or random.random() < 0.3:
        return {"op": "remove", "path": f"{ENTERPRISE_SCHEMA}:manager.{random.choice(('value', '$ref'))}"}
    name = random.choice(stored)
    element = random.choice(before[name])
    parts = random.sample(sorted(element), random.randint(1, len(element)))
    return random.choice(
        (
            {"op": "remove", "path": name, "value": [{part: element[part] for part in parts}]},
            {"op": "remove", "path": name, "value": [{**element, "display": "other"}]},
            {"op": "replace", "path": f"{name}[primary eq true].type", "value": "home"},
            {"op": "add", "path": name, "value": [{"type": "work", "primary": True}]},
            {"op": "add", "path": f'{name}[type ne "none"].primary', "value": True},
            {"op": "add", "path": name, "value": [element | {part: _recased(element[part]) for part in parts}]},
        )
    )


def _recased(value: Any) -> Any:
    return value.swapcase() if isinstance(value, str) and not value.startswith(("https:", "AA")) else value


def _explain(names: list[str], operation: Json, before: Json, ours: Outcome) -> bool:
    """Whether these differences, and nothing else, make the two the same."""
    differences = [DIFFERENCES[name] for name in names]
    told = [operation]
    for difference in differences:
        written = [(each, difference.as_theirs(each, before)) for each in told]
        told = [new for each, instead in written for new in ([each] if instead is None else instead)]
    theirs = _theirs(before, told)
    if theirs is not None and any(each.explains(operation, before, ours, theirs) for each in differences):
        return True
    return told != [operation] and _agree(ours, theirs)


def _agree(ours: Outcome, theirs: Json | None) -> bool:
    if not isinstance(ours, dict):
        return theirs is None
    return theirs is not None and _comparable(ours) == _comparable(theirs)


def _ours(before: Json, operation: Json) -> Outcome:
    try:
        request = parse_patch(patch_op(operation), USER, mode=ScimMode.ENTRA, unknown=UnknownAttributes.IGNORE)
        return apply_patch(before, request, USER)
    except InvalidRequest as error:
        return type(error)


def _theirs(before: Json, operations: list[Json]) -> Json | None:
    with _POLICY:
        user = User[EnterpriseUser].model_validate(_with_primary(before))
        try:
            for operation in operations:
                message = PatchOp[User[EnterpriseUser]].model_validate(
                    patch_op(operation), scim_ctx=Context.RESOURCE_PATCH_REQUEST
                )
                message.patch(user)
        except (SCIMException, ValidationError):
            return None
    return user.model_dump(scim_ctx=Context.DEFAULT)  # type: ignore[no-any-return]


def _with_primary(resource: Json) -> Json:
    """Every element says whether it is primary: the default is false (RFC 7643 §2.4, D3), to them it is absent."""
    return {
        name: [{"primary": False, **e} for e in value] if isinstance(value, list) and name != "schemas" else value
        for name, value in resource.items()
    }


def _comparable(resource: Json) -> Json:
    """What is compared: what both store, in whatever order."""
    return {
        name: _elements(value) if isinstance(value, list) else value
        for name, value in resource.items()
        if name not in _READ_ONLY | {"password"} and value not in ({}, []) and _elements(value) != []
    }


def _elements(value: Any) -> Any:
    """Elements without order, ``primary`` of false and those that say nothing; two of one value and type are one.

    They write ``work`` for ``Work``, where we keep what was sent.
    """
    if not isinstance(value, list):
        return value
    found: dict[Any, Json] = {}
    for element in value:
        said = {name: part.lower() if name == "type" else part for name, part in element.items()}
        if not said.keys() <= _MARKS:
            one = (key(said["value"]), said.get("type")) if "value" in said else repr(_without_false(said))
            found[one] = found.get(one, {}) | said
    return sorted(map(_without_false, found.values()), key=repr)


def _without_false(element: Json) -> list[tuple[str, Any]]:
    return sorted(item for item in element.items() if item != ("primary", False))
