"""Entity tags in the conditional headers of a request (RFC 7644 §3.14, RFC 9110 §8.8.3 and §13.1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_TAG: Final = r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"'
_ONE: Final = re.compile(_TAG)
_LIST: Final = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")  # RFC 9110 §5.6.1: an element may be empty


@dataclass(frozen=True, slots=True)
class EntityTags:
    """What ``If-Match`` or ``If-None-Match`` names.

    :param opaque: tags without ``W/`` and quotes: weak ones are compared like strong ones (our reading D16).
    :param every: ``*`` stands for whatever there is.
    """

    opaque: frozenset[str] = frozenset()
    every: bool = False

    @classmethod
    def parse(cls, header: str) -> EntityTags:
        """Read ``*`` or a list of entity tags; a header that is neither names nothing.

        >>> sorted(EntityTags.parse('W/"1", "2,3"').opaque), EntityTags.parse("*").every, EntityTags.parse("1")
        (['1', '2,3'], True, EntityTags(opaque=frozenset(), every=False))
        """
        if header.strip(" \t") == "*":
            return cls(every=True)
        return cls(frozenset(_ONE.findall(header))) if _LIST.fullmatch(header) else cls()

    def names(self, tag: str) -> bool:
        """Whether the tag, without ``W/`` and quotes, is among them."""
        return self.every or tag in self.opaque


@dataclass(frozen=True, slots=True)
class Precondition:
    """What the client wants to hold of the current version for a write to be done (RFC 9110 §13.2.2).

    :param if_match: None when the header is absent; else it must name the version.
    :param if_none_match: None when the header is absent; else it must not.
    """

    if_match: EntityTags | None = None
    if_none_match: EntityTags | None = None


UNCONDITIONAL: Final = Precondition()
