"""Which attributes a response shows (RFC 7644 §3.9): ``attributes`` and ``excludedAttributes``, compiled once a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from gatehouse.errors import InvalidValue
from gatehouse.scim.attribute import Target
from gatehouse.scim.schema import ResourceType

_Tree = dict[str, "_Tree | None"]
"""Names in schema case, below them the names of sub-attributes; None stands for the whole value."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What to show of a resource: at most one of ``selected`` and ``excluded`` is given."""

    selected: _Tree | None = None
    excluded: _Tree | None = None

    @classmethod
    def parse(cls, attributes: Sequence[str], excluded: Sequence[str], resource_type: ResourceType) -> Self:
        """Compile the two lists of attribute paths, in any spelling; names that nothing has are ignored.

        :raises InvalidValue: both are given: they exclude each other.
        """
        if attributes and excluded:
            raise InvalidValue("attributes and excludedAttributes exclude each other", path="excludedAttributes")
        if attributes:
            return cls(selected=_selection(attributes, resource_type))
        return cls(excluded=_exclusion(excluded, resource_type)) if excluded else cls()

    @property
    def everything(self) -> bool:
        """Whether nothing was asked for: the whole resource is shown."""
        return self.selected is None and self.excluded is None

    def wants(self, name: str) -> bool:
        """Whether an attribute, in schema case, is shown at least in part: what is not need not be loaded.

        >>> from gatehouse.scim.schema import GROUP
        >>> Projection.parse([], ["members"], GROUP).wants("members")
        False
        """
        if self.selected is not None:
            return name in self.selected
        return self.excluded is None or self.excluded.get(name, {}) is not None

    def requests(self, *names: str) -> bool:
        """Whether one of the attributes or extensions that are only returned on request is named, at least in part.

        >>> from gatehouse.scim.schema import USER
        >>> Projection.parse(["groups.value"], [], USER).requests("groups"), Projection().requests("groups")
        (True, False)
        """
        return self.selected is not None and not self.selected.keys().isdisjoint(names)

    def apply(self, resource: dict[str, Any]) -> dict[str, Any]:
        """The resource as shown, its attributes in the order in which they come."""
        if self.selected is not None:
            return _keep_names(resource, self.selected)
        if self.excluded is not None:
            return _drop_names(resource, self.excluded)
        return resource


def _selection(paths: Iterable[str], resource_type: ResourceType) -> _Tree:
    """What ``attributes`` names, and what is always returned."""
    tree: _Tree = {
        attribute.name: None for attribute in resource_type.common.values() if attribute.returned == "always"
    }
    for target in _targets(paths, resource_type):
        _add(tree, target)
    return tree


def _exclusion(paths: Iterable[str], resource_type: ResourceType) -> _Tree:
    """What ``excludedAttributes`` names, but for what is always returned."""
    tree: _Tree = {}
    for target in _targets(paths, resource_type):
        if target.attribute.returned != "always":
            _add(tree, target)
    return tree


def _targets(paths: Iterable[str], resource_type: ResourceType) -> Iterator[Target]:
    """The attributes that the paths name; the URN of a schema names all of its attributes."""
    for path in paths:
        name = path.strip()
        urn = resource_type.resolve_schema(name)
        for spelling in (name,) if urn is None else _names_of(urn, resource_type):
            target = resource_type.resolve(spelling)
            if target is not None:
                yield target


def _names_of(urn: str, resource_type: ResourceType) -> list[str]:
    extension = resource_type.extensions.get(urn.lower())
    return [f"{urn}:{name}" for name in (extension.attributes if extension else resource_type.attributes)]


def _add(tree: _Tree, target: Target) -> None:
    place = tree if target.urn is None else _below(tree, target.urn)
    if target.sub is None:
        place[target.attribute.name] = None
    else:
        _below(place, target.attribute.name)[target.sub.name] = None


def _below(tree: _Tree, name: str) -> _Tree:
    """The names below a name; when the whole of it is named already, what is added below makes no difference."""
    names = tree.setdefault(name, {})
    return {} if names is None else names


def _keep_names(block: Mapping[str, Any], tree: _Tree) -> dict[str, Any]:
    kept = {name: _keep(value, tree[name]) for name, value in block.items() if name in tree}
    return {name: value for name, value in kept.items() if value not in ({}, [])}


def _keep(value: Any, tree: _Tree | None) -> Any:
    if tree is None:
        return value
    if isinstance(value, list):
        return [kept for element in value if (kept := _keep_names(element, tree))]
    return _keep_names(value, tree)


def _drop_names(block: Mapping[str, Any], tree: _Tree) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name, value in block.items():
        names = tree.get(name, {})
        if names is None:
            continue
        kept = _drop(value, names) if names else value
        if kept not in ({}, []):
            shown[name] = kept
    return shown


def _drop(value: Any, tree: _Tree) -> Any:
    if isinstance(value, list):
        return [kept for element in value if (kept := _drop_names(element, tree))]
    return _drop_names(value, tree)
