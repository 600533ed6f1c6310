"""The catalogue of a tenant: which roles and employee groups there are to give."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, TypeVar
from uuid import UUID

from gatehouse.errors import InUse, InvalidValue, NotFound
from gatehouse.mapping.rules import Mapping
from gatehouse.records import Actor, Change, EmployeeGroup, Origin, Role, to_microseconds
from gatehouse.services import clock
from gatehouse.store import audit, catalogue, database, mapping as mappings
from gatehouse.store.database import Statement
from gatehouse.store.ids import uuid7

MAX_NAME_CHARACTERS: Final = 200
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_HINT_KEYS: Final = 20

Entry = TypeVar("Entry", Role, EmployeeGroup)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that a tenant's mapping can refer to, by key; archived entries included."""

    roles: dict[str, Role]
    employee_groups: dict[str, EmployeeGroup]

    @property
    def privileged_role_ids(self) -> frozenset[UUID]:
        """The roles whose gain or loss deserves a second look."""
        return frozenset(role.id for role in self.roles.values() if role.privileged)

    def assignable_role(self, key: str, *, path: str) -> Role:
        """Find a role that rules may give.

        :raises NotFound: no role has this key.
        :raises InvalidValue: it is archived.
        """
        return _assignable(self.roles, key, "role", path)

    def assignable_groups(self, keys: Iterable[str], *, path: str) -> tuple[UUID, ...]:
        """Find the ids of employee groups that rules may give, in the order of the keys.

        :raises NotFound: no employee group has one of the keys.
        :raises InvalidValue: one is archived.
        """
        return tuple(_assignable(self.employee_groups, key, "employee group", path).id for key in keys)

    def known_groups(self, keys: Iterable[str], *, path: str) -> tuple[UUID, ...]:
        """Find the ids of employee groups, archived or not, in the order of the keys.

        :raises NotFound: no employee group has one of the keys.
        """
        return tuple(_known(self.employee_groups, key, "employee group", path).id for key in keys)

    def refuse_archived(self, mapping: Mapping) -> None:
        """Hold a mapping to entries that are in use.

        :raises InvalidValue: it refers to an archived one.
        """
        given: set[UUID | None] = {rule.role_id for rule in mapping.role_rules}
        given.update(group_id for rule in mapping.group_rules for group_id in rule.group_ids)
        given.update((mapping.settings.default_role_id, *mapping.settings.default_group_ids))
        entries: list[Role | EmployeeGroup] = [*self.roles.values(), *self.employee_groups.values()]
        for entry in entries:
            if entry.archived_at is not None and entry.id in given:
                raise InvalidValue(f'"{entry.key}" is archived')


async def load_catalogue(tenant_id: UUID) -> Catalogue:
    """Read the whole catalogue of a tenant."""
    return Catalogue(
        roles={role.key: role for role in await catalogue.roles(tenant_id)},
        employee_groups={group.key: group for group in await catalogue.employee_groups(tenant_id)},
    )


async def roles(tenant_id: UUID, *, include_archived: bool = False) -> list[Role]:
    """List the roles of a tenant by key."""
    return [r for r in await catalogue.roles(tenant_id) if include_archived or r.archived_at is None]


async def employee_groups(tenant_id: UUID, *, include_archived: bool = False) -> list[EmployeeGroup]:
    """List the employee groups of a tenant by key."""
    return [g for g in await catalogue.employee_groups(tenant_id) if include_archived or g.archived_at is None]


async def upsert_role(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    *,
    key: str,
    name: str,
    privileged: bool | None = None,
    archived: bool | None = None,
) -> Role:
    """Create the role with this key, or make it look like this. Nothing is recorded when it already does.

    :param privileged: None leaves it as it is; a new role is not privileged.
    :param archived: None leaves it as it is; a new role is in use.
    :raises InvalidValue: malformed key or name.
    :raises InUse: archiving what rules, the default or users still refer to.
    :raises NotFound: no such tenant.
    """
    _check(key, name)
    now = clock.now()
    async with database.transaction():
        await mappings.lock(tenant_id)
        before = await catalogue.find_role(tenant_id, key)
        base = before or Role(uuid7(), tenant_id, key, "", privileged=False, archived_at=None)
        after = replace(
            base,
            name=name.strip(),
            privileged=base.privileged if privileged is None else privileged,
            archived_at=_archived_at(base, now, archived),
        )
        if after == before:
            return after
        await _refuse_in_use(before, after, partial(catalogue.role_uses, tenant_id))
        save = catalogue.save_role(after) if before else catalogue.add_role(after, created_at=to_microseconds(now))
        await _store(save, "roleUpsert", before, after, actor=actor, origin=origin, now=now)
    return after


