"""Whom can a mapping change touch? The values that lead to these users, found without reading the users."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping as Lookup
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from gatehouse.mapping.edit import Touched, touched
from gatehouse.mapping.review import Values
from gatehouse.mapping.rules import Mapping, normalise, segments
from gatehouse.store import access
from gatehouse.store.access import Key, ValueColumn
from gatehouse.store.database import Dialect
from gatehouse.store.value_index import is_shortened

EVERYBODY: Final[tuple[None]] = (None,)
COLUMN_OF: Final[dict[str, ValueColumn]] = {"title": "title", "usertype": "user_type"}
_COMPOSES: Final = frozenset("<=>")  # with U+0338 after them, NFC makes other characters of these


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a mapping change does at once, before it lets others do something.

    :param keys: distinct values that are looked for one by one; when there are more it goes through everybody.
    :param values: values read at once.
    :param users: users read at once.
    :param written: users written at once. SQLite writes inside the event loop; PostgreSQL may read the whole tenant for
        each batch while its statistics are of an empty table, so there must be few.
    :param ahead: users who change, from which number on PostgreSQL writes about them before others must wait, and carries
        it over to their rows afterwards.
    """

    keys: int = 500
    values: int = 2_000
    users: int = 1_000
    ahead: int = 20
    written: Lookup[Dialect, int] = field(default_factory=lambda: {"sqlite": 250, "postgres": 2_000})


PACE: Final = Pace()


async def reach(tenant_id: UUID, before: Mapping, after: Mapping, pace: Pace = PACE) -> tuple[Key | None, ...]:
    """The keys whose holders include all whose access can differ; everybody when keys do not tell, or too many do."""
    what = touched(before, after)
    role_column = COLUMN_OF.get(after.settings.role_attribute.lower())
    group_column = COLUMN_OF.get(after.settings.group_attribute.lower())
    unknown = (what.titles and not role_column) or (what.segments and not (group_column and _splits_keys(after)))
    if what.everybody or unknown:
        return EVERYBODY
    found: set[Key] = set()
    if what.titles and role_column:
        titles = _matching(tenant_id, role_column, _is_title(what), pace.values)
        found.update([key async for key in titles])
    if what.segments and group_column:
        values = _matching(tenant_id, group_column, _has_segment(what, after), pace.values)
        found.update([key async for key in values])
    return EVERYBODY if len(found) > pace.keys else tuple(sorted(found))


async def values(tenant_id: UUID, mapping: Mapping, pace: Pace = PACE) -> Values:
    """The distinct values that rules could match, perhaps of deleted users too; unknown for attributes without a column."""
    settings = mapping.settings
    found = []
    for attribute in (settings.role_attribute, settings.group_attribute):
        column = COLUMN_OF.get(attribute.lower())
        keys = _matching(tenant_id, column, bool, pace.values) if column else None
        found.append(None if keys is None else frozenset([normalise(key) async for _, key in keys]))
    return Values(*found)


async def _matching(
    tenant_id: UUID, column: ValueColumn, matches: Callable[[str], bool], page_size: int
) -> AsyncIterator[Key]:
    last = ""  # blank values have no rules
    while keys := await access.keys(tenant_id, column, after=last, limit=page_size):
        for key in keys:
            if matches(key):
                yield column, key
        if len(keys) < page_size:
            break
        last = keys[-1]
        await asyncio.sleep(0)


def _is_title(what: Touched) -> Callable[[str], bool]:
    """Whether a key is among those touched; of a shortened one it cannot be told."""
    return lambda key: is_shortened(key) or normalise(key) in what.titles


def _has_segment(what: Touched, mapping: Mapping) -> Callable[[str], bool]:
    """Whether a key, or a segment of it, is among those touched; of a shortened one it cannot be told."""
    wanted = frozenset(map(_folded, what.segments))
    delimiter = mapping.settings.delimiter
    return lambda key: (
        is_shortened(key)
        or _folded(key) in wanted
        or any(_folded(piece) in wanted for piece in segments(key, delimiter))
    )


def _folded(value: str) -> str:
    """The lower case of a final Σ depends on what follows it: before some delimiters it is not the same in the whole."""
    return normalise(value).replace("\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK SMALL LETTER SIGMA}")


def _splits_keys(mapping: Mapping) -> bool:
    """Whether the delimiter splits a key where it splits the value: it has no case and composes with nothing."""
    delimiter = mapping.settings.delimiter
    return delimiter.isascii() and not _COMPOSES & set(delimiter) and not any(map(str.isalpha, delimiter))
