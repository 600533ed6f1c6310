"""Carrying out a change of the mapping: evaluated beforehand, written in one transaction, to the last user it reaches."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from gatehouse.errors import ImpactLimitExceeded, StaleVersion, Unavailable
from gatehouse.mapping.document import digest, to_document
from gatehouse.mapping.recorded import rules_text
from gatehouse.mapping.rules import Mapping
from gatehouse.records import Actor, ActorKind, Change, Origin
from gatehouse.services import clock, metrics, overrides, reevaluate
from gatehouse.services.catalogue import Catalogue, load_catalogue
from gatehouse.services.impact import Impact, impact_of
from gatehouse.services.reach import PACE, Pace
from gatehouse.services.reevaluate import Cause, Evaluation
from gatehouse.store import audit, database, mapping as mappings, mapping_versions, tenants
from gatehouse.store.audit import AuditEntry
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


@dataclass(frozen=True, slots=True)
class Terms:
    """What the caller asks for beside the change itself.

    :param expected_version: the mapping version that the caller saw; None: whatever is in force.
    :param dry_run: report the impact and change nothing, not even when it is over the limit.
    :param max_users_changed: refuse when more users than this would get another role or other groups.
    """

    expected_version: int | None = None
    dry_run: bool = False
    max_users_changed: int | None = None
    source: MappingSource = MappingSource.API


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
    :raises ImpactLimitExceeded: more than ``max_users_changed`` users would change.
    """
    await overrides.end_due(frozenset({tenant_id}))
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
            return MappingChange(before.version, terms.dry_run, impact_of(evaluation, catalogue.privileged_role_ids))
        with suppress(StaleVersion):  # the next round finds out whose version it was
            return await _commit(
                actor, origin, tenant_id, before=before, edit=edit, evaluation=evaluation, terms=terms, pace=pace
            )
    raise Unavailable("the mapping is being changed by others; try again")


async def _commit(
    actor: Actor,
    origin: Origin,
    tenant_id: UUID,
    *,
    before: Mapping,
    edit: Edit,
    evaluation: Evaluation,
    terms: Terms,
    pace: Pace,
) -> MappingChange:
    """Write it all, holding the tenant's row, and on SQLite the right to write, for no longer than that takes.

    :param evaluation: of all users, as they were before; those who changed since are evaluated again.
    """
    now = clock.now()
    after = edit.after
    async with database.transaction():
        await mappings.save(tenant_id, before, after, updated_at=now)
        catalogue = await load_catalogue(tenant_id)
        catalogue.refuse_archived(after)  # archiving takes the tenant's row too: from here on there can be no new one
        evaluation = await reevaluate.catch_up(tenant_id, before, after, evaluation, pace)
        impact = impact_of(evaluation, catalogue.privileged_role_ids)
        _hold_to(terms.max_users_changed, impact)
        await _record_initial(tenant_id, before)
        entry = AuditEntry(
            id=uuid7(),
            tenant_id=tenant_id,
            occurred_at=now,
            actor=actor,
            action=edit.action,
            target_type=edit.target_type,
            target_id=edit.target_id,
            request_id=origin.request_id,
            changes=edit.changes,
            reason=edit.message,
        )
        version = _version(tenant_id, after, actor=actor, created_at=now, message=edit.message, source=terms.source)
        await database.write([mapping_versions.add(version), audit.add(entry)])
        reason = f"mapping version {after.version}: {edit.message}"
        written = await reevaluate.write(tenant_id, evaluation, Cause(after.version, actor, origin, reason, now), pace)
    metrics.count_events(written)
    return MappingChange(after.version, dry_run=False, impact=impact)


def _hold_to(max_users_changed: int | None, impact: Impact) -> None:
    if max_users_changed is not None and impact.users_changed > max_users_changed:
        raise ImpactLimitExceeded(
            f"{impact.users_changed} users would change, more than the {max_users_changed} allowed",
            path="maxUsersChanged",
            hint="Look at the impact with a dry run, then raise the limit.",
        )


async def _record_initial(tenant_id: UUID, before: Mapping) -> None:
    """Keep what the tenant started with, when the first change replaces it."""
    if await mapping_versions.find(tenant_id, before.version) is not None:
        return
    tenant = await tenants.get(tenant_id)
    initial = _version(
        tenant_id,
        before,
        actor=_SYSTEM,
        created_at=tenant.created_at,
        message="initial mapping",
        source=MappingSource.INITIAL,
    )
    await database.write([mapping_versions.add(initial)])


def _version(
    tenant_id: UUID, mapping: Mapping, *, actor: Actor, created_at: datetime, message: str, source: MappingSource
) -> MappingVersion:
    document = to_document(mapping)
    return MappingVersion(
        id=uuid7(),
        tenant_id=tenant_id,
        number=mapping.version,
        document=document,
        digest=digest(document),
        created_at=created_at,
        actor=actor,
        message=message,
        source=source,
        rules=rules_text(mapping),
    )
