"""Lists of users and groups: filter, order, and pages by index or by cursor (RFC 7644 §3.4.2, RFC 9865).

A list runs over one resource type, or over several in a fixed order, as at the base URI (RFC 7644 §3.4.2.1): the users,
then the groups.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from gatehouse.errors import InvalidCount, InvalidValue
from gatehouse.limits import DEFAULT_LIMITS, Limits
from gatehouse.records import GroupRecord, ScimMode, ShownUser, to_microseconds
from gatehouse.scim.cursor import TIMEOUT_S, Cursor, seal, unseal
from gatehouse.scim.filter import parse_filter
from gatehouse.scim.filter_tree import Filter
from gatehouse.scim.list_query import ListQuery, parse_sort
from gatehouse.scim.schema import GATEHOUSE_SCHEMA, GROUP, USER, ResourceType
from gatehouse.scim.shared_filter import parse_shared_filter
from gatehouse.services import list_memory, overrides
from gatehouse.services.clock import now
from gatehouse.services.list_memory import Walk
from gatehouse.store import cursor_keys, groups, resource_list, users
from gatehouse.store.resource_list import Listed, Selection

_LISTED: Final[dict[str, Listed[Any]]] = {USER.name: users.LISTED, GROUP.name: groups.LISTED}
_SECRET_BYTES: Final = 32
_WHOLE: Final = Selection()
_NOT_ASKED: Final[resource_list.Page[Any]] = resource_list.Page((), more=True)


@dataclass(frozen=True, slots=True)
class ListPage:
    """One page.

    :param total: of all pages; None where RFC 9865 lets a page by cursor leave it out: after the first one.
    :param next_cursor: None on the last page, and on every page by index.
    """

    resources: tuple[ShownUser | GroupRecord, ...]
    total: int | None
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class _Section:
    """The resources of one type in a list.

    :param walk: what is known of the list from a moment ago, if that is kept.
    """

    tenant_id: UUID
    listed: Listed[Any]
    selection: Selection
    walk: Walk | None = None

    async def page(self, limit: int, **where: Any) -> resource_list.Page[Any]:
        return await resource_list.page(self.tenant_id, self.listed, self.selection, limit=limit, **where)

    async def page_at(self, offset: int, limit: int) -> resource_list.Page[Any]:
        """The page that follows so many rows."""
        passed, place = self.walk.nearest(offset) if self.walk else (0, None)
        here = await self.page(limit, offset=offset - passed, after=place)
        if self.walk and here.last:
            self.walk.note_begin(offset + len(here.rows), here.last)
        return here

    async def count(self) -> int:
        known = self.walk.total() if self.walk else None
        if known is not None:
            return known
        number = await resource_list.count(self.tenant_id, self.listed, self.selection)
        if self.walk:
            self.walk.note_total(number)
        return number


async def page(
    tenant_id: UUID,
    resource_types: Sequence[ResourceType],
    query: ListQuery,
    limits: Limits = DEFAULT_LIMITS,
    *,
    mode: ScimMode = ScimMode.ENTRA,
) -> ListPage:
    """One page of the resources of these types.

    :raises InvalidFilter: never an unfiltered list for a filter that is not understood.
    :raises InvalidValue: ``sort_by`` has no order, or the list runs over several types.
    :raises InvalidCursor, ExpiredCursor, InvalidCount: see RFC 9865 §2.1.
    """
    sort = _sort(query, resource_types)
    if GATEHOUSE_SCHEMA.lower() in f"{query.filter} {query.sort_by}".lower():
        await overrides.end_due(frozenset({tenant_id}))  # the columns may tell of one whose time is over
    sections = [
        _section(tenant_id, resource_type, Selection(tree, sort, descending=query.descending))
        for resource_type, tree in zip(
            resource_types, _filters(query, resource_types, limits, lenient=mode is ScimMode.ENTRA), strict=True
        )
    ]
    if query.cursor is None:
        return await _by_index(sections, query)
    names = " ".join(resource_type.name for resource_type in resource_types)
    return await _by_cursor(sections, query, tenant_id, scope=f"{tenant_id} {names} {query.fingerprint}")


def _section(tenant_id: UUID, resource_type: ResourceType, selection: Selection) -> _Section:
    whole = resource_type is USER and selection == _WHOLE
    return _Section(
        tenant_id, _LISTED[resource_type.name], selection, list_memory.USERS.of(tenant_id) if whole else None
    )


def _filters(
    query: ListQuery, resource_types: Sequence[ResourceType], limits: Limits, *, lenient: bool
) -> Sequence[Filter | None]:
    if query.filter is None:
        return [None] * len(resource_types)
    if len(resource_types) == 1:
        return [parse_filter(query.filter, resource_types[0], limits, lenient=lenient)]
    return parse_shared_filter(query.filter, resource_types, limits, lenient=lenient)


def _sort(query: ListQuery, resource_types: Sequence[ResourceType]) -> str | None:
    if query.sort_by is None:
        return None
    if len(resource_types) > 1:
        endpoints = " or ".join(f"{resource_type.endpoint}/.search" for resource_type in resource_types)
        raise InvalidValue(
            "Resources of several types have no common order", path="sortBy", hint=f"sort one type: {endpoints}"
        )
    return parse_sort(query.sort_by, resource_types[0]).path


async def _by_index(sections: Sequence[_Section], query: ListQuery) -> ListPage:
    """Sections follow each other as if they were one list."""
    found: list[ShownUser | GroupRecord] = []
    total, skip = 0, query.start_index - 1
    for section in sections:
        room = query.count - len(found)
        here = await section.page_at(skip, room) if room else _NOT_ASKED
        found.extend(here.rows)
        told = not here.more and (here.rows or not skip)  # it is the last page, so nothing need be counted
        reached = skip + len(here.rows)
        of_section = reached if told else max(await section.count(), reached + here.more if here.rows else 0)
        total += of_section
        skip = max(skip - of_section, 0)
    return ListPage(tuple(found), total)


async def _by_cursor(sections: Sequence[_Section], query: ListQuery, tenant_id: UUID, *, scope: str) -> ListPage:
    begin = Cursor(0, None, query.count, 0)
    if query.cursor:
        begin = unseal(query.cursor, key=await _key(tenant_id), scope=scope, now_s=int(now().timestamp()))
        if begin.count != query.count:
            raise InvalidCount(f"count must stay {begin.count} on all pages of a cursor", path="count")
    found, following = await _walk(sections, begin) if query.count else ([], None)
    total = None
    if not query.cursor:
        complete = query.count and following is None
        total = len(found) if complete else sum([await section.count() for section in sections])
    if following is None:
        return ListPage(tuple(found), total)
    return ListPage(tuple(found), total, seal(following, key=await _key(tenant_id), scope=scope))


async def _walk(sections: Sequence[_Section], begin: Cursor) -> tuple[list[ShownUser | GroupRecord], Cursor | None]:
    """The resources of the page that begins there, and where the next one does, if there is one."""
    found: list[ShownUser | GroupRecord] = []
    after = begin.after
    expires_at = int(now().timestamp()) + TIMEOUT_S
    for number in range(begin.section, len(sections)):
        here = await sections[number].page(begin.count - len(found), after=after)
        found.extend(here.rows)
        if here.more:
            return found, Cursor(number, here.last, begin.count, expires_at)
        after = None
    return found, None


async def _key(tenant_id: UUID) -> bytes:
    """The tenant's secret, made by whichever process needs it first."""
    secret = await cursor_keys.find(tenant_id)
    if secret is None:
        await cursor_keys.add(tenant_id, secrets.token_hex(_SECRET_BYTES), created_at=to_microseconds(now()))
        return await _key(tenant_id)
    return bytes.fromhex(secret)
