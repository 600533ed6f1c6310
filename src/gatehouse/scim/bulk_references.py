"""References to what another operation of the same bulk request creates: ``bulkId:x`` (RFC 7644 §3.7.2).

They are found wherever a text can name a resource: as a whole value (``"value": "bulkId:x"``), at the end of a URI
(``"$ref": "../Users/bulkId:x"``), as a quoted value in the path of a PATCH operation
(``members[value eq "bulkId:x"]``), and in place of the id in the path of a bulk operation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from gatehouse.scim.schema import GROUP, USER

PREFIX: Final = "bulkId:"

_IN_URI: Final = re.compile(r"((?:.*/)?(?:Users|Groups)/)bulkId:(.+)", re.DOTALL)
_IN_PATH: Final = re.compile(r'"bulkId:([^"\\]+)"')

_Swap = Callable[[str], str]  # bulkId → what stands for it: an id, or the reference as it was


def references(data: Any) -> frozenset[str]:
    """The bulkIds that the data of an operation, or its path, refers to.

    >>> sorted(references({"members": [{"value": "bulkId:a"}], "title": "about bulkId:b"}))
    ['a']
    >>> sorted(references("/Groups/bulkId:g?attributes=id"))
    ['g']
    """
    found: set[str] = set()

    def note(bulk_id: str) -> str:
        found.add(bulk_id)
        return PREFIX + bulk_id

    _walk(data, "", note)
    return frozenset(found)


def resolve(data: Any, ids: Mapping[str, str]) -> Any:
    """The data with ids in place of references; a bulkId that has none yet stays.

    >>> resolve({"manager": {"value": "bulkId:a"}}, {"a": "42"})
    {'manager': {'value': '42'}}
    """
    return _walk(data, "", lambda bulk_id: ids.get(bulk_id, PREFIX + bulk_id))


def postpone(resource: Mapping[str, Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Split a resource into what can be created now and PATCH operations that add the values with references later.

    Of a list only the elements that hold a reference wait, of the block of a schema only such attributes; other
    attributes wait as a whole.

    >>> postpone({"displayName": "Crew", "members": [{"value": "42"}, {"value": "bulkId:a"}]})
    ({'displayName': 'Crew', 'members': [{'value': '42'}]}, [{'op': 'add', 'path': 'members', 'value': [{'value': 'bulkId:a'}]}])
    """
    return _postpone(resource, "")


def _postpone(block: Mapping[str, Any], prefix: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    now: dict[str, Any] = {}
    later: list[dict[str, Any]] = []
    for name, value in block.items():
        if not references(value):
            now[name] = value
        elif isinstance(value, dict) and _is_schema(name):
            inner, postponed = _postpone(value, f"{name}:")
            now |= {name: inner} if inner else {}
            later += postponed
        else:
            kept, waiting = _split(value)
            now |= {name: kept} if kept else {}
            later.append({"op": "add", "path": prefix + name, "value": waiting})
    return now, later


def _is_schema(name: str) -> bool:
    """Whether the attributes of a schema stand under the name; a URN may also name one attribute (RFC 7644 §3.10)."""
    return any(resource_type.resolve_schema(name) for resource_type in (USER, GROUP))


def _split(value: Any) -> tuple[list[Any], Any]:
    if not isinstance(value, list):
        return [], value
    kept: list[Any] = []
    waiting: list[Any] = []
    for item in value:
        (waiting if references(item) else kept).append(item)
    return kept, waiting


def _walk(value: Any, name: str, swap: _Swap) -> Any:
    """:param name: of the member of an object that holds the value, in lower case."""
    if isinstance(value, str):
        return _swap(value, name, swap) if PREFIX in value else value
    if isinstance(value, list):
        return [_walk(item, name, swap) for item in value]
    if isinstance(value, dict):
        return {key: _walk(part, key.lower(), swap) for key, part in value.items()}
    return value


def _swap(text: str, name: str, swap: _Swap) -> str:
    if name == "path":
        return _IN_PATH.sub(lambda found: f'"{swap(found[1])}"', text)
    if text.startswith(PREFIX) and text != PREFIX:
        return swap(text.removeprefix(PREFIX))
    uri, question, query = text.partition("?")
    found = _IN_URI.fullmatch(uri)
    if found is None:
        return text
    return f"{found[1]}{swap(found[2])}{question}{query}"
