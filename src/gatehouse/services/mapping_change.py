"""Carrying out a change of the mapping: evaluated beforehand, written in one transaction, to the last user it reaches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.errors import ImpactLimitExceeded, StaleVersion, Unavailable
from gatehouse.mapping.document import digest, to_document
from gatehouse.mapping.rules import Mapping
from gatehouse.mapping.snapshot import rule_ids
from gatehouse.records import Actor, ActorKind, Change, Origin
from gatehouse.services import clock, metrics, overrides, reevaluate, settling
from gatehouse.services.catalogue import Catalogue, load_catalogue
from gatehouse.services.impact import Impact, impact_of, measure
from gatehouse.services.reach import PACE, Pace
from gatehouse.services.reevaluate import Cause, Evaluation
from gatehouse.store import access, audit, database, mapping as mappings, mapping_versions, tenants
from gatehouse.store.access import Holders
from gatehouse.store.database import Statement
from gatehouse.store.ids import uuid7
from gatehouse.store.mapping_versions import MappingSource, MappingVersion

_ATTEMPTS: Final = 5
_SYSTEM: Final = Actor(ActorKind.SYSTEM, None, "Gatehouse")


@dataclass(frozen=True, slots=True)
class Edit:
    """A change as decided: the mapping it leads to, and how the audit trail tells of it."""

    after: Mapping
    action: str  # name of the mutation
    target_type: str
    target_id: str
    changes: tuple[Change, ...]
    message: str  # one line for the version and for the events of the users reached
    rollback_of: int | None = None  # the version that this one brings back


@dataclass(frozen=True, slots=True)
class Terms:
    """What the caller asks for beside the change itself.

    :param expected_version: the mapping version that the caller saw; None: whatever is in force.
    :param dry_run: report the impact and change nothing, not even when it is over the limit.
    :param max_users_changed: refuse when more users than this would get another role or other groups.
    :param max_percent_changed: the same, as a part of all users, 0 to 100.
    """

    expected_version: int | None = None
    dry_run: bool = False
    max_users_changed: int | None = None
    max_percent_changed: float | None = None
    source: MappingSource | None = None  # None: by the kind of actor

    def hold_to(self, impact: Impact, holders: Holders) -> None:
        """:raises ImpactLimitExceeded: the change reaches more users than allowed."""
        changed, limit, percent = impact.users_changed, self.max_users_changed, self.max_percent_changed
        if limit is not None and changed > limit:
            raise ImpactLimitExceeded(
                f"{changed} users would change, more than the {limit} allowed",
                path="maxUsersChanged",
                hint="Look at the impact with a dry run or a plan, then raise the limit.",
            )
        if percent is not None and changed * 100 > percent * holders.total:
            raise ImpactLimitExceeded(
                f"{changed} of {holders.total} users would change, more than the {percent:g} % allowed",
                path="maxPercentChanged",
                hint="Look at the impact with a dry run or a plan, then raise the limit.",
            )


@dataclass(frozen=True, slots=True)
class MappingChange:
    """What came of it. ``version`` is the one in force now: unchanged after a dry run or when nothing moved."""

    version: int
    dry_run: bool
    impact: Impact

    @property
    def users_evaluated(self) -> int:
        """How many users the change could have touched."""
        return self.impact.users_evaluated

    @property
    def users_changed(self) -> int:
        """How many users got, or would get, another role or other groups."""
        return self.impact.users_changed


@dataclass(frozen=True, slots=True)
class Beside:
    """What a plan adds to the transaction of its change.

    :param check: looks at the evaluation and the privileged roles as they are at last; it may raise.
    :param statements: written with the version, the audit entry and the users.
    """

    check: Callable[[Evaluation, frozenset[UUID]], None]
    statements: Sequence[Statement]


Decide = Callable[[Mapping, Catalogue], Edit]


async def carry_out(
    actor: Actor, origin: Origin, tenant_id: UUID, decide: Decide, terms: Terms, *, pace: Pace = PACE
) -> MappingChange:
    """Decide on the mapping in force, then make the result the next version and bring every user up to it.

    When others change the mapping in between, a caller without ``expected_version`` is decided anew.

    :param decide: pure; it may raise, and then nothing changes.
    :param pace: how much is read and written at once.
    :raises NotFound: no such tenant.
    :raises StaleVersion: the mapping is not at ``expected_version``.
    :raises ImpactLimitExceeded: more users than allowed would change.
    """
    await overrides.end_due(frozenset({tenant_id}))
    if not terms.dry_run:
        await settling.settle(tenant_id)
    for _ in range(_ATTEMPTS):
        catalogue = await load_catalogue(tenant_id)  # before the mapping, which so knows at least these keys
        before = await mappings.read(tenant_id)
        if terms.expected_version not in {None, before.version}:
            raise StaleVersion(
                f"the mapping is at version {before.version}, not {terms.expected_version}", path="expectedVersion"
            )
        edit = decide(before, catalogue)
        if edit.after.version == before.version:
            return MappingChange(before.version, terms.dry_run, Impact())
        evaluation = await reevaluate.evaluate(tenant_id, before, edit.after, pace)
        if terms.dry_run:
            impact = await measure(tenant_id, evaluation, catalogue.privileged_role_ids)
            return MappingChange(before.version, terms.dry_run, impact)
        with suppress(StaleVersion):  # the next round finds out whose version it was
            return await commit(
                actor, origin, tenant_id, before=before, edit=edit, evaluation=evaluation, terms=terms, pace=pace
            )
    raise Unavailable("the mapping is being changed by others; try again")


async def commit(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    *,
    before: Mapping,
    edit: Edit,
    evaluation: Evaluation,
    terms: Terms,
    beside: Beside | None = None,
    pace: Pace = PACE,
) -> MappingChange:
    """Write it all, holding the tenant's row, and on SQLite the right to write, for no longer than that takes.

    On PostgreSQL, when many users change, what is written about them is written before the tenant's row is taken, and
    carried over to their rows after the commit (:mod:`.settling`): nobody waits for it. On SQLite others wait from the
    beginning.

    :param evaluation: of all users, as they were before; those who changed since are evaluated again.
    :raises StaleVersion: ``before`` is not in force any more.
    """
    after, now = edit.after, clock.now()
    cause = Cause(after.version, actor, origin, f"mapping version {after.version}: {edit.message}", now)
    holders = await access.holders(tenant_id)
    await settling.settle(tenant_id)  # what comes later than this comes with another version of the mapping
    early = database.dialect() == "postgres" and len(evaluation.moves) >= pace.ahead
    async with database.transaction():
        ahead = await reevaluate.write_ahead(tenant_id, evaluation, cause, pace) if early else None
        await mappings.save(tenant_id, before, after, updated_at=now)
        catalogue = await load_catalogue(tenant_id)
        catalogue.refuse_archived(after)  # archiving takes the tenant's row too: from here on there can be no new one
        evaluation = await reevaluate.catch_up(tenant_id, before, after, evaluation, pace)
        if beside:
            beside.check(evaluation, catalogue.privileged_role_ids)
        impact = impact_of(evaluation, catalogue.privileged_role_ids, holders)
        terms.hold_to(impact, holders)
        await _record_initial(tenant_id, before)
        source = terms.source or source_of(actor)
        version = _version(tenant_id, edit, actor=actor, created_at=now, source=source, impact=impact.to_text())
        entry = _entry(tenant_id, edit, actor=actor, origin=origin, at=now)
        statements = beside.statements if beside else ()
        await database.write([mapping_versions.add(version), entry, *statements])
        written = await reevaluate.write(tenant_id, evaluation, cause, pace, ahead=ahead)
        if early:
            await database.write([settling.later(tenant_id, clock.now())])  # now: much later than when this began
    metrics.count_events(written)
    return MappingChange(after.version, dry_run=False, impact=impact)


def initial_version(tenant_id: UUID, mapping: Mapping, *, created_at: datetime) -> MappingVersion:
    """What a tenant started with, before anything changed it; the id is the tenant's own, so that it is known unrecorded."""
    edit = Edit(mapping, "", "", "", (), "initial mapping")
    return replace(
        _version(tenant_id, edit, actor=_SYSTEM, created_at=created_at, source=MappingSource.INITIAL), id=tenant_id
    )


