"""Bringing stored access up to a new mapping: who can be touched, what changes for them, and writing it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import InitVar, dataclass, field
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import Final, Protocol, TypeVar
from uuid import UUID

import orjson

from gatehouse.mapping.changes import access_changes
from gatehouse.mapping.resolve import Access, resolve
from gatehouse.mapping.rules import Mapping, mapping_inputs
from gatehouse.mapping.warnings import warnings
from gatehouse.records import Actor, Change, EventAction, EventOutcome, Origin, ProvisioningEvent, ResourceKind
from gatehouse.services.reach import COLUMN_OF, PACE, Pace, reach
from gatehouse.store import access, database, history, unsettled
from gatehouse.store.access import Holder, Rewrite
from gatehouse.store.ids import uuid7

T = TypeVar("T")
_NOTHING: Final = (None, None)


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
    """A user, as known at ``version``, whose stored access must be rewritten."""

    user_id: UUID
    version: int
    user_name: str
    outlook: Outlook


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Every user that a mapping change can touch, by the version evaluated; in ``moves`` those to be rewritten."""

    versions: dict[UUID, int]
    moves: tuple[Move, ...]

    @property
    def users_evaluated(self) -> int:
        """How many users the change can touch."""
        return len(self.versions)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why access is rewritten: who changed the mapping to which version, when, in one line what."""

    mapping_version: int
    actor: Actor
    origin: Origin
    reason: str
    occurred_at: datetime


class _ReadPage(Protocol[T]):
    async def __call__(self, *, after: UUID | None, limit: int) -> list[T]: ...


@dataclass(slots=True)
class _Evaluating:
    """An evaluation under way."""

    mapping: InitVar[Mapping]
    versions: dict[UUID, int] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    _forecast: _Forecast = field(init=False)

    def __post_init__(self, mapping: Mapping) -> None:
        self._forecast = _Forecast(mapping)

    def add(self, users: Sequence[Holder]) -> None:
        """Evaluate these users, but for those seen before, under another of their values."""
        for user in users:
            if user.id not in self.versions:
                self.versions[user.id] = user.version
                outlook = self._forecast.of(user)
                if outlook is not None:
                    self.moves.append(Move(user.id, user.version, user.user_name, outlook))

    def result(self) -> Evaluation:
        """Moves in order of the users' ids, as they lie in the tables."""
        self.moves.sort(key=lambda move: move.user_id.int)
        return Evaluation(self.versions, tuple(self.moves))


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


async def evaluate(tenant_id: UUID, before: Mapping, after: Mapping, pace: Pace = PACE) -> Evaluation:
    """Find out what ``after`` changes; reads only.

    Goes through the users page by page and lets other tasks run in between.
    """
    evaluated = _Evaluating(after)
    documents = _needs_documents(after)
    for key in await reach(tenant_id, before, after, pace):
        read = partial(access.page, tenant_id, key, documents=documents)
        async for users in _pages(read, pace.users, last=lambda user: user.id):
            evaluated.add(users)
    return evaluated.result()


async def catch_up(
    tenant_id: UUID, before: Mapping, after: Mapping, earlier: Evaluation, pace: Pace = PACE
) -> Evaluation:
    """Bring an evaluation up to now: evaluate who came or changed since, leave out who went.

    Belongs in the transaction that has taken the tenant's row: from there on no user changes.
    """
    current: dict[UUID, int] = {}
    for key in await reach(tenant_id, before, after, pace):
        async for page in _pages(partial(access.versions, tenant_id, key), pace.users, last=itemgetter(0)):
            current.update(page)
    evaluated = _Evaluating(after)
    changed = [user_id for user_id, version in current.items() if earlier.versions.get(user_id) != version]
    for ids in _batches(changed, pace.users):
        evaluated.add(await access.by_ids(tenant_id, ids, documents=_needs_documents(after)))
        await asyncio.sleep(0)
    evaluated.moves += [move for move in earlier.moves if current.get(move.user_id) == move.version]
    evaluated.versions = current
    return evaluated.result()


Ahead = dict[
    UUID, tuple[Move, UUID | None]
]  # by user: what was written ahead, and the id of the event that tells of it