async def upsert_employee_group(
    actor: Actor, origin: Origin, tenant_id: UUID, *, key: str, name: str, archived: bool | None = None
) -> EmployeeGroup:
    """Create the employee group with this key, or make it look like this. As :func:`upsert_role`."""
    _check(key, name)
    now = clock.now()
    async with database.transaction():
        await mappings.lock(tenant_id)
        before = await catalogue.find_employee_group(tenant_id, key)
        base = before or EmployeeGroup(uuid7(), tenant_id, key, "", archived_at=None)
        after = replace(base, name=name.strip(), archived_at=_archived_at(base, now, archived))
        if after == before:
            return after
        await _refuse_in_use(before, after, partial(catalogue.employee_group_uses, tenant_id))
        created_at = to_microseconds(now)
        save = (
            catalogue.save_employee_group(after)
            if before
            else catalogue.add_employee_group(after, created_at=created_at)
        )
        await _store(save, "employeeGroupUpsert", before, after, actor=actor, origin=origin, now=now)
    return after


def _assignable(entries: dict[str, Entry], key: str, what: str, path: str) -> Entry:
    found = _known(entries, key, what, path)
    if found.archived_at is not None:
        raise InvalidValue(f'{what} "{key}" is archived', path=path)
    return found


def _known(entries: dict[str, Entry], key: str, what: str, path: str) -> Entry:
    found = entries.get(key)
    if found is None:
        known = [entry.key for entry in entries.values() if entry.archived_at is None]
        shown = ", ".join(known[:_HINT_KEYS]) or "none yet"
        raise NotFound(f'no {what} has the key "{key}"', path=path, hint=f"Known keys: {shown}.")
    return found


def _check(key: str, name: str) -> None:
    if not _KEY.fullmatch(key):
        raise InvalidValue(
            f'"{key[:80]}" is not a key: 1 to 63 of a-z, 0-9, "-" and "_", beginning with a letter or digit', path="key"
        )
    if not name.strip() or len(name) > MAX_NAME_CHARACTERS:
        raise InvalidValue(f"the name must have 1 to {MAX_NAME_CHARACTERS} characters", path="name")
    if not name.isprintable():
        raise InvalidValue("the name holds characters that cannot be shown", path="name")


def _archived_at(entry: Role | EmployeeGroup, now: datetime, archived: bool | None) -> datetime | None:
    """Keep the moment of the first archiving, and everything when nothing is said of it."""
    if archived is None:
        return entry.archived_at
    return (entry.archived_at or now) if archived else None


async def _refuse_in_use(
    before: Entry | None, after: Entry, uses_of: Callable[[UUID], Awaitable[dict[str, int]]]
) -> None:
    """Only what nothing refers to may be archived."""
    if before is None or before.archived_at is not None or after.archived_at is None:
        return
    uses = await uses_of(after.id)
    if uses:
        counts = ", ".join(f"{count} {what}" for what, count in uses.items())
        raise InUse(f'"{after.key}" cannot be archived: {counts} refer to it', path="archived")


async def _store(
    save: Statement,
    action: str,
    before: Entry | None,
    after: Entry,
    *,
    actor: Actor,
    origin: Origin,
    now: datetime,
) -> None:
    entry = audit.act(
        action,
        (type(after).__name__, after.id),
        after.tenant_id,
        actor=actor,
        origin=origin,
        at=now,
        changes=tuple(_changes(before, after)),
    )
    await database.write([save, entry])


def _changes(before: Entry | None, after: Entry) -> Sequence[Change]:
    old, new = _shown(before), _shown(after)
    return [Change(name, old.get(name), value) for name, value in new.items() if old.get(name) != value]


def _shown(entry: Role | EmployeeGroup | None) -> dict[str, object]:
    if entry is None:
        return {}
    shown: dict[str, object] = {"key": entry.key, "name": entry.name, "archived": entry.archived_at is not None}
    return {**shown, "privileged": entry.privileged} if isinstance(entry, Role) else shown
