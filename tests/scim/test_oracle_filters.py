"""Filters mean what scim2-models, another reading of the RFCs, makes of them, but for the differences in a table.

A difference is no licence: it says how our meaning is written in theirs, and so written both must agree.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from random import Random
from typing import Any
from unicodedata import normalize

import pytest
from scim2_models import EnterpriseUser, SCIMException, ScimFilter, User
from tests.scim.random_filters import random_filter
from tests.scim.random_patches import ADDRESSES, TEXTS, random_stored_user

from gatehouse.scim.attribute import AttributeType, Target
from gatehouse.scim.evaluate import matches
from gatehouse.scim.filter import parse_filter
from gatehouse.scim.filter_tree import And, Compare, Filter, Not, Or, Present, ValuePath, print_filter
from gatehouse.scim.schema import ENTERPRISE_SCHEMA, GATEHOUSE_SCHEMA, USER

pytestmark = pytest.mark.seeded

_SEEDS = [range(1000), pytest.param(range(1000, 4_000), marks=pytest.mark.heavy)]
_ID = "01932b1c-0000-7000-8000-000000000000"
_META = {
    "resourceType": "User",
    "created": "2026-11-25T09:30:00.001Z",
    "lastModified": "2026-11-25T09:30:00.002Z",
    "version": 'W/"3"',
}


_EXACT = {"externalId", "id", "meta.resourceType", "meta.version", f"{ENTERPRISE_SCHEMA}:manager.value"}
_NOBODY = {AttributeType.BINARY: "BBBB", AttributeType.REFERENCE: "https://no.example/"}


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Difference:
    """Where the two differ.

    :param ours: how we read it, and why.
    :param filter: our meaning, written in a way that theirs reads the same.
    :param resource: the same for the resource.
    """

    ours: str
    filter: Callable[[Filter], Filter] = _same
    resource: Callable[[dict[str, Any]], dict[str, Any]] = _same


def _each(tree: Filter, change: Callable[[Filter], Filter]) -> Filter:
    """The tree with every node changed, the inner ones first; what is between brackets stays as it is."""
    match tree:
        case And(terms):
            tree = And(tuple(_each(term, change) for term in terms))
        case Or(terms):
            tree = Or(tuple(_each(term, change) for term in terms))
        case Not(term):
            tree = Not(_each(term, change))
    return change(tree)


def _unbracketed(tree: Filter) -> Filter:
    """``name[givenName eq "x"]`` → ``name pr and name.givenName eq "x"``."""
    if isinstance(tree, ValuePath) and not tree.target.attribute.multi_valued:
        return And((Present(tree.target), tree.filter))
    return tree


def _presence(tree: Filter) -> Filter:
    """``emails.display eq null`` → ``not (emails.display pr)``; no text that is stored is empty."""
    if isinstance(tree, Compare) and tree.value is None and tree.target.attribute.multi_valued:
        return Present(tree.target) if tree.op == "ne" else Not(Present(tree.target))
    return tree


def _nobody(tree: Filter) -> Filter:
    """``profileUrl eq "x"`` → the same with a URI that nobody has, also between brackets."""
    if isinstance(tree, ValuePath):
        return replace(tree, filter=_each(tree.filter, _nobody))
    if isinstance(tree, Compare) and tree.op in {"eq", "ne"} and _is_ill_formed(tree):
        return replace(tree, value=_NOBODY.get(tree.target.leaf.type, "no@body.example"))
    return tree


def _with_primary(resource: dict[str, Any]) -> dict[str, Any]:
    """Every element says whether it is primary."""
    return {
        name: [{"primary": False, **element} for element in value]
        if isinstance(value, list) and isinstance(value[0], dict)
        else value
        for name, value in resource.items()
    }


def _spelled(text: str) -> str:
    """The text in letters that have no case; order, parts and ends stay what they are."""
    return "".join(f"z{ord(character):06x}" for character in text)


def _spelled_leaf(tree: Filter) -> Filter:
    if isinstance(tree, Compare) and tree.target.path in _EXACT and isinstance(tree.value, str):
        return replace(tree, value=_spelled(tree.value))
    return tree


def _spelled_resource(resource: dict[str, Any]) -> dict[str, Any]:
    """The caseExact texts of a resource, spelled."""
    spelled = {**resource, "externalId": _spelled(resource["externalId"]), "id": _spelled(resource["id"])}
    spelled["meta"] = {
        name: _spelled(part) if name in {"resourceType", "version"} else part for name, part in resource["meta"].items()
    }
    block = resource.get(ENTERPRISE_SCHEMA, {})
    if "value" in block.get("manager", {}):
        manager = block["manager"] | {"value": _spelled(block["manager"]["value"])}
        spelled[ENTERPRISE_SCHEMA] = block | {"manager": manager}
    return spelled


DIFFERENCES = {
    "brackets on a singular complex attribute": Difference(
        "RFC 7643 §2.4 calls it an attribute with one value, so its brackets select that one; they refuse it.",
        filter=lambda tree: _each(tree, _unbracketed),
    ),
    "null and several values": Difference(
        "eq null says that no element has the sub-attribute, and ne null is its opposite (D1, D2); they ask whether some"
        " element lacks it, and for ne null whether every one has it.",
        filter=lambda tree: _each(tree, _presence),
    ),
    "text that is no URI, e-mail address or base64": Difference(
        "RFC 7644 §3.4.2.2 compares text with text: nobody has it; they refuse the literal.",
        filter=lambda tree: _each(tree, _nobody),
    ),
    "caseExact text": Difference(
        "It is compared code point by code point, manager.value included (erratum 8472); they normalize it, and fold the"
        " case of manager.value.",
        filter=lambda tree: _each(tree, _spelled_leaf),
        resource=_spelled_resource,
    ),
    "absent primary": Difference(
        "RFC 7643 §2.4: the default of primary is false (D3); to them it is absent.", resource=_with_primary
    ),
}


@pytest.mark.parametrize("seeds", _SEEDS, ids=["some", "many"])
def test_filters_mean_the_same_to_scim2_models(seeds: range) -> None:
    used: Counter[str] = Counter()
    for seed in seeds:
        random = Random(seed)  # noqa: S311 - repeatable, not secret
        resource = {**random_stored_user(random), "id": _ID, "meta": _META}
        tree = _filter(random)
        tree = _each(tree, _askable)
        ours = matches(parse_filter(print_filter(tree), USER), resource)
        if ours is _theirs(tree, resource):
            used["none"] += 1
            continue

        alone = [name for name in DIFFERENCES if ours is _theirs(*_written(tree, resource, [name]))]
        assert alone or ours is _theirs(*_written(tree, resource, DIFFERENCES)), (seed, print_filter(tree))
        used.update(alone)
    assert used.keys() >= DIFFERENCES.keys(), "a difference that never alone explains a case is none"
    assert used["none"] > len(seeds) * 0.8


def _filter(random: Random) -> Filter:
    """Any filter, or one on caseExact text, where they differ least often."""
    if random.random() < 0.9:
        while True:
            tree = random_filter(random, USER, 2, ids=(_ID,), texts=(*TEXTS, *ADDRESSES))
            if GATEHOUSE_SCHEMA not in print_filter(tree):  # which they do not know
                return tree
    target = USER.resolve(random.choice(("externalId", "manager.value")))
    assert target is not None
    return Compare(target, random.choice(("eq", "co", "sw", "ge", "lt")), random.choice(TEXTS))


def _written(tree: Filter, resource: dict[str, Any], names: Iterable[str]) -> tuple[Filter, dict[str, Any]]:
    """Our meaning in their terms, as far as these differences go."""
    for difference in (DIFFERENCES[name] for name in names):
        tree, resource = difference.filter(tree), difference.resource(resource)
    return tree, resource


def _theirs(tree: Filter, resource: dict[str, Any]) -> bool | None:
    """What scim2-models says; None if it refuses the filter."""
    try:
        return ScimFilter[User[EnterpriseUser]](print_filter(tree)).match(User[EnterpriseUser].model_validate(resource))
    except SCIMException:
        return None


def _askable(tree: Filter) -> Filter:
    """Where no writing would do: order asked of URIs and addresses, by one that they take; URNs of schemas in NFC."""
    if isinstance(tree, ValuePath):
        return replace(tree, filter=_each(tree.filter, _askable))
    if not isinstance(tree, Compare) or not isinstance(tree.value, str):
        return tree
    if tree.op in {"gt", "ge", "lt", "le"} and _is_ill_formed(tree):
        known = ADDRESSES if tree.target.attribute.name == "emails" else ("https://a.example/1", "https://a.example/2")
        return replace(tree, value=known[len(tree.value) % len(known)])
    return replace(tree, value=normalize("NFC", tree.value)) if tree.target.path == "schemas" else tree


def _is_ill_formed(tree: Compare) -> bool:
    return isinstance(tree.value, str) and not _form(tree.target).fullmatch(tree.value)


def _form(target: Target) -> re.Pattern[str]:
    """What scim2-models lets a literal of the attribute be."""
    if target.path == "emails.value":
        return re.compile(r"[^@\s]+@[^@\s]+\.[a-z]+")
    if target.leaf.type is AttributeType.REFERENCE and target.attribute.name not in {"schemas", "meta"}:
        return re.compile(r"https?://\S+")
    if target.leaf.type is AttributeType.BINARY:
        return re.compile(r"(?:[A-Za-z0-9+/]{4})*")
    return re.compile(r"(?s).*")
