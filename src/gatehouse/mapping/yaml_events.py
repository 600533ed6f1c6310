"""YAML text as events of a tree: nothing is converted, and references and tags are refused.

PyYAML takes a megabyte: this module is imported when there is YAML to read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, Literal

import yaml
from yaml.resolver import Resolver

from gatehouse.mapping.tree import Event, Fault, Place, Scalar, Sequence, Table

# libyaml is some 10 times as fast; PyYAML has it wherever there are wheels of it
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NO_YAML: Final = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
_NUMBER_OF_YAML_1_2: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|0o[0-7]+")
_RESOLVER: Final = Resolver()


def events(text: str) -> Iterator[Event]:
    """The nodes of the one document in order, and the ends of collections.

    :raises Fault: the text is not YAML, or has what is refused.
    """
    bad = _NO_YAML.search(text)
    if bad:
        code = f"{ord(bad[0]):04X}"
        message = f'the character U+{code} must be written as "\\u{code}" within double quotes'
        raise Fault(_place(text, bad.start()), message)
    try:
        for event in _of_one_document(yaml.parse(text, _LOADER)):
            place = _marked(event.start_mark)
            _refuse_references(event, place)
            if isinstance(event, yaml.ScalarEvent):
                yield Scalar(place, event.value, _kind(event.value) if event.implicit[0] else "text")
            elif isinstance(event, yaml.CollectionStartEvent):
                yield Table(place) if isinstance(event, yaml.MappingStartEvent) else Sequence(place)
            else:
                yield None
    except (yaml.YAMLError, RecursionError) as error:  # mostly a MarkedYAMLError, which says where
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        parts = (getattr(error, "context", None), getattr(error, "problem", None))
        what = ", ".join(part for part in parts if part) or str(error)
        raise Fault(_marked(mark) if mark else None, f"this is not YAML: {what}") from None


def _of_one_document(parsed: Iterable[yaml.Event]) -> Iterator[yaml.Event]:
    """The events of nodes, as long as there is no second document."""
    documents = 0
    for event in parsed:
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            yield event
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise Fault(_marked(event.start_mark), "a second document begins here; only one is read")


def _refuse_references(event: yaml.Event, place: Place) -> None:
    if isinstance(event, yaml.AliasEvent):
        raise Fault(place, "an alias (*) is not allowed; write the value out")
    if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
        raise Fault(place, "an anchor (&) is not allowed")
    if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag is not None:
        raise Fault(place, "a tag (!) is not allowed; what must be text goes into double quotes")


def _kind(plain: str) -> Literal["text", "nothing", "other"]:
    """What YAML 1.1 or 1.2 makes of a scalar without quotes."""
    tag = _RESOLVER.resolve(yaml.ScalarNode, plain, (True, False))  # type: ignore[no-untyped-call]
    if tag == "tag:yaml.org,2002:null":
        return "nothing"
    return "text" if tag == "tag:yaml.org,2002:str" and not _NUMBER_OF_YAML_1_2.fullmatch(plain) else "other"


def _marked(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _place(text: str, offset: int) -> Place:
    return Place(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
