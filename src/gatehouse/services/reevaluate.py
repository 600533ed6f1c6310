"""Bringing stored access up to a new mapping: who can be touched, what changes for them, and writing it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson

from gatehouse.mapping.changes import access_changes
from gatehouse.mapping.edit import Touched, touched
from gatehouse.mapping.resolve import Access, resolve
from gatehouse.mapping.rules import Mapping, mapping_inputs, normalise, segments
from gatehouse.mapping.warnings import warnings
from gatehouse.records import Actor, Change, EventAction, EventOutcome, Origin, ProvisioningEvent, ResourceKind
from gatehouse.store import access, database, history
from gatehouse.store.access import Holder, Rewrite, Selection, ValueColumn
from gatehouse.store.ids import uuid7

PAGE_SIZE: Final = 2_000  # users read at once
BATCH_SIZE: Final = 500  # users written at once: SQLite writes inside the event loop
_MAX_KEYS: Final = 500  # more distinct values than this: read everybody
_COLUMN_OF: Final[dict[str, ValueColumn]] = {"title": "title", "usertype": "user_type"}


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the new mapping means for one combination of values and stored access."""

    before: Access
    after: Access
    text: str  # of ``after``
    changes: tuple[Change, ...]  # empty: same role and groups, for another reason
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A user whose stored access must be rewritten."""

    user_id: UUID
    user_name: str
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every user that a mapping change can touch: how many there are, and those whose access must be rewritten."""

    users_evaluated: int
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why access is rewritten: who changed the mapping to which version, when, in one line what."""

    mapping_version: int
    actor: Actor
    origin: Origin
    reason: str
    occurred_at: datetime


@dataclass(slots=True)
class _Forecast:
    """Resolves each combination of values and stored access once: users share few of them."""

    mapping: Mapping
    seen: dict[tuple[str | None, str | None, str], Outlook | None] = field(default_factory=dict)

    def of(self, user: Holder) -> Outlook | None:
        """What changes for the user; None when not even the reason does."""
        title, user_type = _inputs(user, self.mapping)
        key = (title, user_type, user.access)
        if key not in self.seen:
            self.seen[key] = self._outlook(title, user_type, user.access)
        return self.seen[key]

    def _outlook(self, title: str | None, user_type: str | None, stored: str) -> Outlook | None:
        before = Access.from_text(stored)
        after = resolve(title, user_type, self.mapping, previous=before, refuse=False)
        text = after.to_text()
        if text == stored:
            return None
        changes = access_changes(before, after, self.mapping)
        return Outlook(before, after, text, changes, warnings(after, self.mapping))


async def evaluate(tenant_id: UUID, before: Mapping, after: Mapping) -> Evaluation:
    """Find out what ``after`` changes; reads only.

    Goes through the users page by page in the order of their ids and lets other tasks run in between.
    """
    selection = await _select(tenant_id, touched(before, after), after)
    forecast = _Forecast(after)
    moves: list[Move] = []
    evaluated, last = 0, None
    while users := await access.page(
        tenant_id, selection, after=last, limit=PAGE_SIZE, documents=_needs_documents(after)
    ):
        evaluated, last = evaluated + len(users), users[-1].id
        moves += [Move(u.id, u.user_name, outlook) for u in users if (outlook := forecast.of(u)) is not None]
        await asyncio.sleep(0)
        if len(users) < PAGE_SIZE:
            break
    return Evaluation(evaluated, tuple(moves))


async def write(tenant_id: UUID, evaluation: Evaluation, cause: Cause) -> None:
    """Store what :func:`evaluate` found, with one event for each user whose role or groups change.

    Belongs in the transaction of the mapping change. Users' versions stay: access is derived data.
    """
    for batch in _batches(evaluation.moves):
        rewrites = [_rewrite(move) for move in batch]
        await access.rewrite(tenant_id, rewrites, mapping_version=cause.mapping_version)
        await access.change_employee_groups(tenant_id, rewrites)
        await _record([_event(tenant_id, move, cause) for move in batch if move.outlook.changes])
        await asyncio.sleep(0)
    await access.advance(tenant_id, mapping_version=cause.mapping_version)


async def _select(tenant_id: UUID, reach: Touched, mapping: Mapping) -> Selection:
    """The users with a touched value; everybody when their values are in no column or too many."""
    role_column = _COLUMN_OF.get(mapping.settings.role_attribute.lower())
    group_column = _COLUMN_OF.get(mapping.settings.group_attribute.lower())
    if reach.everybody or (reach.titles and not role_column) or (reach.segments and not group_column):
        return Selection(everybody=True)
    keys: dict[ValueColumn, set[str]] = {"title": set(), "user_type": set()}
    if reach.titles and role_column:
        values = await access.distinct_values(tenant_id, role_column)
        keys[role_column].update(key for value, key in values if normalise(value) in reach.titles)
    if reach.segments and group_column:
        values = await access.distinct_values(tenant_id, group_column)
        delimiter = mapping.settings.delimiter
        keys[group_column].update(key for value, key in values if _has_segment(value, delimiter, reach.segments))
    if sum(map(len, keys.values())) > _MAX_KEYS:
        return Selection(everybody=True)
    return Selection(title_keys=tuple(sorted(keys["title"])), user_type_keys=tuple(sorted(keys["user_type"])))


def _has_segment(value: str, delimiter: str, wanted: frozenset[str]) -> bool:
    return normalise(value) in wanted or any(normalise(s) in wanted for s in segments(value, delimiter))


def _needs_documents(mapping: Mapping) -> bool:
    settings = mapping.settings
    return not {settings.role_attribute.lower(), settings.group_attribute.lower()} <= _COLUMN_OF.keys()


def _inputs(user: Holder, mapping: Mapping) -> tuple[str | None, str | None]:
    if user.document is None:
        return mapping_inputs({"title": user.title, "userType": user.user_type}, mapping.settings)
    return mapping_inputs(orjson.loads(user.document), mapping.settings)


def _batches(moves: Sequence[Move]) -> Iterator[Sequence[Move]]:
    for start in range(0, len(moves), BATCH_SIZE):
        yield moves[start : start + BATCH_SIZE]


def _rewrite(move: Move) -> Rewrite:
    return Rewrite(move.user_id, move.outlook.before, move.outlook.after, move.outlook.text)


async def _record(events: Sequence[ProvisioningEvent]) -> None:
    statements = [history.add(event) for event in events]
    if statements:
        await database.execute_many(statements[0].sql, [statement.parameters for statement in statements])


def _event(tenant_id: UUID, move: Move, cause: Cause) -> ProvisioningEvent:
    return ProvisioningEvent(
        id=uuid7(),
        tenant_id=tenant_id,
        occurred_at=cause.occurred_at,
        resource_kind=ResourceKind.USER,
        resource_id=move.user_id,
        resource_name=move.user_name,
        action=EventAction.UPDATE,
        outcome=EventOutcome.WARNING if move.outlook.warnings else EventOutcome.SUCCESS,
        actor=cause.actor,
        origin=cause.origin,
        changes=move.outlook.changes,
        mapping_version=cause.mapping_version,
        reason="; ".join((cause.reason, *move.outlook.warnings)),
    )