async def _record_initial(tenant_id: UUID, before: Mapping) -> None:
    """Keep what the tenant started with, when the first change replaces it."""
    if await mapping_versions.find(tenant_id, before.version) is None:
        created_at = (await tenants.get(tenant_id)).created_at
        await database.write([mapping_versions.add(initial_version(tenant_id, before, created_at=created_at))])


def _version(
    tenant_id: UUID, edit: Edit, *, actor: Actor, created_at: datetime, source: MappingSource, impact: str = "{}"
) -> MappingVersion:
    document = to_document(edit.after)
    return MappingVersion(
        id=uuid7(),
        tenant_id=tenant_id,
        number=edit.after.version,
        document=document,
        digest=digest(document),
        created_at=created_at,
        actor=actor,
        message=edit.message,
        source=source,
        rollback_of=edit.rollback_of,
        impact=impact,
        rule_ids=rule_ids(edit.after),
    )


def source_of(actor: Actor) -> MappingSource:
    """Where a change comes from when nothing else tells."""
    return MappingSource.UI if actor.kind is ActorKind.ADMIN else MappingSource.API


def _entry(tenant_id: UUID, edit: Edit, *, actor: Actor, origin: Origin, at: datetime) -> Statement:
    return audit.act(
        edit.action,
        (edit.target_type, edit.target_id),
        tenant_id,
        actor=actor,
        origin=origin,
        at=at,
        changes=edit.changes,
        reason=edit.message,
    )
