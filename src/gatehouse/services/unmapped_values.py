"""Values that were seen without a rule: listing them, suggesting what they mean, and saying that one needs no rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.errors import InvalidValue, NotFound
from gatehouse.mapping.rules import MappingKind, normalise
from gatehouse.mapping.similar import Suggestion, suggest
from gatehouse.records import Actor, Change, Origin, Viewer, iso_milliseconds, to_microseconds
from gatehouse.services import clock
from gatehouse.services.catalogue import load_catalogue
from gatehouse.services.directory import visible
from gatehouse.store import audit, database, mapping as mappings, unmapped_values
from gatehouse.store.condition import And, Compare, Condition, Not
from gatehouse.store.keyset import Page, PageRequest, Sort
from gatehouse.store.unmapped_values import Key, SeenValue, Spelling

__all__ = ["Key", "MappingKind", "SeenValue", "Spelling", "Suggestion"]

MAX_REASON_CHARACTERS: Final = 1_024
MOST_USERS_FIRST: Final = (Sort("USERS", descending=True),)


def condition(
    *,
    kind: MappingKind | None,
    search: str | None,
    include_ignored: bool,
    include_unused: bool,
    moment: datetime | None = None,
) -> Condition:
    """Which values are wanted.

    :param search: a part of the value, whatever its case and blanks.
    :param include_unused: also those that nobody has now without a rule: because users left, or because there is a rule.
    :param moment: when a value has to be ignored to be left out; None: now.
    """
    terms: list[Condition] = []
    if kind is not None:
        terms.append(Compare("kind", "eq", str(kind)))
    if search and normalise(search):
        terms.append(Compare("value", "contains", normalise(search)))
    if not include_unused:
        terms.append(Compare("users", "gt", 0))
    if not include_ignored:
        terms.append(Not(Compare("ignoredAt", "eq", to_microseconds(moment or clock.now()))))
    return And(tuple(terms))


async def page(tenant_id: UUID, request: PageRequest) -> Page[SeenValue]:
    """Read a page of the values of a tenant in sight."""
    return await unmapped_values.page(tenant_id, request)


async def count(tenant_id: UUID, wanted: Condition | None) -> int:
    """Count the values of a tenant in sight."""
    return await unmapped_values.count(tenant_id, wanted)


async def pages(tenant_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[SeenValue]]:
    """Read the same page of the values of each of several tenants in sight."""
    return await unmapped_values.pages(tenant_ids, request)


async def counts(tenant_ids: Sequence[UUID], wanted: Condition | None) -> dict[UUID, int]:
    """Count the values of each of several tenants in sight."""
    return await unmapped_values.counts(tenant_ids, wanted)


async def find(viewer: Viewer, value_id: UUID) -> SeenValue | None:
    """Find a value of a tenant in sight, whoever has it now."""
    return await unmapped_values.find(visible(viewer), value_id)


async def tenant_of(value_id: UUID) -> UUID | None:
    """Find whose value it is without asking who may see it: for who checks that."""
    value = await unmapped_values.find(None, value_id)
    return value.tenant_id if value else None


async def last_seen(tenant_id: UUID, keys: Sequence[Key]) -> dict[Key, datetime]:
    """When somebody was given each of these values last, by Entra or by a mapping change."""
    return await unmapped_values.last_seen(tenant_id, keys)


async def spellings(tenant_id: UUID, keys: Sequence[Key]) -> Mapping[Key, list[Spelling]]:
    """How those who have the values now write them, the most common spelling first."""
    return await unmapped_values.spellings(tenant_id, keys)


async def holders(tenant_id: UUID, key: Key, *, limit: int) -> list[UUID]:
    """The ids of some users who have the value, those who were provisioned last first."""
    return await unmapped_values.holders(tenant_id, *key, limit=limit)


async def suggestions(tenant_id: UUID, keys: Sequence[Key]) -> dict[Key, tuple[Suggestion, ...]]:
    """What each of the values could be mapped to, most similar first."""
    catalogue = await load_catalogue(tenant_id)  # before the mapping, which so knows at least these keys
    rules = await mappings.load(tenant_id)
    names = {
        MappingKind.ROLE: {role.id: role.name for role in catalogue.roles.values() if role.archived_at is None},
        MappingKind.GROUP: {
            group.id: group.name for group in catalogue.employee_groups.values() if group.archived_at is None
        },
    }
    return {key: suggest(key[1], key[0], rules, names[key[0]]) for key in keys}


async def ignore(
    actor: Actor, origin: Origin, tenant_id: UUID, value_id: UUID, *, until: datetime | None, reason: str
) -> SeenValue:
    """Let a value be ignored: it is left out of lists until then, or until somebody takes this back.

    :param until: None: without end.
    :raises NotFound: the tenant has no such value.
    :raises InvalidValue: a blank or overlong reason, or a moment that has passed.
    """
    now = clock.now()
    if not reason.strip() or len(reason) > MAX_REASON_CHARACTERS:
        raise InvalidValue(f"the reason must have 1 to {MAX_REASON_CHARACTERS} characters", path="reason")
    if until is not None and until <= now:
        raise InvalidValue("this moment has passed", path="until")
    shown = {"until": iso_milliseconds(until) if until else None, "reason": reason.strip()}
    return await _set_ignored(actor, origin, tenant_id, value_id, at=now, until=until, shown=shown)


async def unignore(actor: Actor, origin: Origin, tenant_id: UUID, value_id: UUID) -> SeenValue:
    """Bring an ignored value back into the lists; nothing is recorded when it is there already.

    :raises NotFound: the tenant has no such value.
    """
    return await _set_ignored(actor, origin, tenant_id, value_id, at=None, until=None, shown=None)


async def _set_ignored(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    value_id: UUID,
    *,
    at: datetime | None,
    until: datetime | None,
    shown: dict[str, str | None] | None,
) -> SeenValue:
    async with database.transaction():
        value = await unmapped_values.find(frozenset({tenant_id}), value_id)
        if value is None:
            raise NotFound("There is no such value", path="unmappedValueId")
        before = None if value.ignored_at is None else _shown(value)
        if before == shown:
            return value
        reason = shown["reason"] if shown else None
        entry = audit.act(
            "unmappedValueIgnore" if shown else "unmappedValueUnignore",
            ("UnmappedValue", value.id),
            tenant_id,
            actor=actor,
            origin=origin,
            at=clock.now(),
            changes=(Change("ignored", before, shown),),
            reason=reason,
        )
        await database.write([unmapped_values.ignore(value, at=at, until=until, reason=reason), entry])
        found = await unmapped_values.find(frozenset({tenant_id}), value_id)
    return found or value


def _shown(value: SeenValue) -> dict[str, str | None]:
    until = iso_milliseconds(value.ignored_until) if value.ignored_until else None
    return {"until": until, "reason": value.ignore_reason}