async def write_ahead(tenant_id: UUID, evaluation: Evaluation, cause: Cause, pace: Pace = PACE) -> Ahead:
    """Write everything about the users before the tenant's row is taken, in the transaction of the mapping change.

    Nobody waits for new rows; they hold from the commit on. To be carried over afterwards (:mod:`.settling`).

    :raises StaleVersion: another change decides for these users.
    """
    ahead: Ahead = {}
    for moves in _batches(evaluation.moves, _written(pace)):
        events = {move.user_id: _event(tenant_id, move, cause) for move in moves if move.outlook.changes}
        await unsettled.put(
            tenant_id,
            [_rewrite(move) for move in moves],
            mapping_version=cause.mapping_version,
            at=cause.occurred_at,
            events=[history.add_many(list(events.values()))] if events else [],
        )
        for move in moves:
            event = events.get(move.user_id)
            ahead[move.user_id] = (move, event.id if event else None)
        await asyncio.sleep(0)
    return ahead


async def write(
    tenant_id: UUID, evaluation: Evaluation, cause: Cause, pace: Pace = PACE, *, ahead: Ahead | None = None
) -> Counter[tuple[EventAction, EventOutcome]]:
    """Store what was found, with one event for each user whose role or groups change.

    Belongs in the transaction of the mapping change. Users' versions stay: access is derived data.

    :param ahead: what is written already; what then did not come to pass is taken back.
    :returns: how many events of each kind, for ``metrics.count_events`` once they are committed.
    :raises StaleVersion: a user changed since the evaluation.
    """
    ahead = ahead or {}
    kept = {move.user_id for move in evaluation.moves if ahead.get(move.user_id, _NOTHING)[0] is move}
    await _take_back(tenant_id, {user_id: entry for user_id, entry in ahead.items() if user_id not in kept})
    outlooks = {id(ahead[user_id][0].outlook): ahead[user_id][0] for user_id in kept}
    if outlooks:
        await access.see(tenant_id, [_rewrite(move) for move in outlooks.values()], at=cause.occurred_at)
    for moves in _batches([move for move in evaluation.moves if move.user_id not in kept], _written(pace)):
        events = [_event(tenant_id, move, cause) for move in moves if move.outlook.changes]
        await access.rewrite(
            tenant_id,
            [_rewrite(move) for move in moves],
            mapping_version=cause.mapping_version,
            at=cause.occurred_at,
            events=[history.add_many(events)] if events else [],
        )
        await asyncio.sleep(0)
    return Counter((EventAction.UPDATE, _outcome(move)) for move in evaluation.moves if move.outlook.changes)


async def _take_back(tenant_id: UUID, stale: Ahead) -> None:
    await unsettled.take_back(tenant_id, stale.keys())
    await history.take_back(tenant_id, [event_id for _, event_id in stale.values() if event_id])


def _written(pace: Pace) -> int:
    return pace.written[database.dialect()]


async def _pages(read: _ReadPage[T], size: int, *, last: Callable[[T], UUID]) -> AsyncIterator[list[T]]:
    """Page after page, and other tasks in between.

    :param last: the id of a row.
    """
    after: UUID | None = None
    while rows := await read(after=after, limit=size):
        yield rows
        await asyncio.sleep(0)
        if len(rows) < size:
            break
        after = last(rows[-1])


def _needs_documents(mapping: Mapping) -> bool:
    settings = mapping.settings
    return not {settings.role_attribute.lower(), settings.group_attribute.lower()} <= COLUMN_OF.keys()


def _inputs(user: Holder, mapping: Mapping) -> tuple[str | None, str | None]:
    if user.document is None:
        return mapping_inputs({"title": user.title, "userType": user.user_type}, mapping.settings)
    return mapping_inputs(orjson.loads(user.document), mapping.settings)


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _rewrite(move: Move) -> Rewrite:
    return Rewrite(move.user_id, move.version, move.outlook.before, move.outlook.after, move.outlook.text)


def _event(tenant_id: UUID, move: Move, cause: Cause) -> ProvisioningEvent:
    return ProvisioningEvent(
        id=uuid7(),
        tenant_id=tenant_id,
        occurred_at=cause.occurred_at,
        resource_kind=ResourceKind.USER,
        resource_id=move.user_id,
        resource_name=move.user_name,
        action=EventAction.UPDATE,
        outcome=_outcome(move),
        actor=cause.actor,
        origin=cause.origin,
        changes=move.outlook.changes,
        mapping_version=cause.mapping_version,
        reason="; ".join((cause.reason, *move.outlook.warnings)),
    )


def _outcome(move: Move) -> EventOutcome:
    return EventOutcome.WARNING if move.outlook.warnings else EventOutcome.SUCCESS
